"""Cards: what is written is what is read, what the queue gets, and how an answer is written."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Buried, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, PresetId
from mlsd_cards.domain.errors import NotFound, StaleCard
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, decks, notes, reviews
from mlsd_cards.store.cards import DeckCounts
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import CardRow
from tests.unit.store.store_making import (
    NOW_MS,
    a_card,
    a_note,
    a_review,
    answer,
    due,
    dump,
    filled,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as store:
        yield store


FULL = a_card(
    2,
    schedule=Schedule(
        state=CardState.RELEARNING,
        due_at_ms=NOW_MS,
        interval_days=3,
        ease_permille=2100,
        steps_left=2,
        repetitions=4,
        drill_day=9,
        stability=3.25,
        difficulty=6.5,
        last_answer_ms=NOW_MS - 5,
        reps=8,
        lapses=1,
    ),
    ordinal=1,
    suspended=True,
    buried=Buried.SIBLING,
    buried_until_day=11,
    flag=7,
    modified_ms=NOW_MS + 1,
)


def test_a_card_comes_back_as_it_was_written(store: Store) -> None:
    with store.transaction(Op.OTHER) as tx:
        cards.put_cards(tx, [FULL])
        assert cards.add_rows(tx, [cards.card_row(a_card(60, 2, ordinal=0))]) == 1
    with store.read() as conn:
        assert cards.card(conn, CardId(2)) == FULL
        assert set(cards.cards_by_ids(conn, [CardId(1), CardId(2), CardId(99)])) == {1, 2}
        assert [card.id for card in cards.cards_of_notes(conn, [NoteId(2), NoteId(9)])[NoteId(2)]] == [60, 2]
        assert [card.id for card in cards.iter_cards(conn)] == [1, 2, 3, 4, 5, 60]
        assert sorted(cards.ids_in_decks(conn, [DeckId(1)])) == [1, 2, 3, 4, 5, 60]
        assert cards.newest_card_id(conn) == 60
        assert cards.highest_position(conn) == 60
        with pytest.raises(NotFound, match="99"):
            cards.card(conn, CardId(99))


@pytest.mark.parametrize("column", CardRow._fields[1:])
def test_an_answer_to_a_card_that_changed_in_any_way_is_refused(store: Store, column: str) -> None:
    with store.transaction(Op.OTHER) as tx:
        cards.put_cards(tx, [FULL])
        tx.conn.execute("PRAGMA defer_foreign_keys = ON")
    with store.read() as conn:
        shown = cards.card(conn, CardId(2))
    other = {"state": "review", "buried": "hand", "note_id": 3}.get(column, 1)
    if column == "deck_id":
        other = 8
        with store.transaction(Op.OTHER) as tx:
            decks.put_deck(tx, Deck(id=DeckId(8), name="Other", preset_id=PresetId(1)))
    value = getattr(cards.card_row(shown), column)
    with store.maintenance() as tx:
        tx.put(CardRow, [cards.card_row(shown)._replace(**{column: 0 if value == other else other})])
    before = dump(store)

    def record() -> None:
        with store.transaction(Op.ANSWER) as tx:
            reviews.add_entry(tx, a_review(NOW_MS, 2))
            cards.update_card(tx, shown, replace(shown, flag=3, modified_ms=NOW_MS + 5))

    with pytest.raises(StaleCard):
        record()
    assert dump(store) == before


def test_an_answer_takes_five_statements_and_a_commit(store: Store) -> None:
    for number in range(40):
        answer(store, 1, now_ms=NOW_MS + number)
    with store.read() as conn:
        card = cards.card(conn, CardId(1))
        key = reviews.next_review_id(conn, NOW_MS)
    statements: list[str] = []
    with store.read() as conn:
        conn.set_trace_callback(statements.append)
    with store.transaction(Op.ANSWER) as tx:
        cards.update_card(tx, card, replace(card, schedule=due(99), modified_ms=1))
        reviews.add_entry(tx, a_review(key))
        reviews.count_answer(tx, 10, DeckId(1), reviews.REVIEW, 3, 10)
    with store.read() as conn:
        conn.set_trace_callback(None)
    verbs = [statement.split()[0] for statement in statements]
    assert verbs == ["BEGIN", "UPDATE", "INSERT", "INSERT", "DELETE", "INSERT", "COMMIT"]


def queue_of(store: Store, **more: object) -> list[int]:
    with store.read() as conn:
        rows = cards.queue_rows(
            conn,
            [DeckId(1), DeckId(2)],
            today=10,
            next_day_at_ms=NOW_MS + 1000,
            **more,  # type: ignore[arg-type]
        )
    return sorted(row.card_id for row in rows)


@pytest.fixture
def varied(store: Store) -> Store:
    """Cards of every kind; those with a number from 100 are not to be shown on day 10."""
    learning = Schedule(state=CardState.LEARNING, due_at_ms=NOW_MS, steps_left=1)
    made = [
        a_card(11, schedule=due(10)),
        a_card(12, schedule=due(-3), deck=2),
        a_card(13, schedule=learning),
        a_card(14, schedule=replace(learning, state=CardState.RELEARNING, due_at_ms=NOW_MS + 999)),
        a_card(15, schedule=Schedule(state=CardState.RELEARNING, due_day=9)),
        a_card(16, schedule=due(20, drill_day=10)),
        a_card(17, schedule=due(10), buried=Buried.BY_HAND, buried_until_day=10),
        a_card(111, schedule=due(11)),
        a_card(112, schedule=due(10), suspended=True),
        a_card(113, schedule=due(10), buried=Buried.SIBLING, buried_until_day=11),
        a_card(114, schedule=replace(learning, due_at_ms=NOW_MS + 1000)),
        a_card(115, suspended=True),
        a_card(116, schedule=due(20, drill_day=9)),
        a_card(117, schedule=due(9), deck=3),
    ]
    with store.transaction(Op.OTHER) as tx:
        for key in (2, 3):
            decks.put_deck(tx, Deck(id=DeckId(key), name=f"D{key}", preset_id=PresetId(1)))
        notes.put_notes(tx, [a_note(card.id) for card in made])
        cards.put_cards(tx, made)
    return store


def test_the_queue_holds_what_may_be_shown_today(varied: Store) -> None:
    shown = [11, 12, 13, 14, 15, 16, 17]
    assert queue_of(varied) == [1, 2, 3, 4, 5, *shown]
    assert queue_of(varied, new_limits={}) == shown
    assert queue_of(varied, new_limits={DeckId(1): 2}) == [1, 2, *shown]
    assert queue_of(varied, new_limits={DeckId(1): 2}, highest_first=[DeckId(1)]) == [4, 5, *shown]


def test_a_row_of_the_queue_tells_what_the_card_tells(varied: Store) -> None:
    with varied.read() as conn:
        for row in cards.queue_rows(conn, [DeckId(1)], today=10, next_day_at_ms=NOW_MS + 1000):
            card = cards.card(conn, row.card_id)
            assert row.state is card.schedule.state
            for name in row._fields[4:]:
                if name not in ("state", "position"):
                    assert getattr(row, name) == getattr(card.schedule, name)
            assert row[:4] == (card.id, card.note_id, card.deck_id, card.ordinal)
            assert row.position == card.position


def test_the_counts_of_a_deck_are_those_of_its_cards(varied: Store) -> None:
    with varied.read() as conn:
        counts = cards.state_counts(conn, today=10, next_day_at_ms=NOW_MS + 1000)
    assert counts == {
        1: DeckCounts(total=17, new=5, learning=2, interday=1, review=2, drill=1),
        2: DeckCounts(total=1, review=1),
        3: DeckCounts(total=1, review=1),
    }


def test_due_days_are_counted(varied: Store) -> None:
    with varied.read() as conn:
        assert cards.due_by_day(conn, 9, 11) == {9: 2, 10: 3, 11: 1}
        assert cards.due_by_day(conn, 9, 11, [DeckId(3)]) == {9: 1}
        assert cards.due_by_day(conn, 9, 11, []) == {}


def test_deleting_cards_leaves_the_reviews(store: Store) -> None:
    answer(store, 1)
    with store.transaction(Op.OTHER) as tx:
        cards.delete_cards(tx, [CardId(1)])
    assert len(dump(store)["reviews"]) == 1
