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
from typing import Any

from mlsd_cards.domain.cards import Buried, CardState
from mlsd_cards.domain.exchange import ExchangeCard
from mlsd_cards.domain.notes import NoteType, NoteTypeKind
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_decks import DEFAULT_DECK, ForeignDeck
from mlsd_cards.formats.anki_notes import Notes
from mlsd_cards.formats.anki_place import sentences
from mlsd_cards.formats.anki_rows import Integer, Text, TypedRows, usable_ids
from mlsd_cards.formats.anki_schema import Schema
from mlsd_cards.formats.foreign_db import ForeignDatabase, Row

_COLUMNS = (
    Integer("id"),
    Integer("nid"),
    Integer("did"),
    Integer("ord", 0, 2**16 - 1),
    Integer("mod", 0, limits.SECONDS),
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
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_LAST_ORDINAL = datetime.date.max.toordinal()
_UNIX_TIME = 1_000_000_000  # a larger `due` of a learning card is a moment, not a day
_CLOZE_CARDS = 499
_DAY_MS = 86_400_000
_NO_DATA = (b"", b"{}")
_FLAGS = 7
_JSON = json.JSONDecoder()


class CardTable:
    """The table `cards`: which of its rows are whose cards, before these are made.

    Raises:
        FileFormatError: `limit` or `damaged`.
    """

    def __init__(
        self, db: ForeignDatabase, decks: Mapping[int, ForeignDeck], *, most: int = limits.CARDS
    ) -> None:
        self.rows = TypedRows(db, "cards", _COLUMNS, most=most)
        self._keys = self.rows.collect(list, "id", "nid", "ord", "did", "odid")
        self.homes = _homes({(did, odid) for _id, _nid, _ord, did, odid in self._keys}, decks)
        self.studied = bool(db.value(f"SELECT count(*) FROM cards WHERE queue <> {_NEW_QUEUE}"))

    def first_decks(self) -> dict[int, int]:
        """Return the home deck of each note's first card by the note's id in the file."""
        first: dict[int, tuple[int, int]] = {}
        for _number, note_id, ordinal, did, odid in self._keys:
            known = first.get(note_id)
            if known is None or ordinal < known[0]:
                first[note_id] = (ordinal, self.homes[did, odid])
        return {note_id: deck_id for note_id, (_ordinal, deck_id) in first.items()}

    def used_decks(self) -> set[int]:
        """Return the ids of all decks that cards lie in or belong to."""
        return {deck for pair, home in self.homes.items() for deck in (*pair, home)} - {0}

    def choose(self, notes: Notes, note_types: Mapping[int, NoteType]) -> "Choice":
        """Return which rows are cards of `notes`."""
        sizes = {number: _most_cards(note_type) for number, note_type in note_types.items()}
        chosen: list[int] = []
        numbers: list[int] = []
        seen: set[tuple[int, int]] = set()
        problems: Counter[str] = Counter()
        for place, (number, note_id, ordinal, _did, _odid) in enumerate(self._keys):
            known = notes.ids.get(note_id)
            if known is None or ordinal >= sizes[notes.note_type_ids[known]]:
                problems["orphan"] += 1
            elif (note_id, ordinal) in seen:
                problems["twice"] += 1
            else:
                seen.add((note_id, ordinal))
                chosen.append(place)
                numbers.append(number)
        usable, problems["new id"] = usable_ids(numbers)
        ids = [0] * len(self._keys)
        for place, number in zip(chosen, usable, strict=True):
            ids[place] = number
        self._keys.clear()
        # Where a number stands twice, the first card has it.
        new_ids = dict(zip(reversed(numbers), reversed(usable), strict=True))
        return Choice(ids=ids, new_ids=new_ids, problems=problems)


@dataclass(slots=True, kw_only=True)
class Choice:
    """The id of each row of the table, 0 for those left out; and new ids by those of the file."""

    ids: list[int]
    new_ids: dict[int, int]
    problems: Counter[str]


@dataclass(slots=True, kw_only=True)
class Cards:
    """The cards of a file, and sentences about what was left out or repaired."""

    cards: list[ExchangeCard] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


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
    note_ids: Mapping[int, int]  # by the note's id in the file
    last_answer: Mapping[int, int]  # by the card's new id
    now_ms: int
    problems: Counter[str] = field(default_factory=Counter)
    _next_position: int = 1
    _upgrades: bool = False
    _newest: int = 0  # later moments are mistakes

    def read(self, choice: Choice, progress: Progress) -> Cards:
        """Return the chosen cards with their schedules.

        Raises:
            FileFormatError: As `CardTable`.
        """
        self._next_position = self.schema.next_position
        self._newest = self.now_ms + _DAY_MS
        self._upgrades = self.schema.first_scheduler and self.table.studied
        self.problems = choice.problems
        ids = iter(choice.ids)
        done = 0

        def cards_of(batch: Sequence[Row]) -> list[ExchangeCard]:
            nonlocal done
            progress("cards", done, self.table.rows.count)
            done += len(batch)
            return [self._card(row, card_id) for row, card_id in zip(batch, ids, strict=False) if card_id]

        found = Cards(cards=self.table.rows.collect(cards_of))
        found.warnings = self._warnings()
        return found

    def _card(self, row: Row, card_id: int) -> ExchangeCard:
        (
            _,
            nid,
            did,
            ordinal,
            mod,
            kind,
            queue,
            due,
            ivl,
            factor,
            reps,
            lapses,
            left,
            odue,
            odid,
            flags,
            raw,
        ) = row
        if self._upgrades and (odid or kind == _REVIEW):
            kind, queue = self._upgraded(kind, queue, did if odid else 0)
        if odid and odue:
            due = odue
        home = self.table.homes[did, odid]
        filtered = did if home != did and did in self.schema.decks else 0
        hidden = queue == _SUSPENDED, _BURIED.get(queue, "")
        stamps = card_id if card_id <= self._newest else 0, mod * 1000, 0, None, filtered
        head = card_id, self.note_ids[nid], home, ordinal, _STATES[kind]
        if kind == _NEW:
            place = max(0, due), None, None, ivl, factor, 0, reps, lapses, flags & _FLAGS
            return tuple.__new__(ExchangeCard, (*head, *place, *hidden, None, None, None, *stamps))
        data = {} if raw in _NO_DATA else _json(raw)
        date, moment = self._due(kind, due)
        steps = 0 if kind == _REVIEW else left % 1000
        numbers = self._position(data), date, moment, ivl, factor, steps, reps, lapses, flags & _FLAGS
        memory = self._memory(data) if data else (None, None)
        answered = self._last_answer(data, card_id)
        return tuple.__new__(ExchangeCard, (*head, *numbers, *hidden, *memory, answered, *stamps))

    def _upgraded(self, kind: int, queue: int, filtered_deck_id: int) -> tuple[int, int]:
        """Return type and queue of a card of Anki's first scheduler as its second one would keep them."""
        if kind == _REVIEW and queue in (_LEARN_QUEUE, _DAY_LEARN_QUEUE):
            kind = _RELEARN
        deck = self.schema.decks.get(filtered_deck_id)
        if deck is not None and deck.deck.filtered and not deck.reschedules and kind == _LEARN:
            return _NEW, _NEW_QUEUE
        return kind, queue

    def _due(self, kind: int, due: int) -> tuple[int | None, int | None]:
        """Return (ordinal of the due date, due moment in milliseconds); one of them is None."""
        if due > _UNIX_TIME:
            if kind != _REVIEW:
                return None, due * 1000
            due = due // 86_400 + _EPOCH - self.schema.created_date
        return min(max(self.schema.created_date + due, 1), _LAST_ORDINAL), None

    def _position(self, data: Mapping[str, Any]) -> int:
        position = data.get("pos")
        if isinstance(position, int) and 0 <= position < 2**32:
            return position
        self._next_position += 1
        return self._next_position - 1

    def _last_answer(self, data: Mapping[str, Any], card_id: int) -> int | None:
        seconds = data.get("lrt")
        if isinstance(seconds, int) and 0 < seconds * 1000 <= self._newest:
            return seconds * 1000
        return self.last_answer.get(card_id)

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
        return sentences(
            (problems["orphan"], "card", "left out: the file has no note or template for it"),
            (problems["twice"], "card", "left out: its note has the same card twice"),
            (problems["new id"], "card", "given a new number"),
            (problems["memory"], "card", "imported without FSRS memory, which was not a number"),
            (self.table.rows.replaced, "value of cards", "replaced: not a number, or out of range"),
        )


def _most_cards(note_type: NoteType) -> int:
    if note_type.kind is NoteTypeKind.CLOZE:
        return _CLOZE_CARDS + 1
    return len(note_type.templates)


def _json(data: bytes) -> dict[str, Any]:
    """Return what the column `data` holds; nothing where it is broken, as Anki does."""
    if len(data) > 10_000:
        return {}
    try:
        value = _JSON.decode(data.decode())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
