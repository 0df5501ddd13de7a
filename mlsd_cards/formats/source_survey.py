"""What a deck source holds, in figures: coverage, lengths of answers, age of facts and of sources."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from mlsd_cards.formats.source import load
from mlsd_cards.formats.source_cards import SourceCard, cards_of
from mlsd_cards.formats.source_model import DeckSource, Reference
from mlsd_cards.formats.source_text import count_words

NO_REQUIREMENT = ""
_LENGTH_STEP = 10
_LONGEST = 60
_AGES = ((365, "within a year"), (3 * 365, "one to three years"))
_OLDER, _UNSEEN = "more than three years", "cited from the publication"


class Place(NamedTuple):
    """A cell of the coverage: cards of one topic and level for one requirement, or for none (empty)."""

    topic: str
    level: int
    requirement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFact:
    """A note whose fact may change. `days` is its age."""

    file: str
    line: int
    card: str
    as_of: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Figures of a deck.

    `coverage` counts cards (one that serves two requirements stands in both cells), `lengths` cards by the
    words of their answer in steps of ten, `sources` references by how long ago their text was opened.
    """

    coverage: Mapping[Place, int]
    lengths: Mapping[str, int]
    sources: Mapping[str, int]


def stale(path: Path, *, today: date, days: int) -> list[DatedFact]:
    """Return the notes whose fact was true at a date more than `days` days before `today`, oldest first.

    Raises:
        SourceError: the folder or file is no deck source at all.
    """
    deck = load(path, strict=False)
    found = [
        DatedFact(
            file=deck.relative(note.file),
            line=note.line_of("as_of"),
            card=note.id,
            as_of=note.as_of,
            days=(today - note.as_of).days,
        )
        for note in deck.notes
        if note.as_of is not None and (today - note.as_of).days > days
    ]
    return sorted(found, key=lambda fact: (fact.as_of, fact.file, fact.line))


def survey(path: Path, *, today: date) -> Survey:
    """Return the figures of a deck folder or a single topic file.

    Raises:
        SourceError: the folder or file is no deck source at all.
    """
    deck = load(path, strict=False)
    cards = [card for note in deck.notes for card in cards_of(note)]
    return Survey(coverage=_coverage(cards), lengths=_lengths(cards), sources=_sources(deck, today))


def _coverage(cards: list[SourceCard]) -> dict[Place, int]:
    counted = Counter(
        Place(card.note.topic, card.note.level, requirement)
        for card in cards
        for requirement in card.note.req or (NO_REQUIREMENT,)
    )
    return dict(sorted(counted.items()))


def _lengths(cards: list[SourceCard]) -> dict[str, int]:
    starts = Counter(
        min(count_words(*card.answer) // _LENGTH_STEP * _LENGTH_STEP, _LONGEST) for card in cards
    )
    return {
        f"{start} or more" if start == _LONGEST else f"{start} to {start + _LENGTH_STEP - 1}": starts[start]
        for start in sorted(starts)
    }


def _sources(deck: DeckSource, today: date) -> dict[str, int]:
    counted = Counter(_age(reference, today) for reference in deck.references.values())
    names = (*(name for _, name in _AGES), _OLDER, _UNSEEN)
    return {name: counted[name] for name in names if counted[name]}


def _age(reference: Reference, today: date) -> str:
    if reference.checked is None:
        return _UNSEEN
    days = (today - reference.checked).days
    return next((name for limit, name in _AGES if days <= limit), _OLDER)
