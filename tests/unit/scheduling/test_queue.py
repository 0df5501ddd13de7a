"""The day's list where vectors are silent: the drill, FSRS orders, cards answered out of turn."""

from dataclasses import replace
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling.fuzz import day_hash
from mlsd_cards.scheduling.gathering import Kind, mixed
from mlsd_cards.scheduling.queue import DayQueue, QueueCard, QueueDeck, build_queue, siblings_to_bury

DAY_MS = 86_400_000
TODAY = 10
NOW = TODAY * DAY_MS
MINUTE = 60_000
FREE = Options(scheduler="anki-sm2", bury_new=False, bury_reviews=False, bury_interday_learning=False)


def deck(number: int = 1, name: str = "A", **options: Any) -> QueueDeck:
    return QueueDeck(id=DeckId(number), name=name, options=replace(FREE, **options))


def card(number: int, state: str = "review", **fields: Any) -> QueueCard:
    values: dict[str, Any] = {
        "note_id": NoteId(number),
        "deck_id": DeckId(1),
        "ordinal": 0,
        "interval_days": 4,
    }
    if state == "review":
        values["due_day"] = TODAY
    return QueueCard(card_id=CardId(number), state=CardState(state), **values | fields)


def learning(number: int, minutes: float, **fields: Any) -> QueueCard:
    return card(number, "learning", due_at_ms=NOW + int(minutes * MINUTE), **fields)


def queue(*cards: QueueCard, decks: tuple[QueueDeck, ...] = (), **other: Any) -> DayQueue:
    tree = decks or (deck(),)
    return build_queue(cards, tree, tree[0], now_ms=NOW, today=TODAY, next_day_at_ms=NOW + DAY_MS, **other)


def left(day: DayQueue) -> tuple[int, int, int]:
    counts = day.counts()
    return counts.new, counts.learning, counts.review


def test_an_empty_day() -> None:
    day = queue()
    assert (day.current(), day.order, left(day), day.next_learning_ms()) == (None, [], (0, 0, 0), None)
    day.answer(CardId(1), None, NOW)
    day.bury([CardId(1)])
    assert day.order == []


def test_what_is_not_due_today_is_left_out() -> None:
    day = queue(
        card(1, due_day=TODAY + 1),
        card(2, due_day=None),
        card(3, "learning", due_day=TODAY + 1),
        card(4, "learning"),
        learning(5, 24 * 60),
        card(6, drill_day=TODAY - 1, due_day=TODAY + 3),
        card(7, deck_id=DeckId(99)),
        card(8),
    )
    assert day.order == [8]
    assert [number for number in range(1, 9) if CardId(number) in day] == [8]


def test_learning_ahead_comes_after_everything_else() -> None:
    day = queue(learning(1, 0), learning(2, 20), learning(3, 20.1), card(4), card(5, drill_day=TODAY))
    assert day.order == [1, 4, 2, 5]
    assert left(day) == (0, 3, 1)
    assert day.next_learning_ms() == NOW


def test_learning_cards_of_one_moment_come_by_card_id_however_they_were_read() -> None:
    cards = [learning(number, -1) for number in (3, 1, 2)]
    assert queue(*cards).order == queue(*reversed(cards)).order == [1, 2, 3]


def test_seen_moves_only_when_something_happens() -> None:
    day = queue(card(1), learning(2, 1))
    assert day.current() == 1
    day.refresh(NOW + 2 * MINUTE)
    assert day.current() == 2
    day.refresh(NOW)
    assert day.current() == 2, "a clock put back changes nothing"


# After an answer


def test_a_card_answered_out_of_turn_is_not_in_the_list_twice() -> None:
    day = queue(*(card(number, due_day=number) for number in (1, 2, 3)))
    day.answer(CardId(2), learning(2, 10), NOW)
    assert day.order == [1, 3, 2]
    assert left(day) == (0, 1, 2)
    assert day.kind(CardId(2)) is Kind.INTRADAY
    day.answer(CardId(2), None, NOW)
    assert day.order == [1, 3]


def test_a_failed_card_does_not_come_twice_running() -> None:
    day = queue(card(1), learning(2, 12))
    day.answer(CardId(1), learning(1, 10), NOW)
    assert day.order == [2, 1]
    assert day.next_learning_ms() == NOW + 12 * MINUTE


def test_it_keeps_its_place_while_there_are_other_cards_or_the_next_is_too_far() -> None:
    day = queue(card(1, due_day=1), card(3), learning(2, 12))
    day.answer(CardId(1), learning(1, 10), NOW)
    assert day.order == [3, 1, 2]
    far = queue(card(1), learning(2, 20))
    far.answer(CardId(1), learning(1, 10), NOW)
    assert far.order == [1, 2]


