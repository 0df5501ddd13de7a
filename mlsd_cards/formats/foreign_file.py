"""Takes a stranger's database out of the folder in which its program keeps it."""

from pathlib import Path

from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.crowdanki_media import copied_plainly
from mlsd_cards.formats.safezip import Budget


def private_copy(path: Path, target: Path, place: Place, budget: Budget, *, program: str, most: int) -> Path:
    """Return `target` (new, mode 0600) with the bytes of a database file.

    Raises:
        FileFormatError: `inconsistent` where changes that are not yet in the file lie beside it: then its
            program has it open, or did not close it; `unsafe`, or `limit` where it holds more than `most` bytes.
    """
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.is_file() and _holds_changes(beside):
            raise place.refuse(
                "inconsistent", f"is still open in {program}; close that, then import it again"
            )
    copied_plainly(path.resolve(), target, place, budget, most=most)
    return target


def _holds_changes(beside: Path) -> bool:
    """Whether a log beside a database holds anything; a journal that was taken back begins with zeros.

    Source: SQLite, file format 3 and 4 (rollback journal, write-ahead log).
    """
    with beside.open("rb") as file:
        return bool(file.read(8).strip(b"\0"))
