"""Note types and presets as sections of Markdown files, both ways."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from enum import Enum
from typing import Any

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.exchange import ExchangePreset
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.formats.anki_presets import CollectionOptions, options_from_json
from mlsd_cards.formats.apkg_presets import preset_json
from mlsd_cards.formats.folder_text import FormError, Section, labels, quote, raw_block, to_html, unquote
from mlsd_cards.formats.limits import FIELDS, ID, TEMPLATES
from mlsd_cards.formats.source_text import word_set

_FIELD, _TEMPLATE = "field ", "template "
_PLAIN = Field(name="")
_FACES = {  # of a template: heading → attribute
    "front": "front",
    "back": "back",
    "front in the browser": "browser_front",
    "back in the browser": "browser_back",
}
_CHECKED = word_set(  # options whose range Anki knows
    "new_per_day reviews_per_day learning_steps relearning_steps graduating_interval easy_interval starting_ease "
    "easy_bonus hard_multiplier interval_modifier lapse_multiplier minimum_lapse_interval maximum_interval "
    "leech_threshold parameters desired_retention historical_retention maximum_answer_seconds"
)
_STYLE, _LATEX_BEFORE, _LATEX_AFTER = "style", "latex before", "latex after"


def note_type_sections(note_types: Iterable[NoteType]) -> list[Section]:
    """Return the sections that describe note types, each under a heading of its own."""
    found: list[Section] = []
    ordered = sorted(note_types, key=lambda note_type: (note_type.name, int(note_type.id)))
    for title, note_type in zip(labels(each.name for each in ordered), ordered, strict=True):
        found += _note_type(title, note_type)
    return found


def note_type_labels(note_types: Iterable[NoteType]) -> dict[int, str]:
    """Return the heading of each note type, by its id."""
    ordered = sorted(note_types, key=lambda note_type: (note_type.name, int(note_type.id)))
    return dict(zip((int(each.id) for each in ordered), labels(each.name for each in ordered), strict=True))


def _note_type(title: str, note_type: NoteType) -> list[Section]:
    items = {
        "kind": note_type.kind.value,
        "id": str(note_type.foreign_id or ""),
        "sort field": str(note_type.sort_field + 1) if note_type.sort_field else "",
        "stock kind": str(note_type.stock_kind or ""),
        "latex svg": "yes" if note_type.latex_svg else "",
    }
    found = [Section(1, title, _given(items))]
    for field in note_type.fields:
        looks = {
            "font": quote(field.font) if field.font != _PLAIN.font else "",
            "size": str(field.font_size) if field.font_size != _PLAIN.font_size else "",
            "right to left": "yes" if field.rtl else "",
            "sticky": "yes" if field.sticky else "",
            "description": quote(field.description) if field.description else "",
        }
        found.append(Section(2, _FIELD + quote(field.name), _given(looks)))
    for template in note_type.templates:
        deck = {"deck": quote(template.deck_name) if template.deck_name else ""}
        found.append(Section(2, _TEMPLATE + quote(template.name), _given(deck)))
        for heading, name in _FACES.items():
            if text := getattr(template, name):
                found.append(Section(3, heading, text=raw_block(text)))
    texts = {
        _STYLE: note_type.css,
        _LATEX_BEFORE: note_type.latex_pre,
        _LATEX_AFTER: note_type.latex_post,
    }
    found += [Section(2, heading, text=raw_block(text)) for heading, text in texts.items() if text]
    return found


def _given(items: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in items.items() if value}


def read_note_types(sections: Sequence[Section]) -> dict[str, NoteType]:
    """Return the note types of a file by their headings; they are numbered from 1.

    Raises:
        FormError: A part is of no known kind or given twice, or a note type has no field or no template.
    """
    found: dict[str, NoteType] = {}
    for start, section in enumerate(sections):
        if section.level != 1:
            continue
        end = next((at for at in range(start + 1, len(sections)) if sections[at].level == 1), len(sections))
        if section.title in found:
            raise FormError(section.line, f"describes the note type {section.title} twice")
        found[section.title] = _read_note_type(len(found) + 1, section, sections[start + 1 : end])
    return found


def _read_note_type(number: int, head: Section, parts: Sequence[Section]) -> NoteType:
    made: list[Field] = []
    templates: list[Template] = []
    texts: dict[str, str] = {}
    for part in parts:
        word, _, rest = part.title.partition(" ")
        if part.level == 3 and templates and part.title in _FACES:
            templates[-1] = replace(templates[-1], **{_FACES[part.title]: to_html(part.text)})
        elif part.level == 2 and f"{word} " == _FIELD and rest:
            made.append(_read_field(unquote(rest), part))
        elif part.level == 2 and f"{word} " == _TEMPLATE and rest:
            deck = unquote(part.items.get("deck", ""))
            templates.append(Template(name=unquote(rest), front="", back="", deck_name=deck))
        elif part.level == 2 and part.title in (_STYLE, _LATEX_BEFORE, _LATEX_AFTER):
            texts[part.title] = to_html(part.text)
        else:
            raise FormError(part.line, f"has “{part.title[:60]}”, which is no part of a note type")
    if not 0 < len(made) <= FIELDS or not 0 < len(templates) <= TEMPLATES:
        raise FormError(head.line, f"gives {head.title} no field or no template, or too many of them")
    kind = head.items.get("kind", NoteTypeKind.STANDARD.value)
    if kind not in set(NoteTypeKind):
        raise FormError(
            head.line, f"gives {head.title} the kind {kind[:30]}; expected one of standard, cloze"
        )
    return NoteType(
        id=NoteTypeId(number),
        name=unquote(head.title),
        kind=NoteTypeKind(kind),
        fields=tuple(made),
        templates=tuple(templates),
        css=texts.get(_STYLE, ""),
        sort_field=min(max(_whole(head, "sort field", 1) - 1, 0), len(made) - 1),
        latex_pre=texts.get(_LATEX_BEFORE, ""),
        latex_post=texts.get(_LATEX_AFTER, ""),
        latex_svg=bool(head.items.get("latex svg")),
        stock_kind=_whole(head, "stock kind", 0),
        foreign_id=_whole(head, "id", 0),
    )


def _read_field(name: str, part: Section) -> Field:
    return Field(
        name=name,
        rtl=bool(part.items.get("right to left")),
        sticky=bool(part.items.get("sticky")),
        font=unquote(part.items.get("font", _PLAIN.font)),
        font_size=_whole(part, "size", _PLAIN.font_size),
        description=unquote(part.items.get("description", "")),
    )


def _whole(section: Section, key: str, default: int) -> int:
    text = section.items.get(key, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 16 or int(text) > ID:
        raise FormError(section.line, f"gives “{key}” as {text[:30]}, which is no whole number")
    return int(text)


# Presets


def preset_sections(presets: Iterable[ExchangePreset]) -> list[Section]:
    """Return the sections that list the options of presets."""
    ordered = sorted(presets, key=lambda preset: preset.name)
    return [
        Section(1, title, {key: json.dumps(value) for key, value in asdict(preset.options).items()})
        for title, preset in zip(labels(each.name for each in ordered), ordered, strict=True)
    ]


def preset_labels(presets: Iterable[ExchangePreset]) -> dict[int, str]:
    """Return the heading of each preset, by its id."""
    ordered = sorted(presets, key=lambda preset: preset.name)
    return dict(zip((each.id for each in ordered), labels(each.name for each in ordered), strict=True))


def read_presets(sections: Sequence[Section]) -> dict[str, ExchangePreset]:
    """Return the presets of a file by their headings; options that are not given have their usual values.

    Raises:
        FormError: An option is unknown or has a value of another kind.
    """
    found: dict[str, ExchangePreset] = {}
    for section in sections:
        given = {key: _option(section, key, text) for key, text in section.items.items()}
        options = _in_range(replace(Options(), **given))
        found[section.title] = ExchangePreset(id=len(found) + 1, name=unquote(section.title), options=options)
    return found


def _option(section: Section, key: str, text: str) -> Any:
    default = {each.name: each.default for each in fields(Options)}.get(key)
    if default is None:
        raise FormError(section.line, f"gives {section.title} the option {key[:40]}, which does not exist")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(default, tuple) and isinstance(value, list) and all(_is_number(each) for each in value):
        return tuple(map(float, value))
    if isinstance(default, Enum) and value in [each.value for each in type(default)]:
        return type(default)(value)
    if type(default) is float and _is_number(value):
        return float(value)
    if type(value) is type(default):
        return value
    raise FormError(section.line, f"gives {section.title} {key} the value {text[:40]}, which it cannot have")


def _in_range(options: Options) -> Options:
    """Return options of which numbers that Anki would not take are replaced as it replaces them."""
    taken = options_from_json(preset_json(1, "", options, 0), CollectionOptions())
    changed = {
        each.name: getattr(taken, each.name)
        for each in fields(Options)
        if each.name in _CHECKED and not _is_same(getattr(options, each.name), getattr(taken, each.name))
    }
    return replace(options, **changed)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-3)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
