"""Asks what becomes of a text that is not saved."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.ui.widgets import button, label


class UnsavedDialog(QDialog):
    """Offers to save, to discard, or to go on writing; Escape goes on."""

    def __init__(self, save: Callable[[], object], discard: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("unsavedDialog")
        self.setWindowTitle("Not saved")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label("Keep what you wrote?", "heading"))
        layout.addWidget(label("The note has changes that are not saved yet.", "muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(10)
        for text, role, name, act in (
            ("Discard", "", "unsavedDiscard", discard),
            ("Go on writing", "", "unsavedBack", None),
            ("Save", "primary", "unsavedSave", save),
        ):
            made = button(text, role, name)
            made.clicked.connect(lambda _checked=False, act=act: self._answer(act))
            row.addWidget(made)
            if role:
                made.setDefault(True)
                made.setFocus()
        layout.addSpacing(6)
        layout.addLayout(row)

    def _answer(self, act: Callable[[], object] | None) -> None:
        self.accept()
        if act is not None:
            act()
