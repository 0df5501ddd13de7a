"""Numbers for the parts of a written Anki package: the same for the same data, and such as Anki accepts."""

import hashlib
from collections.abc import Iterable

_FIRST = 10**12  # numbers in Anki are moments in milliseconds; this is in 2001
_SPAN = 6 * 10**11  # up to 2020
_PLAUSIBLE = 10**11  # smaller ids are no moments: they come from elsewhere than Anki


def stable_id(*parts: str) -> int:
    """Return a number that depends on the texts alone and looks like a moment between 2001 and 2020."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return _FIRST + int.from_bytes(digest, "little") % _SPAN


def is_past(number: int, now_ms: int) -> bool:
    """Whether a number can be a past moment (UTC milliseconds)."""
    return _PLAUSIBLE < number <= now_ms


def moment(number: int, created_ms: int, now_ms: int) -> int:
    """Return the id a note or card should have: its own if that can be a past moment, else its creation."""
    if is_past(number, now_ms):
        return number
    return created_ms if 0 < created_ms <= now_ms else now_ms


class Unique:
    """Gives out numbers, each once: the wanted one, or the next that is free."""

    def __init__(self, taken: Iterable[int] = ()) -> None:
        self._next: dict[int, int] = {number: number + 1 for number in taken}

    def take(self, wanted: int) -> int:
        """Return `wanted`, or the smallest free number above it."""
        number = wanted
        passed = []
        while number in self._next:
            passed.append(number)
            number = self._next[number]
        for each in passed:  # so that the next search from there is short
            self._next[each] = number + 1
        self._next[number] = number + 1
        return number
