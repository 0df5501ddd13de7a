"""Daily limits of a deck and the decks below it."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlsd_cards.domain.decks import DeckId, is_inside, parent_names
from mlsd_cards.scheduling.light import QueueDeck

__all__ = ["DeckLimits", "QueueDeck"]


@dataclass(slots=True)
class _Left:
    new: int
    review: int


class DeckLimits:
    """How many new cards and reviews each deck may still show today.

    A deck is held back by its own limits and by those of every deck above it, up to the chosen one. Decks
    that do not lie in the chosen one have no room.

    Source: ankitects/anki `rslib/src/decks/limits.rs`.
    """

    def __init__(self, decks: Iterable[QueueDeck], chosen: QueueDeck) -> None:
        self._chosen = chosen.id
        self._review_bounds_new = not chosen.options.new_ignore_review_limit
        known = list(decks)
        by_name = {
            deck.name.casefold(): self._start(deck) for deck in known if is_inside(deck.name, chosen.name)
        }
        self._chains = {
            deck.id: [
                by_name[name.casefold()]
                for name in (deck.name, *parent_names(deck.name))
                if name.casefold() in by_name
            ]
            for deck in known
        }

    def _start(self, deck: QueueDeck) -> _Left:
        review = deck.options.reviews_per_day - deck.reviews_done
        new = deck.options.new_per_day - deck.new_done
        if self._review_bounds_new:
            review -= deck.new_done
            new = min(new, review)
        return _Left(max(0, new), max(0, review))

    def has_review(self, deck: DeckId | None = None) -> bool:
        """Whether a deck (the chosen one if none is named) has room for another review."""
        chain = self._chains[self._chosen if deck is None else deck]
        for left in chain:  # a plain loop: this is asked twice for every due card
            if left.review <= 0:
                return False
        return bool(chain)

    def has_new(self, deck: DeckId | None = None) -> bool:
        """Whether a deck (the chosen one if none is named) has room for another new card."""
        chain = self._chains[self._chosen if deck is None else deck]
        for left in chain:
            if left.new <= 0:
                return False
        return bool(chain)

    def take_review(self, deck: DeckId) -> None:
        """Count one review of a deck."""
        for left in self._chains[deck]:
            left.review -= 1
            if self._review_bounds_new:
                left.new = min(left.new, left.review)

    def take_new(self, deck: DeckId) -> None:
        """Count one new card of a deck."""
        for left in self._chains[deck]:
            left.new -= 1
