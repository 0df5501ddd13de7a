"""The cards of a simulation as columns of numbers, so that all cards of a day are answered at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy import bool_, float32, float64, int64
from numpy.typing import NDArray

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import DAY_S
from mlsd_cards.scheduling.history import suggested_memory
from mlsd_cards.scheduling.steps import Steps

Ints = NDArray[int64]
Floats = NDArray[float64]
Singles = NDArray[float32]
Flags = NDArray[bool_]

NEW, LEARNING, REVIEW, RELEARNING = range(4)
STATES = (CardState.NEW, CardState.LEARNING, CardState.REVIEW, CardState.RELEARNING)
"""The states by their numbers in the columns."""

NO_DAY = 1 << 40
"""Stands for a day that is not known: it lies after every other."""

HALF_DAY_S = DAY_S // 2
"""All answers of a day fall in its middle: this many seconds are left until the next day."""

MOST_TURNS = 20
"""A card that asks for more answers on one day goes on with them on the next."""

_LONGEST_EXTRA_S = 300


@dataclass(slots=True)
class Columns:
    """What schedulers read and write, a column for each value of `Schedule`, a place for each card.

    `comes` is the day on which a card comes next, the present one if it comes again on it. `answered` is the day
    of the last answer, by which `fsrs` counts. Where there is no day there is `NO_DAY`, without memory NaN.
    """

    state: Ints
    due_day: Ints
    comes: Ints
    interval: Ints
    ease: Ints
    left: Ints
    repetitions: Ints
    drill_day: Ints
    reps: Ints
    lapses: Ints
    answered: Ints
    stability: Floats
    difficulty: Floats

    def take(self, places: Ints) -> "Columns":
        """Return a copy of the cards at `places`."""
        return Columns(*(getattr(self, name)[places] for name in _NAMES))

    def put(self, places: Ints, cards: "Columns") -> None:
        """Write back cards that were taken from `places`."""
        for name in _NAMES:
            getattr(self, name)[places] = getattr(cards, name)

    def review_in(self, at: Ints, interval: Ints, day: int) -> None:
        """Have the cards at `at` come for review after `interval` days."""
        self.state[at] = REVIEW
        self.due_day[at] = self.comes[at] = day + interval
        self.interval[at] = interval
        self.left[at] = 0

    def step_in(self, at: Ints, seconds: Ints, factor: Floats | None, day: int) -> None:
        """Have the cards at `at` come again after a step of `seconds`, as `steps.in_steps` says."""
        extra = np.zeros(len(at), dtype=np.int64)
        if factor is not None:
            room = np.floor(np.minimum(0.25 * seconds, _LONGEST_EXTRA_S))
            extra = np.floor(factor[at] * room).astype(np.int64)
        later = seconds >= HALF_DAY_S
        shown = np.where(later, (seconds - HALF_DAY_S) // DAY_S + 1, 0)
        self.due_day[at] = np.where(later, day + shown, NO_DAY)
        self.comes[at] = day + np.where(later, shown, seconds + extra >= HALF_DAY_S)


_NAMES = tuple(each.name for each in fields(Columns))
_TYPES = dict.fromkeys(_NAMES, np.dtype(int64)) | dict.fromkeys(
    ("stability", "difficulty"), np.dtype(float64)
)


def columns(
    schedules: Sequence[Schedule], options: Sequence[Options], comes: Sequence[int], last_days: Sequence[int]
) -> Columns:
    """Return schedules as columns. `last_days` are the days of the last answers, for those that have had any."""
    rows = [
        (
            STATES.index(each.state),
            NO_DAY if each.due_day is None else each.due_day,
            come,
            each.interval_days,
            each.ease_permille,
            each.steps_left,
            each.repetitions,
            NO_DAY if each.drill_day is None else each.drill_day,
            each.reps,
            each.lapses,
            _answered(each, last),
            *_memory(each, chosen),
        )
        for each, chosen, come, last in zip(schedules, options, comes, last_days, strict=True)
    ]
    turned = [*zip(*rows, strict=True)] or [()] * len(_NAMES)
    made: dict[str, Any] = {
        name: np.array(values, dtype=_TYPES[name]) for name, values in zip(_NAMES, turned, strict=True)
    }
    return Columns(**made)


def _answered(schedule: Schedule, last_day: int) -> int:
    """Return the day of the last answer as `fsrs.elapsed_days` takes it."""
    if schedule.last_answer_ms is not None:
        return last_day
    return NO_DAY if schedule.due_day is None else schedule.due_day - schedule.interval_days


def _memory(schedule: Schedule, options: Options) -> tuple[float, float]:
    """Return the memory from which `fsrs` goes on."""
    if options.scheduler != "fsrs" or schedule.state is CardState.NEW:
        return np.nan, np.nan
    if schedule.stability is not None and schedule.difficulty is not None:
        return schedule.stability, schedule.difficulty
    return suggested_memory(schedule, options) or (np.nan, np.nan)


class StepTable:
    """The steps of a preset for many cards; seconds, −1 where there is no step."""

    def __init__(self, minutes: Sequence[float]) -> None:
        self.count = len(minutes)
        each = [Steps(minutes, self.count - place) for place in range(max(1, self.count))]
        self.again_s = _or_none(each[0].again_s())
        self._hard_s = np.array([_or_none(steps.hard_s()) for steps in each])
        self._good_s = np.array([_or_none(steps.good_s()) for steps in each])

    def delays(self, left: Ints, rating: Ints) -> tuple[Ints, Ints]:
        """Return the seconds after ratings Again, Hard and Good, and how many steps are left then."""
        index = np.minimum(np.maximum(self.count - left, 0), max(0, self.count - 1))
        again, hard = rating == 1, rating == 2
        seconds = np.where(again, self.again_s, np.where(hard, self._hard_s[index], self._good_s[index]))
        after = np.where(again, self.count, np.where(hard, left, self.count - index - 1))
        return seconds, after


def _or_none(seconds: int | None) -> int:
    return -1 if seconds is None else seconds


def leeches(lapses: Ints, threshold: int) -> Flags:
    """Return which lapse counts make a leech, as `is_leech` does."""
    if threshold < 1:
        return np.zeros(len(lapses), dtype=bool)
    beyond = lapses - threshold
    found: Flags = (beyond >= 0) & (beyond % max(1, (threshold + 1) // 2) == 0)
    return found
