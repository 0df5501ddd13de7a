"""What a deck source says, typed: topics, notes and sources, each with file and line. Texts are Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """The built-in kinds of note."""

    BASIC = "basic"
    CLOZE = "cloze"
    REQUIREMENT = "requirement"
    TRADEOFF = "tradeoff"
    ESTIMATION = "estimation"
    CHOICE = "choice"


ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding of the lint.

    `file` is relative to the deck folder; `card` is a note id, with `:2` for the card of its second row.
    """

    file: str
    line: int
    card: str
    rule: str
    level: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A published source from `sources.yaml`."""

    key: str
    title: str
    kind: str = "book"  # book, paper, page, repository or law; only books need a locator
    authors: str = ""
    year: str = ""
    url: str = ""
    licence: str = ""
    checked: date | None = None
    file: Path = Path()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a note's fact was checked: a key of `sources.yaml` or an address, and the place inside it."""

    key: str
    at: str = ""
    title: str = ""  # shown in place of an address that `sources.yaml` does not list
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An SVG of `media/` with its text alternative, shown on the `question` or the `answer` side."""

    file: str
    alt: str
    side: str = "answer"
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One possible answer to a requirement question and what it does to the design."""

    answer: str
    design: str
    number: str = ""
    ask: str = ""  # front of the implication card; empty: made from `answer`
    card: bool = True  # False: the row stands on the overview card only
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a trade-off."""

    name: str
    gain: str
    lose: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a choice; wrong ones say why they are wrong."""

    text: str
    right: bool = False
    why: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """A note as written. Which of the texts are filled depends on `kind`; absent ones are empty."""

    id: str  # topic-nnn-slug
    kind: Kind
    topic: str
    level: int
    file: Path
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    req: tuple[str, ...] = ()
    core: bool = False
    guid: str = ""  # identity in collections of a note that was made elsewhere; else it follows from `id`
    front: str = ""
    hint: str = ""
    answer: str = ""
    text: str = ""  # cloze
    rows: tuple[Row, ...] = ()
    tradeoff: str = ""
    followup: str = ""
    mistakes: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    decide: str = ""
    value: float = 0.0
    unit: str = ""
    tolerance: float = 0.0  # fraction
    working: str = ""
    steps: str = ""
    options: tuple[Option, ...] = ()
    why: str = ""
    source: tuple[Citation, ...] = ()
    as_of: date | None = None
    figure: Figure | None = None
    needs: tuple[str, ...] = ()
    checked_by: str = ""
    checked_on: date | None = None

    @property
    def number(self) -> str:
        """The part of the id that never changes: `topic-nnn`."""
        return "-".join(self.id.split("-")[:2])

    def line_of(self, key: str) -> int:
        """Return the line of a key's value, or the note's first line."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic with its notes in file order."""

    id: str
    title: str
    notes: tuple[SourceNote, ...] = ()
    prereq: tuple[str, ...] = ()
    complete: bool = False  # the coverage rules hold for complete topics only
    planned: int = 0  # cards that the topic is to have; 0: not said
    cover: tuple[str, ...] = ()  # terms that must occur; `a|b` is one term with two spellings
    deck: str = (
        ""  # full name of the deck that the notes go to; else the topic's, below that of the deck source
    )
    file: Path = Path()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckSource:
    """A whole deck source. `root` is its folder, or the folder of a single topic file."""

    root: Path
    name: str
    file: Path  # deck.yaml, or the single topic file
    single: bool = False  # read from a topic file without its deck
    language: str = "en"
    licence: str = ""
    version: str = ""
    topics: tuple[Topic, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()  # entries that could not be read; only with `load(..., strict=False)`

    @property
    def notes(self) -> tuple[SourceNote, ...]:
        """All notes in order: topics as the deck lists them, then as in their files."""
        return tuple(note for topic in self.topics for note in topic.notes)

    @property
    def media_dir(self) -> Path:
        """The folder of figures."""
        return self.root / "media"

    def relative(self, path: Path) -> str:
        """Return a path below the deck folder as text with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
