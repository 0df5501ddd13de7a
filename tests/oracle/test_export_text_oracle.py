"""Text export: Anki reads ours, we read Anki's, and for the same notes both write the same bytes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeNote,
    ReadOptions,
    WriteOptions,
)
from mlsd_cards.formats import csv_notes, csv_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES, stock_note_type
from tests.helpers.shared import corpus_file

anki_collection = pytest.importorskip("anki.collection")
pytestmark = pytest.mark.oracle

TEXTS = (
    ("Basic", ("plain", "x & y <br> \"quoted\" 'single'"), "Default"),
    ("Basic", ("two\nlines\tand a tab", "#hash"), "A::B"),
    ("Basic", ("#first", ""), "A::B"),
    ("Basic (optional reversed card)", ("- item", "=1+1", "y"), "Ünï::日本"),
    ("Cloze", ("{{c1::a}} {{c2::b::hint}}", '<img src="x.png">'), "Ünï::日本"),
    ("Basic", ("'=1", "+49 30"), "Z"),
)


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Any]:
    collection = anki_collection.Collection(str(tmp_path / "c.anki2"))
    yield collection
    collection.close()


def exchange_data() -> ExchangeData:
    decks = {name: number for number, name in enumerate(dict.fromkeys(deck for _, _, deck in TEXTS), 1)}
    data = ExchangeData(note_types=list(STOCK_NOTE_TYPES))
    data.decks = [ExchangeDeck(id=number, name=name) for name, number in decks.items()]
    for number, (name, fields, deck) in enumerate(TEXTS, 1):
        note_type = stock_note_type(name)
        assert note_type is not None
        tags = ("t", "u::v")[: number % 3]
        data.notes.append(ExchangeNote(number, f"guid{number}", int(note_type.id), fields, tags))
        data.cards.append(ExchangeCard(number, number, decks[deck], 0))
    return data


def rows_of(col: Any) -> list[tuple]:
    names = {nt["id"]: nt["name"] for nt in col.models.all()}
    return [
        (guid, names[mid], tuple(fields.split("\x1f")), tuple(tags.split()), col.decks.name(did))
        for guid, mid, fields, tags, did in col.db.all(
            "select guid, mid, flds, tags, (select did from cards where nid = notes.id order by ord limit 1) "
            "from notes order by guid"
        )
    ]


def expected() -> list[tuple]:
    data = exchange_data()
    return [
        (note.guid, name, note.fields, note.tags, deck)
        for note, (name, _, deck) in zip(data.notes, TEXTS, strict=True)
    ]


def import_text(col: Any, path: Path) -> Any:
    metadata = col.get_csv_metadata(str(path), None)
    return col.import_csv(anki_collection.ImportCsvRequest(path=str(path), metadata=metadata)).log


@pytest.mark.parametrize("name", ["notes.txt", "notes.csv"])
def test_anki_reads_our_text(col: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    csv_writer.write(exchange_data(), path, WriteOptions(now_ms=0, created_date=1, guard_formulas=False))
    assert len(import_text(col, path).new) == len(TEXTS)
    assert rows_of(col) == expected()
    again = import_text(col, path)
    assert (len(again.new), len(again.duplicate)) == (0, len(TEXTS))


def test_ours_and_ankis_are_the_same_bytes(col: Any, tmp_path: Path) -> None:
    path, theirs = tmp_path / "ours.txt", tmp_path / "theirs.txt"
    csv_writer.write(exchange_data(), path, WriteOptions(now_ms=0, created_date=1))
    import_text(col, path)
    col.export_note_csv(
        out_path=str(theirs), limit=None, with_html=True, with_tags=True, with_deck=True, with_notetype=True,
        with_guid=True,
    )  # fmt: skip
    assert sorted(theirs.read_bytes().splitlines()) == sorted(path.read_bytes().splitlines())


def test_we_read_ankis_text(col: Any, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.txt", tmp_path / "theirs.txt"
    csv_writer.write(exchange_data(), ours, WriteOptions(now_ms=0, created_date=1))
    import_text(col, ours)
    col.export_note_csv(
        out_path=str(theirs), limit=None, with_html=True, with_tags=True, with_deck=True, with_notetype=True,
        with_guid=True,
    )  # fmt: skip
    data = csv_notes.read(theirs, ReadOptions(work_dir=tmp_path, now_ms=0, note_type_fields={}))
    types = {int(note_type.id): stock_note_type(note_type.name) for note_type in data.note_types}
    decks = {deck.id: deck.name for deck in data.decks}
    found = []
    for note in data.notes:
        note_type = types[note.note_type_id]
        assert note_type is not None
        fields = note.fields[: len(note_type.fields)]
        found.append((note.guid, note_type.name, fields, note.tags, decks[note.deck_id]))
    assert sorted(found) == expected()


def test_text_files_of_the_corpus(tmp_path: Path) -> None:
    corpus = corpus_file()
    seen = 0
    for entry in json.loads(corpus.read_text())["files"]:
        if entry["kind"] != "text":
            continue
        seen += 1
        path = corpus.parent / entry["file"]
        answer = entry["expected"]["default"]
        options = ReadOptions(work_dir=tmp_path, now_ms=0, note_type_fields={})
        assert csv_notes.sniff(path), entry["id"]
        if "error" in answer:
            with pytest.raises(FileFormatError):
                csv_notes.read(path, options)
        else:
            data = csv_notes.read(path, options)
            assert len(data.notes) == answer["notes"], entry["id"]
    assert seen
