"""Rows of imported cards, and the daily counts of imported reviews."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mlsd_cards.domain.cards import CardState
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.exchange import ExchangeCard
from mlsd_cards.scheduling.sm2 import MINIMUM_EASE, STARTING_EASE
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import reviews
from mlsd_cards.store.schema import CardRow

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_ANSWER = 1 << 80  # more than all milliseconds of a day can come to
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date().toordinal()
_COUNTED = {"review": reviews.REVIEW, "learn": reviews.LEARNING, "relearn": reviews.LEARNING}


def new_card_row(
    card_id: int, note_id: int, deck_id: int, ordinal: int, position: int, created_ms: int
) -> CardRow:
    """Return the row of a card that was never answered."""
    return CardRow(
        card_id, note_id, deck_id, ordinal, position, "new", None, None, 0, 0, 0, 0, None, None, None, None, 0, 0,
        0, "", 0, 0, created_ms, created_ms,
    )  # fmt: skip


def card_row(
    card: ExchangeCard,
    card_id: int,
    note_id: int,
    deck_id: int,
    position: int,
    boundary: DayBoundary,
    today: int,
    scheduler: str,
) -> CardRow:
    """Return the row of a card with its progress, fitted to the scheduler of its deck.

    A file's due date becomes our day number; under `sm2` the repetition number follows from the interval.
    """
    state, due_day, due_at_ms = (
        card.state,
        card.due_date and boundary.day_of_ordinal(card.due_date),
        card.due_at_ms,
    )
    ease, repetitions, drill_day, steps_left = card.ease_permille, card.repetitions, None, card.steps_left
    if card.drill_date is not None:
        drill_day = boundary.day_of_ordinal(card.drill_date)
    if scheduler == "sm2" and state != CardState.NEW.value and not repetitions:
        # Steps do not exist there: a card in learning without an interval starts again, others come as reviews.
        ease = max(MINIMUM_EASE, ease or STARTING_EASE)
        steps_left = 0
        if state == CardState.LEARNING.value and not card.interval_days:
            state, due_day, due_at_ms = CardState.NEW.value, None, None
            card = card._replace(stability=None, difficulty=None)
        else:
            state = CardState.REVIEW.value
            repetitions = 2 if card.interval_days >= 6 else min(card.interval_days, 1)
            due_day, due_at_ms = today if due_day is None else due_day, None
    return CardRow(
        card_id, note_id, deck_id, card.ordinal, position, state, due_day, due_at_ms, card.interval_days, ease,
        steps_left, repetitions, drill_day, card.stability, card.difficulty, card.last_answer_ms, card.reps,
        card.lapses, int(card.suspended), card.buried, today + 1 if card.buried else 0, card.flag, card.created_ms,
        card.modified_ms,
    )  # fmt: skip


def count_reviews(
    decks: Mapping[int, DeckId], entries: Sequence[tuple[Any, ...]], boundary: DayBoundary, today: int
) -> dict[tuple[int, DeckId, str, int], tuple[int, int]]:
    """Return the daily counts that imported reviews add: (day, deck, kind, rating) → (answers, milliseconds).

    `entries` are exchange reviews, oldest first. `decks` gives the deck of each card; others are not counted.

    Days are told with one offset from UTC, which is exact enough for statistics. What was answered elsewhere
    today does not use up today's limits.
    """
    newest = entries[-1][0] / 1000 if entries else 0
    offset = datetime.fromtimestamp(newest, UTC).astimezone(boundary.zone).utcoffset()
    shift = (offset or timedelta()) // timedelta(milliseconds=1) - boundary.rollover_hour * _HOUR_MS
    shift += (_EPOCH - boundary.created_date) * _DAY_MS
    counts: dict[tuple[int, DeckId, str, int], tuple[int, int]] = {}
    for day, counted in _counted_by_day(decks, entries, shift):
        for (deck_id, kind, rating), total in counted.items():
            key = (
                day,
                deck_id,
                _COUNTED.get(kind, reviews.DRILL) if day < today else reviews.LEARNING,
                rating,
            )
            answers, milliseconds = counts.get(key, (0, 0))
            counts[key] = (answers + total // _ANSWER, milliseconds + total % _ANSWER)
    return counts


def _counted_by_day(
    decks: Mapping[int, DeckId], entries: Sequence[tuple[Any, ...]], shift: int
) -> Iterator[tuple[int, dict[tuple[DeckId, str, int], int]]]:
    """Yield for each run of entries of one day the answers (times `_ANSWER`) plus milliseconds, by deck, kind, rating.

    One number in place of two, and a dictionary for each day: there may be a million entries.
    """
    begin = end = 0
    counted: dict[tuple[DeckId, str, int], int] = {}
    for number, card_id, rating, kind, _, _, _, milliseconds in entries:
        if not begin <= number < end:
            if counted:
                yield (begin + shift) // _DAY_MS, counted
            begin = (number + shift) // _DAY_MS * _DAY_MS - shift
            end = begin + _DAY_MS
            counted = {}
        if rating and card_id in decks:
            key = (decks[card_id], kind, rating)
            if key in counted:
                counted[key] += _ANSWER + milliseconds
            else:
                counted[key] = _ANSWER + milliseconds
    if counted:
        yield (begin + shift) // _DAY_MS, counted
