"""Cards and reviews of an import, and the daily counts that the reviews add."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.exchange import ExchangeCard, StoredReviews
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import cards, reviews
from mlsd_cards.store.schema import CardRow
from mlsd_cards.study.days import Day
from mlsd_cards.study.import_decks import DeckPlaces, deck_of
from mlsd_cards.study.import_known import free_ids
from mlsd_cards.study.import_memory import left_for_later, remembering
from mlsd_cards.study.import_plan import Plan
from mlsd_cards.study.import_rows import ReviewCounts, card_row, count_reviews, new_card_row

if TYPE_CHECKING:
    import sqlite3

    from mlsd_cards.store.transaction import Transaction


def missing_cards(
    conn: "sqlite3.Connection", plan: Plan, note_ids: Mapping[int, NoteId]
) -> list[ExchangeCard]:
    """Return the cards of the file that its notes do not have here, under the numbers of the templates here.

    `note_ids` gives the notes here by those of the file.
    """
    have = cards.ordinals_of_notes(conn, {each.note.id for each in plan.matched})
    renumbered = {key for key, choice in plan.types.items() if choice.ordinals is not None}
    types = {note.id: note.note_type_id for note in plan.data.notes} if renumbered else {}
    missing = []
    for card in plan.data.cards:
        note_id = note_ids.get(card.note_id)
        if note_id is None:
            continue
        if types.get(card.note_id) in renumbered:
            card = card._replace(ordinal=plan.types[types[card.note_id]].ordinal(card.ordinal))
        if not have or card.ordinal not in have.get(note_id, ()):
            missing.append(card)
    return missing


@dataclass(slots=True, kw_only=True)
class CardWriter:
    """Writes the cards and reviews of an import. `note_ids` gives the notes here by those of the file."""

    tx: "Transaction"
    plan: Plan
    note_ids: Mapping[int, NoteId]
    places: DeckPlaces
    now_ms: int
    today: int
    boundary: DayBoundary
    scheduling: bool
    progress: Progress

    def run(self) -> None:
        """Write cards, then their reviews."""
        wanted = missing_cards(self.tx.conn, self.plan, self.note_ids)
        wanted.sort(key=lambda card: (card.state != "new", card.position, card.id))
        if self.scheduling and not left_for_later(self.tx, wanted):
            wanted = self._remembering(wanted)
        keys = [card.id for card in wanted]
        newest = max(self.now_ms, cards.newest_card_id(self.tx.conn))
        ids = free_ids(keys, cards.known_ids(self.tx.conn, keys), newest)
        first = cards.highest_position(self.tx.conn) + 1
        rows = [
            self._row(card, ids[card.id], position)
            for card, position in zip(wanted, _positions(wanted, first), strict=True)
        ]
        last = max((row.position for row in rows), default=first - 1)
        rows += self._made(max([newest, *ids.values()]), last)
        self.progress("Writing cards", 0, len(rows))
        cards.add_rows(self.tx, sorted(rows))  # in the order of their key they are written twice as fast
        if self.scheduling:
            placed = {card.id: DeckId(row.deck_id) for card, row in zip(wanted, rows, strict=False)}
            self._reviews(ids, placed)
            self._go_on()

    def _go_on(self) -> None:
        """Write the newer progress of cards that are here, which stay in their decks and places."""
        if not self.plan.newer_reviews:
            return
        conn, entries = self.tx.conn, self.plan.newer_reviews
        mine = cards.cards_by_ids(conn, {CardId(entry.card_id) for entry in entries})
        newer = {
            key: card._replace(id=key, deck_id=mine[key].deck_id)
            for key, card in self.plan.newer_cards.items()
        }
        options = self.places.options
        day = Day(boundary=self.boundary, now_ms=self.now_ms, number=self.today)
        told = remembering(
            list(newer.values()), entries, lambda card: options[mine[CardId(card.id)].deck_id], day
        )
        rows = []
        for card in told:
            before = mine[CardId(card.id)]
            scheduler = options[before.deck_id].scheduler
            row = card_row(
                card,
                card.id,
                before.note_id,
                before.deck_id,
                before.position,
                self.boundary,
                self.today,
                scheduler,
            )
            rows.append(row._replace(ordinal=before.ordinal, created_ms=before.created_ms))
        self.tx.put(CardRow, rows)
        reviews.add_foreign(self.tx, map(tuple, entries))
        decks = {int(key): card.deck_id for key, card in mine.items()}
        reviews.count_answers(self.tx, count_reviews(decks, entries, self.boundary, self.today))

    def _deck(self, card: ExchangeCard) -> DeckId:
        key = deck_of(card, scheduling=self.scheduling)
        return self.places.ids.get(key, self.places.ids[0])

    def _remembering(self, wanted: list[ExchangeCard]) -> list[ExchangeCard]:
        self.progress("Working out what you remember", 0, 0)
        day = Day(boundary=self.boundary, now_ms=self.now_ms, number=self.today)
        options = self.places.options
        return remembering(wanted, self.plan.data.reviews, lambda card: options[self._deck(card)], day)

    def _row(self, card: ExchangeCard, card_id: int, position: int) -> CardRow:
        deck_id = self._deck(card)
        note_id = self.note_ids[card.note_id]
        if not self.scheduling:
            made_ms = card.created_ms or self.now_ms
            return new_card_row(card_id, note_id, deck_id, card.ordinal, position, made_ms)
        scheduler = self.places.options[deck_id].scheduler
        return card_row(card, card_id, note_id, deck_id, position, self.boundary, self.today, scheduler)

    def _made(self, newest: int, position: int) -> Iterator[CardRow]:
        """Yield a row for each card that notes ask for whose cards the file does not list."""
        plan = self.plan
        touched = plan.changed if plan.data.makes_cards else []
        have = cards.ordinals_of_notes(self.tx.conn, {each.note.id for each in touched})
        changed = [(each.foreign, each.note.id, each.note.fields, each.note.tags) for each in touched]
        new = [
            (each.foreign, self.note_ids[each.foreign.id], each.fields, each.tags)
            for each in plan.new_without_cards()
        ]
        for foreign, note_id, fields, tags in (*new, *changed):
            position += 1
            deck_id = self.places.ids.get(foreign.deck_id, self.places.ids[0])
            for ordinal in plan.ordinals(foreign, fields, tags):
                if ordinal not in have.get(note_id, ()):
                    newest += 1
                    yield new_card_row(newest, note_id, deck_id, ordinal, position, self.now_ms)

    def _reviews(self, ids: Mapping[int, int], placed: Mapping[int, DeckId]) -> None:
        """Write the reviews of the cards that came, whose ids here and decks are given by those of the file."""
        entries: Sequence[tuple[Any, ...]] = self.plan.data.reviews
        all_come = len(ids) == len(self.plan.data.cards)
        are_mine = all(key == here for key, here in ids.items())
        if isinstance(entries, StoredReviews):
            news = not reviews.any_between(self.tx.conn, entries.first, entries.last)
            if all_come and are_mine and news:
                self._whole_log(entries, placed)
                return
        known = reviews.known_ids(self.tx.conn, [entry[0] for entry in entries])
        if known or not all_come:
            entries = [entry for entry in entries if entry[1] in ids and entry[0] not in known]
        if entries:
            self.progress("Writing reviews", 0, len(entries))
            counts = count_reviews(placed, entries, self.boundary, self.today)
            if not are_mine:
                entries = [(entry[0], ids[entry[1]], *entry[2:]) for entry in entries]
            reviews.add_foreign(self.tx, entries)
            reviews.count_answers(self.tx, counts)

    def _whole_log(self, entries: StoredReviews, placed: Mapping[int, DeckId]) -> None:
        """Write a log that comes as it is in the file, a portion at a time."""
        counting = ReviewCounts(placed, entries.last, self.boundary, self.today, entries.kinds)
        numbers = self._counted(entries, counting)
        reviews.add_numbered(self.tx, numbers, entries.kinds, entries.first, entries.last)
        reviews.count_answers(self.tx, counting.by_day())

    def _counted(self, entries: StoredReviews, counting: ReviewCounts) -> Iterator[tuple[int, ...]]:
        done, total = 0, len(entries)
        for batch in entries.batches():
            self.progress("Writing reviews", done, total)
            counting.add(batch)
            done += len(batch)
            yield from batch


def _positions(wanted: list[ExchangeCard], first: int) -> Iterator[int]:
    """Yield the place of each card among new ones; siblings that share one in the file share it here too."""
    before: tuple[int, int] | None = None
    place = first - 1
    for card in wanted:
        now = (card.position, card.note_id)
        if now != before:
            place += 1
        before = now
        yield place