def test_the_place_behind_the_next_card_is_taken_at_the_exact_bounds() -> None:
    """The next card may be due at the very same moment, and must come more than a second before the bound."""
    same = queue(card(1), learning(2, 10))
    same.answer(CardId(1), learning(1, 10), NOW)
    assert same.order == [2, 1]
    last = queue(card(1), learning(2, 20 - 1 / 60))
    last.answer(CardId(1), learning(1, 10), NOW)
    assert last.order == [1, 2]
    before = queue(card(1), learning(2, 20 - 2 / 60))
    before.answer(CardId(1), learning(1, 10), NOW)
    assert before.order == [2, 1]


def test_an_answer_that_buries_the_rest_of_the_list_makes_room_for_the_next_learning_card() -> None:
    day = queue(card(1, due_day=1), card(2), learning(3, 12))
    after, buried = learning(1, 10), [CardId(2)]
    assert day.peek(CardId(1), after, NOW, buried) == 3
    day.answer(CardId(1), after, NOW, buried)
    assert day.order == [3, 1]


def test_a_peek_with_a_clock_put_back_tells_what_the_answer_shows() -> None:
    day = queue(card(1, due_day=1), card(2, due_day=2), card(4), learning(3, 1))
    day.answer(CardId(1), None, NOW + 2 * MINUTE)
    assert day.peek(CardId(2), None, NOW) == 3
    day.answer(CardId(2), None, NOW)
    assert day.current() == 3
    assert day.seen_ms == NOW + 2 * MINUTE


def test_a_delay_beyond_today_or_to_a_day_leaves_the_list() -> None:
    for after in (learning(1, 24 * 60), card(1, "learning", due_day=TODAY + 1), card(1), None):
        day = queue(card(1), card(2))
        day.answer(CardId(1), after, NOW)
        assert day.order == [2]
        assert CardId(1) not in day
        assert CardId(2) in day


def test_buried_siblings_leave_at_once_and_are_counted_out() -> None:
    day = queue(card(1, due_day=1), card(2), card(3, "new"), learning(4, 5), card(5, drill_day=TODAY))
    day.answer(CardId(1), None, NOW, buried=[CardId(2), CardId(3), CardId(4), CardId(5), CardId(77)])
    assert (day.order, left(day)) == ([], (0, 0, 0))


# The final drill of sm2


def test_the_drill_comes_last_in_the_order_of_entering_and_a_failed_card_goes_to_its_end() -> None:
    waiting = [card(number, drill_day=TODAY, last_answer_ms=NOW - number) for number in (5, 6)]
    day = queue(card(1), card(2, "new"), *waiting)
    assert day.order == [1, 2, 6, 5]
    assert left(day) == (1, 2, 1)
    failed = card(1, drill_day=TODAY, due_day=TODAY + 1)
    day.answer(CardId(1), failed, NOW + 1)
    assert day.order == [2, 6, 5, 1]
    day.answer(CardId(2), None, NOW + 2)
    assert day.peek(CardId(6), waiting[1], NOW + 3) == 5
    day.answer(CardId(6), waiting[1], NOW + 3)
    assert day.order == [5, 1, 6]
    for number in (5, 1, 6):
        assert day.current() == number
        assert day.kind(CardId(number)) is Kind.DRILL
        day.answer(CardId(number), card(number, due_day=TODAY + 1), NOW + 4)
    assert (day.current(), left(day)) == (None, (0, 0, 0))


def test_a_drill_alone_shows_its_only_card_again() -> None:
    only = card(1, drill_day=TODAY)
    day = queue(only)
    day.answer(CardId(1), only, NOW)
    assert day.current() == 1


# Orders


def fsrs_deck(
    number: int, name: str, order: ReviewOrder, retention: float, decay: float = 0.1542
) -> QueueDeck:
    parameters = (
        *(0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796),
        *(1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, decay),
    )
    return deck(
        number, name, scheduler="fsrs", review_order=order, desired_retention=retention, parameters=parameters
    )


def remembered(number: int, stability: float, days: int, **fields: Any) -> QueueCard:
    values = {"stability": stability, "difficulty": 5.0, "last_answer_ms": NOW - days * DAY_MS}
    return card(number, **values | fields)


def test_fsrs_orders_by_recall() -> None:
    cards = [remembered(1, 10, 5), remembered(2, 10, 30), remembered(3, 1, 5)]
    for order in (ReviewOrder.RETRIEVABILITY_ASCENDING, ReviewOrder.RELATIVE_OVERDUE):
        assert queue(*cards, decks=(fsrs_deck(1, "A", order, 0.9),)).order == [3, 2, 1]


