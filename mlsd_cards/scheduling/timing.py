"""Which day it is: a day begins at the rollover hour of the local wall clock, also when clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY_MS = 86_400_000


def created_date(created_ms: int, offset_minutes_east: int) -> int:
    """Return the ordinal of the calendar date of a collection's creation, in the offset of that time."""
    moment = datetime.fromtimestamp(created_ms / 1000, UTC) + timedelta(minutes=offset_minutes_east)
    return moment.date().toordinal()


def days_since(moment_ms: int, next_day_at_ms: int) -> int:
    """Return how many rollovers lie between a moment and today, taking every day as 24 hours.

    A stand-in for the difference of day numbers where no `DayBoundary` is at hand.
    """
    return max(0, (next_day_at_ms - 1 - moment_ms) // _DAY_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBoundary:
    """Turns moments into day numbers and back.

    Day 0 is the collection's creation date (an ordinal as of `date.toordinal`); `rollover_hour` is 0 to 23.

    Source: ankitects/anki `rslib/src/scheduler/timing.rs`; the next day's start follows the wall clock, also
    on days when clocks change.
    """

    created_date: int
    rollover_hour: int
    zone: tzinfo

    def study_date(self, now_ms: int) -> date:
        """Return the local calendar date of the day that `now_ms` belongs to."""
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self.zone)
        return local.date() - timedelta(days=1) if local.hour < self.rollover_hour else local.date()

    def day_number(self, now_ms: int) -> int:
        """Return the number of the day that `now_ms` belongs to, at least 0."""
        return max(0, self.day_of_moment(now_ms))

    def day_of_moment(self, moment_ms: int) -> int:
        """Return the day number of a moment of the past, negative before the collection was made.

        Differences of these are the elapsed days between reviews, which may be older than the collection.
        """
        return self.study_date(moment_ms).toordinal() - self.created_date

    def next_day_at_ms(self, now_ms: int) -> int:
        """Return the moment (UTC milliseconds) at which the day after that of `now_ms` begins."""
        return self._start_ms(self.study_date(now_ms) + timedelta(days=1))

    def until_next_day_s(self, now_ms: int) -> int:
        """Return the whole seconds from `now_ms` to the next day's start, at least 1."""
        return max(1, -(-(self.next_day_at_ms(now_ms) - now_ms) // 1000))

    def day_start_ms(self, day: int) -> int:
        """Return the moment (UTC milliseconds) at which day number `day` begins."""
        return self._start_ms(date.fromordinal(self.ordinal_of_day(day)))

    def ordinal_of_day(self, day: int) -> int:
        """Return the ordinal of the calendar date of day number `day`."""
        return self.created_date + day

    def day_of_ordinal(self, ordinal: int) -> int:
        """Return the day number of a calendar date; negative before the collection was made."""
        return ordinal - self.created_date

    def _start_ms(self, day: date) -> int:
        # Fold 0 takes the first of a repeated hour and reads a skipped one with the offset before the change.
        start = datetime.combine(day, time(self.rollover_hour), tzinfo=self.zone)
        return round(start.timestamp() * 1000)
