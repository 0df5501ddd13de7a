"""Daily limits of a deck and the decks below it."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlsd_cards.domain.decks import DeckId, Options, is_inside, parent_names


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDeck:
    """A deck of the chosen tree with what was done in it today, its subdecks included."""

    id: DeckId
    name: str
    options: Options
    new_done: int = 0
    reviews_done: int = 0


@dataclass(slots=True)
class _Left:
    new: int
    review: int


class DeckLimits:
    """How many new cards and reviews each deck may still show today.

    A deck is held back by its own limits and by those of every deck above it, up to the chosen one.

    Source: ankitects/anki `rslib/src/decks/limits.rs`.
    """

    def __init__(self, decks: Iterable[QueueDeck], chosen: QueueDeck) -> None:
        self.chosen = chosen.id
        self._review_bounds_new = not chosen.options.new_ignore_review_limit
        inside = [deck for deck in decks if is_inside(deck.name, chosen.name)]
        by_name = {deck.name.casefold(): deck.id for deck in inside}
        self._left = {deck.id: self._start(deck) for deck in inside}
        self._chains = {
            deck.id: [
                self._left[by_name[name.casefold()]]
                for name in (deck.name, *parent_names(deck.name))
                if name.casefold() in by_name
            ]
            for deck in inside
        }

    def _start(self, deck: QueueDeck) -> _Left:
        review = deck.options.reviews_per_day - deck.reviews_done
        new = deck.options.new_per_day - deck.new_done
        if self._review_bounds_new:
            review -= deck.new_done
            new = min(new, review)
        return _Left(max(0, new), max(0, review))

    def new_left(self, deck: DeckId) -> int:
        """Return how many new cards a deck may still show."""
        return min((left.new for left in self._chains.get(deck, ())), default=0)

    def reviews_left(self, deck: DeckId) -> int:
        """Return how many reviews a deck may still show."""
        return min((left.review for left in self._chains.get(deck, ())), default=0)

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
