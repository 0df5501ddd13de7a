"""Gives each of many things a name of its own, quickly even where all want the same one."""

from collections.abc import Callable


class UniqueNames:
    """Names already given. Names that differ in letter case only count as equal."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def give(self, wanted: str, other: Callable[[int], str]) -> str:
        """Return `wanted`, or if it is taken the first of `other(2)`, `other(3)` and so on that is free."""
        folded = wanted.casefold()
        name = wanted
        if folded in self._taken:
            number = self._next.get(folded, 2)
            while (name := other(number)).casefold() in self._taken:
                number += 1
            self._next[folded] = number + 1
        self._taken.add(name.casefold())
        return name
