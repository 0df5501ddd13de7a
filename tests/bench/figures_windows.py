"""How soon something can be seen: the window, the first card, the next card. Real Anki's window is not used."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bench.bed import Bed
from tests.bench.measure import Figure, Goal, Side
from tests.bench.process import child, lines_of, until

GRADES = 60
_Reading = Callable[[str, Sequence[str], dict[str, str]], list[float]]


def figures(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of windows."""
    homes: dict[str, Path] = {}

    def bare(reading: _Reading, word: str, *words: str) -> Side:
        return lambda: reading(word, child("child_window", *words), bed.env)

    def ours(reading: _Reading, word: str, what: str, *rest: str) -> Side:
        def side() -> list[float]:
            if what not in homes:
                homes[what] = bed.copy_of(bed.full_home)
            return reading(word, child("child_window", what, str(homes[what]), *rest), bed.env)

        return side

    yield Figure(
        "window start → painted",
        bed.sides(ours(until, "painted", "window"), bare(until, "painted", "bare-window")),
        Goal(of_anki=0.35, of_limit=2.5),
        "bare QMainWindow",
        warm=True,
    )
    yield Figure(
        "start → first card painted",
        bed.sides(ours(until, "card", "first"), bare(until, "painted", "bare-view", "0")),
        Goal(of_anki=0.45),
        "bare web view",
        warm=True,
    )
    yield Figure(
        "Start pressed → first card painted",
        bed.sides(ours(lines_of, "press", "press"), bare(lines_of, "next", "bare-view", "3")),
        Goal(of_anki=0.5),
        "bare view, next text",
        warm=True,
    )
    yield Figure(
        "grade → next question painted",
        bed.sides(
            ours(lines_of, "next", "grade", str(GRADES)), bare(lines_of, "next", "bare-view", str(GRADES))
        ),
        Goal(of_anki=0.9, of_limit=1.6, p99_ms=50, p99_of_limit=1.25),
        "bare view, next text",
        rounds=5,
    )
