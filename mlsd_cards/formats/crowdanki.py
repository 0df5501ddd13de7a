"""Reader of CrowdAnki decks: a folder with `deck.json` (or one JSON file of the folder's name) and `media`.

A deck holds its notes, the note types and presets that it brings, and further decks as `children`. Cards are
not listed and no schedule is given: each note makes the cards that its note type asks for.

Source: Stvad/CrowdAnki `crowd_anki/representation`; note types and presets are Anki's JSON (`anki_note_types`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ExchangePreset, ReadOptions
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_media import Media
from mlsd_cards.formats.anki_note_types import note_type_from_json
from mlsd_cards.formats.anki_notes import NoteReader
from mlsd_cards.formats.anki_place import Place, counted, quoted, sentences
from mlsd_cards.formats.anki_presets import CollectionOptions, options_from_json
from mlsd_cards.formats.crowdanki_media import MediaFolder, opened_plainly
from mlsd_cards.formats.foreign_db import Row
from mlsd_cards.formats.safezip import Budget

NAME = "crowdanki"
SUFFIXES = (".json",)

_DECK_FILE = "deck.json"
_ID_BITS = 52
_MOST_NAMED = 20


def sniff(path: Path) -> bool:
    """Whether the path is a folder with a deck in JSON, or a file whose name ends as such files do."""
    if path.is_dir():
        return _deck_file(path) is not None
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _deck_file(folder: Path) -> Path | None:
    """Return the file that holds the deck: the one of the folder's name, then `deck.json`, then the only one."""
    for file in (folder / f"{folder.resolve().name}.json", folder / _DECK_FILE):
        if file.is_file() or file.is_symlink():
            return file
    others = sorted(file for file in folder.glob("*.json") if file.is_file())
    return others[0] if len(others) == 1 else None


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a deck and of those below it, with the media files that lie beside it.

    Raises:
        FileFormatError: `not-a-deck`, `damaged`, `inconsistent`, `limit` or `unsafe`.
        Cancelled: By `progress`.
    """
    place = Place(path, "the deck")
    root = _root(path, place)
    folder = path if path.is_dir() else path.parent
    files = MediaFolder(folder / "media", place)
    media = Media(place=place.at("the folder media"), entries=files.entries)
    reading = _Reading(place, media)
    for name, deck in _decks(root, place):
        reading.add_deck(name, deck)
    data = reading.data(options, progress)
    media.use_static()
    budget = Budget(files.limits, free_bytes=options.free_bytes)
    data.media, warnings = media.unpack(files, options.work_dir, budget, progress, zstd=False)
    data.warnings += warnings
    data.unsafe_names = [*reading.unsafe, *media.unsafe]
    data.unsafe_names += files.links
    data.warnings += [
        f"{quoted(name)} was left out: it is no plain file." for name in files.links[:_MOST_NAMED]
    ]
    return data


def _root(path: Path, place: Place) -> dict[str, Any]:
    file = _deck_file(path) if path.is_dir() else path.resolve()
    if file is None:
        raise place.refuse("not-a-deck", "is a folder without a deck in JSON")
    here = place.at(f"the file {quoted(file.name)}")
    with opened_plainly(file, here) as opened:
        raw = opened.read(limits.JSON_BYTES + 1)
    root = js.parse_json(raw.removeprefix(b"\xef\xbb\xbf"), here, most=limits.JSON_BYTES)
    if not isinstance(root, dict) or not ("children" in root or root.get("__type__") == "Deck"):
        raise here.refuse("not-a-deck", "is JSON, but not a CrowdAnki deck")
    return root


def _decks(root: dict[str, Any], place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the full name of each deck and the deck, those above before those below, in the file's order."""
    waiting = [("", root)]
    count = 0
    while waiting:
        above, deck = waiting.pop()
        count += 1
        if count > limits.DECKS:
            raise place.refuse("limit", f"holds more than {limits.DECKS:,} decks")
        if not isinstance(deck.get("name"), str):
            raise place.at("a deck").refuse("inconsistent", "has no name")
        name = above + js.text(deck, "name")
        yield name, deck
        below = _listed(deck, "children", place)
        waiting += [(f"{name}{DECK_SEPARATOR}", child) for child in reversed(below)]


