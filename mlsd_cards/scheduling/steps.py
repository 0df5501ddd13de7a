"""Learning steps, which `anki-sm2` and `fsrs` share.

Source: ankitects/anki `rslib/src/scheduler/states/steps.rs` and `interval_kind.rs`.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import DAY_S, Outcome, SchedulingContext
from mlsd_cards.scheduling.describe import interval_label
from mlsd_cards.scheduling.fuzz import f32

_LONGEST_EXTRA_S = 300


class Steps:
    """The steps of a preset, in minutes, seen from a card that has `left` of them with the present one."""

    def __init__(self, minutes: Sequence[float], left: int) -> None:
        self.left = left
        self.seconds = [math.floor(f32(f32(minute) * 60)) for minute in minutes]
        count = len(self.seconds)
        self.index = min(max(0, count - left), max(0, count - 1))

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self.seconds)

    def again_s(self) -> int | None:
        """Return the delay after Again in seconds, None where there are no steps."""
        return self.seconds[0] if self.seconds else None

    def hard_s(self) -> int | None:
        """Return the delay after Hard in seconds, None where there are no steps."""
        if not self.seconds:
            return None
        if self.index > 0:
            return self.seconds[self.index]
        first = self.seconds[0]
        if len(self.seconds) > 1:
            return _whole_days((first + self.seconds[1]) // 2)
        return _whole_days(min(first * 3 // 2, first + DAY_S))

    def good_s(self) -> int | None:
        """Return the delay of the next step in seconds, None where this was the last."""
        following = self.index + 1
        return self.seconds[following] if following < len(self.seconds) else None

    def left_after_good(self) -> int:
        """Return how many steps are left after Good."""
        return len(self.seconds) - self.index - 1

    def current_s(self) -> int:
        """Return the delay of the present step in seconds, 0 where there are none."""
        return self.seconds[self.index] if self.seconds else 0


def steps_of(schedule: Schedule, options: Options) -> Steps:
    """Return the steps of a preset that count for a card as it stands."""
    relearning = schedule.state in (CardState.REVIEW, CardState.RELEARNING)
    minutes = options.relearning_steps if relearning else options.learning_steps
    return Steps(minutes, len(minutes) if schedule.state is CardState.NEW else schedule.steps_left)


def in_review(schedule: Schedule, interval: int, today: int) -> Schedule:
    """Return the schedule due for review `interval` days after `today`."""
    return replace(
        schedule,
        state=CardState.REVIEW,
        due_day=today + interval,
        due_at_ms=None,
        interval_days=interval,
        steps_left=0,
    )


def _whole_days(seconds: int) -> int:
    return seconds if seconds <= DAY_S else math.floor(seconds / DAY_S + 0.5) * DAY_S


def shown_delay(seconds: int, until_next_day_s: int) -> int:
    """Return a delay as a button value: minus seconds, or days where it passes the rollover."""
    if seconds < until_next_day_s:
        return -seconds
    return (seconds - until_next_day_s) // DAY_S + 1


def in_steps(schedule: Schedule, seconds: int, context: SchedulingContext) -> tuple[Schedule, int]:
    """Return the schedule due after a delay of `seconds`, and the button value.

    A delay within the day gets up to five minutes more with fuzz, so that cards learnt together drift apart.
    """
    shown = shown_delay(seconds, context.until_next_day_s)
    if shown > 0:
        return replace(schedule, due_day=context.today + shown, due_at_ms=None), shown
    extra = 0
    if context.fuzz_factor is not None:
        extra = math.floor(context.fuzz_factor * math.floor(min(0.25 * seconds, _LONGEST_EXTRA_S)))
    return replace(schedule, due_day=None, due_at_ms=context.now_ms + (seconds + extra) * 1000), shown


def logged_last_interval(schedule: Schedule, steps: Steps, until_next_day_s: int) -> int:
    """Return what the review log keeps as the interval before an answer."""
    match schedule.state:
        case CardState.NEW:
            return 0
        case CardState.REVIEW:
            return schedule.interval_days
        case _:
            return shown_delay(steps.current_s(), until_next_day_s) if len(steps) else 0


def log_kind(schedule: Schedule) -> ReviewKind:
    """Return the kind of log entry that an answer in this state makes."""
    match schedule.state:
        case CardState.REVIEW:
            return ReviewKind.REVIEW
        case CardState.RELEARNING:
            return ReviewKind.RELEARN
        case _:
            return ReviewKind.LEARN


def outcome(
    before: Schedule,
    after: Schedule,
    shown: int,
    steps: Steps,
    context: SchedulingContext,
    *,
    factor: int,
    leech: bool,
) -> Outcome:
    """Return an outcome with its label and log values."""
    return Outcome(
        schedule=replace(after, reps=before.reps + 1, last_answer_ms=context.now_ms),
        interval=shown,
        label=interval_label(shown),
        kind=log_kind(before),
        log_interval=shown,
        log_last_interval=logged_last_interval(before, steps, context.until_next_day_s),
        log_factor=factor,
        leech=leech,
        suspend=leech and context.options.leech_suspend,
    )
