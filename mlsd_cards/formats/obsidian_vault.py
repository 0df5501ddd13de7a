"""Where an Obsidian vault begins, and what its plugin “spaced repetition” was set to.

Source: st3v3nmw/obsidian-spaced-repetition `src/data/settings.ts` (names and defaults of the settings; facts).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats.anki_json import parse_json
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.crowdanki_media import opened_plainly
from mlsd_cards.formats.limits import MEBIBYTE
from mlsd_cards.formats.obsidian_text import Separators

_HIDDEN = ".obsidian"
_SETTINGS = Path(_HIDDEN, "plugins", "obsidian-spaced-repetition", "data.json")
_LONGEST_SIGN, _MOST_TAGS = 50, 100
_MOST_BYTES = 16 * MEBIBYTE
TAG = "flashcards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the notes of a vault mark cards: `tags` without their sign, and `separators`.

    `by_folder`: folders are decks, and all notes may hold cards.
    """

    tags: tuple[str, ...] = (TAG,)
    separators: Separators = field(default_factory=Separators)
    by_folder: bool = False


def vault_of(file: Path) -> Path:
    """Return the vault that a note lies in; its own folder where it lies in none."""
    folder = file.absolute().parent
    return next((each for each in (folder, *folder.parents) if (each / _HIDDEN).is_dir()), folder)


def has_plugin(folder: Path) -> bool:
    """Whether a folder is a vault in which the plugin keeps its settings."""
    return (folder / _SETTINGS).is_file()


def habits_of(vault: Path, place: Place) -> Habits:
    """Return what the plugin was set to; its defaults where that is not told, or in a way that is not sound."""
    file = vault / _SETTINGS
    if not file.is_file():
        return Habits()
    try:
        with opened_plainly(file, place) as opened:
            told = parse_json(opened.read(_MOST_BYTES + 1), place, most=_MOST_BYTES)
    except (FileFormatError, OSError):
        return Habits()
    settings = told.get("settings") if isinstance(told, dict) else None
    if not isinstance(settings, dict):
        return Habits()
    usual = Separators()
    return Habits(
        tags=_tags(settings.get("flashcardTags")) or (TAG,),
        by_folder=settings.get("convertFoldersToDecks") is True,
        separators=Separators(
            forward=_sign(settings, "singleLineCardSeparator", usual.forward),
            both_ways=_sign(settings, "singleLineReversedCardSeparator", usual.both_ways),
            forward_line=_sign(settings, "multilineCardSeparator", usual.forward_line),
            both_ways_line=_sign(settings, "multilineReversedCardSeparator", usual.both_ways_line),
            end=_sign(settings, "multilineCardEndMarker", usual.end),
        ),
    )


def _sign(settings: Mapping[str, Any], key: str, usual: str) -> str:
    value = settings.get(key)
    sound = isinstance(value, str) and len(value) <= _LONGEST_SIGN and "\n" not in value
    return value.strip() or usual if sound and isinstance(value, str) else usual


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    names = (each.lstrip("#").strip("/ ") for each in value[:_MOST_TAGS] if isinstance(each, str))
    return tuple(
        name for name in names if name and len(name) <= _LONGEST_SIGN and not set(name) & set(" \n#")
    )
