"""The rows of a written Anki package: notes, cards with their schedules, reviews.

Source: ankitects/anki rslib/src/storage/schema11.sql, storage/card/data.rs, scheduler/, revlog/mod.rs.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from mlsd_cards.domain.cards import Buried, CardState
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeNote,
    WriteOptions,
)
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteType
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.formats.apkg_collection import Collection
from mlsd_cards.formats.apkg_ids import Unique, is_past, moment
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.rendering.text import strip_html

NOTE_COLUMNS, CARD_COLUMNS, REVIEW_COLUMNS = 11, 18, 9
Row = tuple[Any, ...]

_USN = -1  # not yet synchronised
_NEW, _LEARN, _REVIEW, _RELEARN = range(4)
_TYPES = {
    CardState.NEW.value: _NEW,
    CardState.LEARNING.value: _LEARN,
    CardState.REVIEW.value: _REVIEW,
    CardState.RELEARNING.value: _RELEARN,
}
_NEW_QUEUE, _LEARN_QUEUE, _REVIEW_QUEUE, _DAY_LEARN_QUEUE = range(4)
_SUSPENDED = -1
_BURIED = {Buried.SIBLING.value: -2, Buried.BY_HAND.value: -3}
KINDS = {
    ReviewKind.LEARN.value: 0,
    ReviewKind.REVIEW.value: 1,
    ReviewKind.RELEARN.value: 2,
    ReviewKind.EARLY.value: 3,
    ReviewKind.DRILL.value: 3,
    ReviewKind.MANUAL.value: 4,
    ReviewKind.RESCHEDULED.value: 5,
}
_DRILL = ReviewKind.DRILL.value
CRAMMING, MANUAL = 3, 4  # kinds of review in the package; an answer of kind 3 with factor 0 is cramming
_STARTING_EASE = 2500  # for a card with an interval that never had an ease
_OF_PROGRESS = frozenset({"marked", "leech"})  # tags that Anki takes off where progress is left out
_NO_DATA = "{}"
_MANY = 1_000_000


class Rows:
    """Rows of one package, each table in the order of its ids. Ids of the data never leave this class."""

    def __init__(self, data: ExchangeData, collection: Collection, options: WriteOptions) -> None:
        self.data = data
        self.collection = collection
        self.options = options
        self.cards = _complete(data, collection.note_types)
        self.note_ids = _ids(data.notes, options.now_ms)
        self.card_ids = _ids(self.cards, options.now_ms)
        self.last_answers: dict[int, int | None] = {}  # in seconds, by card; filled while `reviews` is read

    @cached_property
    def positions(self) -> dict[int, int]:
        """For each note the place of its cards among the new ones."""
        return _positions(self.cards)

    @property
    def next_position(self) -> int:
        """The position that the next new card would get."""
        if self.options.scheduling:
            return max((card.position for card in self.cards), default=0) + 1
        return max(self.positions.values(), default=0) + 1

    def notes(self) -> Iterator[Row]:
        """Yield the rows of `notes`."""
        note_type_ids = self.collection.note_type_ids
        note_types = self.collection.note_types
        now_s = self.collection.now_s
        for note in sorted(self.data.notes, key=lambda note: self.note_ids[note.id]):
            note_type = note_types[note.note_type_id]
            fields = _fields(note, note_type)
            first = strip_html(fields[0])
            place = min(note_type.sort_field, len(fields) - 1)
            yield (
                self.note_ids[note.id],
                note.guid or _guid(note_type, fields),
                note_type_ids[note.note_type_id],
                note.modified_ms // 1000 or now_s,
                _USN,
                self._tags(note),
                FIELD_SEPARATOR.join(fields),
                strip_html(fields[place]) if place else first,
                int.from_bytes(hashlib.sha1(first.encode()).digest()[:4], "big"),
                0,
                "",
            )

    def _tags(self, note: ExchangeNote) -> str:
        tags = note.tags
        if not self.options.scheduling:
            tags = tuple(tag for tag in tags if tag.casefold() not in _OF_PROGRESS)
        return f" {' '.join(tags)} " if tags else ""

    def card_rows(self) -> Iterator[Row]:
        """Yield the rows of `cards`."""
        make = self._studied if self.options.scheduling else self._new
        now_s = self.collection.now_s
        for card in sorted(self.cards, key=lambda card: self.card_ids[card.id]):
            yield (
                self.card_ids[card.id],
                self.note_ids[card.note_id],
                self.collection.deck_id(card.deck_id),
                card.ordinal,
                card.modified_ms // 1000 or now_s,
                _USN,
                *make(card),
            )

    def _new(self, card: ExchangeCard) -> Row:
        """Return the columns from `type` on of a card that nobody has seen."""
        return _NEW, _NEW_QUEUE, _new_due(self.positions[card.note_id]), 0, 0, 0, 0, 0, 0, 0, 0, _NO_DATA

    def _studied(self, card: ExchangeCard) -> Row:
        """Return the columns from `type` on of a card with its schedule."""
        kind = _TYPES[card.state]
        queue, due = self._due(card, kind)
        if card.suspended:
            queue = _SUSPENDED
        elif card.buried:
            queue = _BURIED[card.buried]
        ease = card.ease_permille
        if kind in (_REVIEW, _RELEARN):
            ease = ease or _STARTING_EASE
        return (
            kind,
            queue,
            due,
            card.interval_days,
            ease,
            card.reps,
            card.lapses,
            card.steps_left if kind in (_LEARN, _RELEARN) else 0,
            0,
            0,
            card.flag,
            _NO_DATA if kind == _NEW else self._card_data(card),
        )

    def _due(self, card: ExchangeCard, kind: int) -> tuple[int, int]:
        """Return the columns `queue` and `due`, as if the card were neither suspended nor buried."""
        if kind == _NEW:
            return _NEW_QUEUE, _new_due(card.position)
        if card.due_at_ms is not None and kind != _REVIEW:
            return _LEARN_QUEUE, card.due_at_ms // 1000
        date = card.due_date
        if date is None:  # a review is due on a day
            date = (
                self.options.created_date
                + ((card.due_at_ms or 0) // 1000 - self.collection.created_s) // 86_400
            )
        queue = _REVIEW_QUEUE if kind == _REVIEW else _DAY_LEARN_QUEUE
        return queue, date - self.options.created_date

    def _card_data(self, card: ExchangeCard) -> str:
        """Return the column `data`: place when new, FSRS memory, moment of the last answer."""
        data = f'{{"pos":{card.position}'
        if card.stability is not None and card.difficulty is not None:
            data += f',"s":{card.stability!r},"d":{card.difficulty!r}'
        answered = None if card.last_answer_ms is None else card.last_answer_ms // 1000
        answered = self.last_answers.get(card.id, answered)
        if answered is not None:
            data += f',"lrt":{answered}'
        return data + "}"

    def reviews(self) -> Iterator[Row]:
        """Yield the rows of `revlog`; those of cards that are not in the data are left out.

        Must be read before `card_rows`: the last answer that counted is that of the log, as Anki's check of the
        database demands. Source: ankitects/anki rslib/src/scheduler/fsrs/memory_state.rs.
        """
        cards, last_answers = self.card_ids, self.last_answers
        last = 0
        for number, card_id, rating, kind, interval, last_interval, factor, milliseconds in sorted(
            self.data.reviews
        ):
            if card_id not in cards:
                continue
            last = number if number > last else last + 1  # ids differ, as they do in a collection
            code = KINDS[kind]
            if kind == _DRILL:
                factor = 0
            if rating and (factor or code != CRAMMING):
                last_answers[card_id] = last // 1000
            elif code == MANUAL and not factor:
                last_answers[card_id] = None
            else:
                last_answers.setdefault(card_id, None)
            yield last, cards[card_id], _USN, rating, interval, last_interval, factor, milliseconds, code


def _complete(data: ExchangeData, note_types: Mapping[int, NoteType]) -> list[ExchangeCard]:
    """Return the cards, with those that the data leaves to the note types."""
    cards = list(data.cards)
    listed = {card.note_id for card in cards}
    free = min((card.id for card in cards), default=0) - 1  # ids below all others
    for number, note in enumerate(data.notes, 1):
        if note.id not in listed:
            for ordinal in card_ordinals(note_types[note.note_type_id], note.fields, at_least_one=True):
                cards.append(
                    ExchangeCard(
                        free, note.id, note.deck_id, ordinal, position=number, created_ms=note.created_ms
                    )
                )
                free -= 1
    return cards


def _ids(items: Sequence[ExchangeNote] | Sequence[ExchangeCard], now_ms: int) -> dict[int, int]:
    """Return the ids that notes or cards get in the package, by their ids in the data."""
    if all(is_past(item.id, now_ms) for item in items):
        return {item.id: item.id for item in items}
    unique = Unique()
    return {item.id: unique.take(moment(item.id, item.created_ms, now_ms)) for item in items}


def _positions(cards: Sequence[ExchangeCard]) -> dict[int, int]:
    """Return for each note the place of its cards among the new ones, from 1."""
    order = sorted(range(len(cards)), key=lambda place: (cards[place].position, place))
    positions: dict[int, int] = {}
    for place in order:
        positions.setdefault(cards[place].note_id, len(positions) + 1)
    return positions


def _fields(note: ExchangeNote, note_type: NoteType) -> list[str]:
    """Return as many fields as the note type has, none with the sign that separates them in a row."""
    wanted = len(note_type.fields)
    fields = [
        field.replace(FIELD_SEPARATOR, " ") if FIELD_SEPARATOR in field else field
        for field in note.fields[:wanted]
    ]
    return fields + [""] * (wanted - len(fields))


def _guid(note_type: NoteType, fields: Sequence[str]) -> str:
    import genanki

    guid: str = genanki.guid_for(note_type.name, *fields)
    return guid


def _new_due(position: int) -> int:
    """Return a new card's `due`; Anki keeps positions from a million on within one million."""
    return position if position < _MANY else _MANY + position % _MANY
