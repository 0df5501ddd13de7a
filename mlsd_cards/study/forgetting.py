"""The forgetting curve of one card: how likely it was recalled between its answers, and will be."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewLogEntry
from mlsd_cards.scheduling.history import History, starting_memory, usable_history
from mlsd_cards.scheduling.memory import Memory, MemoryModel, memory_model
from mlsd_cards.scheduling.plain_memory import memory_after
from mlsd_cards.study.memories import usable

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day

_DAY_MS = 86_400_000
_LEAST_AHEAD_MS = 3 * _DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingCurve:
    """Recall of a card over time. Moments are UTC milliseconds.

    `parts` are the moments at which memory was renewed and the stability (days) from then on, oldest first.
    `answers` are moment and rating of what was answered. The curve runs to `ends_ms`; `retention` is the wanted
    recall, `decay` and `factor` belong to the preset's FSRS parameters.
    """

    parts: tuple[tuple[int, float], ...]
    answers: tuple[tuple[int, int], ...]
    now_ms: int
    ends_ms: int
    retention: float
    decay: float
    factor: float

    @property
    def begins_ms(self) -> int:
        """Where the curve begins."""
        return self.parts[0][0]

    def recall(self, moment_ms: int) -> float:
        """Return the chance of recall, 0 to 1, at a moment; 1 before the first answer.

        Source: open-spaced-repetition/fsrs-rs `src/model.rs` (`power_forgetting_curve`).
        """
        place = bisect_right(self.parts, (moment_ms, math.inf)) - 1
        if place < 0:
            return 1.0
        begun, stability = self.parts[place]
        days = (moment_ms - begun) / _DAY_MS
        return float((1 + self.factor * days / stability) ** -self.decay)

    def falls_to_wanted_ms(self) -> int:
        """Return when recall falls to the wanted one unless the card is answered before."""
        begun, stability = self.parts[-1]
        days = stability / self.factor * (self.retention ** (-1 / self.decay) - 1)
        return int(begun + days * _DAY_MS)


def forgetting_curve(
    schedule: Schedule, options: Options, log: Sequence[ReviewLogEntry], day: "Day"
) -> ForgettingCurve | None:
    """Return the curve of a card, None while nothing is known of its memory. `log` is oldest first."""
    options = usable(options)
    model = memory_model(options.parameters)
    past = [entry for entry in log if 0 < entry.id < day.next_day_at_ms]
    history = usable_history(past)
    parts = _renewed(history, model, options.historical_retention, day) if history else []
    memory_known = schedule.stability is not None and schedule.difficulty is not None
    if schedule.state is CardState.NEW or not (parts or memory_known):
        return None
    if schedule.stability is not None:  # what is stored counts: it may know more than the log
        last = parts[-1][0] if parts else _answered_ms(schedule, day)
        parts = [*parts[:-1], (last, schedule.stability)]
    decay = model.parameters[20]
    curve = ForgettingCurve(
        parts=tuple(parts),
        answers=tuple((int(row.id), row.rating) for row in history.rows) if history else (),
        now_ms=day.now_ms,
        ends_ms=0,
        retention=options.desired_retention,
        decay=decay,
        factor=0.9 ** (-1 / decay) - 1,
    )
    return _ended(curve, schedule, day)


def _renewed(history: History, model: MemoryModel, retention: float, day: "Day") -> list[tuple[int, float]]:
    """Return the moment of each answer and the stability that it left."""
    found: list[tuple[int, float]] = []
    memory: Memory | None = None
    before = 0
    for place, row in enumerate(history.rows):
        today = day.boundary.day_of_moment(row.id)
        if place == 0 and not history.complete:
            memory = starting_memory(row.interval, row.factor, model, retention)
        else:
            memory = memory_after(model, memory, row.rating, max(0, today - before) if place else 0)
        before = today
        found.append((int(row.id), memory.stability))
    return found


def _answered_ms(schedule: Schedule, day: "Day") -> int:
    """Return when a card without a log was answered last, as well as its schedule tells."""
    if schedule.last_answer_ms is not None:
        return min(schedule.last_answer_ms, day.now_ms)
    if schedule.due_day is None:
        return day.now_ms
    return min(day.boundary.day_start_ms(schedule.due_day - schedule.interval_days), day.now_ms)


def _ended(curve: ForgettingCurve, schedule: Schedule, day: "Day") -> ForgettingCurve:
    """Return a curve that runs on past now, and to the due day unless that is far away."""
    span = max(day.now_ms - curve.begins_ms, _LEAST_AHEAD_MS)
    due = day.now_ms
    if schedule.due_day is not None:
        ahead = schedule.due_day - day.number
        due = day.now_ms + max(0, ahead) * _DAY_MS
    return replace(curve, ends_ms=max(day.now_ms + span // 5, min(due + span // 20, day.now_ms + 2 * span)))
