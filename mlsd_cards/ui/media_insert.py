"""Brings pictures and sounds into a form: by a file dialog, by dropping, by pasting."""

import base64
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mlsd_cards.domain.errors import InputError, MlsdError
from mlsd_cards.study.new_media import new_media
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.note_form import NoteForm, picture_bytes

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import Faces

FILTERS = (
    "Pictures, sounds and films (*.png *.jpg *.jpeg *.gif *.webp *.svg *.avif *.bmp *.mp3 *.ogg *.oga *.opus "
    "*.wav *.flac *.m4a *.mp4 *.webm)"
)
_MOST_BYTES = 256 * 1024 * 1024


class MediaInsert(QObject):
    """Serves one form. The files wait in it and come into the collection with the note."""

    def __init__(self, ctx: AppContext, form: NoteForm, parent: QWidget) -> None:
        super().__init__(parent)
        self._ctx, self._form, self._parent = ctx, form, parent
        form.media_wanted.connect(self.choose)
        form.brought.connect(self.bring)

    def choose(self) -> None:
        """Ask for files."""
        folder = str(self._ctx.settings.value("media_folder", ""))
        dialog = QFileDialog(self._parent, "Insert a picture, a sound or a film", folder, FILTERS)
        dialog.setObjectName("mediaFileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._chosen)
        dialog.open()

    def bring(self, what: list[str] | QImage) -> None:
        """Insert files, or a picture that has no file."""
        try:
            if isinstance(what, QImage):
                self._insert("pasted.png", picture_bytes(what))
            else:
                for name in what:
                    self._insert(Path(name).name, _read(Path(name)))
        except MlsdError as error:
            self._ctx.messages.error(error)

    def with_waiting(self, faces: "Faces") -> "Faces":
        """Return both sides with the pictures that wait in the form written into them."""
        question, answer = faces.question, faces.answer
        for each in self._form.media:
            if each.mime_type.startswith("image/"):
                picture = f"data:{each.mime_type};base64,{base64.b64encode(each.data).decode('ascii')}"
                old, new = f'src="{escape(each.name)}"', f'src="{picture}"'
                question, answer = question.replace(old, new), answer.replace(old, new)
        return replace(faces, question=question, answer=answer)

    def _chosen(self, names: list[str]) -> None:
        if names:
            self._ctx.settings.setValue("media_folder", str(Path(names[0]).parent))
        self.bring(names)

    def _insert(self, name: str, data: bytes) -> None:
        if Path(name).stem == "pasted":
            from hashlib import sha256

            name = f"pasted-{sha256(data).hexdigest()[:12]}{Path(name).suffix}"
        made = new_media(self._ctx.col, name, data, self._form.media)
        self._form.media.append(made)
        self._form.insert(made.markup)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path.name} is larger than 256 MB, which a media file may not be.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} could not be read: {error.strerror or error}.") from None
