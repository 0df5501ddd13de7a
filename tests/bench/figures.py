"""All figures by name, in the order of the table."""

from collections.abc import Callable, Iterator

from tests.bench import figures_answers, figures_files, figures_scheduling, figures_search, figures_windows
from tests.bench.bed import Bed
from tests.bench.measure import Figure

GROUPS: dict[str, Callable[[Bed], Iterator[Figure]]] = {
    "windows": figures_windows.figures,
    "commands": figures_files.commands,
    "answers": figures_answers.figures,
    "search": figures_search.figures,
    "import": figures_files.imports,
    "export": figures_files.exports,
    "care": figures_files.care,
    "scheduling": figures_scheduling.figures,
}
"""Figures by group. Each group makes what it needs when its first figure is asked for."""


def chosen(bed: Bed, names: list[str]) -> Iterator[Figure]:
    """Yield the figures of the groups that `names` lists, and those whose names hold one of the other names."""
    others = [name.casefold() for name in names if name not in GROUPS]
    for group, make in GROUPS.items():
        for figure in make(bed):
            if not names or group in names or any(name in figure.name.casefold() for name in others):
                yield figure
