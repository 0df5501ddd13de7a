"""The light rows that a day's list is made of."""

from dataclasses import dataclass
from typing import NamedTuple

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import DeckId, Options
from mlsd_cards.domain.notes import NoteId


class QueueCard(NamedTuple):
    """What the queue needs to know of a card; suspended and buried cards are never passed in."""

    card_id: CardId
    note_id: NoteId
    deck_id: DeckId
    ordinal: int
    state: CardState
    position: int = 0
    due_day: int | None = None
    due_at_ms: int | None = None
    interval_days: int = 0
    ease_permille: int = 0
    stability: float | None = None
    difficulty: float | None = None
    reps: int = 0
    drill_day: int | None = None
    last_answer_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDeck:
    """A deck of the chosen tree with what was done in it today, its subdecks included."""

    id: DeckId
    name: str
    options: Options
    new_done: int = 0
    reviews_done: int = 0
