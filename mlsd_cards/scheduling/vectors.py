"""Runs scheduling vectors: cases with the values that a right scheduler gives, one JSON object a line."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling.vector_cards import run_card, run_memory, run_timing
from mlsd_cards.scheduling.vector_check import Checker, VectorFailure
from mlsd_cards.scheduling.vector_days import run_queue, run_session

__all__ = ["VectorFailure", "VectorReport", "run_vectors"]

_RUNNERS: dict[str, Callable[[dict[str, Any], Checker], None]] = {
    "card": run_card,
    "memory": run_memory,
    "timing": run_timing,
    "queue": run_queue,
    "session": run_session,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorReport:
    """How many cases and steps were run, and what differed."""

    cases: int
    steps: int
    failed: list[VectorFailure]


def run_vectors(lines: Iterable[str]) -> VectorReport:
    """Run every vector of `lines` through the real schedulers and queue; empty lines are passed over.

    Raises:
        InputError: a line is not a vector, or asks for a scheduler that does not exist.
    """
    checker = Checker()
    cases = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            vector = json.loads(line)
            checker.case = str(vector["id"])
            _RUNNERS[vector.get("kind", "card")](vector, checker)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise InputError(
                f"Line {number} is not a scheduling vector ({type(error).__name__}: {error})."
            ) from None
        cases += 1
    return VectorReport(cases=cases, steps=checker.steps, failed=checker.failed)
