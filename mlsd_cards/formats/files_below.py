"""Files below a folder that a stranger's texts name by relative paths: plain ones that do lie below it."""

from pathlib import Path, PurePosixPath

from mlsd_cards.formats.anki_place import Place, quoted
from mlsd_cards.formats.crowdanki_media import copied_plainly
from mlsd_cards.formats.limits import DEFAULT_LIMITS
from mlsd_cards.formats.safezip import Budget, Unpacked

_LONGEST_PATH = 1000


class FilesBelow:
    """The files below `root`, each under its path from there with forward slashes. Links are never followed."""

    def __init__(self, root: Path, place: Place) -> None:
        self.limits = DEFAULT_LIMITS
        self.root = root
        self._place = place

    def has(self, name: str, /) -> bool:
        """Whether there is a plain file of that name that lies below the folder."""
        return self._file(name) is not None

    def unpack(self, name: str, target: Path, most: int, budget: Budget, /) -> Unpacked:
        """Copy a file to the new file `target` (mode 0600); return its size and digests.

        Raises:
            FileFormatError: `unsafe`, or `limit` where it holds more than `most` bytes or the budget is spent.
        """
        place = self._place.at(f"the media file {quoted(name)}")
        file = self._file(name)
        if file is None:
            raise place.refuse("unsafe", "is not a plain file")
        return copied_plainly(file, target, place, budget, most=most)

    def _file(self, name: str) -> Path | None:
        path = PurePosixPath(name)
        if len(name) > _LONGEST_PATH or "\0" in name or path.is_absolute() or ".." in path.parts:
            return None
        file = self.root.joinpath(*path.parts)
        try:
            plain = file.is_file() and not file.is_symlink()
            inside = plain and file.resolve().is_relative_to(self.root.resolve())
        except (OSError, ValueError):  # a name that this system does not know
            return None
        return file if inside else None
