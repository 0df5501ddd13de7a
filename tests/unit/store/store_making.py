"""A small collection for the tests of the store: two note types, a few decks, notes with known texts."""

from collections.abc import Sequence
from pathlib import Path

from mlsd_cards.domain.cards import Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.store import cards, decks, notes, reviews
from mlsd_cards.store.collection import Store

NOW_MS = 1_750_000_000_000
BASIC, CLOZE = NoteTypeId(1), NoteTypeId(2)


def basic() -> NoteType:
    return NoteType(
        id=BASIC,
        name="Basic",
        fields=(Field(name="Front"), Field(name="Back")),
        templates=(
            Template(name="Card 1", front="{{Front}}", back="{{Back}}"),
            Template(name="Reverse", front="{{Back}}", back="{{Front}}"),
        ),
    )


def cloze() -> NoteType:
    return NoteType(
        id=CLOZE,
        name="Cloze type",
        kind=NoteTypeKind.CLOZE,
        fields=(Field(name="Text"), Field(name="Back")),
        templates=(Template(name="Gap", front="{{cloze:Text}}", back="{{cloze:Text}}"),),
    )


def a_note(key: int, *fields: str, tags: Sequence[str] = (), note_type: NoteTypeId = BASIC) -> Note:
    return Note(
        id=NoteId(key),
        guid=f"guid{key}",
        note_type_id=note_type,
        fields=fields or (f"front {key}", "back"),
        tags=tuple(tags),
        created_ms=NOW_MS,
        modified_ms=NOW_MS,
    )


def a_card(key: int, note: int | None = None, deck: int = 1, **more: object) -> Card:
    made = Card(
        id=CardId(key),
        note_id=NoteId(key if note is None else note),
        deck_id=DeckId(deck),
        ordinal=0,
        position=key,
        created_ms=NOW_MS,
    )
    from dataclasses import replace

    return replace(made, **more)  # type: ignore[arg-type]


def a_review(key: int, card: int = 1, rating: int = 3) -> ReviewLogEntry:
    return ReviewLogEntry(
        id=ReviewId(key),
        card_id=CardId(card),
        rating=rating,
        kind=ReviewKind.REVIEW,
        interval=3,
        last_interval=1,
        factor=2500,
        milliseconds=4000,
        installation=7,
    )


def due(day: int, **more: object) -> Schedule:
    return Schedule(state=CardState.REVIEW, due_day=day, interval_days=5, ease_permille=2500, **more)  # type: ignore[arg-type]


def open_store(home: Path, **more: object) -> Store:
    return Store.open(home, now_ms=NOW_MS, **more)  # type: ignore[arg-type]


def filled(home: Path, count: int = 5) -> Store:
    """A collection with `count` notes of one card each, in the deck Default; its undo steps are empty."""
    store = open_store(home)
    with store.transaction(Op.OTHER, undoable=False) as tx:
        decks.put_preset(tx, Preset(id=PresetId(1), name="Default", options=Options(new_per_day=7)))
        decks.put_deck(tx, Deck(id=DeckId(1), name="Default", preset_id=PresetId(1)))
        notes.put_note_type(tx, basic())
        notes.put_note_type(tx, cloze())
        notes.put_notes(tx, [a_note(key) for key in range(1, count + 1)])
        cards.put_cards(tx, [a_card(key) for key in range(1, count + 1)])
    return store


def answer(store: Store, card_id: int, now_ms: int = NOW_MS, day: int = 10) -> int:
    """Answer a card as the program does; returns the review's id."""
    from dataclasses import replace

    with store.transaction(Op.ANSWER) as tx:
        before = cards.card(tx.conn, CardId(card_id))
        after = replace(before, schedule=due(day + 3, reps=before.schedule.reps + 1), modified_ms=now_ms)
        key = reviews.next_review_id(tx.conn, now_ms)
        cards.update_card(tx, before, after)
        reviews.add_entry(tx, a_review(key, card_id))
        reviews.count_answer(tx, day, before.deck_id, reviews.REVIEW, 3, 4000)
    return key


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the undo steps, to compare two states of a collection."""
    from mlsd_cards.store.schema import TABLES, NoteTextRow, UndoStepRow

    found: dict[str, list[tuple[object, ...]]] = {}
    with store.read() as conn:
        for row, table in TABLES.items():
            if row is UndoStepRow:
                continue
            columns = "note_id, text" if row is NoteTextRow else table.column_list
            found[table.name] = conn.execute(f"SELECT {columns} FROM {table.name} ORDER BY 1, 2").fetchall()
    return found
