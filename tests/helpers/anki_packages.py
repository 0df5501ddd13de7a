"""Writes small Anki packages for tests, in each of the three layouts, honest or bent."""

import hashlib
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import zstandard

CREATED_S = 1_600_000_000  # 2020-09-13 12:26:40 UTC
CREATED_DATE = 737_681  # its ordinal
NOW_MS = 1_700_000_000_000
MODEL, CLOZE_MODEL, DECK, NOTE, CARD = 1_500_000_000_001, 1_500_000_000_002, 1_500_000_000_003, 1, 101

SCHEMA_11 = """
CREATE TABLE col (id integer PRIMARY KEY, crt integer, mod integer, scm integer, ver integer, dty integer,
  usn integer, ls integer, conf text, models text, decks text, dconf text, tags text);
CREATE TABLE notes (id integer PRIMARY KEY, guid text, mid integer, mod integer, usn integer, tags text,
  flds text, sfld integer, csum integer, flags integer, data text);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer, did integer, ord integer, mod integer, usn integer,
  type integer, queue integer, due integer, ivl integer, factor integer, reps integer, lapses integer,
  left integer, odue integer, odid integer, flags integer, data text);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer, usn integer, ease integer, ivl integer,
  lastIvl integer, factor integer, time integer, type integer);
CREATE TABLE graves (usn integer, oid integer, type integer);
CREATE INDEX ix_revlog_cid ON revlog (cid);
"""
SCHEMA_18 = """
CREATE TABLE config (KEY text NOT NULL PRIMARY KEY, usn integer, mtime_secs integer, val blob) without rowid;
CREATE TABLE deck_config (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase,
  mtime_secs integer, usn integer, config blob);
CREATE TABLE notetypes (id integer PRIMARY KEY, name text COLLATE unicase, mtime_secs integer, usn integer,
  config blob);
CREATE TABLE fields (ntid integer, ord integer, name text COLLATE unicase, config blob,
  PRIMARY KEY (ntid, ord)) without rowid;
CREATE TABLE templates (ntid integer, ord integer, name text COLLATE unicase, mtime_secs integer, usn integer,
  config blob, PRIMARY KEY (ntid, ord)) without rowid;
CREATE TABLE decks (id integer PRIMARY KEY NOT NULL, name text COLLATE unicase, mtime_secs integer,
  usn integer, common blob, kind blob);
CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
CREATE INDEX idx_cards_odid ON cards (odid) WHERE odid != 0;
"""


def model(number: int = MODEL, name: str = "Basic", **changes: Any) -> dict[str, Any]:
    """Return a note type as the JSON of schema 11 has it."""
    fields = changes.pop("fields", ["Front", "Back"])
    templates = changes.pop("templates", [("Card 1", "{{Front}}", "{{Back}}")])
    return {
        "id": number,
        "name": name,
        "type": 0,
        "mod": CREATED_S,
        "usn": -1,
        "sortf": 0,
        "did": DECK,
        "css": ".card {}",
        "flds": [{"name": field, "ord": i, "font": "Arial", "size": 20} for i, field in enumerate(fields)],
        "tmpls": [
            {"name": each, "ord": i, "qfmt": front, "afmt": back}
            for i, (each, front, back) in enumerate(templates)
        ],
        **changes,
    }


def deck(number: int = DECK, name: str = "Deck", **changes: Any) -> dict[str, Any]:
    """Return a deck as the JSON of schema 11 has it."""
    return {
        "id": number,
        "name": name,
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "mod": CREATED_S,
        "usn": -1,
        **changes,
    }


def note(number: int = NOTE, fields: Sequence[str] = ("front", "back"), **changes: Any) -> dict[str, Any]:
    """Return a row of `notes`."""
    row = {"id": number, "guid": f"g{number}", "mid": MODEL, "mod": CREATED_S, "tags": "", **changes}
    return {"flds": "\x1f".join(fields), **row}


def card(number: int = CARD, note_id: int = NOTE, **changes: Any) -> dict[str, Any]:
    """Return a row of `cards`: new unless `changes` say otherwise."""
    zeros = dict.fromkeys(
        ("type", "queue", "due", "ivl", "factor", "reps", "lapses", "left", "odue", "odid"), 0
    )
    row = {"id": number, "nid": note_id, "did": DECK, "ord": 0, "mod": CREATED_S, "flags": 0, "data": ""}
    return {**zeros, **row, **changes}


def review(number: int, card_id: int = CARD, **changes: Any) -> dict[str, Any]:
    """Return a row of `revlog`."""
    row = {"ease": 3, "ivl": 4, "lastIvl": 1, "factor": 2500, "time": 5000, "type": 1}
    return {"id": number, "cid": card_id, **row, **changes}


