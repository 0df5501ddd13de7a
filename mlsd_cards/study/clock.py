"""The one place that reads the real time.

`MLSD_CARDS_NOW` (ISO 8601 with offset) fixes the clock, for tests and demonstrations.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo

from mlsd_cards.domain.errors import InputError

NOW_VARIABLE = "MLSD_CARDS_NOW"
_FIRST_YEAR, _LAST_YEAR = 1971, 9000  # what can be counted in milliseconds since 1970 with room for intervals


class LocalZone(tzinfo):
    """The zone of this computer, with the daylight-saving rules that its operating system knows."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """Return the offset east of UTC at wall-clock time `dt`; of two equal times `fold` chooses."""
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Return nothing: the offset holds everything that is used."""
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        """Return the name of the zone at `dt`."""
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        """Return the wall-clock time of the UTC moment `dt`."""
        local = dt.replace(tzinfo=UTC).astimezone()
        first = local.replace(tzinfo=None).astimezone()  # of two moments that the wall shows alike
        return local.replace(tzinfo=self, fold=int(first.utcoffset() != local.utcoffset()))


class Clock:
    """The real time in the zone of this computer."""

    fixed = False

    def __init__(self) -> None:
        self.zone: tzinfo = LocalZone()

    def now(self) -> datetime:
        """Return this moment, with its zone."""
        return datetime.now(UTC).astimezone(self.zone)  # noqa: TID251  (here, and nowhere else)

    def now_ms(self) -> int:
        """Return this moment in milliseconds since 1970, UTC."""
        return round(self.now().timestamp() * 1000)

    def offset_minutes(self) -> int:
        """Return the present offset of the zone, in minutes east of UTC."""
        offset = self.now().utcoffset() or timedelta()
        return int(offset.total_seconds()) // 60


class FixedClock(Clock):
    """A clock that stands still until it is set. Its zone is the offset of the moment."""

    fixed = True

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Move the clock to `moment`, which needs a zone.

        Raises:
            InputError: `moment` has no offset from UTC.
        """
        if moment.tzinfo is None:
            raise InputError(
                f"The time {moment.isoformat()} has no offset; write for instance {moment.isoformat()}+00:00."
            )
        self._moment = moment
        self.zone = moment.tzinfo

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self._moment


def parse_moment(text: str) -> datetime:
    """Return the moment that `text` names in ISO 8601 with an offset.

    Raises:
        InputError: `text` is not such a moment.
    """
    text = text.strip()[:80]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"“{text}” is not a time; write for instance 2026-11-30T09:00:00+01:00.") from None
    if moment.tzinfo is None:
        raise InputError(f"The time “{text}” has no offset; write for instance 2026-11-30T09:00:00+01:00.")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InputError(f"The time “{text}” is not within the years {_FIRST_YEAR} to {_LAST_YEAR}.")
    return moment


def system_clock() -> Clock:
    """Return the real clock, or the one fixed by `MLSD_CARDS_NOW`.

    Raises:
        InputError: the variable does not hold a time.
    """
    if fixed := os.environ.get(NOW_VARIABLE):
        return FixedClock(parse_moment(fixed))
    return Clock()
