"""Gathers a day's cards: which are shown today, and in which order.

Source: ankitects/anki `rslib/src/scheduler/queue/builder/` (gathering, intersperser, sorting).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling.fuzz import day_hash, f32
from mlsd_cards.scheduling.limits import DeckLimits, QueueDeck


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


class Kind(IntEnum):
    """The kinds of card in a day's list, in the order in which they are gathered."""

    INTRADAY = 0
    INTERDAY = 1
    REVIEW = 2
    NEW = 3
    DRILL = 4


def kind_of(card: QueueCard, today: int) -> Kind:
    """Return to which kind a card belongs on day `today`."""
    if card.drill_day == today:
        return Kind.DRILL
    if card.state is CardState.NEW:
        return Kind.NEW
    if card.state is CardState.REVIEW:
        return Kind.REVIEW
    return Kind.INTERDAY if card.due_at_ms is None else Kind.INTRADAY


@dataclass(slots=True)
class Gathered:
    """The parts of a day's list."""

    intraday: list[QueueCard] = field(default_factory=list)
    main: list[QueueCard] = field(default_factory=list)
    drill: list[QueueCard] = field(default_factory=list)


class _Gatherer:
    """Walks through the kinds in order, keeping limits and leaving out siblings."""

    def __init__(self, decks: Sequence[QueueDeck], chosen: QueueDeck, today: int) -> None:
        self.today = today
        self.options = chosen.options
        self.limits = DeckLimits(decks, chosen)
        self.chosen = chosen.id
        self.names = {
            deck.id: place for place, deck in enumerate(sorted(decks, key=lambda d: d.name.casefold()))
        }
        self.bury = {
            deck.id: (deck.options.bury_interday_learning, deck.options.bury_reviews, deck.options.bury_new)
            for deck in decks
        }
        self.seen: dict[NoteId, tuple[bool, bool, bool]] = {}

    def meet(self, card: QueueCard) -> tuple[bool, bool, bool] | None:
        """Note that a card of its note was met; return what its earlier cards' options said, None for the first."""
        before = self.seen.get(card.note_id)
        now = self.bury[card.deck_id]
        self.seen[card.note_id] = (
            now if before is None else (before[0] or now[0], before[1] or now[1], before[2] or now[2])
        )
        return before

    def due(self, cards: Iterable[QueueCard], kind: Kind) -> list[QueueCard]:
        """Return the due cards that today has room for, in the order asked for."""
        taken: list[QueueCard] = []
        for card in sorted(cards, key=review_key(self.options, self.today, self.names)):
            if self.limits.reviews_left(self.chosen) <= 0:
                break
            if self.limits.reviews_left(card.deck_id) <= 0:
                continue
            before = self.meet(card)
            if before is not None and before[kind - 1]:
                continue
            taken.append(card)
            self.limits.take_review(card.deck_id)
        return taken

    def new(self, cards: Iterable[QueueCard]) -> list[QueueCard]:
        """Return the new cards that today has room for."""
        taken: list[QueueCard] = []
        for card in sorted(cards, key=self._new_key):
            if self.limits.new_left(self.chosen) <= 0:
                break
            if self.limits.new_left(card.deck_id) <= 0:
                continue
            before = self.meet(card)
            if before is not None and before[2]:
                continue
            taken.append(card)
            self.limits.take_new(card.deck_id)
        if self.options.new_sort is NewSort.TEMPLATE:
            taken.sort(key=lambda card: card.ordinal)
        return taken

    def _new_key(self, card: QueueCard) -> tuple[int, ...]:
        match self.options.new_gather:
            case NewGather.DECK:
                return (self.names[card.deck_id], card.position, card.ordinal, card.card_id)
            case NewGather.LOWEST_POSITION:
                return (card.position, card.ordinal, card.card_id)
            case NewGather.HIGHEST_POSITION:
                return (-card.position, card.ordinal, card.card_id)


