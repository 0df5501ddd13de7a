"""Daily limits that decks have of their own."""

import sqlite3
from collections.abc import Iterable

from mlsd_cards.domain.deck_limits import OwnLimits
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.store.schema import TABLES, DeckLimitsRow
from mlsd_cards.store.transaction import Transaction

_LIMITS = TABLES[DeckLimitsRow]


def own_limits(conn: sqlite3.Connection) -> dict[DeckId, OwnLimits]:
    """Return the limits of the decks that have any."""
    rows = conn.execute(f"SELECT {_LIMITS.column_list} FROM deck_limits ORDER BY id")
    return {DeckId(row[0]): _own(DeckLimitsRow(*row)) for row in rows}


def _own(row: DeckLimitsRow) -> OwnLimits:
    return OwnLimits(
        deck_id=DeckId(row.id),
        new_per_day=row.new_per_day,
        reviews_per_day=row.reviews_per_day,
        day=row.day,
        new_today=row.new_today,
        reviews_today=row.reviews_today,
    )


def put_limits(tx: Transaction, limits: Iterable[OwnLimits]) -> None:
    """Write limits of decks; a row that says nothing is not kept."""
    for each in limits:
        if each.says_nothing:
            tx.delete(DeckLimitsRow, [each.deck_id])
        else:
            tx.put(DeckLimitsRow, [_row(each)])


def _row(own: OwnLimits) -> DeckLimitsRow:
    return DeckLimitsRow(
        own.deck_id,
        own.new_per_day,
        own.reviews_per_day,
        own.day,
        own.new_today,
        own.reviews_today,
    )
