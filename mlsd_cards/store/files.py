"""How files beside the database are written: whole or not at all, also when the power fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY_SUFFIX = ".part"


def sync_file(path: Path) -> None:
    """Return once the contents of `path` are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on the disk (where the system lets a folder be opened)."""
    if os.name == "posix":
        sync_file(folder)


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; at the end it becomes `target`, or vanishes on an error."""
    temporary = target.with_name(f"{target.name}{TEMPORARY_SUFFIX}")
    try:
        yield temporary
        sync_file(temporary)
        os.replace(temporary, target)
        sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