def collection(
    *,
    notes: Sequence[Mapping[str, Any]] | None = None,
    cards: Sequence[Mapping[str, Any]] | None = None,
    reviews: Iterable[Mapping[str, Any]] = (),
    models: Sequence[Mapping[str, Any]] | str | None = None,
    decks: Sequence[Mapping[str, Any]] | str | None = None,
    presets: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    sql: Iterable[str] = (),
    ver: int = 11,
    **col: Any,
) -> bytes:
    """Return the bytes of a collection of schema 11: one Basic note with one new card unless told otherwise."""
    models = [model()] if models is None else models
    decks = [deck(1, "Default"), deck()] if decks is None else decks
    head = {
        "id": 1,
        "crt": CREATED_S,
        "ver": ver,
        "conf": json.dumps({"schedVer": 2, "creationOffset": 0, "nextPos": 5, **(config or {})}),
        "models": models if isinstance(models, str) else _by_id(models),
        "decks": decks if isinstance(decks, str) else _by_id(decks),
        "dconf": json.dumps({"1": {"id": 1, "name": "Default"}} if presets is None else presets),
        **col,
    }
    rows = {
        "col": [head],
        "notes": [note()] if notes is None else notes,
        "cards": [card()] if cards is None else cards,
        "revlog": reviews,
    }
    return database(SCHEMA_11, rows, sql)


def _by_id(items: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({str(item["id"]): item for item in items})


def database(schema: str, rows: Mapping[str, Iterable[Mapping[str, Any]]], sql: Iterable[str] = ()) -> bytes:
    """Return the bytes of a database with these tables and rows; then `sql` is run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "collection")
        connection = sqlite3.connect(path, isolation_level=None)
        connection.create_collation("unicase", lambda a, b: (a > b) - (a < b))
        connection.executescript(schema)
        connection.execute("BEGIN")
        for table, each in rows.items():
            for row in each:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
        connection.execute("COMMIT")
        for statement in sql:
            connection.executescript(statement)
        connection.close()
        return path.read_bytes()


def varint(number: int) -> bytes:
    """Return a protobuf varint."""
    number &= 2**64 - 1
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def field(number: int, value: int | float | str | bytes | Sequence[float]) -> bytes:
    """Return a protobuf field: integers as varints, floats as 32 bits, lists of floats packed."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    elif not isinstance(value, bytes):
        value = struct.pack(f"<{len(value)}f", *value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def zstd(data: bytes) -> bytes:
    """Return `data` packed as Anki packs it: without its size in the header."""
    packer = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
    return packer.compress(data) + packer.flush()


def package(
    path: Path,
    db: bytes | None = None,
    media: Mapping[str, bytes] | None = None,
    *,
    layout: int = 2,
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a package. `extra` members are added, or replace those of the same name."""
    db = collection() if db is None else db
    media = media or {}
    if layout == 3:
        members = {"meta": field(1, 3), "collection.anki21b": zstd(db)}
        entries = [
            field(1, name) + field(2, len(data)) + field(3, hashlib.sha1(data).digest())
            for name, data in media.items()
        ]
        members["media"] = zstd(b"".join(field(1, entry) for entry in entries))
        members |= {str(number): zstd(data) for number, data in enumerate(media.values())}
    else:
        members = {"collection.anki2" if layout == 1 else "collection.anki21": db}
        members["media"] = json.dumps({str(number): name for number, name in enumerate(media)}).encode()
        members |= {str(number): data for number, data in enumerate(media.values())}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**members, **(extra or {})}.items():
            archive.writestr(name, data)
    return path


def collection_18(
    *,
    notes: Sequence[Mapping[str, Any]] | None = None,
    cards: Sequence[Mapping[str, Any]] | None = None,
    preset: bytes = b"",
    config: Mapping[str, Any] | None = None,
    note_type: bytes = b"",
    decks: Sequence[tuple[int, str, bytes]] | None = None,
    sql: Iterable[str] = (),
    ver: int = 18,
) -> bytes:
    """Return the bytes of a collection of schema 15 to 18 with one note type, Basic."""
    settings = {"schedVer": 2, "creationOffset": 0, **(config or {})}
    if decks is None:
        decks = [(1, "Default", field(1, b"")), (DECK, "Deck", field(1, field(1, 1) + field(4, "described")))]
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "col": [{"id": 1, "crt": CREATED_S, "ver": ver, "conf": "", "models": "", "decks": "", "dconf": ""}],
        "notes": [note()] if notes is None else notes,
        "cards": [card()] if cards is None else cards,
        "config": [{"KEY": name, "val": json.dumps(value).encode()} for name, value in settings.items()],
        "deck_config": [{"id": 1, "name": "Default", "config": preset}],
        "notetypes": [{"id": MODEL, "name": "Basic", "mtime_secs": CREATED_S, "config": note_type}],
        "fields": [
            {"ntid": MODEL, "ord": i, "name": name, "config": field(3, "Liberation") + field(4, 17)}
            for i, name in enumerate(("Front", "Back"))
        ],
        "templates": [
            {
                "ntid": MODEL,
                "ord": 0,
                "name": "Card 1",
                "config": field(1, "{{Front}}") + field(2, "{{Back}}"),
            }
        ],
        "decks": [{"id": number, "name": name, "kind": kind, "common": b""} for number, name, kind in decks],
    }
    return database(SCHEMA_11 + SCHEMA_18, rows, sql)
