"""In which order due cards are collected.

Source: ankitects/anki `rslib/src/storage/card/mod.rs` (`review_order_sql`).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from mlsd_cards.domain.decks import DECK_SEPARATOR, DeckId, Options, ReviewOrder
from mlsd_cards.scheduling.fuzz import day_hash
from mlsd_cards.scheduling.history import DEFAULT_EASE, DayOf
from mlsd_cards.scheduling.light import QueueCard, QueueDeck
from mlsd_cards.scheduling.memory import Memory, MemoryModel, memory_model
from mlsd_cards.scheduling.timing import days_since

Key = Callable[[QueueCard], float]


def deck_places(decks: Sequence[QueueDeck]) -> dict[DeckId, int]:
    """Return the place of each deck in name order.

    The decks inside a deck follow it at once.
    """

    def parts(deck: QueueDeck) -> list[str]:
        return deck.name.casefold().split(DECK_SEPARATOR)

    return {deck.id: place for place, deck in enumerate(sorted(decks, key=parts))}


def in_order(cards: Sequence[QueueCard], key: Key, day: int) -> Iterator[QueueCard]:
    """Yield cards by ascending `key`; ties come by the day's hash of the card id, never by chance.

    Only ties that are reached are hashed.
    """
    keys = list(map(key, cards))
    places = sorted(range(len(cards)), key=keys.__getitem__)
    for _, tied in groupby(places, key=keys.__getitem__):
        group = [cards[place] for place in tied]
        if len(group) > 1:
            group.sort(key=lambda card: (day_hash(card.card_id, day), card.card_id))
        yield from group


def review_key(
    chosen: Options,
    decks: Sequence[QueueDeck],
    *,
    today: int,
    next_day_at_ms: int,
    day_of: DayOf | None = None,
) -> Key:
    """Return the sort key of due cards: the order is that of the chosen deck's preset.

    What FSRS needs besides is taken from the preset of the card's own deck. `day_of` gives the day number of
    a moment; without it days are taken as 24 hours long.
    """
    order = chosen.review_order
    match order:
        case ReviewOrder.DUE_DAY_DECK:
            places = deck_places(decks)
            count = len(decks)
            return lambda card: (card.due_day or 0) * count + places[card.deck_id]
        case ReviewOrder.INTERVALS_ASCENDING:
            return lambda card: card.interval_days
        case ReviewOrder.INTERVALS_DESCENDING:
            return lambda card: -card.interval_days
        case _ if chosen.scheduler == "fsrs":
            return _memory_key(order, _Recall(decks, today, next_day_at_ms, day_of))
        case ReviewOrder.EASE_ASCENDING:
            return lambda card: card.ease_permille
        case _:
            return lambda card: -_lateness(card, today)


def _lateness(card: QueueCard, today: int) -> float:
    return (today - (card.due_day or 0) + 0.001) / max(1, card.interval_days)


def _memory_key(order: ReviewOrder, recall: "_Recall") -> Key:
    match order:
        case ReviewOrder.EASE_ASCENDING:
            return lambda card: -recall.memory(card).difficulty
        case ReviewOrder.RELATIVE_OVERDUE:
            return lambda card: -recall.overdue(card)
        case _:
            return recall.retrievability


class _Recall:
    """What FSRS says of light rows."""

    def __init__(
        self, decks: Sequence[QueueDeck], today: int, next_day_at_ms: int, day_of: DayOf | None
    ) -> None:
        self._today = today
        self._next_day_at_ms = next_day_at_ms
        self._day_of = day_of
        self._presets: dict[DeckId, tuple[MemoryModel, Options]] = {
            deck.id: (memory_model(deck.options.parameters), deck.options) for deck in decks
        }

    def memory(self, card: QueueCard) -> Memory:
        """Return the memory of a card; where it has none, that which fits its ease and interval."""
        if card.stability is not None and card.difficulty is not None:
            return Memory(card.stability, card.difficulty)
        model, options = self._presets[card.deck_id]
        ease = (card.ease_permille or DEFAULT_EASE) / 1000
        return model.from_interval(card.interval_days, ease, options.historical_retention)

    def elapsed(self, card: QueueCard) -> int:
        """Return the study days since the last answer, by due day and interval if unknown."""
        if card.last_answer_ms is None:
            return max(0, self._today - (card.due_day or 0) + card.interval_days)
        if self._day_of is not None:
            return max(0, self._today - self._day_of(card.last_answer_ms))
        return days_since(card.last_answer_ms, self._next_day_at_ms)

    def overdue(self, card: QueueCard) -> float:
        model, options = self._presets[card.deck_id]
        return model.overdue(self.memory(card).stability, self.elapsed(card), options.desired_retention)

    def retrievability(self, card: QueueCard) -> float:
        model, _ = self._presets[card.deck_id]
        return model.retrievability(self.memory(card).stability, self.elapsed(card))
