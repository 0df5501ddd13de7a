"""Writes what an import plan says, inside one transaction."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import conflicts, media, notes, settings
from mlsd_cards.store.schema import CardRow, NoteRow, NoteTagRow, NoteTextRow, ReviewRow
from mlsd_cards.study.import_cards import CardWriter
from mlsd_cards.study.import_decks import DeckPlaces
from mlsd_cards.study.import_known import PROGRESS_WANTED, TYPES_SEEN, free_ids, source_of, with_types_seen
from mlsd_cards.study.import_plan import Plan
from mlsd_cards.study.import_types import TypeChoice, TypeSeen, faces_of
from mlsd_cards.study.merging import Seen, digest

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction

_STEP = 10_000


@dataclass(slots=True, kw_only=True)
class Applying:
    """One import while it is written."""

    tx: "Transaction"
    plan: Plan
    home: Path
    now_ms: int
    today: int
    boundary: DayBoundary
    scheduling: bool
    progress: Progress
    note_ids: dict[int, NoteId] = field(default_factory=dict)

    def run(self) -> None:
        """Write everything, in an order that keeps all references whole."""
        data = self.plan.data
        self._media()
        self._note_types()
        places = DeckPlaces(
            self.tx, self.plan, now_ms=self.now_ms, scheduling=self.scheduling, boundary=self.boundary
        )
        new = self.plan.new
        expected = {
            NoteRow: len(new),
            NoteTextRow: len(new),
            NoteTagRow: sum(len(each.tags) for each in new),
            CardRow: len(data.cards),
            ReviewRow: len(data.reviews),
        }
        with self.tx.indexes_later(expected):
            self._notes()
            writer = CardWriter(
                tx=self.tx,
                plan=self.plan,
                note_ids=self.note_ids,
                places=places,
                now_ms=self.now_ms,
                today=self.today,
                boundary=self.boundary,
                scheduling=self.scheduling,
                progress=self.progress,
            )
            writer.run()
        self._changed_notes()

    # Media and note types

    def _media(self) -> None:
        files = [media.StagedFile(item.name, item.path, item.sha256, item.size) for item in self.plan.media]
        if files:
            self.progress("Copying media", 0, len(files))
            media.move_in(self.tx, self.home, files)

    def _note_types(self) -> None:
        known = set(self.plan.known.note_types)
        wanted = [key for key, choice in self.plan.types.items() if choice.note_type.id not in known]
        ids = free_ids(wanted, {int(key) for key in known}, self.now_ms)
        seen: dict[NoteTypeId, TypeSeen] = {}
        by_name: dict[str, NoteType] = {}  # a text file may name one of ours in two spellings
        for key, choice in self.plan.types.items():
            note_type = choice.note_type
            if key in ids and note_type.name in by_name:
                note_type = by_name[note_type.name]
            elif key in ids or choice.before is not None:
                note_type = replace(note_type, id=NoteTypeId(ids.get(key, note_type.id)))
                notes.put_note_type(self.tx, note_type)
                by_name[note_type.name] = note_type
            self.plan.types[key] = replace(choice, note_type=note_type)
            if choice.foreign is not None and self._is_news(note_type.id, choice.foreign):
                seen[note_type.id] = self._type_seen(choice.foreign)
        if seen:
            source = source_of(self.plan.data)
            settings.put(self.tx, TYPES_SEEN, with_types_seen(self.tx.conn, source, seen))
        for choice in self.plan.grown:
            self._stretch_others(choice)

    def _type_seen(self, foreign: NoteType) -> TypeSeen:
        return TypeSeen(faces_of(foreign), foreign.modified_ms if self.plan.data.dated else 0)

    def _is_news(self, note_type_id: NoteTypeId, foreign: NoteType) -> bool:
        before = self.plan.known.types_seen.get(note_type_id)
        return before is None or not self.plan.data.dated or foreign.modified_ms >= before.modified_ms

    def _stretch_others(self, choice: TypeChoice) -> None:
        """Give the notes of a grown note type that the import does not change the fields it got."""
        changed = {each.note.id for each in self.plan.changed}
        count = len(choice.note_type.fields)
        others = notes.iter_notes(self.tx.conn, choice.note_type.id)
        notes.put_notes(
            self.tx,
            [
                replace(note, fields=(*note.fields, *[""] * (count - len(note.fields))))
                for note in others
                if note.id not in changed and len(note.fields) < count
            ],
        )

    # Notes

    def _notes(self) -> None:
        wanted = [each.foreign.id for each in self.plan.new]
        source = source_of(self.plan.data)
        origins = notes.origin_guids(self.tx.conn, source, wanted)
        taken = notes.known_ids(self.tx.conn, wanted)
        for each in self.plan.new:
            if origins.get(NoteId(each.foreign.id), each.foreign.guid) != each.foreign.guid:
                taken.add(each.foreign.id)  # what was seen of another note, deleted since, is kept under it
        ids = free_ids(wanted, taken, max(self.now_ms, notes.newest_note_id(self.tx.conn)))
        self.note_ids = {each.foreign.id: each.note.id for each in self.plan.matched}
        for start in range(0, len(self.plan.new), _STEP):
            self.progress("Writing notes", start, len(self.plan.new))
            some = self.plan.new[start : start + _STEP]
            batch = [
                Note(
                    id=NoteId(ids[each.foreign.id]),
                    guid=each.foreign.guid or os.urandom(5).hex(),
                    note_type_id=self.plan.note_type(each.foreign).id,
                    fields=each.fields,
                    tags=each.tags,
                    created_ms=each.foreign.created_ms or self.now_ms,
                    modified_ms=each.foreign.modified_ms or self.now_ms,
                )
                for each in some
            ]
            notes.add_notes(self.tx, batch)
            self.note_ids.update((each.foreign.id, note.id) for each, note in zip(some, batch, strict=True))
            known_before = [note for note in batch if note.id in origins]
            new = [note for note in batch if note.id not in origins]
            modified = {note.id: each.foreign.modified_ms for each, note in zip(some, batch, strict=True)}
            notes.add_origins(self.tx, source, self._origins(new, modified))
            notes.put_origins(self.tx, source, self._origins(known_before, modified))

    def _origins(self, added: list[Note], modified: dict[NoteId, int]) -> list[tuple[NoteId, notes.Origin]]:
        dated, edition = self.plan.data.dated, self.plan.known.edition
        return [
            (
                note.id,
                _origin(note, Seen(digests(note.fields), note.tags, modified[note.id] * dated, edition)),
            )
            for note in added
        ]

    def _changed_notes(self) -> None:
        notes.put_notes(self.tx, [self._dated(each.note) for each in self.plan.changed])
        seen = self.plan.known.seen
        news = [
            (each.note.id, _origin(each.note, each.seen))
            for each in self.plan.matched
            if each.seen != seen.get(each.note.id)
        ]
        source = source_of(self.plan.data)
        notes.put_origins(self.tx, source, news)
        both = [(each.note.id, conflict) for each in self.plan.matched for conflict in each.conflicts]
        conflicts.put_conflicts(
            self.tx, [conflicts.Conflict(note_id, *conflict, source) for note_id, conflict in both]
        )
        if self.plan.data.reviews:
            wanted = settings.get(self.tx.conn, PROGRESS_WANTED, {})
            news_of_it = {self.plan.known.edition: self.scheduling}
            settings.put(self.tx, PROGRESS_WANTED, {**wanted, **news_of_it})

    def _dated(self, note: Note) -> Note:
        """Return a changed note with the time of its change: the author's, if it is now the author's, else now."""
        mine = self.plan.known.guids.get(note.guid)
        if mine is None or note.modified_ms == mine.modified_ms:
            return replace(note, modified_ms=self.now_ms)
        return note


def digests(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the digests of field texts."""
    return tuple(map(digest, fields))


def _origin(note: Note, seen: Seen) -> notes.Origin:
    return notes.Origin(seen.packed(), seen.tags, note.guid)
