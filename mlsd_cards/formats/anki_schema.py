"""Reads what Anki's database says of the whole collection: version, days, note types, decks, presets.

Schemas 11 and 14 to 18 are known. Up to 14 note types and decks are JSON in the one row of `col`; from 14 on
presets and options have tables of their own, from 15 on note types and decks too, as protobuf.

Source: ankitects/anki rslib/src/storage/schema11.sql and rslib/src/storage/upgrades.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.exchange import ExchangePreset
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats.anki_decks import DEFAULT_PRESET, ForeignDeck, decks_from_json, decks_from_table
from mlsd_cards.formats.anki_note_types import note_types_from_json, note_types_from_tables
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.anki_presets import (
    CollectionOptions,
    default_options,
    options_from_json,
    options_from_proto,
)
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import PRESETS, SECONDS
from mlsd_cards.formats.protowire import decode

# The tables and columns that are read, and no others.
KNOWN_TABLES: Mapping[str, Sequence[str]] = {
    "col": ("id", "crt", "ver", "conf", "models", "decks", "dconf"),
    "notes": ("id", "guid", "mid", "mod", "tags", "flds"),
    "cards": (
        *("id", "nid", "did", "ord", "mod", "type", "queue", "due", "ivl", "factor", "reps", "lapses"),
        *("left", "odue", "odid", "flags", "data"),
    ),
    "revlog": ("id", "cid", "ease", "ivl", "lastIvl", "factor", "time", "type"),
    "notetypes": ("id", "name", "mtime_secs", "config"),
    "fields": ("ntid", "ord", "name", "config"),
    "templates": ("ntid", "ord", "name", "config"),
    "decks": ("id", "name", "kind"),
    "deck_config": ("id", "name", "config"),
    "config": ("KEY", "key", "val"),
}

OLDEST, NEWEST = 11, 18
_CONFIG_KEYS = (
    *("fsrs", "newCardsIgnoreReviewLimit", "fsrsShortTermWithStepsEnabled"),
    *("schedVer", "creationOffset", "nextPos"),
)
_WITH_TABLES, _WITH_PROTOBUF, _EASE_AS_FACTOR = 14, 15, 16
_BETWEEN = (12, 13)
_FIRST_SCHEDULER = 1
_MOST_SETTINGS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a package's database says of its whole collection. Ids are those of the file.

    `created_date` is the ordinal of the calendar date from which due days are counted.
    """

    version: int
    created_date: int
    says_scheduler: bool  # exports of single decks do not
    first_scheduler: bool  # kept with Anki's first scheduler: some numbers mean something else
    next_position: int
    note_types: dict[int, NoteType]
    decks: dict[int, ForeignDeck]
    presets: dict[int, ExchangePreset]
    default_preset: ExchangePreset


def read_schema(db: ForeignDatabase, zone_offset_minutes: int) -> Schema:
    """Return what the database says of the collection as a whole.

    `zone_offset_minutes` (east of UTC) is used where the file does not say in which zone it was created.

    Raises:
        FileFormatError: `not-a-deck` (no Anki collection), `too-new`, `unsupported` (too old), `damaged`,
            `inconsistent` or `limit`.
    """
    for table in ("col", "notes", "cards"):
        if not db.has(table):
            raise db.place.refuse("not-a-deck", f"is not an Anki collection: it has no table {table}")
        if not db.has(table, *KNOWN_TABLES[table][:1]):
            raise db.place.refuse("damaged", f"has a table {table} without its columns")
    version = _version(db)
    config = _config(db, version)
    whole = CollectionOptions(
        fsrs=js.flag(config, "fsrs"),
        new_ignore_review_limit=js.flag(config, "newCardsIgnoreReviewLimit"),
        short_term_with_steps=js.flag(config, "fsrsShortTermWithStepsEnabled"),
    )
    created_date = _created_date(db, config, zone_offset_minutes)
    if version < _WITH_PROTOBUF:
        decks = decks_from_json(_column(db, "decks"), db.place.at("the list of decks"), created_date)
    else:
        decks = decks_from_table(db, created_date)

    def deck_name(deck_id: int) -> str:
        return decks[deck_id].deck.name if deck_id in decks else ""

    if version < _WITH_PROTOBUF:
        note_types = note_types_from_json(
            _column(db, "models"), db.place.at("the list of note types"), deck_name
        )
    else:
        note_types = note_types_from_tables(db, deck_name)
    return Schema(
        version=version,
        says_scheduler="fsrs" in config,
        created_date=created_date,
        first_scheduler=js.integer(config, "schedVer", _FIRST_SCHEDULER) == _FIRST_SCHEDULER,
        next_position=min(max(js.integer(config, "nextPos", 1), 1), 2**31),
        note_types=note_types,
        decks=decks,
        presets=_presets(db, version, whole),
        default_preset=ExchangePreset(id=DEFAULT_PRESET, name="Default", options=default_options(whole)),
    )


