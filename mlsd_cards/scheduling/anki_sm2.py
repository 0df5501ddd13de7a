"""Anki's variant of SM-2, equal to the day: learning steps, four multipliers, fuzz.

Source: ankitects/anki `rslib/src/scheduler/states/` (`learning.rs`, `review.rs`, `relearning.rs`).
"""

from dataclasses import replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import NextStates, Outcome, SchedulingContext, is_leech
from mlsd_cards.scheduling.fuzz import f32, fuzzed, half_up
from mlsd_cards.scheduling.steps import in_review, in_steps, outcome, steps_of

MINIMUM_EASE = 1.3


class AnkiSm2:
    """The scheduler `anki-sm2`."""

    def next_states(self, schedule: Schedule, context: SchedulingContext) -> NextStates:
        """Return what each rating leads to."""
        answering = _Answering(schedule, context)
        match schedule.state:
            case CardState.REVIEW:
                again, hard, good, easy = answering.review()
            case CardState.RELEARNING:
                again, hard, good, easy = answering.relearning()
            case _:
                again, hard, good, easy = answering.learning()
        return NextStates(again=again, hard=hard, good=good, easy=easy)


def ease_value(permille: int) -> float:
    """Return an ease in use (single precision) of its stored thousandths."""
    return f32(permille / 1000)


def ease_permille(value: float) -> int:
    """Return the thousandths that are stored of an ease in use."""
    return half_up(f32(f32(value) * 1000))


def ease_after(permille: int, rating: int, options: Options) -> int:
    """Return the ease in thousandths after a review answered with `rating`.

    It changes by −0.2, −0.15, 0 or +0.15; after Again and Hard it is not below 1.3.
    """
    ease = ease_value(permille or ease_permille(options.starting_ease))
    change = (-0.2, -0.15, 0.0, 0.15)[rating - 1]
    moved = f32(ease + f32(change))
    return ease_permille(max(f32(MINIMUM_EASE), moved) if rating < 3 else moved)


