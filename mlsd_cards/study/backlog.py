"""Help after a break: sees that many cards wait, and proposes a plan by which they are worked off until a day.

The plan is played out by the forecast's simulation, so that its last day takes in what comes due meanwhile and
what comes back. Its limit is near the usual day's reviews, and as high as two weeks of catching up ask for.
"""

import math
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling.gathering import Kind, kind_of
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, simulate
from mlsd_cards.store import cards, reviews
from mlsd_cards.study.catch_up import CatchUp, plan_of, put_plan
from mlsd_cards.study.desk import Desk, look
from mlsd_cards.study.forecasting import simulated_card
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

LEAST_LATE = 50
"""Fewer cards from days before are no backlog."""
LONGEST_DAYS = 60
WANTED_DAYS = 14
_LATE_DAYS = 1.5  # this many usual days of late cards are a backlog
_USUAL_DAYS = 84
_ROUND_TO, _LEAST_A_DAY = 10, 20
_HARDER = (1.0, 1.25, 1.6, 2.0, 3.0)
_MOST_SIMULATED = 1000
_SLACK = 0.1  # of the days, and one more, for worse luck than the simulation had


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that could be followed: `waiting` reviews are due, done by the ISO `date` at so many a day."""

    waiting: int
    plan: CatchUp
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A plan that is followed: how many reviews still wait, and its last day as an ISO date."""

    waiting: int
    plan: CatchUp
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchingUp:
    """What the Today screen says of a backlog: a proposal, or the plan that holds, or neither."""

    proposal: Proposal | None = None
    followed: Followed | None = None


def catching_up(collection: "Opened") -> CatchingUp:
    """Return the plan that holds today, or one that is proposed because many cards wait; nothing is written."""
    desk = look(collection)
    if desk.plan is not None:
        last = _iso(desk.day, desk.plan.last_day)
        return CatchingUp(followed=Followed(waiting=len(_waiting(desk)), plan=desk.plan, date=last))
    return CatchingUp(proposal=_proposal(collection, desk))


def start(collection: "Opened", plan: CatchUp) -> None:
    """Let a plan hold from today on, as one act.

    Raises:
        InputError: it could not be followed.
    """
    today = collection.today_number()
    if not (plan.reviews_per_day >= 1 and plan.first_day <= today <= plan.last_day <= today + LONGEST_DAYS):
        raise InputError(
            f"A plan lasts at most {LONGEST_DAYS} days from today, with a review a day at least."
        )
    with collection.store.transaction(Op.START_CATCH_UP) as tx:
        put_plan(tx, plan)
        tx.note_changed(Changed.SETTING)


def end(collection: "Opened") -> bool:
    """End the plan that holds today, as one act; return whether there was one."""
    today = collection.today_number()
    with collection.store.transaction(Op.END_CATCH_UP) as tx:
        held = plan_of(tx.conn, today) is not None
        if held:
            put_plan(tx, None)
            tx.note_changed(Changed.SETTING)
    return held


def _waiting(desk: Desk) -> list[int]:
    """Return the due days of the cards that wait for a review."""
    today = desk.day.number
    rows = [*desk.rows, *desk.lent_rows()]
    return [row.due_day or 0 for row in rows if kind_of(row, today) in (Kind.REVIEW, Kind.INTERDAY)]


def _proposal(collection: "Opened", desk: Desk) -> Proposal | None:
    waiting, day = _waiting(desk), desk.day
    late = sum(due < day.number for due in waiting)
    usual = _usual_day(collection, day)
    if late < LEAST_LATE or late < _LATE_DAYS * usual or day.warning:
        return None
    coming = _coming(collection, desk)
    soon = sum((card.schedule.due_day or 0) <= day.number + WANTED_DAYS for card in coming)
    limit = max(deck.options.reviews_per_day for deck in desk.tree.values())
    needed: dict[int, int | None] = {}
    for most, longest in _tries(max(usual, soon / WANTED_DAYS), limit):
        if len(waiting) > most * longest:
            continue
        if most not in needed:
            needed[most] = _days_needed(collection, coming, most, day)
        days = needed[most]
        if days is not None and days <= longest:
            plan = CatchUp(reviews_per_day=most, first_day=day.number, last_day=day.number + days - 1)
            return Proposal(waiting=len(waiting), plan=plan, date=_iso(day, plan.last_day))
    return None


def _tries(a_day: float, limit: int) -> list[tuple[int, int]]:
    """Return how many reviews a day to try in turn, each with the most days it may take.

    First what takes about two weeks within the daily limit, then what ends at all, last what exceeds the limit.
    """
    rounded = [math.ceil(max(a_day * more, 1) / _ROUND_TO) * _ROUND_TO for more in _HARDER]
    within = [max(_LEAST_A_DAY, min(most, limit)) for most in rounded]
    tries = [(most, round(1.5 * WANTED_DAYS)) for most in within]
    tries += [(most, LONGEST_DAYS) for most in (within[0], within[-1], max(limit, _LEAST_A_DAY), *rounded)]
    return list(dict.fromkeys(tries))


def _usual_day(collection: "Opened", day: "Day") -> float:
    """Return the median of reviews on the days of the last weeks that had any, 0 if there were none."""
    done: dict[int, int] = {}
    with collection.store.read() as conn:
        for row in reviews.daily(conn, day.number - _USUAL_DAYS, day.number - 1):
            if row.kind in (reviews.REVIEW, reviews.INTERDAY):
                done[row.day] = done.get(row.day, 0) + row.answers
    return float(median(done.values())) if done else 0.0


def _coming(collection: "Opened", desk: Desk) -> list[SimulatedCard]:
    """Return the cards that are due or come due while a plan may last."""
    complete_memories(collection)
    last = desk.day.number + LONGEST_DAYS
    with collection.store.read() as conn:
        rows = cards.queue_rows(
            conn, list(desk.tree), today=last, next_day_at_ms=desk.day.next_day_at_ms, new_limits={}
        )
        ids = [row.card_id for row in rows]
        ids += [row.card_id for row in desk.lent_rows()]
        found = cards.cards_by_ids(conn, ids).values()
    options: dict[int, Options] = {key: deck.options for key, deck in desk.tree.items()}
    return [simulated_card(card, options[card.deck_id], "", desk.day) for card in found]


def _days_needed(collection: "Opened", coming: list[SimulatedCard], most: int, day: "Day") -> int | None:
    """Return on which day nothing waits any more at `most` reviews a day, today is 1; None if it takes too long."""
    weekday = date.fromordinal(day.boundary.ordinal_of_day(day.number)).weekday()
    with collection.store.read() as conn:
        done = sum(each.reviews for each in reviews.done_today(conn, day.number).values())
    part = max(1, -(-len(coming) // _MOST_SIMULATED))  # every second, third … card, and as much less a day
    room, done = max(1, most // part), done // part
    run = simulate(
        coming[::part],
        [DayLimits(0, room, True, 0, done)],
        today=day.number,
        now_ms=day.now_ms,
        days=LONGEST_DAYS,
        seed=0,
        weekday=weekday,
    )
    for number, lived in enumerate(run, 1):
        if lived.reviews < room - (done if number == 1 else 0):
            needed = math.ceil(number * (1 + _SLACK)) + 1
            return needed if needed <= LONGEST_DAYS else None
    return None


def _iso(day: "Day", number: int) -> str:
    return date.fromordinal(day.boundary.ordinal_of_day(number)).isoformat()
