"""The list of every note id that was ever published, `ids.lock`: append-only, one id a line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats.source_model import DeckSource
from mlsd_cards.formats.source_yaml import SourceError

LOCK_FILE = "ids.lock"
_LINE = re.compile(
    r"(?P<number>[a-z][a-z0-9]{0,19}-\d{3}) (?P<slug>[a-z0-9-]+)"
    r"(?: retired: (?P<on>\d{4}-\d{2}-\d{2}),?(?: replaced_by: (?P<by>[a-z][a-z0-9]{0,19}-\d{3})?)?)?"
)


@dataclass(frozen=True, slots=True)
class LockedId:
    """One line of the list. `number` is `topic-nnn`; `retired` is set when the note is gone."""

    number: str
    slug: str
    line: int
    retired: date | None = None
    replaced_by: str = ""


def read_lock(root: Path) -> Mapping[str, LockedId]:
    """Return the published ids by number; empty where the deck has no list yet.

    Raises:
        SourceError: a line is not of the form `topic-nnn slug [retired: date [replaced_by: topic-nnn]]`,
            or an id stands there twice.
    """
    path = root / LOCK_FILE
    if not path.is_file():
        return {}
    found: dict[str, LockedId] = {}
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip() or text.startswith("#"):
            continue
        entry = _locked_id(text.strip(), line, path)
        if entry.number in found:
            raise SourceError(
                "inconsistent", f"{entry.number} is listed twice.", path=path, line=line, rule="L15"
            )
        found[entry.number] = entry
    return found


def _locked_id(text: str, line: int, path: Path) -> LockedId:
    match = _LINE.fullmatch(text)
    try:
        if match is not None:
            retired = date.fromisoformat(match["on"]) if match["on"] else None
            return LockedId(match["number"], match["slug"], line, retired, match["by"] or "")
    except ValueError:
        pass
    message = (
        "expected `topic-nnn slug`, and for a note that is gone `retired: 2026-11-30 replaced_by: topic-nnn`."
    )
    raise SourceError("inconsistent", message, path=path, line=line, rule="L15")


def append_ids(deck: DeckSource) -> list[str]:
    """Append the ids of a deck that its list does not have yet; returns the numbers added, in deck order.

    Lines that are there stay as they are, also where a slug has changed.

    Raises:
        InputError: a listed id is gone without being retired, or a retired one is used again.
        SourceError: the list cannot be read.
    """
    locked = read_lock(deck.root)
    present = {note.number: note for note in deck.notes}
    topics = {topic.id for topic in deck.topics}
    for entry in locked.values():
        if entry.number.split("-")[0] not in topics:
            continue
        if entry.retired is None and entry.number not in present:
            raise InputError(
                f"{entry.number} was published and is gone; mark its line in {LOCK_FILE} as retired."
            )
        if entry.retired is not None and entry.number in present:
            raise InputError(f"{entry.number} is retired in {LOCK_FILE}; give the note a new number.")
    new = [note for number, note in present.items() if number not in locked]
    if new:
        path = deck.root / LOCK_FILE
        lines = "".join(f"{note.number} {note.id[len(note.number) + 1 :]}\n" for note in new)
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(("\n" if old and not old.endswith("\n") else "") + lines)
    return [note.number for note in new]
