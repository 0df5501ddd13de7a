"""FSRS-6 with Anki's learning steps, bounds and fuzz: intervals come from stability and the wanted retention.

Source: ankitects/anki `rslib/src/scheduler/states/` (`learning.rs`, `relearning.rs`, `review.rs`).
"""

import math
from collections.abc import Callable
from dataclasses import replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.scheduling import DAY_S, NextStates, Outcome, SchedulingContext, is_leech
from mlsd_cards.scheduling.anki_sm2 import ease_after, ease_permille
from mlsd_cards.scheduling.fuzz import fuzz_bounds, fuzzed, half_up
from mlsd_cards.scheduling.history import suggested_memory
from mlsd_cards.scheduling.memory import Memory, MemoryModel, difficulty_code, memory_model
from mlsd_cards.scheduling.steps import Steps, in_review, in_steps, outcome, steps_of
from mlsd_cards.scheduling.timing import days_since

WITHIN_DAY = 0.5
"""Intervals below this many days may be kept within the day."""

After = Callable[[MemoryModel, Memory | None, int, int], Memory]
"""Returns the memory after an answer, as `MemoryModel.after` does."""


class Fsrs:
    """The scheduler `fsrs`. `after` may stand in for the package's arithmetic where many answers are given."""

    def __init__(self, after: After = MemoryModel.after) -> None:
        self._after = after

    def next_states(self, schedule: Schedule, context: SchedulingContext) -> NextStates:
        """Return what each rating leads to.

        Raises:
            InputError: the preset's parameters cannot be used.
        """
        answering = _Answering(schedule, context, self._after)
        match schedule.state:
            case CardState.REVIEW:
                again, hard, good, easy = answering.review()
            case CardState.RELEARNING:
                again, hard, good, easy = answering.relearning()
            case _:
                again, hard, good, easy = answering.learning()
        return NextStates(again=again, hard=hard, good=good, easy=easy)


def elapsed_days(schedule: Schedule, context: SchedulingContext) -> int:
    """Return how many study days passed since the card's last answer, at least 0."""
    if schedule.last_answer_ms is None:
        answered = context.today if schedule.due_day is None else schedule.due_day - schedule.interval_days
        return max(0, context.today - answered)
    if context.last_answer_day is not None:
        return max(0, context.today - context.last_answer_day)
    return days_since(schedule.last_answer_ms, context.now_ms + context.until_next_day_s * 1000)


