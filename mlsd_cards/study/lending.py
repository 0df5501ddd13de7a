"""What a sitting in a filtered deck does with the cards that the deck has borrowed.

Source: ankitects/anki `rslib/src/scheduler/states/preview_filter.rs`, `rslib/src/scheduler/filtered/card.rs`
(facts).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.filtered import Borrowed, Filter
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import NextStates, Outcome
from mlsd_cards.scheduling.describe import interval_label
from mlsd_cards.scheduling.gathering import Gathered, Kind, kind_of
from mlsd_cards.scheduling.light import QueueCard
from mlsd_cards.scheduling.queue import LEARN_AHEAD_S, DayQueue


class Lent(NamedTuple):
    """A borrowed card that may be shown: neither suspended nor buried."""

    borrowed: Borrowed
    row: QueueCard


def queue(lent: Iterable[Lent], made: Filter, *, now_ms: int, today: int, next_day_at_ms: int) -> DayQueue:
    """Return the list of a filtered deck: its cards in their places, whatever their due dates.

    A card that was answered there comes again when its learning step, its drill or the deck's delay says so.
    """
    found = Gathered(in_main={Kind.INTERDAY: 0, Kind.REVIEW: 0, Kind.NEW: 0})
    for each in sorted(lent, key=lambda each: (each.borrowed.place, each.row.card_id)):
        row = as_queued(each, made, today)
        kind = kind_of(row, today)
        if kind is Kind.DRILL:
            found.drill.append(row)
        elif kind is Kind.INTRADAY:
            if row.due_at_ms is not None and row.due_at_ms < next_day_at_ms:
                found.intraday.append(row)
        elif kind is Kind.NEW or (row.due_day is not None and row.due_day <= today):
            found.main.append(row)
            found.in_main[kind] += 1
    return DayQueue(
        found, now_ms=now_ms, today=today, next_day_at_ms=next_day_at_ms, learn_ahead_s=LEARN_AHEAD_S
    )


def as_queued(lent: Lent, made: Filter, today: int) -> QueueCard:
    """Return the row by which a filtered deck's list knows a card: due now unless it was answered there."""
    borrowed, row = lent
    if borrowed.answered and borrowed.again_at_ms is not None:
        return waiting(row, borrowed.again_at_ms)
    if borrowed.answered and made.reschedule:
        return row
    shown = row.state
    if shown is not CardState.NEW and not made.reschedule:
        shown = CardState.REVIEW
    due_day = None if shown is CardState.NEW else today
    return row._replace(state=shown, due_day=due_day, due_at_ms=None, drill_day=None)


def waiting(row: QueueCard, again_at_ms: int) -> QueueCard:
    """Return the row of a card that is looked at again at a moment of this sitting."""
    return row._replace(state=CardState.LEARNING, due_day=None, due_at_ms=again_at_ms, drill_day=None)


def looking(schedule: Schedule, made: Filter) -> NextStates:
    """Return what each rating leads to where answers change nothing: when the card is shown again.

    The log entries have the kind `early` and the factor 0, by which no scheduler learns from them.
    """
    again, hard, good, easy = (
        Outcome(
            schedule=schedule,
            interval=-seconds,
            label=interval_label(-seconds),
            kind=ReviewKind.EARLY,
            log_interval=-seconds,
            log_last_interval=-made.again_s,
            log_factor=0,
        )
        for seconds in (made.again_s, made.hard_s, made.good_s, 0)
    )
    return NextStates(again=again, hard=hard, good=good, easy=easy)


def early(states: NextStates, schedule: Schedule, today: int) -> NextStates:
    """Return outcomes with the log kind of a review before its day, where the card is one."""
    if schedule.state is not CardState.REVIEW or schedule.due_day is None or schedule.due_day <= today:
        return states
    again, hard, good, easy = (
        replace(states[rating], kind=ReviewKind.EARLY)
        if states[rating].kind is ReviewKind.REVIEW
        else states[rating]
        for rating in (1, 2, 3, 4)
    )
    return NextStates(again=again, hard=hard, good=good, easy=easy)


def after_answer(
    borrowed: Borrowed, outcome: Outcome, made: Filter, *, now_ms: int, today: int
) -> Borrowed | None:
    """Return how a card stands in its filtered deck after an answer there, None if it goes home.

    It stays while it is in learning steps or in today's drill, or until the deck's delay is over.
    """
    if not made.reschedule:
        if not outcome.interval:
            return None
        return replace(borrowed, answered=True, again_at_ms=now_ms - outcome.interval * 1000)
    after = outcome.schedule
    if outcome.suspend or (after.state is CardState.REVIEW and after.drill_day != today):
        return None
    return replace(borrowed, answered=True, again_at_ms=None)
