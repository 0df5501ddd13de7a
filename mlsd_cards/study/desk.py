"""What a sitting reads of the collection: the deck tree with today's limits, and the rows of today's cards."""

import sqlite3
from collections import Counter
from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import Deck, DeckId, NewGather, Options, Preset, PresetId, parent_names
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.filtered import Borrowed, Filter
from mlsd_cards.domain.notes import NoteId, NoteType, NoteTypeId
from mlsd_cards.scheduling.light import QueueCard, QueueDeck
from mlsd_cards.scheduling.queue import DayQueue, build_queue
from mlsd_cards.store import cards, decks, filtered, notes, reviews
from mlsd_cards.store.limits import own_limits
from mlsd_cards.study import lending
from mlsd_cards.study.catch_up import CatchUp, plan_of
from mlsd_cards.study.lending import Lent
from mlsd_cards.study.more_today import More, more_today

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

EVERYTHING = DeckId(0)
"""Stands for the invisible deck above all decks, which has no limits of its own."""

_NO_LIMIT = 10**9
_ROWS_PER_NEW_CARD, _ROWS_MORE = 3, 20  # how many new rows are read for each that a limit lets through


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The collection as a sitting sees it: everything is of one moment.

    `rows` holds what may be shown today; of new cards only as many as the limits can let through. Cards that
    filtered decks have borrowed are in `lent` instead, by filtered deck, unless hidden; `borrowed` has them all.
    """

    day: "Day"
    decks: dict[DeckId, Deck]
    presets: dict[PresetId, Preset]
    note_types: dict[NoteTypeId, NoteType]
    tree: dict[DeckId, QueueDeck]
    rows: list[QueueCard]
    filters: dict[DeckId, Filter]
    borrowed: dict[CardId, Borrowed]
    lent: dict[DeckId, list[Lent]]
    plan: CatchUp | None = None

    @cached_property
    def _inside(self) -> dict[DeckId, list[Deck]]:
        return _inside(self.decks.values())

    @cached_property
    def _rows_of(self) -> dict[DeckId, list[QueueCard]]:
        by_deck: dict[DeckId, list[QueueCard]] = {deck_id: [] for deck_id in self.decks}
        for row in self.rows:
            by_deck[row.deck_id].append(row)
        return by_deck

    def take_note(self, card_id: CardId, after: Borrowed | None) -> None:
        """Remember how a borrowed card stands after an answer, None: it went home."""
        if after is None:
            self.borrowed.pop(card_id, None)
        else:
            self.borrowed[card_id] = after

    def options(self, deck_id: DeckId) -> Options:
        """Return the options of a deck's preset, with the limits that hold today."""
        return self.tree[deck_id].options if deck_id in self.tree else Options()

    def inside(self, chosen: Deck | None) -> list[Deck]:
        """Return a deck and those below it; all decks for None."""
        return list(self.decks.values()) if chosen is None else self._inside[chosen.id]

    def rows_inside(self, chosen: Deck | None) -> list[QueueCard]:
        """Return the rows of a deck and those below it; all rows for None, with those of lent cards."""
        rows = [row for deck in self.inside(chosen) for row in self._rows_of[deck.id]]
        return rows if chosen is not None else [*rows, *self.lent_rows()]

    def lent_rows(self) -> list[QueueCard]:
        """Return the rows of all lent cards, which name their home decks."""
        return [each.row for lent in self.lent.values() for each in lent]

    def queue(self, chosen: Deck | None) -> DayQueue:
        """Return today's list of a deck and those below it; of everything for None.

        A filtered deck lists what it has borrowed, its home decks the rest; everything holds both.
        """
        if chosen is not None and (made := self.filters.get(chosen.id)):
            return lending.queue(
                self.lent.get(chosen.id, ()),
                made,
                now_ms=self.day.now_ms,
                today=self.day.number,
                next_day_at_ms=self.day.next_day_at_ms,
            )
        tree = [self.tree[deck.id] for deck in self.inside(chosen)]
        if chosen is None:
            top, tree = self._everything(tree)
        else:
            top = self.tree[chosen.id]
        return build_queue(
            self.rows_inside(chosen),
            tree,
            top,
            now_ms=self.day.now_ms,
            today=self.day.number,
            next_day_at_ms=self.day.next_day_at_ms,
        )

    def _everything(self, tree: list[QueueDeck]) -> tuple[QueueDeck, list[QueueDeck]]:
        # One invisible deck above all others lets each keep its own limits. How cards are ordered is asked of
        # the chosen deck's preset: for everything that is the default one.
        options = self.presets[min(self.presets)].options if self.presets else Options()
        top = QueueDeck(
            id=EVERYTHING,
            name="\0",
            options=replace(options, new_per_day=_NO_LIMIT, reviews_per_day=_NO_LIMIT),
        )
        if self.plan is not None:  # its limit is one for all decks together, and each of them knows it
            most = max((deck.options.reviews_per_day for deck in tree), default=0)
            done = max((deck.reviews_done for deck in tree), default=0)
            options = replace(self.plan.over(options), new_per_day=_NO_LIMIT, reviews_per_day=most)
            top = replace(top, options=options, reviews_done=done)
        return top, [top, *(replace(deck, name=f"\0::{deck.name}") for deck in tree)]


