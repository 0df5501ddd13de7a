"""What a package says of its whole collection: note types, decks and options, in JSON and in tables."""

import math
from pathlib import Path
from typing import Any

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import DECK, MODEL, card, deck, field, model, note
from helpers.anki_reading import read, read_db, refusal

from mlsd_cards.domain.decks import Mix, Options, ReviewOrder
from mlsd_cards.domain.exchange import ExchangeData
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import Place, counted, printable, quoted, sentences


def read_18(tmp_path: Path, **contents: Any) -> ExchangeData:
    db = anki.collection_18(**contents)
    return read(anki.package(tmp_path / "deck.apkg", db, layout=3), tmp_path)


# ------------------------------------------------------------------------------------------ note types


def test_all_of_a_note_type_is_read_from_json(tmp_path: Path) -> None:
    given = model(
        name='My "type"',
        type=1,
        css="p{}",
        sortf=1,
        latexPre="pre",
        latexPost="post",
        latexsvg=True,
        originalStockKind=6,
        did=DECK,
    )
    given["flds"][1] |= {"rtl": True, "sticky": True, "font": "Noto", "size": 31, "description": "what for"}
    given["tmpls"][0] |= {"bqfmt": "bq", "bafmt": "ba", "did": DECK}
    (found,) = read_db(tmp_path, models=[given]).note_types
    assert (found.name, found.kind, found.css, found.sort_field) == ("My type", NoteTypeKind.CLOZE, "p{}", 1)
    assert (found.latex_pre, found.latex_post, found.latex_svg, found.stock_kind) == ("pre", "post", True, 6)
    assert (found.foreign_id, found.modified_ms) == (MODEL, anki.CREATED_S * 1000)
    back = found.fields[1]
    assert (back.name, back.rtl, back.sticky, back.font, back.font_size) == ("Back", True, True, "Noto", 31)
    assert back.description == "what for"
    (template,) = found.templates
    assert (template.browser_front, template.browser_back, template.deck_name) == ("bq", "ba", "Deck")


def test_all_of_a_note_type_is_read_from_tables(tmp_path: Path) -> None:
    config = (
        field(1, 1) + field(2, 1) + field(3, "p{}") + field(5, "pre") + field(6, "post") + field(7, 1)
        + field(9, 6) + field(10, 4711)
    )  # fmt: skip
    (found,) = read_18(tmp_path, note_type=config).note_types
    assert (found.name, found.kind, found.css, found.sort_field) == ("Basic", NoteTypeKind.CLOZE, "p{}", 1)
    assert (found.latex_pre, found.latex_post, found.latex_svg, found.stock_kind) == ("pre", "post", True, 6)
    assert (found.foreign_id, found.modified_ms) == (4711, anki.CREATED_S * 1000)
    assert [(f.name, f.font, f.font_size) for f in found.fields] == [
        ("Front", "Liberation", 17),
        ("Back", "Liberation", 17),
    ]


def test_names_lose_signs_that_templates_give_a_meaning_to(tmp_path: Path) -> None:
    names = ['  # /^ t:e{s"t} field name #/^  ', "same", "Same", "::", "#" * 100_000]
    templates = [('a"b', "{{same}}", ""), ("AB", "{{same}}", ""), ('"', "{{same}}", "")]
    notes = [note(fields=["x"] * len(names))]
    (found,) = read_db(
        tmp_path, models=[model(fields=names, templates=templates, name='"')], notes=notes
    ).note_types
    assert found.field_names == ("test field name #/^", "same", "Same+", "blank", "blank+")
    assert [template.name for template in found.templates] == ["ab", "AB+", "blank"]
    assert found.name == "blank"


def test_a_note_type_of_odd_values_gets_usable_ones(tmp_path: Path) -> None:
    given = model(sortf=99, mod="later", css=5)
    given["flds"][0] |= {"size": -3, "font": None, "rtl": "yes"}
    del given["tmpls"][0]["afmt"]
    (found,) = read_db(tmp_path, models=[given]).note_types
    assert (found.sort_field, found.modified_ms, found.css) == (0, 0, "")
    assert (found.fields[0].font_size, found.fields[0].font, found.fields[0].rtl) == (20, "Arial", False)
    assert found.templates[0].back == ""


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notetypes SET config = x'ff'",
        "UPDATE notetypes SET config = 5",
        "UPDATE notetypes SET config = x'1a02ff'",
        "UPDATE fields SET config = x'0a05'",
        "UPDATE templates SET config = NULL",
        "UPDATE decks SET kind = x'0a7f00'",
        "UPDATE decks SET kind = 'text', name = 7.5",
        "UPDATE deck_config SET config = x'0d00'",
        "UPDATE deck_config SET config = NULL",
        "UPDATE config SET val = x'7b' WHERE KEY = 'schedVer'",
    ],
)
def test_broken_tables_are_refused(sql: str, tmp_path: Path) -> None:
    db = anki.collection_18(sql=[sql])
    error = refusal(anki.package(tmp_path / "deck.apkg", db, layout=3), tmp_path)
    assert error.kind in ("damaged", "inconsistent")


