"""Report or improve: the person writes what is wrong with a card and copies a text that is ready to be sent."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from mlsd_cards.ui.widgets import button, label


class ReportCardDialog(QDialog):
    """`text_of` returns the whole text for the words that the person wrote."""

    def __init__(self, text_of: Callable[[str], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._text_of = text_of
        self.setObjectName("reportDialog")
        self.setWindowTitle("Report or improve")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(560, parent.width() - 40), min(520, parent.height() - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label("Report or improve this card", "heading"))
        asked = label(
            "What is wrong, or how could it be better? Name a source if you can.", "muted", wrap=True
        )
        layout.addWidget(asked)
        self.words = QPlainTextEdit()
        self.words.setObjectName("reportWords")
        self.words.setAccessibleName("What is wrong, or how the card could be better")
        self.words.setTabChangesFocus(True)
        self.words.setMaximumHeight(96)
        self.words.textChanged.connect(self._show)
        asked.setBuddy(self.words)
        layout.addWidget(self.words)
        layout.addWidget(label("This text names the card and its version:", "muted"))
        self.whole = QPlainTextEdit()
        self.whole.setObjectName("reportText")
        self.whole.setAccessibleName("The text to send")
        self.whole.setReadOnly(True)
        self.whole.setTabChangesFocus(True)
        layout.addWidget(self.whole, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._copied = label("", "muted")
        self._copied.setObjectName("reportCopied")
        row.addWidget(self._copied, 1)
        close = button("Close", name="reportClose")
        close.clicked.connect(self.reject)
        copy = button("Copy text", "primary", "reportCopy")
        copy.setDefault(True)
        copy.clicked.connect(self._copy)
        row.addWidget(close)
        row.addWidget(copy)
        layout.addLayout(row)
        self._show()
        self.words.setFocus()

    def _show(self) -> None:
        self.whole.setPlainText(self._text_of(self.words.toPlainText()))
        self._copied.setText("")

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.whole.toPlainText())
        self._copied.setText("Copied: paste it into an e-mail or an issue.")