def look(collection: "Opened") -> Desk:
    """Return the collection as it stands now."""
    day = collection.day()
    with collection.store.read() as conn:
        known, presets = decks.decks(conn), decks.presets(conn)
        plan = plan_of(conn, day.number)
        options = _options_today(conn, known, presets, day.number, plan)
        tree = _tree(known, options, reviews.done_today(conn, day.number), plan)
        borrowed = {each.card_id: each for each in filtered.borrowed(conn)}
        return Desk(
            day=day,
            decks=known,
            presets=presets,
            note_types=notes.note_types(conn),
            tree=tree,
            rows=_rows(conn, tree, day),
            filters=filtered.filters(conn),
            borrowed=borrowed,
            lent=_lent(conn, borrowed, day),
            plan=plan,
        )


def _lent(
    conn: sqlite3.Connection, borrowed: Mapping[CardId, Borrowed], day: "Day"
) -> dict[DeckId, list[Lent]]:
    rows = cards.visible_rows(conn, borrowed, today=day.number)
    found: dict[DeckId, list[Lent]] = {}
    for card_id, row in rows.items():
        each = borrowed[card_id]
        found.setdefault(each.deck_id, []).append(Lent(each, row))
    return found


def _inside(known: Several[Deck]) -> dict[DeckId, list[Deck]]:
    """Return for each deck itself and those below it; letter case does not count."""
    by_name = {deck.name.casefold(): deck.id for deck in known}
    inside: dict[DeckId, list[Deck]] = {deck.id: [] for deck in known}
    for deck in known:
        for name in (deck.name, *parent_names(deck.name)):
            if (above := by_name.get(name.casefold())) is not None:
                inside[above].append(deck)
    return inside


def _options_today(
    conn: sqlite3.Connection,
    known: Mapping[DeckId, Deck],
    presets: Mapping[PresetId, Preset],
    today: int,
    plan: CatchUp | None,
) -> dict[DeckId, Options]:
    """Return the options of each deck, with the limits that hold today."""
    own, more = own_limits(conn), more_today(conn, today)
    found: dict[DeckId, Options] = {}
    for deck in known.values():
        preset = presets.get(deck.preset_id)
        options = preset.options if preset else Options()
        if deck.id in own:
            options = own[deck.id].over(options, today)
        if plan is not None:
            options = plan.over(options)
        found[deck.id] = more.get(deck.id, More()).on_top_of(options)
    return found


def _tree(
    known: Mapping[DeckId, Deck],
    options: Mapping[DeckId, Options],
    done: Mapping[DeckId, reviews.Done],
    plan: CatchUp | None,
) -> dict[DeckId, QueueDeck]:
    """Return each deck with its options and what was done in it and below it today; in all decks under a plan."""
    everywhere = sum(each.reviews for each in done.values())
    tree: dict[DeckId, QueueDeck] = {}
    for deck_id, inside in _inside(known.values()).items():
        here = [done[deck.id] for deck in inside if deck.id in done]
        tree[deck_id] = QueueDeck(
            id=deck_id,
            name=known[deck_id].name,
            options=options[deck_id],
            new_done=sum(each.new for each in here),
            reviews_done=everywhere if plan else sum(each.reviews for each in here),
        )
    return tree


