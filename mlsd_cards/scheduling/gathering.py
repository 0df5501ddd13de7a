"""Gathers a day's cards: which are shown today, and in which order.

Source: ankitects/anki `rslib/src/scheduler/queue/builder/` (gathering, intersperser, sorting).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from mlsd_cards.domain.cards import CardState
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling.fuzz import f32
from mlsd_cards.scheduling.history import DayOf
from mlsd_cards.scheduling.light import QueueCard, QueueDeck
from mlsd_cards.scheduling.limits import DeckLimits
from mlsd_cards.scheduling.ordering import deck_places, in_order, review_key

__all__ = ["Gathered", "Kind", "QueueCard", "gather", "kind_of", "mixed"]


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
    """The parts of a day's list, and how many cards of each kind are in `main`."""

    intraday: list[QueueCard] = field(default_factory=list)
    main: list[QueueCard] = field(default_factory=list)
    drill: list[QueueCard] = field(default_factory=list)
    in_main: dict[Kind, int] = field(default_factory=dict)


def _of_today(
    cards: Iterable[QueueCard], known: Mapping[DeckId, int], today: int, next_day_at_ms: int
) -> dict[Kind, list[QueueCard]]:
    """Return the cards of today by their kinds, as `kind_of` tells them, without those of other decks."""
    by_kind: dict[Kind, list[QueueCard]] = {kind: [] for kind in Kind}
    new, reviews, interday = by_kind[Kind.NEW], by_kind[Kind.REVIEW], by_kind[Kind.INTERDAY]
    for card in cards:  # thousands: nothing is called for each
        if card.deck_id not in known:
            continue
        due_day, due_at_ms = card.due_day, card.due_at_ms
        if card.drill_day == today:
            by_kind[Kind.DRILL].append(card)
        elif card.state is CardState.NEW:
            new.append(card)
        elif due_at_ms is not None and card.state is not CardState.REVIEW:
            if due_at_ms < next_day_at_ms:
                by_kind[Kind.INTRADAY].append(card)
        elif due_day is not None and due_day <= today:
            (reviews if card.state is CardState.REVIEW else interday).append(card)
    return by_kind


class _Gatherer:
    """Walks through the kinds in order, keeping limits and leaving out siblings."""

    def __init__(self, decks: Sequence[QueueDeck], chosen: QueueDeck) -> None:
        self.limits = DeckLimits(decks, chosen)
        # One bit for each kind whose later cards a deck's preset leaves out.
        self.bits = {
            deck.id: deck.options.bury_interday_learning << Kind.INTERDAY
            | deck.options.bury_reviews << Kind.REVIEW
            | deck.options.bury_new << Kind.NEW
            for deck in decks
        }
        self.seen: dict[NoteId, int] = {}

    def meet(self, card: QueueCard, kind: Kind) -> bool:
        """Remember that a card of its note was met; return whether its earlier cards leave it out."""
        before = self.seen.get(card.note_id, 0)
        self.seen[card.note_id] = before | self.bits[card.deck_id]
        return bool(before >> kind & 1)

    def due(self, cards: Iterable[QueueCard], kind: Kind) -> list[QueueCard]:
        """Return the due cards that today has room for, in the order given."""
        taken: list[QueueCard] = []
        limits = self.limits
        for card in cards:
            if not limits.has_review(card.deck_id):
                if not limits.has_review():
                    break
                continue
            if self.meet(card, kind):
                continue
            taken.append(card)
            limits.take_review(card.deck_id)
        return taken

    def new(self, cards: Iterable[QueueCard]) -> list[QueueCard]:
        """Return the new cards that today has room for, in the order given."""
        taken: list[QueueCard] = []
        limits = self.limits
        for card in cards:
            if not limits.has_new(card.deck_id):
                if not limits.has_new():
                    break
                continue
            if self.meet(card, Kind.NEW):
                continue
            taken.append(card)
            limits.take_new(card.deck_id)
        return taken


def _new_in_order(cards: list[QueueCard], how: NewGather, decks: Sequence[QueueDeck]) -> Iterator[QueueCard]:
    places = deck_places(decks)
    keys: dict[NewGather, Callable[[QueueCard], tuple[int, ...]]] = {
        NewGather.DECK: lambda card: (places[card.deck_id], card.position, card.ordinal, card.card_id),
        NewGather.LOWEST_POSITION: lambda card: (card.position, card.ordinal, card.card_id),
        NewGather.HIGHEST_POSITION: lambda card: (-card.position, card.ordinal, card.card_id),
    }
    yield from sorted(cards, key=keys[how])


def mixed(first: list[QueueCard], second: list[QueueCard], how: Mix) -> list[QueueCard]:
    """Return both lists as one: `second` spread evenly, after, or before."""
    if how is Mix.AFTER:
        return first + second
    if how is Mix.BEFORE:
        return second + first
    ratio = f32((len(first) + 1) / (len(second) + 1))
    result: list[QueueCard] = []
    at = 0
    for place, card in enumerate(second, 1):
        # Before it stand all of `first` whose numbers, from 1, are not above place · ratio.
        before = math.floor(f32(place * ratio))
        if before >= len(first):
            return result + first[at:] + second[place - 1 :]
        result += first[at:before]
        result.append(card)
        at = max(at, before)
    return result + first[at:]


def gather(
    cards: Iterable[QueueCard],
    decks: Sequence[QueueDeck],
    chosen: QueueDeck,
    *,
    today: int,
    next_day_at_ms: int,
    day_of: DayOf | None = None,
) -> Gathered:
    """Return the day's cards of `chosen` and the decks below it, in order.

    Cards of decks that are not among `decks` are passed over. `day_of` is as in `review_key`.
    """
    gatherer = _Gatherer(decks, chosen)
    by_kind = _of_today(cards, gatherer.bits, today, next_day_at_ms)
    options = chosen.options
    for card in by_kind[Kind.INTRADAY]:
        gatherer.meet(card, Kind.INTRADAY)
    key = review_key(options, decks, today=today, next_day_at_ms=next_day_at_ms, day_of=day_of)
    interday = gatherer.due(in_order(by_kind[Kind.INTERDAY], key, today), Kind.INTERDAY)
    reviews = gatherer.due(in_order(by_kind[Kind.REVIEW], key, today), Kind.REVIEW)
    new = gatherer.new(_new_in_order(by_kind[Kind.NEW], options.new_gather, decks))
    if options.new_sort is NewSort.TEMPLATE:
        new.sort(key=lambda card: card.ordinal)
    due = mixed(reviews, interday, options.interday_learning_mix)
    return Gathered(
        intraday=by_kind[Kind.INTRADAY],
        main=mixed(due, new, options.new_mix),
        # In the order in which they entered the drill: that of their last answers.
        drill=sorted(by_kind[Kind.DRILL], key=lambda card: (card.last_answer_ms or 0, card.card_id)),
        in_main={Kind.INTERDAY: len(interday), Kind.REVIEW: len(reviews), Kind.NEW: len(new)},
    )
