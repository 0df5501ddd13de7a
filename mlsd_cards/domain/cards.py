"""A card: one question with its schedule."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NewType

from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.notes import NoteId

CardId = NewType("CardId", int)


class CardState(StrEnum):
    """Where a card stands in its life."""

    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


class Buried(StrEnum):
    """Who hid the card until the next day."""

    NO = ""
    BY_HAND = "hand"
    SIBLING = "sibling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a scheduler reads and writes of a card.

    Exactly one of `due_day` (local day number) and `due_at_ms` (UTC) is set unless the card is new.
    `ease_permille` is 0 until the first graduation under `anki-sm2` and `fsrs`; `sm2` starts at 2500.
    `repetitions` and `drill_day` belong to `sm2`, `stability` (days) and `difficulty` (1 to 10) to `fsrs`.
    """

    state: CardState = CardState.NEW
    due_day: int | None = None
    due_at_ms: int | None = None
    interval_days: int = 0
    ease_permille: int = 0
    steps_left: int = 0
    repetitions: int = 0
    drill_day: int | None = None
    stability: float | None = None
    difficulty: float | None = None
    last_answer_ms: int | None = None
    reps: int = 0
    lapses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One question made from a note by one template (or one cloze number)."""

    id: CardId
    note_id: NoteId
    deck_id: DeckId
    ordinal: int  # template number, or cloze number − 1; counted from 0
    position: int = 0  # order among new cards
    schedule: Schedule = Schedule()
    suspended: bool = False
    buried: Buried = Buried.NO
    buried_until_day: int = 0  # the card is hidden while today < this day number
    flag: int = 0  # 0 none, 1 to 7
    created_ms: int = 0
    modified_ms: int = 0


class QueueCard(NamedTuple):
    """What a day's list needs to know of a card: a light row, of which thousands are read."""

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