def _version(db: ForeignDatabase) -> int:
    version = db.value("SELECT ver FROM col")
    if not isinstance(version, int):
        raise db.place.refuse("damaged", "does not say its version")
    if version > NEWEST or version in _BETWEEN:
        raise db.place.refuse("too-new", f"was written by a newer Anki (schema {version}, {NEWEST} is known)")
    if version < OLDEST:
        raise db.place.refuse("unsupported", f"was written by an Anki older than 2.0 (schema {version})")
    return version


def _column(db: ForeignDatabase, name: str) -> bytes:
    value = db.value(f"SELECT {name} FROM col")
    if not isinstance(value, bytes):
        raise db.place.refuse("damaged", f"has no text in its column {name}")
    return value


def _config(db: ForeignDatabase, version: int) -> dict[str, Any]:
    place = db.place.at("the list of settings")
    if version < _WITH_TABLES:
        raw = _column(db, "conf")
        return js.as_object(js.parse_json(raw, place), place) if raw.strip() else {}
    config: dict[str, Any] = {}
    for key, value in db.rows("SELECT key, val FROM config", most=_MOST_SETTINGS):
        if isinstance(key, bytes) and isinstance(value, bytes):
            name = decode(key, place)
            if name in _CONFIG_KEYS:
                config[name] = js.parse_json(value, place)
    return config


def _created_date(db: ForeignDatabase, config: Mapping[str, Any], zone_offset_minutes: int) -> int:
    created = db.value("SELECT crt FROM col")
    seconds = created if isinstance(created, int) and 0 <= created <= SECONDS else 0
    offset = js.integer(config, "creationOffset", -zone_offset_minutes)
    west = offset if -24 * 60 < offset < 24 * 60 else -zone_offset_minutes
    epoch = datetime.date(1970, 1, 1).toordinal()
    return max(epoch, min(epoch + (seconds - west * 60) // 86_400, datetime.date.max.toordinal()))


def _presets(db: ForeignDatabase, version: int, whole: CollectionOptions) -> dict[int, ExchangePreset]:
    presets: dict[int, ExchangePreset] = {}
    if version < _WITH_TABLES:
        place = db.place.at("the list of deck options")
        raw = _column(db, "dconf")
        sources = js.as_object(js.parse_json(raw, place), place) if raw.strip() else {}
        if len(sources) > PRESETS:
            raise place.refuse("limit", f"holds more than {PRESETS:,} sets of options")
        for key, value in sources.items():
            source = js.as_object(value, place)
            number = js.integer({"id": key}, "id", DEFAULT_PRESET)
            name = js.text(source, "name") or "Default"
            presets[number] = ExchangePreset(id=number, name=name, options=options_from_json(source, whole))
        return presets
    for number, name, data in db.rows("SELECT id, name, config FROM deck_config", most=PRESETS):
        place = db.place.at("a set of deck options")
        if not (isinstance(number, int) and isinstance(name, bytes) and isinstance(data, bytes)):
            raise place.refuse("inconsistent", "holds values of the wrong kind")
        presets[number] = ExchangePreset(
            id=number,
            name=js.composed(decode(name, place)),
            options=_table_options(data, version, place, whole),
        )
    return presets


def _table_options(data: bytes, version: int, place: Place, whole: CollectionOptions) -> Options:
    if version < _WITH_PROTOBUF:
        return options_from_json(js.as_object(js.parse_json(data, place), place), whole)
    return options_from_proto(data, place, whole, ease_scale=100 if version < _EASE_AS_FACTOR else 1)