class _Answering:
    """One card at one moment."""

    def __init__(self, schedule: Schedule, context: SchedulingContext) -> None:
        self.before = schedule
        self.context = context
        self.options = context.options
        self.steps = steps_of(schedule, context.options)
        self.left = self.steps.left
        self.max = max(1, self.options.maximum_interval)

    # Outcomes

    def stepped(
        self, seconds: int, left: int, state: CardState, base: Schedule | None = None, *, leech: bool = False
    ) -> Outcome:
        after = replace(base or self.before, state=state, steps_left=left)
        after, shown = in_steps(after, seconds, self.context)
        factor = 0 if state is CardState.LEARNING else after.ease_permille
        return outcome(self.before, after, shown, self.steps, self.context, factor=factor, leech=leech)

    def in_review(self, interval: int, ease: int, lapses: int, *, leech: bool = False) -> Outcome:
        base = replace(self.before, ease_permille=ease, lapses=lapses)
        after = in_review(base, interval, self.context.today)
        return outcome(self.before, after, interval, self.steps, self.context, factor=ease, leech=leech)

    # States

    def learning(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        options = self.options
        ease = ease_permille(f32(options.starting_ease))
        graduated = self.in_review(self.fuzz(options.graduating_interval, 1), ease, 0)

        def step(seconds: int | None, left: int) -> Outcome:
            return graduated if seconds is None else self.stepped(seconds, left, CardState.LEARNING)

        return (
            step(self.steps.again_s(), len(self.steps)),
            step(self.steps.hard_s(), self.left),
            step(self.steps.good_s(), self.steps.left_after_good()),
            self.in_review(self.fuzz(options.easy_interval, 1), ease, 0),
        )

    def relearning(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        before = self.before
        back = self.in_review(before.interval_days, before.ease_permille, before.lapses)

        def step(seconds: int | None, left: int, base: Schedule | None = None) -> Outcome:
            return back if seconds is None else self.stepped(seconds, left, CardState.RELEARNING, base)

        shrunk = replace(before, interval_days=self.lapse_interval(max(before.interval_days, 1)))
        return (
            step(self.steps.again_s(), len(self.steps), shrunk),
            step(self.steps.hard_s(), self.left),
            step(self.steps.good_s(), self.steps.left_after_good()),
            self.in_review(before.interval_days + 1, before.ease_permille, before.lapses),
        )

    def review(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        before = self.before
        hard, good, easy = self.passing_intervals()
        eases = [ease_after(before.ease_permille, rating, self.options) for rating in (1, 2, 3, 4)]
        return (
            self.lapse(eases[0]),
            self.in_review(hard, eases[1], before.lapses),
            self.in_review(good, eases[2], before.lapses),
            self.in_review(easy, eases[3], before.lapses),
        )

    def lapse(self, ease: int) -> Outcome:
        lapses = self.before.lapses + 1
        leech = is_leech(lapses, self.options.leech_threshold)
        interval = self.lapse_interval(max(self.before.interval_days, 1))
        seconds = self.steps.again_s()
        if seconds is None:
            return self.in_review(interval, ease, lapses, leech=leech)
        base = replace(self.before, interval_days=interval, ease_permille=ease, lapses=lapses)
        return self.stepped(seconds, len(self.steps), CardState.RELEARNING, base, leech=leech)

    # Intervals, in days and single precision

    def fuzz(self, interval: float, low: int) -> int:
        return fuzzed(
            interval, min(max(low, 1), self.max), self.max, self.context.fuzz_factor, self.context.loads
        )

    def lapse_interval(self, interval: int) -> int:
        scaled = f32(interval * f32(self.options.lapse_multiplier))
        return max(1, self.fuzz(scaled, self.options.minimum_lapse_interval))

    def constrained(self, interval: float, low: int) -> int:
        scaled = f32(interval * f32(self.options.interval_modifier))
        bound = min(max(low, 1), self.max)
        return fuzzed(scaled, bound, self.max, self.context.fuzz_factor, self.context.loads)

    def passing_intervals(self) -> tuple[int, int, int]:
        before, options = self.before, self.options
        current = f32(max(before.interval_days, 1))
        due = self.context.today if before.due_day is None else before.due_day
        if self.context.early_earns_less and due > self.context.today:
            return self.early_intervals(due - self.context.today)
        late = f32(max(0, self.context.today - due))
        ease = ease_value(before.ease_permille or ease_permille(options.starting_ease))
        multiplier = f32(options.hard_multiplier)
        low = 0 if multiplier <= 1 else before.interval_days + 1
        hard = self.constrained(f32(current * multiplier), low)
        low = before.interval_days + 1 if multiplier <= 1 else hard + 1
        good = self.constrained(f32(f32(current + f32(late / 2)) * ease), low)
        with_bonus = f32(f32(f32(current + late) * ease) * f32(options.easy_bonus))
        easy = self.constrained(with_bonus, good + 1)
        return hard, good, easy

    def early_intervals(self, early: int) -> tuple[int, int, int]:
        """Return the intervals after an answer `early` days before the due day; they are not fuzzed."""
        before, options = self.before, self.options
        scheduled = f32(before.interval_days)
        elapsed = f32(max(0, before.interval_days - early))
        ease = ease_value(before.ease_permille or ease_permille(options.starting_ease))
        multiplier, bonus = f32(options.hard_multiplier), f32(options.easy_bonus)
        hard = max(f32(elapsed * multiplier), f32(scheduled * f32(multiplier / 2)))
        good = max(f32(elapsed * ease), scheduled)
        easy = f32(good * f32(bonus - f32(f32(bonus - 1) / 2)))
        first, second, third = (self.unfuzzed(interval) for interval in (hard, good, easy))
        return first, second, third

    def unfuzzed(self, interval: float) -> int:
        scaled = f32(interval * f32(self.options.interval_modifier))
        return min(max(half_up(scaled), 1), self.max)
