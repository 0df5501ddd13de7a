"""Asks for one line, or one of several names; what cannot be used is said in the dialog, which stays open."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import Combo, button, label


class AskDialog(QDialog):
    """One question. `act` is called with the answer; it may raise an error, whose sentence is then shown."""

    def __init__(
        self,
        title: str,
        question: str,
        act: Callable[[str], object],
        parent: QWidget,
        *,
        confirm: str,
        choices: Sequence[str] = (),
        hints: Sequence[str] = (),
        text: str = "",
    ) -> None:
        super().__init__(parent)
        self._act = act
        self.setObjectName("askDialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(min(460, parent.width() - 60))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label(title, "heading"))
        asked = label(question, "muted", wrap=True)
        layout.addWidget(asked)
        self.input = self._combo(choices, text) if choices else self._line(hints, text)
        self.input.setObjectName("askInput")
        self.input.setAccessibleName(title)
        asked.setBuddy(self.input)
        layout.addWidget(self.input)
        self._trouble = TroubleLine("askTrouble")
        layout.addWidget(self._trouble)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        cancel = button("Cancel", name="askCancel")
        cancel.clicked.connect(self.reject)
        do = button(confirm, "primary", "askConfirm")
        do.setDefault(True)
        do.clicked.connect(self._confirm)
        row.addWidget(cancel)
        row.addWidget(do)
        layout.addSpacing(6)
        layout.addLayout(row)
        self.input.setFocus()

    @property
    def answer(self) -> str:
        """What is written or chosen."""
        return self.input.currentText() if isinstance(self.input, Combo) else self.input.text().strip()

    def _combo(self, choices: Sequence[str], text: str) -> Combo:
        box = Combo()
        box.addItems(list(choices))
        box.setMaxVisibleItems(14)
        box.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setCurrentText(text)
        return box

    def _line(self, hints: Sequence[str], text: str) -> QLineEdit:
        line = QLineEdit(text)
        line.selectAll()
        if hints:
            completer = QCompleter(list(hints), line)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            line.setCompleter(completer)
        return line

    def _confirm(self) -> None:
        if not self.answer:
            self._say("Write something first, or cancel.")
            return
        try:
            self._act(self.answer)
        except MlsdError as error:
            self._say(str(error))
        else:
            self.accept()

    def _say(self, sentence: str) -> None:
        self._trouble.say(sentence)
        self.input.setFocus()
