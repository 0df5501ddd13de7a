"""Pictures and sounds: a row for each, and files that follow their rows when an act is taken back.

A file comes into the media folder before the commit and leaves it after, so that after a crash no row is
without its file. What leaves goes to the trash folder, from where redo brings it back.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from mlsd_cards.paths import sync_file, sync_folder
from mlsd_cards.store.faults import guarded
from mlsd_cards.store.schema import TABLES, MediaRow
from mlsd_cards.store.transaction import Transaction

__all__ = ["MEDIA_NAME", "MediaRow", "StagedFile", "delete_media", "digest", "media", "move_in", "staging"]

MEDIA_NAME = "media"
TRASH = Path("backups") / "media-trash"
_STAGING_PREFIX = "media.incoming-"
_SYNC_ONE_BY_ONE = 64


class StagedFile(NamedTuple):
    """A checked file in a staging folder that is to become the media file `name`."""

    name: str
    path: Path
    sha256: str
    size: int


def media(conn: sqlite3.Connection) -> dict[str, MediaRow]:
    """Return the rows of all media files, by name."""
    rows = conn.execute(f"SELECT {TABLES[MediaRow].column_list} FROM media")
    return {row[0]: MediaRow(*row) for row in rows}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal."""
    import hashlib

    with guarded(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """Yield a private folder inside the profile for files on their way in; it vanishes at the end."""
    import shutil
    import tempfile

    with guarded(home):
        folder = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(home: Path) -> None:
    """Delete staging folders that a killed program left behind."""
    for folder in home.glob(f"{_STAGING_PREFIX}*"):
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def put_media(tx: Transaction, rows: Iterable[MediaRow]) -> None:
    """Write rows of media files whose files are in their place."""
    tx.put(MediaRow, rows)


def move_in(tx: Transaction, home: Path, files: Iterable[StagedFile]) -> None:
    """Take staged files into the media folder when the act is committed, and write their rows.

    A file of the same name is replaced and goes to the trash; one with the same contents stays. If the act
    fails, the folder is as it was.

    Raises:
        ValueError: A name is not a plain file name.
    """
    before = media(tx.conn)
    arriving = list(files)
    for file in arriving:
        _plain(file.name)
    tx.put(MediaRow, [MediaRow(file.name, file.sha256, file.size) for file in arriving])
    coming = [file for file in arriving if not _is_there(home, before.get(file.name), file.name, file.sha256)]
    tx.before_commit.append(lambda: _bring(tx, home, [(file.path, file.name) for file in coming]))


def delete_media(tx: Transaction, home: Path, names: Iterable[str]) -> None:
    """Forget media files; once that is committed, they go to the trash."""
    before = media(tx.conn)
    gone = [before[name] for name in names if name in before]
    tx.delete(MediaRow, [row.name for row in gone])
    tx.after_commit.append(lambda: _take_out(home, gone))


def follow(tx: Transaction, home: Path, before: Mapping[str, MediaRow]) -> None:
    """Let the files follow the rows, which were `before` until the act: from and to the trash."""
    after = media(tx.conn)
    gone = [row for name, row in before.items() if name not in after]
    back = [row for name, row in after.items() if before.get(name) != row]
    found = [(trashed, row.name) for row in back if (trashed := _in_trash(home, row)).exists()]
    tx.before_commit.append(lambda: _bring(tx, home, found))
    tx.after_commit.append(lambda: _take_out(home, gone))


def rescue(home: Path, row: MediaRow) -> bool:
    """Bring the file of `row` back from the trash; returns whether it was there."""
    trashed = _in_trash(home, row)
    if not trashed.exists():
        return False
    with guarded(home / MEDIA_NAME):
        os.replace(trashed, home / MEDIA_NAME / row.name)
    return True


def _plain(name: str) -> str:
    if Path(name).name != name or name in ("", ".", "..") or "\\" in name or "\0" in name:
        raise ValueError(f"not a plain file name: {name!r}")
    return name


def _in_trash(home: Path, row: MediaRow) -> Path:
    return home / TRASH / f"{row.sha256}-{_plain(row.name)}"


def _is_there(home: Path, row: MediaRow | None, name: str, sha256: str) -> bool:
    path = home / MEDIA_NAME / name
    if path.is_symlink() or not path.is_file():
        return False
    return row is not None and row.sha256 == sha256 and row.size == path.stat().st_size


def _bring(tx: Transaction, home: Path, files: list[tuple[Path, str]]) -> None:
    """Move files into the media folder; what stands there under the name goes to the trash first."""
    folder = home / MEDIA_NAME
    with guarded(folder):
        for source, name in files:
            target = folder / name
            if target.is_symlink() or target.exists():
                displaced = home / TRASH / f"{_sha_of(target)}-{name}"
                _move(tx, target, displaced)
            source.chmod(0o644)
            _move(tx, source, target)
        if len(files) > _SYNC_ONE_BY_ONE and hasattr(os, "sync"):
            os.sync()  # once for all: thousands of single ones would take minutes
        elif files:
            for _, name in files:
                sync_file(folder / name)
            sync_folder(folder)


def _sha_of(path: Path) -> str:
    return digest(path) if path.is_file() and not path.is_symlink() else "0" * 64


def _move(tx: Transaction, source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    tx.on_rollback.append(lambda: _move_back(target, source))


def _move_back(target: Path, source: Path) -> None:
    with suppress(OSError):
        source.parent.mkdir(parents=True, exist_ok=True)
        os.replace(target, source)


def _take_out(home: Path, rows: list[MediaRow]) -> None:
    for row in rows:
        trashed = _in_trash(home, row)
        with suppress(OSError):  # what cannot be moved stays, and does no harm
            trashed.parent.mkdir(parents=True, exist_ok=True)
            os.replace(home / MEDIA_NAME / row.name, trashed)
