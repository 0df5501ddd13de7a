"""Reads the cards of an Anki collection with their schedules.

Source: ankitects/anki rslib/src/storage/card/mod.rs and data.rs, rslib/src/scheduler/filtered/card.rs,
rslib/src/scheduler/upgrade.rs, rslib/src/import_export/gather.rs.
"""

import datetime
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mlsd_cards.domain.cards import Buried, CardState
from mlsd_cards.domain.exchange import ExchangeCard
from mlsd_cards.domain.notes import NoteType, NoteTypeKind
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_decks import DEFAULT_DECK, ForeignDeck
from mlsd_cards.formats.anki_notes import Notes
from mlsd_cards.formats.anki_place import counted
from mlsd_cards.formats.anki_rows import Integer, Text, TypedRows, usable_ids
from mlsd_cards.formats.anki_schema import Schema
from mlsd_cards.formats.foreign_db import ForeignDatabase

_COLUMNS = (
    Integer("id"),
    Integer("nid"),
    Integer("did"),
    Integer("ord", 0, 2**16 - 1),
    Integer("mod", 0, 2**38),
    Integer("type", 0, 3),
    Integer("queue", -3, 4),
    Integer("due", -(2**31), 2**32),
    Integer("ivl", 0, 1_000_000),
    Integer("factor", 0, 2**16 - 1),
    Integer("reps", 0, 1_000_000_000),
    Integer("lapses", 0, 1_000_000_000),
    Integer("left", 0, 2**31 - 1),
    Integer("odue", -(2**31), 2**32),
    Integer("odid"),
    Integer("flags"),
    Text("data"),
)
_NEW, _LEARN, _REVIEW, _RELEARN = range(4)
_SUSPENDED, _BURIED_BY_SCHEDULER, _BURIED_BY_HAND = -1, -2, -3
_NEW_QUEUE, _LEARN_QUEUE, _DAY_LEARN_QUEUE = 0, 1, 3
_STATES = tuple(
    state.value for state in (CardState.NEW, CardState.LEARNING, CardState.REVIEW, CardState.RELEARNING)
)
_BURIED = {_BURIED_BY_SCHEDULER: Buried.SIBLING.value, _BURIED_BY_HAND: Buried.BY_HAND.value}
_LAST_ORDINAL = datetime.date.max.toordinal()
_UNIX_TIME = 1_000_000_000  # a larger `due` of a learning card is a moment, not a day
_CLOZE_CARDS = 499
_DAY_MS = 86_400_000
_REPORT_EVERY = 10_000
_NO_DATA = (b"", b"{}")
_FLAGS = 7


class CardRow(NamedTuple):
    """A row of Anki's table `cards`."""

    id: int
    nid: int
    did: int
    ord: int
    mod: int
    type: int
    queue: int
    due: int
    ivl: int
    factor: int
    reps: int
    lapses: int
    left: int
    odue: int
    odid: int
    flags: int
    data: bytes


@dataclass(slots=True, kw_only=True)
class CardTable:
    """The rows of the table `cards`, read but not yet turned into cards."""

    rows: list[CardRow]
    homes: dict[tuple[int, int], int]  # (did, odid) → deck that the card belongs to
    replaced: int

    def first_decks(self) -> dict[int, int]:
        """Return the home deck of each note's first card by the note's id in the file."""
        first: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            known = first.get(row.nid)
            if known is None or row.ord < known[0]:
                first[row.nid] = (row.ord, self.homes[row.did, row.odid])
        return {note_id: deck_id for note_id, (_ordinal, deck_id) in first.items()}

    def used_decks(self) -> set[int]:
        """Return the ids of all decks that cards lie in or belong to."""
        pairs = {(row.did, row.odid) for row in self.rows}
        return {deck for pair in pairs for deck in (*pair, self.homes[pair])} - {0}

    def has_schedule(self) -> bool:
        """Whether any card has been studied, suspended or buried."""
        return any(row.queue != _NEW_QUEUE for row in self.rows)


@dataclass(slots=True, kw_only=True)
class Cards:
    """The cards of a file, and sentences about what was left out or repaired."""

    cards: list[ExchangeCard] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_card_table(db: ForeignDatabase, schema: Schema, *, most: int = limits.CARDS) -> CardTable:
    """Return the rows of the table `cards`.

    Raises:
        FileFormatError: `limit` or `damaged`.
    """
    rows = TypedRows(db, "cards", _COLUMNS, most=most, order="id")
    found = list(map(CardRow._make, rows))
    pairs = {(row.did, row.odid) for row in found}
    return CardTable(rows=found, homes=_homes(pairs, schema.decks), replaced=rows.replaced)


def _homes(pairs: set[tuple[int, int]], decks: Mapping[int, ForeignDeck]) -> dict[tuple[int, int], int]:
    """Return where cards belong.

    Cards go home from filtered decks, unless a home deck is missing somewhere in the file: old programs
    wrote such files and meant the filtered deck to become an ordinary one.
    """
    complete = all(
        odid == DEFAULT_DECK or odid in decks if odid else did in decks and not decks[did].deck.filtered
        for did, odid in pairs
    )
    homes = {}
    for did, odid in pairs:
        home = odid if odid and complete else did
        homes[did, odid] = home if home in decks else DEFAULT_DECK
    return homes


