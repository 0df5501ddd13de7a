"""How files beside the database are written: whole or not at all, also when the power fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlsd_cards.paths import sync_file, sync_folder

TEMPORARY_SUFFIX = ".part"


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