# ------------------------------------------------------------------------------------------ decks


def test_decks_are_read_from_tables(tmp_path: Path) -> None:
    decks = [
        (1, "Default", field(1, b"")),
        (5, "Parent", field(1, field(1, 1) + field(4, "über"))),
        (DECK, "Parent\x1fChild", field(1, field(1, 9))),
        (7, "Cram", field(2, field(1, 1))),
    ]
    cards = [card(1), card(2, ord=0, note_id=2, did=7, odid=DECK, odue=4, type=2, queue=2)]
    data = read_18(tmp_path, decks=decks, notes=[note(1), note(2)], cards=cards)
    assert [(d.name, d.description, d.preset_id, d.filtered) for d in data.decks] == [
        ("Cram", "", 1, True),
        ("Parent", "über", 1, False),
        ("Parent::Child", "", 9, False),
    ]
    assert [(c.deck_id, c.filtered_deck_id) for c in data.cards] == [(DECK, 0), (DECK, 7)]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("A::B", "A::B"),
        ("", "blank"),
        ("::", "blank::blank"),
        ("a::::b", "a::blank::b"),
        (" a : :: b ", "a::b"),
        ("x\n\ry\0z", "xyz"),
        ("a :\0:a", "a::a"),
        ("::".join(["d"] * 400), "::".join(["d"] * 50)),
        (":" * 1_000_001, "::".join(["blank"] * 50)),
        (" " * 1_000_000 + "a", "blank"),
    ],
)
def test_deck_names_are_repaired(given: str, name: str) -> None:
    assert deck_name(given, "::") == name


def test_decks_of_one_name_get_names_of_their_own(tmp_path: Path) -> None:
    decks = [deck(DECK, "Same"), deck(DECK + 1, "same"), deck(DECK + 2, "SAME")]
    cards = [card(n, 1, did=DECK + n, ord=n) for n in range(3)]
    data = read_db(tmp_path, models=[model(type=1)], decks=decks, cards=cards)
    assert [d.name for d in data.decks] == ["SAME_3", "Same", "same_"]


# ------------------------------------------------------------------------------------------ options


def options_of(tmp_path: Path, preset: bytes, **contents: Any) -> Options:
    (found,) = read_18(tmp_path, preset=preset, **contents).presets
    return found.options


def test_options_are_read_from_tables(tmp_path: Path) -> None:
    message = (
        field(1, [2.0, 20.0]) + field(2, [15.0]) + field(6, [0.25] * 21) + field(9, 7) + field(10, 55)
        + field(11, 2.1) + field(12, 1.5) + field(13, 1.1) + field(14, 0.5) + field(15, 0.9) + field(16, 400)
        + field(17, 2) + field(18, 3) + field(19, 6) + field(21, 0) + field(22, 5) + field(24, 30) + field(27, 1)
        + field(28, 1) + field(29, 1) + field(30, 1) + field(31, 2) + field(32, 1) + field(33, 12) + field(34, 2)
        + field(37, 0.85) + field(40, 0.8)
    )  # fmt: skip
    config = {"fsrs": True, "newCardsIgnoreReviewLimit": True, "fsrsShortTermWithStepsEnabled": True}
    options = options_of(tmp_path, message, config=config)
    assert (options.scheduler, options.parameters) == ("fsrs", (0.25,) * 21)
    assert options.new_ignore_review_limit
    assert options.short_term_with_steps
    assert (options.learning_steps, options.relearning_steps) == ((2.0, 20.0), (15.0,))
    assert (options.new_per_day, options.reviews_per_day, options.starting_ease) == (7, 55, 2.1)
    assert (options.easy_bonus, options.hard_multiplier, options.lapse_multiplier) == (1.5, 1.1, 0.5)
    assert (options.interval_modifier, options.maximum_interval, options.minimum_lapse_interval) == (
        0.9,
        400,
        2,
    )
    assert (options.graduating_interval, options.easy_interval, options.leech_threshold) == (3, 6, 5)
    assert (options.leech_suspend, options.maximum_answer_seconds) == (True, 30)
    assert (options.bury_new, options.bury_reviews, options.bury_interday_learning) == (True,) * 3
    assert (options.new_mix, options.interday_learning_mix) == (Mix.AFTER, Mix.BEFORE)
    assert (options.new_sort, options.review_order, options.new_gather) == (
        "no_sort",
        ReviewOrder.RELATIVE_OVERDUE,
        "highest_position",
    )
    assert (options.desired_retention, options.historical_retention) == (0.85, 0.8)


