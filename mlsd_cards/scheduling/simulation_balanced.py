"""Cards of a simulation whose days are weighed by how full they are: one after the other, by the real schedulers."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import NamedTuple

from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import DAY_S, Scheduler, SchedulingContext, scheduler
from mlsd_cards.scheduling.balance import DayLoads
from mlsd_cards.scheduling.fsrs import Fsrs
from mlsd_cards.scheduling.fuzz import fuzz_factor
from mlsd_cards.scheduling.memory import Memory, memory_model
from mlsd_cards.scheduling.plain_memory import memory_after
from mlsd_cards.scheduling.simulation_columns import HALF_DAY_S, MOST_TURNS

_GOOD = 3


class BalancedAnswer(NamedTuple):
    """What became of a card on one day: answers, its memory, the day on which it comes next."""

    turns: int
    memory: Memory
    comes: int
    suspended: bool


class Balanced:
    """The schedules of such cards, by place."""

    def __init__(self, schedules: Sequence[Schedule], today: int, now_ms: int, weekday: int) -> None:
        self._schedules = list(schedules)
        self._today, self._now_ms, self._weekday = today, now_ms, weekday
        self._schedulers: dict[str, Scheduler] = {"fsrs": Fsrs(memory_after)}

    def answered(
        self,
        place: int,
        card_id: int,
        rating: int,
        options: Options,
        day: int,
        *,
        memory: tuple[float, float],
        last_day: int,
        ahead: Mapping[int, int],
    ) -> BalancedAnswer:
        """Answer a card until it is done for the day. `ahead` counts the cards that come by their days.

        `memory` is the person's, NaN of a card never met, and `last_day` that of the last answer.
        """
        loads = DayLoads(
            weekday=(self._weekday + day - self._today) % 7,
            due=Ahead(ahead, day),
            balanced=options.load_balance,
            easy_days=options.easy_days,
        )
        now_ms = self._now_ms + (day - self._today) * 1000 * DAY_S
        known = None if isnan(memory[0]) else Memory(*memory)
        turns, comes, suspended = 0, day, False
        while turns < MOST_TURNS and comes <= day and not suspended:
            schedule = self._schedules[place]
            context = SchedulingContext(
                now_ms=now_ms,
                today=day,
                until_next_day_s=HALF_DAY_S,
                options=options,
                fuzz_factor=fuzz_factor(card_id, schedule.reps),
                last_answer_day=last_day,
                loads=loads,
            )
            outcome = self._scheduler(options.scheduler).next_states(schedule, context)[rating]
            after = self._schedules[place] = outcome.schedule
            known = self._memory(options, after, known, rating, max(0, day - last_day))
            last_day, rating = day, _GOOD
            comes, suspended, turns = _comes(after, day, now_ms), outcome.suspend, turns + 1
        assert known is not None, "a card is answered once at least"
        return BalancedAnswer(turns, known, comes, suspended)

    def _scheduler(self, name: str) -> Scheduler:
        if name not in self._schedulers:
            self._schedulers[name] = scheduler(name)
        return self._schedulers[name]

    def _memory(
        self, options: Options, after: Schedule, before: Memory | None, rating: int, elapsed: int
    ) -> Memory:
        if options.scheduler == "fsrs":  # by the same formulas: not reckoned twice
            assert after.stability is not None, "fsrs leaves a memory"
            assert after.difficulty is not None, "fsrs leaves a memory"
            return Memory(after.stability, after.difficulty)
        return memory_after(memory_model(options.parameters), before, rating, elapsed)


def _comes(schedule: Schedule, day: int, now_ms: int) -> int:
    if schedule.due_day is not None:
        return schedule.due_day
    return day if (schedule.due_at_ms or 0) - now_ms < 1000 * HALF_DAY_S else day + 1


class Ahead(Mapping[int, int]):
    """How many cards come back, by days from `day`."""

    def __init__(self, ahead: Mapping[int, int], day: int) -> None:
        self._ahead, self._day = ahead, day

    def __getitem__(self, interval: int) -> int:
        return self._ahead.get(self._day + interval, 0)

    def __iter__(self) -> Iterator[int]:
        return (day - self._day for day in self._ahead)

    def __len__(self) -> int:
        return len(self._ahead)
