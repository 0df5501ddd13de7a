"""Ratings and the review log."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NewType

from mlsd_cards.domain.cards import CardId

ReviewId = NewType("ReviewId", int)


class Rating(IntEnum):
    """The four answer buttons."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class ReviewKind(StrEnum):
    """What kind of answer, or act upon the schedule, a review log entry records."""

    LEARN = "learn"
    REVIEW = "review"
    RELEARN = "relearn"
    DRILL = "drill"
    EARLY = "early"
    MANUAL = "manual"
    RESCHEDULED = "rescheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLogEntry:
    """One answer. `id` is the moment in milliseconds, unique; entries are never changed.

    `interval` and `last_interval` are days, or minus seconds. `factor` is thousandths of ease, or the
    difficulty code 100 to 1100 of `fsrs`. `rating` is 0 for acts without one (`manual`, `rescheduled`).
    """

    id: ReviewId
    card_id: CardId
    rating: int
    kind: ReviewKind
    interval: int
    last_interval: int
    factor: int
    milliseconds: int
    installation: int = 0  # which installation made the entry; 0: imported
