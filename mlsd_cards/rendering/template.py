"""Which cards a note makes, and the HTML of both sides of a card, as Anki makes it.

What comes out of a field is never read as a template again, and a side is measured while it is built.

Source: ankitects/anki rslib/src/template.rs, rslib/src/notetype/render.rs and cardgen.rs. Where Anki
refuses a template, the side says in a sentence what is wrong with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.notes import Note, NoteType, NoteTypeKind, Template
from mlsd_cards.rendering import cloze, filters
from mlsd_cards.rendering.template_parser import Program, TemplateError, parse, shows_a_field

MAX_SIDE = 8 * 1024 * 1024  # characters of one rendered side
_ALWAYS_FILLED = ("Card", "CardFlag", "Deck", "Subdeck", "Type", "CardID")
_MANUAL = "https://docs.ankiweb.net/templates/errors.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedCard:
    """Both sides of a card as HTML that nobody has made safe yet, and the style sheet of its note type."""

    question: str
    answer: str
    css: str


def render_card(
    note_type: NoteType, note: Note, ordinal: int, *, deck: str = "", flag: int = 0, card_id: int = 0
) -> RenderedCard:
    """Return both sides of the card that template or cloze number `ordinal` (from 0) makes of `note`.

    `deck` is the full name of the card's deck, `flag` 0 to 7. A side whose template is broken says so.
    Fields that `note` lacks are empty.
    """
    is_cloze = note_type.kind is NoteTypeKind.CLOZE
    index = 0 if is_cloze else ordinal
    if not 0 <= index < len(note_type.templates):
        side = _message(f"The note type has no card {ordinal + 1}.")
        return RenderedCard(question=side, answer=side, css=note_type.css)
    template = note_type.templates[index]
    writer = _Writer(_values(note_type, note, template, ordinal, deck, flag, card_id), ordinal + 1)
    try:
        question = writer.side(template.front)
    except TemplateError as error:
        side = _message(f"The front template of this card has a problem: {error}")
        return RenderedCard(question=side, answer=side, css=note_type.css)
    blank = _blank_message(template.front, writer, is_cloze)
    if blank:
        return RenderedCard(question=question + blank, answer=blank, css=note_type.css)
    try:
        answer = writer.side(template.back, question)
    except TemplateError as error:
        answer = _message(f"The back template of this card has a problem: {error}")
    return RenderedCard(question=question, answer=answer, css=note_type.css)


def card_ordinals(
    note_type: NoteType, fields: Sequence[str], *, tags: Sequence[str] = (), at_least_one: bool = False
) -> list[int]:
    """Return the ordinals of the cards that a note with `fields` makes, ascending.

    A template makes a card if its front shows a filled field; a cloze note type makes one for each number in
    any field (numbers above 500 share the last card). `at_least_one` gives card 0 where there would be none,
    as Anki does when a note is added.
    """
    if note_type.kind is NoteTypeKind.CLOZE:
        ordinals = sorted({min(number, cloze.MAX_CARDS) - 1 for number in cloze.numbers_in(fields)})
    else:
        filled = _filled_names(note_type, fields, tags)
        templates = enumerate(note_type.templates)
        ordinals = [index for index, template in templates if shows_a_field(parse(template.front), filled)]
    return ordinals or ([0] if at_least_one else [])


def expected_answers(note_type: NoteType, note: Note, ordinal: int) -> dict[str, str]:
    """Return what is to be typed into each answer box of the card: `{"Front": "…"}`, as visible text.

    Keys are what stands in `[[type:…]]`: a field name, also with `cloze:` or `nc:` before it.
    """
    from mlsd_cards.rendering.text import strip_html

    found: dict[str, str] = {}
    for name, text in zip(note_type.field_names, note.fields, strict=False):
        found[name] = found[f"nc:{name}"] = strip_html(text)
        found[f"cloze:{name}"] = strip_html(cloze.expected_answer(text, ordinal + 1))
    return found


def _filled_names(note_type: NoteType, fields: Sequence[str], tags: Sequence[str]) -> set[str]:
    names = note_type.field_names
    filled = {name for name, text in zip(names, fields, strict=False) if not filters.field_is_empty(text)}
    special = (*_ALWAYS_FILLED, "Tags") if tags else _ALWAYS_FILLED
    filled.update([name for name in special if name not in names])
    return filled


def _values(
    note_type: NoteType, note: Note, template: Template, ordinal: int, deck: str, flag: int, card_id: int
) -> dict[str, str]:
    """Return the text of each name that a template may use; a field comes before a special name."""
    values = {
        "Tags": " ".join(note.tags),
        "Type": note_type.name,
        "Deck": deck,
        "Subdeck": deck.rpartition(DECK_SEPARATOR)[2],
        "Card": template.name,
        "CardFlag": f"flag{flag}",
        "CardID": str(card_id),
        f"c{ordinal + 1}": "1",
    }
    values.update(dict.fromkeys(note_type.field_names[len(note.fields) :], ""))
    values.update(zip(note_type.field_names, note.fields, strict=False))
    return values


class _Writer:
    """Writes the sides of one card."""

    def __init__(self, values: dict[str, str], number: int):
        self.values = values
        self.number = number  # the cloze number of the card
        self.filled = {name for name, text in values.items() if not filters.field_is_empty(text)}

    def side(self, template: str, front: str | None = None) -> str:
        """Return the HTML of a side; `front` is the question when the answer is written.

        Raises:
            TemplateError: the template is broken, names an unknown field, or makes too much.
        """
        program = parse(template)
        self._check(program)
        steps = program.steps
        parts: list[str] = []
        length = index = 0
        while index < len(steps):
            kind, value, names, jump = steps[index]
            index += 1
            if kind == "text":
                part = value
            elif kind == "field":
                part = self._field(value, names, front is None)
            elif kind == "front":
                part = front or ""
            else:
                if (value in self.filled) is (kind == "unless"):
                    index = jump
                continue
            parts.append(part)
            length += len(part)
            if length > MAX_SIDE:
                raise _too_large()
        return "".join(parts)

    def _check(self, program: Program) -> None:
        if program.error:
            raise TemplateError(program.error)
        names = self.values.keys()
        unknown = program.fields - names
        if unknown:
            raise TemplateError(f"{{{{{min(unknown)}}}}} is no field.")
        unknown = frozenset(name for name in program.conditions - names if not _is_cloze_name(name))
        if unknown:
            raise TemplateError(f"{{{{#{min(unknown)}}}}} is no field.")

    def _field(self, name: str, names: tuple[str, ...], question: bool) -> str:
        text = self.values[name]
        if not names:
            return text
        number = self.number
        try:
            return filters.apply(
                names,
                text,
                name,
                lambda text: cloze.reveal(text, number, question, MAX_SIDE),
                lambda text: cloze.reveal_only(text, number, question),
            )
        except cloze.TooLarge:
            raise _too_large() from None


def _is_cloze_name(name: str) -> bool:
    digits = name[1:].removeprefix("+")
    return (
        name[:1] == "c"
        and digits.isascii()
        and digits.isdigit()
        and int(digits.lstrip("0")[:11] or "0") < 1 << 32
    )


def _blank_message(front: str, writer: _Writer, is_cloze: bool) -> str:
    """Return what is shown in place of an empty front; empty if the front is not empty."""
    if is_cloze:
        if writer.number in cloze.numbers_in(writer.values.values()):
            return ""
        text = f"No cloze \u2068{writer.number}\u2069 found on card.\n"
        text += "Please either add a cloze deletion, or use the Empty Cards tool."
        page = "no-cloze-filter-on-cloze-note-type"
    elif shows_a_field(parse(front), writer.filled):
        return ""
    else:
        text, page = "The front of this card is blank.", "front-of-card-is-blank"
    return f"<div>{text}<br><a href='{_MANUAL}#{page}'>More information</a></div>"


def _too_large() -> TemplateError:
    return TemplateError(f"the side would be larger than {MAX_SIDE // (1024 * 1024)} MiB.")


def _message(sentence: str) -> str:
    return f'<div class="template-problem">{escape(sentence, quote=False)}</div>'
