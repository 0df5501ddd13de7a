"""The bounds of strangers' files: their values, and that each holds exactly where it says."""

from pathlib import Path
from typing import Any

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import DECK, card, deck, model, note
from helpers.anki_reading import read_db, refused_db

from mlsd_cards.formats import limits
from mlsd_cards.formats.limits import DEFAULT_LIMITS, Limits

KIB, MIB, GIB = 2**10, 2**20, 2**30


def test_the_values_are_the_agreed_ones() -> None:
    assert (limits.ZIP_MEMBERS, limits.COLLECTION_BYTES, limits.MEDIA_FILE_BYTES) == (100_000, GIB, 256 * MIB)
    assert (limits.PACKAGE_BYTES, limits.FREE_RESERVE_BYTES) == (8 * GIB, 500 * MIB)
    assert (limits.RATIO, limits.RATIO_FROM_BYTES, limits.ZSTD_WINDOW_BYTES) == (200, 16 * MIB, 2**27)
    assert (limits.MEDIA_MAP_BYTES, limits.JSON_NESTING, limits.MEDIA_NAME_BYTES) == (64 * MIB, 100, 120)
    assert (limits.NOTES, limits.CARDS, limits.REVIEWS) == (500_000, 2_000_000, 20_000_000)
    assert (limits.FIELDS, limits.TEMPLATES, limits.TEMPLATE_BYTES) == (256, 256, MIB)
    assert (limits.FIELD_BYTES, limits.NOTE_BYTES) == (4 * MIB, 8 * MIB)
    assert (limits.DECK_DEPTH, limits.DECK_NAME_SIGNS, limits.TAGS_PER_NOTE) == (50, 1000, 1000)
    assert (limits.CSV_COLUMNS, limits.CSV_CELL_BYTES, limits.CSV_FILE_BYTES) == (1000, 4 * MIB, 256 * MIB)
    assert (limits.XML_DEPTH, limits.YAML_DEPTH, limits.SQL_SECONDS) == (64, 64, 30)
    assert limits.PIECE_BYTES == 64 * KIB


def test_a_package_is_read_with_these_unless_told_otherwise() -> None:
    assert Limits() == DEFAULT_LIMITS
    assert (DEFAULT_LIMITS.members, DEFAULT_LIMITS.notes, DEFAULT_LIMITS.cards) == (
        100_000,
        500_000,
        2_000_000,
    )
    assert (DEFAULT_LIMITS.reviews, DEFAULT_LIMITS.collection_bytes) == (20_000_000, GIB)
    assert (DEFAULT_LIMITS.media_file_bytes, DEFAULT_LIMITS.package_bytes) == (256 * MIB, 8 * GIB)


def fields(count: int) -> dict[str, Any]:
    return {"models": [model(fields=[f"F{n}" for n in range(count)])], "notes": [note(fields=["x"] * count)]}


def templates(count: int) -> dict[str, Any]:
    return {"models": [model(templates=[(f"T{n}", "{{Front}}", "") for n in range(count)])]}


def front(size: int) -> dict[str, Any]:
    return {"models": [model(templates=[("Card 1", "é" * (size // 2) + "x" * (size % 2), "")])]}


def css(size: int) -> dict[str, Any]:
    return {"models": [model(css="x" * size)]}


def field(size: int) -> dict[str, Any]:
    return {"notes": [note(fields=["x" * size, "back"])]}


def whole_note(size: int) -> dict[str, Any]:
    half = "x" * (size // 3)
    last = "x" * (size - 2 * len(half) - 2)
    return {"models": [model(fields=["A", "B", "C"])], "notes": [note(fields=[half, half, last])]}


def tags(count: int) -> dict[str, Any]:
    return {"notes": [note(tags=" ".join(f"t{n}" for n in range(count)))]}


@pytest.mark.parametrize(
    ("contents", "most"),
    [
        (fields, limits.FIELDS),
        (templates, limits.TEMPLATES),
        (front, limits.TEMPLATE_BYTES),
        (css, limits.TEMPLATE_BYTES),
        (field, limits.FIELD_BYTES),
        (whole_note, limits.NOTE_BYTES),
        (tags, limits.TAGS_PER_NOTE),
    ],
)
def test_a_bound_allows_what_it_says_and_not_one_more(contents: Any, most: int, tmp_path: Path) -> None:
    assert len(read_db(tmp_path, **contents(most)).notes) == 1
    assert refused_db(tmp_path, **contents(most + 1)).kind == "limit"


def test_deck_names_are_cut_to_50_levels_and_1000_signs(tmp_path: Path) -> None:
    def name(given: str) -> str:
        decks = {found.id: found.name for found in read_db(tmp_path, decks=[deck(name=given)]).decks}
        return decks[DECK]

    levels = "::".join(f"l{n}" for n in range(50))
    assert name(levels) == levels
    assert name(f"{levels}::more::and::more") == levels
    assert name("n" * 1000) == "n" * 1000
    assert name("n" * 1001) == "n" * 1000
    assert name("n" * 999 + "::tail") == "n" * 999


def test_tags_are_cut_to_1000_signs(tmp_path: Path) -> None:
    longest = "t" * limits.TAG_SIGNS
    assert read_db(tmp_path, notes=[note(tags=longest)]).notes[0].tags == (longest,)
    data = read_db(tmp_path, notes=[note(tags=longest + "t")])
    assert data.notes[0].tags == (longest,)
    assert len(data.warnings) == 1
    assert read_db(tmp_path, notes=[note(tags="::" * 2_000_000)]).notes


@pytest.mark.parametrize("plural", ["models", "decks", "presets"])
def test_very_many_parts_of_a_collection_are_refused(plural: str, tmp_path: Path) -> None:
    assert (limits.NOTE_TYPES, limits.DECKS, limits.PRESETS) == (20_000,) * 3

    def many(count: int) -> dict[str, Any]:
        small = {
            "models": lambda n: {"id": n, "name": "", "flds": [], "tmpls": []},
            "decks": lambda n: {"id": n, "name": "same", "dyn": 0},
            "presets": lambda n: {},
        }[plural]
        made = {str(n): small(n) for n in range(1, count + 1)}
        return {plural: made if plural == "presets" else list(made.values()), "notes": [], "cards": []}

    assert not read_db(tmp_path, **many(20_000)).notes
    assert refused_db(tmp_path, **many(20_001)).kind == "limit"


def test_many_decks_of_one_name_get_names_of_their_own(tmp_path: Path) -> None:
    decks = [deck(n, "Same" if n % 2 else "same") for n in range(1, 3001)]
    cards = [card(n, 1, did=n, ord=n - 1) for n in range(1, 401)]
    data = read_db(tmp_path, models=[model(type=1)], decks=decks, cards=cards)
    names = [found.name.casefold() for found in data.decks]
    assert len(names) == len(set(names)) == 400


def test_numbers_are_clamped_to_what_dates_can_express(tmp_path: Path) -> None:
    far = card(type=2, queue=2, due=900_000_000, ivl=2**40, mod=2**60)
    (found,) = read_db(tmp_path, cards=[far], crt=limits.SECONDS).cards
    assert found.due_date == 3_652_059
    assert found.interval_days == 1_000_000
    assert found.modified_ms == limits.SECONDS * 1000
    early = card(type=2, queue=2, due=-(2**40))
    (found,) = read_db(tmp_path, cards=[early]).cards
    assert found.due_date == 1
    (found,) = read_db(tmp_path, cards=[card(type=2, queue=2, due=3)], crt=2**60).cards
    assert found.due_date == 719_163 + 3  # counted from 1970
    assert anki.CREATED_DATE > 719_163
