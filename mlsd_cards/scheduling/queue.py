"""A day's list of cards during a sitting: what comes now, what is left, what follows an answer.

Source: ankitects/anki `rslib/src/scheduler/queue/` (`mod.rs`, `learning.rs`, `main.rs`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.gathering import Gathered, Kind, gather, kind_of
from mlsd_cards.scheduling.history import DayOf
from mlsd_cards.scheduling.light import QueueCard, QueueDeck

__all__ = [
    "LEARN_AHEAD_S",
    "DayQueue",
    "QueueCard",
    "QueueCounts",
    "QueueDeck",
    "build_queue",
    "siblings_to_bury",
]

LEARN_AHEAD_S = 1200
_SECOND_MS = 1000
_NOTHING: frozenset[CardId] = frozenset()


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Cards left today. `learning` holds interday learning, learning within the look-ahead, and the drill."""

    new: int
    learning: int
    review: int


class DayQueue:
    """The cards of one day, moved on by answers. Times are UTC milliseconds."""

    def __init__(
        self, found: Gathered, *, now_ms: int, today: int, next_day_at_ms: int, learn_ahead_s: int
    ) -> None:
        self.today = today
        self.next_day_at_ms = next_day_at_ms
        self.seen_ms = now_ms
        self._ahead_ms = learn_ahead_s * _SECOND_MS
        self._cards = {
            card.card_id: card for part in (found.intraday, found.main, found.drill) for card in part
        }
        waiting = sorted((card.due_at_ms or 0, card.card_id) for card in found.intraday)
        self._places = [due for due, _ in waiting]  # when each waiting learning card comes, ascending
        self._waiting = [card_id for _, card_id in waiting]
        self._main = [card.card_id for card in found.main]
        # A card answered out of turn may be in learning while its old place is still in `_main`.
        self._in_main = set(self._main)
        self._at = 0  # everything before it is answered or gone
        self._drill = [card.card_id for card in found.drill]
        self._left = dict(found.in_main)

    @property
    def order(self) -> list[CardId]:
        """All cards left, in the order in which they would come if nothing were answered."""
        soon = bisect_left(self._places, self.seen_ms + 1)
        ahead = bisect_left(self._places, self.seen_ms + self._ahead_ms + 1)
        main = [card_id for card_id in self._main[self._at :] if card_id in self._in_main]
        return [*self._waiting[:soon], *main, *self._waiting[soon:ahead], *self._drill]

    def current(self) -> CardId | None:
        """Return the card to show now, None if nothing is left for the moment."""
        return self._first(self._places, self._waiting, _NOTHING, self._drill, self.seen_ms)

    def kind(self, card_id: CardId) -> Kind:
        """Return the kind as which a card of the list came."""
        return kind_of(self._cards[card_id], self.today)

    def __contains__(self, card_id: object) -> bool:
        """Whether the list still holds a card."""
        return card_id in self._cards

    def refresh(self, now_ms: int) -> None:
        """Look at the clock again, as is done when nothing is left to show."""
        self.seen_ms = max(self.seen_ms, now_ms)

    def counts(self) -> QueueCounts:
        """Return how many cards are left."""
        soon = bisect_left(self._places, self.seen_ms + self._ahead_ms + 1)
        return QueueCounts(
            new=self._left[Kind.NEW],
            learning=self._left[Kind.INTERDAY] + soon + len(self._drill),
            review=self._left[Kind.REVIEW],
        )

    def next_learning_ms(self) -> int | None:
        """Return when the next waiting learning card comes, None if there is none today."""
        return self._places[0] if self._places else None

    def answer(
        self, card_id: CardId, after: QueueCard | None, now_ms: int, buried: Iterable[CardId] = ()
    ) -> None:
        """Move on after an answer: `after` is the card as stored now, None if it was suspended.

        `buried` are siblings that are put off until tomorrow.
        """
        self._remove(card_id)
        self.bury(buried)
        if after is not None:
            self._put_back(after)
        self.seen_ms = max(self.seen_ms, now_ms)

    def bury(self, card_ids: Iterable[CardId]) -> None:
        """Take cards out of the list."""
        for card_id in card_ids:
            self._remove(card_id)

    def peek(
        self, card_id: CardId, after: QueueCard | None, now_ms: int, buried: Iterable[CardId] = ()
    ) -> CardId | None:
        """Return the card that `answer` with the same words would bring, and change nothing."""
        gone = {card_id, *buried}
        kept = [(p, c) for p, c in zip(self._places, self._waiting, strict=True) if c not in gone]
        places, waiting = [p for p, _ in kept], [c for _, c in kept]
        drill = [c for c in self._drill if c not in gone]
        if after is not None:
            self._insert(after, places, waiting, drill, main_empty=self._main_head(gone) is None)
        return self._first(places, waiting, gone, drill, max(self.seen_ms, now_ms))

    def _first(
        self,
        places: list[int],
        waiting: list[CardId],
        gone: Set[CardId],
        drill: list[CardId],
        seen_ms: int,
    ) -> CardId | None:
        if places and places[0] <= seen_ms:
            return waiting[0]
        if (head := self._main_head(gone)) is not None:
            return head
        if places and places[0] <= seen_ms + self._ahead_ms:
            return waiting[0]
        return drill[0] if drill else None

    def _main_head(self, gone: Set[CardId]) -> CardId | None:
        for place in range(self._at, len(self._main)):
            card_id = self._main[place]
            if card_id in self._in_main and card_id not in gone:
                return card_id
        return None

    def _remove(self, card_id: CardId) -> None:
        if card_id not in self._cards:
            return
        kind = self.kind(card_id)
        del self._cards[card_id]
        if kind is Kind.DRILL:
            self._drill.remove(card_id)
        elif kind is Kind.INTRADAY:
            place = self._waiting.index(card_id)
            del self._waiting[place], self._places[place]
        else:
            self._left[kind] -= 1
            self._in_main.remove(card_id)
            while self._at < len(self._main) and self._main[self._at] not in self._in_main:
                self._at += 1

    def _put_back(self, after: QueueCard) -> None:
        kind = self._insert(after, self._places, self._waiting, self._drill, main_empty=not self._in_main)
        if kind is not None:
            self._cards[after.card_id] = after

    def _insert(
        self,
        after: QueueCard,
        places: list[int],
        waiting: list[CardId],
        drill: list[CardId],
        *,
        main_empty: bool,
    ) -> Kind | None:
        """Put an answered card among the waiting ones or into the drill, if it comes again today."""
        if after.drill_day == self.today:
            drill.append(after.card_id)
            return Kind.DRILL
        due = after.due_at_ms
        if (
            due is None
            or due >= self.next_day_at_ms
            or after.state not in (CardState.LEARNING, CardState.RELEARNING)
        ):
            return None
        limit = self.seen_ms + self._ahead_ms
        # The same card must not come twice running while another one waits.
        if main_empty and due <= limit and places and places[0] >= due and places[0] + _SECOND_MS < limit:
            due = places[0] + _SECOND_MS
        place = bisect_left(places, due)
        places.insert(place, due)
        waiting.insert(place, after.card_id)
        return Kind.INTRADAY


