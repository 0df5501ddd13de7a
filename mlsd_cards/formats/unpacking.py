"""Where readers put the files that they unpack: a folder of their own, which stays only where all went well."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlsd_cards.domain.errors import DiskFull

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def unpack_folder(work_dir: Path, *, prefix: str, what: str) -> Iterator[Path]:
    """Yield a new folder below `work_dir`; on any error it is taken away again. `what` is unpacked there.

    Raises:
        DiskFull: There is no room for the unpacked files.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=work_dir)).resolve()
    try:
        yield folder
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno in _FULL:
            raise DiskFull(f"There is no room on the disk for the unpacked {what}.", path=folder) from error
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
