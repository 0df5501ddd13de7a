"""The light rows that a day's list is made of."""

from dataclasses import dataclass

from mlsd_cards.domain.cards import QueueCard
from mlsd_cards.domain.decks import DeckId, Options

__all__ = ["QueueCard", "QueueDeck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDeck:
    """A deck of the chosen tree with what was done in it today, its subdecks included."""

    id: DeckId
    name: str
    options: Options
    new_done: int = 0
    reviews_done: int = 0
