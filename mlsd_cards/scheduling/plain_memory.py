"""How an answer changes memory, in plain arithmetic: for commands that need not load the package `fsrs`.

Source: open-spaced-repetition/fsrs-rs `src/model.rs`; checked against `MemoryModel.after`.
"""

import math

from mlsd_cards.scheduling.memory import (
    MAXIMUM_DIFFICULTY,
    MAXIMUM_STABILITY,
    MINIMUM_DIFFICULTY,
    MINIMUM_STABILITY,
    Memory,
    MemoryModel,
)

_AGAIN, _HARD, _EASY = 1, 2, 4


def memory_after(model: MemoryModel, before: Memory | None, rating: int, elapsed_days: int) -> Memory:
    """Return what `model.after` returns."""
    w = model.parameters
    if before is None:
        return _limited(w[rating - 1], _first_difficulty(w, rating))
    stability = min(max(before.stability, MINIMUM_STABILITY), MAXIMUM_STABILITY)
    difficulty = min(max(before.difficulty, MINIMUM_DIFFICULTY), MAXIMUM_DIFFICULTY)
    if elapsed_days < 1:
        after = stability * _same_day(w, stability, rating)
    else:
        recall = model.retrievability(stability, elapsed_days)
        after = _later(w, stability, difficulty, recall, rating)
    moved = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
    return _limited(after, w[7] * _first_difficulty(w, _EASY) + (1 - w[7]) * moved)


def _first_difficulty(w: tuple[float, ...], rating: int) -> float:
    return w[4] - math.exp(w[5] * (rating - 1)) + 1


def _same_day(w: tuple[float, ...], stability: float, rating: int) -> float:
    factor = math.exp(w[17] * (rating - 3 + w[18])) * stability ** -w[19]
    return float(factor if rating == _AGAIN else max(factor, 1.0))


def _later(w: tuple[float, ...], stability: float, difficulty: float, recall: float, rating: int) -> float:
    if rating == _AGAIN:
        forgotten = (
            w[11] * difficulty ** -w[12] * ((stability + 1) ** w[13] - 1) * math.exp(w[14] * (1 - recall))
        )
        return float(min(forgotten, stability / math.exp(w[17] * w[18])))
    growth = math.exp(w[8]) * (11 - difficulty) * stability ** -w[9] * math.expm1(w[10] * (1 - recall))
    easier = w[15] if rating == _HARD else w[16] if rating == _EASY else 1.0
    return float(stability * (1 + growth * easier))


def _limited(stability: float, difficulty: float) -> Memory:
    return Memory(
        min(max(stability, MINIMUM_STABILITY), MAXIMUM_STABILITY),
        min(max(difficulty, MINIMUM_DIFFICULTY), MAXIMUM_DIFFICULTY),
    )
