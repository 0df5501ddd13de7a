"""Undo is the inverse of any act, and redo the inverse of undo, for any sequence of acts."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import Buried, CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, PresetId
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, decks, media, notes, reviews
from mlsd_cards.store import settings as store_settings
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import CardRow, MediaRow, NoteRow, ReviewRow
from mlsd_cards.store.transaction import Transaction
from tests.unit.store.store_making import a_card, a_note, a_review, dump, filled

Act = Callable[[Transaction], None]
keys = st.integers(1, 12)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=6)
tags = st.lists(st.sampled_from(["a", "A", "b::c", "ü", "marked"]), max_size=3)


@st.composite
def put_note(draw: st.DrawFn) -> Act:
    key, front, names = draw(keys), draw(words), draw(tags)

    def act(tx: Transaction) -> None:
        notes.put_notes(tx, [a_note(key, front, "back", tags=names)])
        if not cards.cards_of_notes(tx.conn, [NoteId(key)]):
            cards.put_cards(tx, [a_card(key)])

    return act


@st.composite
def add_in_bulk(draw: st.DrawFn) -> Act:
    chosen = draw(st.sets(st.integers(100, 130), min_size=1, max_size=8))

    def act(tx: Transaction) -> None:
        there = set(notes.notes_by_ids(tx.conn, map(NoteId, chosen)))
        new = sorted(chosen - there)
        logged = reviews.known_ids(tx.conn, new)
        with tx.indexes_later({NoteRow: len(new), CardRow: len(new)}):
            notes.add_notes(tx, [a_note(key, tags=["bulk"]) for key in new])
            cards.add_rows(tx, [cards.card_row(a_card(key)) for key in new])
            tx.bulk_insert(
                ReviewRow, [reviews.review_row(a_review(key, key)) for key in new if key not in logged]
            )

    return act


@st.composite
def delete_some(draw: st.DrawFn) -> Act:
    chosen = draw(st.lists(st.one_of(keys, st.integers(100, 130)), max_size=4))
    return lambda tx: _ignore(notes.delete_notes(tx, map(NoteId, chosen)))


@st.composite
def change_card(draw: st.DrawFn) -> Act:
    key, flag, kind = draw(keys), draw(st.integers(0, 7)), draw(st.sampled_from(Buried))

    def act(tx: Transaction) -> None:
        found = cards.cards_by_ids(tx.conn, [CardId(key)])
        for before in found.values():
            cards.update_card(tx, before, replace(before, flag=flag))
            cards.put_cards(tx, [replace(before, flag=flag, buried=kind)])

    return act


@st.composite
def answer_card(draw: st.DrawFn) -> Act:
    key, moment, day = draw(keys), draw(st.integers(0, 5)), draw(st.integers(0, 2))

    def act(tx: Transaction) -> None:
        for before in cards.cards_by_ids(tx.conn, [CardId(key)]).values():
            review = reviews.next_review_id(tx.conn, moment)
            cards.update_card(tx, before, replace(before, modified_ms=before.modified_ms + 1))
            reviews.add_entry(tx, a_review(review, key))
            for _ in range(draw(st.integers(1, 2))):
                reviews.count_answer(tx, day, DeckId(1), reviews.REVIEW, 3, moment)

    return act


@st.composite
def change_names(draw: st.DrawFn) -> Act:
    key, value, deck = draw(words), draw(st.none() | st.integers() | words), draw(st.integers(2, 5))

    def act(tx: Transaction) -> None:
        store_settings.put(tx, f"k{key}", value)
        if draw(st.booleans()):
            store_settings.remove(tx, f"k{key}")
        decks.put_deck(tx, Deck(id=DeckId(deck), name=f"{key}{deck}", preset_id=PresetId(1)))
        media.put_media(tx, [MediaRow(f"{deck}.png", "0" * 64, deck)])

    return act


def _ignore(_: object) -> None:
    """Turn an act that returns something into one that does not."""


acts = st.one_of(put_note(), add_in_bulk(), delete_some(), change_card(), answer_card(), change_names())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_undo_is_the_inverse_of_any_sequence_of_acts(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder)) as store:
        states = [dump(store)]
        for _ in range(data.draw(st.integers(1, 8), "acts")):
            steps = store.undo_label(), _top(store)
            with store.transaction(Op.OTHER) as tx:
                for act in data.draw(st.lists(acts, min_size=1, max_size=3), "act"):
                    act(tx)
            if (store.undo_label(), _top(store)) != steps:
                states.append(dump(store))
            else:
                assert dump(store) == states[-1]
            if data.draw(st.booleans(), "index"):
                store.index_texts()
        here = len(states) - 1
        for direction in data.draw(st.lists(st.sampled_from("uur"), max_size=12), "steps") + ["u"] * here:
            if direction == "u":
                here -= store.undo() is not None
            else:
                here += store.redo() is not None
            assert dump(store) == states[here]
        assert here == 0
        assert store.undo() is None
        while store.redo():
            here += 1
            assert dump(store) == states[here]
        assert here == len(states) - 1
        assert [problem for problem in store.check(full=True) if "media" not in problem] == []


def _top(store: Store) -> object:
    with store.read() as conn:
        return conn.execute("SELECT max(id) FROM undo_steps").fetchone()


def test_a_note_with_a_zero_character_is_kept_without_it(tmp_path):
    with filled(tmp_path) as store:
        with store.transaction(Op.EDIT_NOTE) as tx:
            notes.put_notes(tx, [a_note(1, "be\0fore", "back")])
        with store.read() as conn:
            assert notes.note(conn, NoteId(1)).fields[0] == "before"
        assert [problem for problem in store.check(full=True) if "media" not in problem] == []
