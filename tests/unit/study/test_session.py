"""A sitting: limits, siblings, the final drill, leeches, cards prepared ahead, and what makes it stale."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.study import Collection, Counts
from tests.helpers.study import (
    NEW_CARD,
    NOW,
    TODAY,
    Made,
    due,
    empty_collection,
    fill,
    learning,
    shown,
    tags,
    wait,
)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


# Limits


def test_twenty_new_cards_and_two_hundred_reviews_a_day(collection: Collection) -> None:
    fill(collection, [Made()] * 30 + [Made([due(TODAY - 1)])] * 250)
    session = collection.session()
    # New cards are held back while reviews fill the day: the limit of reviews counts for both.
    assert session.counts == Counts(new=0, learning=0, review=200)
    collection.set_setting("reviews_per_day", "230")
    session.refresh()
    assert session.counts == Counts(new=0, learning=0, review=230)
    collection.set_setting("reviews_per_day", "9999")
    session.refresh()
    assert session.counts == Counts(new=20, learning=0, review=250)


def test_the_limits_of_today_are_used_up_by_answers_and_new_ones_come_tomorrow(
    collection: Collection,
) -> None:
    fill(collection, [Made()] * 50)
    session = collection.session()
    for left in range(20, 0, -1):
        assert session.counts.new == left
        session.answer(4)
    assert session.current is None
    assert session.progress == (20, 20)
    finished = session.finished()
    assert (finished.answered, finished.hidden_new, finished.due_tomorrow) == (20, 30, 20)
    wait(collection, days=1)
    session.move_on()
    assert session.counts == Counts(new=20, learning=0, review=20)


def test_a_deck_is_held_back_by_the_decks_above_it_only_where_they_are_chosen(collection: Collection) -> None:
    decks = {"A": Options(new_per_day=3), "A::B": Options(new_per_day=9), "A::B::C": Options(new_per_day=2)}
    fill(collection, [Made(deck=deck) for deck in (1, 2, 2, 2, 2, 3, 3, 3)], decks)
    assert collection.session("A").counts.new == 3
    assert collection.session("a::b").counts.new == 6
    assert collection.session("A::B::C").counts.new == 2
    session = collection.session("A::B")
    session.answer(3)
    assert collection.session("A").counts.new == 2
    assert [row.new for row in collection.deck_rows()] == [2, 5, 2]
    with pytest.raises(NotFound, match="“X”"):
        collection.session("X")


# Siblings


def test_siblings_come_on_different_days(collection: Collection) -> None:
    fill(collection, [Made([NEW_CARD] * 3), Made([due(), due(TODAY - 3)])])
    session = collection.session()
    seen = []
    while session.current is not None:
        seen.append(session.current.note_id)
        session.answer(4)
    assert sorted(seen) == [1, 2]
    assert session.finished().buried == 3
    wait(collection, days=1)
    session.move_on()
    # The first card of note 1 is due again, and keeps its new siblings away once more.
    assert session.counts == Counts(new=0, learning=0, review=2)


def test_siblings_stay_together_where_the_preset_says_so(collection: Collection) -> None:
    apart = Options(bury_new=False, bury_reviews=False)
    fill(collection, [Made([NEW_CARD] * 3), Made([due(), due(TODAY - 3)])], {"Deck": apart})
    assert collection.session().counts == Counts(new=3, learning=0, review=2)


# The final drill


def test_again_and_hard_come_back_at_the_end_until_good_or_easy(collection: Collection) -> None:
    fill(collection, [Made([due()]) for _ in range(3)])
    session = collection.session()
    order = [shown(session)]
    first = session.answer(1)
    assert first.interval == 0
    order.append(shown(session))
    session.answer(2)
    order.append(shown(session))
    session.answer(3)
    assert len(set(order)) == 3
    assert session.counts == Counts(new=0, learning=2, review=0)
    assert shown(session) == order[0]
    assert session.current is not None
    assert session.current.kind == "learning"
    session.answer(1)
    assert shown(session) == order[1]
    session.answer(4)
    assert shown(session) == order[0]
    session.answer(2)
    assert shown(session) == order[0]
    session.answer(3)
    assert session.current is None
    card = collection.card(CardId(order[0]))
    assert (card.schedule.due_day, card.schedule.drill_day) == (TODAY + 1, None)
    kinds = [entry.kind for entry in collection.card_info(card.id).reviews]
    assert kinds == [ReviewKind.REVIEW, ReviewKind.DRILL, ReviewKind.DRILL, ReviewKind.DRILL]


def test_an_unfinished_drill_ends_with_the_day(collection: Collection) -> None:
    fill(collection, [Made([due()])])
    session = collection.session()
    session.answer(1)
    wait(collection, days=1)
    session.move_on()
    assert session.counts == Counts(new=0, learning=0, review=1)


# Leeches


def test_a_leech_is_tagged_and_said_and_may_be_suspended(collection: Collection) -> None:
    failing = [Made([due(lapses=1)], tags=("old",)), Made([due(lapses=1)], 2)]
    decks = {
        "Deck": Options(leech_threshold=2),
        "Strict": Options(leech_threshold=2, leech_suspend=True),
    }
    fill(collection, failing, decks)
    session = collection.session("Deck")
    said = session.answer(1)
    assert said.leech
    assert said.message.startswith("This card has been failed 2 times.")
    assert tags(collection, 1) == ("old", "leech")
    assert not collection.card(CardId(10)).suspended
    strict = collection.session("Strict")
    said = strict.answer(1)
    assert said.leech
    assert "suspended" in said.message
    assert collection.card(CardId(20)).suspended
    assert strict.current is None
    collection.undo()
    assert tags(collection, 2) == ()
    assert not collection.card(CardId(20)).suspended
    collection.undo()
    assert tags(collection, 1) == ("old",)


def test_a_leech_in_the_drill_is_shown_with_its_tag(collection: Collection) -> None:
    fill(collection, [Made([due(lapses=7)]), Made([due(lapses=7)])])
    session = collection.session()
    shown(session)
    session.prepare()
    session.answer(1)
    session.answer(3)
    assert session.current is not None
    assert "leech" in session.current.answer_html


# Learning within the day


def test_a_learning_card_comes_when_its_time_comes_and_ahead_of_it_when_nothing_else_is_left(
    collection: Collection,
) -> None:
    steps = Options(scheduler="anki-sm2", learning_steps=(1.0, 30.0), fuzz=False)
    fill(collection, [Made(), Made([due()])], {"Deck": steps})
    session = collection.session()
    given = session.answer_card(CardId(10), 1)
    assert (given.interval, given.due) == (-60, "2026-03-02T09:01:00+00:00")
    assert shown(session) == 20
    session.answer(3)
    assert shown(session) == 10  # a minute early: nothing else is left
    session.answer(3)
    assert session.current is None  # half an hour is beyond the look-ahead
    assert session.finished().next_learning_ms == collection.card(CardId(10)).schedule.due_at_ms
    wait(collection, minutes=31)
    assert shown(session) == 10


def test_intervals_are_those_of_the_moment(collection: Collection) -> None:
    steps = Options(scheduler="anki-sm2", learning_steps=(30.0,), fuzz=False)
    fill(collection, [Made()], {"Deck": steps})
    wait(collection, hours=18, minutes=20)  # 03:20: half an hour later it is still today
    session = collection.session()
    assert session.current is not None
    assert session.current.intervals[0] == -1800
    wait(collection, minutes=20)  # 03:40
    assert session.current.intervals[0] == -1800
    session.move_on()
    assert session.current.intervals[0] == 1
    assert session.answer(1).due == "2026-03-03"


def test_what_the_button_said_is_stored_though_the_rollover_has_come_near(collection: Collection) -> None:
    steps = Options(scheduler="anki-sm2", learning_steps=(30.0,), fuzz=False)
    fill(collection, [Made()], {"Deck": steps})
    wait(collection, hours=18, minutes=20)
    session = collection.session()
    shown(session)
    wait(collection, minutes=20)
    answered = session.answer(1)
    assert answered.interval == -1800
    assert answered.due == "2026-03-03T03:50:00+00:00"
    schedule = collection.card(CardId(10)).schedule
    assert schedule.last_answer_ms == collection.clock.now_ms()
    assert collection.card_info(CardId(10)).reviews[0].interval == -1800


def test_finished_tells_what_the_limits_hold_back(collection: Collection) -> None:
    small = Options(new_per_day=1, reviews_per_day=3)
    fill(collection, [Made()] * 4 + [Made([due()])] * 5 + [Made([due(TODAY + 1)])] * 2, {"Deck": small})
    session = collection.session("Deck")
    while session.current is not None:
        session.answer(4, 30_000)
    finished = session.finished()
    assert (finished.answered, finished.minutes) == (3, 2)
    assert (finished.hidden_new, finished.hidden_reviews, finished.due_tomorrow) == (4, 2, 2)


def test_a_sitting_that_is_not_used_any_more_is_let_go(collection: Collection) -> None:
    fill(collection, [Made()])
    for _ in range(50):
        collection.session()
    collection.set_flag([CardId(10)], 1)
    assert len(collection._sessions) <= 1


def test_a_card_is_rendered_only_when_it_is_looked_at(collection: Collection) -> None:
    fill(collection, [Made(), Made([learning(NOW)])])
    session = collection.session()
    session.answer_card(CardId(20), 3)
    assert session._shown is None
    assert session.current is not None
    assert replace(session.counts) == Counts(new=1, learning=0, review=0)
