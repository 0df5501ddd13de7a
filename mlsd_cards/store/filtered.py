"""Filtered decks, and the cards they have borrowed.

A borrowed card keeps its home deck and its schedule in its own row, so that sending it home is forgetting that
it was lent, and whatever reads cards (exports, statistics, another scheduler) sees it where it belongs.
"""

import json
import sqlite3
from collections.abc import Iterable

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.filtered import Borrowed, Filter, FilterOrder, FilterTerm
from mlsd_cards.store.rows import select_in
from mlsd_cards.store.schema import TABLES, BorrowedCardRow, FilteredDeckRow
from mlsd_cards.store.transaction import Transaction

_FILTERED = TABLES[FilteredDeckRow]
_BORROWED = TABLES[BorrowedCardRow]


def filters(conn: sqlite3.Connection) -> dict[DeckId, Filter]:
    """Return what makes each filtered deck one."""
    rows = conn.execute(f"SELECT {_FILTERED.column_list} FROM filtered_decks ORDER BY id")
    return {DeckId(row[0]): _filter(FilteredDeckRow(*row)) for row in rows}


def _filter(row: FilteredDeckRow) -> Filter:
    terms = tuple(
        FilterTerm(search=search, limit=limit, order=FilterOrder(order))
        for search, limit, order in json.loads(row.terms)
    )
    return Filter(
        deck_id=DeckId(row.id),
        terms=terms,
        reschedule=bool(row.reschedule),
        again_s=row.again_s,
        hard_s=row.hard_s,
        good_s=row.good_s,
    )


def put_filter(tx: Transaction, made: Filter) -> None:
    """Make a deck a filtered one, or change what it borrows."""
    terms = json.dumps([(term.search, term.limit, term.order) for term in made.terms], ensure_ascii=False)
    row = FilteredDeckRow(made.deck_id, terms, int(made.reschedule), made.again_s, made.hard_s, made.good_s)
    tx.put(FilteredDeckRow, [row])


def delete_filter(tx: Transaction, deck_id: DeckId) -> None:
    """Make a filtered deck that has borrowed nothing an ordinary one."""
    tx.delete(FilteredDeckRow, [deck_id])


def borrowed(conn: sqlite3.Connection, deck_id: DeckId | None = None) -> list[Borrowed]:
    """Return the cards that a filtered deck, or any, has borrowed, by deck and place."""
    where, values = ("", ()) if deck_id is None else (" WHERE deck_id = ?", (deck_id,))
    sql = f"SELECT {_BORROWED.column_list} FROM borrowed_cards{where} ORDER BY deck_id, place, card_id"
    return [_card(row) for row in conn.execute(sql, values)]


def borrowed_among(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[CardId, Borrowed]:
    """Return those of cards that a filtered deck has borrowed."""
    sql = f"SELECT {_BORROWED.column_list} FROM borrowed_cards WHERE card_id IN ({{}})"
    return {row[0]: _card(row) for row in select_in(conn, sql, ids)}


def _card(row: tuple[int, int, int, int, int | None]) -> Borrowed:
    card_id, deck_id, place, answered, again_at_ms = row
    return Borrowed(
        card_id=CardId(card_id),
        deck_id=DeckId(deck_id),
        place=place,
        answered=bool(answered),
        again_at_ms=again_at_ms,
    )


def put_borrowed(tx: Transaction, cards: Iterable[Borrowed]) -> None:
    """Lend cards to filtered decks, or change how they stand there."""
    tx.put(
        BorrowedCardRow,
        (
            BorrowedCardRow(each.card_id, each.deck_id, each.place, int(each.answered), each.again_at_ms)
            for each in cards
        ),
    )


def send_home(tx: Transaction, ids: Iterable[CardId]) -> None:
    """Have cards be in their home deck only; those that no filtered deck has borrowed are passed over."""
    tx.delete(BorrowedCardRow, ids)


def newest_entries(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[CardId, int]:
    """Return the id of the newest review log entry of those of cards that have any."""
    sql = "SELECT card_id, max(id) FROM reviews WHERE card_id IN ({}) GROUP BY card_id"
    return dict(select_in(conn, sql, ids))
