"""The days of a simulation: which cards come, how the person answers, when they come again.

Source: open-spaced-repetition/fsrs-rs `src/simulation.rs` (how first answers and passing answers are spread).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.balance import wants_loads
from mlsd_cards.scheduling.history import suggested_memory
from mlsd_cards.scheduling.memory import MINIMUM_STABILITY, memory_model
from mlsd_cards.scheduling.replay import memories_after
from mlsd_cards.scheduling.simulation_anki_sm2 import AnkiSm2Columns
from mlsd_cards.scheduling.simulation_balanced import Balanced
from mlsd_cards.scheduling.simulation_columns import (
    HALF_DAY_S,
    MOST_TURNS,
    NO_DAY,
    Columns,
    Flags,
    Floats,
    Ints,
    columns,
)
from mlsd_cards.scheduling.simulation_fsrs import FsrsColumns
from mlsd_cards.scheduling.simulation_fuzz import chances, fuzz_factors
from mlsd_cards.scheduling.simulation_sm2 import Sm2Columns
from mlsd_cards.scheduling.simulation_terms import DayLimits, SimulatedCard, SimulatedDay

_FIRST_RATINGS = (0.24, 0.094, 0.495, 0.171)  # Again, Hard, Good, Easy
_PASSING_RATINGS = (0.224, 0.631, 0.145)  # Hard, Good, Easy
_GOOD = 3
_DAY_MS = 2000 * HALF_DAY_S


class SchedulerInColumns(Protocol):
    """A scheduler that answers many cards of one preset at once."""

    def answer(self, cards: Columns, rating: Ints, factor: Floats | None, day: int) -> Flags:
        """Answer each card once, in place; return which became leeches. `factor` is None without fuzz."""


def in_columns(options: Options) -> SchedulerInColumns:
    """Return the scheduler of a preset for many cards at once.

    Raises:
        InputError: there is no such scheduler, or its parameters cannot be used.
    """
    match options.scheduler:
        case "sm2":
            return Sm2Columns(options)
        case "anki-sm2":
            return AnkiSm2Columns(options)
        case "fsrs":
            return FsrsColumns(options)
        case name:
            raise InputError(f"“{name}” is not a scheduler; there are: {', '.join(SCHEDULER_NAMES)}.")


class _Kind:
    """What the cards of one preset share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.model = memory_model(options.parameters)
        self.scheduler = in_columns(options)
        self.fuzz = options.fuzz and options.scheduler != "sm2"
        self.weighed = options.scheduler != "sm2" and wants_loads(options)


