"""The line of a dialog that says what is wrong; the dialog stays open."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.messages import Messages


class TroubleLine(QLabel):
    """A sentence in the colour of alerts, hidden while there is none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "alert")
        self.setWordWrap(True)
        self.hide()

    def say(self, sentence: str) -> None:
        """Say what is wrong; an empty sentence hides the line."""
        self.setText(sentence)
        self.setVisible(bool(sentence))

    def tell(self, error: Exception, messages: Messages) -> None:
        """Say what was refused; a fault of the program is told by `messages`."""
        if isinstance(error, MlsdError):
            self.say(str(error))
        else:
            messages.bug(error)
