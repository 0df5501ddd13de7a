"""Note types that Anki would refuse, made such that it takes them; what else it dislikes it mends itself.

Source: ankitects/anki rslib/src/notetype/mod.rs, fields.rs, templates.rs (what is refused, and what names lose).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from mlsd_cards.domain.notes import Field, NoteType, Template
from mlsd_cards.formats.anki_place import quoted

_LOST_IN_FIELDS = re.compile(r'[:{}"]')
_LOST_AT_START = "#^/ "


def accepted(note_types: Sequence[NoteType]) -> tuple[list[NoteType], list[str]]:
    """Return the note types, those that Anki would refuse repaired, and a sentence about each of these."""
    found: list[NoteType] = []
    warnings: list[str] = []
    for note_type in note_types:
        repaired = _repaired(note_type)
        found.append(repaired)
        if repaired != note_type:
            warnings.append(
                f"The note type {quoted(repaired.name)} lacks what Anki asks for: it was given "
                f"{_given(note_type, repaired)}."
            )
    return found, warnings


def _repaired(note_type: NoteType) -> NoteType:
    fields = tuple(
        field if _is_name(field.name) else replace(field, name=f"Field {number}")
        for number, field in enumerate(note_type.fields, 1)
    ) or (Field(name="Front"),)
    templates = tuple(
        template if template.name.replace('"', "").strip() else replace(template, name=f"Card {number}")
        for number, template in enumerate(note_type.templates, 1)
    ) or (_plain(fields),)
    name = note_type.name if note_type.name.replace('"', "").strip() else "Note type"
    return replace(note_type, name=name, fields=fields, templates=templates)


def _is_name(name: str) -> bool:
    return bool(_LOST_IN_FIELDS.sub("", name).strip().lstrip(_LOST_AT_START))


def _plain(fields: Sequence[Field]) -> Template:
    answer = "<br>".join(f"{{{{{field.name}}}}}" for field in fields[1:])
    front = f"{{{{{fields[0].name}}}}}"
    return Template(name="Card 1", front=front, back="{{FrontSide}}\n\n<hr id=answer>\n\n" + answer)


def _given(before: NoteType, after: NoteType) -> str:
    parts = []
    if before.name != after.name:
        parts.append("a name")
    if len(before.fields) != len(after.fields):
        parts.append("a field")
    elif before.fields != after.fields:
        parts.append("names of fields")
    if len(before.templates) != len(after.templates):
        parts.append("a card template")
    elif before.templates != after.templates:
        parts.append("names of card templates")
    return " and ".join(parts)
