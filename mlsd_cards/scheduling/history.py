"""What a card's review log says about its memory.

Source: ankitects/anki `rslib/src/scheduler/fsrs/params.rs` (`reviews_for_fsrs`), `memory_state.rs`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling import DAY_S
from mlsd_cards.scheduling.memory import (
    MAXIMUM_DIFFICULTY,
    MINIMUM_DIFFICULTY,
    Memory,
    MemoryModel,
    coded_difficulty,
    memory_model,
)

DayOf = Callable[[int], int]
"""Gives the day number of a moment in UTC milliseconds; negative before the collection was made."""

DEFAULT_EASE = 2500
HIGHEST_DIFFICULTY_CODE = 1100
"""Factors of the log up to this one are difficulties of FSRS, higher ones eases."""


@dataclass(frozen=True, slots=True)
class History:
    """The answers of a log that count, oldest first. `complete`: they begin with the first answer ever."""

    rows: Sequence[ReviewLogEntry]
    complete: bool


def usable_history(log: Sequence[ReviewLogEntry]) -> History | None:
    """Return the part of a card's log (oldest first) that tells of its present life, if there is one.

    A reset makes everything before it irrelevant; cramming and acts without a rating are left out.
    """
    start: int | None = None
    grade: int | None = None
    for place in range(len(log) - 1, -1, -1):
        row = log[place]
        if is_cramming(row):
            continue
        rated = row.rating > 0
        if rated and (row.interval >= 1 or row.interval <= -DAY_S):
            grade = place
        if rated and row.kind is ReviewKind.LEARN:
            start = place
        elif start is not None or (row.kind is ReviewKind.MANUAL and row.factor == 0):
            break
    first = grade if start is None else start
    if first is None:
        return None
    rows = [row for row in log[first:] if row.rating > 0 and not is_cramming(row)]
    return History(rows, complete=start is not None)


def is_cramming(row: ReviewLogEntry) -> bool:
    """Whether an entry is an answer outside the schedule, which memory formulas leave out."""
    return row.kind is ReviewKind.EARLY and row.factor == 0


def memory_of(
    schedule: Schedule, options: Options, log: Sequence[ReviewLogEntry], day_of: DayOf
) -> Memory | None:
    """Return the memory of a card.

    That is the one it has, else what its log tells, else what its ease and interval suggest. None for a new
    card, and for one that has neither a log nor an interval. `log` is oldest first.
    """
    if schedule.stability is not None and schedule.difficulty is not None:
        return Memory(schedule.stability, schedule.difficulty)
    if schedule.state is CardState.NEW:
        return None
    history = usable_history(log)
    if history is None:
        return suggested_memory(schedule, options)
    return _replayed(history, memory_model(options.parameters), options.historical_retention, day_of)


def suggested_memory(schedule: Schedule, options: Options) -> Memory | None:
    """Return the memory that fits a card's ease and interval, None without an interval."""
    if schedule.interval_days <= 0:
        return None
    ease = (schedule.ease_permille or DEFAULT_EASE) / 1000
    model = memory_model(options.parameters)
    return model.from_interval(schedule.interval_days, ease, options.historical_retention)


def with_memory(
    schedule: Schedule, options: Options, log: Sequence[ReviewLogEntry], day_of: DayOf
) -> Schedule:
    """Return `schedule` with the memory that `memory_of` finds.

    Where it does not know the moment of its last answer, that is taken from the log too.
    """
    memory = memory_of(schedule, options, log, day_of)
    if memory is None:
        return schedule
    last = schedule.last_answer_ms
    if last is None:
        last = next((int(row.id) for row in reversed(log) if row.rating > 0 and not is_cramming(row)), None)
    return replace(schedule, stability=memory.stability, difficulty=memory.difficulty, last_answer_ms=last)


def _replayed(history: History, model: MemoryModel, retention: float, day_of: DayOf) -> Memory:
    first, *rest = history.rows
    if history.complete:
        memory = model.after(None, first.rating, 0)
    else:
        memory = starting_memory(first.interval, first.factor, model, retention)
    day = day_of(first.id)
    for row in rest:
        row_day = day_of(row.id)
        memory = model.after(memory, row.rating, row_day - day)
        day = row_day
    return memory


def starting_memory(interval: int, factor: int, model: MemoryModel, retention: float) -> Memory:
    """Return the memory that the first entry of an incomplete log tells of, by its interval and factor."""
    memory = model.from_interval(max(1, interval), (factor or DEFAULT_EASE) / 1000, retention)
    if 0 < factor <= HIGHEST_DIFFICULTY_CODE:
        difficulty = min(max(coded_difficulty(factor), MINIMUM_DIFFICULTY), MAXIMUM_DIFFICULTY)
        return memory._replace(difficulty=difficulty)
    return memory
