"""Several files that are imported one after the other: a row for each, with what became of it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout

from mlsd_cards.ui.widgets import Facts, panel

WAITING, READING, READY, WRITING, SKIPPED = "waiting", "being read", "ready", "being imported", "skipped"
_MOST_SHOWN = 30


class QueuePanel(QFrame):
    """The rows; hidden where there is only one file."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._said: list[tuple[str, str]] = []  # of each file: what became of it, and the role of the words
        frame, layout = panel("Files")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 20)
        outer.addWidget(frame)
        self._facts = Facts(200, shares=(2, 5))
        self._facts.setObjectName("importQueue")
        layout.addWidget(self._facts)
        layout.addSpacing(10)
        self.all = QCheckBox("Import the files that follow without asking")
        self.all.setObjectName("importAllBox")
        self.all.setAccessibleName(self.all.text())
        layout.addWidget(self.all)

    @property
    def said(self) -> list[str]:
        """What is said of each file."""
        return [words for words, _ in self._said]

    def set_files(self, names: Sequence[str]) -> None:
        """Show `names`; of those that were there before what became of them stays."""
        if list(names[: len(self._names)]) != self._names or len(names) < len(self._names):
            self._said = []
            self.all.setChecked(False)
        self._names = list(names)
        self._said += [(WAITING, "")] * (len(names) - len(self._said))
        self._show()

    def say(self, number: int, words: str, *, trouble: bool = False) -> None:
        """Tell what becomes of the file in row `number`, from 0."""
        if number < len(self._said):
            self._said[number] = (words, "warning" if trouble else "")
            self._show()

    def _show(self) -> None:
        rows = [(name, *said) for name, said in zip(self._names, self._said, strict=True)]
        shown = [(name, words, "", role) for name, words, role in rows[:_MOST_SHOWN]]
        if len(rows) > _MOST_SHOWN:
            shown.append((f"and {len(rows) - _MOST_SHOWN} more", "", "", ""))
        self._facts.set_rows(shown)
        self.setVisible(len(rows) > 1)
        self.all.setVisible(any(words == WAITING for words, _ in self._said))
