"""The daily limits that one deck has of its own in the deck options: for every day, and for today only."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from mlsd_cards.ui.dialogs.preset_parts import FIELD_WIDTH
from mlsd_cards.ui.widgets import label

LIMIT_TITLES = {
    "new_per_day_deck": "New cards of this deck every day",
    "new_today": "New cards of this deck today",
    "reviews_per_day_deck": "Reviews of this deck every day",
    "reviews_today": "Reviews of this deck today",
}
_ROWS = (
    ("New cards", ("new_per_day_deck", "new_today")),
    ("Reviews", ("reviews_per_day_deck", "reviews_today")),
)
_COLUMNS = ("This deck", "Today only")
_SPACING = 10
ABOUT = "Limits for this deck alone, in place of those above; empty leaves it to them. Decks above it still count."


class LimitsRow(QWidget):
    """Four numbers, each of which may be left empty."""

    edited = Signal()

    def __init__(self, limits: Mapping[str, int | None]) -> None:
        super().__init__()
        self._start = {key: _text(limits.get(key)) for key in LIMIT_TITLES}
        self.lines = {key: self._line(key) for key in LIMIT_TITLES}
        self._problem = label("", "alert", wrap=True)
        self._problem.setObjectName("presetProblem_limits")
        self._problem.hide()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Other limits for this deck", "heading"))
        words.addWidget(label(ABOUT, "small", wrap=True))
        words.addWidget(self._problem)
        words.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 6, 0, 6)
        grid.setHorizontalSpacing(_SPACING)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addLayout(words, 0, 0, 3, 1)
        for column, title in enumerate(_COLUMNS, 2):
            grid.addWidget(label(title, "small"), 0, column)
        for row, (title, keys) in enumerate(_ROWS, 1):
            shown = label(title, "small")
            shown.setBuddy(self.lines[keys[0]])
            grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, key in enumerate(keys, 2):
                grid.addWidget(self.lines[key], row, column)

    def changes(self) -> dict[str, str]:
        """Return what was changed, by setting; nothing where all is as it was."""
        return {key: self._read(key) for key in self.lines if self._read(key) != self._start[key]}

    def show_problems(self, wrong: Mapping[str, str]) -> None:
        """Say what is wrong with the first value that is wrong; nothing where all are right."""
        sentence = next((wrong[key] for key in self.lines if key in wrong), "")
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        for key, line in self.lines.items():
            line.setAccessibleDescription(wrong.get(key, ABOUT))

    def _read(self, key: str) -> str:
        return self.lines[key].text().strip()

    def _line(self, key: str) -> QLineEdit:
        line = QLineEdit(self._start[key])
        line.setObjectName(f"preset_{key}")
        line.setAccessibleName(LIMIT_TITLES[key])
        line.setAccessibleDescription(ABOUT)
        line.setPlaceholderText("as above")
        line.setFixedWidth((FIELD_WIDTH - _SPACING) // 2)
        line.textChanged.connect(lambda _text: self.edited.emit())
        return line


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)
