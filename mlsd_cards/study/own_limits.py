"""Daily limits of one deck beside those of its preset: for every day, and for today only.

Source: ankitects/anki `rslib/src/decks/limits.rs` and `rslib/src/decks/schema11.rs` (facts).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.deck_limits import OwnLimits
from mlsd_cards.domain.decks import Deck
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.store import decks, limits
from mlsd_cards.study.desk import home_deck

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened

MOST = 9999
NONE = "none"
KEYS: Mapping[str, str] = {
    "new_per_day_deck": "new_per_day",
    "reviews_per_day_deck": "reviews_per_day",
    "new_today": "new_today",
    "reviews_today": "reviews_today",
}
"""What the limits are called among the settings of a deck, and which field of `OwnLimits` each is."""


def shown(collection: "Opened", deck: Deck) -> dict[str, int | None]:
    """Return the limits that a deck has of its own today, by setting; None where it has none."""
    with collection.store.read() as conn:
        own = limits.own_limits(conn).get(deck.id, OwnLimits(deck_id=deck.id))
    today = own.on(collection.today_number())
    return {key: getattr(today, name) for key, name in KEYS.items()}


def read(key: str, text: str, title: str = "") -> int | None:
    """Return the limit that `text` gives, None for the word `none` or nothing; a refusal calls it by its `title`.

    Raises:
        NotFound: there is no such limit. InputError: it is not a whole number of cards.
    """
    if key not in KEYS:
        raise NotFound(f"There is no limit “{key}”; there are: {', '.join(KEYS)}.")
    word = text.strip().casefold()
    if word in ("", NONE):
        return None
    if not (word.isascii() and word.isdecimal() and len(word) < 9 and int(word) <= MOST):
        raise InputError(f"{title or key} is a whole number from 0 to {MOST}, or {NONE}; not “{text}”.")
    return int(word)


def change(collection: "Opened", deck: str, texts: Mapping[str, str]) -> bool:
    """Set or, with `none`, lift limits of one deck, as one act; return whether anything changed.

    Raises:
        NotFound: there is no such limit or deck. InputError: a number cannot be used, or it is a filtered deck,
        which shows all it has borrowed; nothing is changed.
    """
    values = {key: read(key, text) for key, text in texts.items()}
    with collection.store.transaction(Op.SETTINGS) as tx:
        return put(collection, tx, home_deck(decks.decks(tx.conn), deck), values)


def put(collection: "Opened", tx: "Transaction", deck: Deck, values: Mapping[str, int | None]) -> bool:
    """Do what `change` does as part of an act, with numbers or None by setting."""
    before = limits.own_limits(tx.conn).get(deck.id, OwnLimits(deck_id=deck.id))
    fields: dict[str, Any] = {KEYS[key]: value for key, value in values.items()}
    after = replace(before.on(collection.today_number()), **fields)
    if after == before or (after.says_nothing and before.says_nothing):
        return False
    limits.put_limits(tx, [after])
    return True
