"""What Mnemosyne 2.x knows of learning a card, in the terms of this program.

It grades from 0 to 5: with 0 and 1 a card is not known and asked again at once; from 2 on it is due on a day,
which is kept as its midnight in UTC. The ease has the meaning that it has in SM-2.
Source: mnemosyne-proj/mnemosyne `libmnemosyne/schedulers/SM2_mnemosyne.py`, `openSM2sync/log_entry.py` (facts).
"""

import datetime
import math
from typing import Any

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview
from mlsd_cards.formats.limits import ID, SECONDS

_DAY_S = 86_400
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_LAST_ORDINAL = datetime.date.max.toordinal()
_LONGEST_DAYS = 36_500
_LEAST_EASE, _MOST_EASE = 1300, 9999
_PASSED = 2  # the lowest grade with which a card is known
_RATINGS = (1, 1, 2, 3, 3, 4)  # by grade
_MOST_COUNT = 100_000
_LONGEST_ANSWER_S = 3600


def number(value: Any, low: int, high: int) -> int:
    """Return a value of a table as an integer between `low` and `high`; what is no number counts as `low`."""
    if isinstance(value, float) and math.isfinite(value):
        value = round(value)
    return min(max(value, low), high) if isinstance(value, int) else low


def ease_permille(value: Any) -> int:
    """Return an ease factor such as 2.5 in thousandths; that of a new card where it is none."""
    sound = isinstance(value, int | float) and math.isfinite(value) and value > 0
    return min(max(round(min(value, 100) * 1000), _LEAST_EASE), _MOST_EASE) if sound else 2500


def scheduled(
    card: ExchangeCard, grade: Any, last_rep: Any, next_rep: Any, easiness: Any, reps: int, lapses: Any
) -> ExchangeCard:
    """Return a card with its schedule; `grade` is -1 for a card that was never asked. Times are Unix seconds."""
    graded, last = number(grade, -1, 5), number(last_rep, 0, SECONDS)
    if graded < 0 or not last:
        return card
    learnt = card._replace(
        ease_permille=ease_permille(easiness),
        reps=min(max(reps, 1), _MOST_COUNT),
        lapses=number(lapses, 0, _MOST_COUNT),
        last_answer_ms=last * 1000,
    )
    if graded < _PASSED:
        again = learnt.lapses > 0
        return learnt._replace(
            state="relearning" if again else "learning",
            due_at_ms=last * 1000,
            steps_left=1,
            interval_days=1 if again else 0,
        )
    due = number(next_rep, 0, SECONDS) // _DAY_S
    days = min(max(due - last // _DAY_S, 1), _LONGEST_DAYS)
    return learnt._replace(state="review", due_date=min(due + _EPOCH, _LAST_ORDINAL), interval_days=days)


def answered(
    review_id: int,
    card_id: int,
    *,
    timestamp: int,
    grade: Any,
    easiness: Any,
    scheduled_interval: Any,
    thinking_time: Any,
    next_rep: Any,
) -> ExchangeReview:
    """Return an answer of the log. `timestamp` and `next_rep` are Unix seconds, intervals and times seconds."""
    graded = number(grade, 0, 5)
    before = number(scheduled_interval, 0, _LONGEST_DAYS * _DAY_S) // _DAY_S
    due = number(next_rep, 0, SECONDS)
    interval = min(max(due // _DAY_S - timestamp // _DAY_S, 1), _LONGEST_DAYS) if graded >= _PASSED else 0
    return ExchangeReview(
        id=min(review_id, ID),
        card_id=card_id,
        rating=_RATINGS[graded],
        kind="review" if before else "learn",
        interval=interval,
        last_interval=before,
        factor=ease_permille(easiness),
        milliseconds=number(thinking_time, 0, _LONGEST_ANSWER_S) * 1000,
    )
