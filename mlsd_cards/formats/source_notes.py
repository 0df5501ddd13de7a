"""From a source note to the fields, tags and cards of a note of a built-in note type."""

import hashlib
import html
import re
from decimal import Decimal
from uuid import UUID, uuid5

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeNote
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.formats.source_cards import ask, hint
from mlsd_cards.formats.source_model import Citation, DeckSource, Figure, Kind, SourceNote
from mlsd_cards.formats.source_parse import MAX_ROWS
from mlsd_cards.formats.source_text import to_html
from mlsd_cards.rendering.template import card_ordinals

_RANGE = re.compile(r"(?<=\b\d)-(?=\d)|(?<=\b\d\d)-(?=\d)|(?<=\b\d\d\d)-(?=\d)")
_GUID_SPACE = UUID("6d1c1f0e-5b0a-4d37-9d0e-3a9f6a1f7c55")
"""Never to change: every note's identity is derived from it."""


def guid(number: str) -> str:
    """Return the guid of a note from the part of its id that never changes, `topic-nnn`.

    Source: RFC 9562, UUID version 5.
    """
    return str(uuid5(_GUID_SPACE, number))


def add_new(
    data: ExchangeData,
    note_type: NoteType,
    *,
    guid: str,
    fields: tuple[str, ...],
    tags: tuple[str, ...],
    deck_id: int,
    now_ms: int,
) -> None:
    """Add a note with all its cards, new, after what `data` holds; siblings share a position."""
    note_id = len(data.notes) + 1
    data.notes.append(
        ExchangeNote(
            id=note_id,
            guid=guid,
            note_type_id=note_type.id,
            fields=fields,
            tags=tags,
            created_ms=now_ms,
            modified_ms=now_ms,
            deck_id=deck_id,
        )
    )
    for ordinal in card_ordinals(note_type, fields):
        data.cards.append(
            ExchangeCard(
                id=len(data.cards) + 1,
                note_id=note_id,
                deck_id=deck_id,
                ordinal=ordinal,
                position=note_id,
                created_ms=now_ms,
                modified_ms=now_ms,
            )
        )


def tags_of(note: SourceNote) -> tuple[str, ...]:
    """Return the tags of a note: topic, level, requirement questions, `core`, and its own concepts."""
    tags = [f"topic::{note.topic}", f"level::{note.level}", *(f"req::{name}" for name in note.req)]
    return (*tags, *(("core",) if note.core else ()), *(tag for tag in note.tags if tag != "core"))


def fields_of(note: SourceNote, deck: DeckSource, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the field texts (HTML) of a note in the order of `names`; fields without a text are empty.

    `Version` is a digest of the other fields, so that it changes exactly when one of them does.
    """
    values = {key: to_html(text) for key, text in _own_texts(note).items()}
    values |= _own_html(note)
    values["Why"] = to_html(note.why)
    values["Source"] = source_line(note, deck)
    if note.figure is not None:
        values["QuestionFigure" if note.figure.side == "question" else "Figure"] = _image(note.figure)
    values["Id"] = note.id
    found = [values.get(name, "") for name in names]
    version = hashlib.sha256("\x1f".join(found).encode()).hexdigest()[:12]
    return tuple(version if name == "Version" else text for name, text in zip(names, found, strict=True))


def _own_texts(note: SourceNote) -> dict[str, str]:
    match note.kind:
        case Kind.CLOZE:
            return {"Text": note.text}
        case Kind.REQUIREMENT:
            return _requirement_texts(note)
        case Kind.TRADEOFF:
            return {"Question": note.front, "Decide": note.decide}
        case Kind.ESTIMATION:
            return {"Question": note.front, "Unit": note.unit, "Steps": note.steps}
        case Kind.CHOICE:
            return {"Question": note.front}
        case Kind.BASIC:
            return {"Question": note.front, "Answer": note.answer}


def _requirement_texts(note: SourceNote) -> dict[str, str]:
    texts = {
        "Question": note.front,
        "Hint": hint(note),
        "Tradeoff": note.tradeoff,
        "Followup": note.followup,
        "Mistakes": " ".join(f"{text.rstrip('.')}." for text in note.mistakes),
    }
    for number, row in enumerate(note.rows[:MAX_ROWS], start=1):
        texts |= {f"If{number}": row.answer, f"Then{number}": row.design, f"Number{number}": row.number}
        texts[f"Ask{number}"] = ask(row) if row.card else ""
    return texts


def _own_html(note: SourceNote) -> dict[str, str]:
    match note.kind:
        case Kind.TRADEOFF:
            return {"Sides": _sides(note)}
        case Kind.ESTIMATION:
            return _estimate(note)
        case Kind.CHOICE:
            return _choice(note)
        case _:
            return {}


def _sides(note: SourceNote) -> str:
    return "".join(
        f"<tr><td>{to_html(side.name)}</td><td>{to_html(side.gain)}</td><td>{to_html(side.lose)}</td></tr>"
        for side in note.sides
    )


def _estimate(note: SourceNote) -> dict[str, str]:
    spread = abs(note.value) * note.tolerance
    return {
        "Value": number_text(note.value),
        "Answer": f"{number_text(note.value, grouped=True)} {to_html(note.unit)}",
        "Tolerance": f"{number_text(note.tolerance * 100)} %",
        "Low": number_text(note.value - spread, grouped=True),
        "High": number_text(note.value + spread, grouped=True),
        "Working": html.escape(note.working, quote=False),
    }


def number_text(value: float, *, grouped: bool = False) -> str:
    """Return a number with at most 6 significant digits and no exponent; `grouped` sets commas."""
    rounded = Decimal(f"{value:.6g}")
    plain = format(rounded, ",f" if grouped else "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _choice(note: SourceNote) -> dict[str, str]:
    items = "".join(f"<li>{to_html(option.text)}</li>" for option in note.options)
    right = next(index for index, option in enumerate(note.options) if option.right)
    others = "".join(
        f'<li value="{index + 1}">{to_html(option.why)}</li>'
        for index, option in enumerate(note.options)
        if not option.right
    )
    return {
        "Options": f"<ol>{items}</ol>",
        "Answer": f"{chr(ord('A') + right)}. {to_html(note.options[right].text)}",
        "Others": f"<ol>{others}</ol>",
    }


def source_line(note: SourceNote, deck: DeckSource) -> str:
    """Return where a note's facts were checked: titles with links, places, and the month of what ages."""
    places = citations_line(note.source, deck)
    return f"{places} (as of {note.as_of:%Y-%m})" if places and note.as_of is not None else places


def citations_line(citations: tuple[Citation, ...], deck: DeckSource) -> str:
    """Return sources in one line: titles with links, and places within them."""
    return "; ".join(_citation(citation, deck) for citation in citations)


def _citation(citation: Citation, deck: DeckSource) -> str:
    reference = deck.references.get(citation.key)
    address = reference.url if reference is not None else citation.key
    title = html.escape(reference.title if reference is not None else citation.title or citation.key)
    if address.startswith(("https://", "http://")):
        title = f'<a href="{html.escape(address)}">{title}</a>'
    return f"{title}, {html.escape(_RANGE.sub('–', citation.at))}" if citation.at else title


def _image(figure: Figure) -> str:
    return f'<img src="{html.escape(figure.file)}" alt="{html.escape(figure.alt)}">'
