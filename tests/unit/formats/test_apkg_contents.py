"""Anki packages: notes, cards and values that are not as they should be."""

from pathlib import Path

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import CREATED_DATE, DECK, NOW_MS, card, deck, model, note
from helpers.anki_reading import read_db, refused_db

from mlsd_cards.domain.notes import NoteTypeKind


def test_notes_are_composed_and_free_of_control_signs(tmp_path: Path) -> None:
    notes = [note(fields=["e\u0301\x01\r", "a\tb\nc\x7f"], tags=" E\u0301t\x02  \u3000two ")]
    (found,) = read_db(tmp_path, notes=notes).notes
    assert found.fields == ("\u00e9", "a\tb\nc")
    assert found.tags == ("two", "\u00c9t")


def test_a_tag_keeps_the_case_in_which_it_was_first_seen(tmp_path: Path) -> None:
    tags = ["Tree", "tree::Leaf", "TREE::leaf::x tree", "::a::", "Solo solo"]
    notes = [note(n + 1, tags=f" {text} ") for n, text in enumerate(tags)]
    cards = [card(n + 101, n + 1) for n in range(len(tags))]
    data = read_db(tmp_path, notes=notes, cards=cards)
    assert [found.tags for found in data.notes] == [
        ("Tree",),
        ("Tree::Leaf",),
        ("Tree", "Tree::Leaf::x"),
        ("blank::a::blank",),
        ("Solo",),
    ]


def test_notes_with_other_numbers_of_fields_are_fitted(tmp_path: Path) -> None:
    notes = [note(1, ["one"]), note(2, ["one", "two", "three"]), note(3)]
    data = read_db(tmp_path, notes=notes, cards=[card(101 + n, n) for n in (1, 2, 3)])
    assert [found.fields for found in data.notes] == [("one", ""), ("one", "two<br>three"), ("front", "back")]
    assert len(data.warnings) == 1


def test_notes_of_one_guid_get_identities_that_stay_the_same(tmp_path: Path) -> None:
    notes = [note(n, guid=guid) for n, guid in enumerate(["x", "x", "x#2", "x", ""], 1)]
    first, second = (
        [found.guid for found in read_db(tmp_path, notes=notes, cards=[]).notes] for _again in range(2)
    )
    assert first == second
    assert first[0] == "x"
    assert first[-1] == ""
    assert len(set(first)) == 5


def test_what_belongs_to_nothing_is_left_out(tmp_path: Path) -> None:
    notes = [note(1), note(2, mid=999)]
    cards = [card(1, 1), card(2, 2), card(3, 77), card(4, 1, ord=1), card(5, 1, ord=0)]
    data = read_db(tmp_path, notes=notes, cards=cards)
    assert [n.id for n in data.notes] == [1]
    assert [c.id for c in data.cards] == [1]
    assert len(data.warnings) == 3


def test_cloze_cards_are_not_bound_by_the_number_of_templates(tmp_path: Path) -> None:
    cards = [card(1, ord=0), card(2, ord=499), card(3, ord=500)]
    data = read_db(tmp_path, models=[model(type=1)], cards=cards)
    assert data.note_types[0].kind is NoteTypeKind.CLOZE
    assert [c.ordinal for c in data.cards] == [0, 499]


