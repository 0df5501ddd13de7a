"""What happens to a damaged collection: it is set aside, never overwritten, and never replaced by an empty
one."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from mlsd_cards.domain.errors import CollectionCorrupt, CollectionTooNew, FileFormatError
from mlsd_cards.paths import sync_folder
from mlsd_cards.store import backup
from mlsd_cards.store.connection import DATABASE_NAME, connect
from mlsd_cards.store.faults import guarded
from mlsd_cards.store.lock import ProfileLock

_DAMAGED = "collection.damaged-"
_SIDE_FILES = ("-wal", "-shm")


def set_aside(home: Path, database: Path, now_ms: int) -> CollectionCorrupt:
    """Rename the damaged `database` and the files beside it; return the error to raise, which says what to
    do."""
    with guarded(database):
        aside = _rename(home, database, now_ms)
    return CollectionCorrupt(_advice(home, aside), path=aside)


def refuse_if_set_aside(home: Path) -> None:
    """Refuse to make a new collection where a damaged one waits to be restored.

    Raises:
        CollectionCorrupt: A damaged collection was set aside in `home`.
    """
    found = sorted(home.glob(f"{_DAMAGED}*.db"))
    if found:
        raise CollectionCorrupt(_advice(home, found[-1]), path=found[-1])


def make_way(home: Path, database: Path, now_ms: int) -> None:
    """Back up the collection that is about to be replaced; set it aside if it is damaged."""
    if not database.exists():
        return
    try:
        backup.check_header(database)
        with closing(connect(database)) as conn:
            backup.make_backup(conn, backup.new_name(home / backup.BACKUPS_NAME, now_ms))
    except (CollectionCorrupt, CollectionTooNew, FileFormatError, sqlite3.Error):
        _rename(home, database, now_ms)
        return
    for suffix in _SIDE_FILES:  # gone already unless closing could not empty them
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _rename(home: Path, database: Path, now_ms: int) -> Path:
    first = f"{_DAMAGED}{backup.stamp(now_ms)}"
    names = (first, *(f"{first}-{number}" for number in range(2, 1000)))
    aside = next(path for name in names if not (path := home / f"{name}.db").exists())
    for suffix in _SIDE_FILES:
        with suppress(FileNotFoundError):
            os.replace(f"{database}{suffix}", f"{aside}{suffix}")
    os.replace(database, aside)
    return aside


def _advice(home: Path, aside: Path) -> str:
    scratch = home / f".{aside.name}.scratch"
    with guarded(home):
        good = backup.newest_verified(home / backup.BACKUPS_NAME, scratch)
    start = f"The collection is damaged and was set aside as {aside}: "
    if good is None:
        return start + "no backup verifies, so move that file elsewhere to begin a new collection."
    path, (_, _, reviews) = good
    newer = _reviews_in(aside)
    lost = "" if newer is None else f" ({max(0, newer - reviews)} reviews are newer than it)"
    return (
        start
        + f"restore the newest good backup{lost} with `mlsd-cards restore {path}`, "
        + "or move the damaged file elsewhere to begin a new collection."
    )


def _reviews_in(damaged: Path) -> int | None:
    """Return how many reviews can still be counted in a damaged file; None if it cannot be read."""
    if not damaged.stat().st_size:
        return None
    try:
        with closing(connect(damaged, read_only=True)) as conn:
            return int(conn.execute("SELECT count(*) FROM reviews NOT INDEXED").fetchone()[0])
    except sqlite3.Error:
        return None


def restore(home: Path, source: Path, *, now_ms: int) -> tuple[int, ...]:
    """Put the collection held by backup `source` in the place of the one in `home`.

    The one that was there is backed up first, or set aside if it is damaged. Returns the restored numbers of
    notes, cards and reviews. Media files stay as they are.

    Raises:
        CollectionLocked: A program holds the profile. NotFound, FileFormatError, CollectionTooNew,
        CollectionCorrupt: `source` cannot be used; nothing is changed.
    """
    database = home / DATABASE_NAME
    arriving = home / f"{DATABASE_NAME}.restore"
    with guarded(home):
        home.mkdir(parents=True, exist_ok=True)
    lock = ProfileLock(home)
    try:
        counts = backup.unpack_verified(source, arriving)
        with guarded(database):
            make_way(home, database, now_ms)
            os.replace(arriving, database)
            sync_folder(home)
        return counts
    finally:
        with suppress(OSError):
            arriving.unlink(missing_ok=True)
        lock.release()
