"""The neutral shape that every file format reads into and writes from.

Ids inside are those of the file: they only tie its parts together.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, overload

from mlsd_cards.domain.deck_limits import DatedLimits
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.notes import NoteType


class ExchangeNote(NamedTuple):
    """A note of a file. Times are UTC milliseconds, 0 where unknown; an empty guid means the file has none."""

    id: int
    guid: str
    note_type_id: int
    fields: tuple[str, ...]
    tags: tuple[str, ...] = ()
    created_ms: int = 0
    modified_ms: int = 0
    deck_id: int = 0  # where cards that the file does not list are to be made; 0: the default deck


class ExchangeCard(NamedTuple):
    """A card of a file with its schedule.

    `state` is a `CardState` value. `due_date` is the proleptic ordinal (`date.toordinal`) of the due day;
    exactly one of it and `due_at_ms` (UTC) is set unless the card is new.
    """

    id: int
    note_id: int
    deck_id: int
    ordinal: int
    state: str = "new"
    position: int = 0
    due_date: int | None = None
    due_at_ms: int | None = None
    interval_days: int = 0
    ease_permille: int = 0
    steps_left: int = 0
    reps: int = 0
    lapses: int = 0
    flag: int = 0
    suspended: bool = False
    buried: str = ""  # a `Buried` value
    stability: float | None = None
    difficulty: float | None = None
    last_answer_ms: int | None = None
    created_ms: int = 0
    modified_ms: int = 0
    repetitions: int = 0  # `sm2` only
    drill_date: int | None = None  # `sm2` only: ordinal of the day of an unfinished drill
    filtered_deck_id: int = 0  # the filtered deck that the card lay in when the file was written; 0: none


class ExchangeReview(NamedTuple):
    """A review log entry of a file; meaning of the numbers as in `ReviewLogEntry`."""

    id: int
    card_id: int
    rating: int
    kind: str
    interval: int
    last_interval: int
    factor: int
    milliseconds: int


class StoredReviews(Sequence[ExchangeReview]):
    """Reviews that stay in their file, in the order of their ids, and are read each time they are gone through.

    A million of them then need no memory. Their ids lie from `first` to `last`.
    """

    first: int
    last: int

    @abstractmethod
    def batches(self) -> Iterator[Sequence[tuple[int, ...]]]:
        """Yield some thousand reviews at a time, each as numbers in the order of `ExchangeReview`.

        The kind is its place in `kinds`.
        """

    @abstractmethod
    def ids(self) -> Iterator[int]:
        """Yield the ids alone."""

    @property
    @abstractmethod
    def kinds(self) -> Sequence[str]:
        """The kinds by number."""

    def database(self) -> Path | None:
        """Return the database of ours whose table `reviews` holds them as they are, None if that is not so."""
        return None

    @overload
    def __getitem__(self, place: int) -> ExchangeReview: ...

    @overload
    def __getitem__(self, place: slice) -> list[ExchangeReview]: ...

    def __getitem__(self, place: int | slice) -> ExchangeReview | list[ExchangeReview]:
        return list(self)[place]


class ExchangeMedia(NamedTuple):
    """A media file, already unpacked and checked. `sha256` is lower-case hexadecimal."""

    name: str
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDeck:
    """A deck of a file."""

    id: int
    name: str
    description: str = ""
    preset_id: int = 0
    filtered: bool = False
    limits: DatedLimits = field(default_factory=DatedLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangePreset:
    """A preset of a file."""

    id: int
    name: str
    options: Options


class Matching(StrEnum):
    """How notes of a file are matched with those of the collection."""

    GUID = "guid"
    FIRST_FIELD = "first field"  # within the note type, where the file gives no guid
    FIRST_FIELD_AND_DECK = "first field and deck"


class OnMatch(StrEnum):
    """What happens to a note that matches."""

    UPDATE = "update"
    KEEP = "keep"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """How the user wants a text file to be read. What is None, or empty, is told by the file's directives and contents.

    `columns` gives the column of each field of the note type, `tags_column` that of the tags; columns count from
    1, 0 is none. `has_header`: the first record holds the names of the columns.
    """

    separator: str = ""
    encoding: str = ""
    has_header: bool | None = None
    note_type: str = ""
    columns: tuple[int, ...] | None = None
    tags_column: int | None = None
    on_match: OnMatch | None = None
    is_html: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """How a text file was read, and its first records split into cells."""

    separator: str
    encoding: str
    has_header: bool
    names: tuple[str, ...]  # of the columns; empty where the file has none
    rows: tuple[tuple[str, ...], ...]
    width: int  # number of columns
    note_type: str
    fields: tuple[str, ...]  # of that note type
    columns: tuple[int, ...]  # of the fields
    tags_column: int
    on_match: OnMatch
    is_html: bool
    note_types: tuple[str, ...] = ()  # that may be chosen


@dataclass(slots=True, kw_only=True)
class ExchangeData:
    """All that a file holds, or all that is to be written to one.

    A note type with no fields stands for the note type of that name in the collection (text files name
    note types without describing them). `cards` may be left empty where `makes_cards` is set: then every
    note makes the cards its note type asks for. `source` names where the notes come from, so that the next
    edition is recognised; `warnings` are sentences about what was left out or repaired.

    `dated` says that the notes' times are those at which their author last changed them, so that an older file
    is told from a newer one. `file_wins` says that the user edits the file itself: where a field was changed
    both there and here, the file's text is taken. `notes_left_out` counts notes that could not be read.

    A note with fewer fields than its note type gives only the first ones; `given_fields` lists the
    numbers (from 0) of the fields that a text file has columns for. Fields that are not given are empty
    in a new note, and stay as they are in a note that matches.
    """

    layout: str = ""
    source: str = ""
    note_types: list[NoteType] = field(default_factory=list)
    notes: list[ExchangeNote] = field(default_factory=list)
    cards: list[ExchangeCard] = field(default_factory=list)
    makes_cards: bool = False
    decks: list[ExchangeDeck] = field(default_factory=list)
    presets: list[ExchangePreset] = field(default_factory=list)
    reviews: Sequence[ExchangeReview] = field(default_factory=list)
    media: dict[str, ExchangeMedia] = field(default_factory=dict)
    matching: Matching = Matching.GUID
    on_match: OnMatch = OnMatch.UPDATE
    warnings: list[str] = field(default_factory=list)
    unsafe_names: list[str] = field(default_factory=list)
    given_fields: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by note type; absent: all fields
    dated: bool = False
    file_wins: bool = False
    notes_left_out: int = 0
    tags_given: bool = True  # False: a note that matches keeps its tags, those of the file are added
    left_out: Mapping[str, int] = field(default_factory=dict)  # notes that could not be read, by the reason
    deck_chosen: bool = False  # the user chose where the decks are to be: they are not looked for elsewhere
    table: TextTable | None = None  # of a text file, where `ReadOptions.text` is given


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a reader needs besides the path.

    `work_dir` is an existing private folder for unpacked files; who calls the reader removes it.
    `now_ms` stands in for times the file does not give. `zone_offset_minutes` is the local offset east of
    UTC for files that give no zone of their own.
    """

    work_dir: Path
    now_ms: int
    zone_offset_minutes: int = 0
    deck_name: str = ""  # where a file that names no deck puts its notes; empty: the file's stem
    free_bytes: int | None = None  # room on the disk for unpacked files; None: not limited
    note_type_fields: Mapping[str, tuple[str, ...]] | None = None  # the collection's, by name, for text files
    text: TextOptions | None = None  # what the user chose for a text file; None: it is read as Anki reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What a writer needs besides the data and the path.

    `created_date` is the ordinal of the collection's creation date, taken `created_offset_minutes` east of
    UTC: packages count days from it. `now_ms` stands in for times the data does not give. `guard_formulas`
    puts an apostrophe before cells that a spreadsheet would run as formulas; None: only in files that
    spreadsheets open.
    """

    now_ms: int
    created_date: int
    created_offset_minutes: int = 0
    scheduling: bool = True  # due dates, intervals, flags and reviews; else all cards are written as new
    media: bool = True
    presets: bool | None = None  # options of the decks; None: with the progress
    guard_formulas: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do. Numbers count notes unless the name says otherwise."""

    file: str
    layout: str = ""
    notes_new: int = 0
    notes_updated: int = 0
    notes_unchanged: int = 0
    notes_skipped: int = 0
    cards: int = 0  # cards of the file's notes
    note_types: int = 0
    decks: int = 0
    media: int = 0
    reviews: int = 0
    warnings: Sequence[str] = ()
    scripts: int = 0  # note types and notes that carry scripts (which never run)
    remote_references: int = 0  # addresses on the network that a card would load
    unsafe_names: Sequence[str] = ()
    deck_names: Sequence[str] = ()
    note_type_names: Sequence[str] = ()
    media_bytes: int = 0
    media_kinds: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # skipped notes by the reason, in plain words
    conflicts: int = 0  # notes with fields that were changed on both sides
    gone: int = 0  # notes of an earlier edition that the file lacks; they stay
    sample: Sequence[tuple[str, str]] = ()  # plain text of question and answer of a few cards
    note_ids: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """After an import the notes here behind the counts: `new`, `updated`, `unchanged`; those with fields that were
    changed on both sides (`conflicts`); and those of an earlier edition that the file lacks (`gone`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export wrote."""

    notes: int
    cards: int
    media: int
    reviews: int
    bytes: int
    warnings: Sequence[str] = ()
