"""What every kind of vector needs: reading options and schedules, comparing, remembering what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.scheduling import DAY_S, SchedulingContext

_ENUMS = {
    "new_mix": Mix,
    "interday_learning_mix": Mix,
    "review_order": ReviewOrder,
    "new_gather": NewGather,
    "new_sort": NewSort,
}
_OPTION_NAMES = {field.name for field in fields(Options)}
PLAIN_FIELDS = (
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
_MOMENTS = (("due_t", "due_at_ms"), ("last_t", "last_answer_ms"))
_STABILITY_SHARE = 2e-4
_DIFFICULTY_ROOM = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFailure:
    """A field that differs from what the vector expects."""

    id: str
    step: int
    field: str
    expected: Any
    got: Any


class Checker:
    """Compares values and remembers what differs. `case` is the id of the vector at hand."""

    def __init__(self) -> None:
        self.steps = 0
        self.failed: list[VectorFailure] = []
        self.case = ""

    def same(self, step: int, field: str, expected: Any, got: Any) -> None:
        """Note a failure unless both are equal, or anything is allowed."""
        self.holds(expected == "any" or expected == got, step, field, expected, got)

    def close(self, step: int, field: str, expected: Any, got: Any) -> None:
        """Note a failure unless both are equal, or are numbers at most 1 apart."""
        self.holds(expected == "any" or is_close(expected, got), step, field, expected, got)

    def memory(self, step: int, field: str, expected: Sequence[Any], got: Sequence[float | None]) -> None:
        """Note a failure unless stability and difficulty are equal within their tolerances."""
        near = all(
            wanted is not None and value is not None and abs(wanted - value) <= room
            for wanted, value, room in (
                (expected[0], got[0], _STABILITY_SHARE * abs(expected[0])),
                (expected[1], got[1], _DIFFICULTY_ROOM),
            )
        )
        self.holds(near, step, field, list(expected), list(got))

    def holds(self, right: bool, step: int, field: str, expected: Any, got: Any) -> None:
        """Note a failure unless `right`."""
        if not right:
            self.failed.append(
                VectorFailure(id=self.case, step=step, field=field, expected=expected, got=got)
            )


def is_close(expected: Any, got: Any) -> bool:
    """Whether both are the same, or whole numbers at most 1 apart."""
    if expected is None or got is None:
        return expected is got
    return bool(abs(expected - got) <= 1)


def is_close_button(expected: int, got: int) -> bool:
    """Whether a button value is right: days exactly, delays (minus seconds) within 1 second."""
    return expected == got if expected > 0 else got <= 0 and is_close(expected, got)


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


def schedule_of(values: dict[str, Any], base: Schedule) -> Schedule:
    """Return `base` with the fields that `values` name overwritten; moments are seconds."""
    changes: dict[str, Any] = {name: values[name] for name in PLAIN_FIELDS if name in values}
    if "state" in values:
        changes["state"] = CardState(values["state"])
    for name, field in _MOMENTS:
        if name in values:
            changes[field] = None if values[name] is None else values[name] * 1000
    return replace(base, **changes)


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """Return the fields of a schedule as vectors name them."""
    values: dict[str, Any] = {name: getattr(schedule, name) for name in PLAIN_FIELDS}
    values["state"] = schedule.state.value
    for name, field in _MOMENTS:
        moment = getattr(schedule, field)
        values[name] = None if moment is None else moment // 1000
    return values


def day_of(moment_ms: int) -> int:
    """Return the day number of a moment: vectors count from a rollover, every day 86400 seconds."""
    return moment_ms // (DAY_S * 1000)


def context_at(t: int, schedule: Schedule, options: Options, factor: float | None) -> SchedulingContext:
    """Return the circumstances of an answer at `t` seconds."""
    last = schedule.last_answer_ms
    return SchedulingContext(
        now_ms=t * 1000,
        today=t // DAY_S,
        until_next_day_s=DAY_S - t % DAY_S,
        options=options,
        fuzz_factor=factor,
        last_answer_day=None if last is None else day_of(last),
    )
