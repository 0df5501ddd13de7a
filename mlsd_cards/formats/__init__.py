"""One module per file format: each reads a file into `ExchangeData`, or writes one from it.

A reader has `NAME`, `SUFFIXES`, `sniff(path)` and `read(path, options, progress)`; a writer has `SUFFIXES`
and `write(data, path, options, progress)`. Modules are imported when a file of their kind turns up.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions, WriteOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import printable

# Formats that say what they are by their content come before those that hardly do.
READERS = (
    "apkg",
    "anki_collection",
    "source",
    "obsidian",
    "hashcards",
    "folder",
    "crowdanki",
    "mnemosyne",
    "mnemosyne_db",
    "qa_text",
    "csv_notes",
)
WRITERS = ("apkg_writer", "csv_writer", "source_writer", "folder_writer")
FORMATS = {"folder": "folder_writer"}  # those that are asked for by name, not by an ending


class Reader(Protocol):
    """A module that reads one format."""

    NAME: str
    SUFFIXES: tuple[str, ...]

    def sniff(self, path: Path) -> bool:
        """Whether the file looks like one of this format. Never raises on account of its contents."""

    def read(self, path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
        """Return all that the file holds.

        Raises:
            FileFormatError: The file is refused; see its `kind`.
        """


class Writer(Protocol):
    """A module that writes one format."""

    SUFFIXES: tuple[str, ...]

    def write(
        self, data: ExchangeData, path: Path, options: WriteOptions, progress: Progress = no_progress
    ) -> list[str]:
        """Write all of `data` that the format has room for and return sentences about the rest."""


def reader(name: str) -> Reader:
    """Return the reader module called `name`, one of `READERS`."""
    module: Reader = import_module(f"{__name__}.{name}")
    return module


def writer(name: str) -> Writer:
    """Return the writer module called `name`, one of `WRITERS`."""
    module: Writer = import_module(f"{__name__}.{name}")
    return module


def reader_for(path: Path) -> Reader:
    """Return the reader for a file: the first that knows it by what it holds, or by the ending of its name.

    Raises:
        FileFormatError: `not-a-deck` where no reader knows it.
    """
    if not path.exists():
        raise FileFormatError("not-a-deck", f"{printable(path.name)} does not exist.", path=path)
    for name in READERS:
        candidate = reader(name)
        if candidate.sniff(path) or path.suffix.lower() in candidate.SUFFIXES:
            return candidate
    raise FileFormatError(
        "not-a-deck",
        f"{printable(path.name)} is not a deck: it is no Anki package or collection, CrowdAnki deck, Mnemosyne file, "
        "deck source (YAML), deck folder or text file.",
        path=path,
    )


def writer_for(path: Path, form: str = "") -> Writer:
    """Return the writer for a file name by its ending, or that of the format called `form`.

    Raises:
        FileFormatError: `unsupported` where there is none.
    """
    if form:
        if form not in FORMATS:
            known = ", ".join(FORMATS)
            raise FileFormatError(
                "unsupported", f"There is no format “{printable(form)}”; there is: {known}."
            )
        return writer(FORMATS[form])
    for name in WRITERS:
        candidate = writer(name)
        if path.suffix.lower() in candidate.SUFFIXES:
            return candidate
    raise FileFormatError(
        "unsupported",
        f"{printable(path.name)} cannot be written: give it the ending .apkg or .csv, or ask for a folder.",
        path=path,
    )
