"""FSRS memory of cards: kept at every answer, filled from the review log, worked out anew for other parameters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardState, Schedule
from mlsd_cards.domain.decks import DeckId, Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.domain.reviews import Rating
from mlsd_cards.scheduling import SCHEDULER_NAMES, NextStates, Outcome, SchedulingContext
from mlsd_cards.scheduling.conversion import converted
from mlsd_cards.scheduling.fsrs import elapsed_days
from mlsd_cards.scheduling.history import DayOf, suggested_memory
from mlsd_cards.scheduling.memory import Memory, clipped_parameters, memory_model
from mlsd_cards.scheduling.plain_memory import memory_after
from mlsd_cards.store import cards, reviews

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

_CARDS_AT_ONCE = 5000
_UNKNOWN = "anki-sm2"  # stands in for a scheduler of another version: it keeps states as others do
_REMEMBERING = "Working out what you remember"


def usable(options: Options) -> Options:
    """Return options whose FSRS parameters can be used: the usual ones stand in for those that cannot.

    For schedulers that go on without them; `fsrs` itself refuses them.
    """
    try:
        clipped_parameters(options.parameters)
    except InputError:
        return replace(options, parameters=())
    return options


def differ(before: Options, after: Options) -> bool:
    """Whether memories made under one set of options are no longer right under another."""
    old, new = usable(before), usable(after)
    return (clipped_parameters(old.parameters), old.historical_retention) != (
        clipped_parameters(new.parameters),
        new.historical_retention,
    )


def carry_over(
    collection: "Opened",
    tx: "Transaction",
    deck_ids: Sequence[DeckId],
    before: Options,
    after: Options,
    progress: Progress = no_progress,
) -> None:
    """Have the cards of decks go on under other options of their preset, as part of the act `tx`.

    Memories are worked out anew where FSRS parameters differ, missing ones are completed, and where the
    scheduler differs schedules are converted. No due date and no interval changes.

    Raises:
        InputError: FSRS parameters cannot be used by `fsrs`. Cancelled: by `progress`; nothing is kept.
    """
    if after.scheduler == "fsrs":
        clipped_parameters(after.parameters)
    anew, options = differ(before, after), usable(after)
    if not anew and before.scheduler == after.scheduler:
        return
    source = before.scheduler if before.scheduler in SCHEDULER_NAMES else _UNKNOWN
    day = collection.day()
    day_of = cache(day.boundary.day_of_moment)  # asked for the same hours again and again
    ids = cards.ids_in_decks(tx.conn, deck_ids)
    for start in range(0, len(ids), _CARDS_AT_ONCE):
        progress(_REMEMBERING, start, len(ids))
        found = list(cards.cards_by_ids(tx.conn, ids[start : start + _CARDS_AT_ONCE]).values())
        remembered = _remembered(tx, found, options, day, day_of, anew=anew)
        for card, schedule in zip(found, remembered, strict=True):
            moved = converted(schedule, source, options, today=day.number, day_of=day_of)
            if moved is not card.schedule and moved != card.schedule:
                cards.update_card(tx, card, replace(card, schedule=moved, modified_ms=day.now_ms))
    progress(_REMEMBERING, len(ids), len(ids))


def _remembered(
    tx: "Transaction", found: Sequence[Card], options: Options, day: "Day", day_of: DayOf, *, anew: bool
) -> Iterator[Schedule]:
    """Yield the schedules of cards with their memory."""
    wanted = [
        card.id
        for card in found
        if card.schedule.state is not CardState.NEW and (anew or not _has_memory(card.schedule))
    ]
    known = from_log(reviews.memory_rows(tx.conn, wanted), options, day, day_of)
    for card in found:
        yield _with(card.schedule, known.get(card.id), options)


def from_log(
    rows: Iterable[tuple[int, ...]], options: Options, day: "Day", day_of: DayOf | None = None
) -> Mapping[int, tuple[Memory, int]]:
    """Return by card the memory that log rows tell of, and the moment of the last answer (UTC milliseconds).

    `rows` are as `scheduling.replay.LogRow`. Answers dated before 1970 or after today are left out.
    """
    from mlsd_cards.scheduling.replay import replayed

    told = replayed(
        rows,
        memory_model(options.parameters),
        options.historical_retention,
        day_of or day.boundary.day_of_moment,
        before_ms=day.next_day_at_ms,
    )
    values = zip(told.card_ids, told.stability, told.difficulty, told.last_answer_ms, strict=True)
    return {card_id: (Memory(stability, difficulty), last) for card_id, stability, difficulty, last in values}


def _with(schedule: Schedule, told: tuple[Memory, int] | None, options: Options) -> Schedule:
    """Return a schedule with the memory of the log, else its own, else that which fits interval and ease."""
    if schedule.state is CardState.NEW:
        return schedule
    if told is not None:
        memory: Memory | None = told[0]
        last = schedule.last_answer_ms or told[1]
    elif _has_memory(schedule):
        return schedule
    else:
        memory, last = suggested_memory(schedule, options), schedule.last_answer_ms or 0
    if memory is None:
        return schedule
    return replace(
        schedule, stability=memory.stability, difficulty=memory.difficulty, last_answer_ms=last or None
    )


def _has_memory(schedule: Schedule) -> bool:
    return schedule.stability is not None and schedule.difficulty is not None


def remembering(
    collection: "Opened", card: Card, states: NextStates, context: SchedulingContext, day: "Day"
) -> NextStates:
    """Return outcomes with the memory that each answer leaves, of a scheduler that reckons without it."""
    options, before = usable(context.options), card.schedule
    memory, elapsed = None, 0
    if before.state is not CardState.NEW:
        if not _has_memory(before):
            with collection.store.read() as conn:
                told = from_log(reviews.memory_rows(conn, [card.id]), options, day)
            before = _with(before, told.get(card.id), options)
        elapsed = elapsed_days(card.schedule, context)
        if before.last_answer_ms is not None and card.schedule.last_answer_ms is None:  # the log knows it
            elapsed = max(0, context.today - day.boundary.day_of_moment(before.last_answer_ms))
        if before.stability is not None and before.difficulty is not None:
            memory = Memory(before.stability, before.difficulty)
    model = memory_model(options.parameters)

    def outcome(rating: int) -> Outcome:
        left = memory_after(model, memory, rating, elapsed)
        after = replace(states[rating].schedule, stability=left.stability, difficulty=left.difficulty)
        return replace(states[rating], schedule=after)

    again, hard, good, easy = map(outcome, Rating)
    return NextStates(again=again, hard=hard, good=good, easy=easy)


def completed(
    schedules: Mapping[int, Schedule], rows: Iterable[tuple[int, ...]], options: Options, day: "Day"
) -> dict[int, Schedule]:
    """Return schedules by card, those without memory completed from log rows, else from interval and ease."""
    options = usable(options)
    known = from_log(rows, options, day)
    return {
        key: schedule if _has_memory(schedule) else _with(schedule, known.get(key), options)
        for key, schedule in schedules.items()
    }