# Which rows are read


def _rows(conn: sqlite3.Connection, tree: Mapping[DeckId, QueueDeck], day: "Day") -> list[QueueCard]:
    """Return the rows of today: all that are due, and the first new ones of each deck.

    A collection may hold a hundred thousand new cards, of which today takes twenty. The rows left out cannot
    matter: where siblings or ties make that uncertain, all new rows of the deck are read.
    """
    room = {deck.id: max(0, deck.options.new_per_day - deck.new_done) for deck in tree.values()}
    orders = {deck.options.new_gather is NewGather.HIGHEST_POSITION for deck in tree.values()}
    if len(orders) > 1:
        return _read(conn, tree, day, None, ())
    highest_first = list(tree) if True in orders else []
    limits = {
        deck_id: left * _ROWS_PER_NEW_CARD + _ROWS_MORE if left else 0 for deck_id, left in room.items()
    }
    rows = _read(conn, tree, day, limits, highest_first)
    new: dict[DeckId, list[QueueCard]] = {deck_id: [] for deck_id in tree}
    kept: list[QueueCard] = []
    for row in rows:
        (new[row.deck_id] if row.state is CardState.NEW else kept).append(row)
    cut = {deck_id for deck_id, found in new.items() if len(found) >= limits[deck_id] > 0}
    met = _notes_met(kept, new.values()) if cut else Counter()
    for deck_id, found in new.items():
        first = _certain(found, room[deck_id], met) if deck_id in cut else found
        if first is None:
            read = _read(conn, [deck_id], day, None, ())
            first = [row for row in read if row.state is CardState.NEW]
        kept += first
    return kept


def _read(
    conn: sqlite3.Connection,
    deck_ids: Iterable[DeckId],
    day: "Day",
    limits: Mapping[DeckId, int] | None,
    highest_first: list[DeckId] | tuple[()],
) -> list[QueueCard]:
    return cards.queue_rows(
        conn,
        list(deck_ids),
        today=day.number,
        next_day_at_ms=day.next_day_at_ms,
        new_limits=limits,
        highest_first=highest_first,
    )


def _notes_met(due: list[QueueCard], new: Iterable[list[QueueCard]]) -> Counter[NoteId]:
    """Return in how many places each note is met: among what is due, and in each deck's new cards."""
    met = Counter({row.note_id for row in due})
    for rows in new:
        met.update({row.note_id for row in rows})
    return met


def _certain(found: list[QueueCard], room: int, met: Counter[NoteId]) -> list[QueueCard] | None:
    """Return those of a deck's first new rows that fill its limit whatever siblings there are, None if too few.

    The last position is left out: more cards may share it. A note met nowhere else gives at least one card.
    """
    last = found[-1].position if found else 0
    first = [row for row in found if row.position != last]
    fresh = {row.note_id for row in first if met[row.note_id] == 1}
    return first if len(fresh) >= room else None


def home_deck(known: Mapping[DeckId, Deck], name: str) -> Deck:
    """Return the deck called `name`, in which cards can be kept; letter case does not count.

    Raises:
        NotFound: there is none. InputError: it is a filtered deck.
    """
    deck = find_deck(known, name)
    if deck.filtered:
        raise InputError(f"“{deck.name}” is a filtered deck, which only borrows cards: choose another deck.")
    return deck


def find_deck(known: Mapping[DeckId, Deck], name: str) -> Deck:
    """Return the deck called `name`; letter case does not count.

    Raises:
        NotFound: there is none.
    """
    wanted = name.casefold()
    for deck in known.values():
        if deck.name.casefold() == wanted:
            return deck
    raise NotFound(f"There is no deck “{name}”.")
