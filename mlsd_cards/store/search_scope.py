"""What all terms of a search share: the moment, the collection's names, and how a faulty term is refused."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import ColumnElement

from mlsd_cards.domain.decks import Deck, DeckId, Preset, PresetId, is_inside
from mlsd_cards.domain.errors import SearchError
from mlsd_cards.domain.notes import NoteType, NoteTypeId
from mlsd_cards.store import decks, filtered, notes
from mlsd_cards.store.search_parser import Term

Condition = ColumnElement[bool]
DAY_MS = 86_400_000


class SearchEnv(NamedTuple):
    """What a search needs to know besides the collection: the moment, the day, and the deck last studied.

    `today` is the local day number; the day ends at `next_day_at_ms`.
    """

    now_ms: int
    today: int
    next_day_at_ms: int
    current_deck: DeckId | None = None


@dataclass(frozen=True)
class Scope:
    """The collection's names, each kind read once, when a term of the search first asks for it.

    `few` says that other terms leave few cards: then it is better to look at each than at all that a term finds.
    """

    conn: sqlite3.Connection
    env: SearchEnv
    few: bool = False

    def of_few_cards(self) -> "Scope":
        """Return the scope for terms that look at few cards."""
        scope = copy(self)  # with the names that were read
        object.__setattr__(scope, "few", True)
        return scope

    @cached_property
    def decks(self) -> Mapping[DeckId, Deck]:
        """All decks."""
        return decks.decks(self.conn)

    @cached_property
    def borrowing(self) -> Collection[DeckId]:
        """The filtered decks."""
        return filtered.filters(self.conn)

    @cached_property
    def presets(self) -> Mapping[PresetId, Preset]:
        """All presets."""
        return decks.presets(self.conn)

    @cached_property
    def note_types(self) -> Mapping[NoteTypeId, NoteType]:
        """All note types."""
        return notes.note_types(self.conn)

    @cached_property
    def pending(self) -> bool:
        """Whether there are notes that the text index does not know yet."""
        row = self.conn.execute("SELECT 1 FROM note_texts WHERE indexed = 0 LIMIT 1").fetchone()
        return row is not None

    def inside(self, deck_id: DeckId | None) -> Iterable[DeckId]:
        """Return the ids of a deck and of all below it."""
        chosen = self.decks.get(deck_id) if deck_id is not None else None
        return [key for key, deck in self.decks.items() if chosen and is_inside(deck.name, chosen.name)]


def fault(term: Term, expected: str) -> SearchError:
    """Return the error that names a faulty term and says what was expected."""
    return SearchError(f"`{term.shown}` cannot be searched for: {expected}.", term.position)


def whole_number(text: str, term: Term, expected: str) -> int:
    """Return the whole number that `text` is; `expected` completes the sentence if it is none."""
    try:
        number = int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        number = None
    if number is None or abs(number) > 1 << 53:
        raise fault(term, expected)
    return number
