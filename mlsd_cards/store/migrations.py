"""How a collection is made, and how one of an older version is brought up to date.

The version is `PRAGMA user_version`. Each step is a function that turns version n − 1 into n; a step is never
changed once released, and never uses `schema.py`, which describes the newest version only.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from mlsd_cards.domain.errors import CollectionTooNew
from mlsd_cards.paths import sync_file, sync_folder
from mlsd_cards.store.connection import connect
from mlsd_cards.store.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, SettingRow

Step = Callable[[sqlite3.Connection], None]


def _filtered_decks(conn: sqlite3.Connection) -> None:
    """Add the tables of filtered decks and of the cards that they have borrowed."""
    conn.execute(
        "CREATE TABLE filtered_decks (id INTEGER NOT NULL, terms TEXT NOT NULL, reschedule INTEGER NOT NULL, "
        "again_s INTEGER NOT NULL, hard_s INTEGER NOT NULL, good_s INTEGER NOT NULL, PRIMARY KEY (id), "
        "FOREIGN KEY(id) REFERENCES decks (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
    )
    conn.execute(
        "CREATE TABLE borrowed_cards (card_id INTEGER NOT NULL, deck_id INTEGER NOT NULL, "
        "place INTEGER NOT NULL, answered INTEGER NOT NULL, again_at_ms INTEGER, PRIMARY KEY (card_id), "
        "FOREIGN KEY(card_id) REFERENCES cards (id) DEFERRABLE INITIALLY DEFERRED, "
        "FOREIGN KEY(deck_id) REFERENCES filtered_decks (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
    )
    conn.execute("CREATE INDEX borrowed_cards_deck ON borrowed_cards (deck_id, place)")


def _deck_limits(conn: sqlite3.Connection) -> None:
    """Add the table of daily limits that decks have of their own."""
    conn.execute(
        "CREATE TABLE deck_limits (id INTEGER NOT NULL, new_per_day INTEGER, reviews_per_day INTEGER, "
        "day INTEGER NOT NULL, new_today INTEGER, reviews_today INTEGER, PRIMARY KEY (id), "
        "FOREIGN KEY(id) REFERENCES decks (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
    )


def _conflicts(conn: sqlite3.Connection) -> None:
    """Add the table of fields that were changed by the user and by the author."""
    conn.execute(
        "CREATE TABLE conflicts (note_id INTEGER NOT NULL, field TEXT NOT NULL, theirs TEXT NOT NULL, "
        "source TEXT NOT NULL, PRIMARY KEY (note_id, field), "
        "FOREIGN KEY(note_id) REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID, STRICT"
    )


STEPS: Mapping[int, Step] = {2: _filtered_decks, 3: _deck_limits, 4: _conflicts}


def create(database: Path, settings: Iterable[SettingRow]) -> None:
    """Make an empty collection at `database`, complete or not at all.

    It is built under another name, so that a kill never leaves half a collection behind.
    """
    from mlsd_cards.store.tables import creation_statements  # SQLAlchemy is imported for this once only

    building = database.with_name(f"{database.name}.new")
    building.unlink(missing_ok=True)
    try:
        building.touch(mode=0o600)
        with closing(connect(building)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            for statement in creation_statements():
                conn.execute(statement)
            conn.executemany(TABLES[SettingRow].insert_sql, settings)
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            conn.execute("COMMIT")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sync_file(building)
        os.replace(building, database)
        sync_folder(database.parent)
    finally:
        for leftover in database.parent.glob(f"{building.name}*"):
            with suppress(OSError):
                leftover.unlink()


def migrate(
    conn: sqlite3.Connection,
    database: Path,
    back_up: Callable[[], object],
    *,
    steps: Mapping[int, Step] = STEPS,
    newest: int = SCHEMA_VERSION,
) -> None:
    """Bring an open collection to version `newest`: all steps and the new number in one transaction.

    `back_up` makes a verified copy before the first step; if it fails, nothing is changed. Undo steps are
    cleared, since their images have the old columns.

    Raises:
        CollectionTooNew: The collection is of a later version.
    """
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version > newest:
        raise CollectionTooNew(
            f"{database} was written by a newer version of this program: install that version to open it.",
            path=database,
        )
    if version == newest:
        return
    back_up()
    conn.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version + 1, newest + 1):
            steps[number](conn)
        conn.execute("DELETE FROM undo_steps")
        conn.execute(f"PRAGMA user_version = {newest}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    # The number must stand in the file itself, where an older program looks before it opens anything.
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
