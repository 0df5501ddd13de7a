"""FSRS-6: what is kept of a card's memory, how an answer changes it, and when it should come back.

Source: open-spaced-repetition/fsrs-rs `src/model.rs`, `src/parameter_clipper.rs`, `src/inference.rs`. How an
answer changes memory is left to the package `fsrs`.
"""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mlsd_cards.domain.errors import InputError

if TYPE_CHECKING:
    from fsrs import Scheduler as PackageScheduler

DEFAULT_PARAMETERS: tuple[float, ...] = (
    *(0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796),
    *(1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542),
)
MINIMUM_STABILITY, MAXIMUM_STABILITY = 0.001, 36500.0
MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY = 1.0, 10.0

_BOUNDS: tuple[tuple[float, float], ...] = (
    *((0.001, 100.0),) * 4,
    *((1.0, 10.0), (0.001, 4.0), (0.001, 4.0), (0.001, 0.75), (0.0, 4.5), (0.0, 0.8)),
    *((0.001, 3.5), (0.001, 5.0), (0.001, 0.25), (0.001, 0.9), (0.0, 4.0), (0.0, 1.0)),
    *((1.0, 6.0), (0.0, 2.0), (0.0, 2.0), (0.0, 0.8), (0.1, 0.8)),
)
_FSRS5_DECAY = 0.5
_RETENTIONS = 0.5, 0.999  # far beyond, intervals have no length or no end
# The package reckons with moments: whole days from one midnight keep it to study days.
_ANSWERED = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_DAYS = 1_000_000


class Memory(NamedTuple):
    """Stability in days (0.001 to 36500) and difficulty (1 to 10)."""

    stability: float
    difficulty: float


@lru_cache(maxsize=64)
def clipped_parameters(parameters: tuple[float, ...] = ()) -> tuple[float, ...]:
    """Return the 21 parameters of FSRS-6, each within its bounds; none given means the defaults.

    17 numbers (FSRS-4.5) and 19 (FSRS-5) are carried over.

    Raises:
        InputError: there is another count of numbers, or one that is not finite.

    Source: open-spaced-repetition/fsrs-rs `src/model.rs` (`check_and_fill_parameters`) and
    `src/parameter_clipper.rs`.
    """
    if not all(map(math.isfinite, parameters)):
        raise InputError("FSRS parameters are finite numbers.")
    match len(parameters):
        case 0:
            filled = DEFAULT_PARAMETERS
        case 17:
            filled = _of_fsrs_4(parameters)
        case 19:
            filled = (*parameters, 0.0, _FSRS5_DECAY)
        case 21:
            filled = parameters
        case count:
            raise InputError(f"FSRS has 21 parameters (19 or 17 in older versions), not {count}.")
    return tuple(min(max(value, low), high) for value, (low, high) in zip(filled, _BOUNDS, strict=True))


def _of_fsrs_4(old: tuple[float, ...]) -> tuple[float, ...]:
    if 3 * old[5] + 1 <= 0:
        raise InputError(f"FSRS parameter 5 is {old[5]:g}, from which no FSRS-6 parameter can be made.")
    changed = (old[4] + 2 * old[5], math.log(3 * old[5] + 1) / 3, old[6] + 0.5)
    return (*old[:4], *changed, *old[7:], 0.0, 0.0, 0.0, _FSRS5_DECAY)