class _Answering:
    """One card at one moment. `days` are the four intervals in days, real numbers, Again first."""

    def __init__(self, schedule: Schedule, context: SchedulingContext, after: After) -> None:
        self.before = schedule
        self.context = context
        self.options = context.options
        self.steps: Steps = steps_of(schedule, context.options)
        self.max = max(1, self.options.maximum_interval)
        model = memory_model(self.options.parameters)
        self.within_day = model.within_day
        memory = self._memory()
        elapsed = elapsed_days(schedule, context) if memory is not None else 0
        self.memories = [after(model, memory, rating, elapsed) for rating in (1, 2, 3, 4)]
        retention = self.options.desired_retention
        self.days = [model.interval(memory.stability, retention) for memory in self.memories]

    def _memory(self) -> Memory | None:
        before = self.before
        if before.state is CardState.NEW:
            return None
        if before.stability is not None and before.difficulty is not None:
            return Memory(before.stability, before.difficulty)
        return suggested_memory(before, self.options)

    # Outcomes

    def outcome(self, rating: int, after: Schedule, shown: int, *, leech: bool = False) -> Outcome:
        memory = self.memories[rating - 1]
        after = replace(after, stability=memory.stability, difficulty=memory.difficulty)
        factor = difficulty_code(memory.difficulty)
        return outcome(self.before, after, shown, self.steps, self.context, factor=factor, leech=leech)

    def stepped(
        self, rating: int, base: Schedule, seconds: int, left: int, *, leech: bool = False
    ) -> Outcome:
        after, shown = in_steps(replace(base, steps_left=max(0, left)), seconds, self.context)
        return self.outcome(rating, after, shown, leech=leech)

    def passed(self, rating: int, base: Schedule, interval: int, *, leech: bool = False) -> Outcome:
        return self.outcome(rating, in_review(base, interval, self.context.today), interval, leech=leech)

    def without_step(self, rating: int, base: Schedule, left: int) -> Outcome:
        """Return an outcome that no step decides: within the day where memory asks for it, else in days."""
        interval = self.whole_days(rating)
        if base.state is CardState.RELEARNING:
            base = replace(base, interval_days=interval)
        if not self.stays_within_day(rating):
            return self.passed(rating, self.graduated(base), interval)
        return self.stepped(rating, base, self.delay_s(rating), left)

    def graduated(self, base: Schedule) -> Schedule:
        if base.state is not CardState.LEARNING:
            return base
        return replace(base, ease_permille=ease_permille(self.options.starting_ease), lapses=0)

    # States

    def learning(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        return self._in_steps(replace(self.before, state=CardState.LEARNING), self.steps.left)

    def relearning(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        return self._in_steps(self.before, self.steps.left_after_good())

    def _in_steps(self, base: Schedule, left_without_step: int) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        steps = self.steps
        lapsed = base
        if base.state is CardState.RELEARNING:
            lapsed = replace(base, interval_days=max(1, half_up(self.days[0])))
        again, hard, good = steps.again_s(), steps.hard_s(), steps.good_s()
        return (
            self.without_step(1, base, len(steps))
            if again is None
            else self.stepped(1, lapsed, again, len(steps)),
            self.without_step(2, base, steps.left)
            if hard is None
            else self.stepped(2, base, hard, steps.left),
            self.without_step(3, base, left_without_step)
            if good is None
            else self.stepped(3, base, good, steps.left_after_good()),
            self.passed(4, self.graduated(base), self.easy_days()),
        )

    def review(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        intervals = self.passing_days()
        hard, good, easy = (
            self.passed(rating, self._eased(rating), interval)
            for rating, interval in zip((2, 3, 4), intervals, strict=True)
        )
        return self._lapse(), hard, good, easy

    def _eased(self, rating: int) -> Schedule:
        ease = ease_after(self.before.ease_permille, rating, self.options)
        return replace(self.before, ease_permille=ease)

    def _lapse(self) -> Outcome:
        lapses = self.before.lapses + 1
        leech = is_leech(lapses, self.options.leech_threshold)
        interval = max(1, half_up(self.days[0]))
        base = replace(self._eased(1), state=CardState.RELEARNING, interval_days=interval, lapses=lapses)
        seconds = self.steps.again_s()
        if seconds is not None:
            return self.stepped(1, base, seconds, len(self.steps), leech=leech)
        if self.within_day and self.days[0] < WITHIN_DAY:
            return self.stepped(1, base, self.delay_s(1), 0, leech=leech)
        return self.passed(1, base, interval, leech=leech)

    # Intervals

    def delay_s(self, rating: int) -> int:
        return math.floor(self.days[rating - 1] * DAY_S)

    def stays_within_day(self, rating: int) -> bool:
        wanted = len(self.steps) == 0 or self.options.short_term_with_steps
        return self.within_day and wanted and self.days[rating - 1] < WITHIN_DAY

    def day(self, interval: float, low: int) -> int:
        return fuzzed(interval, low, self.max, self.context.fuzz_factor, self.context.loads)

    def whole_days(self, rating: int, low: int = 1) -> int:
        return self.day(max(1, half_up(self.days[rating - 1])), low)

    def easy_days(self) -> int:
        return self.whole_days(4, self.day(self.days[2], 1) + 1)

    def passing_days(self) -> tuple[int, int, int]:
        _, hard_days, good_days, easy_days = self.days
        hard = self.day(hard_days, max(1, self.low(hard_days)))
        good = self.day(good_days, max(hard + 1, self.low(good_days)))
        easy = self.day(easy_days, max(good + 1, self.low(easy_days)))
        return hard, good, easy

    def low(self, interval: float) -> int:
        """Return the lower bound that keeps an interval from falling below the present one by fuzz alone."""
        present = self.before.interval_days
        if half_up(interval) > present:
            return present + 1
        return present if present <= fuzz_bounds(interval, 1, self.max)[1] else 0
