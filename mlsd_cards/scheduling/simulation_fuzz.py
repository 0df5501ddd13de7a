"""Fuzz of many intervals at once, in single precision: the same numbers as `scheduling.fuzz` gives one by one."""

import struct
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy import float32

from mlsd_cards.scheduling.simulation_columns import Floats, Ints, Singles

_SPANS = ((2.5, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, np.inf, 0.05))


def chances(keys: Iterable[tuple[int, ...]], size: int) -> Ints:
    """Return hashes of keys (signed numbers of 64 bits) as rows of `size` unsigned numbers of 64 bits."""
    drawn: list[bytes] = []
    pack = None
    for key in keys:
        pack = pack or struct.Struct(f"<{len(key)}q").pack
        drawn.append(blake2b(pack(*key), digest_size=8 * size).digest())
    return np.frombuffer(b"".join(drawn), dtype="<u8").reshape(-1, size)


def fuzz_factors(card_ids: Iterable[int], reps: Iterable[int]) -> Floats:
    """Return what `fuzz.fuzz_factor` returns of each card and its count of answers."""
    return (chances(zip(card_ids, reps, strict=True), 1)[:, 0] >> np.uint64(40)) / float(1 << 24)


def half_up(values: Floats | Singles) -> Ints:
    """Return the nearest whole numbers of values ≥ 0, halves upwards."""
    return np.floor(values.astype(np.float64) + 0.5).astype(np.int64)


def bounds(interval: Floats | Singles, low: Ints | int, high: int) -> tuple[Ints, Ints]:
    """Return the smallest and largest whole intervals that fuzz may choose, as `fuzz.fuzz_bounds` does."""
    low = np.minimum(low, high)
    rounded = interval.astype(np.float32).astype(np.float64)
    within = np.minimum(np.maximum(rounded, low), high).astype(np.float32)
    delta = np.ones(len(within), dtype=np.float32)
    for start, end, share in _SPANS:
        part = np.maximum(np.minimum(within, float32(end)) - float32(start), float32(0))
        delta += float32(share) * part
    delta[within < 2.5] = 0
    first = np.minimum(np.maximum(half_up(within - delta), low), high)
    last = np.minimum(np.maximum(half_up(within + delta), low), high)
    return first, last


def fuzzed(interval: Floats | Singles, low: Ints | int, high: int, factor: Floats | None) -> Ints:
    """Return intervals (days) as whole days within `low` to `high`, as `fuzz.fuzzed` does."""
    if factor is None:
        whole = half_up(interval.astype(np.float32))
        kept: Ints = np.minimum(np.maximum(whole, np.minimum(low, high)), high)
        return kept
    first, last = bounds(interval, low, high)
    moved = factor.astype(np.float32) * (1 + last - first).astype(np.float32)
    found: Ints = np.floor(first.astype(np.float32) + moved).astype(np.int64)
    return found


def chosen(factor: Floats | None, at: Ints) -> Floats | None:
    """Return the factors at `at`, None without fuzz."""
    return None if factor is None else factor[at]
