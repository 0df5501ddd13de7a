"""Dates and numbers as the window writes them, whatever the language of the computer."""

from datetime import date, datetime

from PySide6.QtCore import QDate, QLocale

_ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def long_day(day: date) -> str:
    """Return for instance `Tuesday 24 November`."""
    return _ENGLISH.toString(QDate(day.year, day.month, day.day), "dddd d MMMM")


def short_day(day: date) -> str:
    """Return for instance `7 Dec`."""
    return _ENGLISH.toString(QDate(day.year, day.month, day.day), "d MMM")


def week_day(day: date) -> str:
    """Return for instance `Tue 24 November`."""
    return _ENGLISH.toString(QDate(day.year, day.month, day.day), "ddd d MMMM")


def full_day(day: date) -> str:
    """Return for instance `24 November 2026`."""
    return _ENGLISH.toString(QDate(day.year, day.month, day.day), "d MMMM yyyy")


def moment(when: datetime) -> str:
    """Return for instance `24 November 2026, 14:02`."""
    return f"{full_day(when.date())}, {when:%H:%M}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return the number with its noun: `1 card`, `1,250 cards`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """Return a file size: `14 MB`, `3.2 kB`, `120 bytes`."""
    if octets < 1000:
        return counted(octets, "byte")
    for unit, step in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if octets < step * 1000 or unit == "GB":
            value = octets / step
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return ""


def span(days_or_seconds: int) -> str:
    """Return an interval in words: days, or minus seconds; 0 is the same day."""
    if days_or_seconds < 0:
        seconds = -days_or_seconds
        if seconds < 90:
            return counted(seconds, "second")
        return counted(round(seconds / 60), "minute") if seconds < 5400 else f"{seconds / 3600:.1f} hours"
    return counted(days_or_seconds, "day") if days_or_seconds else "the same day"
