"""Markdown files of other programs: one of them, or all below a folder, and the media that they name.

Only plain files are opened; links are not followed, and hidden folders are not entered.
"""

import os
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.crowdanki_media import opened_plainly
from mlsd_cards.formats.files_below import FilesBelow
from mlsd_cards.formats.folder_layout import MARKER, NOTE_HEADING
from mlsd_cards.formats.media_names import media_type
from mlsd_cards.formats.mnemosyne_media import MediaFiles
from mlsd_cards.formats.safezip import Budget
from mlsd_cards.formats.unpacking import unpack_folder

ENDING = ".md"

_SNIFF_BYTES = 512 * 1024
_SNIFF_FILES = 2000
_ABSENT = "not in the folder; they are sought where the text says."
_MOST_FRONT_LINES = 2000


def any_sniffs(path: Path, knows: Callable[[str], bool]) -> bool:
    """Whether a Markdown file, or one of the first of a folder, is one that `knows` takes for a deck.

    Folders and files of this program's own form are none, whatever their fields say.
    """
    try:
        if path.is_dir():
            if (path / MARKER).is_file():
                return False
            files: Iterator[Path] = (
                file for _, file in zip(range(_SNIFF_FILES), _walk(path, Place(path)), strict=False)
            )
        elif path.suffix.lower() == ENDING and path.is_file():
            files = iter([path])
        else:
            return False
        return any(_looks(file, knows) for file in files)
    except (OSError, FileFormatError):
        return False


def _looks(file: Path, knows: Callable[[str], bool]) -> bool:
    with file.open("rb") as opened:
        raw = opened.read(_SNIFF_BYTES)
    text = normalized(raw.decode("utf-8", "ignore"))
    return b"\0" not in raw and not NOTE_HEADING.search(text) and knows(text)


def normalized(text: str) -> str:
    """Return text without a byte order mark, its lines ended by line feeds."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def front_matter(text: str) -> tuple[str, str]:
    """Return what stands between lines of three hyphens at the beginning of a text, and the rest of it."""
    if not text.startswith("---"):
        return "", text
    lines = text.split("\n", _MOST_FRONT_LINES)
    if lines[0].strip() != "---":
        return "", text
    for number, line in enumerate(lines[1:_MOST_FRONT_LINES], 1):
        if line.strip() == "---":
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    return "", text


def _walk(root: Path, place: Place) -> Iterator[Path]:
    """Yield the Markdown files below a folder in the order of their paths."""
    seen = files = 0
    for folder, below, names in os.walk(root):
        here = Path(folder)
        depth = len(here.relative_to(root).parts)
        below[:] = sorted(each for each in below if not each.startswith(".") and depth < limits.FOLDER_DEPTH)
        seen += len(below) + len(names)
        if seen > limits.FOLDER_ENTRIES:
            raise place.refuse("limit", f"holds more than {limits.FOLDER_ENTRIES:,} files and folders")
        for name in sorted(names):
            file = here / name
            if name.lower().endswith(ENDING) and not name.startswith(".") and not file.is_symlink():
                files += 1
                if files > limits.MARKDOWN_FILES:
                    raise place.refuse("limit", f"holds more than {limits.MARKDOWN_FILES:,} texts")
                if file.is_file():
                    yield file


class MarkdownFiles:
    """The texts that belong to `path` (a file or folder). `root` is the folder in which media are sought."""

    def __init__(self, path: Path, *, root: Path | None = None) -> None:
        self.path = path
        self.whole = path.is_dir()
        self.root = (path if self.whole else root or path.parent).absolute()
        self.place = Place(path, "the folder" if self.whole else "the file")
        self.media = MediaFiles(self.place, where_absent=_ABSENT)
        self.unreadable: list[str] = []
        self._files = FilesBelow(self.root, self.place)
        self._by_name: dict[str, str] | None = None
        self._bytes = 0

    def texts(self, progress: Progress) -> Iterator[tuple[Path, str]]:
        """Yield each file (its path from the root) with its text; those of a folder that are no text are told.

        Raises:
            FileFormatError: `damaged` (one file that is no text), `limit` or `unsafe`.
            Cancelled: By `progress`.
        """
        files = _walk(self.root, self.place) if self.whole else iter([self.path.absolute()])
        for number, file in enumerate(files):
            progress("texts", number, 0)
            name = file.relative_to(self.root) if file.is_relative_to(self.root) else Path(file.name)
            text = self._text(file)
            if text is None:
                self.unreadable.append(name.as_posix())
            else:
                yield name, text

    def _text(self, file: Path) -> str | None:
        place = self.place.at(f"the file {quoted(file.name)}")
        with opened_plainly(file.resolve() if not self.whole else file, place) as opened:
            raw = opened.read(limits.MARKDOWN_FILE_BYTES + 1)
        self._bytes += len(raw)
        if len(raw) > limits.MARKDOWN_FILE_BYTES or self._bytes > limits.MARKDOWN_BYTES:
            raise place.refuse("limit", "holds more text than can be taken in at once")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return normalized(text)
        if self.whole:
            return None
        raise place.refuse("damaged", "is not text in UTF-8")

    def image_name(self, source: str, text: Path, *, anywhere: bool = False) -> str | None:
        """Return what a media file is called here that the text of a file names; None if it is no file at all.

        A path is taken from the folder of the text, after `@/` and with `anywhere` also from the root. With
        `anywhere` a bare name is sought in all folders, as Obsidian does.

        Raises:
            FileFormatError: `limit` where the texts hold millions of references.
        """
        source = source.strip().replace("\\", "/")
        at_root = source.startswith("@/")
        path = posixpath.normpath(
            posixpath.join("" if at_root else text.parent.as_posix(), source.removeprefix("@/"))
        )
        if not source or "\0" in source or path.startswith(("../", "/")) or path == "..":
            if source:
                self.media.refuse(source)
            return None
        places = [path, posixpath.normpath(source)] if anywhere else [path]
        found = next((each for each in places if self._files.has(each)), None)
        if found is None and anywhere and "/" not in source:
            found = self._named(source)
        if found is not None:
            self.media.add(found)
        return self.media.name_for(found or path)

    def _named(self, name: str) -> str | None:
        """Return the path of a media file of that name, wherever it lies; the first where there are several."""
        if self._by_name is None:
            self._by_name = {}
            seen = 0
            for folder, below, names in os.walk(self.root):
                below[:] = sorted(each for each in below if not each.startswith("."))
                seen += len(below) + len(names)
                if seen > limits.FOLDER_ENTRIES:
                    break
                for each in sorted(names):
                    if media_type(each):
                        found = (Path(folder) / each).relative_to(self.root).as_posix()
                        self._by_name.setdefault(each.casefold(), found)
        return self._by_name.get(name.casefold())

    def take_media(self, data: ExchangeData, options: ReadOptions, progress: Progress) -> None:
        """Copy the media that the texts name below `options.work_dir` and put them into the data.

        Raises:
            FileFormatError: `limit` or `unsafe`.
            DiskFull: There is no room for the copies.
            Cancelled: By `progress`.
        """
        with unpack_folder(options.work_dir, prefix="markdown-", what="media") as folder:
            budget = Budget(self._files.limits, free_bytes=options.free_bytes)
            data.media, warnings = self.media.unpack(self._files, folder, budget, progress)
        data.warnings += warnings
        data.unsafe_names = list(self.media.unsafe)
        if self.unreadable:
            verb = "is" if len(self.unreadable) == 1 else "are"
            first = quoted(self.unreadable[0])
            data.warnings.append(
                f"{counted(len(self.unreadable), 'file')} {verb} no text in UTF-8, such as {first}."
            )