def build_queue(
    cards: Iterable[QueueCard],
    decks: Sequence[QueueDeck],
    chosen: QueueDeck,
    *,
    now_ms: int,
    today: int,
    next_day_at_ms: int,
    learn_ahead_s: int = LEARN_AHEAD_S,
    day_of: DayOf | None = None,
) -> DayQueue:
    """Return the list of day `today` for `chosen` and the decks below it.

    `decks` are the chosen deck and those below; `cards` all of their cards that are neither suspended nor
    buried (cards not due may be left out). `day_of` gives the day number of a past moment
    (`DayBoundary.day_of_moment`) for the orders of `fsrs`; without it days are taken as 24 hours long.
    """
    found = gather(cards, decks, chosen, today=today, next_day_at_ms=next_day_at_ms, day_of=day_of)
    return DayQueue(
        found, now_ms=now_ms, today=today, next_day_at_ms=next_day_at_ms, learn_ahead_s=learn_ahead_s
    )


def siblings_to_bury(
    answered: Kind, siblings: Iterable[QueueCard], options: Options, today: int
) -> list[CardId]:
    """Return which siblings an answer puts off until tomorrow, so that the caller stores it.

    `siblings` are the other cards of the note that are neither suspended nor buried, `options` those of the
    answered card's deck. Kinds gathered before that of the answered card are left alone.

    Source: ankitects/anki `rslib/src/scheduler/bury_and_suspend.rs` (`exclude_earlier_gathered_queues`).
    """
    wanted = {
        Kind.INTERDAY: options.bury_interday_learning,
        Kind.REVIEW: options.bury_reviews,
        Kind.NEW: options.bury_new,
    }
    answered = Kind.REVIEW if answered is Kind.DRILL else answered
    return [
        card.card_id
        for card in siblings
        if (kind := kind_of(card, today)) >= answered
        and wanted.get(kind, False)
        and (kind is Kind.NEW or (card.due_day is not None and card.due_day <= today))
    ]
