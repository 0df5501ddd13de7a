"""Text files: what is written is read back, and no bytes make the reader fail in an unforeseen way."""

import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ExchangeNote, ReadOptions, WriteOptions
from mlsd_cards.formats import csv_notes, csv_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.csv_text import guard, unguard


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# What the store can hold: composed text without control signs other than tab and line feed.
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")),
    st.text("=+-@'\u00a0\uff1d\t\n \",;#<>&ab\ufeff", max_size=8),
).map(composed)
WORD = (
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8)
    .map(composed)
    .filter(lambda word: word.strip(":") and "::" not in word)
)
TAG = WORD.filter(lambda tag: not any(sign.isspace() for sign in tag))
NOTE = st.tuples(
    st.sampled_from(STOCK_NOTE_TYPES), TEXT.filter(bool), st.lists(TEXT, min_size=5, max_size=5),
    st.lists(TAG, max_size=3, unique_by=str.casefold), WORD.map(lambda name: name.strip(": ")).filter(bool),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    notes=st.lists(NOTE, max_size=6),
    suffix=st.sampled_from(csv_writer.SUFFIXES),
    guarded=st.sampled_from([None, True, False]),
    guids=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=6, max_size=6
    ),
)
def test_what_is_written_is_read_back(
    folder: Path, notes: list, suffix: str, guarded: bool | None, guids: list[str]
) -> None:
    decks: dict[str, ExchangeDeck] = {}
    data = ExchangeData(note_types=list(STOCK_NOTE_TYPES))
    for number, (note_type, first, others, tags, deck) in enumerate(notes):
        decks.setdefault(deck.casefold(), ExchangeDeck(id=len(decks) + 1, name=deck))
        fields = (first, *others)[: len(note_type.fields)]
        data.notes.append(
            ExchangeNote(
                number,
                guids[number],
                int(note_type.id),
                fields,
                tuple(tags),
                deck_id=decks[deck.casefold()].id,
            )
        )
    data.decks = list(decks.values())
    path = folder / f"notes{suffix}"
    csv_writer.write(data, path, WriteOptions(now_ms=0, created_date=1, guard_formulas=guarded))
    back = csv_notes.read(path, ReadOptions(work_dir=folder, now_ms=0, note_type_fields={}))

    def values(of: ExchangeData, width: int) -> list[tuple]:
        names = {deck.id: deck.name for deck in of.decks}
        types = {int(nt.id): nt.name for nt in of.note_types}
        return [
            (
                n.guid,
                types[n.note_type_id],
                names[n.deck_id],
                (*n.fields, *[""] * (width - len(n.fields))),
                n.tags,
            )
            for n in of.notes
        ]

    width = max((len(note.fields) for note in data.notes), default=0)
    assert values(back, width) == values(data, width)
    assert not back.warnings


@given(cell=st.one_of(st.text(), st.text("'= \t\r\n+-@\u00a0x")))
def test_guarding_is_undone_exactly(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    after_blanks = guard(cell).lstrip(" \n\u00a0")
    assert not after_blanks.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))


@settings(max_examples=100, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text('#":,;\t\n\r\0 abcdeglmnoprstuy123\ufeffü').map(lambda text: text.encode()),
        st.text().map(lambda text: text.encode("utf-16")),
    )
)
def test_no_file_makes_the_reader_fail_otherwise(folder: Path, content: bytes) -> None:
    path = folder / "any.txt"
    path.write_bytes(content)
    csv_notes.sniff(path)
    try:
        data = csv_notes.read(path, ReadOptions(work_dir=folder, now_ms=0))
    except FileFormatError as error:
        kind, data = error.kind, ExchangeData()
    else:
        kind = ""
    assert kind in {"", "damaged", "limit", "not-a-deck"}
    types = {int(note_type.id) for note_type in data.note_types}
    assert all(note.fields[0] and note.note_type_id in types for note in data.notes)