def test_fsrs_takes_retention_and_decay_of_the_cards_own_deck() -> None:
    order = ReviewOrder.RELATIVE_OVERDUE
    strict, easy = fsrs_deck(1, "A", order, 0.95), fsrs_deck(2, "A::B", order, 0.75)
    cards = [remembered(1, 10, 10, deck_id=DeckId(2)), remembered(2, 10, 9)]
    assert queue(*cards, decks=(strict, easy)).order == [2, 1]
    assert queue(*cards, decks=(strict, replace(strict, id=DeckId(2), name="A::B"))).order == [1, 2]
    order = ReviewOrder.RETRIEVABILITY_ASCENDING
    decks = (fsrs_deck(1, "A", order, 0.9, 0.1), fsrs_deck(2, "A::B", order, 0.9, 0.8))
    cards = [remembered(1, 10, 100), remembered(2, 10, 100, deck_id=DeckId(2))]
    assert queue(*cards, decks=decks).order == [2, 1]


def test_fsrs_orders_cards_without_memory_by_what_ease_and_interval_suggest() -> None:
    decks = (fsrs_deck(1, "A", ReviewOrder.EASE_ASCENDING, 0.9),)
    cards = [
        remembered(1, 10, 5, difficulty=2.0),
        remembered(2, 10, 5, difficulty=9.5),
        card(3, ease_permille=2500, interval_days=20),
    ]
    assert queue(*cards, decks=decks).order == [2, 3, 1]
    decks = (fsrs_deck(1, "A", ReviewOrder.RETRIEVABILITY_ASCENDING, 0.9),)
    overdue = card(4, interval_days=3, due_day=TODAY - 30)
    assert queue(remembered(1, 10, 5), overdue, decks=decks).order == [4, 1]


def test_fsrs_counts_days_as_the_collection_does_where_it_is_told() -> None:
    decks = (fsrs_deck(1, "A", ReviewOrder.RETRIEVABILITY_ASCENDING, 0.9),)
    cards = [remembered(1, 10, 5), remembered(2, 10, 6)]
    days = {cards[0].last_answer_ms: TODAY - 50, cards[1].last_answer_ms: TODAY + 3}
    assert queue(*cards, decks=decks).order == [2, 1]
    assert queue(*cards, decks=decks, day_of=lambda moment: days[moment]).order == [1, 2]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ReviewOrder.EASE_ASCENDING, [3, 1, 2]),
        (ReviewOrder.RELATIVE_OVERDUE, [2, 1, 3]),
        (ReviewOrder.RETRIEVABILITY_ASCENDING, [2, 1, 3]),
        (ReviewOrder.INTERVALS_ASCENDING, [1, 2, 3]),
        (ReviewOrder.INTERVALS_DESCENDING, [3, 2, 1]),
        (ReviewOrder.DUE_DAY_DECK, [2, 1, 3]),
    ],
)
def test_orders_without_memory(order: ReviewOrder, expected: list[int]) -> None:
    cards = (
        card(1, ease_permille=2000, interval_days=4, due_day=9),
        card(2, ease_permille=2500, interval_days=5, due_day=2),
        card(3, ease_permille=1300, interval_days=90, due_day=9, deck_id=DeckId(2)),
    )
    assert queue(*cards, decks=(deck(review_order=order), deck(2, "A::B"))).order == expected


def test_of_cards_due_today_the_shorter_interval_is_the_more_overdue() -> None:
    cards = [card(number, interval_days=100 - number) for number in range(1, 20)]
    assert queue(*cards, decks=(deck(review_order=ReviewOrder.RELATIVE_OVERDUE),)).order == list(
        range(19, 0, -1)
    )


def test_ties_come_by_the_days_hash() -> None:
    numbers = list(range(1, 30))
    expected = sorted(numbers, key=lambda number: day_hash(number, TODAY))
    assert queue(*(card(number) for number in numbers)).order == expected
    assert expected != sorted(numbers, key=lambda number: day_hash(number, TODAY + 1))


def test_decks_come_in_name_order_with_their_subdecks_right_after_them() -> None:
    names = ("top", "top::b", "top::a b", "top::A", "top::a::z")
    decks = tuple(deck(number, name, new_gather=NewGather.DECK) for number, name in enumerate(names, 1))
    cards = [card(number, "new", deck_id=DeckId(number), position=9 - number) for number in range(1, 6)]
    assert queue(*cards, decks=decks).order == [1, 4, 5, 3, 2]