def _listed(source: Mapping[str, Any], key: str, place: Place) -> list[dict[str, Any]]:
    """Return the objects of an array that may be missing."""
    value = source.get(key)
    return [] if value is None else js.as_objects(value, place.at(f"the part {key}"))


class _Reading:
    """What the decks of a file hold, put together."""

    def __init__(self, place: Place, media: Media) -> None:
        self.unsafe: list[str] = []
        self._place = place
        self._media = media
        self._decks: dict[str, ExchangeDeck] = {}  # by folded name
        self._note_types: dict[str, NoteType] = {}  # by uuid
        self._presets: dict[str, ExchangePreset] = {}  # by uuid
        self._waiting: list[tuple[int, dict[str, Any]]] = []  # notes with the numbers of their decks
        self._deck_presets: dict[int, str] = {}
        self._problems: Counter[str] = Counter()

    def add_deck(self, name: str, source: dict[str, Any]) -> None:
        """Take a deck without those below it."""
        self._add_note_types(source)
        for preset in _listed(source, "deck_configurations", self._place):
            self._add_preset(preset)
        name = deck_name(name, DECK_SEPARATOR)
        deck = self._decks.get(name.casefold())
        if deck is None:
            deck = ExchangeDeck(id=len(self._decks) + 1, name=name, description=js.text(source, "desc"))
            self._decks[name.casefold()] = deck
            self._deck_presets[deck.id] = js.text(source, "deck_config_uuid")
        else:
            self._problems["deck twice"] += 1
        self._waiting += [(deck.id, note) for note in _listed(source, "notes", self._place)]
        if len(self._waiting) > limits.NOTES:
            raise self._place.refuse("limit", f"holds more than {limits.NOTES:,} notes")
        self._add_media(source)

    def _add_note_types(self, source: Mapping[str, Any]) -> None:
        for item in _listed(source, "note_models", self._place):
            uuid, here = js.text(item, "crowdanki_uuid"), self._place.at("a note type")
            if not uuid:
                raise here.refuse("inconsistent", "has no crowdanki_uuid")
            if uuid in self._note_types:
                self._problems["note type twice"] += 1
                continue
            if len(self._note_types) >= limits.NOTE_TYPES:
                raise self._place.refuse("limit", f"holds more than {limits.NOTE_TYPES:,} note types")
            self._note_types[uuid] = note_type_from_json(_number(uuid), item, here, lambda _deck: "")

    def _add_preset(self, source: Mapping[str, Any]) -> None:
        uuid = js.text(source, "crowdanki_uuid")
        if uuid and uuid not in self._presets and len(self._presets) < limits.PRESETS:
            options = options_from_json(source, CollectionOptions())
            name = js.text(source, "name")[: limits.DECK_NAME_SIGNS] or "CrowdAnki"
            self._presets[uuid] = ExchangePreset(id=len(self._presets) + 2, name=name, options=options)

    def _add_media(self, source: Mapping[str, Any]) -> None:
        names = source.get("media_files") or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._place.at("the part media_files").refuse("inconsistent", "is not a list of names")
        for name in names:
            if "/" in name or "\\" in name or name in ("", ".", ".."):
                self.unsafe.append(js.composed(name))
            elif not self._media.use(name):
                self._problems["media absent"] += 1

    def data(self, options: ReadOptions, progress: Progress) -> ExchangeData:
        """Return all but the media files."""
        rows, decks = self._rows(progress)
        note_types = {int(note_type.id): note_type for note_type in self._note_types.values()}
        reader = NoteReader(
            place=self._place,
            note_types=note_types,
            decks=decks,
            rewrite=self._media.rewrite,
            now_ms=options.now_ms,
        )
        found = reader.from_rows(rows)
        used = {note.note_type_id for note in found.notes}
        return ExchangeData(
            layout="CrowdAnki",
            source=NAME,
            note_types=[self._usable(note_type) for key, note_type in note_types.items() if key in used],
            notes=found.notes,
            makes_cards=True,
            decks=[self._with_preset(deck) for deck in self._decks.values()],
            presets=list(self._presets.values()),
            warnings=[*found.warnings, *self._warnings()],
            notes_left_out=self._problems["no note type"],
        )

    def _usable(self, note_type: NoteType) -> NoteType:
        if note_type.fields and note_type.templates:
            return self._media.with_new_names(note_type)
        place = self._place.at(f"the note type {quoted(note_type.name)}")
        raise place.refuse("inconsistent", "has no field or no template")

    def _with_preset(self, deck: ExchangeDeck) -> ExchangeDeck:
        preset = self._presets.get(self._deck_presets[deck.id])
        if preset is None:
            return deck
        return ExchangeDeck(id=deck.id, name=deck.name, description=deck.description, preset_id=preset.id)

    def _rows(self, progress: Progress) -> tuple[list[Row], dict[int, int]]:
        """Return the notes in the form in which Anki's table has them, and the deck of each by its number.

        The numbers are below zero: they stand for no time at which a note was made.
        """
        rows: list[Row] = []
        decks: dict[int, int] = {}
        seen: set[str] = set()
        for done, (deck_id, source) in enumerate(self._waiting):
            if not done % 1000:
                progress("notes", done, len(self._waiting))
            row = self._row(-done - 1, source, seen)
            if row is not None:
                rows.append(row)
                decks[-done - 1] = deck_id
        return rows, decks

    def _row(self, number: int, source: Mapping[str, Any], seen: set[str]) -> Row | None:
        here = self._place.at(f"note {-number:,}")
        fields = [_text(value, here) for value in _array(source, "fields", here)]
        tags = [_text(value, here) for value in _array(source, "tags", here)] if source.get("tags") else []
        guid, uuid = js.text(source, "guid"), source.get("note_model_uuid")
        if not isinstance(uuid, str) or uuid not in self._note_types:
            self._problems["no note type"] += 1
            return None
        if guid and guid in seen:
            self._problems["note twice"] += 1
            return None
        seen.add(guid)
        joined = FIELD_SEPARATOR.join(field.replace(FIELD_SEPARATOR, "") for field in fields)
        note_type_id = int(self._note_types[uuid].id)
        return (number, guid.encode(), note_type_id, 0, " ".join(tags).encode(), joined.encode())

    def _warnings(self) -> list[str]:
        problems = self._problems
        found = sentences(
            (problems["no note type"], "note", "left out: its note type is not in the file"),
            (
                problems["note twice"],
                "note",
                "left out: another note has the same guid, and the first counts",
            ),
            (
                problems["note type twice"],
                "note type",
                "left out: the first with the same crowdanki_uuid counts",
            ),
            (problems["deck twice"], "deck", "joined with another deck of the same name"),
            (problems["media absent"], "media file", "not found in the folder media"),
        )
        if self.unsafe:
            what = counted(len(self.unsafe), "media file")
            found.append(f"{what} left out: the name is a path, such as {quoted(self.unsafe[0])}.")
        return found


def _array(source: Mapping[str, Any], key: str, place: Place) -> list[Any]:
    value = source.get(key)
    if not isinstance(value, list):
        raise place.refuse("inconsistent", f"has no list of {key}")
    return value


def _text(value: Any, place: Place) -> str:
    """Return a text of the file; whole numbers and such, which other programs write, are written out."""
    if isinstance(value, str):
        return js.composed(value)
    if isinstance(value, int) and abs(value) <= limits.ID:
        return json.dumps(value)
    raise place.refuse("inconsistent", "holds something other than text")


def _number(uuid: str) -> NoteTypeId:
    """Return the number that stands for a uuid: the same in every edition of a deck."""
    digest = hashlib.sha256(uuid.encode()).digest()
    return NoteTypeId(int.from_bytes(digest[:8], "big") >> (64 - _ID_BITS) or 1)
