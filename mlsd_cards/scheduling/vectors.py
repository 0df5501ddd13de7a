"""Runs scheduling vectors: cases with the values that a right scheduler gives, one JSON object a line."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any
from zoneinfo import ZoneInfo

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling import DAY_S, NextStates, SchedulingContext, scheduler
from mlsd_cards.scheduling.limits import QueueDeck
from mlsd_cards.scheduling.queue import DayQueue, QueueCard, build_queue, siblings_to_bury
from mlsd_cards.scheduling.timing import DayBoundary, created_date

_ENUMS = {
    "new_mix": Mix,
    "interday_learning_mix": Mix,
    "review_order": ReviewOrder,
    "new_gather": NewGather,
    "new_sort": NewSort,
}
_OPTION_NAMES = {field.name for field in fields(Options)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFailure:
    """A field that differs from what the vector expects."""

    id: str
    step: int
    field: str
    expected: Any
    got: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorReport:
    """How many cases and steps were run, and what differed."""

    cases: int
    steps: int
    failed: list[VectorFailure]


class _Checker:
    """Compares values and remembers what differs."""

    def __init__(self) -> None:
        self.steps = 0
        self.failed: list[VectorFailure] = []
        self.case = ""

    def same(self, step: int, field: str, expected: Any, got: Any) -> None:
        if expected != "any" and expected != got:
            self.failed.append(
                VectorFailure(id=self.case, step=step, field=field, expected=expected, got=got)
            )


def run_vectors(lines: Iterable[str]) -> VectorReport:
    """Run every vector of `lines` through the real schedulers.

    Raises:
        InputError: a line is not a vector, or asks for a scheduler that does not exist.
    """
    checker = _Checker()
    cases = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            vector = json.loads(line)
            checker.case = str(vector["id"])
            _RUNNERS[vector.get("kind", "card")](vector, checker)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"Line {number} is not a scheduling vector ({type(error).__name__}: {error})."
            ) from None
        cases += 1
    return VectorReport(cases=cases, steps=checker.steps, failed=checker.failed)


def options_of(values: dict[str, Any]) -> Options:
    """Return the options that `values` name; unknown names are passed over."""
    known = {name: value for name, value in values.items() if name in _OPTION_NAMES}
    for name, kind in _ENUMS.items():
        if name in known:
            known[name] = kind(known[name])
    for name in ("learning_steps", "relearning_steps", "parameters"):
        if name in known:
            known[name] = tuple(known[name])
    return Options(**known)


_PLAIN = (
    "interval_days",
    "ease_permille",
    "steps_left",
    "repetitions",
    "drill_day",
    "stability",
    "difficulty",
    "due_day",
    "reps",
    "lapses",
)


def _schedule(values: dict[str, Any], base: Schedule) -> Schedule:
    changes: dict[str, Any] = {name: values[name] for name in _PLAIN if name in values}
    if "state" in values:
        changes["state"] = CardState(values["state"])
    for name, field in (("due_t", "due_at_ms"), ("last_t", "last_answer_ms")):
        if name in values:
            changes[field] = None if values[name] is None else values[name] * 1000
    return replace(base, **changes)


def _context(t: int, options: Options, factor: float | None) -> SchedulingContext:
    return SchedulingContext(
        now_ms=t * 1000,
        today=t // DAY_S,
        until_next_day_s=DAY_S - t % DAY_S,
        options=options,
        fuzz_factor=factor,
    )


def _run_card(vector: dict[str, Any], checker: _Checker) -> None:
    options = replace(options_of(vector["preset"]), scheduler=vector["scheduler"])
    algorithm = scheduler(vector["scheduler"])
    schedule = _schedule(vector["before"], Schedule())
    for number, step in enumerate(vector["steps"]):
        checker.steps += 1
        schedule = _schedule(step.get("set", {}), schedule)
        states = algorithm.next_states(schedule, _context(step["t"], options, step["fuzz_factor"]))
        outcome = states[step["rating"]]
        expect = step["expect"]
        _check_buttons(expect, states, number, checker)
        checker.same(number, "leech", expect["leech"], outcome.leech)
        schedule = outcome.schedule
        got = _card_values(schedule) | {"suspended": outcome.suspend}
        for name, value in expect["card"].items():
            checker.same(number, f"card.{name}", value, got[name])
        log = {
            "kind": outcome.kind.value,
            "interval": outcome.log_interval,
            "last_interval": outcome.log_last_interval,
            "factor": outcome.log_factor,
        }
        for name, value in expect["log"].items():
            checker.same(number, f"log.{name}", value, log[name])


def _check_buttons(expect: dict[str, Any], states: NextStates, number: int, checker: _Checker) -> None:
    outcomes = [states[rating] for rating in (1, 2, 3, 4)]
    checker.same(number, "buttons", expect["buttons"], [outcome.interval for outcome in outcomes])
    if "labels" in expect:
        checker.same(number, "labels", expect["labels"], [outcome.label for outcome in outcomes])
    if "next_intervals" in expect:
        checker.same(
            number, "next_intervals", expect["next_intervals"], [o.schedule.interval_days for o in outcomes]
        )


def _card_values(schedule: Schedule) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(schedule, name) for name in _PLAIN}
    values["state"] = schedule.state.value
    values["due_t"] = None if schedule.due_at_ms is None else schedule.due_at_ms // 1000
    values["last_t"] = None if schedule.last_answer_ms is None else schedule.last_answer_ms // 1000
    return values


def _run_timing(vector: dict[str, Any], checker: _Checker) -> None:
    checker.steps += 1
    boundary = DayBoundary(
        created_date=created_date(vector["created"] * 1000, -vector["created_minutes_west"]),
        rollover_hour=vector["rollover_hour"],
        zone=ZoneInfo(vector["zone"]),
    )
    now_ms = vector["now"] * 1000
    checker.same(0, "day", vector["expect"]["day"], boundary.day_number(now_ms))
    checker.same(0, "next_day_at", vector["expect"]["next_day_at"], boundary.next_day_at_ms(now_ms) // 1000)


class _Sitting:
    """The deck tree and cards of a `queue` or `session` vector."""

    def __init__(self, vector: dict[str, Any]) -> None:
        options = options_of(vector["options"] | vector.get("preset", {}))
        options = replace(options, scheduler="anki-sm2")
        child = vector["options"].get("child_limits")
        names = sorted({vector["deck"], *(card["deck"] for card in vector["cards"])})
        self.decks = [
            QueueDeck(
                id=DeckId(number),
                name=name,
                options=replace(options, **child) if child and name == "A::B" else options,
            )
            for number, name in enumerate(names, 1)
        ]
        self.ids = {deck.name: deck.id for deck in self.decks}
        self.chosen = self.decks[names.index(vector["deck"])]
        self.cards = {card["card"]: self._card(card) for card in vector["cards"]}
        self.learn_ahead = vector["options"]["learn_ahead"]
        self.buried: set[CardId] = set()
        self.done = {deck.name: [0, 0] for deck in self.decks}

    def _card(self, values: dict[str, Any]) -> QueueCard:
        due_t = values.get("due_t")
        state = CardState(values["state"])
        return QueueCard(
            card_id=CardId(values["card"]),
            note_id=NoteId(values["note"]),
            deck_id=self.ids[values["deck"]],
            ordinal=values["template"],
            state=state,
            position=values.get("position") or 0,
            due_day=values.get("due_day"),
            due_at_ms=None if due_t is None else due_t * 1000,
            interval_days=values.get("interval_days", 0),
            ease_permille=2500 if state is CardState.REVIEW else 0,
            reps=values.get("reps", 0),
        )

    def build(self, t: int) -> DayQueue:
        decks = [
            replace(deck, new_done=self.done[deck.name][0], reviews_done=self.done[deck.name][1])
            for deck in self.decks
        ]
        return build_queue(
            [card for card in self.cards.values() if card.card_id not in self.buried],
            decks,
            next(deck for deck in decks if deck.id == self.chosen.id),
            now_ms=t * 1000,
            today=t // DAY_S,
            next_day_at_ms=(t // DAY_S + 1) * DAY_S * 1000,
            learn_ahead_s=self.learn_ahead,
        )


def _check_counts(expect: dict[str, Any], queue: DayQueue, number: int, checker: _Checker) -> None:
    counts = queue.counts()
    for name in ("new", "learning", "review"):
        checker.same(number, name, expect[name], getattr(counts, name))


def _run_queue(vector: dict[str, Any], checker: _Checker) -> None:
    checker.steps += 1
    queue = _Sitting(vector).build(vector["t"])
    checker.same(0, "order", vector["expect"]["order"], queue.order)
    _check_counts(vector["expect"], queue, 0, checker)


def _run_session(vector: dict[str, Any], checker: _Checker) -> None:
    sitting = _Sitting(vector)
    queue = sitting.build(vector["t"])
    schedules = {
        card.card_id: Schedule(
            state=card.state,
            due_day=card.due_day,
            due_at_ms=card.due_at_ms,
            interval_days=card.interval_days,
            ease_permille=card.ease_permille,
            steps_left=1 if card.state in (CardState.LEARNING, CardState.RELEARNING) else 0,
            reps=3 if card.state is CardState.REVIEW else card.reps,
        )
        for card in sitting.cards.values()
    }
    for number, step in enumerate(vector["steps"]):
        checker.steps += 1
        if step["t"] // DAY_S != queue.today:
            queue = sitting.build(step["t"])
        if queue.current() is None:
            queue.refresh(step["t"] * 1000)
        current = queue.current()
        checker.same(number, "card", step["expect"]["card"], current)
        _check_counts(step["expect"], queue, number, checker)
        if current is None or step["expect"]["card"] != current:
            if step["expect"]["card"] is not None:
                return
            continue
        _answer(sitting, queue, schedules, current, step)


def _answer(
    sitting: _Sitting,
    queue: DayQueue,
    schedules: dict[CardId, Schedule],
    card_id: CardId,
    step: dict[str, Any],
) -> None:
    card = sitting.cards[card_id]
    deck = next(deck for deck in sitting.decks if deck.id == card.deck_id)
    context = _context(step["answered_t"], deck.options, None)
    after = scheduler("anki-sm2").next_states(schedules[card_id], context)[step["rating"]].schedule
    schedules[card_id] = after
    siblings = [
        c
        for c in sitting.cards.values()
        if c.note_id == card.note_id and c.card_id != card_id and c.card_id not in sitting.buried
    ]
    buried = siblings_to_bury(queue.kind(card_id), siblings, deck.options, queue.today)
    sitting.buried.update(buried)
    changed = card._replace(
        state=after.state,
        due_day=after.due_day,
        due_at_ms=after.due_at_ms,
        interval_days=after.interval_days,
        ease_permille=after.ease_permille,
        reps=after.reps,
    )
    sitting.cards[card_id] = changed
    queue.answer(card_id, changed, step["answered_t"] * 1000, buried)


_RUNNERS: dict[str, Callable[[dict[str, Any], _Checker], None]] = {
    "card": _run_card,
    "timing": _run_timing,
    "queue": _run_queue,
    "session": _run_session,
}
