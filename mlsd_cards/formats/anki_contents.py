"""Reads the tables of an Anki collection, wherever it lies: in a package, or on its own.

Source: ankitects/anki rslib/src/import_export/package/apkg/import/mod.rs, gather.rs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeNote,
    ExchangePreset,
    ReadOptions,
)
from mlsd_cards.domain.notes import NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats.anki_cards import CardReader, CardTable
from mlsd_cards.formats.anki_decks import DEFAULT_DECK, DEFAULT_PRESET, needed_decks
from mlsd_cards.formats.anki_media import Media
from mlsd_cards.formats.anki_notes import NoteReader
from mlsd_cards.formats.anki_place import Place, quoted
from mlsd_cards.formats.anki_reviews import read_reviews
from mlsd_cards.formats.anki_rows import usable_ids
from mlsd_cards.formats.anki_schema import read_schema
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import Limits

SOURCE = "anki package"  # of notes that Anki wrote: a collection's are those of its packages

_OLDEST_LAYOUT = "anki2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a collection lies, and how much of it is wanted."""

    place: Place
    layout: str  # anki2, anki21 or anki21b
    limits: Limits
    whole: bool  # everything in it is wanted, used or not


class Reading:
    """Reads the tables of one collection in the order in which they need each other."""

    def __init__(
        self, origin: Origin, db: ForeignDatabase, options: ReadOptions, media: Media, progress: Progress
    ) -> None:
        self._origin = origin
        self._db = db
        self._options = options
        self._media = media
        self._progress = progress
        self._schema = read_schema(db, options.zone_offset_minutes)

    def data(self) -> ExchangeData:
        """Return all but the media files.

        Raises:
            FileFormatError: The collection is refused; see its `kind`.
            Cancelled: By `progress`.
        """
        limits, now_ms, schema = self._origin.limits, self._options.now_ms, self._schema
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
            layout=self._origin.layout,
            source=SOURCE,
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
        if self._origin.layout != _OLDEST_LAYOUT or len(notes) != 1 or self._media.entries:
            return
        front, *back = notes[0].fields
        if "Anki" in front and len(back) == 1 and not back[0] and set(self._schema.decks) <= {DEFAULT_DECK}:
            raise self._origin.place.refuse(
                "damaged", "holds only the notice that stands in for the deck in newer packages"
            )

    def _note_types(self, used: set[int]) -> list[NoteType]:
        """Return the wanted note types.

        Raises:
            FileFormatError: `inconsistent` where one has no field or no template.
        """
        found = []
        for number, note_type in self._schema.note_types.items():
            if number not in used and not self._origin.whole:
                continue
            if note_type.fields and note_type.templates:
                found.append(self._media.with_new_names(note_type))
            elif number in used:
                place = self._db.place.at(f"the note type {quoted(note_type.name)}")
                raise place.refuse("inconsistent", "has no field or no template")
        return found

    def _decks(self, table: CardTable) -> list[ExchangeDeck]:
        known = self._schema.decks
        decks = needed_decks(known, known if self._origin.whole else table.used_decks())
        if DEFAULT_DECK in table.homes.values() and DEFAULT_DECK not in known:
            decks.append(ExchangeDeck(id=DEFAULT_DECK, name="Default", preset_id=DEFAULT_PRESET))
        return decks

    def _presets(self, decks: Sequence[ExchangeDeck], cards: Sequence[ExchangeCard]) -> list[ExchangePreset]:
        """Return the wanted presets; where the file does not name the scheduler, memory on cards tells FSRS."""
        known = self._schema.presets
        wanted = {deck.preset_id for deck in decks} | (set(known) if self._origin.whole else set())
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