def test_ids_that_cannot_be_keys_are_replaced_and_followed(tmp_path: Path) -> None:
    low, high = -5, 2**53 + 7
    data = read_db(
        tmp_path,
        models=[model(0), model(high, "Other")],
        decks=[deck(1, "Default"), deck(low, "Deck"), deck(DECK, "Kept")],
        notes=[note(low, mid=0), note(high, mid=high, guid="h"), note(0, mid=0, guid="z")],
        cards=[card(low, low, did=low), card(high, high, did=DECK), card(0, 0, did=low)],
        reviews=[anki.review(-3, low), anki.review(1_650_000_000_000, high)],
    )
    notes = {n.id: n for n in data.notes}
    types = {t.id: t.name for t in data.note_types}
    decks = {d.id: d.name for d in data.decks}
    assert all(0 < number <= 2**53 for number in (*notes, *types, *decks))
    found = [
        (
            notes[c.note_id].guid,
            types[notes[c.note_id].note_type_id],
            decks[c.deck_id],
            decks[notes[c.note_id].deck_id],
        )
        for c in data.cards
    ]
    assert sorted(found) == [
        ("g-5", "Basic", "Deck", "Deck"),
        ("h", "Other", "Kept", "Kept"),
        ("z", "Basic", "Deck", "Deck"),
    ]
    owners = [notes[next(c.note_id for c in data.cards if c.id == r.card_id)].guid for r in data.reviews]
    assert sorted(owners) == ["g-5", "h"]
    assert all(0 < r.id <= NOW_MS + 86_400_000 for r in data.reviews)


def test_values_of_the_wrong_kind_are_replaced_and_counted(tmp_path: Path) -> None:
    sql = [
        "UPDATE cards SET due='soon', ivl=x'00ff', factor=1e300, reps=-4, lapses=9e18, left=NULL, flags=2.5",
        "UPDATE notes SET mod='yesterday', tags=NULL, guid=x'6162'",
        "INSERT INTO revlog VALUES (NULL, 101, 0, 99, 'x', 9e99, -1, -5, 77)",
    ]
    data = read_db(tmp_path, cards=[card(type=2, queue=2)], sql=sql)
    (found,) = data.cards
    assert (found.due_date, found.interval_days, found.ease_permille) == (CREATED_DATE, 0, 65535)
    assert (found.reps, found.lapses, found.steps_left, found.flag) == (0, 1_000_000_000, 0, 2)
    assert (data.notes[0].modified_ms, data.notes[0].tags, data.notes[0].guid) == (0, (), "ab")
    (review,) = data.reviews
    assert review[2:] == (4, "rescheduled", 0, 2**31 - 1, 0, 0)
    assert len(data.warnings) == 3


def test_bad_utf_8_is_damage(tmp_path: Path) -> None:
    assert refused_db(tmp_path, sql=["UPDATE notes SET flds=CAST(x'ff1f62' AS TEXT)"]).kind == "damaged"


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("models", "[]", "inconsistent"),
        ("models", '{"1":5}', "inconsistent"),
        ("models", '{"x":{}}', "inconsistent"),
        ("models", '{"1":{"flds":5}}', "inconsistent"),
        ("models", "{", "damaged"),
        ("models", "", "damaged"),
        ("decks", '{"1":null}', "inconsistent"),
        ("decks", "{" * 3, "damaged"),
        ("decks", '{"1":' * 101 + "1" + "}" * 101, "limit"),
        ("dconf", "[1]", "inconsistent"),
        ("conf", "[1]", "inconsistent"),
        ("conf", '{"a":' + "9" * 5000 + "}", "damaged"),
        ("ver", None, "damaged"),
    ],
)
def test_broken_columns_are_refused(column: str, value: str | None, kind: str, tmp_path: Path) -> None:
    assert refused_db(tmp_path, **{column: value}).kind == kind


def test_a_used_note_type_without_fields_or_templates_is_refused(tmp_path: Path) -> None:
    assert refused_db(tmp_path, models=[model(templates=[])]).kind == "inconsistent"
    assert refused_db(tmp_path, models=[model(fields=[])]).kind == "inconsistent"


@pytest.mark.parametrize("table", ["col", "notes", "cards"])
def test_a_missing_table_is_no_collection(table: str, tmp_path: Path) -> None:
    assert refused_db(tmp_path, sql=[f"DROP TABLE {table}"]).kind == "not-a-deck"


def test_a_missing_review_log_is_an_empty_one_and_a_missing_column_damage(tmp_path: Path) -> None:
    assert not read_db(tmp_path, sql=["DROP TABLE revlog"]).reviews
    assert refused_db(tmp_path, sql=["ALTER TABLE cards DROP COLUMN odue"]).kind == "damaged"
