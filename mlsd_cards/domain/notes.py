"""Notes, and the note types that turn them into cards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

NoteId = NewType("NoteId", int)
NoteTypeId = NewType("NoteTypeId", int)

FIELD_SEPARATOR = "\x1f"


class NoteTypeKind(StrEnum):
    """How a note type makes cards."""

    STANDARD = "standard"  # one card per template whose front is not empty
    CLOZE = "cloze"  # one card per cloze number in the fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named slot of a note. The position in `NoteType.fields` is its ordinal."""

    name: str
    rtl: bool = False
    sticky: bool = False
    font: str = "Arial"
    font_size: int = 20
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Front and back HTML that make one card. The position in `NoteType.templates` is its ordinal."""

    name: str
    front: str
    back: str
    browser_front: str = ""
    browser_back: str = ""
    deck_name: str = ""  # cards of this template go to this deck; empty: the note's deck


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteType:
    """Fields, templates and CSS shared by notes."""

    id: NoteTypeId
    name: str
    kind: NoteTypeKind = NoteTypeKind.STANDARD
    fields: tuple[Field, ...]
    templates: tuple[Template, ...]
    css: str = ""
    sort_field: int = 0
    latex_pre: str = ""
    latex_post: str = ""
    latex_svg: bool = False
    stock_kind: int = 0  # Anki's `originalStockKind`; 6 is image occlusion
    foreign_id: int = 0  # the id this note type had in the package it came from; 0: made here
    modified_ms: int = 0

    @property
    def field_names(self) -> tuple[str, ...]:
        """Field names in order."""
        return tuple(field.name for field in self.fields)

    def template_name(self, ordinal: int) -> str:
        """Return the name of the template of card `ordinal`: cards of a cloze note type share its only one."""
        return self.templates[min(ordinal, len(self.templates) - 1)].name if self.templates else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The facts: field texts (HTML) in the order of the note type's fields."""

    id: NoteId
    guid: str  # identity of the note across exports
    note_type_id: NoteTypeId
    fields: tuple[str, ...]
    tags: tuple[str, ...] = ()
    created_ms: int = 0
    modified_ms: int = 0
