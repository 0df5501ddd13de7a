"""What all screens have in common."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

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
        self._asked = 0  # grows with each question; only the answer to the newest counts
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

    def ask(
        self,
        work: Callable[[], Any],
        title: str,
        show: Callable[[Any], object],
        failed: Callable[[Any], object],
    ) -> None:
        """Have `work` read something beside the interface, and `show` it, unless something newer was asked for."""
        self.forget_questions()
        number = self._asked
        self.ctx.jobs.read_soon(
            lambda _progress: work(),
            title,
            lambda answer: show(answer) if number == self._asked else None,
            lambda error: failed(error) if number == self._asked else None,
        )

    def forget_questions(self) -> None:
        """Let answers that are still on their way come to nothing."""
        self._asked += 1

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the screen up to date."""
        super().showEvent(event)
        self.refresh_if_stale()

    def _something_changed(self, flags: Changed) -> None:
        if flags & self.concerns:
            self._stale = True
            if self.isVisible():
                self.refresh_if_stale()


class FittingScroll(QScrollArea):
    """A scrolling area no higher than what it holds, so that more can follow below."""

    def sizeHint(self) -> QSize:
        """Return the size of what it holds."""
        inside = self.widget()
        if inside is None:
            return super().sizeHint()
        width = self.viewport().width()
        height = inside.heightForWidth(width) if inside.hasHeightForWidth() else inside.sizeHint().height()
        return QSize(width, height)

    def event(self, event: QEvent) -> bool:
        """Ask for another height when what it holds has changed."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.updateGeometry()
        return super().event(event)


def page(screen: QWidget, *, fitting: bool = False) -> QVBoxLayout:
    """Give `screen` one scrolling page with the margins of the design, and return the page's layout.

    A `fitting` page is no higher than what it holds; the layout of `screen` then takes more below it.
    """
    outer = QVBoxLayout(screen)
    outer.setContentsMargins(0, 0, 0, 0)
    scroll = FittingScroll() if fitting else QScrollArea()
    if fitting:
        scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
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
