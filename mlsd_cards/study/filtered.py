"""Filtered decks: made from searches, filled anew, emptied, deleted. Each act is one undo step.

Source: ankitects/anki `rslib/src/scheduler/filtered/mod.rs`, `rslib/src/storage/card/filtered.rs` (facts).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.domain.decks import DECK_SEPARATOR, Deck, DeckId, parent_names
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.filtered import MOST_TERMS, NO_LIMIT, Borrowed, Filter, FilterOrder, FilterTerm
from mlsd_cards.store import cards, decks
from mlsd_cards.store import filtered as filtered_store
from mlsd_cards.study import filter_orders
from mlsd_cards.study.desk import find_deck
from mlsd_cards.study.import_decks import DEFAULT_DECK
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    import sqlite3

    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

NOTHING_FOUND = "No cards were found that could be borrowed, so nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredDeck:
    """A filtered deck as its options show it. `cards` counts those that it has borrowed."""

    name: str
    filter: Filter
    cards: int


def filtered_deck(collection: "Opened", deck: str) -> FilteredDeck:
    """Return what a filtered deck borrows.

    Raises:
        NotFound: there is no such deck, or it is an ordinary one.
    """
    with collection.store.read() as conn:
        found, made = _found(conn, deck)
        count = len(filtered_store.borrowed(conn, found.id))
    return FilteredDeck(name=found.name, filter=made, cards=count)


def free_name(collection: "Opened", wanted: str = "Filtered deck") -> str:
    """Return a name that no deck has: the wanted one, if need be with a number."""
    with collection.store.read() as conn:
        names = {deck.name.casefold() for deck in decks.decks(conn).values()}
    number, name = 1, wanted
    while name.casefold() in names:
        number += 1
        name = f"{wanted} {number}"
    return name


def create(collection: "Opened", name: str, terms: Sequence[FilterTerm], *, reschedule: bool = True) -> int:
    """Make a filtered deck and fill it; return how many cards it borrowed.

    Raises:
        InputError: the name is taken or cannot be used, a search finds nothing. SearchError: a search is faulty.
    """
    complete_memories(collection)
    with collection.store.transaction(Op.BUILD_FILTERED) as tx:
        known = decks.decks(tx.conn)
        made = Filter(
            deck_id=_free_id(known, collection.clock.now_ms()), terms=tuple(terms), reschedule=reschedule
        )
        _put(tx, known, name, made, collection.clock.now_ms())
        return _fill(collection, tx, made, needed=True)


def change(
    collection: "Opened",
    deck: str,
    terms: Sequence[FilterTerm],
    *,
    reschedule: bool,
    name: str | None = None,
) -> int:
    """Change what a filtered deck borrows, and fill it anew; return how many cards it borrowed.

    Raises:
        NotFound: there is no such filtered deck. InputError, SearchError: as in `create`.
    """
    complete_memories(collection)
    with collection.store.transaction(Op.BUILD_FILTERED) as tx:
        found, made = _found(tx.conn, deck)
        made = replace(made, terms=tuple(terms), reschedule=reschedule)
        _put(tx, decks.decks(tx.conn), name or found.name, made, found.created_ms)
        return _fill(collection, tx, made, needed=True)


def put(collection: "Opened", tx: "Transaction", name: str, made: Filter) -> int:
    """Make the filtered deck called `name`, or change it where there is one, and fill it, as part of the act `tx`.

    Raises:
        InputError: an ordinary deck has that name, or nothing is found. SearchError: a search is faulty.
    """
    known = decks.decks(tx.conn)
    now_ms = collection.clock.now_ms()
    same = next((deck for deck in known.values() if deck.name.casefold() == name.casefold()), None)
    if same is not None and not same.filtered:
        raise InputError(f"There is an ordinary deck called “{name}”: rename it first.")
    made = replace(made, deck_id=same.id if same else _free_id(known, now_ms))
    _put(tx, known, name, made, same.created_ms if same else now_ms)
    return _fill(collection, tx, made, needed=True)


def rebuild(collection: "Opened", deck: str) -> int:
    """Send the cards of a filtered deck home and fill it anew; return how many it borrowed.

    Raises:
        NotFound: there is no such filtered deck. SearchError: its search is faulty.
    """
    complete_memories(collection)
    with collection.store.transaction(Op.REBUILD_FILTERED) as tx:
        _, made = _found(tx.conn, deck)
        return _fill(collection, tx, made, needed=False)


def empty(collection: "Opened", deck: str) -> int:
    """Send all cards of a filtered deck home; return how many there were.

    Raises:
        NotFound: there is no such filtered deck.
    """
    with collection.store.transaction(Op.EMPTY_FILTERED) as tx:
        found, _ = _found(tx.conn, deck)
        return _send_home(tx, found.id)


def delete(collection: "Opened", deck: str) -> int:
    """Send all cards of a filtered deck home and delete it; return how many there were.

    Raises:
        NotFound: there is no such filtered deck.
    """
    with collection.store.transaction(Op.DELETE_DECK) as tx:
        found, _ = _found(tx.conn, deck)
        return remove(tx, found.id)


def remove(tx: "Transaction", deck_id: DeckId) -> int:
    """Send all cards of a filtered deck home and delete it, as part of an act; return how many there were."""
    count = _send_home(tx, deck_id)
    filtered_store.delete_filter(tx, deck_id)
    decks.delete_decks(tx, [deck_id])
    return count


def checked(terms: Iterable[FilterTerm]) -> tuple[FilterTerm, ...]:
    """Return searches that a filtered deck can have.

    Raises:
        InputError: there are none or too many, or a limit is not 1 to 99,999.
    """
    made = tuple(terms)
    if not 1 <= len(made) <= MOST_TERMS:
        raise InputError(f"A filtered deck has 1 to {MOST_TERMS} searches, not {len(made)}.")
    for term in made:
        if not 1 <= term.limit <= NO_LIMIT:
            raise InputError(f"A filtered deck takes 1 to {NO_LIMIT:,} cards, not {term.limit:,}.")
    return made


def _found(conn: "sqlite3.Connection", name: str) -> tuple[Deck, Filter]:
    deck = find_deck(decks.decks(conn), name)
    made = filtered_store.filters(conn).get(deck.id)
    if made is None:
        raise NotFound(f"“{deck.name}” is not a filtered deck.")
    return deck, made


def _free_id(known: Mapping[DeckId, Deck], now_ms: int) -> DeckId:
    return DeckId(max([now_ms, *known]) + 1)


def _put(tx: "Transaction", known: Mapping[DeckId, Deck], name: str, made: Filter, created_ms: int) -> None:
    name = DECK_SEPARATOR.join(part.strip() for part in name.split(DECK_SEPARATOR))
    if not all(name.split(DECK_SEPARATOR)):
        raise InputError("A deck needs a name.")
    if name.casefold() == DEFAULT_DECK.casefold():
        raise InputError(f"“{DEFAULT_DECK}” is where new cards are kept: choose another name.")
    checked(made.terms)
    by_name = {deck.name.casefold(): deck for deck in known.values() if deck.id != made.deck_id}
    if name.casefold() in by_name:
        raise InputError(f"There is a deck called “{name}” already: choose another name.")
    for above in parent_names(name):
        if (parent := by_name.get(above.casefold())) is not None and parent.filtered:
            raise InputError(f"“{parent.name}” is a filtered deck, which can hold no other decks.")
    preset = known[made.deck_id].preset_id if made.deck_id in known else min(decks.presets(tx.conn))
    decks.put_deck(tx, Deck(id=made.deck_id, name=name, preset_id=preset, created_ms=created_ms))
    filtered_store.put_filter(tx, made)


def _send_home(tx: "Transaction", deck_id: DeckId) -> int:
    lent = filtered_store.borrowed(tx.conn, deck_id)
    filtered_store.send_home(tx, [each.card_id for each in lent])
    return len(lent)


def _fill(collection: "Opened", tx: "Transaction", made: Filter, *, needed: bool) -> int:
    """Fill a deck with what its searches find; a card that two of them find comes in the place of the first."""
    tx.note_changed(Changed.CARD | Changed.DECK)
    day = collection.day()
    _send_home(tx, made.deck_id)
    taken: list[CardId] = []
    for term in made.terms:
        taken += _first(tx.conn, term, day, set(taken))
    if needed and not taken:
        raise InputError(NOTHING_FOUND)
    filtered_store.put_borrowed(
        tx, (Borrowed(card_id=key, deck_id=made.deck_id, place=place) for place, key in enumerate(taken))
    )
    return len(taken)


def _first(conn: "sqlite3.Connection", term: FilterTerm, day: "Day", taken: set[CardId]) -> list[CardId]:
    """Return the first cards that a search finds and no filtered deck has: neither suspended nor buried."""
    from mlsd_cards.store.search import search
    from mlsd_cards.store.search_scope import SearchEnv

    _, ids = search(conn, term.search, SearchEnv(day.now_ms, day.number, day.next_day_at_ms))
    away = {each.card_id for each in filtered_store.borrowed(conn)} | taken
    rows = cards.visible_rows(conn, (CardId(key) for key in ids if key not in away), today=day.number)
    return filter_orders.in_order(conn, rows.values(), FilterOrder(term.order), day)[: term.limit]
