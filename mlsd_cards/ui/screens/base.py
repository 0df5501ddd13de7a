"""What all screens have in common."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from mlsd_cards.domain.changes import Changed
from mlsd_cards.ui.context import AppContext


class Screen(QWidget):
    """One screen of the window. It refreshes when it is shown and something that concerns it has changed."""

    name = ""
    with_side_bar = True
    concerns = Changed.NOTHING
    lift = 0  # height of the buttons along the lower edge, which messages must not cover

    def __init__(self, ctx: AppContext) -> None:
        super().__init__()
        self.ctx = ctx
        self._stale = True
        self.setObjectName(f"{self.name}Screen")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        ctx.changed.connect(self._something_changed)

    def enter(self, argument: object) -> None:
        """Show what `argument` names; called each time the screen comes to the front."""

    def leave(self) -> None:
        """Stop what must not go on behind another screen."""

    def refresh(self) -> None:
        """Read what is shown anew."""

    def undone(self) -> None:
        """Show the state after an undo or redo; called only on the screen that is in front."""

    def refresh_if_stale(self) -> None:
        """Refresh if something changed since the last time."""
        if self._stale:
            self._stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the screen up to date."""
        super().showEvent(event)
        self.refresh_if_stale()

    def _something_changed(self, flags: Changed) -> None:
        if flags & self.concerns:
            self._stale = True
            if self.isVisible():
                self.refresh_if_stale()


def page(screen: QWidget) -> QVBoxLayout:
    """Give `screen` one scrolling page with the margins of the design, and return the page's layout."""
    outer = QVBoxLayout(screen)
    outer.setContentsMargins(0, 0, 0, 0)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inside = QWidget()
    inside.setObjectName("page")
    layout = QVBoxLayout(inside)
    layout.setContentsMargins(40, 32, 40, 14)
    layout.setSpacing(0)
    scroll.setWidget(inside)
    outer.addWidget(scroll)
    return layout
