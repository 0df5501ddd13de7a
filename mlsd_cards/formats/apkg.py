"""Reads Anki packages (.apkg, and .colpkg as a merge) in all three layouts.

Layout 1 holds `collection.anki2`, layout 2 `collection.anki21` beside a dummy `collection.anki2` that asks
for a newer program, layout 3 `collection.anki21b` and media packed with zstd and a media list in protobuf.

Source: ankitects/anki rslib/src/import_export/package/meta.rs, apkg/import/mod.rs, gather.rs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mlsd_cards.domain.bulk import no_search_for_cycles
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeNote,
    ExchangePreset,
    ReadOptions,
    StoredReviews,
)
from mlsd_cards.domain.notes import NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_cards import CardReader, CardTable
from mlsd_cards.formats.anki_decks import DEFAULT_DECK, DEFAULT_PRESET, needed_decks
from mlsd_cards.formats.anki_media import Media, MediaEntry, entries_from_json, entries_from_proto
from mlsd_cards.formats.anki_notes import NoteReader
from mlsd_cards.formats.anki_place import quoted
from mlsd_cards.formats.anki_reviews import read_reviews
from mlsd_cards.formats.anki_rows import usable_ids
from mlsd_cards.formats.anki_schema import KNOWN_TABLES, read_schema
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import DEFAULT_LIMITS, Limits
from mlsd_cards.formats.protowire import Message
from mlsd_cards.formats.safezip import ZIP_SIGNATURES, Budget, SafeZip
from mlsd_cards.formats.unpacking import unpack_folder

NAME = "anki package"
SUFFIXES = (".apkg", ".colpkg")

_LAYOUTS = {1: "collection.anki2", 2: "collection.anki21", 3: "collection.anki21b"}
_NEWEST_LAYOUT = 3
_META_BYTES = 1024


class _Package(NamedTuple):
    """A package that is being read."""

    archive: SafeZip
    layout: int
    budget: Budget
    folder: Path
    whole: bool  # a backup of a whole collection: everything in it is wanted, used or not

    @property
    def zstd(self) -> bool:
        return self.layout == _NEWEST_LAYOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """What the database of a package holds, before its media."""

    data: ExchangeData
    media: Media


def sniff(path: Path) -> bool:
    """Whether the file is a zip archive with an Anki collection in it."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in ZIP_SIGNATURES:
                return False
        with SafeZip(path) as archive:
            return any(archive.has(name) for name in _LAYOUTS.values())
    except (OSError, FileFormatError):
        return False


