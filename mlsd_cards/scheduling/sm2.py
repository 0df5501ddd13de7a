"""SM-2 as published in 1990, with its final drill on the same day.

Source: P. A. Wozniak, "Optimization of Learning", master's thesis, 1990, chapter 3.2.
"""

from dataclasses import replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import NextStates, Outcome, SchedulingContext, is_leech
from mlsd_cards.scheduling.describe import interval_label

STARTING_EASE = 2500
MINIMUM_EASE = 1300
FIRST_INTERVAL, SECOND_INTERVAL = 1, 6
DRILL_LABEL = "today"


class Sm2:
    """The scheduler `sm2`: whole numbers only, no fuzz, no steps."""

    def next_states(self, schedule: Schedule, context: SchedulingContext) -> NextStates:
        """Return what each rating leads to; grade is rating + 1 on the scale of 1990."""
        if schedule.drill_day == context.today:
            again, hard, good, easy = (self._drill(schedule, rating, context) for rating in (1, 2, 3, 4))
        else:
            again, hard, good, easy = (self._repetition(schedule, rating, context) for rating in (1, 2, 3, 4))
        return NextStates(again=again, hard=hard, good=good, easy=easy)

    def _repetition(self, schedule: Schedule, rating: int, context: SchedulingContext) -> Outcome:
        ease = schedule.ease_permille or STARTING_EASE
        repetitions, lapses = schedule.repetitions, schedule.lapses
        failed = rating == 1
        if failed:
            lapsed = repetitions > 0
            repetitions, interval, lapses = 1, FIRST_INTERVAL, lapses + lapsed
        else:
            lapsed = False
            ease = max(MINIMUM_EASE, ease + ease_change(rating + 1))
            repetitions += 1
            interval = _interval(repetitions, schedule.interval_days, ease)
        interval = min(interval, max(1, context.options.maximum_interval))
        drilled = rating < 3
        after = replace(
            schedule,
            state=CardState.REVIEW,
            due_day=context.today + interval,
            due_at_ms=None,
            interval_days=interval,
            ease_permille=ease,
            steps_left=0,
            repetitions=repetitions,
            drill_day=context.today if drilled else None,
            last_answer_ms=context.now_ms,
            reps=schedule.reps + 1,
            lapses=lapses,
        )
        kind = ReviewKind.REVIEW if schedule.repetitions else ReviewKind.LEARN
        return _outcome(schedule, after, kind, 0 if drilled else interval, lapsed, context.options)

    def _drill(self, schedule: Schedule, rating: int, context: SchedulingContext) -> Outcome:
        drilled = rating < 3
        after = replace(
            schedule,
            drill_day=context.today if drilled else None,
            last_answer_ms=context.now_ms,
            reps=schedule.reps + 1,
        )
        # A drill does not move the due day: the button says how far away it already is.
        days = max(1, (schedule.due_day or 0) - context.today)
        return _outcome(schedule, after, ReviewKind.DRILL, 0 if drilled else days, False, context.options)


def ease_change(grade: int) -> int:
    """Return how much a grade of 3, 4 or 5 moves the ease, in thousandths: −140, 0, +100."""
    missing = 5 - grade
    return 100 - missing * (80 + missing * 20)


def _interval(repetitions: int, last_interval: int, ease: int) -> int:
    """Return the interval in days after the given repetition; fractions are rounded up."""
    if repetitions == 1:
        return FIRST_INTERVAL
    if repetitions == 2:
        return SECOND_INTERVAL
    return -(-last_interval * ease // 1000)


def _outcome(
    before: Schedule, after: Schedule, kind: ReviewKind, shown: int, lapsed: bool, options: Options
) -> Outcome:
    leech = lapsed and is_leech(after.lapses, options.leech_threshold)
    return Outcome(
        schedule=after,
        interval=shown,
        label=interval_label(shown) if shown else DRILL_LABEL,
        kind=kind,
        log_interval=after.interval_days,
        log_last_interval=before.interval_days,
        log_factor=after.ease_permille,
        leech=leech,
        suspend=leech and options.leech_suspend,
    )
