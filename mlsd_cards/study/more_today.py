"""What is let through today beyond the daily limits of decks; tomorrow it is forgotten."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mlsd_cards.domain.decks import DeckId, Options
from mlsd_cards.store import settings

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction

MOST = 9999
_KEY = "more_today"


class More(NamedTuple):
    """How many new cards and reviews a deck may show today on top of its limits."""

    new: int = 0
    reviews: int = 0

    def on_top_of(self, options: Options) -> Options:
        """Return options with today's limits."""
        if not any(self):
            return options
        return replace(
            options,
            new_per_day=options.new_per_day + self.new,
            reviews_per_day=options.reviews_per_day + self.reviews,
        )


def more_today(conn: sqlite3.Connection, today: int) -> dict[DeckId, More]:
    """Return what decks may show today beyond their limits."""
    stored = settings.get(conn, _KEY)
    if stored is None or stored["day"] != today:
        return {}
    return {DeckId(int(key)): More(*values) for key, values in stored["decks"].items()}


def add_more(tx: "Transaction", deck_ids: Iterable[DeckId], more: More, today: int) -> None:
    """Let decks show more today, on top of what was let through today already."""
    known = more_today(tx.conn, today)
    for key in deck_ids:
        before = known.get(key, More())
        known[key] = More(min(MOST, before.new + more.new), min(MOST, before.reviews + more.reviews))
    settings.put(tx, _KEY, {"day": today, "decks": {str(key): list(value) for key, value in known.items()}})
