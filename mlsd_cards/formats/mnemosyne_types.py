"""The note types that stand for Mnemosyne's card types, its own and those that a file describes.

Source: mnemosyne-proj/mnemosyne `libmnemosyne/card_types` (facts); names as Anki gives them on import.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.formats.anki_stock import BASIC, stock_note_type
from mlsd_cards.formats.apkg_ids import stable_id
from mlsd_cards.formats.limits import FIELDS, ID, TEMPLATE_BYTES, TEMPLATES
from mlsd_cards.formats.mnemosyne_text import literal

_LINE = "\n\n<hr id=answer>\n\n"
_NAME_SIGNS = 100
_CLOZE = "Cloze"
_SOURCE = "mnemosyne"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardType:
    """A note type and the keys under which a fact holds its fields."""

    note_type: NoteType
    keys: tuple[str, ...]
    blanks: tuple[str, ...] = ()  # keys of texts with blanks in square brackets
    is_html: bool = False  # line ends in the texts do not count


def _css(stock: str) -> str:
    note_type = stock_note_type(stock)
    return note_type.css if note_type else ""


def _type(name: str, fields: Mapping[str, str], *sides: tuple[str, str, str], kind: NoteTypeKind) -> CardType:
    cloze = kind is NoteTypeKind.CLOZE
    note_type = NoteType(
        id=NoteTypeId(1),
        name=f"Mnemosyne-{name}",
        kind=kind,
        fields=tuple(Field(name=label) for label in fields.values()),
        templates=tuple(Template(name=label, front=front, back=back) for label, front, back in sides),
        css=_css(_CLOZE if cloze else BASIC),
        foreign_id=stable_id(_SOURCE, name),
    )
    keys = tuple(fields)
    return CardType(note_type=note_type, keys=keys, blanks=keys[:1] if cloze else ())


def _turned(back: str) -> str:
    return "{{FrontSide}}" + _LINE + back


_FORWARD = ("Card 1", "{{Front}}", _turned("{{Back}}"))
_SOUND = "{{#Pronunciation}}{{Pronunciation}}<br>{{/Pronunciation}}"

# By Mnemosyne's number of the card type; a type cloned from one of them is called `number::name`.
CARD_TYPES: Mapping[str, CardType] = {
    "1": _type("FrontOnly", {"f": "Front", "b": "Back"}, _FORWARD, kind=NoteTypeKind.STANDARD),
    "2": _type(
        "FrontBack",
        {"f": "Front", "b": "Back"},
        _FORWARD,
        ("Card 2", "{{Back}}", _turned("{{Front}}")),
        kind=NoteTypeKind.STANDARD,
    ),
    "3": _type(
        "Vocabulary",
        {"f": "Expression", "p_1": "Pronunciation", "m_1": "Meaning"},
        ("Recognition", "{{Expression}}", _turned(_SOUND + "{{Meaning}}")),
        ("Production", "{{Meaning}}", _turned("{{Expression}}<br>{{Pronunciation}}")),
        kind=NoteTypeKind.STANDARD,
    ),
    "4": _type(
        "Map",
        {"loc": "Location", "marked": "Marked map", "blank": "Blank map"},
        ("Where is it", "{{Location}}<br>{{Blank map}}", "{{Location}}" + _LINE + "{{Marked map}}"),
        ("What is it", "{{Marked map}}", _turned("{{Location}}")),
        kind=NoteTypeKind.STANDARD,
    ),
    "5": _type(
        _CLOZE, {"text": "Text"}, (_CLOZE, "{{cloze:Text}}", "{{cloze:Text}}"), kind=NoteTypeKind.CLOZE
    ),
    "6": _type(
        "Sentence",
        {"f": "Sentence", "p_1": "Pronunciation", "m_1": "Meaning"},
        (
            _CLOZE,
            "{{cloze:Sentence}}<br>{{Meaning}}",
            "{{cloze:Sentence}}<br>{{Meaning}}<br>{{Pronunciation}}",
        ),
        kind=NoteTypeKind.CLOZE,
    ),
}


def described_type(values: Mapping[str, str], views: Mapping[str, Mapping[str, str]]) -> CardType | None:
    """Return the card type that a file describes by Anki's templates, None where it does not or is not sound.

    `values` are those of the type's record, `views` those of the views' records by their ids.
    """
    named, extra = literal(values.get("fact_keys_and_names", "")), literal(values.get("extra", ""))
    listed = literal(values.get("fact_views", ""))
    if not (isinstance(named, list) and isinstance(listed, list) and isinstance(extra, dict)):
        return None
    fields = _fields(named)
    templates = [_template(views.get(view, {})) for view in listed if isinstance(view, str)]
    css = extra.get("css", "")
    sound = [template for template in templates if template is not None]
    labels = [template.name.casefold() for template in sound]
    if (
        not fields
        or not sound
        or len(sound) != len(listed)
        or len(sound) > TEMPLATES
        or len(set(labels)) != len(labels)
        or not _is_text(css)
    ):
        return None
    cloze = extra.get("type") == 1
    note_name = _label(values.get("name", "")) or BASIC
    note_type = NoteType(
        id=NoteTypeId(1),
        name=note_name,
        kind=NoteTypeKind.CLOZE if cloze else NoteTypeKind.STANDARD,
        fields=tuple(Field(name=label) for label in fields.values()),
        templates=tuple(sound),
        css=css,
        foreign_id=_foreign_id(extra.get("id"), note_name, *fields.values()),
    )
    return CardType(note_type=note_type, keys=tuple(fields), is_html=True)


def _foreign_id(given: object, *shape: str) -> int:
    """Return the id that the note type had in Anki where the file tells, else one made of its names."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= ID:
        return given
    return stable_id(_SOURCE, *shape)


def _fields(named: list[object]) -> dict[str, str]:
    """Return field names by key; nothing where one is no name, or is there twice."""
    fields: dict[str, str] = {}
    for item in named:
        if not (isinstance(item, tuple) and len(item) == 2 and all(isinstance(part, str) for part in item)):
            return {}
        fields[item[0]] = "".join(sign for sign in _label(item[1]) if sign not in ':{}"').lstrip("#/^ ")
    names = {name.casefold() for name in fields.values()}
    return fields if len(names) == len(named) <= FIELDS and "" not in names else {}


def _template(view: Mapping[str, str]) -> Template | None:
    extra = literal(view.get("extra", ""))
    if not isinstance(extra, dict):
        return None
    front, back, name = extra.get("qfmt"), extra.get("afmt"), _label(view.get("name", ""))
    if isinstance(front, str) and isinstance(back, str) and _is_text(front) and _is_text(back) and name:
        return Template(name=name, front=front, back=back)
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) <= TEMPLATE_BYTES


def _label(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()[:_NAME_SIGNS].strip()
