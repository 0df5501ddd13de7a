"""Memory of many cards at once from their review logs: all cards take their first answer, then their second, ….

The same rules as `history.memory_of`, card by card, with arrays in the place of the loop over answers.

Source: the formulas of `memory.MemoryModel`; open-spaced-repetition/fsrs-rs `src/model.rs`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import DAY_S
from mlsd_cards.scheduling.history import DayOf, starting_memory
from mlsd_cards.scheduling.memory import (
    MAXIMUM_DIFFICULTY,
    MAXIMUM_STABILITY,
    MINIMUM_DIFFICULTY,
    MINIMUM_STABILITY,
    MemoryModel,
)

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

    Ints = NDArray[int64]
    Floats = NDArray[float64]
    Flags = NDArray[bool_]

OTHER_KIND, LEARN, EARLY, MANUAL = 0, 1, 2, 3
KIND_CODES = {ReviewKind.LEARN: LEARN, ReviewKind.EARLY: EARLY, ReviewKind.MANUAL: MANUAL}
"""Numbers of the kinds of entry that are told apart here; all others are `OTHER_KIND`."""

_COLUMNS = 6
_SLOTS_MS = (21_600_000, 900_000)
_MOST_SLOTS = 4_000_000
_REPLAYING = "Working out memories"


class LogRow(NamedTuple):
    """An entry of the log as whole numbers; `kind` is one of `KIND_CODES`."""

    card_id: int
    moment_ms: int
    rating: int
    kind: int
    interval: int
    factor: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Cards whose log tells of their memory: by id, with the moment of the last answer that counted (UTC ms)."""

    card_ids: list[int]
    stability: list[float]
    difficulty: list[float]
    last_answer_ms: list[int]


class _Columns(NamedTuple):
    """A log as one array for each column, in order of card and time."""

    card: "Ints"
    moment: "Ints"
    rating: "Ints"
    kind: "Ints"
    interval: "Ints"
    factor: "Ints"

    def where(self, chosen: "Flags | Ints") -> "_Columns":
        return _Columns(*(column[chosen] for column in self))


def replayed(
    rows: Iterable[tuple[int, ...]],
    model: MemoryModel,
    historical_retention: float,
    day_of: DayOf,
    *,
    before_ms: int,
    progress: Progress = no_progress,
) -> Replayed:
    """Return the memories that logs tell of. `rows` are as `LogRow`, in any order.

    Entries that lie not between 1970 and `before_ms` (the next rollover) are left out: imported ones may come
    from any clock.
    """
    log = _columns(rows)
    log = log.where((log.moment > 0) & (log.moment < before_ms))
    log = log.where(~((log.kind == EARLY) & (log.factor == 0)))  # cramming
    if not len(log.card):
        return Replayed([], [], [], [])
    used, complete = _usable(log)
    log, complete = log.where(used), complete[used]
    if not len(log.card):
        return Replayed([], [], [], [])
    return _Replay(log, complete, model, historical_retention, day_of).run(progress)


class Answers(NamedTuple):
    """The answers of one card from the first one on: moments (UTC ms), ratings, days since the answer before."""

    moments_ms: list[int]
    ratings: list[int]
    days: list[int]


def complete_histories(
    rows: Iterable[tuple[int, ...]], day_of: DayOf, *, before_ms: int
) -> tuple[list[Answers], int]:
    """Return the histories of cards whose first answer is in the log, and how many entries were left out.

    Left out are those that `replayed` leaves out for their dates. `rows` are as `LogRow`.
    """
    import numpy as np

    log = _columns(rows)
    happened = (log.moment > 0) & (log.moment < before_ms)
    left_out = int(len(happened) - happened.sum())
    log = log.where(happened & ~((log.kind == EARLY) & (log.factor == 0)))
    if not len(log.card):
        return [], left_out
    used, complete = _usable(log)
    log = log.where(used & complete)
    if not len(log.card):
        return [], left_out
    begins = np.flatnonzero(np.r_[True, log.card[1:] != log.card[:-1]])
    days = days_of(log.moment, day_of)
    elapsed = np.maximum(np.diff(days, prepend=days[:1]), 0)
    elapsed[begins] = 0
    lists = log.moment.tolist(), log.rating.tolist(), elapsed.tolist()
    ends = [*begins[1:].tolist(), len(log.card)]
    return [
        Answers(*(values[begin:end] for values in lists))
        for begin, end in zip(begins.tolist(), ends, strict=True)
    ], left_out


