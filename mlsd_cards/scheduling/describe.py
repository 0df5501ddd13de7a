"""Short labels of intervals."""

import math

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
MONTH_S = DAY_S * 365 / 12
YEAR_S = DAY_S * 365


def interval_label(value: int, learn_ahead_s: int = 1200) -> str:
    """Return the short label of a button: `value` is days, or minus seconds.

    A `<` stands before delays within the learn-ahead limit, which may be shown sooner.

    Source: ankitects/anki `rslib/src/scheduler/timespan.rs` (`answer_button_time`).
    """
    if value == 0:
        return "(end)"
    seconds = value * DAY_S if value > 0 else float(-value)
    prefix = "<" if seconds < learn_ahead_s else ""
    return prefix + span_label(seconds)


def span_label(seconds: float) -> str:
    """Return the short label of a span: `30s`, `10m`, `2.5h`, `4d`, `1.1mo`, `2y`."""
    for limit, unit, name, decimals in (
        (MINUTE_S, 1.0, "s", 0),
        (HOUR_S, MINUTE_S, "m", 0),
        (DAY_S, HOUR_S, "h", 1),
        (MONTH_S, DAY_S, "d", 0),
        (YEAR_S, MONTH_S, "mo", 1),
    ):
        if seconds < limit:
            return f"{_rounded(seconds / unit, decimals)}{name}"
    return f"{_rounded(seconds / YEAR_S, 1)}y"


def _rounded(value: float, decimals: int) -> str:
    scale: int = 10**decimals
    scaled = math.floor(value * scale + 0.5)
    whole, tenth = divmod(scaled, scale)
    return f"{whole}.{tenth}" if decimals and tenth else str(whole)
