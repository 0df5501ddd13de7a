"""Small collections to study with: decks, note types and cards in any state, under a clock that stands still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mlsd_cards.domain.cards import Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, Template
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import TABLES, NoteTextRow, UndoStepRow
from mlsd_cards.study import Clock, Collection, FixedClock, StudySession

MADE = datetime(2026, 1, 1, 9, tzinfo=UTC)  # when collections are made: day 0
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = 60
NEW_CARD = Schedule()
THREE_SIDED = NoteTypeId(1)


@dataclass(frozen=True)
class Made:
    """One note: its deck, and the schedule of each of its cards (at most three)."""

    schedules: Sequence[Schedule] = (NEW_CARD,)
    deck: int = 1
    tags: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def empty_collection(home: Path, clock: Clock | None = None, made: datetime = MADE) -> Collection:
    """A collection without the built-in decks, made on day 0."""
    store = Store.open(home, now_ms=ms(made), zone_offset_minutes=0)
    return Collection(store, clock or FixedClock(NOW))


def fill(
    collection: Collection,
    notes_made: Sequence[Made],
    deck_options: Mapping[str, Options] | None = None,
) -> None:
    """Put decks (numbered from 1), each with a preset of its own, and notes with cards into a collection.

    Card ids are 10 × note number + card number, note numbers start at 1. There is nothing to undo afterwards.
    """
    named = deck_options or {"Deck": Options()}
    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        notes.put_note_type(tx, three_sided())
        for number, (name, options) in enumerate(named.items(), 1):
            decks.put_preset(tx, Preset(id=PresetId(number), name=name, options=options))
            decks.put_deck(tx, Deck(id=DeckId(number), name=name, preset_id=PresetId(number)))
        for number, made in enumerate(notes_made, 1):
            notes.put_notes(tx, [a_note(number, made.tags)])
            cards.put_cards(tx, made_cards(number, made))


def three_sided() -> NoteType:
    """A note type that makes three cards."""
    return NoteType(
        id=THREE_SIDED,
        name="Three-sided",
        fields=tuple(Field(name=name) for name in ("One", "Two", "Three")),
        templates=tuple(
            Template(name=f"Card {i}", front=f"{i}: {{{{{name}}}}}", back="{{FrontSide}}<hr>{{Two}} {{Tags}}")
            for i, name in enumerate(("One", "Two", "Three"), 1)
        ),
    )


def a_note(number: int, tags: Sequence[str] = ()) -> Note:
    """Note `number`, with its number in each field."""
    return Note(
        id=NoteId(number),
        guid=f"guid{number}",
        note_type_id=THREE_SIDED,
        fields=(f"one {number}", f"two {number}", f"three {number}"),
        tags=tuple(tags),
        created_ms=ms(MADE),
        modified_ms=ms(MADE),
    )


def made_cards(number: int, made: Made) -> list[Card]:
    """The cards of note `number`."""
    return [
        replace(
            Card(
                id=CardId(10 * number + ordinal),
                note_id=NoteId(number),
                deck_id=DeckId(made.deck),
                ordinal=ordinal,
                position=number,
                schedule=schedule,
                created_ms=ms(MADE),
            ),
            **made.more,
        )
        for ordinal, schedule in enumerate(made.schedules)
    ]


def due(day: int = TODAY, interval: int = 5, **more: Any) -> Schedule:
    """A review card due on `day`, as `sm2` keeps it."""
    values: dict[str, Any] = {"ease_permille": 2500, "repetitions": 2, "reps": 3} | more
    return Schedule(state=CardState.REVIEW, due_day=day, interval_days=interval, **values)


def learning(due_at: datetime, **more: Any) -> Schedule:
    """A card in its learning steps."""
    values: dict[str, Any] = {"steps_left": 1, "reps": 1} | more
    return Schedule(state=CardState.LEARNING, due_at_ms=ms(due_at), **values)


def interday(day: int = TODAY, **more: Any) -> Schedule:
    """A learning card of an earlier day."""
    values: dict[str, Any] = {"steps_left": 1, "reps": 1} | more
    return Schedule(state=CardState.LEARNING, due_day=day, **values)


def dump(collection: Collection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the undo steps, to compare two states of a collection."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with collection.store.read() as conn:
        for row, table in TABLES.items():
            if row is not UndoStepRow:
                columns = "note_id, text" if row is NoteTextRow else table.column_list
                found[table.name] = conn.execute(
                    f"SELECT {columns} FROM {table.name} ORDER BY 1, 2"
                ).fetchall()
    return found


def ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def wait(collection: Collection, **time: float) -> None:
    """Move the fixed clock on."""
    assert isinstance(collection.clock, FixedClock)
    collection.clock.set(collection.clock.now() + timedelta(**time))


def shown(session: StudySession) -> int:
    """The id of the card on show."""
    card = session.current
    assert card is not None
    return int(card.card_id)


def tags(collection: Collection, note: int) -> tuple[str, ...]:
    """The tags of a note."""
    with collection.store.read() as conn:
        return notes.note(conn, NoteId(note)).tags
