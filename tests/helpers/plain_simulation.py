"""The days of a simulation, one card after the other by the real schedulers: slow, and plain to read.

What `scheduling.simulation` does in columns of numbers is compared with it.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import DAY_S, SchedulingContext, scheduler
from mlsd_cards.scheduling.balance import DayLoads, wants_loads
from mlsd_cards.scheduling.fuzz import fuzz_factor
from mlsd_cards.scheduling.history import suggested_memory
from mlsd_cards.scheduling.memory import Memory, memory_model
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, SimulatedDay

_FIRST_RATINGS = (0.24, 0.094, 0.495, 0.171)  # Again, Hard, Good, Easy
_PASSING_RATINGS = (0.224, 0.631, 0.145)  # Hard, Good, Easy
_GOOD = 3
_MOST_TURNS = 20
_DAY_MS = 1000 * DAY_S


class PlainRun:
    """A simulation as `simulation.simulate` makes it. `lived` is asked for day after day."""

    def __init__(
        self,
        cards: Sequence[SimulatedCard],
        limits: Sequence[DayLimits],
        today: int,
        now_ms: int,
        seed: int,
        weekday: int,
    ) -> None:
        self.today, self.now_ms, self.seed, self.weekday = today, now_ms, seed, weekday
        self.cards = cards
        self.limits = limits
        self.schedules = [card.schedule for card in cards]
        self.models = [memory_model(card.options.parameters) for card in cards]
        self.schedulers = {
            name: scheduler(name) for name in sorted({card.options.scheduler for card in cards})
        }
        self.memories: dict[int, Memory] = {}
        self.last_days: dict[int, int] = {}
        self.coming: defaultdict[int, list[int]] = defaultdict(list)
        self.waiting: list[list[int]] = [[] for _ in limits]  # due, longest first
        self.unseen: list[list[int]] = [[] for _ in limits]  # next one last
        for place in reversed(range(len(cards))):
            if cards[place].schedule.state is CardState.NEW:
                self.unseen[cards[place].limits].append(place)
        seen = [place for place, card in enumerate(cards) if card.schedule.state is not CardState.NEW]
        for place in sorted(seen, key=lambda place: self.due(place, today)):
            self._begin(place)

    def _begin(self, place: int) -> None:
        card, schedule = self.cards[place], self.schedules[place]
        memory = card.memory or suggested_memory(schedule, card.options)
        self.memories[place] = memory or self.models[place].after(None, _GOOD, 0)
        last = card.last_day
        if last is None:
            last = (self.today if schedule.due_day is None else schedule.due_day) - schedule.interval_days
        self.last_days[place] = min(last, self.today)
        self.coming[max(self.today, self.due(place, self.today))].append(place)

    def due(self, place: int, day: int) -> int:
        """Return the day on which a card comes next; `day` itself if it comes again on that day."""
        schedule = self.schedules[place]
        if schedule.drill_day == day:
            return day
        if schedule.due_day is not None:
            return schedule.due_day
        later = (schedule.due_at_ms or 0) - self._moment_ms(day)
        return day if later < _DAY_MS // 2 else day + 1

    def _moment_ms(self, day: int) -> int:
        return self.now_ms + (day - self.today) * _DAY_MS

    def lived(self, day: int) -> SimulatedDay:
        """Answer what one day brings."""
        for place in self.coming.pop(day, ()):
            self.waiting[self.cards[place].limits].append(place)
        reviews = new = answers = 0
        for number, limit in enumerate(self.limits):
            first = day == self.today
            room = max(0, limit.reviews_per_day - (limit.reviews_done if first else 0))
            room_new = max(0, limit.new_per_day - (limit.new_done if first else 0))
            if not limit.new_ignore_review_limit:
                room = max(0, room - (limit.new_done if first else 0))
            due = self.waiting[number][:room]
            del self.waiting[number][:room]
            if not limit.new_ignore_review_limit:
                room_new = min(room_new, room - len(due))
            met = [self.unseen[number].pop() for _ in range(min(room_new, len(self.unseen[number])))]
            answers += sum(self._answered(place, day) for place in (*due, *met))
            reviews += len(due)
            new += len(met)
        return SimulatedDay(day, reviews, new, answers, self._recall(day))

    def _recall(self, day: int) -> float | None:
        if not self.memories:
            return None
        models, last_days = self.models, self.last_days
        chances = (
            models[place].retrievability(memory.stability, day - last_days[place])
            for place, memory in self.memories.items()
        )
        return sum(chances) / len(self.memories)

    def _answered(self, place: int, day: int) -> int:
        """Answer a card until it is done for the day; return how many answers that took."""
        card = self.cards[place]
        chosen = self.schedulers[card.options.scheduler]
        rating = self._rating(place, day)
        for turn in range(1, _MOST_TURNS + 1):
            schedule = self.schedules[place]
            context = SchedulingContext(
                now_ms=self._moment_ms(day),
                today=day,
                until_next_day_s=DAY_S // 2,
                options=card.options,
                fuzz_factor=fuzz_factor(card.id, schedule.reps) if card.options.fuzz else None,
                last_answer_day=self.last_days.get(place),
                loads=self._loads(card.options, day),
            )
            outcome = chosen.next_states(schedule, context)[rating]
            self.memories[place] = self._memory_after(place, rating, day, outcome.schedule)
            self.last_days[place] = day
            self.schedules[place] = outcome.schedule
            if outcome.suspend:
                return turn
            due = self.due(place, day)
            if due > day:
                break
            rating = _GOOD
        self.coming[max(due, day + 1)].append(place)
        return turn

    def _loads(self, options: Options, day: int) -> DayLoads | None:
        if not wants_loads(options):
            return None
        return DayLoads(
            weekday=(self.weekday + day - self.today) % 7,
            due=_Ahead(self.coming, day),
            balanced=options.load_balance,
            easy_days=options.easy_days,
        )

    def _memory_after(self, place: int, rating: int, day: int, after: Schedule) -> Memory:
        if after.stability is not None and after.difficulty is not None and self._reckons_memory(place):
            return Memory(after.stability, after.difficulty)  # by the same formulas: not reckoned twice
        elapsed = day - self.last_days.get(place, day)
        return self.models[place].after(self.memories.get(place), rating, elapsed)

    def _reckons_memory(self, place: int) -> bool:
        return self.cards[place].options.scheduler == "fsrs"

    def _rating(self, place: int, day: int) -> int:
        recalled, how = self._chances(self.cards[place].id, day)
        memory = self.memories.get(place)
        if memory is None:
            return _drawn(how, _FIRST_RATINGS)
        chance = self.models[place].retrievability(memory.stability, day - self.last_days[place])
        return 1 + _drawn(how, _PASSING_RATINGS) if recalled < chance else 1

    def _chances(self, card_id: int, day: int) -> tuple[float, float]:
        digest = blake2b(struct.pack("<qqq", self.seed, card_id, day), digest_size=16).digest()
        first, second = struct.unpack("<QQ", digest)
        return first / 2**64, second / 2**64


class _Ahead(Mapping[int, int]):
    """How many cards come back, by days from `day`."""

    def __init__(self, coming: Mapping[int, Sequence[int]], day: int) -> None:
        self._coming, self._day = coming, day

    def __getitem__(self, interval: int) -> int:
        return len(self._coming[self._day + interval]) if self._day + interval in self._coming else 0

    def __iter__(self) -> Iterator[int]:
        return (day - self._day for day in self._coming)

    def __len__(self) -> int:
        return len(self._coming)


def _drawn(chance: float, weights: Sequence[float]) -> int:
    """Return 1 for the first of `weights`, and so on, as `chance` in [0, 1) falls."""
    for number, weight in enumerate(weights[:-1], 1):
        chance -= weight
        if chance < 0:
            return number
    return len(weights)
