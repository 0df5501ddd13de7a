"""The error tree. The text of each error is a sentence for the user.

Everything that is not an `MlsdError` is a bug and is shown as one.
"""

from pathlib import Path


class MlsdError(Exception):
    """Something expected went wrong; `str(error)` is a sentence for the user. `kind` is the public name."""

    kind = "invalid"


class InputError(MlsdError):
    """A value that the user gave cannot be used."""


class SearchError(InputError):
    """A search text cannot be understood; `position` counts characters from 0."""

    def __init__(self, message: str, position: int = 0):
        super().__init__(message)
        self.position = position


class FileFormatError(MlsdError):
    """A file cannot be read as a deck.

    `kind` is one of not-a-deck, damaged, unsafe, limit, too-new, inconsistent, unsupported.
    """

    def __init__(self, kind: str, message: str, *, path: Path | None = None, item: str = ""):
        super().__init__(message)
        self.kind = kind
        self.path = path
        self.item = item


class UnsupportedVersion(FileFormatError):
    """The file was made by a newer program than this one can read."""

    def __init__(self, message: str, *, path: Path | None = None, item: str = ""):
        super().__init__("too-new", message, path=path, item=item)


class UnsafeArchive(FileFormatError):
    """The file tries something that no honest deck does."""

    def __init__(self, message: str, *, path: Path | None = None, item: str = ""):
        super().__init__("unsafe", message, path=path, item=item)


class CollectionError(MlsdError):
    """The user's collection cannot be used; `path` names its file or folder."""

    kind = "disk"

    def __init__(self, message: str, *, path: Path | None = None):
        super().__init__(message)
        self.path = path


class CollectionLocked(CollectionError):
    """Another program holds the profile."""

    kind = "locked"


class CollectionTooNew(CollectionError):
    """The collection was written by a newer version of this program."""

    kind = "too-new"


class CollectionCorrupt(CollectionError):
    """The collection's file is damaged."""

    kind = "damaged"


class DiskFull(CollectionError):
    """There is no room left on the disk; nothing was written."""


class NotFound(MlsdError):
    """The thing asked for does not exist."""

    kind = "not-found"


class StaleCard(MlsdError):
    """The card changed since it was shown; nothing was recorded."""


class Cancelled(MlsdError):
    """The user stopped the work; never shown as a fault."""

    kind = "cancelled"
