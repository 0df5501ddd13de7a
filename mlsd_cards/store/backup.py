"""Backups of the collection: made while it is open, verified by reading them again, thinned out with age."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from mlsd_cards.domain.errors import CollectionCorrupt, CollectionTooNew, FileFormatError, NotFound
from mlsd_cards.store.connection import connect
from mlsd_cards.store.faults import guarded
from mlsd_cards.store.files import written_whole
from mlsd_cards.store.schema import APPLICATION_ID, EXTRA_DDL, SCHEMA_VERSION

BACKUPS_NAME = "backups"
SUFFIX = ".db.zst"
_PREFIX = "collection-"
_STAMP = "%Y-%m-%d-%H%M%S"
_KEEP_ALL_DAYS = 2
# Of which spans one backup is kept, and of how many; each stage begins where the one before it ends.
_SPANS: tuple[tuple[Callable[[datetime], object], int], ...] = (
    (lambda made: made.date(), 12),
    (lambda made: made.isocalendar()[:2], 10),
    (lambda made: (made.year, made.month), 9),
)
_COUNTED = ("notes", "cards", "reviews")
_PIECE = 1 << 20
_LARGEST_UNPACKED = 64 << 30


def stamp(now_ms: int) -> str:
    """Return the moment as it stands in file names (UTC)."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC).strftime(_STAMP)


