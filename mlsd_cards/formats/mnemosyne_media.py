"""Media in folders within an archive, or below a folder: which of them notes refer to, what they are called here."""

from functools import partial
from pathlib import Path
from typing import Protocol

from mlsd_cards.domain.exchange import ExchangeMedia
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats.anki_names import UniqueNames
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.limits import REFERENCES, ZIP_MEMBERS, Limits
from mlsd_cards.formats.media_names import allowed_media_name, safe_media_name, with_suffix
from mlsd_cards.formats.safezip import Budget, Unpacked

_MOST_WARNINGS = 20
_NOT_IN_THE_FILE = "not in the file; export from Mnemosyne as .cards to take media along."


class Files(Protocol):
    """Where the files lie, each under a relative path with forward slashes."""

    limits: Limits

    def has(self, name: str, /) -> bool:
        """Whether there is a plain file of that name."""

    def unpack(self, name: str, target: Path, most: int, budget: Budget, /) -> Unpacked:
        """Copy a file to `target`, which is new.

        Raises:
            FileFormatError: `limit`, `damaged` or `unsafe`.
        """


class MediaFiles:
    """Files that the log lists (`add`), and those of them that notes use (`name_for`).

    Folders become part of the name: `maps/a.png` is called `maps_a.png` here. `where_absent` is the end of a
    sentence on files that are referred to and not there.
    """

    def __init__(self, place: Place, *, where_absent: str = _NOT_IN_THE_FILE) -> None:
        self._place = place
        self._where_absent = where_absent
        self._members: dict[str, str] = {}  # member of the archive by name in texts
        self._final: dict[str, str] = {}  # by name in texts
        self._names = UniqueNames()
        self._used: dict[str, None] = {}
        self._references = 0
        self._absent: set[str] = set()
        self._refused: set[str] = set()
        self.unsafe: list[str] = []

    def add(self, name: str) -> None:
        """Note a file of the log; names that lead out of the archive or are of no allowed kind are left out.

        Raises:
            FileFormatError: `limit`.
        """
        path = _path(name)
        if path in self._members or not name:
            return
        if len(self._members) + len(self.unsafe) >= ZIP_MEMBERS:
            raise self._place.refuse("limit", f"names more than {ZIP_MEMBERS:,} media files")
        flat = flat_name(path)
        wanted = (safe_media_name(flat) or allowed_media_name(flat)) if flat else None
        if wanted is None:
            self.unsafe.append(name)
            return
        self._members[path] = name
        self._final[path] = self._names.give(wanted, partial(with_suffix, wanted))

    def refuse(self, name: str) -> None:
        """Note a name that leads out of the folder.

        Raises:
            FileFormatError: `limit`.
        """
        if len(self._members) + len(self.unsafe) >= ZIP_MEMBERS:
            raise self._place.refuse("limit", f"names more than {ZIP_MEMBERS:,} media files")
        if name not in self._refused:
            self._refused.add(name)
            self.unsafe.append(name)

    def name_for(self, source: str) -> str | None:
        """Return what the file that a text calls `source` is called here; None if it is no file at all.

        Raises:
            FileFormatError: `limit` where the notes hold millions of references.
        """
        self._references += 1
        if self._references > REFERENCES:
            raise self._place.at("the notes").refuse(
                "limit", f"refer to media files more than {REFERENCES:,} times"
            )
        path = _path(source)
        if path in self._final:
            self._used[path] = None
            return self._final[path]
        flat = flat_name(path)
        name = safe_media_name(flat) if flat else None
        if name is not None and len(self._absent) < ZIP_MEMBERS:
            self._absent.add(name)
        return name

    def unpack(
        self, archive: Files | None, folder: Path, budget: Budget, progress: Progress
    ) -> tuple[dict[str, ExchangeMedia], list[str]]:
        """Unpack the used files into `folder` and return them by their names here, and warnings.

        Raises:
            FileFormatError: `damaged` or `limit`.
        """
        found: dict[str, ExchangeMedia] = {}
        absent = len(self._absent)
        for number, path in enumerate(self._used):
            progress("media", number, len(self._used))
            member, name = self._members[path], self._final[path]
            if archive is None or not archive.has(member):
                absent += 1
                continue
            target = folder / f"media-{number}"
            unpacked = archive.unpack(member, target, archive.limits.media_file_bytes, budget)
            found[name] = ExchangeMedia(name, target, unpacked.size, unpacked.sha256)
        warnings = [
            f"The media file {quoted(name)} was left out: cards may not use files of its kind or name."
            for name in self.unsafe[:_MOST_WARNINGS]
        ]
        if len(self.unsafe) > _MOST_WARNINGS:
            warnings.append(
                f"{counted(len(self.unsafe) - _MOST_WARNINGS, 'more media file')} left out likewise."
            )
        if absent:
            verb = "is" if absent == 1 else "are"
            warnings.append(
                f"{counted(absent, 'media file')} that notes refer to {verb} {self._where_absent}"
            )
        return found, warnings


def flat_name(path: str) -> str:
    """Return a relative path as one name, empty where it is an address or leads out of its folder."""
    if ":" in path or path.startswith("/"):
        return ""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "" if ".." in parts else "_".join(parts)


def _path(name: str) -> str:
    return name.replace("\\", "/")
