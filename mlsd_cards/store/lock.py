"""The lock that one running program holds on a profile for life."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from mlsd_cards.domain.errors import CollectionLocked
from mlsd_cards.store.faults import guarded

LOCK_NAME = ".lock"
_LONGEST = 4096

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ProfileLock:
    """Holds the profile folder `home` from construction until `release`, or until the process ends.

    The operating system frees the lock when the process dies, so no stale lock is possible. The file holds
    the number of the process for the message that others show; `last_words` is what the holder before left in
    it, empty if it was killed.

    Raises:
        CollectionLocked: Another program holds the profile.
        CollectionError: The lock file cannot be made.
    """

    def __init__(self, home: Path):
        self._path = home / LOCK_NAME
        with guarded(self._path):
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _take(self._handle)
        except OSError as error:
            os.close(self._handle)
            holder = self._path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
            who = f"process {holder}" if holder.isdigit() else "another program"
            message = f"The profile {home} is in use by {who}: close it there, or choose another profile."
            raise CollectionLocked(message, path=home) from error
        os.lseek(self._handle, 0, os.SEEK_SET)
        self.last_words = os.read(self._handle, _LONGEST).decode("utf-8", "replace").partition("\n")[2]
        self._write(str(os.getpid()))

    def _write(self, text: str) -> None:
        with suppress(OSError):  # on a full disk the profile can still be opened
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, text.encode())

    def release(self, words: str = "") -> None:
        """Let others have the profile, and leave `words` for the next holder; a second call does nothing."""
        if self._handle >= 0:
            self._write(f"{os.getpid()}\n{words}")
            os.close(self._handle)
            self._handle = -1
