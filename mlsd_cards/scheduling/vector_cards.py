"""Runs vectors about one card: its answers, its memory, and the day of a moment."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from mlsd_cards.domain.cards import CardId, Schedule
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling import NextStates, Outcome, scheduler
from mlsd_cards.scheduling.describe import interval_label
from mlsd_cards.scheduling.history import memory_of
from mlsd_cards.scheduling.timing import DayBoundary, created_date
from mlsd_cards.scheduling.vector_check import (
    Checker,
    context_at,
    day_of,
    is_close_button,
    options_of,
    schedule_of,
    schedule_values,
)


def run_card(vector: dict[str, Any], checker: Checker) -> None:
    """Answer one card step by step and compare every value that the vector gives."""
    options = replace(options_of(vector["preset"]), scheduler=vector["scheduler"])
    algorithm = scheduler(vector["scheduler"])
    schedule = schedule_of(vector["before"], Schedule())
    for number, step in enumerate(vector["steps"]):
        checker.steps += 1
        schedule = schedule_of(step.get("set", {}), schedule)
        context = context_at(step["t"], schedule, options, step["fuzz_factor"])
        states = algorithm.next_states(schedule, context)
        outcome = states[step["rating"]]
        schedule = outcome.schedule
        expect = step["expect"]
        _Step(checker, number, near=options.scheduler == "fsrs").check(expect, states, outcome)


class _Step:
    """Compares one step; `near` allows the tolerances of `fsrs`."""

    def __init__(self, checker: Checker, number: int, *, near: bool) -> None:
        self.checker = checker
        self.number = number
        self.near = near

    def check(self, expect: dict[str, Any], states: NextStates, outcome: Outcome) -> None:
        outcomes = [states[rating] for rating in (1, 2, 3, 4)]
        self._check_buttons(expect, outcomes)
        self.checker.same(self.number, "leech", expect["leech"], outcome.leech)
        if "next_intervals" in expect:
            intervals = [each.schedule.interval_days for each in outcomes]
            self.checker.same(self.number, "next_intervals", expect["next_intervals"], intervals)
        for place, pair in enumerate(expect.get("memory", ())):
            after = outcomes[place].schedule
            self.checker.memory(self.number, f"memory.{place + 1}", pair, (after.stability, after.difficulty))
        self._check_card(expect["card"], outcome)
        self._check_log(expect["log"], outcome)

    def _check_buttons(self, expect: dict[str, Any], outcomes: list[Outcome]) -> None:
        wanted, got = expect["buttons"], [each.interval for each in outcomes]
        right = wanted == got
        if self.near and len(wanted) == len(got):
            right = all(map(is_close_button, wanted, got))
        self.checker.holds(right, self.number, "buttons", wanted, got)
        if "labels" in expect:
            # A delay that may be a second off can have another label: then the words of the wanted one count.
            labels = [
                each.label if each.interval == value or not self.near else interval_label(value)
                for value, each in zip(wanted, outcomes, strict=True)
            ]
            self.checker.same(self.number, "labels", expect["labels"], labels)

    def _check_card(self, expected: dict[str, Any], outcome: Outcome) -> None:
        got = schedule_values(outcome.schedule) | {"suspended": outcome.suspend}
        for name, value in expected.items():
            compare = self.checker.close if self.near and name == "due_t" else self.checker.same
            compare(self.number, f"card.{name}", value, got[name])

    def _check_log(self, expected: dict[str, Any], outcome: Outcome) -> None:
        got: dict[str, Any] = {
            "kind": outcome.kind.value,
            "interval": outcome.log_interval,
            "last_interval": outcome.log_last_interval,
            "factor": outcome.log_factor,
        }
        for name, value in expected.items():
            if self.near and name in ("interval", "last_interval"):
                right = is_close_button(value, got[name])
                self.checker.holds(right, self.number, f"log.{name}", value, got[name])
            elif self.near and name == "factor":
                self.checker.close(self.number, "log.factor", value, got[name])
            else:
                self.checker.same(self.number, f"log.{name}", value, got[name])


def run_memory(vector: dict[str, Any], checker: Checker) -> None:
    """Compare the memory that a card's log or ease gives."""
    checker.steps += 1
    options = replace(
        options_of({"parameters": vector["parameters"]}),
        scheduler="fsrs",
        historical_retention=vector["historical_retention"],
    )
    log = [
        ReviewLogEntry(
            id=ReviewId(row["t"] * 1000),
            card_id=CardId(1),
            rating=row["rating"],
            kind=ReviewKind(row["kind"]),
            interval=row["interval"],
            last_interval=row["last_interval"],
            factor=row["factor"],
            milliseconds=0,
        )
        for row in vector["log"]
    ]
    memory = memory_of(schedule_of(vector["card"], Schedule()), options, log, day_of)
    expect = vector["expect"]
    if expect is None or memory is None:
        checker.same(0, "memory", expect, memory)
    else:
        checker.memory(0, "memory", (expect["stability"], expect["difficulty"]), memory)


def run_timing(vector: dict[str, Any], checker: Checker) -> None:
    """Compare the day number of a moment and the start of the next day."""
    checker.steps += 1
    boundary = DayBoundary(
        created_date=created_date(vector["created"] * 1000, -vector["created_minutes_west"]),
        rollover_hour=vector["rollover_hour"],
        zone=ZoneInfo(vector["zone"]),
    )
    now_ms = vector["now"] * 1000
    checker.same(0, "day", vector["expect"]["day"], boundary.day_number(now_ms))
    checker.same(0, "next_day_at", vector["expect"]["next_day_at"], boundary.next_day_at_ms(now_ms) // 1000)
