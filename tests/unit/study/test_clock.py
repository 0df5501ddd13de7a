"""The clock: real and fixed, its zone, and what may fix it."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.study import Clock, FixedClock, parse_moment, system_clock
from mlsd_cards.study.clock import LocalZone


@pytest.fixture
def berlin() -> Iterator[None]:
    """This computer stands in Berlin."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process cannot be set on this system")
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-30T09:00:00+01:00", "2026-11-30T08:00:00+00:00"),
        (" 2026-11-30T09:00Z ", "2026-11-30T09:00:00+00:00"),
        ("2026-11-30 09:00:00.250-05:30", "2026-11-30T14:30:00.250000+00:00"),
    ],
)
def test_a_moment_is_read_with_its_offset(text: str, utc: str) -> None:
    assert parse_moment(text).astimezone(UTC).isoformat() == utc


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-30", "2026-11-30T09:00", "2026-13-30T09:00Z", "2026-11-30T25:00Z", "1e9"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="2026-11-30T09:00:00"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00Z", "1969-12-31T23:59Z", "9999-12-31T23:59:59Z"])
def test_moments_that_cannot_be_counted_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="1971 to 9000"):
        parse_moment(text)


def test_the_clock_is_fixed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSD_CARDS_NOW", "2026-11-30T09:00:00+01:00")
    clock = system_clock()
    assert (clock.fixed, clock.now_ms(), clock.offset_minutes()) == (True, 1_796_025_600_000, 60)
    monkeypatch.setenv("MLSD_CARDS_NOW", "soon")
    with pytest.raises(InputError, match="“soon”"):
        system_clock()
    monkeypatch.setenv("MLSD_CARDS_NOW", "")
    assert not system_clock().fixed


def test_the_real_clock_goes_on() -> None:
    clock = Clock()
    first = clock.now_ms()
    while clock.now_ms() == first:
        pass
    assert clock.now_ms() > first
    assert clock.now().tzinfo is clock.zone


def test_a_fixed_clock_needs_an_offset() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(InputError, match="no offset"):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001  (that is the point)
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.usefixtures("berlin")
def test_the_local_zone_follows_the_rules_of_the_system() -> None:
    zone = LocalZone()
    winter, summer = datetime(2026, 1, 1, 12, tzinfo=zone), datetime(2026, 7, 1, 12, tzinfo=zone)
    assert (winter.utcoffset(), summer.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))
    assert (winter.tzname(), summer.tzname(), winter.dst()) == ("CET", "CEST", None)
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    assert (twice.timestamp(), twice.replace(fold=1).timestamp()) == (1_792_888_200, 1_792_891_800)
    back = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(zone)
    assert (back.hour, back.minute, back.fold) == (2, 30, 1)
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(zone).fold == 0
    assert (zone.utcoffset(None), zone.tzname(None)) == (None, None)


@pytest.mark.usefixtures("berlin")
def test_days_begin_at_four_by_the_wall_also_when_clocks_are_changed() -> None:
    made = date(2026, 1, 1).toordinal()
    boundary = DayBoundary(created_date=made, rollover_hour=4, zone=LocalZone())
    for day, hour in ((29, 2), (28, 3)):  # four in the morning of March 29 is two hours before in UTC
        start = datetime(2026, 3, day, hour, tzinfo=UTC)
        number = boundary.day_number(round(start.timestamp() * 1000))
        assert boundary.day_number(round(start.timestamp() * 1000) - 1) == number - 1
        assert boundary.day_start_ms(number) == round(start.timestamp() * 1000)
