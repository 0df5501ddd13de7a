"""Reads Anki's note types: from the JSON column `models`, or from the tables of schema 15 and later.

Source: ankitects/anki rslib/src/notetype/schema11.rs, proto/anki/notetypes.proto,
rslib/src/storage/upgrades/schema15_upgrade.sql.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_place import Place, quoted
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.protowire import Message, decode

DeckNames = Callable[[int], str]  # the name of a deck by its id, empty if there is none

_CLOZE = 1
_NOTE_TYPES = "SELECT id, name, mtime_secs, config FROM notetypes"
_MOST_PARTS = 200_000  # fields or templates of all note types together
_FONT_SIZES = range(1, 500)


def note_types_from_json(data: bytes, place: Place, deck_name: DeckNames) -> dict[int, NoteType]:
    """Return the note types of the JSON column `models` by the ids that notes use.

    Raises:
        FileFormatError: `damaged`, `inconsistent` or `limit`.
    """
    found: dict[int, NoteType] = {}
    sources = js.as_object(js.parse_json(data, place), place)
    if len(sources) > limits.NOTE_TYPES:
        raise place.refuse("limit", f"holds more than {limits.NOTE_TYPES:,} note types")
    for key, value in sources.items():
        source = js.as_object(value, place)
        note_type_id = js.integer({"id": key}, "id")
        if not note_type_id and key != "0":
            raise place.refuse("inconsistent", f"hold a note type whose number is {quoted(key)}")
        found[note_type_id] = note_type_from_json(note_type_id, source, place, deck_name)
    return found


def note_type_from_json(
    number: int, source: Mapping[str, Any], place: Place, deck_name: DeckNames
) -> NoteType:
    """Return one note type of Anki's JSON form under the id `number`.

    Raises:
        FileFormatError: `inconsistent` or `limit`.
    """
    return _checked(
        NoteType(
            id=NoteTypeId(number),
            name=js.text(source, "name"),
            kind=_kind(js.integer(source, "type")),
            fields=tuple(_json_field(item) for item in _objects(source, "flds", place)),
            templates=tuple(_json_template(item, deck_name) for item in _objects(source, "tmpls", place)),
            css=js.text(source, "css"),
            sort_field=js.integer(source, "sortf"),
            latex_pre=js.text(source, "latexPre"),
            latex_post=js.text(source, "latexPost"),
            latex_svg=js.flag(source, "latexsvg"),
            stock_kind=js.integer(source, "originalStockKind"),
            foreign_id=js.integer(source, "originalId") or number,
            modified_ms=_milliseconds(js.integer(source, "mod")),
        ),
        place,
    )


def note_types_from_tables(db: ForeignDatabase, deck_name: DeckNames) -> dict[int, NoteType]:
    """Return the note types of the tables `notetypes`, `fields` and `templates` by the ids that notes use.

    Raises:
        FileFormatError: `damaged`, `inconsistent` or `limit`.
    """
    fields = _by_note_type(db, "SELECT ntid, ord, name, config FROM fields", "field", _proto_field)
    templates = _by_note_type(
        db,
        "SELECT ntid, ord, name, config FROM templates",
        "template",
        lambda name, config: _proto_template(name, config, deck_name),
    )
    found: dict[int, NoteType] = {}
    for number, raw_name, modified, data in db.rows(_NOTE_TYPES, most=limits.NOTE_TYPES):
        place = db.place.at(f"the note type {quoted(_text(raw_name))}")
        if not isinstance(number, int) or not isinstance(data, bytes) or not isinstance(raw_name, bytes):
            raise place.refuse("inconsistent", "holds values of the wrong kind")
        config = Message(data, place)
        found[number] = _checked(
            NoteType(
                id=NoteTypeId(number),
                name=js.composed(decode(raw_name, place)),
                kind=_kind(config.integer(1)),
                fields=fields.get(number, ()),
                templates=templates.get(number, ()),
                css=js.composed(config.text(3)),
                sort_field=config.integer(2),
                latex_pre=js.composed(config.text(5)),
                latex_post=js.composed(config.text(6)),
                latex_svg=bool(config.integer(7)),
                stock_kind=config.integer(9),
                foreign_id=config.integer(10) or number,
                modified_ms=_milliseconds(modified if isinstance(modified, int) else 0),
            ),
            place,
        )
    return found


def _by_note_type(
    db: ForeignDatabase, sql: str, noun: str, make: Callable[[str, Message], Any]
) -> dict[int, tuple[Any, ...]]:
    parts: dict[int, list[tuple[int, Any]]] = {}
    for note_type_id, ordinal, name, data in db.rows(sql, most=_MOST_PARTS):
        place = db.place.at(f"a {noun} of a note type")
        if not (isinstance(note_type_id, int) and isinstance(ordinal, int)):
            raise place.refuse("inconsistent", "has no number")
        if not (isinstance(name, bytes) and isinstance(data, bytes)):
            raise place.refuse("inconsistent", "has no name or no settings")
        made = make(js.composed(decode(name, place)), Message(data, place))
        parts.setdefault(note_type_id, []).append((ordinal, made))
    return {
        note_type_id: tuple(part for _ordinal, part in sorted(items, key=lambda item: item[0]))
        for note_type_id, items in parts.items()
    }


def _json_field(source: Mapping[str, Any]) -> Field:
    return Field(
        name=js.text(source, "name"),
        rtl=js.flag(source, "rtl"),
        sticky=js.flag(source, "sticky"),
        font=js.text(source, "font", "Arial"),
        font_size=_font_size(js.integer(source, "size", 20)),
        description=js.text(source, "description"),
    )


def _proto_field(name: str, config: Message) -> Field:
    return Field(
        name=name,
        sticky=bool(config.integer(1)),
        rtl=bool(config.integer(2)),
        font=js.composed(config.text(3)) or "Arial",
        font_size=_font_size(config.integer(4)),
        description=js.composed(config.text(5)),
    )


def _json_template(source: Mapping[str, Any], deck_name: DeckNames) -> Template:
    return Template(
        name=js.text(source, "name"),
        front=js.text(source, "qfmt"),
        back=js.text(source, "afmt"),
        browser_front=js.text(source, "bqfmt"),
        browser_back=js.text(source, "bafmt"),
        deck_name=deck_name(js.integer(source, "did")),
    )


def _proto_template(name: str, config: Message, deck_name: DeckNames) -> Template:
    return Template(
        name=name,
        front=js.composed(config.text(1)),
        back=js.composed(config.text(2)),
        browser_front=js.composed(config.text(3)),
        browser_back=js.composed(config.text(4)),
        deck_name=deck_name(config.integer(5)),
    )


def _checked(note_type: NoteType, place: Place) -> NoteType:
    """Return the note type with usable names; refuse one that is too large."""
    here = place.at(f"the note type {quoted(note_type.name)}")
    if len(note_type.fields) > limits.FIELDS:
        raise here.refuse("limit", f"has more than {limits.FIELDS} fields")
    if len(note_type.templates) > limits.TEMPLATES:
        raise here.refuse("limit", f"has more than {limits.TEMPLATES} templates")
    texts = [(note_type.css, "a style sheet")]
    for template in note_type.templates:
        texts += [(side, "a template") for side in (template.front, template.back)]
        texts += [(side, "a template") for side in (template.browser_front, template.browser_back)]
    for text, noun in texts:
        if len(text) > limits.TEMPLATE_BYTES or len(text.encode()) > limits.TEMPLATE_BYTES:
            raise here.refuse("limit", f"has {noun} of more than 1 MiB")
    fields = _unique(note_type.fields, _field_name)
    templates = _unique(note_type.templates, lambda name: name.replace('"', ""))
    sort_field = note_type.sort_field if 0 <= note_type.sort_field < len(fields) else 0
    return replace(
        note_type,
        name=note_type.name[: limits.DECK_NAME_SIGNS].replace('"', "").strip() or "blank",
        fields=fields,
        templates=templates,
        sort_field=sort_field,
    )


def _field_name(name: str) -> str:
    """Return a field name without the signs that templates give a meaning to."""
    for sign in ':{}"':
        name = name.replace(sign, "")
    name = name.strip()
    start = 0
    while start < len(name) and (name[start] in "#/^" or name[start].isspace()):
        start += 1
    return name[start:]


def _unique(parts: Iterable[Any], fixed: Callable[[str], str]) -> tuple[Any, ...]:
    """Return the parts with names that are filled and, but for letter case, all different."""
    seen: set[str] = set()
    named = []
    for part in parts:
        name = fixed(part.name)[: limits.DECK_NAME_SIGNS] or "blank"
        while name.casefold() in seen:
            name += "+"
        seen.add(name.casefold())
        named.append(part if name == part.name else replace(part, name=name))
    return tuple(named)


def _objects(source: Mapping[str, Any], key: str, place: Place) -> list[dict[str, Any]]:
    return js.as_objects(source.get(key), place.at(f"the part {key} of {place.item}"))


def _kind(number: int) -> NoteTypeKind:
    return NoteTypeKind.CLOZE if number == _CLOZE else NoteTypeKind.STANDARD


def _font_size(size: int) -> int:
    return size if size in _FONT_SIZES else 20


def _milliseconds(seconds: int) -> int:
    return seconds * 1000 if 0 < seconds <= limits.SECONDS else 0


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
