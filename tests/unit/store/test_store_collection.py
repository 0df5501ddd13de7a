"""Opening, locking, reading and closing a collection."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import (
    CollectionError,
    CollectionLocked,
    CollectionTooNew,
    FileFormatError,
    NotFound,
)
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import backup, collection, notes, settings
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES
from tests.unit.store.store_making import NOW_MS, a_note, answer, dump, filled, open_store


def pragma(store: Store, name: str) -> object:
    with store.read() as conn:
        return conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_collection_has_what_the_design_asks_for(tmp_path: Path) -> None:
    with open_store(tmp_path / "deep" / "profile", zone_offset_minutes=120) as store:
        expected = {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
            "busy_timeout": 5000,
            "user_version": SCHEMA_VERSION,
            "application_id": APPLICATION_ID,
        }
        assert {name: pragma(store, name) for name in expected} == expected
        with store.read() as conn:
            strict = {row[1]: row[5] for row in conn.execute("PRAGMA table_list")}
        assert all(strict[table.name] == 1 for table in TABLES.values())
        assert (store.created_ms, store.created_offset_minutes) == (NOW_MS, 120)
        assert 0 < store.installation < 1 << 53
        assert store.media_dir.is_dir()
        installation = store.installation
    with open_store(tmp_path / "deep" / "profile") as again:
        assert (again.installation, again.created_ms) == (installation, NOW_MS)
    assert {path.name for path in (tmp_path / "deep" / "profile").iterdir()} == {
        ".lock",
        "collection.db",
        "media",
    }


def test_a_second_program_is_told_who_holds_the_profile(tmp_path: Path) -> None:
    with open_store(tmp_path), pytest.raises(CollectionLocked, match=f"process {os.getpid()}") as caught:
        open_store(tmp_path)
    assert caught.value.kind == "locked"
    open_store(tmp_path).close()


def test_another_process_is_kept_out_until_the_first_one_dies(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mlsd_cards.store.collection import Store\n"
        f"store = Store.open(Path({str(tmp_path)!r}), now_ms=0)\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(CollectionLocked, match=f"process {other.pid}"):
            open_store(tmp_path)
        other.kill()
    open_store(tmp_path).close()


def test_reading_works_while_another_program_writes(tmp_path: Path) -> None:
    with filled(tmp_path) as writer, open_store(tmp_path, read_only=True) as reader:
        assert dump(reader) == dump(writer)
        answer(writer, 1)
        assert dump(reader) == dump(writer)
        assert reader.undo_label() is Op.ANSWER
        with pytest.raises(RuntimeError, match="reading only"), reader.transaction(Op.OTHER):
            pass
        with reader.read() as conn, pytest.raises(sqlite3.OperationalError):
            conn.execute("DELETE FROM settings")


def test_reading_only_needs_a_collection(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no collection"):
        open_store(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_collection_is_refused_unread(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    database = tmp_path / "collection.db"
    with database.open("r+b") as file:
        file.seek(60)
        file.write((SCHEMA_VERSION + 1).to_bytes(4, "big"))
    before = database.read_bytes()
    for read_only in (False, True):
        with pytest.raises(CollectionTooNew, match="newer version"):
            open_store(tmp_path, read_only=read_only)
    assert database.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "collection.db", "media"]


def test_a_newer_number_that_stands_only_in_the_log_is_seen_too(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    other = sqlite3.connect(tmp_path / "collection.db")
    other.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    try:
        with pytest.raises(CollectionTooNew):
            open_store(tmp_path)
    finally:
        other.close()


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "collection.db")
    other.execute("CREATE TABLE col (x)")
    other.close()
    before = (tmp_path / "collection.db").read_bytes()
    with pytest.raises(FileFormatError, match="not a collection of this program"):
        open_store(tmp_path)
    assert (tmp_path / "collection.db").read_bytes() == before


def test_a_profile_that_is_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CollectionError) as caught:
            open_store(home)
        assert str(home) in str(caught.value)


def test_a_kill_while_a_collection_is_made_leaves_none_behind(tmp_path: Path) -> None:
    (tmp_path / "collection.db.new").write_bytes(b"half")
    (tmp_path / "collection.db.new-wal").write_bytes(b"half")
    (tmp_path / "media.incoming-x").mkdir()
    with open_store(tmp_path) as store:
        assert store.check(full=True) == []
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "collection.db", "media"}


def test_closing_twice_does_nothing_and_frees_the_profile(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    with open_store(tmp_path) as next_one:
        store.close()
        with pytest.raises(CollectionLocked):
            open_store(tmp_path)
        assert next_one.check() == []


def test_other_threads_read_the_committed_state_while_one_writes(tmp_path: Path) -> None:
    seen: list[object] = []

    def look(store: Store) -> None:
        with store.read() as conn:
            seen.append(settings.get(conn, "k"))

    with open_store(tmp_path) as store:
        with store.transaction(Op.SETTINGS) as tx:
            settings.put(tx, "k", 1)
            thread = threading.Thread(target=look, args=(store,))
            thread.start()
            thread.join()
            with store.read() as conn:
                seen.append(settings.get(conn, "k"))
        thread = threading.Thread(target=look, args=(store,))
        thread.start()
        thread.join()
        look(store)
    assert seen == [None, 1, 1, 1]


def test_one_read_sees_one_state_in_every_thread(tmp_path: Path) -> None:
    seen: list[object] = []
    reading, written = threading.Event(), threading.Event()

    def look(store: Store) -> None:
        with store.read() as conn:
            seen.append(settings.get(conn, "k"))
            reading.set()
            written.wait(10)
            seen.append(settings.get(conn, "k"))
        with store.read() as conn:
            seen.append(settings.get(conn, "k"))

    with open_store(tmp_path) as store:
        thread = threading.Thread(target=look, args=(store,))
        thread.start()
        assert reading.wait(10)
        with store.transaction(Op.SETTINGS) as tx:
            settings.put(tx, "k", 1)
        written.set()
        thread.join()
    assert seen == [None, None, 1]


def test_the_thread_that_opened_it_reads_while_another_writes(tmp_path: Path) -> None:
    writing, read = threading.Event(), threading.Event()

    def write(store: Store) -> None:
        with store.transaction(Op.SETTINGS) as tx:
            settings.put(tx, "k", 1)
            writing.set()
            read.wait(10)

    with open_store(tmp_path) as store:
        thread = threading.Thread(target=write, args=(store,))
        thread.start()
        assert writing.wait(10)
        with store.read() as conn:
            assert settings.get(conn, "k") is None
        read.set()
        thread.join()
        with store.read() as conn:
            assert settings.get(conn, "k") == 1


def test_settings_hold_what_json_holds(tmp_path: Path) -> None:
    values = {"a": [1, 2.5, "ü", None], "b": {"x": False}, "c": "text"}
    with open_store(tmp_path) as store:
        with store.transaction(Op.SETTINGS) as tx:
            for key, value in values.items():
                settings.put(tx, key, value)
        with store.read() as conn:
            assert {key: settings.get(conn, key) for key in values} == values
            assert values.items() <= settings.all_settings(conn).items()
            assert settings.get(conn, "unknown", 3) == 3


def test_compacting_frees_what_deleted_notes_left(tmp_path: Path) -> None:
    with filled(tmp_path, 0) as store:
        with store.transaction(Op.IMPORT) as tx:
            notes.add_notes(tx, [a_note(key, f"word{key}" * 20, "back") for key in range(1, 2000)])
        store.index_texts()
        with store.transaction(Op.DELETE_NOTES) as tx:
            notes.delete_notes(tx, [NoteId(key) for key in range(10, 2000)])
        before = dump(store)
        assert store.compact() > 100_000
        assert store.database.stat().st_size < 300_000
        assert dump(store) == before
        assert store.undo() is None
        with store.read() as conn:
            assert notes.unindexed(conn) == 0
            assert conn.execute("SELECT rowid FROM note_index WHERE note_index MATCH 'wor'").fetchall() == [
                (key,) for key in range(1, 10)
            ]
        assert store.check(full=True) == ["9 notes have no card."]


def test_a_file_that_was_closed_properly_is_not_checked_again_for_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[object] = []
    real = backup.problems_of

    def counting(conn: sqlite3.Connection) -> list[str]:
        checks.append(conn)
        return real(conn)

    monkeypatch.setattr(backup, "problems_of", counting)
    day = 86_400_000

    def checked(now_ms: int) -> bool:
        checks.clear()
        Store.open(tmp_path, now_ms=now_ms).close()
        return bool(checks)

    filled(tmp_path).close()
    assert not checked(NOW_MS)
    assert not checked(NOW_MS + 6 * day)
    assert checked(NOW_MS + 7 * day)
    assert checked(NOW_MS)  # the clock went back
    os.utime(tmp_path / "collection.db")
    assert checked(NOW_MS)
    (tmp_path / ".lock").write_text("7\nnonsense")
    assert checked(NOW_MS)
    assert not checked(NOW_MS)
    (tmp_path / ".lock").write_bytes(b"\xff\n\xff")
    assert checked(NOW_MS)


def test_a_large_file_is_left_for_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path).close()
    (tmp_path / ".lock").unlink()
    monkeypatch.setattr(collection, "CHECK_AT_START_BYTES", 1000)
    with open_store(tmp_path) as store:
        assert store.unchecked
    with open_store(tmp_path) as store:
        assert store.unchecked
        assert store.check() == []
        assert not store.unchecked
    with open_store(tmp_path) as store:
        assert not store.unchecked


def test_starting_does_not_import_sqlalchemy(tmp_path: Path) -> None:
    filled(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from mlsd_cards.store.collection import Store\n"
        "from mlsd_cards.store import cards, decks, notes, reviews, settings, media, check, backup\n"
        f"store = Store.open(Path({str(tmp_path)!r}), now_ms=0)\n"
        "store.close()\n"
        "print([name for name in ('sqlalchemy', 'zstandard', 'nh3', 'fsrs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
