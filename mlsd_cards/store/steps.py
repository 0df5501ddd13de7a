"""Which undo and redo steps are stored."""

import sqlite3
from typing import NamedTuple


class Steps(NamedTuple):
    """Ids of the stored steps, oldest first.

    Who holds the profile is their only writer and keeps them in memory.
    """

    undo: tuple[int, ...] = ()
    redo: tuple[int, ...] = ()

    @property
    def next_id(self) -> int:
        """The id of the next step: above every id in use."""
        return max((*self.undo[-1:], *self.redo[-1:]), default=0) + 1


def load_steps(conn: sqlite3.Connection) -> Steps:
    """Return the ids of the stored steps."""
    rows = conn.execute("SELECT direction, id FROM undo_steps ORDER BY id").fetchall()
    return Steps(
        tuple(key for direction, key in rows if direction == "undo"),
        tuple(key for direction, key in rows if direction == "redo"),
    )
