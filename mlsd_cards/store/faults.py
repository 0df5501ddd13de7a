"""The one place where errors of SQLite and of the file system become errors for the user.

An error of the environment (disk, permissions, another program, damage) becomes a `CollectionError`; anything
else, a wrong statement or a broken rule of the schema, is a bug and stays what it is.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlsd_cards.domain.errors import (
    Cancelled,
    CollectionCorrupt,
    CollectionError,
    CollectionLocked,
    DiskFull,
    MlsdError,
)

_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED_ERRNOS = {errno.EACCES, errno.EPERM, errno.EROFS}
# A write that fails other than by "no space" is, on every system we know, a quota or a file size limit.
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
_DAMAGED_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DENIED_CODES = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}


def _full(path: Path) -> DiskFull:
    return DiskFull(
        f"The disk that holds {path} is full or a size limit is reached, so nothing was written: "
        "make room and try again.",
        path=path,
    )


def _denied(path: Path) -> CollectionError:
    return CollectionError(
        f"{path} cannot be opened for writing: its folder must exist and you must be allowed to write there.",
        path=path,
    )


def from_sqlite(error: sqlite3.Error, path: Path) -> MlsdError | None:
    """Return the error for the user that stands for `error`, or None if `error` is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if code in _FULL_CODES or primary in _FULL_CODES:
        return _full(path)
    if primary in _DAMAGED_CODES:
        return CollectionCorrupt(
            f"{path} is damaged: start the program again to see which backup can be restored.", path=path
        )
    if primary in _BUSY_CODES:
        return CollectionLocked(f"{path} is in use by another program: close it and try again.", path=path)
    if primary in _DENIED_CODES:
        return _denied(path)
    if primary == sqlite3.SQLITE_IOERR:
        return CollectionError(f"{path} could not be read or written: the disk reports an error.", path=path)
    if primary == sqlite3.SQLITE_INTERRUPT:
        return Cancelled("The query was stopped.")
    return None


def from_os(error: OSError, path: Path) -> CollectionError:
    """Return the error for the user that stands for a failed file operation on `path`."""
    if error.errno in _FULL_ERRNOS:
        return _full(path)
    if error.errno in _DENIED_ERRNOS:
        return _denied(path)
    return CollectionError(f"{path} could not be read or written: {error.strerror or error}.", path=path)


@contextmanager
def guarded(path: Path, *, files: bool = True) -> Iterator[None]:
    """Turn errors of the environment into errors for the user; `path` is the file they concern.

    `files` False leaves errors of file operations alone, which then concern something else than `path`.

    Raises:
        CollectionError: Or one of its kinds; also `Cancelled` where a query was interrupted.
    """
    try:
        yield
    except sqlite3.Error as error:
        known = from_sqlite(error, path)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        if not files:
            raise
        raise from_os(error, path) from error