def review_key(
    options: Options, today: int, deck_places: dict[DeckId, int]
) -> Callable[[QueueCard], tuple[Any, ...]]:
    """Return the sort key of due cards; ties are broken by the day's hash of the card id, never by chance."""
    fsrs = options.scheduler == "fsrs"

    def first(card: QueueCard) -> tuple[float, ...]:
        match options.review_order:
            case ReviewOrder.DUE_DAY_DECK:
                return (card.due_day or 0, deck_places[card.deck_id])
            case ReviewOrder.INTERVALS_ASCENDING:
                return (card.interval_days,)
            case ReviewOrder.INTERVALS_DESCENDING:
                return (-card.interval_days,)
            case ReviewOrder.EASE_ASCENDING:
                return (-(card.difficulty or 0.0),) if fsrs else (card.ease_permille,)
            case ReviewOrder.RELATIVE_OVERDUE | ReviewOrder.RETRIEVABILITY_ASCENDING:
                return (-_overdue(card, options, today, fsrs),)

    return lambda card: (*first(card), day_hash(card.card_id, today))


def _overdue(card: QueueCard, options: Options, today: int, fsrs: bool) -> float:
    """Return how late a card is, against its interval; with `fsrs` against the interval due at the wanted recall.

    A larger value also means a lower chance of recall where all cards share one wanted recall.
    """
    due = card.due_day or 0
    if not fsrs or not card.stability:
        return (today - due + 0.001) / max(1, card.interval_days)
    decay = options.parameters[20] if len(options.parameters) > 20 else 0.1542
    scale = 0.9 ** (-1 / decay) - 1
    elapsed = max(0, today - due + card.interval_days)
    wanted = 1.0 if options.review_order is ReviewOrder.RETRIEVABILITY_ASCENDING else None
    spread = wanted or (options.desired_retention ** (-1 / decay) - 1)
    return scale * elapsed / card.stability / spread


def mixed(first: list[QueueCard], second: list[QueueCard], how: Mix) -> list[QueueCard]:
    """Return both lists as one: `second` spread evenly, after, or before."""
    if how is Mix.AFTER:
        return first + second
    if how is Mix.BEFORE:
        return second + first
    ratio = f32((len(first) + 1) / (len(second) + 1))
    result: list[QueueCard] = []
    i = j = 0
    while i < len(first) and j < len(second):
        if f32((j + 1) * ratio) < i + 1:
            result.append(second[j])
            j += 1
        else:
            result.append(first[i])
            i += 1
    return result + first[i:] + second[j:]


def gather(
    cards: Iterable[QueueCard],
    decks: Sequence[QueueDeck],
    chosen: QueueDeck,
    *,
    today: int,
    next_day_at_ms: int,
) -> Gathered:
    """Return the day's cards of `chosen` and the decks below it, in order."""
    gatherer = _Gatherer(decks, chosen, today)
    by_kind: dict[Kind, list[QueueCard]] = {kind: [] for kind in Kind}
    for card in cards:
        by_kind[kind_of(card, today)].append(card)
    found = Gathered()
    for card in by_kind[Kind.INTRADAY]:
        if card.due_at_ms is not None and card.due_at_ms < next_day_at_ms:
            gatherer.meet(card)
            found.intraday.append(card)
    due = [card for card in by_kind[Kind.INTERDAY] if card.due_day is not None and card.due_day <= today]
    interday = gatherer.due(due, Kind.INTERDAY)
    due = [card for card in by_kind[Kind.REVIEW] if card.due_day is not None and card.due_day <= today]
    reviews = gatherer.due(due, Kind.REVIEW)
    new = gatherer.new(by_kind[Kind.NEW])
    found.main = mixed(
        mixed(reviews, interday, gatherer.options.interday_learning_mix), new, gatherer.options.new_mix
    )
    found.drill = sorted(by_kind[Kind.DRILL], key=lambda card: (card.last_answer_ms or 0, card.card_id))
    return found
