"""How long an answer takes, from the days just gone."""

from collections.abc import Iterable

from mlsd_cards.store.schema import DailyCountRow

PACE_DAYS = 30
"""Of so many days the answers are looked at."""

SECONDS_AN_ANSWER = 12.0
"""What an answer is taken to last where too few were timed."""

_ENOUGH_ANSWERS = 20


def own_pace(lately: Iterable[DailyCountRow]) -> float | None:
    """Return the mean seconds of an answer, None where too few were timed."""
    timed = [row for row in lately if row.milliseconds]
    answers = sum(row.answers for row in timed)
    if answers < _ENOUGH_ANSWERS:
        return None
    return sum(row.milliseconds for row in timed) / 1000 / answers
