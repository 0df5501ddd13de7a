"""Full disks, folders that cannot be written, kills: nothing acknowledged is lost, one sentence says why."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import (
    Cancelled,
    CollectionCorrupt,
    CollectionError,
    CollectionLocked,
    DiskFull,
    MlsdError,
)
from mlsd_cards.store import cards, faults, notes, reviews, settings
from mlsd_cards.store.schema import CardRow
from tests.unit.store.store_making import NOW_MS, a_note, answer, dump, filled, open_store

ROOT = Path(__file__).resolve().parents[3]


def run(code: str) -> subprocess.CompletedProcess[str]:
    start = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from mlsd_cards.domain.changes import Op\n"
        "from mlsd_cards.domain.errors import MlsdError\n"
        "from mlsd_cards.store import settings\n"
        "from mlsd_cards.store.collection import Store\n"
    )
    command = [sys.executable, "-B", "-c", start + code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("text")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_IOERR_WRITE, DiskFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFull),
        (sqlite3.SQLITE_IOERR_READ, CollectionError),
        (sqlite3.SQLITE_READONLY_DIRECTORY, CollectionError),
        (sqlite3.SQLITE_CANTOPEN, CollectionError),
        (sqlite3.SQLITE_CORRUPT_INDEX, CollectionCorrupt),
        (sqlite3.SQLITE_NOTADB, CollectionCorrupt),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CollectionLocked),
        (sqlite3.SQLITE_LOCKED, CollectionLocked),
        (sqlite3.SQLITE_INTERRUPT, Cancelled),
    ],
)
def test_errors_of_the_environment_are_told_by_their_number(code: int, expected: type[MlsdError]) -> None:
    path = Path("/profile/collection.db")
    with pytest.raises(MlsdError) as caught, faults.guarded(path):
        raise sqlite_error(code)
    assert type(caught.value) is expected
    assert expected is Cancelled or str(path) in str(caught.value)


@pytest.mark.parametrize("code", [None, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_UNIQUE])
def test_our_own_faults_stay_what_they_are(code: int | None) -> None:
    error = sqlite3.OperationalError("no such column") if code is None else sqlite_error(code)
    with pytest.raises(sqlite3.OperationalError) as caught, faults.guarded(Path("x")):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, DiskFull), (errno.EACCES, CollectionError), (errno.EIO, CollectionError)],
)
def test_errors_of_files_are_told_by_their_number(number: int, expected: type[MlsdError]) -> None:
    with pytest.raises(MlsdError, match="x") as caught, faults.guarded(Path("x")):
        raise OSError(number, os.strerror(number))
    assert type(caught.value) is expected
    with pytest.raises(OSError, match="text"), faults.guarded(Path("x"), files=False):
        raise OSError(number, "text")


def test_a_full_database_refuses_the_act_and_works_again_with_room(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        with store.read() as conn:
            pages = conn.execute("PRAGMA page_count").fetchone()[0]
            conn.execute(f"PRAGMA max_page_count = {pages}")
        before = dump(store)

        def write_much() -> None:
            with store.transaction(Op.ADD_NOTE) as tx:
                notes.put_notes(tx, [a_note(key, "x" * 5000, "back") for key in range(10, 60)])

        with pytest.raises(DiskFull, match="make room"):
            write_much()
        assert dump(store) == before
        assert store.undo_label() is None
        with store.read() as conn:
            conn.execute("PRAGMA max_page_count = 100000")
        write_much()
        assert len(dump(store)["notes"]) == len(before["notes"]) + 50
        assert store.check(full=True) == ["50 notes have no card."]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file size")
def test_a_limit_on_file_size_is_a_full_disk(tmp_path: Path) -> None:
    filled(tmp_path).close()
    size = (tmp_path / "collection.db").stat().st_size
    code = (
        f"store = Store.open(Path({str(tmp_path)!r}), now_ms=0)\n"
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "acknowledged = 0\n"
        "try:\n"
        "    for number in range(10000):\n"
        "        with store.transaction(Op.SETTINGS) as tx:\n"
        "            settings.put(tx, f'k{number}', 'x' * 2000)\n"
        "        acknowledged = number + 1\n"
        "except MlsdError as error:\n"
        "    with store.read() as conn:\n"
        "        there = conn.execute(\"SELECT count(*) FROM settings WHERE key LIKE 'k%'\").fetchone()[0]\n"
        "    print(type(error).__name__, acknowledged > 0, there == acknowledged, acknowledged)\n"
    )
    done = run(code)
    assert done.stdout.startswith("DiskFull True True "), done.stderr
    with open_store(tmp_path) as store:
        with store.read() as conn:
            kept = conn.execute("SELECT count(*) FROM settings WHERE key LIKE 'k%'").fetchone()[0]
        assert kept == int(done.stdout.split()[-1])
        assert store.check(full=True) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter (those of pytest are private)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions of folders")
def test_a_folder_that_cannot_be_written_is_said_at_start_and_can_be_read(open_folder: Path) -> None:
    home = open_folder / "profile"
    filled(home).close()
    for path in home.iterdir():
        path.chmod(0o555 if path.is_dir() else 0o444)
    home.chmod(0o555)
    code = (
        "import os\n"
        "if os.getuid() == 0:\n"
        "    os.seteuid(65534)  # permissions do not hold for the superuser\n"
        f"home = Path({str(home)!r})\n"
        "try:\n"
        "    Store.open(home, now_ms=0)\n"
        "except MlsdError as error:\n"
        "    print(type(error).__name__, str(error))\n"
        "store = Store.open(home, now_ms=0, read_only=True)\n"
        "with store.read() as conn:\n"
        "    print(conn.execute('SELECT count(*) FROM notes').fetchone()[0])\n"
        "store.close()\n"
    )
    done = run(code)
    home.chmod(0o755)
    first, _, rest = done.stdout.partition("\n")
    assert first.startswith("CollectionError "), done.stderr
    assert "allowed to write" in first
    assert rest == "5\n", done.stderr


def test_a_kill_loses_nothing_that_was_acknowledged_and_keeps_no_half(tmp_path: Path) -> None:
    filled(tmp_path, 3).close()
    code = (
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.unit.store.store_making import answer\n"
        f"store = Store.open(Path({str(tmp_path)!r}), now_ms=0)\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    print(answer(store, number % 3 + 1), flush=True)\n"
    )
    acknowledged: list[int] = []
    for patience in range(1, 6):
        with subprocess.Popen(
            [
                sys.executable,
                "-B",
                "-c",
                f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
                "from pathlib import Path\nfrom mlsd_cards.store.collection import Store\n" + code,
            ],
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            acknowledged += [int(child.stdout.readline()) for _ in range(7 * patience)]
            child.send_signal(signal.SIGKILL)
            acknowledged += [int(line) for line in child.stdout if line.endswith("\n")]
        with open_store(tmp_path) as store:
            assert store.check(full=True) == []
            with store.read() as conn:
                stored = {row[0] for row in conn.execute("SELECT id FROM reviews")}
                answers = sum(row.answers for row in reviews.daily(conn, 0, 100))
                reps = conn.execute("SELECT sum(reps) FROM cards").fetchone()[0]
            assert set(acknowledged) <= stored
            assert len(stored) == answers == reps
            assert len(stored) - len(acknowledged) <= patience  # at most the one under way at each kill
            assert store.undo() is Op.ANSWER
            assert store.redo() is Op.ANSWER
    assert len(acknowledged) == len(set(acknowledged))


def test_a_kill_during_an_import_leaves_nothing_of_it(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        before = dump(store)
    code = (
        f"store = Store.open(Path({str(tmp_path)!r}), now_ms=0)\n"
        "from mlsd_cards.store.schema import NoteRow, ReviewRow\n"
        "with store.transaction(Op.IMPORT) as tx, tx.indexes_later({NoteRow: 10000}):\n"
        "    rows = ((key, str(key), 1, 0, 0, '', 'x' * 900) for key in range(100, 30000))\n"
        "    tx.bulk_insert(NoteRow, rows)\n"
        "    import os, signal\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert run(code).returncode == -signal.SIGKILL
    with open_store(tmp_path) as store:
        assert dump(store) == before
        assert store.check(full=True) == []


def test_a_search_that_is_interrupted_is_no_fault(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    with filled(tmp_path) as store:

        def search_forever() -> None:
            with store.read() as conn:
                conn.set_progress_handler(lambda: 1, 100)
                try:
                    conn.execute(f"{endless} SELECT count(*) FROM n").fetchone()
                finally:
                    conn.set_progress_handler(None, 0)

        with pytest.raises(Cancelled):
            search_forever()


def test_a_clock_that_went_back_neither_loses_nor_repeats_a_review(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        made = [
            answer(store, 1, now_ms=moment) for moment in (NOW_MS, NOW_MS, NOW_MS - 86_400_000, NOW_MS + 9)
        ]
        assert made == [NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS + 9]
        with store.read() as conn:
            assert [entry.id for entry in reviews.entries_of_card(conn, cards.CardId(1))] == made


def test_an_io_error_of_a_callers_file_is_not_blamed_on_the_database(tmp_path: Path) -> None:
    with filled(tmp_path) as store:

        def read_a_missing_file() -> None:
            with store.transaction(Op.OTHER) as tx:
                settings.put(tx, "k", 1)
                (tmp_path / "absent").read_text()

        with pytest.raises(FileNotFoundError):
            read_a_missing_file()
        with store.read() as conn:
            assert settings.get(conn, "k") is None
            assert conn.execute(f"SELECT {CardRow._fields[0]} FROM cards").fetchone() == (1,)
