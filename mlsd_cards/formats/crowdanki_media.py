"""Files beside a deck: only plain ones, of a folder of media only those that lie in it itself, are opened."""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from mlsd_cards.formats.anki_media import MediaEntry
from mlsd_cards.formats.anki_place import Place, quoted
from mlsd_cards.formats.limits import DEFAULT_LIMITS, MEBIBYTE, PIECE_BYTES, ZIP_MEMBERS
from mlsd_cards.formats.safezip import Budget, Unpacked

# Not through a link, and without waiting for the other end of a pipe.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def opened_plainly(path: Path, place: Place) -> BinaryIO:
    """Return the file opened for reading.

    Raises:
        FileFormatError: `unsafe` where it is a link or no plain file.
        OSError: It cannot be opened.
    """
    if path.is_symlink():
        raise place.refuse("unsafe", "is a link")
    file = os.fdopen(os.open(path, _READ), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise place.refuse("unsafe", "is not a plain file")
    return file


def copied_plainly(path: Path, target: Path, place: Place, budget: Budget, *, most: int) -> Unpacked:
    """Copy a plain file to the new file `target` (mode 0600); return its size and digests.

    Raises:
        FileFormatError: `unsafe` where it is a link or no plain file, or `limit` where it holds more than `most`
            bytes or the budget is spent.
    """
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    size = 0
    with opened_plainly(path, place) as file, os.fdopen(os.open(target, _NEW_FILE, 0o600), "wb") as out:
        while piece := file.read(PIECE_BYTES):
            size += len(piece)
            if size > most:
                raise place.refuse("limit", f"is larger than {most // MEBIBYTE} MiB")
            budget.spend(len(piece), place)
            sha256.update(piece)
            sha1.update(piece)
            out.write(piece)
    return Unpacked(size, sha256.hexdigest(), sha1.hexdigest())


class MediaFolder:
    """The files of the folder, each under a number as its name in a media list. `links` names what was left out."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.limits = DEFAULT_LIMITS
        self.entries: list[MediaEntry] = []
        self.links: list[str] = []
        self._folder = folder
        self._place = place
        self._names: dict[str, str] = {}
        if folder.is_symlink():
            self.links.append(folder.name)
        elif folder.is_dir():
            self._list()

    def _list(self) -> None:
        found: list[tuple[str, bool]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if len(found) >= ZIP_MEMBERS:
                    raise self._place.refuse("limit", f"holds more than {ZIP_MEMBERS:,} media files")
                found.append((entry.name, entry.is_file(follow_symlinks=False)))
        for name, plain in sorted(found):
            if not plain:
                self.links.append(f"{self._folder.name}/{name}")
                continue
            member = str(len(self.entries))
            self.entries.append(MediaEntry(name=name, member=member))
            self._names[member] = name

    def has(self, name: str, /) -> bool:
        """Whether there is a file of that number."""
        return name in self._names

    def unpack(self, name: str, target: Path, most: int, budget: Budget, /, *, zstd: bool) -> Unpacked:
        """Copy a file to the new file `target` (mode 0600); return its size and digests. Nothing is packed.

        Raises:
            FileFormatError: `unsafe`, or `limit` where it holds more than `most` bytes or the budget is spent.
        """
        place = self._place.at(f"the media file {quoted(self._names[name])}")
        return copied_plainly(self._folder / self._names[name], target, place, budget, most=most)