def days_of(moments: "Ints", day_of: DayOf) -> "Ints":
    """Return the day numbers of moments (UTC ms); `day_of` is asked once for most that lie close together."""
    import numpy as np

    days = np.empty(len(moments), dtype=np.int64)
    left = np.arange(len(moments))
    for size in _SLOTS_MS:
        if not len(left):
            return days
        slots = moments[left] // size
        first = int(slots.min())
        if int(slots.max()) - first > _MOST_SLOTS:
            break
        held = np.zeros(int(slots.max()) - first + 1, dtype=bool)
        held[slots - first] = True
        begin, end = np.zeros(len(held), dtype=np.int64), np.zeros(len(held), dtype=np.int64)
        for slot in np.nonzero(held)[0].tolist():
            begin[slot] = day_of((first + slot) * size)
            end[slot] = day_of((first + slot + 1) * size - 1)
        known = (begin == end)[slots - first]
        days[left[known]] = begin[slots[known] - first]
        left = left[~known]
    days[left] = [day_of(moment) for moment in moments[left].tolist()]
    return days


def _columns(rows: Iterable[tuple[int, ...]]) -> _Columns:
    import numpy as np

    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, _COLUMNS)
    card, moment = table[:, 0], table[:, 1]
    same, later = card[1:] == card[:-1], moment[1:] >= moment[:-1]
    if not ((card[1:] > card[:-1]) | (same & later)).all():
        table = table[np.lexsort((moment, card))]
    return _Columns(*np.ascontiguousarray(table.T))


def _usable(log: _Columns) -> "tuple[Flags, Flags]":
    """Return which entries count, and for each whether its card's begin with the first answer ever.

    As `history.usable_history`, from the newest entry of each card back.
    """
    import numpy as np

    place = np.arange(len(log.card))
    begins = np.flatnonzero(np.r_[True, log.card[1:] != log.card[:-1]])
    sizes = np.diff(np.r_[begins, len(place)])
    rated = log.rating > 0
    learn = rated & (log.kind == LEARN)
    graded = rated & ((log.interval >= 1) | (log.interval <= -DAY_S))
    reset = (log.kind == MANUAL) & (log.factor == 0)

    last_reset = np.maximum.reduceat(np.where(reset, place, -1), begins)
    last_learn = np.maximum.reduceat(np.where(learn, place, -1), begins)
    complete = last_learn > last_reset
    other = np.maximum.accumulate(np.where(learn, -1, place))
    start = np.maximum(other[np.maximum(last_learn, 0)] + 1, begins)  # of the newest run of learning answers
    after_reset = graded & (place >= np.repeat(last_reset, sizes))
    grade = np.minimum.reduceat(np.where(after_reset, place, len(place)), begins)
    first = np.repeat(np.where(complete, start, grade), sizes)
    return rated & (place >= first), np.repeat(complete, sizes)


