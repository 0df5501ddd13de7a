"""What a figure is, how its sides are measured in turn, and how the results are put into a table."""

import gc
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from mlsd_cards.domain.errors import MlsdError

OURS, LIMIT, ANKI = "ours", "limit", "anki"
Side = Callable[[], list[float]]
"""Measures one round and returns one or more samples in milliseconds."""


class SideFailed(Exception):
    """One side of a figure could not be measured; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is wanted of a figure: most times the real Anki, most times the limit, most milliseconds.

    `p99_of_limit` allows a larger 99th percentile than `p99_ms` where the limit's own is large.
    """

    of_anki: float | None = None
    of_limit: float | None = None
    median_ms: float | None = None
    p99_ms: float | None = None
    p99_of_limit: float = 0

    def __str__(self) -> str:
        parts = []
        if self.of_anki is not None:
            parts.append(f"≤ {self.of_anki:g} Anki")
        if self.of_limit is not None:
            parts.append(f"≤ {self.of_limit:g} limit")
        if self.median_ms is not None:
            parts.append(f"≤ {self.median_ms:g} ms")
        if self.p99_ms is not None:
            parts.append(f"p99 ≤ {self.p99_ms:g} ms")
        return ", ".join(parts)


@dataclass(frozen=True)
class Figure:
    """One thing to measure: the sides (`OURS`, and where there are such `LIMIT` and `ANKI`) and the goal.

    `limit` says in words what the limit is. `rounds` caps the number of rounds of what takes long. With `warm`
    each side is run once before, and that is not counted.
    """

    name: str
    sides: Mapping[str, Side]
    goal: Goal = field(default_factory=Goal)
    limit: str = ""
    rounds: int = 99
    warm: bool = False


@dataclass
class Result:
    """The samples of a figure's sides, in milliseconds, and why a side has none."""

    figure: Figure
    samples: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def median(self, side: str = OURS) -> float | None:
        """Return the median of a side, None if it was not measured."""
        values = self.samples.get(side)
        return statistics.median(values) if values else None

    def p99(self, side: str = OURS) -> float | None:
        """Return the 99th percentile of a side: the largest value where there are fewer than a hundred."""
        values = sorted(self.samples.get(side, ()))
        return values[max(0, math.ceil(len(values) * 0.99) - 1)] if values else None

    def ratio(self, side: str) -> float | None:
        """Return how many times as long as `side` ours takes, by medians; None if either is missing."""
        ours, other = self.median(OURS), self.median(side)
        return None if ours is None or not other else ours / other

    def least(self, side: str = OURS) -> float | None:
        """Return the smallest sample of a side, which other work on the machine disturbed least."""
        return min(self.samples.get(side) or (), default=None)

    def ratio_of_least(self, side: str) -> float | None:
        """Return `ratio` by smallest samples."""
        ours, other = self.least(OURS), self.least(side)
        return None if ours is None or not other else ours / other

    def kept(self) -> bool | None:
        """Whether every part of the goal that could be judged is kept; None if none could be."""
        goal = self.figure.goal
        most_p99 = goal.p99_ms and max(goal.p99_ms, goal.p99_of_limit * (self.p99(LIMIT) or 0))
        pairs = (
            (self.ratio(ANKI), goal.of_anki),
            (self.ratio(LIMIT), goal.of_limit),
            (self.median(), goal.median_ms),
            (self.p99(), most_p99),
        )
        judged = [value <= most for value, most in pairs if value is not None and most is not None]
        return all(judged) if judged else None

    def as_data(self) -> dict[str, Any]:
        """Return everything about the result as plain values."""
        sides = {
            side: {
                "samples": len(values),
                "min": min(values),
                "median": self.median(side),
                "p99": self.p99(side),
            }
            for side, values in self.samples.items()
            if values
        }
        return {
            "figure": self.figure.name,
            "sides": sides,
            "of_anki": self.ratio(ANKI),
            "of_limit": self.ratio(LIMIT),
            "of_anki_by_least": self.ratio_of_least(ANKI),
            "of_limit_by_least": self.ratio_of_least(LIMIT),
            "limit": self.figure.limit,
            "goal": str(self.figure.goal),
            "kept": self.kept(),
            "failures": self.failures,
        }


@contextmanager
def timed(samples: list[float]) -> Iterator[None]:
    """Add the milliseconds that the block takes to `samples`; the collector of garbage waits meanwhile."""
    gc.disable()
    start = perf_counter()
    try:
        yield
        samples.append((perf_counter() - start) * 1000)
    finally:
        gc.enable()


def run(figure: Figure, rounds: int) -> Result:
    """Measure a figure: every round measures each side once, in turn."""
    result = Result(figure)
    counted = range(min(rounds, figure.rounds))
    for number in (-1, *counted) if figure.warm and rounds > 1 else counted:
        for name, side in figure.sides.items():
            if name in result.failures:
                continue
            try:
                samples = side()
                if number >= 0:
                    result.samples.setdefault(name, []).extend(samples)
            except (SideFailed, MlsdError, ImportError, OSError, subprocess.SubprocessError) as error:
                result.failures[name] = " ".join(str(error).split()) or type(error).__name__
    return result


_HEAD = ("figure", "least", "ours", "p99", "limit", "Anki", "× limit", "× Anki", "goal", "", "limit is")


def table(results: Iterable[Result]) -> str:
    """Return the results as a table in Markdown, times in milliseconds, with failures below.

    `ours`, `limit` and `Anki` are medians; ratios are those of medians, and in brackets those of least samples.
    """
    rows, failures = [], []
    for result in results:
        mark = {True: "kept", False: "MISSED", None: ""}[result.kept()]
        rows.append(
            (
                result.figure.name,
                *map(_ms, (result.least(), result.median(), result.p99())),
                *(_ms(result.median(side)) for side in (LIMIT, ANKI)),
                *(_times(result.ratio(side), result.ratio_of_least(side)) for side in (LIMIT, ANKI)),
                str(result.figure.goal),
                mark,
                result.figure.limit,
            )
        )
        failures += [f"{result.figure.name}, {side}: {why}" for side, why in result.failures.items()]
    widths = [max(len(row[i]) for row in (_HEAD, *rows)) for i in range(len(_HEAD))]
    ruler = tuple("-" * width for width in widths)
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in (_HEAD, ruler, *rows)
    ]
    return "\n".join([*lines, *(f"\nnot measured: {each}" for each in failures)])


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _times(value: float | None, least: float | None) -> str:
    return "–" if value is None or least is None else f"{value:.2f} ({least:.2f})"


def report(results: Iterable[Result], *, as_json: bool) -> None:
    """Print the results, as a table or as one JSON array."""
    if as_json:
        print(json.dumps([result.as_data() for result in results], ensure_ascii=False, indent=1))
    else:
        print(table(results))
    sys.stdout.flush()
