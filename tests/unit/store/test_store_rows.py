"""Notes, note types, decks, presets, reviews: what is written is what is read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Mix, NewGather, Options, Preset, PresetId, ReviewOrder
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.notes import Field, NoteId, NoteTypeId
from mlsd_cards.store import decks, notes, reviews
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import DailyCountRow
from tests.unit.store.store_making import (
    BASIC,
    CLOZE,
    NOW_MS,
    a_note,
    a_review,
    answer,
    basic,
    cloze,
    dump,
    filled,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as store:
        yield store


# Notes


def test_a_note_comes_back_as_it_was_written(store: Store) -> None:
    note = a_note(50, "<b>a</b>\n", "", tags=("one", "two::three", "Ünï"))
    with store.transaction(Op.ADD_NOTE) as tx:
        notes.put_notes(tx, [note])
    with store.read() as conn:
        assert notes.note(conn, note.id) == note
        assert notes.notes_by_ids(conn, [NoteId(50), NoteId(1), NoteId(999)]) == {
            50: note,
            1: a_note(1),
        }
        assert list(notes.iter_notes(conn))[-1] == note
        assert list(notes.iter_notes(conn, CLOZE)) == []
        assert notes.guid_index(conn)["guid50"] == (50, BASIC, NOW_MS)
        assert notes.newest_note_id(conn) == 50
        with pytest.raises(NotFound, match="51"):
            notes.note(conn, NoteId(51))


def test_tags_and_texts_follow_the_note(store: Store) -> None:
    def put(*tags: str, front: str = "front") -> None:
        with store.transaction(Op.EDIT_NOTE) as tx:
            notes.put_notes(tx, [a_note(1, front, "back", tags=tags)])

    def tags() -> dict[str, int]:
        with store.read() as conn:
            return notes.tag_counts(conn)

    put("A", "b", "a", "c::d")
    assert tags() == {"A": 1, "b": 1, "c::d": 1}
    put("a", "e", front="<i>Én</i>")
    assert tags() == {"a": 1, "e": 1}
    assert dump(store)["note_texts"][0] == (1, "en\x1fback")
    store.undo()
    assert tags() == {"A": 1, "b": 1, "c::d": 1}
    assert dump(store)["note_texts"][0] == (1, "front\x1fback")


def test_many_notes_are_added_like_single_ones(store: Store) -> None:
    new = [a_note(key, f"f{key}", "b", tags=("x", "y") if key % 2 else ()) for key in range(100, 200)]
    with store.transaction(Op.IMPORT) as tx:
        notes.add_notes(tx, new)
    bulk = dump(store)
    store.undo()
    with store.transaction(Op.IMPORT) as tx:
        notes.put_notes(tx, new)
    assert dump(store) == bulk


def test_deleting_notes_takes_their_cards_but_not_their_reviews(store: Store) -> None:
    answer(store, 2)
    before = dump(store)
    with store.transaction(Op.DELETE_NOTES) as tx:
        assert notes.delete_notes(tx, [NoteId(2), NoteId(3), NoteId(77)]) == [2, 3]
    after = dump(store)
    assert [row[0] for row in after["notes"]] == [row[0] for row in after["cards"]] == [1, 4, 5]
    assert [row[0] for row in after["note_texts"]] == [1, 4, 5]
    assert after["reviews"] == before["reviews"]
    store.undo()
    assert dump(store) == before


def test_note_types_come_back_as_they_were_written(store: Store) -> None:
    odd = replace(
        basic(),
        id=NoteTypeId(9),
        name="Ödd",
        fields=(Field(name="A", rtl=True, sticky=True, font="Serif", font_size=9, description="d"),),
        css=".card {}",
        sort_field=1,
        latex_pre="p",
        latex_post="q",
        latex_svg=True,
        stock_kind=6,
        foreign_id=1 << 40,
        modified_ms=5,
    )
    with store.transaction(Op.NOTE_TYPE) as tx:
        notes.put_note_type(tx, odd)
    with store.read() as conn:
        assert notes.note_types(conn) == {BASIC: basic(), CLOZE: cloze(), odd.id: odd}
    with store.transaction(Op.NOTE_TYPE) as tx:
        notes.delete_note_types(tx, [odd.id])
    with store.read() as conn:
        assert set(notes.note_types(conn)) == {BASIC, CLOZE}


def test_origins_are_kept_by_source_and_outlive_the_note(store: Store) -> None:
    one, two = notes.Origin(("a", "b"), ("t",), "guid1"), notes.Origin(("c",), (), "guid2")
    with store.transaction(Op.BUILT_IN) as tx:
        notes.add_origins(tx, "deck", [(NoteId(1), one), (NoteId(2), two)])
        notes.put_origins(tx, "other", [(NoteId(1), two)])
    with store.transaction(Op.DELETE_NOTES) as tx:
        notes.delete_notes(tx, [NoteId(1)])
    with store.read() as conn:
        assert notes.note_origins(conn, "deck") == {1: one, 2: two}
        assert notes.note_origins(conn, "other") == {1: two}
        assert notes.note_origins(conn, "unknown") == {}
    with store.transaction(Op.BUILT_IN) as tx:
        notes.delete_origins(tx, "deck", [NoteId(2)])
    with store.read() as conn:
        assert notes.note_origins(conn, "deck") == {1: one}


# Decks


def test_decks_and_presets_come_back_as_they_were_written(store: Store) -> None:
    options = Options(
        scheduler="fsrs",
        learning_steps=(1.5, 10.0),
        parameters=(0.1,) * 21,
        bury_new=False,
        new_mix=Mix.BEFORE,
        new_gather=NewGather.HIGHEST_POSITION,
        review_order=ReviewOrder.EASE_ASCENDING,
        relearning_steps=(),
    )
    preset = Preset(id=PresetId(5), name="Own", options=options)
    deck = Deck(id=DeckId(6), name="A::B", preset_id=preset.id, description="d", created_ms=8)
    with store.transaction(Op.ADD_DECK) as tx:
        decks.put_preset(tx, preset)
        decks.put_deck(tx, deck)
    with store.read() as conn:
        assert decks.presets(conn)[preset.id] == preset
        assert decks.presets(conn)[PresetId(1)].options == Options(new_per_day=7)
        assert decks.decks(conn)[deck.id] == deck
        assert list(decks.decks(conn)) == [6, 1]
    with store.transaction(Op.DELETE_DECK) as tx:
        decks.delete_decks(tx, [deck.id])
        decks.delete_presets(tx, [preset.id])
    with store.read() as conn:
        assert (list(decks.decks(conn)), list(decks.presets(conn))) == ([1], [1])


def test_options_of_another_version_are_passed_over(store: Store) -> None:
    with store.transaction(Op.SETTINGS) as tx:
        tx.conn.execute("""UPDATE presets SET options = '{"new_per_day": 3, "from_the_future": 1}'""")
    with store.read() as conn:
        assert decks.presets(conn)[PresetId(1)].options == Options(new_per_day=3)


# Reviews


def test_reviews_come_back_as_they_were_written(store: Store) -> None:
    with store.read() as conn:
        assert reviews.newest(conn) == 0
        assert reviews.next_review_id(conn, NOW_MS) == NOW_MS
    entries = [a_review(key, card) for key, card in ((3, 1), (1, 2), (2, 1))]
    with store.transaction(Op.OTHER) as tx:
        reviews.add_entry(tx, entries[0])
        assert reviews.add_rows(tx, map(reviews.review_row, entries[1:])) == 2
    with store.read() as conn:
        assert reviews.entries_of_card(conn, CardId(1)) == [entries[2], entries[0]]
        assert list(reviews.entries_of_cards(conn, [CardId(2), CardId(1)])) == [
            entries[2],
            entries[0],
            entries[1],
        ]
        assert [entry.id for entry in reviews.iter_entries(conn, since_ms=2)] == [2, 3]
        assert reviews.known_ids(conn, [1, 5, 3]) == {1, 3}
        assert reviews.newest(conn) == 3
        assert reviews.next_review_id(conn, 2) == 4


def test_daily_counts_add_up_and_tell_what_counts_against_the_limits(store: Store) -> None:
    with store.transaction(Op.ANSWER) as tx:
        for kind in (reviews.NEW, reviews.NEW, reviews.LEARNING, reviews.INTERDAY, reviews.DRILL):
            reviews.count_answer(tx, 5, DeckId(1), kind, 3, 100)
        reviews.count_answer(tx, 6, DeckId(1), reviews.NEW, 1, 100)
    before = dump(store)
    with store.transaction(Op.IMPORT) as tx:
        reviews.count_answers(
            tx,
            {
                (5, DeckId(1), reviews.NEW, 3): (10, 5000),
                (5, DeckId(2), reviews.REVIEW, 2): (4, 400),
                (5, DeckId(3), reviews.REVIEW, 2): (0, 0),
            },
        )
    with store.read() as conn:
        assert reviews.done_today(conn, 5) == {1: (12, 1), 2: (0, 4)}
        assert reviews.done_today(conn, 7) == {}
        assert DailyCountRow(5, 1, "new", 3, 12, 5200) in reviews.daily(conn, 5, 5)
        assert [row.day for row in reviews.daily(conn, 6, 9)] == [6]
    store.undo()
    assert dump(store) == before
