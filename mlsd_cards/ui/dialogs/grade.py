"""Asks with which of the four grades cards are answered now."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.domain.reviews import Rating
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.theme import GRADE_NAMES, Theme
from mlsd_cards.ui.widgets import GradeButton, button, label


class GradeDialog(QDialog):
    """Four grades. `act` is called with the rating chosen; the sentence of an error that it raises is shown."""

    def __init__(self, question: str, act: Callable[[int], object], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._act = act
        self.setObjectName("gradeDialog")
        self.setWindowTitle("Grade now")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label("Grade now", "heading"))
        layout.addWidget(label(question, "muted", wrap=True))
        layout.addSpacing(4)
        layout.addLayout(self._grades(theme))
        self._trouble = TroubleLine("gradeTrouble")
        layout.addWidget(self._trouble)
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = button("Cancel", name="gradeCancel")
        cancel.clicked.connect(self.reject)
        row.addWidget(cancel)
        layout.addSpacing(6)
        layout.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Grade by the keys 1 to 4."""
        if event.text() in ("1", "2", "3", "4"):
            self._choose(int(event.text()))
        else:
            super().keyPressEvent(event)

    def _grades(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        for rating, grade in enumerate(GRADE_NAMES, 1):
            made = GradeButton(grade.capitalize(), str(rating), grade, theme)
            made.setObjectName(f"gradeNow{grade.capitalize()}")
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            made.clicked.connect(lambda _checked=False, chosen=rating: self._choose(chosen))
            row.addWidget(made)
            if rating == Rating.GOOD:
                made.setFocus()
        return row

    def _choose(self, rating: int) -> None:
        try:
            self._act(rating)
        except MlsdError as error:
            self._trouble.say(str(error))
        else:
            self.accept()
