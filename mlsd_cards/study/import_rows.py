"""Rows of imported cards, and the daily counts of imported reviews."""

from collections.abc import Mapping, Sequence
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
    decks: Mapping[int, DeckId], rows: Sequence[tuple[Any, ...]], boundary: DayBoundary, today: int
) -> dict[tuple[int, DeckId, str, int], tuple[int, int]]:
    """Return the daily counts that imported reviews add: (day, deck, kind, rating) → (answers, milliseconds).

    `rows` have the columns of the review log, oldest first. `decks` gives the deck of each card.

    Days are told with one offset from UTC, which is exact enough for statistics. What was answered elsewhere
    today does not use up today's limits.
    """
    newest = rows[-1][0] / 1000 if rows else 0
    offset = datetime.fromtimestamp(newest, UTC).astimezone(boundary.zone).utcoffset()
    shift = (offset or timedelta()) // timedelta(milliseconds=1) - boundary.rollover_hour * _HOUR_MS
    shift += (_EPOCH - boundary.created_date) * _DAY_MS
    counts: dict[tuple[int, DeckId, str, int], tuple[int, int]] = {}
    for number, card_id, rating, kind, _, _, _, milliseconds, _ in rows:
        if rating and card_id in decks:
            day = (number + shift) // _DAY_MS
            counted = _COUNTED.get(kind, reviews.DRILL) if day < today else reviews.LEARNING
            key = (day, decks[card_id], counted, rating)
            before = counts.get(key)
            counts[key] = (before[0] + 1, before[1] + milliseconds) if before else (1, milliseconds)
    return counts
