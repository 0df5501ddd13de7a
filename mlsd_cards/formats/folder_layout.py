"""Where the parts of a deck folder lie, and under which names."""

import hashlib
import re
from collections.abc import Iterable

from mlsd_cards.domain.decks import DECK_SEPARATOR

NAME = "deck folder"
VERSION = "1"
MARKER = "mlsd-cards.md"
NOTE_TYPES = "note-types.md"
PRESETS = "presets.md"
SCHEDULE = "schedule.tsv"
DECKS, MEDIA, ANSWERS = "decks", "media", "answers"
DECK_ENDING, ANSWERS_ENDING = ".md", ".tsv"

# A file of a deck holds such a line, or lies below a folder with a marker; other Markdown is somebody's text.
NOTE_HEADING = re.compile(r"^## note(?:[ \r]|$)", re.MULTILINE)

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_LONGEST_PART, _LONGEST_PATH = 60, 180  # bytes


def deck_files(names: Iterable[str]) -> dict[str, str]:
    """Return for each deck the path of its file below the folder, with forward slashes.

    A deck `A::B` lies in `decks/A/B.md`. Signs that some system forbids are replaced; such a name, one too long
    and one that differs from another in letter case only get a digest, so that the path follows from the
    deck's name alone as far as can be.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        parts = [_part(part) for part in name.split(DECK_SEPARATOR)]
        path = "/".join(parts)
        if len(path.encode()) > _LONGEST_PATH:
            path = _cut(path.replace("/", " "), _LONGEST_PART) + _mark(name)
        if path.casefold() in taken:
            path += _mark(name)
        taken.add(path.casefold())
        found[name] = f"{DECKS}/{path}{DECK_ENDING}"
    return found


def _part(name: str) -> str:
    cleaned = _cut(_FORBIDDEN.sub("_", name), _LONGEST_PART).rstrip(". ")
    if not cleaned or cleaned.startswith(".") or _DEVICE.match(cleaned):
        cleaned = f"_{cleaned}"
    return cleaned if cleaned == name else cleaned + _mark(name)


def _mark(name: str) -> str:
    return f"-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
