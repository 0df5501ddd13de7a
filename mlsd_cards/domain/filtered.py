"""Filtered decks: which cards they borrow from other decks, in which order, and what answers in them do."""

from dataclasses import dataclass
from enum import StrEnum

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import DeckId

MOST_TERMS = 2
NO_LIMIT = 99_999


class FilterOrder(StrEnum):
    """In which order a filtered deck takes cards, and shows them."""

    OLDEST_SEEN = "oldest_seen"  # cards without an answer first
    RANDOM = "random"  # by the day's hash of the card
    INTERVALS_ASCENDING = "intervals_ascending"
    INTERVALS_DESCENDING = "intervals_descending"
    MOST_LAPSES = "most_lapses"
    ADDED = "added"
    ADDED_REVERSED = "added_reversed"
    DUE = "due"
    RETRIEVABILITY_ASCENDING = "retrievability_ascending"
    RETRIEVABILITY_DESCENDING = "retrievability_descending"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTerm:
    """One search of a filtered deck: it takes at most `limit` cards, the first in `order`."""

    search: str
    limit: int = 100
    order: FilterOrder = FilterOrder.RANDOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What makes a deck a filtered one.

    With `reschedule` an answer counts like any other; without it nothing about the card changes, and the
    delays (seconds) say when it is shown again; 0 sends it home.
    """

    deck_id: DeckId
    terms: tuple[FilterTerm, ...]
    reschedule: bool = True
    again_s: int = 60
    hard_s: int = 600
    good_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A card in a filtered deck. Its home deck and its due date stay written in the card itself.

    `place` is its place in the filtered deck. `answered` says that it was answered there and has not gone home;
    without rescheduling it then comes again at `again_at_ms` (UTC).
    """

    card_id: CardId
    deck_id: DeckId
    place: int
    answered: bool = False
    again_at_ms: int | None = None
