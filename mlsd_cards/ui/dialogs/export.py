"""Export: which deck, in which form, and into which file."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QHBoxLayout, QListView, QVBoxLayout, QWidget

from mlsd_cards.ui.widgets import Combo, button, label

FORMATS = (("Anki package (.apkg)", ".apkg"), ("Text for spreadsheets (.csv)", ".csv"))


class ExportDialog(QDialog):
    """Asks how the deck is to be written, then where. `chosen` carries path, deck, progress and media."""

    chosen = Signal(Path, str, bool, bool)

    def __init__(self, decks: list[str], deck: str, folder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(480)
        self._folder = folder
        self._deck = Combo()
        self._deck.setView(QListView())  # takes the style sheet, which the native list does not
        self._deck.setObjectName("exportDeck")
        self._deck.setAccessibleName("Deck")
        self._deck.addItem("All decks", "")
        for name in decks:
            self._deck.addItem(name.replace("::", " › "), name)
        self._deck.setCurrentIndex(max(self._deck.findData(deck), 0))
        self._form = Combo()
        self._form.setView(QListView())
        self._form.setObjectName("exportFormat")
        self._form.setAccessibleName("Form")
        for text, suffix in FORMATS:
            self._form.addItem(text, suffix)
        self._progress = _box("With your learning progress", "exportProgressBox")
        self._media = _box("With pictures and sounds", "exportMediaBox")
        self._form.currentIndexChanged.connect(self._form_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Export", "title"))
        for name, field in (("Deck", self._deck), ("Form", self._form)):
            caption = label(name, "small")
            caption.setBuddy(field)
            layout.addWidget(caption)
            layout.addWidget(field)
        layout.addSpacing(4)
        layout.addWidget(self._progress)
        layout.addWidget(self._media)
        layout.addSpacing(8)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        cancel = button("Cancel", name="exportCancel")
        cancel.clicked.connect(self.reject)
        save = button("Save as…", "primary", "exportSave")
        save.setDefault(True)
        save.clicked.connect(self._ask_where)
        row.addWidget(cancel)
        row.addWidget(save)
        return row

    def _form_changed(self) -> None:
        package = self._form.currentData() == ".apkg"
        self._progress.setEnabled(package)
        self._media.setEnabled(package)

    def _ask_where(self) -> None:
        suffix = str(self._form.currentData())
        deck = str(self._deck.currentData())
        name = (deck.rpartition("::")[2] or "ML SD Cards").replace("/", "-").replace("\\", "-")
        dialog = QFileDialog(
            self, "Export", str(Path(self._folder) / f"{name}{suffix}"), f"{suffix[1:]} (*{suffix})"
        )
        dialog.setObjectName("exportFileDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix[1:])
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.fileSelected.connect(self._selected)
        dialog.open()

    def _selected(self, name: str) -> None:
        self.chosen.emit(
            Path(name),
            str(self._deck.currentData()),
            self._progress.isEnabled() and self._progress.isChecked(),
            self._media.isEnabled() and self._media.isChecked(),
        )
        self.accept()


def _box(text: str, name: str) -> QCheckBox:
    made = QCheckBox(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setChecked(True)
    return made
