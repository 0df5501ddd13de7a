"""How a connection to the collection's database is opened."""

import sqlite3
import sys
from pathlib import Path

from mlsd_cards.store.functions import add_functions

DATABASE_NAME = "collection.db"
_CACHE_KIB = 64 * 1024  # grows with use; holds the search texts of 100,000 notes
_CACHED_STATEMENTS = 256


def connect(database: Path, *, read_only: bool = False, immutable: bool = False) -> sqlite3.Connection:
    """Return a connection with the settings that every connection of ours has.

    Transactions are begun by us, never by the driver. The connection may be handed from thread to thread but
    not be used by two at once. `immutable` promises that nobody writes: the way to read in a folder where not
    even the files beside a database can be made.

    Raises:
        sqlite3.Error: The file cannot be opened; callers translate (`faults.guarded`).
    """
    mode = "ro&immutable=1" if immutable else "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{database.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_CACHED_STATEMENTS,
    )
    try:
        # Never trust what is written in the schema of a file, even of our own.
        for pragma in (
            "trusted_schema = OFF",
            "busy_timeout = 5000",
            "foreign_keys = ON",
            "cell_size_check = ON",
            f"cache_size = -{_CACHE_KIB}",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        add_functions(connection)
        if read_only or immutable:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # fails now or never
        else:
            _make_durable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_durable(connection: sqlite3.Connection) -> None:
    # FULL, not NORMAL: with a write-ahead log NORMAL loses committed answers in a power cut.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 2000")  # half as often as by itself: fewer slow answers
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA secure_delete = OFF")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync = ON")


def connect_reading(database: Path) -> sqlite3.Connection:
    """Return a connection for reading; in a folder that cannot be written, one that makes no files beside."""
    try:
        return connect(database, read_only=True)
    except sqlite3.OperationalError as error:
        log = database.with_name(f"{database.name}-wal")
        cannot_write = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not cannot_write or (log.exists() and log.stat().st_size):
            raise
        return connect(database, immutable=True)
