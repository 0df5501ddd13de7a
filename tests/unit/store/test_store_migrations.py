"""Bringing an older collection up to date: all or nothing, and never without a copy."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import CollectionTooNew
from mlsd_cards.store import migrations
from mlsd_cards.store.connection import connect
from mlsd_cards.store.migrations import Step, migrate
from mlsd_cards.store.schema import SCHEMA_VERSION
from tests.unit.store.store_making import answer, filled, open_store

NEWEST = SCHEMA_VERSION + 3


def add_column(conn: sqlite3.Connection) -> None:
    conn.execute("ALTER TABLE decks ADD COLUMN colour TEXT NOT NULL DEFAULT ''")


def fill_column(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE decks SET colour = 'red'")


def new_table(conn: sqlite3.Connection) -> None:
    conn.execute("CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT")


STEPS: Mapping[int, Step] = {
    SCHEMA_VERSION + 1: add_column,
    SCHEMA_VERSION + 2: fill_column,
    SCHEMA_VERSION + 3: new_table,
}


def state(database: Path) -> tuple[int, list[tuple[object, ...]], list[tuple[object, ...]]]:
    with closing(sqlite3.connect(database)) as conn:
        version = conn.execute("PRAGMA user_version").fetchone()[0]
        schema = conn.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return version, schema, conn.execute("SELECT * FROM decks").fetchall()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with filled(tmp_path) as store:
        answer(store, 1)
    return tmp_path / "collection.db"


def test_all_steps_are_taken_after_a_copy_was_made(database: Path) -> None:
    copies: list[int] = []
    with closing(connect(database)) as conn:
        migrate(conn, database, lambda: copies.append(state(database)[0]), steps=STEPS, newest=NEWEST)
        migrate(conn, database, lambda: copies.append(-1), steps=STEPS, newest=NEWEST)
        assert conn.execute("SELECT count(*) FROM undo_steps").fetchone() == (0,)
        # An older program looks at the file's header, not at the log beside it.
        assert int.from_bytes(database.read_bytes()[60:64], "big") == NEWEST
    assert copies == [SCHEMA_VERSION]
    assert state(database)[2] == [(1, "Default", 1, "", 0, "red")]


@pytest.mark.parametrize("failing", STEPS)
@pytest.mark.parametrize("fault", [sqlite3.OperationalError("injected"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_collection_usable(
    database: Path, failing: int, fault: BaseException
) -> None:
    before = state(database)

    def fail(conn: sqlite3.Connection) -> None:
        STEPS[failing](conn)
        raise fault

    with closing(connect(database)) as conn, pytest.raises(type(fault)):
        migrate(conn, database, lambda: None, steps={**STEPS, failing: fail}, newest=NEWEST)
    assert state(database) == before
    with open_store(database.parent) as store:
        assert store.check(full=True) == []
        assert store.undo() is not None


def test_without_a_copy_nothing_is_changed(database: Path) -> None:
    before = state(database)

    def fail() -> None:
        raise OSError("no room for a copy")

    with closing(connect(database)) as conn, pytest.raises(OSError, match="no room"):
        migrate(conn, database, fail, steps=STEPS, newest=NEWEST)
    assert state(database) == before


def test_a_later_version_is_refused(database: Path) -> None:
    before = state(database)
    with closing(connect(database)) as conn, pytest.raises(CollectionTooNew):
        migrate(conn, database, lambda: None, steps={}, newest=SCHEMA_VERSION - 1)
    assert state(database) == before


def test_opening_an_older_collection_makes_a_verified_backup(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations.migrate, "__kwdefaults__", {"steps": STEPS, "newest": NEWEST})
    open_store(database.parent).close()
    assert state(database)[0] == NEWEST
    assert len(list((database.parent / "backups").glob("*.db.zst"))) == 1


def test_every_version_since_the_first_has_its_step() -> None:
    assert sorted(migrations.STEPS) == list(range(2, SCHEMA_VERSION + 1))


def first_version(database: Path) -> None:
    """Turn a collection into what the first version of the program would have written."""
    with closing(connect(database)) as conn:
        conn.execute("DROP TABLE conflicts")
        conn.execute("DROP TABLE deck_limits")
        conn.execute("DROP TABLE borrowed_cards")
        conn.execute("DROP TABLE filtered_decks")
        conn.execute("PRAGMA user_version = 1")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def shape(database: Path) -> list[tuple[object, ...]]:
    """What the database looks like, whatever the white space in which it was said."""
    _, schema, _ = state(database)
    return [(name, " ".join(str(sql).replace("( ", "(").split()).replace("( ", "(")) for name, sql in schema]


def test_a_collection_of_the_first_version_gets_what_is_new_after_a_copy_and_loses_nothing(
    database: Path, tmp_path: Path
) -> None:
    new = [(name, str(sql).replace(" )", ")")) for name, sql in shape(database)]
    decks = state(database)[2]
    first_version(database)
    with open_store(database.parent) as store:
        assert store.check(full=True) == []
    migrated = [(name, str(sql).replace(" )", ")")) for name, sql in shape(database)]
    assert migrated == new
    assert state(database)[0] == SCHEMA_VERSION
    assert state(database)[2] == decks
    assert len(list((tmp_path / "backups").glob("*.db.zst"))) == 1
