"""Schedulers behind one interface: pure functions of state, options and moment.

A scheduler answers all four ratings at once. The labels on the buttons are drawn from that value and the same
value is stored on answer, so that what is read is what is kept.

Where `anki-sm2`, `fsrs` and the day's list differ from Anki, on purpose:

| what                      | Anki                    | here, and why                                              |
|---------------------------|-------------------------|------------------------------------------------------------|
| days between two answers  | seconds / 86,400        | difference of day numbers: no day too many at the rollover |
| rollover, clocks changing | 24 hours on             | when the wall clock shows the hour: no day lost or doubled |
| clock put back            | may live a day twice    | up to 2 days: the newest answer's day; more: nothing is    |
|                           |                         | recorded until the clock is accepted                       |
| factor of the fuzz        | a random generator      | a hash of card and answers: the same on every machine      |
| delay of a learning step  | a second random number  | the factor of the fuzz: it can be told again               |
| fuzz, bounds crossed      | stops with an error     | the lower bound is brought down: odd presets still work    |
| equal places, random      | chance                  | a hash of day and card: a list built again is the same     |
| siblings put off          | also those not yet due  | those due today: what is not due needs no putting off      |
| a sibling in the list     | an error on some presets| leaves the list: a sitting never breaks                    |
| final drill of `sm2`      | none                    | after all else, due days unchanged: Wozniak's method       |
"""

from dataclasses import dataclass
from typing import Protocol

from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling.balance import DayLoads

DAY_S = 86_400

SCHEDULER_NAMES: tuple[str, ...] = ("sm2", "anki-sm2", "fsrs")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulingContext:
    """Everything uncertain that a scheduler needs, handed in as data.

    `now_ms` is UTC milliseconds, `today` the local day number, `until_next_day_s` the seconds from now to the
    rollover, `fuzz_factor` a number in [0, 1), or None for no fuzz. `last_answer_day` is the day number of
    the card's last answer (`DayBoundary.day_of_moment`); without it `fsrs` counts days of 24 hours back from
    the next rollover, which is wrong for an answer within an hour of a rollover if the clocks changed since.
    With `early_earns_less` (answers in a filtered deck) `anki-sm2` reckons with how much of the interval had
    passed; without it an early answer earns what one on time does. With `loads` the days that fuzz allows are
    weighed by how full and how wanted they are.
    """

    now_ms: int
    today: int
    until_next_day_s: int
    options: Options
    fuzz_factor: float | None = None
    last_answer_day: int | None = None
    early_earns_less: bool = False
    loads: DayLoads | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one rating leads to.

    `interval` is what the button says: days, or minus seconds; 0 is today's final drill. The `log_` values
    are those of the review log entry.
    """

    schedule: Schedule
    interval: int
    label: str
    kind: ReviewKind
    log_interval: int
    log_last_interval: int
    log_factor: int
    leech: bool = False
    suspend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStates:
    """The outcomes of the four ratings."""

    again: Outcome
    hard: Outcome
    good: Outcome
    easy: Outcome

    def __getitem__(self, rating: int) -> Outcome:
        """Return the outcome of `rating`.

        Raises:
            InputError: the rating is not 1 to 4.
        """
        if rating not in (1, 2, 3, 4):
            raise InputError(f"A rating is 1, 2, 3 or 4, not {rating}.")
        return (self.again, self.hard, self.good, self.easy)[rating - 1]


class Scheduler(Protocol):
    """Decides when a card comes back."""

    def next_states(self, schedule: Schedule, context: SchedulingContext) -> NextStates:
        """Return what each of the four ratings leads to."""


def scheduler(name: str) -> Scheduler:
    """Return the scheduler called `name`.

    Raises:
        InputError: there is no such scheduler.
    """
    if name == "sm2":
        from mlsd_cards.scheduling.sm2 import Sm2

        return Sm2()
    if name == "anki-sm2":
        from mlsd_cards.scheduling.anki_sm2 import AnkiSm2

        return AnkiSm2()
    if name == "fsrs":
        from mlsd_cards.scheduling.fsrs import Fsrs

        return Fsrs()
    raise InputError(f"“{name}” is not a scheduler; there are: {', '.join(SCHEDULER_NAMES)}.")


def is_leech(lapses: int, threshold: int) -> bool:
    """Whether a lapse that brought the count to `lapses` makes the card a leech.

    It does at the threshold, then at each half of it, rounded up, again.

    Source: ankitects/anki `rslib/src/scheduler/states/review.rs` (`leech_threshold_met`).
    """
    if threshold < 1 or lapses < threshold:
        return False
    half = max(1, (threshold + 1) // 2)
    return (lapses - threshold) % half == 0
