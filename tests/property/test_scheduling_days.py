"""Days where clocks change: each moment belongs to one day, and a day ends where the next one begins."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.scheduling.timing import DayBoundary

HOUR_MS = 3_600_000
# Lord Howe moves its clocks by half an hour, Havana and Beirut at midnight, New York at 2, Berlin at 2 or 3.
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "UTC")
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2019, 2031))
EXAMPLES = settings(max_examples=100, deadline=None)


def changes(name: str) -> list[int]:
    """Return the moments (UNIX seconds) at which a zone changes its offset, to the hour."""
    zone = ZoneInfo(name)
    found, before = [], None
    for hour in range(FIRST, LAST, 3600):
        offset = datetime.fromtimestamp(hour, zone).utcoffset()
        if before is not None and offset != before:
            found.append(hour)
        before = offset
    return found


CHANGES = {name: changes(name) or [FIRST] for name in ZONES}


@st.composite
def boundaries(draw: st.DrawFn) -> tuple[DayBoundary, int]:
    """Return a boundary and a moment, mostly within a day of a change of clocks."""
    name = draw(st.sampled_from(ZONES))
    created = datetime.fromtimestamp(FIRST, UTC).date().toordinal()
    boundary = DayBoundary(created_date=created, rollover_hour=draw(st.integers(0, 23)), zone=ZoneInfo(name))
    near = draw(st.sampled_from(CHANGES[name])) * 1000 + draw(st.integers(-30 * HOUR_MS, 30 * HOUR_MS))
    return boundary, draw(st.sampled_from([near, near, draw(st.integers(FIRST * 1000, LAST * 1000))]))


@EXAMPLES
@given(boundaries())
def test_a_day_ends_where_the_next_one_begins(given_day: tuple[DayBoundary, int]) -> None:
    boundary, now_ms = given_day
    day, end = boundary.day_of_moment(now_ms), boundary.next_day_at_ms(now_ms)
    assert now_ms < end
    assert boundary.day_of_moment(end) == day + 1
    assert boundary.day_of_moment(end - 1) == day
    assert boundary.day_start_ms(day) <= now_ms
    assert boundary.day_start_ms(day + 1) == end
    assert 22 * HOUR_MS <= end - boundary.day_start_ms(day) <= 26 * HOUR_MS
    assert 0 <= boundary.until_next_day_s(now_ms) * 1000 - (end - now_ms) < 1000


@EXAMPLES
@given(boundaries(), st.integers(0, 60 * HOUR_MS))
def test_days_never_go_back(given_day: tuple[DayBoundary, int], later: int) -> None:
    boundary, now_ms = given_day
    assert boundary.day_of_moment(now_ms) <= boundary.day_of_moment(now_ms + later)


@EXAMPLES
@given(st.integers(-14 * 60, 14 * 60), st.integers(0, 23), st.integers(FIRST, LAST))
def test_in_a_fixed_offset_days_are_24_hours(offset: int, hour: int, now: int) -> None:
    boundary = DayBoundary(created_date=1, rollover_hour=hour, zone=timezone(timedelta(minutes=offset)))
    day = boundary.day_of_moment(now * 1000)
    assert boundary.day_start_ms(day + 1) - boundary.day_start_ms(day) == 24 * HOUR_MS
    assert (
        day
        == ((now + offset * 60 - hour * 3600) // 86_400) + datetime(1970, 1, 1, tzinfo=UTC).toordinal() - 1
    )


@pytest.mark.parametrize(
    ("zone", "rollover", "moment", "expected"),
    [
        # The hour is skipped: it is read with the offset before the change.
        ("America/New_York", 2, (2025, 3, 9, 6, 59), (2025, 3, 9, 7)),
        ("Europe/Berlin", 2, (2025, 3, 30, 0, 59), (2025, 3, 30, 1)),
        ("Australia/Lord_Howe", 2, (2025, 10, 4, 15, 29), (2025, 10, 4, 15, 30)),
        ("America/Havana", 0, (2025, 3, 9, 4, 59), (2025, 3, 9, 5)),
        # It comes twice: the first one counts.
        ("America/New_York", 1, (2025, 11, 2, 4, 59), (2025, 11, 2, 5)),
        ("Europe/Berlin", 2, (2025, 10, 25, 23, 59), (2025, 10, 26, 0)),
        ("America/Havana", 0, (2025, 11, 2, 3, 59), (2025, 11, 2, 4)),
        # After a change the wall clock counts, not 24 hours.
        ("America/New_York", 4, (2025, 3, 8, 9), (2025, 3, 9, 8)),
        ("America/New_York", 4, (2025, 11, 1, 8), (2025, 11, 2, 9)),
        ("Australia/Lord_Howe", 4, (2025, 10, 3, 17, 30), (2025, 10, 4, 17)),
        ("Australia/Lord_Howe", 4, (2025, 4, 4, 17), (2025, 4, 5, 17, 30)),
    ],
)
def test_the_next_day_begins_by_the_wall_clock(
    zone: str, rollover: int, moment: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    boundary = DayBoundary(created_date=1, rollover_hour=rollover, zone=ZoneInfo(zone))
    now, end = (int(datetime(*each, tzinfo=UTC).timestamp() * 1000) for each in (moment, expected))  # type: ignore[misc, arg-type]
    assert boundary.next_day_at_ms(now) == end
