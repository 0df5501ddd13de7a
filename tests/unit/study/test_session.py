"""A sitting: limits, siblings, the final drill, leeches, cards prepared ahead, and what makes it stale."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound, StaleCard
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.store import notes
from mlsd_cards.study import Collection, Counts, FixedClock, StudySession
from tests.helpers.study import NEW_CARD, NOW, TODAY, Made, due, dump, empty_collection, fill, learning


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def wait(collection: Collection, **time: float) -> None:
    assert isinstance(collection.clock, FixedClock)
    collection.clock.set(collection.clock.now() + timedelta(**time))


def shown(session: StudySession) -> int:
    card = session.current
    assert card is not None
    return int(card.card_id)


def tags(collection: Collection, note: int) -> tuple[str, ...]:
    with collection.store.read() as conn:
        return notes.note(conn, NoteId(note)).tags


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


# Prepared cards


def test_the_prepared_card_is_the_one_that_comes(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()]), Made()])
    session = collection.session()
    assert session.peek(3) is None
    session.prepare()
    coming = session.peek(3)
    assert coming is not None
    assert "question_page" in vars(coming)
    session.answer(3)
    assert session.current is coming
    assert session.peek(3) is None


def test_prepared_cards_are_forgotten_when_anything_changes(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    other = 30 - first
    for act in (
        lambda: collection.set_flag([CardId(other)], 4),
        lambda: collection.toggle_mark(NoteId(other // 10)),
        lambda: collection.undo(),
        lambda: collection.set_setting("new_per_day", "3"),
    ):
        session.prepare()
        assert session.peek(3) is not None
        act()
        assert session.peek(3) is None
        session.prepare()  # in vain until the list is built anew
        assert session.peek(3) is None
        session.refresh()
        assert shown(session) == first
    session.answer(3)
    assert session.current is not None
    assert session.current.card.flag == 4


def test_what_changed_behind_the_back_of_a_sitting_is_shown_as_it_is_now(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    session.prepare()
    collection.toggle_mark(NoteId((30 - first) // 10))
    session.answer(3)
    assert session.current is not None
    assert "marked" in session.current.answer_html


def test_a_card_that_changed_since_it_was_shown_is_not_answered(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    collection.set_flag([CardId(first)], 2)
    before = dump(collection)
    with pytest.raises(StaleCard):
        session.answer(3)
    assert dump(collection) == before
    session.refresh()
    assert shown(session) == first
    session.answer(3)
    assert collection.card(CardId(first)).schedule.interval_days == 13


def test_two_sittings_do_not_answer_a_card_twice(collection: Collection) -> None:
    fill(collection, [Made([due()])])
    one, two = collection.session(), collection.session()
    assert shown(one) == shown(two) == 10
    one.answer(3)
    with pytest.raises(StaleCard):
        two.answer(3)
    two.refresh()
    assert two.current is None


# Acts beside answers


def test_the_card_on_show_stays_while_others_change(collection: Collection) -> None:
    fill(collection, [Made(), Made(), *([Made([due()])] * 4)])
    session = collection.session()
    for _ in range(6):
        first = shown(session)
        collection.set_flag([CardId(first)], 1)
        session.refresh()
        assert shown(session) == first
        session.answer(3)
    assert session.current is None


def test_undo_shows_the_card_again_that_was_answered(collection: Collection) -> None:
    fill(collection, [Made(), Made(), *([Made([due()])] * 4)])
    session = collection.session()
    given = []
    for _ in range(6):
        given.append(shown(session))
        session.answer(3)
    for done, card_id in zip(range(5, -1, -1), reversed(given), strict=True):
        assert collection.undo() == "Answer card"
        session.refresh()
        assert shown(session) == card_id
        assert session.progress == (done, 6)
    collection.redo()
    session.refresh()
    assert session.progress == (1, 6)
    session.answer(3)
    assert session.progress == (2, 6)
    assert collection.redo_label is None


def test_an_answer_given_again_after_undo_counts_once(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    shown(session)
    for rating in (1, 2, 3):
        session.answer(rating)
        collection.undo()
        session.refresh()
    session.answer(3)
    assert session.progress == (1, 2)
    # without a look in between
    collection.undo()
    second = shown(session)
    session.answer(3)
    assert collection.card(CardId(second)).schedule.reps == 4
    assert session.progress[0] == 1


def test_thirty_answers_and_thirty_undos_leave_nothing(collection: Collection) -> None:
    fill(collection, [*([Made([due()])] * 20), *([Made([NEW_CARD, due()])] * 10)])
    before = dump(collection)
    session = collection.session()
    for number in range(30):
        shown(session)
        session.answer(1 + number % 4, 1000)
        wait(collection, seconds=20)
    assert dump(collection) != before
    for _ in range(30):
        assert collection.undo() == "Answer card"
    assert collection.undo() is None
    assert dump(collection) == before


# Answering out of turn


def test_any_card_can_be_answered(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due(TODAY + 9)]), Made(more={"suspended": True}), Made([due()])])
    session = collection.session()
    first = shown(session)
    early = session.answer_card(CardId(20), 3)
    assert early.interval == 13
    suspended = session.answer_card(CardId(30), 4)
    assert suspended.interval == 1
    assert collection.card(CardId(30)).suspended
    assert shown(session) == first
    session.answer_card(CardId(50 - first), 3)
    assert shown(session) == first
    assert session.counts.review == 1
    session.answer_card(CardId(first), 3)
    assert session.current is None


@pytest.mark.parametrize("card", [99, 0, -5, 1 << 62, 1 << 63, 1 << 90])
def test_a_card_that_does_not_exist_is_not_found(collection: Collection, card: int) -> None:
    fill(collection, [Made()])
    with pytest.raises(NotFound, match=str(card)):
        collection.session().answer_card(CardId(card), 3)


@pytest.mark.parametrize("rating", [0, 5, -1, 1 << 70])
def test_a_rating_is_one_to_four(collection: Collection, rating: int) -> None:
    fill(collection, [Made()])
    session = collection.session()
    with pytest.raises(InputError, match="rating"):
        session.answer_card(CardId(10), rating)
    with pytest.raises(InputError, match="rating"):
        session.answer(rating)
    assert collection.card(CardId(10)).schedule.state is CardState.NEW


def test_the_time_an_answer_took_is_bounded(collection: Collection) -> None:
    fill(collection, [Made(), Made()])
    session = collection.session()
    with pytest.raises(InputError, match="-1 milliseconds"):
        session.answer_card(CardId(10), 3, -1)
    session.answer_card(CardId(10), 3, 1 << 80)
    session.answer_card(CardId(20), 3, 1234)
    assert collection.card_info(CardId(10)).reviews[0].milliseconds == 60_000
    assert collection.card_info(CardId(20)).reviews[0].milliseconds == 1234


def test_there_is_nothing_to_answer_when_nothing_is_shown(collection: Collection) -> None:
    fill(collection, [])
    with pytest.raises(NotFound):
        collection.session().answer(3)


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
