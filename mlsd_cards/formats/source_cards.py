"""The cards that a source note makes, as questions and answers in Markdown: what the lint looks at."""

from dataclasses import dataclass

from mlsd_cards.formats.source_model import Kind, Row, SourceNote
from mlsd_cards.formats.source_text import CLOZE

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCard:
    """One card of a note. `ordinal` is its template number, or cloze number − 1."""

    note: SourceNote
    ordinal: int
    front: str
    answer: tuple[str, ...]  # the texts that the answer consists of, without why and source
    line: int

    @property
    def name(self) -> str:
        """The note id, followed by the row for an implication card or the number of a further cloze."""
        return self.note.id if self.ordinal == 0 else f"{self.note.id}:{self.ordinal + self._shift}"

    @property
    def _shift(self) -> int:
        return 0 if self.note.kind is Kind.REQUIREMENT else 1

    @property
    def is_overview(self) -> bool:
        """Whether this is the overview card of a requirement note."""
        return self.note.kind is Kind.REQUIREMENT and self.ordinal == 0

    @property
    def is_implication(self) -> bool:
        """Whether this card asks what one answer to a requirement question does to the design."""
        return self.note.kind is Kind.REQUIREMENT and self.ordinal > 0


def ask(row: Row) -> str:
    """Return the front of an implication card: the row's own words, or a sentence around its answer."""
    return row.ask or f"If the answer is “{row.answer.rstrip('.')}”, what should the design have?"


def hint(note: SourceNote) -> str:
    """Return the line under an overview question: the note's own words, or how many answers to name."""
    return (
        note.hint or f"Name {_NUMBERS[len(note.rows)]} possible answers and what each one does to the design."
    )


def cards_of(note: SourceNote) -> list[SourceCard]:
    """Return the cards of a note in the order of their ordinals."""
    if note.kind is Kind.REQUIREMENT:
        return _requirement_cards(note)
    if note.kind is Kind.CLOZE:
        return _cloze_cards(note)
    return [
        SourceCard(note=note, ordinal=0, front=note.front, answer=_answer(note), line=note.line_of("front"))
    ]


def _requirement_cards(note: SourceNote) -> list[SourceCard]:
    overview = tuple(text for row in note.rows for text in (row.answer, row.design))
    cards = [SourceCard(note=note, ordinal=0, front=note.front, answer=overview, line=note.line_of("front"))]
    for number, row in enumerate(note.rows, start=1):
        if row.card:
            answer = (row.design, row.number) if row.number else (row.design,)
            cards.append(SourceCard(note=note, ordinal=number, front=ask(row), answer=answer, line=row.line))
    return cards


def _cloze_cards(note: SourceNote) -> list[SourceCard]:
    spans: dict[int, list[str]] = {}
    for found in CLOZE.finditer(note.text):
        spans.setdefault(int(found[1]), []).append(found[2])
    line = note.line_of("text")
    return [
        SourceCard(note=note, ordinal=number - 1, front=note.text, answer=tuple(texts), line=line)
        for number, texts in sorted(spans.items())
        if number > 0
    ]


def _answer(note: SourceNote) -> tuple[str, ...]:
    match note.kind:
        case Kind.TRADEOFF:
            return (*(text for side in note.sides for text in (side.name, side.gain, side.lose)), note.decide)
        case Kind.ESTIMATION:
            return (f"{note.value:g} {note.unit}",)
        case Kind.CHOICE:
            return tuple(option.text for option in note.options if option.right)
        case _:
            return (note.answer,)