@pytest.mark.parametrize(
    ("gather", "sort", "expected"),
    [
        (NewGather.LOWEST_POSITION, NewSort.NO_SORT, [3, 2, 1, 4]),
        (NewGather.HIGHEST_POSITION, NewSort.NO_SORT, [4, 2, 1, 3]),
        (NewGather.HIGHEST_POSITION, NewSort.TEMPLATE, [4, 2, 3, 1]),
    ],
)
def test_new_cards(gather: NewGather, sort: NewSort, expected: list[int]) -> None:
    cards = [
        card(1, "new", position=5, ordinal=1),
        card(2, "new", position=5),
        card(3, "new", position=2),
        card(4, "new", position=8),
    ]
    assert queue(*cards, decks=(deck(new_gather=gather, new_sort=sort),)).order == expected


def test_mixing_spreads_evenly() -> None:
    first, second = [card(number) for number in range(6)], [card(number) for number in range(10, 12)]
    found = [each.card_id for each in mixed(first, second, Mix.MIX)]
    assert found == [0, 1, 10, 2, 3, 11, 4, 5]
    assert mixed(first, second, Mix.AFTER) == first + second
    assert mixed(first, second, Mix.BEFORE) == second + first
    assert mixed([], second, Mix.MIX) == second


# Limits


def test_limits_of_a_deck_above_hold_below_and_what_was_done_counts() -> None:
    cards = [card(number, deck_id=DeckId(2), due_day=number) for number in range(1, 9)]
    child = deck(2, "A::B", reviews_per_day=6)
    assert queue(*cards, decks=(deck(reviews_per_day=100), child)).order == [1, 2, 3, 4, 5, 6]
    assert queue(*cards, decks=(deck(reviews_per_day=3), child)).order == [1, 2, 3]
    done = replace(deck(reviews_per_day=5), reviews_done=2, new_done=1)
    assert queue(*cards, decks=(done, child)).order == [1, 2]
    overdone = replace(done, reviews_done=50)
    assert queue(*cards, decks=(overdone, child)).order == []


def test_decks_beside_the_chosen_one_have_no_room() -> None:
    beside = deck(2, "B")
    day = queue(
        card(1), card(2, deck_id=DeckId(2)), card(3, "new", deck_id=DeckId(2)), decks=(deck(), beside)
    )
    assert day.order == [1]


def test_reviews_leave_room_for_new_cards_unless_told_to_ignore_them() -> None:
    cards = [*(card(number) for number in range(1, 5)), *(card(number, "new") for number in range(10, 14))]
    tight = {"reviews_per_day": 5, "new_mix": Mix.AFTER}
    assert left(queue(*cards, decks=(deck(**tight),))) == (1, 0, 4)
    assert left(queue(*cards, decks=(deck(**tight, new_ignore_review_limit=True),))) == (4, 0, 4)
    done = replace(deck(**tight), new_done=3)
    assert left(queue(*cards, decks=(done,))) == (0, 0, 2)


# Siblings


def test_an_answer_buries_only_kinds_that_were_not_gathered_before_its_own() -> None:
    options = replace(FREE, bury_new=True, bury_reviews=True, bury_interday_learning=True)
    siblings = [
        learning(1, 5),
        card(2, "learning", due_day=TODAY),
        card(3),
        card(4, "new"),
        card(5, due_day=TODAY + 1),
        card(6, drill_day=TODAY),
    ]

    def buried(kind: Kind, given: Options = options) -> list[CardId]:
        return siblings_to_bury(kind, siblings, given, TODAY)

    assert buried(Kind.INTRADAY) == buried(Kind.INTERDAY) == [2, 3, 4]
    assert buried(Kind.REVIEW) == [3, 4]
    assert buried(Kind.NEW) == [4]
    assert buried(Kind.INTRADAY, FREE) == []
    assert buried(Kind.INTRADAY, replace(FREE, bury_reviews=True)) == [3]


def test_options_met_on_earlier_cards_of_a_note_count() -> None:
    burying, free = deck(1, "A", bury_reviews=True), deck(2, "A::B")
    note = NoteId(5)
    earlier = card(1, due_day=1, note_id=note)
    later = card(2, due_day=2, note_id=note, deck_id=DeckId(2))
    assert queue(earlier, later, decks=(burying, free)).order == [1]
    earlier, later = earlier._replace(deck_id=DeckId(2)), later._replace(deck_id=DeckId(1))
    assert queue(earlier, later, decks=(burying, free)).order == [1, 2]
