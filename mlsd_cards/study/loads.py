"""How full the days ahead are, as a sitting needs it to balance them."""

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.balance import LONGEST_BALANCED, DayLoads, wants_loads
from mlsd_cards.store import cards

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened


class Loads:
    """The reviews of the days ahead, read when first asked for and then kept up with the answers of a sitting."""

    def __init__(self, collection: "Opened", day: "Day") -> None:
        self._collection = collection
        self._day = day
        self._due: Counter[int] | None = None

    def of(self, options: Options) -> DayLoads | None:
        """Return what `options` want to be weighed, None if nothing."""
        if not wants_loads(options):
            return None
        if self._due is None:
            today = self._day.number
            with self._collection.store.read() as conn:
                due = cards.due_by_day(conn, today + 1, today + LONGEST_BALANCED)
            self._due = Counter({day - today: count for day, count in due.items()})
        return DayLoads(
            weekday=date.fromordinal(self._day.boundary.ordinal_of_day(self._day.number)).weekday(),
            due=self._due,
            balanced=options.load_balance,
            easy_days=options.easy_days,
        )

    def moved(self, before: Schedule, after: Schedule) -> None:
        """Take note of an answer that moved a card from one day to another."""
        if self._due is None:
            return
        for schedule, change in ((before, -1), (after, 1)):
            if schedule.due_day is not None and schedule.due_day > self._day.number:
                self._due[schedule.due_day - self._day.number] += change
