"""On the Today screen, while conflicts of imports are open: how many, and the way to them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.widgets import button, label


class ConflictPanel(QWidget):
    """Two lines and two buttons; hidden where no conflict is open."""

    def __init__(self, ctx: AppContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._asked = 0
        self.setObjectName("conflictPanel")
        frame = QFrame()
        frame.setProperty("role", "panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 20)
        outer.addWidget(frame)
        self._heading = label("", "heading")
        self._heading.setObjectName("conflictPanelHeading")
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(self._heading)
        lines.addWidget(
            label("Texts that you and the author of a deck both changed. Yours stand.", "muted", wrap=True)
        )
        show = button("Show cards", name="showConflictsButton", tip="See these cards in Browse")
        show.clicked.connect(lambda: ctx.show_screen("browse", "is:conflict"))
        settle = button("Choose…", name="settleConflictsButton", tip="Compare both texts and choose one")
        settle.clicked.connect(self._settle)
        row = QHBoxLayout(frame)
        row.setContentsMargins(20, 14, 20, 14)
        row.setSpacing(12)
        row.addLayout(lines, 1)
        for made in (show, settle):
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def refresh(self) -> None:
        """Count the open conflicts, beside the interface."""
        from mlsd_cards.study import conflicts

        self._asked += 1
        number = self._asked
        self._ctx.jobs.read_soon(
            lambda _progress: conflicts.count(self._ctx.col),
            "Counting conflicts",
            lambda found: self._show(found) if number == self._asked else None,
            self._ctx.messages.error,
        )

    def _show(self, found: int) -> None:
        self._heading.setText(f"{counted(found, 'conflict')} to decide")
        self.setVisible(bool(found))

    def _settle(self) -> None:
        from mlsd_cards.ui.dialogs.conflicts import open_conflicts

        open_conflicts(self._ctx, self.window())
