"""How exported files are written: whole or not at all, also when the power fails."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlsd_cards.domain.errors import DiskFull, InputError
from mlsd_cards.paths import sync_file, sync_folder

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a new folder beside `target`; the file of the same name made there becomes `target` at the end.

    Other files in that folder are scratch. On any error `target` stays as it was.

    Raises:
        DiskFull: There is no room for the file.
        InputError: The file cannot be written there.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=target.parent) as folder:
            yield Path(folder)
            made = Path(folder) / target.name
            sync_file(made)
            os.replace(made, target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"There is no room on the disk for {target}: nothing was written.", path=target
            ) from error
        reason = error.strerror or type(error).__name__
        raise InputError(f"{target} cannot be written: {reason}.") from error
