"""Plays the sounds of a card, one after the other, from files of the media folder."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QObject, QUrl, Signal

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QMediaPlayer

log = logging.getLogger(__name__)

SOUND_ENDINGS = frozenset({"mp3", "ogg", "oga", "opus", "wav", "flac", "m4a", "mp4", "webm"})
_MISSING = "Sounds cannot be played: a sound library of the system is missing (on Linux install libpulse)."


class SoundPlayer(QObject):
    """Plays named media files. The sound library is loaded when the first sound is wanted."""

    unavailable = Signal(str)  # a sentence: why nothing is heard

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._player: QMediaPlayer | None = None
        self._waiting: list[tuple[QFile, str]] = []
        self._file: QFile | None = None

    def play(self, folder: Path, names: Sequence[str]) -> int:
        """Play the files `names` of `folder` in order; return how many of them can be played."""
        self.stop()
        found = [(file, name) for name in names if (file := _open(folder, name)) is not None]
        if not found or not self._ready():
            return 0
        self._waiting = found
        self._next()
        return len(found)

    def stop(self) -> None:
        """Fall silent."""
        self._waiting = []
        if self._player is not None:
            self._player.stop()

    def _ready(self) -> bool:
        if self._player is not None:
            return True
        try:
            from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer
        except ImportError as error:
            log.info("no sound: %s", error)
            self.unavailable.emit(_MISSING)
            return False
        player = self._player = QMediaPlayer(self)
        player.setAudioOutput(QAudioOutput(self))
        player.mediaStatusChanged.connect(self._status_changed)
        return True

    def _status_changed(self, status: "QMediaPlayer.MediaStatus") -> None:
        assert self._player is not None
        kinds = type(status)
        if status in (kinds.EndOfMedia, kinds.InvalidMedia):
            self._next()

    def _next(self) -> None:
        if not self._waiting or self._player is None:
            return
        file, name = self._waiting.pop(0)
        before, self._file = self._file, file
        file.setParent(self)
        # A device, never an address: what the file says cannot send the player anywhere else.
        self._player.setSourceDevice(file, QUrl(name))
        self._player.play()
        if before is not None:
            before.deleteLater()


def _open(folder: Path, name: str) -> QFile | None:
    """Return the sound `name` of `folder`, open, or nothing where there is none that may be played."""
    plain = name and "/" not in name and "\\" not in name and not name.startswith((".", "-"))
    path = folder / name if plain else folder
    if (
        not plain
        or name.rpartition(".")[2].lower() not in SOUND_ENDINGS
        or path.is_symlink()
        or not path.is_file()
    ):
        return None
    file = QFile(str(path))
    return file if file.open(QFile.OpenModeFlag.ReadOnly) else None