def read(
    path: Path,
    options: ReadOptions,
    progress: Progress = no_progress,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> ExchangeData:
    """Return all that an Anki package holds; media are unpacked below `options.work_dir`.

    Of an `.apkg` only those note types, decks and presets come along that its notes and cards use, and those
    media files that a note refers to or that begin with `_` or `latex-`; of a `.colpkg` everything does. Reviews
    that need no repair stay in the unpacked database until they are asked for. On any error nothing stays in
    `options.work_dir`.

    Raises:
        FileFormatError: The package is refused; see its `kind`.
        DiskFull: There is no room for the unpacked files.
        Cancelled: `progress` said so.
    """
    with (
        unpack_folder(options.work_dir, prefix="package-", what="package") as folder,
        SafeZip(path, limits) as archive,
        no_search_for_cycles(),
    ):
        layout = _layout(archive)
        budget = Budget(limits, packed_bytes=path.stat().st_size, free_bytes=options.free_bytes)
        package = _Package(archive, layout, budget, folder, _is_whole(path.name))
        return _read(package, options, progress)


def _read(package: _Package, options: ReadOptions, progress: Progress) -> ExchangeData:
    contents = _read_collection(package, options, progress)
    data, media = contents.data, contents.media
    if package.whole:
        media.use_all()
    else:
        media.use_static()
    data.media, warnings = media.unpack(
        package.archive, package.folder, package.budget, progress, zstd=package.zstd
    )
    data.warnings += warnings
    data.unsafe_names = list(media.unsafe)
    return data


def _is_whole(name: str) -> bool:
    """Whether a package is a backup of a whole collection; Anki, too, goes by the name."""
    name = name.lower()
    return (
        name.endswith(".colpkg")
        or name == "collection.apkg"
        or (name.startswith("backup-") and ".apkg" in name)
    )


def _layout(archive: SafeZip) -> int:
    """Return which of the three layouts the package has."""
    if archive.has("meta"):
        place = archive.place.at("the member meta")
        meta = Message(archive.read("meta", _META_BYTES, Budget()), place)
        layout = meta.integer(1)
        if layout not in _LAYOUTS:
            raise place.refuse(
                "too-new", f"says that the package was made by a newer Anki (version {layout})"
            )
        if not archive.has(_LAYOUTS[layout]):
            raise archive.place.refuse(
                "damaged", f"says that it holds {_LAYOUTS[layout]}, which is not there"
            )
        return layout
    for layout in sorted(_LAYOUTS, reverse=True):
        if archive.has(_LAYOUTS[layout]):
            return layout
    raise archive.place.refuse("not-a-deck", "is a zip archive without an Anki collection")


def _read_collection(package: _Package, options: ReadOptions, progress: Progress) -> _Contents:
    archive, name = package.archive, _LAYOUTS[package.layout]
    database = package.folder / "collection"
    progress("collection", 0, 0)
    most = archive.limits.collection_bytes
    archive.unpack(name, database, most, package.budget, zstd=package.zstd, digests=False)
    place = archive.place.at(f"the member {quoted(name)}")
    with ForeignDatabase(database, place, KNOWN_TABLES, seconds=archive.limits.sql_seconds) as db:
        media = Media(place=archive.place.at("the media list"), entries=_media_list(package))
        contents = _Contents(data=_Reading(package, db, options, media, progress).data(), media=media)
    if not isinstance(contents.data.reviews, StoredReviews):
        database.unlink()
    return contents


def _media_list(package: _Package) -> list[MediaEntry]:
    archive = package.archive
    if not archive.has("media"):
        return []  # old phone programs left it out
    most = archive.limits.media_map_bytes
    raw = archive.read("media", most, package.budget, zstd=package.zstd)
    place = archive.place.at("the media list")
    return entries_from_proto(raw, place) if package.zstd else entries_from_json(raw, place)


class _Reading:
    """Reads the tables of one collection in the order in which they need each other."""

    def __init__(
        self, package: _Package, db: ForeignDatabase, options: ReadOptions, media: Media, progress: Progress
    ) -> None:
        self._package = package
        self._db = db
        self._options = options
        self._media = media
        self._progress = progress
        self._schema = read_schema(db, options.zone_offset_minutes)

    def data(self) -> ExchangeData:
        limits, now_ms, schema = self._package.archive.limits, self._options.now_ms, self._schema
        table = CardTable(self._db, schema.decks, most=limits.cards)
        notes = NoteReader(
            place=self._db.place,
            note_types=schema.note_types,
            decks=table.first_decks(),
            rewrite=self._media.rewrite,
            now_ms=now_ms,
            most=limits.notes,
        ).read(self._db, self._progress)
        self._refuse_dummy(notes.notes)
        choice = table.choose(notes, schema.note_types)
        reviews = read_reviews(
            self._db,
            choice.new_ids,
            self._progress,
            three_buttons=schema.first_scheduler and table.studied,
            now_ms=now_ms,
            most=limits.reviews,
            all_cards=len(choice.new_ids) == len(choice.ids),
        )
        cards = CardReader(
            schema=schema, table=table, note_ids=notes.ids, last_answer=reviews.last_answer, now_ms=now_ms
        ).read(choice, self._progress)
        decks = self._decks(table)
        data = ExchangeData(
            layout=_LAYOUTS[self._package.layout].removeprefix("collection."),
            source=NAME,
            note_types=self._note_types({note.note_type_id for note in notes.notes}),
            notes=notes.notes,
            cards=cards.cards,
            decks=decks,
            presets=self._presets(decks, cards.cards),
            reviews=reviews.reviews,
            warnings=[*notes.warnings, *cards.warnings, *reviews.warnings],
            dated=True,
        )
        renumber(data)
        return data

    def _refuse_dummy(self, notes: Sequence[ExchangeNote]) -> None:
        """Refuse a package in which only the dummy is left: its one card is a message, not a deck.

        The message differs by version and language, but it always names Anki and has an empty back.
        """
        if self._package.layout != 1 or len(notes) != 1 or self._media.entries:
            return
        front, *back = notes[0].fields
        if "Anki" in front and len(back) == 1 and not back[0] and set(self._schema.decks) <= {DEFAULT_DECK}:
            raise self._package.archive.place.refuse(
                "damaged", "holds only the notice that stands in for the deck in newer packages"
            )

    def _note_types(self, used: set[int]) -> list[NoteType]:
        """Return the wanted note types.

        Raises:
            FileFormatError: `inconsistent` where one has no field or no template.
        """
        found = []
        for number, note_type in self._schema.note_types.items():
            if number not in used and not self._package.whole:
                continue
            if note_type.fields and note_type.templates:
                found.append(self._media.with_new_names(note_type))
            elif number in used:
                place = self._db.place.at(f"the note type {quoted(note_type.name)}")
                raise place.refuse("inconsistent", "has no field or no template")
        return found

    def _decks(self, table: CardTable) -> list[ExchangeDeck]:
        known = self._schema.decks
        decks = needed_decks(known, known if self._package.whole else table.used_decks())
        if DEFAULT_DECK in table.homes.values() and DEFAULT_DECK not in known:
            decks.append(ExchangeDeck(id=DEFAULT_DECK, name="Default", preset_id=DEFAULT_PRESET))
        return decks

    def _presets(self, decks: Sequence[ExchangeDeck], cards: Sequence[ExchangeCard]) -> list[ExchangePreset]:
        """Return the wanted presets; where the file does not name the scheduler, memory on cards tells FSRS."""
        known = self._schema.presets
        wanted = {deck.preset_id for deck in decks} | (set(known) if self._package.whole else set())
        found = [known[number] if number in known else self._stand_in(number) for number in sorted(wanted)]
        if self._schema.says_scheduler or all(card.stability is None for card in cards):
            return found
        return [replace(item, options=replace(item.options, scheduler="fsrs")) for item in found]

    def _stand_in(self, number: int) -> ExchangePreset:
        """Return what Anki uses for a preset that is not there: the default one, or its own defaults."""
        default = self._schema.presets.get(DEFAULT_PRESET, self._schema.default_preset)
        return replace(default, id=number)


def renumber(data: ExchangeData) -> None:
    """Give note types, decks and presets ids that may serve as keys, and follow them in notes and cards."""
    note_types = _new_ids([int(note_type.id) for note_type in data.note_types])
    if note_types:
        data.note_types = [
            replace(item, id=NoteTypeId(note_types.get(int(item.id), int(item.id))))
            for item in data.note_types
        ]
        data.notes = [
            note._replace(note_type_id=note_types.get(note.note_type_id, note.note_type_id))
            for note in data.notes
        ]
    presets = _new_ids([preset.id for preset in data.presets])
    decks = _new_ids([deck.id for deck in data.decks])
    if presets or decks:
        data.presets = [replace(item, id=presets.get(item.id, item.id)) for item in data.presets]
        data.decks = [
            replace(
                item, id=decks.get(item.id, item.id), preset_id=presets.get(item.preset_id, item.preset_id)
            )
            for item in data.decks
        ]
        data.notes = [note._replace(deck_id=decks.get(note.deck_id, note.deck_id)) for note in data.notes]
        data.cards = [
            card._replace(
                deck_id=decks.get(card.deck_id, card.deck_id),
                filtered_deck_id=decks.get(card.filtered_deck_id, card.filtered_deck_id),
            )
            for card in data.cards
        ]


def _new_ids(ids: Sequence[int]) -> dict[int, int]:
    """Return new ids by old ones for those that cannot stay."""
    usable, replaced = usable_ids(ids)
    if not replaced:
        return {}
    return {old: new for old, new in zip(ids, usable, strict=True) if old != new}
