"""Forecast of work and recall from the present collection."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardState
from mlsd_cards.domain.deck_limits import OwnLimits
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, is_inside, parent_names
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.conversion import converted
from mlsd_cards.scheduling.history import suggested_memory
from mlsd_cards.scheduling.memory import Memory
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, simulate
from mlsd_cards.store import cards, decks, reviews
from mlsd_cards.store.limits import own_limits
from mlsd_cards.study.desk import find_deck
from mlsd_cards.study.pace import PACE_DAYS, SECONDS_AN_ANSWER, own_pace
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

LONGEST_DAYS = 3650
_CARDS_AT_ONCE = 2000
_SIMULATING = "Simulating days"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastDay:
    """One day of a forecast: its ISO date, cards that come back, new cards, minutes, and mean recall, 0 to 1."""

    date: str
    reviews: int
    new: int
    minutes: float
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the coming days will bring. `cards` are those that take part: suspended ones do not."""

    days: tuple[ForecastDay, ...]
    cards: int
    seed: int
    scheduler: str  # empty: that of each deck


def forecast(
    collection: "Opened",
    deck: str | None = None,
    *,
    days: int = 365,
    scheduler: str = "",
    seed: int = 0,
    progress: Progress = no_progress,
) -> Forecast:
    """Return what reviewing every day will cost and bring; nothing is written.

    `scheduler` has all cards go on under it; without one each deck keeps its own.

    Raises:
        NotFound: there is no such deck. InputError: a number or the scheduler cannot be used.
    """
    _check(days, scheduler, seed)
    complete_memories(collection)
    day = collection.day()
    with collection.store.read() as conn:
        known, presets, own = decks.decks(conn), decks.presets(conn), own_limits(conn)
        done = reviews.done_today(conn, day.number)
        lately = reviews.daily(conn, day.number - PACE_DAYS + 1, day.number)
    chosen = None if deck is None else find_deck(known, deck)
    inside = [each for each in known.values() if chosen is None or is_inside(each.name, chosen.name)]
    options = {each.id: _options(presets[each.preset_id], own.get(each.id)) for each in inside}
    places, limits = _limits(inside, options, done)
    taking_part = [
        simulated_card(card, options[card.deck_id], scheduler, day, places[card.deck_id])
        for card in _cards(collection, inside, progress)
    ]
    seconds = own_pace(lately) or SECONDS_AN_ANSWER
    found: list[ForecastDay] = []
    weekday = date.fromordinal(day.boundary.ordinal_of_day(day.number)).weekday()
    run = simulate(
        taking_part, limits, today=day.number, now_ms=day.now_ms, days=days, seed=seed, weekday=weekday
    )
    for each in run:
        progress(_SIMULATING, len(found), days)
        found.append(
            ForecastDay(
                date=date.fromordinal(day.boundary.ordinal_of_day(each.day)).isoformat(),
                reviews=each.reviews,
                new=each.new,
                minutes=round(each.answers * seconds / 60, 1),
                recall=None if each.recall is None else round(each.recall, 4),
            )
        )
    progress(_SIMULATING, days, days)
    return Forecast(days=tuple(found), cards=len(taking_part), seed=seed, scheduler=scheduler)


def _options(preset: Preset, own: OwnLimits | None) -> Options:
    """Return the options of a deck; a limit that holds today only is too short to count."""
    return preset.options if own is None else own.over(preset.options, own.day + 1)


def _check(days: int, scheduler: str, seed: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"A forecast covers 1 to {LONGEST_DAYS} days, not {days}.")
    if not 0 <= seed < 1 << 63:
        raise InputError(f"A seed is a whole number from 0 to {(1 << 63) - 1}.")
    if scheduler and scheduler not in SCHEDULER_NAMES:
        raise InputError(f"“{scheduler}” is not a scheduler; there are: {', '.join(SCHEDULER_NAMES)}.")


def _limits(
    inside: list[Deck], options: Mapping[DeckId, Options], done: Mapping[DeckId, reviews.Done]
) -> tuple[dict[DeckId, int], list[DayLimits]]:
    """Return the limits of the outermost decks, and for each deck the place of those that hold for it."""
    names = {each.name.casefold(): each for each in inside}
    tops = {
        each.id: next(
            (names[name.casefold()] for name in parent_names(each.name) if name.casefold() in names), each
        ).id
        for each in inside
    }
    order = {top: place for place, top in enumerate(sorted(set(tops.values())))}
    limits: list[DayLimits] = []
    for top in order:
        below = [done[deck] for deck, outermost in tops.items() if outermost == top and deck in done]
        chosen = options[top]
        limits.append(
            DayLimits(
                chosen.new_per_day,
                chosen.reviews_per_day,
                chosen.new_ignore_review_limit,
                sum(each.new for each in below),
                sum(each.reviews for each in below),
            )
        )
    return {deck: order[top] for deck, top in tops.items()}, limits


def _cards(collection: "Opened", inside: list[Deck], progress: Progress) -> list[Card]:
    """Return the cards that take part, in the order in which new ones are met."""
    found: list[Card] = []
    with collection.store.read() as conn:
        ids = cards.ids_in_decks(conn, [each.id for each in inside])
        for start in range(0, len(ids), _CARDS_AT_ONCE):
            progress("Reading cards", start, len(ids))
            part = cards.cards_by_ids(conn, ids[start : start + _CARDS_AT_ONCE])
            found += [card for card in part.values() if not card.suspended]
    return sorted(found, key=lambda card: (card.position, card.id))


def simulated_card(card: Card, options: Options, scheduler: str, day: "Day", place: int = 0) -> SimulatedCard:
    """Return a card as a simulation takes it, under a scheduler if one is named, with the limits at `place`."""
    schedule, day_of = card.schedule, day.boundary.day_of_moment
    memory = None
    if schedule.stability is not None and schedule.difficulty is not None:
        memory = Memory(schedule.stability, schedule.difficulty)
    if memory is None and schedule.state is not CardState.NEW:
        memory = suggested_memory(schedule, options)
    if scheduler:
        source, options = options.scheduler, replace(options, scheduler=scheduler)
        schedule = converted(schedule, source, options, today=day.number, day_of=day_of)
    last = schedule.last_answer_ms
    return SimulatedCard(
        id=card.id,
        schedule=schedule,
        options=options,
        limits=place,
        last_day=None if last is None else day_of(last),
        memory=memory,
    )