def test_schema_15_keeps_the_ease_a_hundredfold(tmp_path: Path) -> None:
    assert options_of(tmp_path, field(11, 210.0), ver=15).starting_ease == 2.1
    assert options_of(tmp_path, field(11, 2.1), ver=16).starting_ease == 2.1


def test_options_out_of_range_have_their_default(tmp_path: Path) -> None:
    message = (
        field(9, 10_000) + field(10, -1) + field(11, math.nan) + field(12, 99.0) + field(13, math.inf)
        + field(16, 0) + field(30, 77) + field(31, -5) + field(33, 99) + field(37, 0.2)
    )  # fmt: skip
    options = options_of(tmp_path, message)
    plain = Options()
    assert (options.new_per_day, options.reviews_per_day) == (20, 200)
    assert (options.starting_ease, options.easy_bonus, options.hard_multiplier) == (2.5, 1.3, 1.2)
    assert (options.maximum_interval, options.desired_retention) == (36_500, 0.9)
    assert (options.new_mix, options.interday_learning_mix) == (Mix.MIX, Mix.MIX)
    assert options.review_order is plain.review_order
    assert options.scheduler == "anki-sm2"


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ([0.0, -1.0, 5.0], (5.0,)),
        ([math.nan, math.inf], ()),
        ([1e9], ()),
        ([1.0] * 500, (1.0,) * 50),
        ([], ()),
    ],
)
def test_steps_are_minutes_above_zero(steps: list[float], kept: tuple[float, ...], tmp_path: Path) -> None:
    assert options_of(tmp_path, field(1, steps)).learning_steps == kept


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (field(3, [0.5] * 17), 17),
        (field(3, [0.5] * 17) + field(5, [0.5] * 19), 19),
        (field(5, [0.5] * 19) + field(6, [0.5] * 21), 21),
        (field(6, [0.5] * 20), 0),
        (field(6, [math.nan] * 21), 0),
        (b"", 0),
    ],
)
def test_parameters_are_the_newest_of_a_known_kind(message: bytes, count: int, tmp_path: Path) -> None:
    assert len(options_of(tmp_path, message).parameters) == count


def test_json_options_of_odd_shapes_have_their_default(tmp_path: Path) -> None:
    odd = {"new": [], "rev": {"perDay": "x", "ivlFct": None}, "lapse": {"delays": 5, "mult": True}, "name": 3}
    (found,) = read_db(tmp_path, presets={"1": odd}).presets
    options = found.options
    assert found.name == "Default"
    assert (options.new_per_day, options.reviews_per_day, options.interval_modifier) == (20, 200, 1.0)
    assert (options.learning_steps, options.relearning_steps, options.lapse_multiplier) == (
        (1.0, 10.0),
        (),
        0.0,
    )


def test_schema_14_has_json_options_in_a_table(tmp_path: Path) -> None:
    sql = [
        "CREATE TABLE config (KEY text NOT NULL PRIMARY KEY, val blob)",
        "CREATE TABLE deck_config (id integer PRIMARY KEY, name text, config blob)",
        """INSERT INTO deck_config VALUES (1, 'Mine', CAST('{"new":{"perDay":3}}' AS BLOB))""",
        "INSERT INTO config VALUES ('fsrs', CAST('true' AS BLOB)), ('other', CAST('{' AS BLOB))",
    ]
    (found,) = read_db(tmp_path, ver=14, sql=sql).presets
    assert (found.name, found.options.new_per_day, found.options.scheduler) == ("Mine", 3, "fsrs")


# ------------------------------------------------------------------------------------------ messages


def test_foreign_text_in_messages_is_short_and_on_one_line() -> None:
    assert printable("a\nb\x1b[31m\u202ec") == "a\ufffdb\ufffd[31m\ufffdc"
    assert len(printable("x" * 5000)) == 80
    assert quoted("a") == "“a”"
    error = Place(Path("dir/a\nb.apkg")).at("the note “x”").refuse("limit", "is too large")
    assert str(error) == "a\ufffdb.apkg cannot be imported: the note “x” is too large."
    assert (error.kind, error.item) == ("limit", "the note “x”")


def test_numbers_take_their_nouns_along() -> None:
    assert [counted(0, "card"), counted(1, "card"), counted(12_345, "card")] == [
        "0 cards",
        "1 card",
        "12,345 cards",
    ]
    assert sentences((0, "note", "lost"), (1, "note", "found"), (2, "card", "found")) == [
        "1 note was found.",
        "2 cards were found.",
    ]
