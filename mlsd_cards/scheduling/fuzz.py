"""Spreads intervals a little, the same way each time for the same card at the same point of its life."""

import math
import struct
from functools import lru_cache
from hashlib import blake2b

from mlsd_cards.scheduling.balance import DayLoads

_SINGLE = struct.Struct("f")


def f32(value: float) -> float:
    """Return `value` rounded to IEEE single precision."""
    rounded: float = _SINGLE.unpack(_SINGLE.pack(value))[0]
    return rounded


def half_up(value: float) -> int:
    """Return the nearest whole number of `value` ≥ 0, halves upwards."""
    return math.floor(value + 0.5)


def clamp(value: int, low: int, high: int) -> int:
    """Return `value` moved into `low` to `high`; the upper bound wins."""
    return min(max(value, low), high)


def fuzz_factor(card_id: int, reps: int) -> float:
    """Return the factor in [0, 1) of a card that was answered `reps` times so far."""
    return (day_hash(card_id, reps) >> 40) / (1 << 24)


@lru_cache(maxsize=20_000)  # one list of the day is made for each deck that holds the card
def day_hash(card_id: int, day: int) -> int:
    """Return 64 bits that stand in for chance: an order made from them is the same each time."""
    return int.from_bytes(blake2b(struct.pack("<qq", card_id, day), digest_size=8).digest(), "little")


def fuzz_delta(interval: float) -> float:
    """Return how far an interval in days may move, in single precision.

    Source: ankitects/anki `rslib/src/scheduler/states/fuzz.rs` (`fuzz_delta`).
    """
    if interval < 2.5:
        return 0.0
    delta = 1.0
    for start, end, share in ((2.5, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, math.inf, 0.05)):
        part = f32(max(0.0, f32(min(interval, end) - start)))
        delta = f32(delta + f32(f32(share) * part))
    return delta


def fuzz_bounds(interval: float, low: int, high: int) -> tuple[int, int]:
    """Return the smallest and largest whole interval that fuzz may choose."""
    low = min(low, high)
    interval = f32(min(max(f32(interval), low), high))
    delta = fuzz_delta(interval)
    first = clamp(half_up(f32(interval - delta)), low, high)
    last = clamp(half_up(f32(interval + delta)), low, high)
    # Anki widens a room of one day that lies above 2 and below `high`. There is none: from 2.5 days on the
    # interval, which is not below `low`, may move by a day at least.
    return first, last


def fuzzed(interval: float, low: int, high: int, factor: float | None, loads: DayLoads | None = None) -> int:
    """Return `interval` (days) as whole days within `low` to `high`, moved by `factor` in [0, 1).

    With `loads` the same room is used, and its emptier and more wanted days more often.

    Source: ankitects/anki `rslib/src/scheduler/states/fuzz.rs` (`with_review_fuzz`).
    """
    if factor is None:
        return clamp(half_up(f32(interval)), min(low, high), high)
    first, last = fuzz_bounds(interval, low, high)
    if loads is not None:
        return loads.choose(first, last, factor)
    return math.floor(f32(first + f32(f32(factor) * (1 + last - first))))
