"""The schema of the collection, in one place: one typed row class per table and what SQL needs to know of it.

A row class names its columns and their types; `TABLES` adds key, references and indexes. Everything else is
derived: the statements of the hot path here, and the SQLAlchemy tables (for creating a collection and for
composing searches) in `tables.py`. SQLAlchemy's own mapped classes would say the same, but importing them
costs a command more processor time than all the rest of its work, so they are not loaded before they are
needed.

A new column is a field of the row class, the next step in `migrations.py`, and the domain's field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from mlsd_cards.domain.changes import Changed

SCHEMA_VERSION = 4
APPLICATION_ID = 0x4D4C5344  # "MLSD" in the file's header


class NoteTypeRow(NamedTuple):
    """A note type. `fields` and `templates` are JSON arrays of objects."""

    id: int
    name: str
    kind: str
    fields: str
    templates: str
    css: str
    sort_field: int
    latex_pre: str
    latex_post: str
    latex_svg: int
    stock_kind: int
    foreign_id: int
    modified_ms: int


class NoteRow(NamedTuple):
    """A note. `tags` is `" a b "` (blank: no tags); `fields` are joined by U+001F."""

    id: int
    guid: str
    note_type_id: int
    created_ms: int
    modified_ms: int
    tags: str
    fields: str


class NoteTagRow(NamedTuple):
    """One tag of one note: `folded` is the case-folded tag, `tag` the tag as written."""

    folded: str
    note_id: int
    tag: str


class NoteTextRow(NamedTuple):
    """The visible text of a note's fields, folded, joined by U+001F. `indexed` is 1 once the index holds it.

    The index may hold more than the text (postings of earlier texts are never taken out): it only yields
    candidates, and each candidate is compared with `text`.
    """

    note_id: int
    indexed: int
    text: str


class NoteOriginRow(NamedTuple):
    """What was last seen of a note in a source: the base of a three-way merge.

    A row outlives its note, so that a note which the user deleted is not taken for a new one. `fields` are
    joined by U+001F and are texts or digests, as who writes them chooses; `tags` is as in `NoteRow`.
    """

    source: str
    note_id: int
    guid: str
    fields: str
    tags: str


class ConflictRow(NamedTuple):
    """A field of a note that both its author and the user changed: the text of the author's, not yet decided on.

    `source` is where it came from. The user's text is the one in the note.
    """

    note_id: int
    field: str
    theirs: str
    source: str


class PresetRow(NamedTuple):
    """A preset. `options` is a JSON object; names left out have their default."""

    id: int
    name: str
    options: str


class DeckRow(NamedTuple):
    """A deck."""

    id: int
    name: str
    preset_id: int
    description: str
    created_ms: int


class DeckLimitsRow(NamedTuple):
    """Daily limits that the deck of the same id has of its own; those after `day` hold on that day only."""

    id: int
    new_per_day: int | None
    reviews_per_day: int | None
    day: int
    new_today: int | None
    reviews_today: int | None


class CardRow(NamedTuple):
    """A card with its schedule: one column per field of `Card` and `Schedule`."""

    id: int
    note_id: int
    deck_id: int
    ordinal: int
    position: int
    state: str
    due_day: int | None
    due_at_ms: int | None
    interval_days: int
    ease_permille: int
    steps_left: int
    repetitions: int
    drill_day: int | None
    stability: float | None
    difficulty: float | None
    last_answer_ms: int | None
    reps: int
    lapses: int
    suspended: int
    buried: str
    buried_until_day: int
    flag: int
    created_ms: int
    modified_ms: int


class FilteredDeckRow(NamedTuple):
    """What makes the deck of the same id a filtered one. `terms` is a JSON array of [search, limit, order]."""

    id: int
    terms: str
    reschedule: int
    again_s: int
    hard_s: int
    good_s: int


class BorrowedCardRow(NamedTuple):
    """A card that the filtered deck `deck_id` has borrowed from its home deck, which the card's row keeps."""

    card_id: int
    deck_id: int
    place: int
    answered: int
    again_at_ms: int | None


class ReviewRow(NamedTuple):
    """A review log entry. Rows are added and never changed; they outlive their card."""

    id: int
    card_id: int
    rating: int
    kind: str
    interval: int
    last_interval: int
    factor: int
    milliseconds: int
    installation: int


class DailyCountRow(NamedTuple):
    """How many answers of a kind and rating a deck got on a day, and how long they took.

    `kind` is new, learning, interday, review or drill.
    """

    day: int
    deck_id: int
    kind: str
    rating: int
    answers: int
    milliseconds: int


class MediaRow(NamedTuple):
    """A file of the media folder; `sha256` is lower-case hexadecimal, `size` is bytes."""

    name: str
    sha256: str
    size: int


class SettingRow(NamedTuple):
    """A setting; `value` is JSON."""

    key: str
    value: str


class UndoStepRow(NamedTuple):
    """One step that can be taken back (`direction` undo) or done again (redo); the newest has the highest id.

    `changed` is the number of the `Changed` flags; `images` is described in `images.py`.
    """

    id: int
    direction: str
    op: str
    changed: int
    images: bytes


