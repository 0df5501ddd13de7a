"""Days, rollovers and changes of clocks; labels; fuzz."""

import struct
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from mlsd_cards.scheduling.describe import interval_label
from mlsd_cards.scheduling.fuzz import f32, fuzz_bounds, fuzz_factor, fuzzed, half_up
from mlsd_cards.scheduling.timing import DayBoundary, created_date, days_since

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def boundary(
    zone: timezone | ZoneInfo = BERLIN, hour: int = 4, start: date = date(2025, 1, 1)
) -> DayBoundary:
    return DayBoundary(created_date=start.toordinal(), rollover_hour=hour, zone=zone)


def ms(*moment: int, zone: timezone | ZoneInfo = BERLIN, fold: int = 0) -> int:
    return int(datetime(*moment, tzinfo=zone, fold=fold).timestamp() * 1000)  # type: ignore[misc, arg-type]


def test_the_day_begins_at_the_rollover_hour() -> None:
    days = boundary()
    assert days.day_number(ms(2025, 1, 11, 3, 59, 59)) == 9
    assert days.day_number(ms(2025, 1, 11, 4, 0, 0)) == 10
    assert days.next_day_at_ms(ms(2025, 1, 11, 3, 59, 59)) == ms(2025, 1, 11, 4)
    assert days.next_day_at_ms(ms(2025, 1, 11, 4)) == ms(2025, 1, 12, 4)


def test_midnight_may_be_the_rollover() -> None:
    days = boundary(hour=0)
    assert days.day_number(ms(2025, 1, 11, 0, 0, 0)) == 10
    assert days.day_number(ms(2025, 1, 10, 23, 59, 59)) == 9


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 29), 23), (date(2025, 10, 25), 25), (date(2025, 6, 1), 24)]
)
def test_a_day_on_which_clocks_change_is_shorter_or_longer(day: date, hours: int) -> None:
    days = boundary()
    number = days.day_of_ordinal(day.toordinal())
    assert days.day_start_ms(number + 1) - days.day_start_ms(number) == hours * HOUR_MS
    start = days.day_start_ms(number)
    assert days.until_next_day_s(start) == hours * 3600
    assert {days.day_number(start + hour * HOUR_MS) for hour in range(hours)} == {number}
    assert days.day_number(start + hours * HOUR_MS) == number + 1


def test_a_rollover_in_the_skipped_hour_is_read_with_the_offset_before_the_change() -> None:
    days = boundary(hour=2)  # on 30 March 2025 there is no 2:00 to 3:00
    expected = int(datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp() * 1000)
    assert days.next_day_at_ms(ms(2025, 3, 30, 1, 30)) == expected


def test_a_rollover_in_the_repeated_hour_is_the_first() -> None:
    days = boundary(hour=2)  # on 26 October 2025 2:00 comes twice
    first = int(datetime(2025, 10, 26, 0, tzinfo=UTC).timestamp() * 1000)
    assert days.next_day_at_ms(ms(2025, 10, 26, 1, 59)) == first
    assert days.day_number(first) == days.day_number(ms(2025, 10, 26, 2, 30, fold=1)) == 298


def test_a_fixed_offset_is_a_zone() -> None:
    days = boundary(zone=timezone(timedelta(hours=-8)))
    assert days.day_number(int(datetime(2025, 1, 11, 11, 59, tzinfo=UTC).timestamp() * 1000)) == 9
    assert days.day_number(int(datetime(2025, 1, 11, 12, 0, tzinfo=UTC).timestamp() * 1000)) == 10


def test_today_is_never_negative_but_a_moment_of_the_past_may_be() -> None:
    days = boundary()
    before = ms(2024, 12, 22, 12)
    assert days.day_number(before) == 0
    assert days.day_of_moment(before) == -10


def test_creation_counts_by_its_calendar_date_in_the_offset_of_that_time() -> None:
    late = int(datetime(2025, 1, 1, 23, 30, tzinfo=UTC).timestamp() * 1000)
    assert created_date(late, 0) == date(2025, 1, 1).toordinal()
    assert created_date(late, 60) == date(2025, 1, 2).toordinal()
    assert created_date(late, -24 * 60) == date(2024, 12, 31).toordinal()