@dataclass(slots=True, kw_only=True)
class CardReader:
    """Turns rows into cards."""

    schema: Schema
    table: CardTable
    notes: Notes
    note_types: Mapping[int, NoteType]
    now_ms: int
    problems: Counter[str] = field(default_factory=Counter)
    _next_position: int = 1
    _upgrades: bool = False

    def choose(self) -> tuple[list[CardRow], list[int]]:
        """Return the rows that are cards of the file's notes, and an id for each."""
        chosen = []
        seen: set[tuple[int, int]] = set()
        sizes = {number: _most_cards(note_type) for number, note_type in self.note_types.items()}
        for row in self.table.rows:
            note_type_id = self.notes.note_type_ids.get(row.nid)
            if note_type_id is None or row.ord >= sizes[note_type_id]:
                self.problems["orphan"] += 1
            elif (row.nid, row.ord) in seen:
                self.problems["twice"] += 1
            else:
                seen.add((row.nid, row.ord))
                chosen.append(row)
        ids, self.problems["new id"] = usable_ids([row.id for row in chosen])
        return chosen, ids

    def read(
        self,
        chosen: Sequence[CardRow],
        ids: Sequence[int],
        last_answer: Mapping[int, int],
        progress: Progress,
    ) -> Cards:
        """Return the cards that the rows stand for, with their schedules."""
        self._next_position = self.schema.next_position
        self._upgrades = self.schema.first_scheduler and self.table.has_schedule()
        found = Cards()
        for number, (row, card_id) in enumerate(zip(chosen, ids, strict=True)):
            if not number % _REPORT_EVERY:
                progress("cards", number, len(chosen))
            found.cards.append(self._card(row, card_id, last_answer.get(card_id)))
        found.warnings = self._warnings()
        return found

    def _card(self, row: CardRow, card_id: int, answered: int | None) -> ExchangeCard:
        if self._upgrades and (row.odid or row.type == _REVIEW):
            row = self._upgraded(row)
        home = self.table.homes[row.did, row.odid]
        due = row.odue if row.odid and row.odue else row.due
        data = {} if row.data in _NO_DATA else _json(row.data)
        stability, difficulty = self._memory(data) if data else (None, None)
        card = ExchangeCard(
            card_id,
            self.notes.ids[row.nid],
            home,
            row.ord,
            interval_days=row.ivl,
            ease_permille=row.factor,
            reps=row.reps,
            lapses=row.lapses,
            flag=row.flags & _FLAGS,
            suspended=row.queue == _SUSPENDED,
            buried=_BURIED.get(row.queue, ""),
            created_ms=card_id if card_id <= self.now_ms + _DAY_MS else 0,
            modified_ms=row.mod * 1000,
            filtered_deck_id=row.did if home != row.did and row.did in self.schema.decks else 0,
        )
        if row.type == _NEW:
            return card._replace(position=max(0, due))
        date, moment = self._due(row.type, due)
        return card._replace(
            state=_STATES[row.type],
            position=self._position(data),
            due_date=date,
            due_at_ms=moment,
            steps_left=row.left % 1000 if row.type in (_LEARN, _RELEARN) else 0,
            stability=stability,
            difficulty=difficulty,
            last_answer_ms=self._last_answer(data, answered),
        )

    def _upgraded(self, row: CardRow) -> CardRow:
        """Return a row of Anki's first scheduler as its second one would keep it."""
        if row.type == _REVIEW and row.queue in (_LEARN_QUEUE, _DAY_LEARN_QUEUE):
            row = row._replace(type=_RELEARN)
        deck = self.schema.decks.get(row.did) if row.odid else None
        if deck is not None and deck.deck.filtered and not deck.reschedules and row.type == _LEARN:
            row = row._replace(type=_NEW, queue=_NEW_QUEUE)
        return row

    def _due(self, kind: int, due: int) -> tuple[int | None, int | None]:
        """Return (ordinal of the due date, due moment in milliseconds); one of them is None."""
        if due > _UNIX_TIME:
            if kind != _REVIEW:
                return None, due * 1000
            due = due // 86_400 + datetime.date(1970, 1, 1).toordinal() - self.schema.created_date
        return min(max(self.schema.created_date + due, 1), _LAST_ORDINAL), None

    def _position(self, data: Mapping[str, Any]) -> int:
        position = data.get("pos")
        if isinstance(position, int) and 0 <= position < 2**32:
            return position
        self._next_position += 1
        return self._next_position - 1

    def _last_answer(self, data: Mapping[str, Any], answered: int | None) -> int | None:
        seconds = data.get("lrt")
        if isinstance(seconds, int) and 0 < seconds * 1000 <= self.now_ms + _DAY_MS:
            return seconds * 1000
        return answered

    def _memory(self, data: Mapping[str, Any]) -> tuple[float | None, float | None]:
        stability, difficulty = data.get("s"), data.get("d")
        if stability is None or difficulty is None:
            return None, None
        if not (_is_real(stability) and _is_real(difficulty) and stability > 0):
            self.problems["memory"] += 1
            return None, None
        return min(max(float(stability), 0.001), 36500.0), min(max(float(difficulty), 1.0), 10.0)

    def _warnings(self) -> list[str]:
        problems = self.problems
        sentences = (
            (problems["orphan"], "card", "left out because the file has no note or template for it."),
            (problems["twice"], "card", "left out because its note has the same card twice."),
            (problems["new id"], "card", "given a new number."),
            (problems["memory"], "card", "imported without its FSRS memory, which was not a number."),
            (
                self.table.replaced,
                "value",
                "in cards replaced because it was of the wrong kind or out of range.",
            ),
        )
        return [
            f"{counted(number, noun)} {'was' if number == 1 else 'were'} {what}"
            for number, noun, what in sentences
            if number
        ]


def _most_cards(note_type: NoteType) -> int:
    if note_type.kind is NoteTypeKind.CLOZE:
        return _CLOZE_CARDS + 1
    return len(note_type.templates)


def _json(data: bytes) -> dict[str, Any]:
    """Return what the column `data` holds; nothing where it is broken, as Anki does."""
    if len(data) > 10_000:
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
