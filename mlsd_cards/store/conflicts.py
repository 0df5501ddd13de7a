"""Fields that both their author and the user changed, until the user has chosen one of the two texts."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store.schema import TABLES, ConflictRow
from mlsd_cards.store.transaction import Transaction

_CONFLICTS = TABLES[ConflictRow]

Key = tuple[NoteId, str]
"""A note and the name of one of its fields."""


class Conflict(NamedTuple):
    """The author's text of a field that the user changed as well. `source` is where it came from."""

    note_id: NoteId
    field: str
    theirs: str
    source: str = ""

    @property
    def key(self) -> Key:
        """What names the field."""
        return self.note_id, self.field


def conflicts(conn: sqlite3.Connection) -> list[Conflict]:
    """Return all open conflicts by note and field."""
    rows = conn.execute(f"SELECT {_CONFLICTS.column_list} FROM conflicts ORDER BY note_id, field")
    return [Conflict(NoteId(note_id), field, theirs, source) for note_id, field, theirs, source in rows]


def put_conflicts(tx: Transaction, found: Iterable[Conflict]) -> None:
    """Keep conflicts; of a field that has one already the newer text is kept."""
    tx.put(ConflictRow, [ConflictRow(*each) for each in found])


def delete_conflicts(tx: Transaction, keys: Iterable[Key]) -> None:
    """Forget conflicts that are settled."""
    tx.delete(ConflictRow, list(keys))