def test_seconds_to_the_next_day_are_rounded_up() -> None:
    days = boundary()
    assert days.until_next_day_s(ms(2025, 1, 11, 4) - 1) == 1
    assert days.until_next_day_s(ms(2025, 1, 11, 3, 59, 58) - 1) == 3


def test_ordinals_and_day_numbers_are_inverse() -> None:
    days = boundary()
    assert days.day_of_ordinal(days.ordinal_of_day(77)) == 77
    assert days.day_number(days.day_start_ms(77)) == 77
    assert days.day_number(days.day_start_ms(77) - 1) == 76


def test_days_of_24_hours_count_rollovers() -> None:
    start = 10 * DAY_MS
    for moment, expected in ((start, 0), (start + DAY_MS - 1, 0), (start - 1, 1), (start - DAY_MS, 1)):
        assert days_since(moment, start + DAY_MS) == expected
    assert days_since(start + 5 * DAY_MS, start + DAY_MS) == 0


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0, "(end)"),
        (-1, "<1s"),
        (-59, "<59s"),
        (-60, "<1m"),
        (-89, "<1m"),
        (-90, "<2m"),
        (-1199, "<20m"),
        (-1200, "20m"),
        (-3599, "60m"),
        (-3600, "1h"),
        (-5400, "1.5h"),
        (-86399, "24h"),
        (1, "1d"),
        (30, "30d"),
        (31, "1mo"),
        (33, "1.1mo"),
        (61, "2mo"),
        (364, "12mo"),
        (365, "1y"),
        (730, "2y"),
        (36500, "100y"),
    ],
)
def test_labels(value: int, label: str) -> None:
    assert interval_label(value) == label


def test_labels_mark_what_may_be_shown_sooner() -> None:
    assert interval_label(-60, learn_ahead_s=60) == "1m"
    assert interval_label(-59, learn_ahead_s=60) == "<59s"


def test_fuzz_factors_of_the_specification() -> None:
    assert fuzz_factor(1, 0) == 0.6487507820129395
    assert fuzz_factor(1700000000000, 3) == 0.13286006450653076


def test_rounding_is_half_up() -> None:
    assert [half_up(value) for value in (0.4, 0.5, 1.5, 2.5, 2.4999)] == [0, 1, 2, 3, 2]


def test_single_precision() -> None:
    assert f32(0.1) == struct.unpack("f", struct.pack("f", 0.1))[0] != 0.1


@pytest.mark.parametrize(
    ("interval", "low", "high", "bounds"),
    [
        (1.0, 1, 100, (1, 1)),
        (2.4, 1, 100, (2, 2)),
        (2.5, 1, 100, (2, 4)),
        (7.0, 1, 100, (5, 9)),
        (20.0, 1, 100, (17, 23)),
        (100.0, 1, 1000, (93, 107)),
        (100.0, 1, 100, (93, 100)),
        (50.0, 90, 60, (60, 60)),
        (8.0, 50, 100, (50, 54)),
        (3.0, 4, 4, (4, 4)),
    ],
)
def test_the_room_of_fuzz(interval: float, low: int, high: int, bounds: tuple[int, int]) -> None:
    assert fuzz_bounds(interval, low, high) == bounds


def test_a_room_above_two_days_is_never_a_single_day_below_the_upper_bound() -> None:
    for tenths in range(0, 500):
        for low in range(1, 12):
            for high in (low, low + 1, low + 2, 60):
                first, last = fuzz_bounds(tenths / 10, low, high)
                assert first < last or last <= 2 or last == high, (tenths, low, high)


def test_fuzz_walks_through_its_whole_room() -> None:
    found = {fuzzed(100.0, 1, 1000, number / 1000) for number in range(1000)}
    assert found == set(range(93, 108))


def test_without_fuzz_the_upper_bound_wins() -> None:
    assert fuzzed(3.0, 50, 10, None) == 10
    assert fuzzed(2.5, 1, 10, None) == 3
