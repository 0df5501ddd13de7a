"""Writes what an import plan says, inside one transaction."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.domain.exchange import ExchangeCard
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.rendering.text import rename_media
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import cards, decks, media, notes, reviews
from mlsd_cards.store.schema import CardRow, NoteRow, ReviewRow
from mlsd_cards.study.import_cards import card_row, count_reviews, new_card_row
from mlsd_cards.study.import_known import free_ids, source_of
from mlsd_cards.study.import_plan import Plan, deck_names_needed
from mlsd_cards.study.merging import digest

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction

DEFAULT_DECK = "Default"
_STEP = 5000


@dataclass(slots=True, kw_only=True)
class Applying:
    """One import while it is written. `cards` and `reviews` count what was added."""

    tx: "Transaction"
    plan: Plan
    home: Path
    now_ms: int
    today: int
    boundary: DayBoundary
    scheduling: bool
    progress: Progress
    source: str = ""
    note_ids: dict[int, NoteId] = field(default_factory=dict)
    deck_ids: dict[int, DeckId] = field(default_factory=dict)
    schedulers: dict[DeckId, str] = field(default_factory=dict)
    card_decks: dict[int, DeckId] = field(default_factory=dict)
    cards: int = 0
    reviews: int = 0

    def run(self) -> None:
        """Write everything, in an order that keeps all references whole."""
        self.source = source_of(self.plan.data)
        self._media()
        self._note_types()
        self._decks()
        data = self.plan.data
        expected = {NoteRow: len(self.plan.new), CardRow: len(data.cards), ReviewRow: len(data.reviews)}
        with self.tx.indexes_later(expected):
            self._notes()
            card_ids = self._cards()
            if self.scheduling:
                self._reviews(card_ids)
        self._changed_notes()
        self._origins()

    # Media and note types

    def _media(self) -> None:
        files = [media.StagedFile(item.name, item.path, item.sha256, item.size) for item in self.plan.media]
        if files:
            self.progress("Copying media", 0, len(files))
            media.move_in(self.tx, self.home, files)

    def _note_types(self) -> None:
        known = notes.note_types(self.tx.conn)
        wanted = [int(nt.id) for nt in self.plan.data.note_types]
        fresh = free_ids(
            [key for key in wanted if self.plan.note_types[key].id not in known], set(known), self.now_ms
        )
        written: dict[tuple[str, ...], NoteType] = {}
        for key, note_type in self.plan.note_types.items():
            if note_type.id in known and known[note_type.id] == note_type:
                continue
            twin = (note_type.name, *note_type.field_names)
            if note_type.id not in known and twin in written:
                self.plan.note_types[key] = written[twin]
                continue
            chosen = note_type.id if note_type.id in known else NoteTypeId(fresh[key])
            note_type = replace(self._renamed(note_type), id=chosen)
            notes.put_note_type(self.tx, note_type)
            self.plan.note_types[key] = written[twin] = note_type

    def _renamed(self, note_type: NoteType) -> NoteType:
        names = self.plan.renamed_media
        if not names:
            return note_type
        templates = tuple(
            replace(each, front=rename_media(each.front, names), back=rename_media(each.back, names))
            for each in note_type.templates
        )
        return replace(note_type, templates=templates, css=rename_media(note_type.css, names))

    # Decks

    def _decks(self) -> None:
        data = self.plan.data
        known = {deck.name.casefold(): deck for deck in decks.decks(self.tx.conn).values()}
        presets = self._presets() if self.scheduling else {}
        filed = {deck.name.casefold(): deck for deck in data.decks}
        needed = deck_names_needed(deck.name for deck in data.decks) or [DEFAULT_DECK]
        following = max([self.now_ms, *(deck.id for deck in known.values())])
        for name in needed:
            if name.casefold() in known:
                continue
            following += 1
            foreign = filed.get(name.casefold())
            deck = Deck(
                id=DeckId(following),
                name=name,
                preset_id=presets.get(foreign.preset_id if foreign else 0, self._default_preset()),
                description=foreign.description if foreign else "",
                created_ms=self.now_ms,
            )
            decks.put_deck(self.tx, deck)
            known[name.casefold()] = deck
        first = known[needed[0].casefold()].id
        self.deck_ids = {deck.id: known[deck.name.casefold()].id for deck in data.decks}
        self.deck_ids.setdefault(0, first)
        options = {key: preset.options for key, preset in decks.presets(self.tx.conn).items()}
        self.schedulers = {deck.id: options[deck.preset_id].scheduler for deck in known.values()}

    def _default_preset(self) -> PresetId:
        return min(decks.presets(self.tx.conn))

    def _presets(self) -> dict[int, PresetId]:
        """Return for each preset of the file the one that stands for it here; 0 is for decks without one."""
        known = decks.presets(self.tx.conn)
        following = max([self.now_ms, *known])
        chosen: dict[int, PresetId] = {}
        used = {deck.preset_id for deck in self.plan.data.decks}
        wanted = [
            (preset.id, preset.name, preset.options) for preset in self.plan.data.presets if preset.id in used
        ]
        if any(card.state != "new" for card in self.plan.data.cards):
            wanted.append((0, "Anki", Options(scheduler="anki-sm2")))
        for key, name, options in wanted:
            if options.scheduler not in SCHEDULER_NAMES:
                options = replace(options, scheduler="anki-sm2")
            same = next((p.id for p in known.values() if p.name == name and p.options == options), None)
            if same is None:
                following += 1
                same = PresetId(following)
                known[same] = Preset(id=same, name=name, options=options)
                decks.put_preset(self.tx, known[same])
            chosen[key] = same
        return chosen

    # Notes

    def _notes(self) -> None:
        wanted = [each.foreign.id for each in self.plan.new]
        taken = notes.known_ids(self.tx.conn, wanted)
        ids = free_ids(wanted, taken, max(self.now_ms, notes.newest_note_id(self.tx.conn)))
        self.note_ids = dict(self.plan.matched)
        batch: list[Note] = []
        for number, each in enumerate(self.plan.new):
            foreign = each.foreign
            note_id = ids[foreign.id]
            self.note_ids[foreign.id] = note_id
            batch.append(
                Note(
                    id=note_id,
                    guid=foreign.guid or uuid.uuid4().hex[:10],
                    note_type_id=self.plan.note_types[each.note_type_id].id,
                    fields=each.fields,
                    tags=each.tags,
                    created_ms=foreign.created_ms or self.now_ms,
                    modified_ms=foreign.modified_ms or self.now_ms,
                )
            )
            if len(batch) == _STEP:
                self.progress("Writing notes", number + 1, len(self.plan.new))
                notes.add_notes(self.tx, batch)
                batch = []
        notes.add_notes(self.tx, batch)

    def _changed_notes(self) -> None:
        changed = [replace(each.note, modified_ms=self.now_ms) for each in self.plan.changed]
        notes.put_notes(self.tx, changed)

    def _origins(self) -> None:
        tags_of = {each.foreign.id: each.tags for each in self.plan.new}
        fresh = [
            (
                self.note_ids[each.foreign.id],
                notes.Origin(tuple(map(digest, each.fields)), tags_of[each.foreign.id]),
            )
            for each in self.plan.new
            if each.foreign.guid
        ]
        old = notes.note_origins(self.tx.conn, self.source)
        notes.add_origins(self.tx, self.source, [item for item in fresh if item[0] not in old])
        notes.put_origins(self.tx, self.source, [item for item in fresh if item[0] in old])
        seen = []
        for foreign, note_id in [*((c.foreign, c.note.id) for c in self.plan.changed), *self.plan.unchanged]:
            if foreign.guid:
                texts = [rename_media(text, self.plan.renamed_media) for text in foreign.fields]
                origin = notes.Origin(tuple(map(digest, texts)), foreign.tags)
                before = old.get(note_id)
                if before is None or (before.fields, before.tags) != (origin.fields, origin.tags):
                    seen.append((note_id, origin))
        if self.plan.changed or self.plan.new:
            notes.put_origins(self.tx, self.source, seen)

    # Cards and reviews

    def _cards(self) -> dict[int, CardId]:
        data = self.plan.data
        have = cards.ordinals_of_notes(self.tx.conn, self.plan.matched.values())
        wanted = [
            card
            for card in data.cards
            if card.note_id in self.note_ids and card.ordinal not in have.get(self.note_ids[card.note_id], ())
        ]
        ids = self._card_ids([card.id for card in wanted])
        position = cards.highest_position(self.tx.conn)
        make: Callable[[ExchangeCard, int], CardRow] = self._row_maker(ids)
        rows: list[CardRow] = []
        for card in sorted(wanted, key=lambda each: (each.state != "new", each.position, each.id)):
            position += 1
            rows.append(make(card, position))
        if data.makes_cards:
            rows += self._made_cards(have, position)
        self.progress("Writing cards", 0, len(rows))
        self.cards = cards.add_rows(self.tx, rows)
        self.card_decks = {row.id: DeckId(row.deck_id) for row in rows}
        return {key: CardId(value) for key, value in ids.items()}

    def _card_ids(self, wanted: list[int]) -> dict[int, NoteId]:
        start = max(self.now_ms, cards.newest_card_id(self.tx.conn))
        return free_ids(wanted, cards.known_ids(self.tx.conn, wanted), start)

    def _row_maker(self, ids: dict[int, NoteId]) -> Callable[[ExchangeCard, int], CardRow]:
        def make(card: ExchangeCard, position: int) -> CardRow:
            deck_id = self.deck_ids.get(card.deck_id, self.deck_ids[0])
            note_id = self.note_ids[card.note_id]
            if not self.scheduling:
                return new_card_row(
                    ids[card.id], note_id, deck_id, card.ordinal, position, card.created_ms or self.now_ms
                )
            return card_row(
                card,
                ids[card.id],
                note_id,
                deck_id,
                position,
                self.boundary,
                self.today,
                self.schedulers[deck_id],
            )

        return make

    def _made_cards(self, have: dict[NoteId, dict[int, CardId]], position: int) -> list[CardRow]:
        following = max(self.now_ms, cards.newest_card_id(self.tx.conn))
        changed = ((c.foreign, c.note.fields, c.note.tags) for c in self.plan.changed)
        rows: list[CardRow] = []
        for foreign, fields, tags in (*((n.foreign, n.fields, n.tags) for n in self.plan.new), *changed):
            note_id = self.note_ids[foreign.id]
            note_type = self.plan.note_types[foreign.note_type_id]
            deck_id = self.deck_ids.get(foreign.deck_id, self.deck_ids[0])
            for ordinal in card_ordinals(note_type, fields, tags=tags, at_least_one=True):
                if ordinal in have.get(note_id, ()):
                    continue
                following += 1
                position += 1
                rows.append(new_card_row(following, note_id, deck_id, ordinal, position, self.now_ms))
        return rows

    def _reviews(self, card_ids: dict[int, CardId]) -> None:
        entries = self.plan.data.reviews
        known = reviews.known_ids(self.tx.conn, [entry.id for entry in entries])
        new = tuple.__new__  # a million times: half the time of calling the class
        rows = [
            new(ReviewRow, (number, card_ids[card_id], *others, 0))
            for number, card_id, *others in entries
            if card_id in card_ids and number not in known
        ]
        self.progress("Writing reviews", 0, len(rows))
        self.reviews = reviews.add_rows(self.tx, rows)
        reviews.count_answers(self.tx, count_reviews(self.card_decks, rows, self.boundary, self.today))
