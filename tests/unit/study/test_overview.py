"""The figures of the Today screen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.store import decks
from mlsd_cards.study import Collection, FixedClock
from tests.helpers.study import TODAY, Made, due, empty_collection, fill


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def days_later(collection: Collection, days: int) -> None:
    assert isinstance(collection.clock, FixedClock)
    collection.clock.set(collection.clock.now() + timedelta(days=days))


def test_the_forecast_begins_today_and_leaves_suspended_cards_out(collection: Collection) -> None:
    days = [-5, 0, 1, 1, 3, 13, 14]
    fill(
        collection,
        [Made([due(TODAY + day)]) for day in days] + [Made([due(TODAY + 1)], more={"suspended": True})],
    )
    today = collection.today()
    assert today.forecast == (2, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert (today.review, today.minutes) == (2, 1)


def test_the_history_ends_today(collection: Collection) -> None:
    fill(collection, [Made([due()])] * 9)
    session = collection.session()
    session.answer(4)
    session.answer(3)
    days_later(collection, 3)
    session.move_on()
    session.answer(2)
    today = collection.today()
    assert len(today.history) == 84
    assert today.history[-4:] == (2, 0, 0, 1)
    assert (sum(today.history), today.answered_today) == (3, 1)
    assert today.first_history_date == "2025-12-12"
    days_later(collection, 83)
    assert sum(collection.today().history) == 1


def test_the_history_of_a_deck_is_its_own_and_that_of_all_knows_decks_that_are_gone(
    collection: Collection,
) -> None:
    fill(
        collection,
        [Made([due()], deck) for deck in (1, 2, 3)],
        {"A": Options(), "A::B": Options(), "Z": Options()},
    )
    for card in (10, 20, 30):
        collection.session().answer_card(CardId(card), 3)
    assert [collection.today(deck).answered_today for deck in (None, "A", "A::B", "Z")] == [3, 2, 1, 1]
    with collection.store.transaction(Op.DELETE_DECK) as tx:
        from mlsd_cards.domain.notes import NoteId
        from mlsd_cards.store import notes

        notes.delete_notes(tx, [NoteId(3)])
        decks.delete_decks(tx, [deck.id for deck in decks.decks(tx.conn).values() if deck.name == "Z"])
    assert collection.today().answered_today == 3


def test_minutes_follow_the_own_pace(collection: Collection) -> None:
    fill(collection, [Made([due()])] * 100, {"Deck": Options(maximum_answer_seconds=600)})
    assert collection.today().minutes == 20  # 12 seconds a card until there are answers enough
    session = collection.session()
    for _ in range(20):
        session.answer(3, 60_000)
    assert collection.today().minutes == 80
    days_later(collection, 31)
    assert collection.today().minutes == 20


def test_deck_rows_come_by_name_and_know_what_was_seen(collection: Collection) -> None:
    names = ["b", "A::z", "A", "a2", "B::c"]
    fill(collection, [Made(deck=number) for number in (1, 2, 2, 5)], {name: Options() for name in names})
    collection.session().answer_card(CardId(20), 4)
    rows = collection.deck_rows()
    assert [(row.name, row.new, row.total, row.seen) for row in rows] == [
        ("A", 1, 2, 1),
        ("A::z", 1, 2, 1),
        ("a2", 0, 0, 0),
        ("b", 2, 2, 0),
        ("B::c", 1, 1, 0),
    ]
    assert collection.today().topics == rows
