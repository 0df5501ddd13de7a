"""Texts that people write by hand as decks: put into folders, read, and refused."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import reader_for

NOW_MS = 1_893_456_000_000  # 2030-01-01
PNG = b"\x89PNG\r\n\x1a\n"


def folder_of(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return root


def read_by(name: str, path: Path, work: Path, deck: str = "") -> ExchangeData:
    """Return what the reader called `name` makes of a path; no other may take it."""
    work.mkdir(exist_ok=True)
    reader = reader_for(path)
    assert name == reader.NAME
    return reader.read(path, ReadOptions(work_dir=work, now_ms=NOW_MS, deck_name=deck))


def refused(path: Path, work: Path) -> FileFormatError:
    """Return the error with which a path is refused: one sentence, nothing left behind."""
    work.mkdir(exist_ok=True)
    with pytest.raises(FileFormatError) as caught:
        reader_for(path).read(path, ReadOptions(work_dir=work, now_ms=NOW_MS))
    assert os.listdir(work) == []
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


def fields(data: ExchangeData) -> list[tuple[str, ...]]:
    """Return the fields of all notes."""
    return [note.fields for note in data.notes]


def decks(data: ExchangeData) -> list[str]:
    """Return the name of the deck of each note."""
    names = {deck.id: deck.name for deck in data.decks}
    return [names[note.deck_id] for note in data.notes]


def kinds(data: ExchangeData) -> list[str]:
    """Return the name of the note type of each note."""
    names = {int(note_type.id): note_type.name for note_type in data.note_types}
    return [names[note.note_type_id] for note in data.notes]
