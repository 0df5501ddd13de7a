"""Which day it is for the collection, also where the clock was put back."""

from dataclasses import dataclass

from mlsd_cards.domain.changes import Op
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import reviews, settings
from mlsd_cards.store.collection import Store

ROLLOVER_HOUR = "rollover_hour"
DEFAULT_ROLLOVER_HOUR = 4
_SLACK_DAYS = 2
_ACCEPTED = "clock_accepted"  # newest answer (ms) and newest day that come from a wrong clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The present day. Times are UTC milliseconds.

    `number` is that of the day which is lived now. `behind` is by how many days the clock is behind the newest
    answer given here, beyond what a journey explains; 0 where all is well. Answers up to `passed_over_ms` are
    known to come from a wrong clock and do not count.
    """

    boundary: DayBoundary
    now_ms: int
    number: int
    behind: int = 0
    passed_over_ms: int = 0

    @property
    def next_day_at_ms(self) -> int:
        """The moment at which the next day begins."""
        return max(self.boundary.next_day_at_ms(self.now_ms), self.boundary.day_start_ms(self.number + 1))

    @property
    def warning(self) -> str:
        """A sentence for the user if the clock cannot be right, else empty."""
        if not self.behind:
            return ""
        return (
            f"The clock of this computer is {self.behind} days behind your newest answer, so answers are not "
            "recorded: set it right, or accept it on the Today screen or with "
            "`mlsd-cards settings clock_is_right true`."
        )


def present_day(store: Store, boundary: DayBoundary, now_ms: int) -> Day:
    """Return the day of the moment `now_ms`.

    After a journey westwards, or with the clock put back by up to two days, it is the day of the newest answer
    given here, so that no day is lived twice. Imported answers do not count: they may come from any clock.
    """
    lived = boundary.day_of_moment(now_ms)  # below 0 where the clock is behind the collection's first day
    with store.read() as conn:
        newest_ms = reviews.newest_own(conn, boundary.day_start_ms(lived + 1))
        newest_day = reviews.newest_day(conn, lived)  # as it was counted, perhaps in another zone
        if newest_ms == 0 and newest_day == lived:
            return Day(boundary=boundary, now_ms=now_ms, number=max(0, lived))
        accepted_ms, accepted_day = settings.get(conn, _ACCEPTED, (0, -1))
    ahead = max(
        boundary.day_of_moment(newest_ms) - lived if newest_ms > accepted_ms else 0,
        newest_day - lived if newest_day > accepted_day else 0,
    )
    near = ahead <= _SLACK_DAYS
    return Day(
        boundary=boundary,
        now_ms=now_ms,
        number=max(0, lived + ahead if near else lived),
        behind=0 if near else ahead,
        passed_over_ms=accepted_ms,
    )


def accept_clock(store: Store, boundary: DayBoundary, now_ms: int) -> None:
    """Take the clock that shows `now_ms` as right, though answers given here lie in its future."""
    with store.transaction(Op.SETTINGS) as tx:
        newest_day = reviews.newest_day(tx.conn, boundary.day_of_moment(now_ms))
        settings.put(tx, _ACCEPTED, (reviews.newest_own(tx.conn, now_ms), newest_day))
