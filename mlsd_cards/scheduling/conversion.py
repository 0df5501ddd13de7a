"""From one scheduler to another: no due date and no interval changes, and memory goes along.

Source: ankitects/anki `rslib/src/scheduler/fsrs/memory_state.rs` for the way to `fsrs`.
"""

from collections.abc import Sequence
from dataclasses import replace

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import ReviewLogEntry
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.fuzz import half_up
from mlsd_cards.scheduling.history import DEFAULT_EASE, DayOf, with_memory
from mlsd_cards.scheduling.sm2 import SECOND_INTERVAL

_LOWEST_EASE = 1300


def converted(
    schedule: Schedule,
    source: str,
    options: Options,
    *,
    today: int,
    log: Sequence[ReviewLogEntry] = (),
    day_of: DayOf,
) -> Schedule:
    """Return a schedule made under scheduler `source` as that of `options.scheduler` goes on with it.

    `log` (the card's, oldest first) and `day_of` are read on the way to `fsrs` only.

    Raises:
        InputError: one of the two is not a scheduler, or the FSRS parameters cannot be used.
    """
    for name in (source, options.scheduler):
        if name not in SCHEDULER_NAMES:
            raise InputError(f"“{name}” is not a scheduler; there are: {', '.join(SCHEDULER_NAMES)}.")
    if source == options.scheduler:
        return schedule
    match options.scheduler:
        case "sm2":
            return _to_sm2(schedule, today)
        case "anki-sm2":
            return _to_anki_sm2(_from_sm2(schedule) if source == "sm2" else schedule, options)
        case _:
            return with_memory(replace(schedule, repetitions=0, drill_day=None), options, log, day_of)


def _from_sm2(schedule: Schedule) -> Schedule:
    if schedule.repetitions == 0:
        return _as_new(schedule)
    return replace(schedule, state=CardState.REVIEW, repetitions=0, drill_day=None)


def _to_anki_sm2(schedule: Schedule, options: Options) -> Schedule:
    ease = schedule.ease_permille
    if ease == 0 and schedule.interval_days > 0:
        ease = half_up(options.starting_ease * 1000)
    elif 0 < ease < _LOWEST_EASE:
        ease = _LOWEST_EASE
    return replace(schedule, ease_permille=ease)


def _to_sm2(schedule: Schedule, today: int) -> Schedule:
    if schedule.state is CardState.NEW:
        return replace(schedule, drill_day=None)
    if schedule.state is CardState.LEARNING and schedule.interval_days <= 0:
        return _as_new(schedule)
    interval = schedule.interval_days
    return replace(
        schedule,
        state=CardState.REVIEW,
        due_day=today if schedule.due_at_ms is not None else schedule.due_day,
        due_at_ms=None,
        ease_permille=max(_LOWEST_EASE, schedule.ease_permille or DEFAULT_EASE),
        steps_left=0,
        drill_day=None,
        repetitions=(interval > 0) + (interval >= SECOND_INTERVAL),
    )


def _as_new(schedule: Schedule) -> Schedule:
    return replace(
        schedule,
        state=CardState.NEW,
        due_day=None,
        due_at_ms=None,
        steps_left=0,
        repetitions=0,
        drill_day=None,
        stability=None,
        difficulty=None,
    )
