"""Rows of imported cards, and the daily counts of imported reviews."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Return the daily counts that reviews add, the oldest of which comes first; see `ReviewCounts`."""
    counting = ReviewCounts(decks, entries[-1][0] if entries else 0, boundary, today)
    counting.add(entries)
    return counting.by_day()


class ReviewCounts:
    """The daily counts that imported reviews add.

    `decks` gives the deck of each card; reviews of others are not counted. `newest_ms` is the id of the newest.
    `kinds` names kinds that come as numbers.

    Days are told with one offset from UTC, which is exact enough for statistics. What was answered elsewhere
    today does not use up today's limits.
    """

    def __init__(
        self,
        decks: Mapping[int, DeckId],
        newest_ms: int,
        boundary: DayBoundary,
        today: int,
        kinds: Sequence[str] = (),
    ) -> None:
        offset = datetime.fromtimestamp(newest_ms / 1000, UTC).astimezone(boundary.zone).utcoffset()
        shift = (offset or timedelta()) // timedelta(milliseconds=1) - boundary.rollover_hour * _HOUR_MS
        self._shift = shift + (_EPOCH - boundary.created_date) * _DAY_MS
        self._decks = decks
        self._today = today
        self._kinds = kinds
        self._days: dict[int, dict[tuple[DeckId, Any, int], int]] = {}

    def add(self, entries: Iterable[tuple[Any, ...]]) -> None:
        """Count exchange reviews; fastest if they come oldest first.

        Answers (times `_ANSWER`) plus milliseconds are one number in place of two, and each day has a dictionary
        of its own: there may be a million entries.
        """
        decks, shift = self._decks, self._shift
        begin = end = 0
        counted: dict[tuple[DeckId, Any, int], int] = {}
        for number, card_id, rating, kind, _, _, _, milliseconds in entries:
            if not begin <= number < end:
                day = (number + shift) // _DAY_MS
                begin = day * _DAY_MS - shift
                end = begin + _DAY_MS
                counted = self._days.setdefault(day, {})
            if rating and card_id in decks:
                key = (decks[card_id], kind, rating)
                if key in counted:
                    counted[key] += _ANSWER + milliseconds
                else:
                    counted[key] = _ANSWER + milliseconds

    def by_day(self) -> dict[tuple[int, DeckId, str, int], tuple[int, int]]:
        """Return (day, deck, kind, rating) → (answers, milliseconds)."""
        counts: dict[tuple[int, DeckId, str, int], tuple[int, int]] = {}
        for day, counted in self._days.items():
            for (deck_id, kind, rating), total in counted.items():
                name = self._kinds[kind] if self._kinds else kind
                counts_as = _COUNTED.get(name, reviews.DRILL) if day < self._today else reviews.LEARNING
                key = (day, deck_id, counts_as, rating)
                if key in counts:
                    answers, milliseconds = counts[key]
                    counts[key] = (answers + total // _ANSWER, milliseconds + total % _ANSWER)
                else:
                    counts[key] = (total // _ANSWER, total % _ANSWER)
        return counts
