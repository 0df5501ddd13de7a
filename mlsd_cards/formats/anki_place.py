"""Where in a stranger's file something was found, and the refusals that say so."""

from dataclasses import dataclass, replace
from pathlib import Path

from mlsd_cards.domain.errors import FileFormatError, UnsafeArchive, UnsupportedVersion

_LONGEST = 80  # signs of a foreign name in a message


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and the item of it that is being read."""

    path: Path
    item: str = "it"

    def at(self, item: str) -> "Place":
        """Return the place of `item` in the same file."""
        return replace(self, item=item)

    def refuse(self, kind: str, what: str) -> FileFormatError:
        """Return the error that refuses the file; `what` continues a sentence that begins with the item."""
        message = f"{printable(self.path.name)} cannot be imported: {self.item} {what}."
        if kind == "unsafe":
            return UnsafeArchive(message, path=self.path, item=self.item)
        if kind == "too-new":
            return UnsupportedVersion(message, path=self.path, item=self.item)
        return FileFormatError(kind, message, path=self.path, item=self.item)


def printable(text: str) -> str:
    """Return foreign text for use inside a message: one line, no controls, not longer than 80 signs."""
    shown = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[: _LONGEST + 1]
    )
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def quoted(text: str) -> str:
    """Return foreign text as `printable`, in quotation marks."""
    return f"“{printable(text)}”"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 note`, `12 notes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentences(*happened: tuple[int, str, str]) -> list[str]:
    """Return a sentence for each (number, noun, what was done to them) whose number is not 0."""
    return [
        f"{counted(number, noun)} {'was' if number == 1 else 'were'} {what}."
        for number, noun, what in happened
        if number
    ]