class MemoryModel:
    """The formulas of FSRS-6 for one set of parameters. Stability and intervals are days."""

    def __init__(self, parameters: tuple[float, ...]) -> None:
        self.parameters = clipped_parameters(parameters)
        self._decay = self.parameters[20]
        self._factor = 0.9 ** (-1 / self._decay) - 1
        self._package: PackageScheduler | None = None

    @property
    def within_day(self) -> bool:
        """Whether the parameters know answers on the same day, so that intervals below a day make sense."""
        return self.parameters[17] > 0 and self.parameters[18] > 0

    @property
    def curve(self) -> tuple[float, float]:
        """Factor and decay of the curve of forgetting: recall is (1 + factor · days / stability)^−decay."""
        return self._factor, self._decay

    def after(self, before: Memory | None, rating: int, elapsed_days: int) -> Memory:
        """Return the memory after an answer; `before` is None for the first one.

        `elapsed_days` is the difference of day numbers, 0 on the same study day.
        """
        from fsrs import Card, Rating, State

        if before is None:
            card = Card(card_id=1, due=_ANSWERED)
        else:
            card = Card(
                card_id=1,
                state=State.Review,
                stability=_limited(before.stability, MINIMUM_STABILITY, MAXIMUM_STABILITY),
                difficulty=_limited(before.difficulty, MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY),
                due=_ANSWERED,
                last_review=_ANSWERED,
            )
        days = min(max(elapsed_days, 0), _LONGEST_DAYS)
        answered, _ = self._scheduler().review_card(card, Rating(rating), _ANSWERED + timedelta(days=days))
        return _limited_memory(answered.stability, answered.difficulty)

    def interval(self, stability: float, retention: float) -> float:
        """Return after how many days the chance of recall has fallen to `retention`: a real number."""
        return float(stability / self._factor * self._spread(retention))

    def retrievability(self, stability: float, elapsed_days: int) -> float:
        """Return the chance of recall, 0 to 1, after `elapsed_days`."""
        return float((1 + self._factor * elapsed_days / max(stability, MINIMUM_STABILITY)) ** -self._decay)

    def overdue(self, stability: float, elapsed_days: int, retention: float) -> float:
        """Return the elapsed time as a multiple of the interval due at `retention`."""
        return elapsed_days / self.interval(stability, retention)

    def from_interval(self, interval_days: float, ease: float, retention: float) -> Memory:
        """Return the memory that fits an interval and an ease (such as 2.5) that led to `retention` so far.

        Source: open-spaced-repetition/fsrs-rs `src/inference.rs` (`memory_state_from_sm2`).
        """
        w = self.parameters
        retention = _limited(retention, *_RETENTIONS)
        stability = max(interval_days, MINIMUM_STABILITY) * self._factor / self._spread(retention)
        growth = math.exp(w[8]) * stability ** -w[9] * (math.exp(w[10] * (1 - retention)) - 1)
        return _limited_memory(stability, 11 - (ease - 1) / growth)

    def _spread(self, retention: float) -> float:
        return float(_limited(retention, *_RETENTIONS) ** (-1 / self._decay) - 1)

    def _scheduler(self) -> "PackageScheduler":
        if self._package is None:
            from fsrs import Scheduler

            self._package = Scheduler(
                parameters=self.parameters, learning_steps=(), relearning_steps=(), enable_fuzzing=False
            )
        return self._package


@lru_cache(maxsize=64)
def memory_model(parameters: tuple[float, ...]) -> MemoryModel:
    """Return the model of a preset's `parameters`.

    Raises:
        InputError: as `clipped_parameters` says.
    """
    return MemoryModel(parameters)


def difficulty_code(difficulty: float) -> int:
    """Return the `factor` that a review log keeps of a difficulty: 100 to 1100, below every ease."""
    return math.floor(1000 * ((difficulty - 1) / 9 + 0.1) + 0.5)


def coded_difficulty(factor: int) -> float:
    """Return the difficulty that `difficulty_code` made a log's `factor` of."""
    return (factor / 1000 - 0.1) * 9 + 1


def _limited(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _limited_memory(stability: float | None, difficulty: float | None) -> Memory:
    assert stability is not None, "an answered card has a memory"
    assert difficulty is not None, "an answered card has a memory"
    return Memory(
        _limited(stability, MINIMUM_STABILITY, MAXIMUM_STABILITY),
        _limited(difficulty, MINIMUM_DIFFICULTY, MAXIMUM_DIFFICULTY),
    )