def moment_of(path: Path) -> datetime | None:
    """Return when the backup `path` was made, by its name; None if the name is not that of a backup."""
    name = path.name.removeprefix(_PREFIX).removesuffix(SUFFIX)[:17]
    try:
        return datetime.strptime(name, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def backups(folder: Path) -> list[Path]:
    """Return the backups in `folder`, newest first."""
    found = [
        (made, len(path.name), path)
        for path in folder.glob(f"{_PREFIX}*{SUFFIX}")
        if (made := moment_of(path))
    ]
    return [path for _, _, path in sorted(found, reverse=True)]


def new_name(folder: Path, now_ms: int) -> Path:
    """Return the path of a backup made now: one that does not exist yet."""
    first = f"{_PREFIX}{stamp(now_ms)}"
    names = (first, *(f"{first}-{number}" for number in range(2, 1000)))
    return next(path for name in names if not (path := folder / f"{name}{SUFFIX}").exists())


def problems_of(conn: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with the structure of a database, empty if nothing (fast check)."""
    found = [row[0] for row in conn.execute("PRAGMA quick_check(20)")]
    return [] if found == ["ok"] else found


def counts_of(conn: sqlite3.Connection) -> tuple[int, ...]:
    """Return how many notes, cards and reviews there are."""
    return tuple(conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _COUNTED)


def make_backup(conn: sqlite3.Connection, target: Path) -> Path:
    """Write a verified copy of the open collection to `target` and return it.

    A name ending in `.zst` is compressed; any other holds the plain database. The copy is opened again and
    checked before it gets its name, so a failing backup never replaces a good one.

    Raises:
        CollectionCorrupt: The copy does not verify.
        CollectionError: It cannot be written.
    """
    from concurrent.futures import ThreadPoolExecutor

    plain = target.with_name(f".{target.name}.copy")
    with guarded(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _copy(conn, plain)
            # The copy is checked while it is being packed.
            with written_whole(target) as temporary, ThreadPoolExecutor(1) as pool:
                verified = pool.submit(_verify, plain, counts_of(conn))
                if target.suffix == ".zst":
                    _pack(plain, temporary)
                    _verify_packed(temporary, plain.stat().st_size)
                    verified.result()
                else:
                    verified.result()
                    os.replace(plain, temporary)
        finally:
            with suppress(OSError):
                plain.unlink(missing_ok=True)
    return target


def _copy(conn: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # it is made durable once, at the end
        conn.backup(copy)
        # A copy that stands alone: no log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")


def _verify(plain: Path, expected: tuple[int, ...] | None = None) -> tuple[int, ...]:
    with closing(connect(plain, immutable=True)) as conn:
        _refuse_what_acts_by_itself(conn, plain)
        found = problems_of(conn)
        counts = () if found else counts_of(conn)
    if found or (expected is not None and counts != expected):
        raise CollectionCorrupt(f"The copy {plain} does not verify, so it was not kept.", path=plain)
    return counts


def _refuse_what_acts_by_itself(conn: sqlite3.Connection, shown: Path) -> None:
    """Refuse triggers and views that are not ours; looked at before anything else is read."""
    ours = " ".join(EXTRA_DDL)
    for kind, name in conn.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"):
        if f"CREATE TRIGGER {name} " not in ours:
            raise FileFormatError(
                "unsafe", f"{shown} holds a {kind} {name!r} that no collection has.", path=shown
            )


def _pack(source: Path, target: Path) -> None:
    import zstandard

    packer = zstandard.ZstdCompressor(level=1, threads=2, write_checksum=True)
    with source.open("rb") as reading, target.open("wb") as writing:
        packer.copy_stream(reading, writing, size=source.stat().st_size)


def _verify_packed(packed: Path, size: int) -> None:
    if sum(map(len, _unpacked(packed))) != size:
        raise CollectionCorrupt(f"The backup {packed} does not verify, so it was not kept.", path=packed)


def _unpacked(packed: Path) -> Iterator[bytes]:
    """Yield the contents of a compressed file; its checksum is checked at the end."""
    import zstandard

    total = 0
    try:
        with packed.open("rb") as reading:
            for piece in zstandard.ZstdDecompressor().read_to_iter(reading, read_size=_PIECE):
                total += len(piece)
                if total > _LARGEST_UNPACKED:
                    raise FileFormatError("limit", f"{packed} is larger than a backup can be.", path=packed)
                yield piece
    except zstandard.ZstdError as error:
        raise CollectionCorrupt(f"{packed} is damaged and cannot be unpacked.", path=packed) from error


def unpack_verified(source: Path, target: Path) -> tuple[int, ...]:
    """Write the database held by backup `source` to `target`; returns its numbers of notes, cards, reviews.

    Raises:
        NotFound: There is no such file.
        FileFormatError: It is not a backup of this program (`not-a-deck`).
        CollectionTooNew: A newer version of the program wrote it.
        CollectionCorrupt: It does not verify.
    """
    if not source.is_file():
        raise NotFound(f"There is no file {source}: name a backup from the folder {BACKUPS_NAME}.")
    with guarded(source), target.open("wb") as writing:
        with source.open("rb") as reading:
            packed = reading.read(4) == b"\x28\xb5\x2f\xfd"
        for piece in _unpacked(source) if packed else _plain(source):
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    check_header(target, source)
    with guarded(source):
        return _verify(target)


def _plain(source: Path) -> Iterator[bytes]:
    with source.open("rb") as reading:
        yield from iter(lambda: reading.read(_PIECE), b"")


def check_header(database: Path, shown: Path | None = None) -> None:
    """Look at the first bytes of a file without opening it as a database; `shown` is the name for messages.

    Source: https://www.sqlite.org/fileformat2.html section 1.3 (user version at 60, application id at 68).

    Raises:
        CollectionCorrupt: It is not a database.
        CollectionTooNew: A newer version of the program wrote it.
        FileFormatError: It is a database of another program.
    """
    shown = shown or database
    with guarded(shown), database.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise CollectionCorrupt(f"{shown} is damaged: it is not a database.", path=shown)
    version = int.from_bytes(head[60:64], "big")
    application = int.from_bytes(head[68:72], "big")
    if application != APPLICATION_ID:
        raise FileFormatError("not-a-deck", f"{shown} is not a collection of this program.", path=shown)
    if version > SCHEMA_VERSION:
        raise CollectionTooNew(
            f"{shown} was written by a newer version of this program: install that version to open it.",
            path=shown,
        )


def newest_verified(folder: Path, scratch: Path) -> tuple[Path, tuple[int, ...]] | None:
    """Return the newest backup in `folder` that verifies, with its counts.

    `scratch` is a path to unpack to.
    """
    for path in backups(folder):
        try:
            return path, unpack_verified(path, scratch)
        except (CollectionCorrupt, FileFormatError, CollectionTooNew):
            continue
        finally:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
    return None


def rotate(folder: Path, now_ms: int) -> list[Path]:
    """Delete the backups that are no longer kept and return them.

    Kept are all of the last 2 days; before those the newest of each day for 12 days that have one, before
    those of each week for 10 weeks, before those of each month for 9 months.
    """
    today = datetime.fromtimestamp(now_ms / 1000, tz=UTC).date()
    gone = []
    spans = iter(_SPANS)
    span, left = next(spans)
    last: object = None
    for path in backups(folder):  # newest first
        made = moment_of(path)
        if made is None or (today - made.date()).days < _KEEP_ALL_DAYS:
            continue
        if not left or span(made) == last:
            gone.append(path)
            continue
        last, left = span(made), left - 1
        if not left:
            span, left = next(spans, (span, 0))
            last = span(made)
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
