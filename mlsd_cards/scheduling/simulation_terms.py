"""What a simulation takes and tells: cards, limits of a day, and what a day brought."""

from dataclasses import dataclass
from typing import NamedTuple

from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.memory import Memory


class DayLimits(NamedTuple):
    """How many cards a day may bring in one deck with all below it, and what was done today already."""

    new_per_day: int
    reviews_per_day: int
    new_ignore_review_limit: bool = False
    new_done: int = 0
    reviews_done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCard:
    """A card at the beginning. `limits` is the place of its deck's limits; `last_day` that of its last answer.

    `memory` is what the person remembers of it; without it, it is made of ease and interval.
    """

    id: int
    schedule: Schedule
    options: Options
    limits: int = 0
    last_day: int | None = None
    memory: Memory | None = None


class SimulatedDay(NamedTuple):
    """One day: cards that came back, cards met for the first time, and answers to both with their repeats.

    `recall` is the mean chance, 0 to 1, that a card met so far is recalled at the end of the day, None while
    there is none.
    """

    day: int
    reviews: int
    new: int
    answers: int
    recall: float | None
