"""What the study room hands to screens and commands: frozen values, no behaviour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.domain.reviews import ReviewId, ReviewLogEntry

if TYPE_CHECKING:
    from mlsd_cards.study.forgetting import ForgettingCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many cards are left today, by kind."""

    new: int = 0
    learning: int = 0
    review: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.new + self.learning + self.review


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckRow:
    """A deck with today's counts and its number of cards, subdecks included."""

    id: DeckId
    name: str
    new: int
    learning: int
    review: int
    total: int
    seen: int  # cards that were answered at least once
    description: str = ""
    filtered: bool = False  # it borrows its cards from other decks, which count them too


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What the Today screen shows. `forecast[0]` is today; `history` ends with today."""

    new: int
    learning: int
    review: int
    minutes: int
    answered_today: int
    topics: tuple[DeckRow, ...]
    forecast: tuple[int, ...]  # cards due on each of the next 14 days
    history: tuple[int, ...]  # answers on each of the last 84 days
    first_history_date: str  # ISO date of `history[0]`
    clock_warning: str = ""
    late: int = 0  # cards that were due before today
    catching_up: bool = False  # whether a plan for late cards holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one answer stored."""

    review: ReviewId
    card: CardId
    due: str  # ISO 8601; a date for whole days, a moment for learning
    interval: int  # days, or minus seconds; what the button said
    ease: int  # thousandths
    leech: bool = False
    message: str = ""  # a sentence for the user, empty when there is nothing to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the finish page says."""

    answered: int  # answers today in these decks
    minutes: int  # minutes spent today in these decks
    next_learning_ms: int | None  # when the next learning card comes, UTC
    hidden_new: int  # new cards that the daily limit keeps back
    hidden_reviews: int  # due cards that the daily limit keeps back
    buried: int  # due or new cards put off until tomorrow
    due_tomorrow: int
    filtered: bool = False  # a filtered deck was studied


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInfo:
    """Everything about one card. `due` is ISO 8601, empty for a new card."""

    card: CardId
    note: NoteId
    guid: str
    deck: str
    note_type: str
    note_type_id: int
    template: str
    ordinal: int
    fields: dict[str, str]
    tags: tuple[str, ...]
    state: str
    due: str
    interval_days: int
    ease_permille: int
    stability: float | None
    difficulty: float | None
    reps: int
    lapses: int
    flag: int
    suspended: bool
    buried: bool
    question_html: str
    answer_html: str
    css: str
    reviews: tuple[ReviewLogEntry, ...]
    added_ms: int
    scheduler: str = ""
    curve: "ForgettingCurve | None" = None  # None while nothing is known of its memory

    @property
    def recall(self) -> float | None:
        """The chance, 0 to 1, that it is recalled now."""
        return None if self.curve is None else self.curve.recall(self.curve.now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: all of it counted, the first `limit` ids in order."""

    count: int
    ids: Sequence[CardId]
    milliseconds: float