class _Replay:
    """Cards and their answers that count, those with most answers first, so that each step takes the first of them."""

    def __init__(
        self, log: _Columns, complete: "Flags", model: MemoryModel, retention: float, day_of: DayOf
    ) -> None:
        import numpy as np

        begins = np.flatnonzero(np.r_[True, log.card[1:] != log.card[:-1]])
        sizes = np.diff(np.r_[begins, len(log.card)])
        order = np.argsort(-sizes, kind="stable")
        self.begins, self.sizes = begins[order], sizes[order]
        self.log, self.complete = log, complete[self.begins]
        self.model, self.retention = model, retention
        days = days_of(log.moment, day_of)
        self.elapsed = np.maximum(np.diff(days, prepend=days[:1]), 0).astype(np.float64)

    def run(self, progress: Progress) -> Replayed:
        import numpy as np

        stability, difficulty = self._first()
        steps = int(self.sizes[0])
        # Of cards in falling order of answers, those with more than `step` are the first so many.
        counts = np.searchsorted(-self.sizes, -np.arange(steps), side="left")
        for step in range(1, steps):
            progress(_REPLAYING, step, steps)
            count = int(counts[step])
            at = self.begins[:count] + step
            stability[:count], difficulty[:count] = after_answers(
                self.model, stability[:count], difficulty[:count], self.log.rating[at], self.elapsed[at]
            )
        last = self.log.moment[self.begins + self.sizes - 1]
        ids = self.log.card[self.begins]
        return Replayed(ids.tolist(), stability.tolist(), difficulty.tolist(), last.tolist())

    def _first(self) -> "tuple[Floats, Floats]":
        import numpy as np

        w = self.model.parameters
        rating = self.log.rating[self.begins]
        stability = np.array(w[:4])[rating - 1]
        difficulty = np.clip(_first_difficulty(w, rating), MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY)
        for place in np.flatnonzero(~self.complete).tolist():
            stability[place], difficulty[place] = self._starting(int(self.begins[place]))
        return stability, difficulty

    def _starting(self, at: int) -> tuple[float, float]:
        return starting_memory(
            int(self.log.interval[at]), int(self.log.factor[at]), self.model, self.retention
        )


def after_answers(
    model: MemoryModel, stability: "Floats", difficulty: "Floats", rating: "Ints", elapsed_days: "Floats"
) -> "tuple[Floats, Floats]":
    """Return stability and difficulty after one answer each, as `MemoryModel.after` does for one card."""
    import numpy as np

    w = model.parameters
    factor = 0.9 ** (-1 / w[20]) - 1
    recall = (1 + factor * elapsed_days / stability) ** -w[20]
    easier = np.where(rating == 2, w[15], 1.0) * np.where(rating == 4, w[16], 1.0)
    growth = math.exp(w[8]) * (11 - difficulty) * stability ** -w[9] * np.expm1(w[10] * (1 - recall)) * easier
    forgotten = np.minimum(
        w[11] * difficulty ** -w[12] * ((stability + 1) ** w[13] - 1) * np.exp(w[14] * (1 - recall)),
        stability / math.exp(w[17] * w[18]),
    )
    same_day = np.exp(w[17] * (rating - 3 + w[18])) * stability ** -w[19]
    same_day = np.where(rating >= 2, np.maximum(same_day, 1.0), same_day)
    later = np.where(rating == 1, forgotten, stability * (1 + growth))
    after = np.where(elapsed_days >= 1, later, stability * same_day)

    moved = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
    harder = w[7] * float(_first_difficulty(w, 4)) + (1 - w[7]) * moved
    return (
        np.clip(after, MINIMUM_STABILITY, MAXIMUM_STABILITY),
        np.clip(harder, MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY),
    )


def memories_after(
    model: MemoryModel, stability: "Floats", difficulty: "Floats", rating: "Ints", elapsed_days: "Floats"
) -> "tuple[Floats, Floats]":
    """Return what `MemoryModel.after` returns of each card; one without memory (NaN) takes its first answer."""
    import numpy as np

    w = model.parameters
    fresh = np.isnan(stability)
    later = after_answers(
        model,
        np.clip(np.where(fresh, 1.0, stability), MINIMUM_STABILITY, MAXIMUM_STABILITY),
        np.clip(np.where(fresh, 1.0, difficulty), MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY),
        rating,
        elapsed_days,
    )
    first = np.clip(_first_difficulty(w, rating), MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY)
    return np.where(fresh, np.array(w[:4])[rating - 1], later[0]), np.where(fresh, first, later[1])


def _first_difficulty(w: tuple[float, ...], rating: Any) -> Any:
    import numpy as np

    return w[4] - np.exp(w[5] * (rating - 1)) + 1
