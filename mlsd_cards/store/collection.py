"""The collection's database: opened and locked, read, written act by act, and taken back step by step."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.domain.errors import CollectionCorrupt, NotFound
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.store import backup, damage, media, migrations, notes, settings
from mlsd_cards.store.connection import DATABASE_NAME, connect, connect_reading
from mlsd_cards.store.faults import guarded
from mlsd_cards.store.lock import ProfileLock
from mlsd_cards.store.schema import SettingRow
from mlsd_cards.store.transaction import Transaction, load_steps

CHECK_AT_START_BYTES = 200_000_000
_FEW_TEXTS = 2000
CHECK_AGAIN_MS = 7 * 86_400_000
_IDS = (1 << 53) - 1


class Store:
    """An open collection. Made by `Store.open`; may be used from several threads.

    `home` is the profile folder, `database` its file, `media_dir` the folder of pictures and sounds.
    `installation` is the number by which reviews made here are known. `created_ms` (UTC) and
    `created_offset_minutes` (east of UTC) say when the collection was made, which is day 0. `unchecked` is
    True where the file was too large to be checked at start: then `check` is to be called in the background.
    """

    def __init__(
        self,
        home: Path,
        lock: ProfileLock | None,
        conn: sqlite3.Connection,
        *,
        now_ms: int,
        checked_ms: int | None = None,
    ):
        self.home = home
        self.database = home / DATABASE_NAME
        self.media_dir = home / media.MEDIA_NAME
        self.read_only = lock is None
        self.unchecked = checked_ms is None
        self._checked_ms = now_ms if checked_ms is None else checked_ms
        self._lock = lock
        self._conn = conn
        self._owner = threading.get_ident()
        self._busy = threading.RLock()
        self._writer: int | None = None
        self._readers: list[sqlite3.Connection] = []
        self._free: list[sqlite3.Connection] = []
        self._callbacks: list[Callable[[Changed], None]] = []
        self._steps = load_steps(conn)
        self.installation = int(settings.get(conn, settings.INSTALLATION))
        self.created_ms = int(settings.get(conn, settings.CREATED_MS))
        self.created_offset_minutes = int(settings.get(conn, settings.CREATED_OFFSET_MINUTES))

    @classmethod
    def open(cls, home: Path, *, now_ms: int, zone_offset_minutes: int = 0, read_only: bool = False) -> Self:
        """Open the collection in `home`, making it if there is none, and hold it until `close`.

        `now_ms` and `zone_offset_minutes` become the moment of creation of a new collection, and name the
        files that are set aside. With `read_only` nothing is locked or written, so it works beside another
        program.

        Raises:
            CollectionLocked: Another program holds the profile.
            CollectionTooNew: A newer version of the program wrote it.
            CollectionCorrupt: It is damaged; it was set aside, and the message says what can be restored.
            NotFound: There is no collection, and `read_only` was asked for.
            CollectionError: The folder cannot be used.
        """
        database = home / DATABASE_NAME
        if read_only:
            return cls._open_read_only(home, database, now_ms)
        with guarded(home):
            home.mkdir(parents=True, exist_ok=True)
        lock = ProfileLock(home)
        try:
            with guarded(database):
                if not database.exists():
                    damage.refuse_if_set_aside(home)
                    migrations.create(database, _first_settings(now_ms, zone_offset_minutes))
                (home / media.MEDIA_NAME).mkdir(exist_ok=True)
                media.remove_leftovers(home)
            try:
                return cls._open_checked(home, lock, database, now_ms)
            except CollectionCorrupt as error:
                raise damage.set_aside(home, database, now_ms) from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_read_only(cls, home: Path, database: Path, now_ms: int) -> Self:
        with guarded(database):
            if not database.exists():
                damage.refuse_if_set_aside(home)
                raise NotFound(f"There is no collection in {home} yet.")
            backup.check_header(database)
            conn = connect_reading(database)
            try:
                return cls(home, None, conn, now_ms=now_ms)
            except BaseException:
                conn.close()
                raise

    @classmethod
    def _open_checked(cls, home: Path, lock: ProfileLock, database: Path, now_ms: int) -> Self:
        with guarded(database):
            backup.check_header(database)
            checked_ms = _checked_before(lock.last_words, database, now_ms)
            conn = connect(database)
            try:
                if checked_ms is None and database.stat().st_size <= CHECK_AT_START_BYTES:
                    if backup.problems_of(conn):
                        raise CollectionCorrupt(f"{database} is damaged.", path=database)
                    checked_ms = now_ms
                target = backup.new_name(home / backup.BACKUPS_NAME, now_ms)
                migrations.migrate(conn, database, lambda: backup.make_backup(conn, target))
                conn.execute("BEGIN IMMEDIATE")  # a folder that cannot be written is found now, not later
                conn.execute("ROLLBACK")
                return cls(home, lock, conn, now_ms=now_ms, checked_ms=checked_ms)
            except BaseException:
                conn.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and let others have the profile; a second call does nothing."""
        with self._busy, guarded(self.database):
            for conn in (*self._readers, self._conn):
                conn.close()
            self._readers, self._free = [], []
            if self._lock:
                log_is_gone = not self.database.with_name(f"{self.database.name}-wal").exists()
                sound = log_is_gone and not self.unchecked
                self._lock.release(_state_of(self.database, self._checked_ms) if sound else "")
                self._lock = None

    def on_commit(self, callback: Callable[[Changed], None]) -> None:
        """Have `callback` called after each commit, in the thread that wrote, with what changed."""
        self._callbacks.append(callback)

    # Reading

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state of the collection throughout; nothing may be written with
        it.

        Within a transaction of the same thread it sees that transaction's writes.
        """
        me = threading.get_ident()
        if self._writer == me:
            yield self._conn
        elif me == self._owner and self._busy.acquire(blocking=False):
            # Nobody else can write now, so no snapshot is needed, and the cache is warm.
            try:
                with guarded(self.database, files=False):
                    yield self._conn
            finally:
                self._busy.release()
        else:
            with guarded(self.database, files=False):
                conn = self._take_reader()
                try:
                    conn.execute("BEGIN")
                    yield conn
                finally:
                    with suppress(sqlite3.Error):
                        conn.execute("ROLLBACK")
                    self._free.append(conn)

    def _take_reader(self) -> sqlite3.Connection:
        try:
            return self._free.pop()
        except IndexError:
            conn = connect_reading(self.database)
            self._readers.append(conn)
            return conn

    # Writing

    @contextmanager
    def transaction(self, op: Op, *, undoable: bool = True) -> Iterator[Transaction]:
        """Begin an act labelled `op`; it is on the disk when the block ends, or undone if the block raises.

        `undoable` False spares the images and clears the undo steps.

        Raises:
            CollectionError: It could not be written; nothing was. RuntimeError: The thread is within a
            transaction already, or the collection is open for reading only.
        """
        with self._write(op, recorded=undoable) as tx:
            yield tx
            if undoable:
                tx.finish()
            else:
                tx.clear_steps()

    @contextmanager
    def maintenance(self) -> Iterator[Transaction]:
        """Begin a transaction that is no act of the user's: it makes no undo step and leaves those there
        are."""
        with self._write(Op.OTHER, recorded=False) as tx:
            yield tx

    @contextmanager
    def _write(self, op: Op, *, recorded: bool) -> Iterator[Transaction]:
        if self.read_only:
            raise RuntimeError("the collection was opened for reading only")
        with self._busy, guarded(self.database, files=False):
            if self._writer is not None:
                raise RuntimeError("a transaction is open already")
            self._conn.execute("BEGIN IMMEDIATE")
            self._writer = threading.get_ident()
            tx = Transaction(self._conn, op, self._steps, recorded=recorded)
            try:
                yield tx
                for action in tx.before_commit:
                    action()
                self._conn.execute("COMMIT")
            except BaseException:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
                for action in reversed(tx.on_rollback):
                    action()
                raise
            finally:
                self._writer = None
            self._steps = tx.steps
            for action in tx.after_commit:
                action()
        if tx.changed:
            for callback in self._callbacks:
                callback(tx.changed)

    def undo(self) -> Op | None:
        """Take the last act back and return its label; None if there is none."""
        return self._play("undo")

    def redo(self) -> Op | None:
        """Do again what was taken back last and return its label; None if there is none."""
        return self._play("redo")

    def _play(self, direction: str) -> Op | None:
        with self._write(Op.OTHER, recorded=True) as tx:
            files = media.media(tx.conn)
            played = tx.play_step(direction)
            if Changed.MEDIA in tx.changed:
                media.follow(tx, self.home, files)
        return tx.op if played else None

    def undo_label(self) -> Op | None:
        """Return the label of the act that `undo` would take back."""
        return self._label("undo")

    def redo_label(self) -> Op | None:
        """Return the label of the act that `redo` would do again."""
        return self._label("redo")

    def _label(self, direction: str) -> Op | None:
        with self.read() as conn:
            row = conn.execute(
                "SELECT op FROM undo_steps WHERE direction = ? ORDER BY id DESC LIMIT 1", (direction,)
            ).fetchone()
        return Op(row[0]) if row else None

    # Care

    def backup(self, out: Path | None = None, *, now_ms: int) -> Path:
        """Write a verified copy to `out`, else into the backups folder (which is then thinned out); return
        it."""
        folder = self.home / backup.BACKUPS_NAME
        with self.read() as conn:
            made = backup.make_backup(conn, out or backup.new_name(folder, now_ms))
        if out is None:
            with guarded(folder):
                backup.rotate(folder, now_ms)
        return made

    def check(self, *, full: bool = False, progress: Progress = no_progress) -> list[str]:
        """Return a sentence for each kind of problem, empty if all is well.

        `full` reads everything: every index, every search text and every media file.
        """
        from mlsd_cards.store import check

        with self.read() as conn:
            problems = check.find_problems(conn, self.home, full=full, progress=progress)
        self.unchecked = self.unchecked and bool(problems)
        return problems

    def repair(self, *, now_ms: int) -> list[str]:
        """Put right what can be put right, after a backup; returns a sentence for each thing done."""
        from mlsd_cards.store import check

        self.backup(now_ms=now_ms)
        with self.transaction(Op.REPAIR) as tx:
            return check.repair(tx, self.home)

    def compact(self, progress: Progress = no_progress) -> int:
        """Make the file as small as it can be, and return how many bytes that saved.

        Clears the undo steps.
        """
        with self.maintenance() as tx:
            tx.forget_postings()
        self.index_texts(progress)
        with self._busy, guarded(self.database):
            before = self._settled_size()
            self._conn.execute("VACUUM")
            return before - self._settled_size()

    def _settled_size(self) -> int:
        """Return the size of the file once everything that stands in the log was moved into it."""
        self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.database.stat().st_size

    def index_texts(self, progress: Progress = no_progress, *, slice_size: int = 2000) -> int:
        """Let the text index find the notes that it does not know yet; returns how many there were.

        Searches find them meanwhile by reading their texts. Each slice is a transaction of its own, so that
        `progress` may stop the work between two of them. Called after an import has been acknowledged.
        """
        with self.read() as conn:
            total = notes.unindexed(conn)
        if total <= _FEW_TEXTS:
            return self._index_slices(total, slice_size, progress)
        with self.maintenance() as tx:
            tx.expect_postings(True)
        try:
            return self._index_slices(total, slice_size, progress)
        finally:
            with self.maintenance() as tx:
                tx.expect_postings(False)

    def _index_slices(self, total: int, slice_size: int, progress: Progress) -> int:
        done = 0
        while done < total:
            with self.maintenance() as tx:
                found = notes.index_slice(tx, slice_size)
            if not found:
                break
            done += found
            progress("texts", done, total)
        return done


def _state_of(database: Path, checked_ms: int) -> str:
    """Return what is left for the next start: by what the file is known, and when it was checked last."""
    stat = database.stat()
    return f"{stat.st_size} {stat.st_mtime_ns} {checked_ms}"


def _checked_before(last_words: str, database: Path, now_ms: int) -> int | None:
    """Return when the file was checked, None if it has to be checked now."""
    checked = last_words.rpartition(" ")[2]
    if not checked.isdecimal() or not 0 <= now_ms - int(checked) < CHECK_AGAIN_MS:
        return None
    return int(checked) if last_words == _state_of(database, int(checked)) else None


def _first_settings(now_ms: int, zone_offset_minutes: int) -> list[SettingRow]:
    values = {
        settings.CREATED_MS: now_ms,
        settings.CREATED_OFFSET_MINUTES: zone_offset_minutes,
        settings.INSTALLATION: int.from_bytes(os.urandom(8), "big") % _IDS + 1,
    }
    return [settings.setting_row(key, value) for key, value in values.items()]
