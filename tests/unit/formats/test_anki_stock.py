"""The note types that text files may name."""

import pytest

from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.formats.anki_stock import BASIC, STOCK_NOTE_TYPES, stock_note_type
from mlsd_cards.rendering.template import card_ordinals


@pytest.mark.parametrize(
    ("name", "fields", "ordinals"),
    [
        ("Basic", ("q", "a"), [0]),
        ("Basic", ("", "a"), []),
        ("Basic (and reversed card)", ("q", "a"), [0, 1]),
        ("Basic (and reversed card)", ("q", ""), [0]),
        ("Basic (optional reversed card)", ("q", "a", ""), [0]),
        ("Basic (optional reversed card)", ("q", "a", "y"), [0, 1]),
        ("Basic (type in the answer)", ("q", "a"), [0]),
        ("Cloze", ("{{c1::a}} {{c3::b}}", ""), [0, 2]),
        ("Cloze", ("no gap", ""), []),
        ("Image Occlusion", ("{{c2::image-occlusion:rect:left=.1}}", "<img src=x.png>", "", "", ""), [1]),
    ],
)
def test_cards_they_make(name: str, fields: tuple[str, ...], ordinals: list[int]) -> None:
    note_type = stock_note_type(name)
    assert note_type is not None
    assert card_ordinals(note_type, fields) == ordinals


def test_names_are_found_whatever_their_letter_case() -> None:
    assert stock_note_type("bASIC") is STOCK_NOTE_TYPES[0]
    assert STOCK_NOTE_TYPES[0].name == BASIC
    assert stock_note_type("Basic ") is None
    assert stock_note_type("") is None


def test_ids_and_kinds_differ_and_agree_with_anki() -> None:
    assert [note_type.stock_kind for note_type in STOCK_NOTE_TYPES] == [1, 2, 3, 4, 5, 6]
    assert len({note_type.id for note_type in STOCK_NOTE_TYPES}) == len(STOCK_NOTE_TYPES)
    clozes = [note_type.name for note_type in STOCK_NOTE_TYPES if note_type.kind is NoteTypeKind.CLOZE]
    assert clozes == ["Cloze", "Image Occlusion"]
