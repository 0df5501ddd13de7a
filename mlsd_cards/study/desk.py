"""What a sitting reads of the collection: the deck tree with today's limits, and the rows of today's cards."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId, is_inside
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.notes import NoteType, NoteTypeId
from mlsd_cards.scheduling.gathering import QueueCard
from mlsd_cards.scheduling.limits import QueueDeck
from mlsd_cards.scheduling.queue import LEARN_AHEAD_S, DayQueue, build_queue
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import cards, decks, notes, reviews

if TYPE_CHECKING:
    from mlsd_cards.study.collection import Collection

EVERYTHING = DeckId(0)
"""Stands for the invisible deck above all decks, whose limits are those of the decks below."""

_NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The collection as a sitting sees it: everything is of one moment."""

    boundary: DayBoundary
    now_ms: int
    today: int
    next_day_at_ms: int
    decks: dict[DeckId, Deck]
    presets: dict[PresetId, Preset]
    note_types: dict[NoteTypeId, NoteType]
    done: dict[DeckId, reviews.Done]
    rows: list[QueueCard]

    def options(self, deck_id: DeckId) -> Options:
        """Return the options of a deck's preset."""
        deck = self.decks.get(deck_id)
        preset = self.presets.get(deck.preset_id) if deck else None
        return preset.options if preset else Options()

    def inside(self, chosen: Deck | None) -> list[Deck]:
        """Return a deck and those below it; all decks for None."""
        return [deck for deck in self.decks.values() if chosen is None or is_inside(deck.name, chosen.name)]

    def queue(self, chosen: Deck | None) -> DayQueue:
        """Return today's list of a deck and those below it; of everything for None."""
        inside = self.inside(chosen)
        ids = {deck.id for deck in inside}
        tree = [self._queue_deck(deck) for deck in inside]
        if chosen is None:
            return self._queue_of_everything(tree)
        return self._build([row for row in self.rows if row.deck_id in ids], tree, self._queue_deck(chosen))

    def _queue_of_everything(self, tree: list[QueueDeck]) -> DayQueue:
        # One invisible deck above all others lets each keep its own limits.
        below = [replace(deck, name=f"\0::{deck.name}") for deck in tree]
        first = min(tree, key=lambda deck: deck.id, default=None)
        options = first.options if first else Options()
        top = QueueDeck(id=EVERYTHING, name="\0", options=_without_limits(options))
        return self._build(self.rows, [top, *below], top)

    def _build(self, rows: list[QueueCard], tree: list[QueueDeck], chosen: QueueDeck) -> DayQueue:
        return build_queue(
            rows,
            tree,
            chosen,
            now_ms=self.now_ms,
            today=self.today,
            next_day_at_ms=self.next_day_at_ms,
            learn_ahead_s=LEARN_AHEAD_S,
        )

    def _queue_deck(self, deck: Deck) -> QueueDeck:
        done = [self.done[below.id] for below in self.inside(deck) if below.id in self.done]
        return QueueDeck(
            id=deck.id,
            name=deck.name,
            options=self.options(deck.id),
            new_done=sum(each.new for each in done),
            reviews_done=sum(each.reviews for each in done),
        )


def _without_limits(options: Options) -> Options:
    return replace(options, new_per_day=_NO_LIMIT, reviews_per_day=_NO_LIMIT)


def look(collection: "Collection") -> Desk:
    """Return the collection as it stands now."""
    boundary = collection.boundary
    now_ms = collection.clock.now_ms()
    today = collection.today_number()
    next_day_at_ms = max(boundary.next_day_at_ms(now_ms), boundary.day_start_ms(today + 1))
    with collection.store.read() as conn:
        found = decks.decks(conn)
        rows = cards.queue_rows(conn, list(found), today=today, next_day_at_ms=next_day_at_ms)
        return Desk(
            boundary=boundary,
            now_ms=now_ms,
            today=today,
            next_day_at_ms=next_day_at_ms,
            decks=found,
            presets=decks.presets(conn),
            note_types=notes.note_types(conn),
            done=reviews.done_today(conn, today),
            rows=[QueueCard._make(row) for row in rows],
        )


def find_deck(known: dict[DeckId, Deck], name: str) -> Deck:
    """Return the deck called `name`; letter case does not count.

    Raises:
        NotFound: there is none.
    """
    wanted = name.casefold()
    for deck in known.values():
        if deck.name.casefold() == wanted:
            return deck
    raise NotFound(f"There is no deck “{name}”.")
