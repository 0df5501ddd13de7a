"""Decks, and the presets they share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

DeckId = NewType("DeckId", int)
PresetId = NewType("PresetId", int)

DECK_SEPARATOR = "::"


class NewGather(StrEnum):
    """In which order new cards are collected."""

    DECK = "deck"
    LOWEST_POSITION = "lowest_position"
    HIGHEST_POSITION = "highest_position"


class NewSort(StrEnum):
    """How collected new cards are sorted."""

    TEMPLATE = "template"
    NO_SORT = "no_sort"


class ReviewOrder(StrEnum):
    """In which order due cards are collected."""

    DUE_DAY_DECK = "due_day_deck"
    INTERVALS_ASCENDING = "intervals_ascending"
    INTERVALS_DESCENDING = "intervals_descending"
    EASE_ASCENDING = "ease_ascending"
    RELATIVE_OVERDUE = "relative_overdue"
    RETRIEVABILITY_ASCENDING = "retrievability_ascending"


class Mix(StrEnum):
    """How one kind of card is mixed into another."""

    MIX = "mix"
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Limits and scheduling options. Names, defaults and ranges are those of the command line's `settings`.

    Steps are minutes; intervals are days; multipliers are plain factors; `starting_ease` is 2.5, not 2500.
    """

    scheduler: str = "sm2"
    new_per_day: int = 20
    reviews_per_day: int = 200
    new_ignore_review_limit: bool = False
    learning_steps: tuple[float, ...] = (1.0, 10.0)
    relearning_steps: tuple[float, ...] = (10.0,)
    graduating_interval: int = 1
    easy_interval: int = 4
    starting_ease: float = 2.5
    easy_bonus: float = 1.3
    hard_multiplier: float = 1.2
    interval_modifier: float = 1.0
    lapse_multiplier: float = 0.0
    minimum_lapse_interval: int = 1
    maximum_interval: int = 36500
    leech_threshold: int = 8
    leech_suspend: bool = False
    fuzz: bool = True
    load_balance: bool = False
    easy_days: tuple[float, ...] = ()  # share of a usual day for each weekday, Monday first; empty: all alike
    parameters: tuple[float, ...] = ()
    desired_retention: float = 0.9
    historical_retention: float = 0.9
    short_term_with_steps: bool = False
    bury_new: bool = True
    bury_reviews: bool = True
    bury_interday_learning: bool = True
    new_mix: Mix = Mix.MIX
    interday_learning_mix: Mix = Mix.MIX
    review_order: ReviewOrder = ReviewOrder.DUE_DAY_DECK
    new_gather: NewGather = NewGather.LOWEST_POSITION
    new_sort: NewSort = NewSort.TEMPLATE
    maximum_answer_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Options under a name, shared by decks."""

    id: PresetId
    name: str
    options: Options = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """A named set of cards; `A::B` lies inside `A`. A filtered deck keeps no cards, it borrows them."""

    id: DeckId
    name: str
    preset_id: PresetId
    description: str = ""
    created_ms: int = 0
    filtered: bool = False


def parent_names(name: str) -> list[str]:
    """Return the names of the decks above `name`, outermost first: `A::B::C` gives `A`, `A::B`."""
    parts = name.split(DECK_SEPARATOR)
    return [DECK_SEPARATOR.join(parts[:i]) for i in range(1, len(parts))]


def is_inside(name: str, ancestor: str) -> bool:
    """Whether deck `name` is `ancestor` or lies below it; letter case does not count."""
    low, high = name.casefold(), ancestor.casefold()
    return low == high or low.startswith(high + DECK_SEPARATOR)