class Index(NamedTuple):
    """An index: its columns, and for a partial index the rows it holds."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """What SQL needs to know of a row class besides its columns.

    `references` maps a column to the table whose id it holds; references are checked at commit.
    """

    name: str
    row: type[tuple[Any, ...]]
    columns: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    references: Mapping[str, str]
    indexes: tuple[Index, ...] = ()
    changed: Changed = Changed.NOTHING

    @cached_property
    def key_places(self) -> tuple[int, ...]:
        """Places of the key columns within a row."""
        return tuple(self.columns.index(name) for name in self.key)

    @cached_property
    def has_integer_key(self) -> bool:
        """Whether the key is the one column `id` (or the note's or card's id): then it is SQLite's row id."""
        return len(self.key) == 1 and self.key[0] in ("id", "note_id", "card_id")

    @cached_property
    def range_place(self) -> int | None:
        """Place within the key of the first column of numbers, None if there is none."""
        hints = self.row.__annotations__
        return next((place for place, name in enumerate(self.key) if hints[name] is int), None)

    @cached_property
    def column_list(self) -> str:
        """All columns, for a select list."""
        return ", ".join(self.columns)

    @cached_property
    def key_condition(self) -> str:
        """Condition that finds one row by its key."""
        return " AND ".join(f"{name} = ?" for name in self.key)

    @cached_property
    def insert_sql(self) -> str:
        """Statement that adds one row and fails if its key exists."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({self.column_list}) VALUES ({marks})"

    @cached_property
    def upsert_sql(self) -> str:
        """Statement that adds one row or overwrites the row of the same key."""
        others = ", ".join(f"{c} = excluded.{c}" for c in self.columns if c not in self.key)
        return f"{self.insert_sql} ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {others}"

    @cached_property
    def delete_sql(self) -> str:
        """Statement that deletes one row by its key."""
        return f"DELETE FROM {self.name} WHERE {self.key_condition}"

    @cached_property
    def select_sql(self) -> str:
        """Statement that reads one row by its key."""
        return f"SELECT {self.column_list} FROM {self.name} WHERE {self.key_condition}"

    @cached_property
    def get_key(self) -> Callable[[tuple[Any, ...]], Any]:
        """What `key_of` does, for many rows."""
        return itemgetter(*self.key_places)

    def key_of(self, row: tuple[Any, ...]) -> Any:
        """Return the key of `row`: a plain value, or a tuple where several columns make the key."""
        return self.get_key(row)


def _table(row: Any, name: str, references: Mapping[str, str] | None = None, **more: Any) -> Table:
    return Table(name=name, row=row, columns=row._fields, references=references or {}, **more)


_ALL = (
    _table(NoteTypeRow, "note_types", changed=Changed.NOTE_TYPE),
    _table(
        NoteRow,
        "notes",
        {"note_type_id": "note_types"},
        indexes=(Index("notes_guid", ("guid",), unique=True), Index("notes_note_type", ("note_type_id",))),
        changed=Changed.NOTE,
    ),
    _table(
        NoteTagRow,
        "note_tags",
        key=("folded", "note_id"),
        indexes=(Index("note_tags_note", ("note_id",)),),
        changed=Changed.NOTE,
    ),
    _table(
        NoteTextRow,
        "note_texts",
        key=("note_id",),
        indexes=(Index("note_texts_pending", ("note_id",), where="indexed = 0"),),
    ),
    _table(NoteOriginRow, "note_origins", key=("source", "note_id")),
    _table(ConflictRow, "conflicts", {"note_id": "notes"}, key=("note_id", "field"), changed=Changed.NOTE),
    _table(PresetRow, "presets", changed=Changed.PRESET),
    _table(
        DeckRow,
        "decks",
        {"preset_id": "presets"},
        indexes=(Index("decks_name", ("name",), unique=True),),
        changed=Changed.DECK,
    ),
    _table(
        CardRow,
        "cards",
        {"note_id": "notes", "deck_id": "decks"},
        indexes=(
            Index("cards_note", ("note_id",)),
            # Covers the counts of the deck list and the forecast, and finds what is due in a deck.
            Index("cards_queue", ("deck_id", "state", "due_day", "suspended", "buried_until_day")),
            Index("cards_new", ("deck_id", "position"), where="state = 'new'"),
            Index("cards_learning", ("due_at_ms",), where="due_at_ms IS NOT NULL"),
            Index("cards_drill", ("drill_day",), where="drill_day IS NOT NULL"),
        ),
        changed=Changed.CARD,
    ),
    _table(DeckLimitsRow, "deck_limits", {"id": "decks"}, changed=Changed.DECK),
    _table(FilteredDeckRow, "filtered_decks", {"id": "decks"}, changed=Changed.DECK),
    _table(
        BorrowedCardRow,
        "borrowed_cards",
        {"card_id": "cards", "deck_id": "filtered_decks"},
        key=("card_id",),
        indexes=(Index("borrowed_cards_deck", ("deck_id", "place")),),
        changed=Changed.CARD,
    ),
    _table(ReviewRow, "reviews", indexes=(Index("reviews_card", ("card_id",)),), changed=Changed.LOG),
    _table(DailyCountRow, "daily_counts", key=("day", "deck_id", "kind", "rating"), changed=Changed.LOG),
    _table(MediaRow, "media", key=("name",), changed=Changed.MEDIA),
    _table(SettingRow, "settings", key=("key",), changed=Changed.SETTING),
    _table(UndoStepRow, "undo_steps"),
)

TABLES: Mapping[type[tuple[Any, ...]], Table] = {table.row: table for table in _ALL}
TABLES_BY_NAME: Mapping[str, Table] = {table.name: table for table in _ALL}

# What SQLAlchemy has no words for.
EXTRA_DDL = (
    "CREATE TRIGGER reviews_are_never_changed BEFORE UPDATE ON reviews "
    "BEGIN SELECT RAISE(ABORT, 'a review log entry is never changed'); END",
    # Yields candidates only, so it keeps neither texts nor positions nor sizes. The texts are folded already.
    "CREATE VIRTUAL TABLE note_index USING fts5"
    "(text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')",
)

FILL_MEMORY = "UPDATE cards SET stability = ?, difficulty = ?, last_answer_ms = ? WHERE id = ? AND "