class Run:
    """One simulation from its first day on. `lived` is asked for day after day."""

    def __init__(
        self,
        cards: Sequence[SimulatedCard],
        limits: Sequence[DayLimits],
        *,
        today: int,
        now_ms: int,
        seed: int,
        weekday: int,
    ) -> None:
        self._today, self._seed, self._limits = today, seed, limits
        self._ids = [card.id for card in cards]
        self._limit_of = np.array([card.limits for card in cards], dtype=np.int64)
        self._sort_into_kinds(cards)
        comes = [_comes(card.schedule, today, now_ms) for card in cards]
        self._last_days = np.array([_last_day(card, today) for card in cards], dtype=np.int64)
        self._stability, self._difficulty = self._remembered(cards)
        self._columns = columns(
            [card.schedule for card in cards],
            [card.options for card in cards],
            comes,
            self._last_days.tolist(),
        )
        self._suspended = np.zeros(len(cards), dtype=bool)
        self._balanced = Balanced([card.schedule for card in cards], today, now_ms, weekday)
        self._coming: defaultdict[int, list[Ints]] = defaultdict(list)
        self._ahead: Counter[int] = Counter()  # how many cards of `_coming` each day has
        new = np.array([card.schedule.state is CardState.NEW for card in cards], dtype=bool)
        self._unseen = [np.flatnonzero(new & (self._limit_of == n)) for n in range(len(limits))]
        self._waiting = [np.zeros(0, dtype=np.int64) for _ in limits]  # due, longest first
        seen = np.flatnonzero(~new)
        self._place(seen[np.argsort(self._columns.comes[seen], kind="stable")], today)

    def _sort_into_kinds(self, cards: Sequence[SimulatedCard]) -> None:
        numbers: dict[Options, int] = {}
        kind_of = [numbers.setdefault(card.options, len(numbers)) for card in cards]
        self._kind_of = np.array(kind_of, dtype=np.int64)
        self._kinds = [_Kind(options) for options in numbers]
        curves = np.array([kind.model.curve for kind in self._kinds]).reshape(-1, 2)
        self._factor, self._decay = curves[self._kind_of].T

    def _remembered(self, cards: Sequence[SimulatedCard]) -> tuple[Floats, Floats]:
        """Return what the person remembers at the beginning, NaN of what was never met."""
        found = np.full((len(cards), 2), np.nan)
        for place, card in enumerate(cards):
            if card.schedule.state is not CardState.NEW:
                memory = card.memory or suggested_memory(card.schedule, card.options)
                found[place] = memory or self._kinds[self._kind_of[place]].model.after(None, _GOOD, 0)
        return found[:, 0].copy(), found[:, 1].copy()

    # Days

    def lived(self, day: int) -> SimulatedDay:
        """Answer what one day brings."""
        came = np.concatenate([np.zeros(0, dtype=np.int64), *self._coming.pop(day, [])])
        self._ahead.pop(day, None)
        due, met = [], []
        for number, limit in enumerate(self._limits):
            here = came[self._limit_of[came] == number]
            waiting = np.concatenate([self._waiting[number], here]) if len(here) else self._waiting[number]
            first = day == self._today
            room = max(0, limit.reviews_per_day - (limit.reviews_done if first else 0))
            room_new = max(0, limit.new_per_day - (limit.new_done if first else 0))
            if not limit.new_ignore_review_limit:
                room = max(0, room - (limit.new_done if first else 0))
                room_new = min(room_new, room - min(room, len(waiting)))
            due.append(waiting[:room])
            self._waiting[number] = waiting[room:]
            met.append(self._unseen[number][:room_new])
            self._unseen[number] = self._unseen[number][room_new:]
        parts = [part for pair in zip(due, met, strict=True) for part in pair if len(part)]
        answers = self._answered(np.concatenate(parts), day) if parts else 0
        return SimulatedDay(day, sum(map(len, due)), sum(map(len, met)), answers, self._recall(day))

    def _recall(self, day: int) -> float | None:
        met = np.flatnonzero(~np.isnan(self._stability))
        return float(self._chance_of_recall(met, day).mean()) if len(met) else None

    def _chance_of_recall(self, places: Ints, day: int) -> Floats:
        stability = np.maximum(self._stability[places], MINIMUM_STABILITY)
        elapsed = day - self._last_days[places]
        chance: Floats = (1 + self._factor[places] * elapsed / stability) ** -self._decay[places]
        return chance

    # Answers

    def _answered(self, places: Ints, day: int) -> int:
        """Answer cards until they are done for the day; return how many answers that took."""
        ratings = self._ratings(places, day)
        kinds = self._kind_of[places]
        answers = 0
        weighed = np.zeros(len(places), dtype=bool)
        for number in np.unique(kinds).tolist():
            at = kinds == number
            if self._kinds[number].weighed:
                weighed |= at
            else:
                answers += self._answered_at_once(places[at], ratings[at], self._kinds[number], day)
        coming = places[~weighed & ~self._suspended[places]]
        self._ahead.update(np.maximum(self._columns.comes[coming], day + 1).tolist())
        for place, rating in zip(places[weighed].tolist(), ratings[weighed].tolist(), strict=True):
            answers += self._answered_alone(place, rating, day)
        self._place(places[~self._suspended[places]], day + 1, counted=True)
        return answers

    def _answered_at_once(self, places: Ints, ratings: Ints, kind: _Kind, day: int) -> int:
        answers = 0
        cards = self._columns.take(places)
        for _ in range(MOST_TURNS):
            answers += len(places)
            factor = None
            if kind.fuzz:
                factor = fuzz_factors([self._ids[place] for place in places.tolist()], cards.reps.tolist())
            leech = kind.scheduler.answer(cards, ratings, factor, day)
            self._columns.put(places, cards)
            self._remember(places, ratings, kind, cards, day)
            again = cards.comes <= day
            if kind.options.leech_suspend:
                self._suspended[places] = leech
                again &= ~leech
            if not again.any():
                break
            places, cards = places[again], cards.take(np.flatnonzero(again))
            ratings = np.full(len(places), _GOOD)
        return answers

    def _remember(self, places: Ints, ratings: Ints, kind: _Kind, cards: Columns, day: int) -> None:
        if kind.options.scheduler == "fsrs":  # by the same formulas: not reckoned twice
            stability, difficulty = cards.stability, cards.difficulty
        else:
            stability, difficulty = memories_after(
                kind.model,
                self._stability[places],
                self._difficulty[places],
                ratings,
                np.maximum(0, day - self._last_days[places]).astype(np.float64),
            )
        self._stability[places], self._difficulty[places] = stability, difficulty
        self._last_days[places] = day

    def _answered_alone(self, place: int, rating: int, day: int) -> int:
        """Answer one card whose days are weighed; the next one sees where it has gone."""
        kind = self._kinds[self._kind_of[place]]
        found = self._balanced.answered(
            place,
            self._ids[place],
            rating,
            kind.options,
            day,
            memory=(float(self._stability[place]), float(self._difficulty[place])),
            last_day=int(self._last_days[place]),
            ahead=self._ahead,
        )
        self._stability[place], self._difficulty[place] = found.memory
        self._last_days[place] = day
        self._columns.comes[place] = found.comes
        self._suspended[place] = found.suspended
        if not found.suspended:
            self._ahead[max(found.comes, day + 1)] += 1
        return found.turns

    def _place(self, places: Ints, first: int, *, counted: bool = False) -> None:
        """Have cards come on their days, from the day `first` on, in the order given."""
        comes = np.maximum(self._columns.comes[places], first)
        order = np.argsort(comes, kind="stable")
        days, begins = np.unique(comes[order], return_index=True)
        parts = np.split(places[order], begins[1:])
        for day, part in zip(days.tolist(), parts, strict=True) if len(places) else ():
            self._coming[day].append(part)
        if not counted:
            self._ahead.update(comes.tolist())

    def _ratings(self, places: Ints, day: int) -> Ints:
        keys = ((self._seed, self._ids[place], day) for place in places.tolist())
        recalled, how = chances(keys, 2).T / 2.0**64
        fresh = np.isnan(self._stability[places])
        passed = recalled < self._chance_of_recall(places, day)
        later = np.where(passed, 1 + _drawn(how, _PASSING_RATINGS), 1)
        return np.where(fresh, _drawn(how, _FIRST_RATINGS), later)


def _comes(schedule: Schedule, day: int, now_ms: int) -> int:
    """Return the day on which a card comes next; `day` itself if it comes again on that day."""
    if schedule.drill_day == day:
        return day
    if schedule.due_day is not None:
        return schedule.due_day
    return day if (schedule.due_at_ms or 0) - now_ms < _DAY_MS // 2 else day + 1


def _last_day(card: SimulatedCard, today: int) -> int:
    schedule = card.schedule
    if schedule.state is CardState.NEW:
        return NO_DAY
    last = card.last_day
    if last is None:
        last = (today if schedule.due_day is None else schedule.due_day) - schedule.interval_days
    return min(last, today)


def _drawn(chance: Floats, weights: Sequence[float]) -> Ints:
    """Return 1 for the first of `weights`, and so on, as each `chance` in [0, 1) falls."""
    number = np.ones(len(chance), dtype=np.int64)
    left = chance
    for weight in weights[:-1]:
        left = left - weight
        number += left >= 0
    return number
