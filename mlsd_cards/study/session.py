"""A sitting: which card is shown, what its answers lead to, and how an answer is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Buried, Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.domain.decks import Deck, Options
from mlsd_cards.domain.errors import InputError, NotFound, StaleCard
from mlsd_cards.domain.reviews import Rating, ReviewId, ReviewLogEntry
from mlsd_cards.scheduling import NextStates, Outcome, SchedulingContext, scheduler
from mlsd_cards.scheduling.fuzz import fuzz_factor
from mlsd_cards.scheduling.gathering import Kind, QueueCard, kind_of
from mlsd_cards.scheduling.queue import DayQueue, siblings_to_bury
from mlsd_cards.store import cards, notes, reviews
from mlsd_cards.study import desk as desks
from mlsd_cards.study.showing import ShownCard, show
from mlsd_cards.study.views import Answered, Counts, Finished

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.collection import Collection

LEECH_TAG = "leech"
_NAMES = {Kind.NEW: "new", Kind.REVIEW: "review"}
_COUNTED = {
    Kind.NEW: reviews.NEW,
    Kind.REVIEW: reviews.REVIEW,
    Kind.INTERDAY: reviews.INTERDAY,
    Kind.INTRADAY: reviews.LEARNING,
    Kind.DRILL: reviews.DRILL,
}


@dataclass(frozen=True, slots=True)
class _Moment:
    """What one answer needs to know of the time and the card's deck."""

    now_ms: int
    today: int
    options: Options
    outcomes: NextStates


class StudySession:
    """A sitting over all decks, or one deck and those below it.

    `current` is the card to show. The list of the day is kept in memory and moved on by answers; anything else
    that changes the collection has it built anew.
    """

    def __init__(self, collection: "Collection", deck: str | None = None) -> None:
        self._collection = collection
        self._deck_name = deck
        self._answered = 0
        self._own_act = False
        self._stale = False
        self._prepared: dict[CardId, ShownCard] = {}
        self._next: dict[int, CardId | None] = {}
        collection.on_changed(self._changed)
        self.refresh()

    # What is shown

    def refresh(self) -> None:
        """Build the day's list anew, and choose the card to show."""
        self._desk = desks.look(self._collection)
        self._chosen: Deck | None = None
        if self._deck_name is not None:
            self._chosen = desks.find_deck(self._desk.decks, self._deck_name)
        self._queue: DayQueue = self._desk.queue(self._chosen)
        self._stale = False
        self._forget_prepared()
        self.current = self._show_current()

    def move_on(self) -> None:
        """Look at the clock: a new day builds a new list, and a waiting learning card may have come due."""
        collection = self._collection
        if self._stale or self._queue.today != collection.today_number():
            self.refresh()
        elif self.current is None:
            self._queue.refresh(collection.clock.now_ms())
            self.current = self._show_current()

    @property
    def counts(self) -> Counts:
        """How many cards are left today."""
        left = self._queue.counts()
        return Counts(new=left.new, learning=left.learning, review=left.review)

    @property
    def progress(self) -> tuple[int, int]:
        """How many answers this sitting has had, and how many there will be if nothing is failed."""
        return self._answered, self._answered + self.counts.total

    def _show_current(self) -> ShownCard | None:
        card_id = self._queue.current()
        if card_id is None:
            self._queue.refresh(self._collection.clock.now_ms())
            card_id = self._queue.current()
        return self._shown(card_id) if card_id is not None else None

    def _shown(self, card_id: CardId) -> ShownCard:
        if card_id in self._prepared:
            return self._prepared[card_id]
        with self._collection.store.read() as conn:
            card = cards.card(conn, card_id)
        kind = (
            self._queue.kind(card_id)
            if card_id in self._queue
            else kind_of(_queue_card(card), self._queue.today)
        )
        moment = self._moment(card)
        deck = self._desk.decks[card.deck_id].name
        named = _NAMES.get(kind, "learning")
        return show(self._collection, card, deck, moment.outcomes, named, self._desk.note_types)

    def _moment(self, card: Card) -> _Moment:
        now_ms = self._collection.clock.now_ms()
        options = self._desk.options(card.deck_id)
        factor = fuzz_factor(card.id, card.schedule.reps) if options.fuzz else None
        until = max(1, -(-(self._desk.next_day_at_ms - now_ms) // 1000))
        context = SchedulingContext(
            now_ms=now_ms,
            today=self._queue.today,
            until_next_day_s=until,
            options=options,
            fuzz_factor=factor,
        )
        outcomes = scheduler(options.scheduler).next_states(card.schedule, context)
        return _Moment(now_ms, self._queue.today, options, outcomes)

    # The next card, prepared while the answer is looked at

    def prepare(self) -> None:
        """Render the card that comes next, for each rating; cheap where it is the same for all four."""
        shown = self.current
        if shown is None:
            return
        siblings = self._siblings_to_bury(shown.card)
        now_ms = self._collection.clock.now_ms()
        for rating in Rating:
            after = _queue_card(shown.card, shown.outcomes[rating].schedule)
            following = self._queue.peek(shown.card_id, after, now_ms, siblings)
            self._next[rating] = following
            if following is not None and following != shown.card_id and following not in self._prepared:
                prepared = self._shown(following)
                _ = prepared.question_page, prepared.answer_page
                self._prepared[following] = prepared

    def peek(self, rating: int) -> ShownCard | None:
        """Return the prepared card that comes after `rating`, None if it was not prepared."""
        following = self._next.get(rating)
        return self._prepared.get(following) if following is not None else None

    def _forget_prepared(self) -> None:
        self._prepared = {}
        self._next = {}

    # Answers

    def answer(self, rating: int, milliseconds: int = 0) -> Answered:
        """Record an answer to `current` and move on. It is on disk when this returns.

        Raises:
            StaleCard: the card changed since it was shown; nothing was recorded.
            InputError: the rating is not 1 to 4, or the clock is far behind.
        """
        shown = self.current
        if shown is None:
            raise NotFound("There is no card to answer.")
        _check_rating(rating)
        if self._queue.today != self._collection.today_number():
            self.refresh()
            raise StaleCard(
                "A new day began while the card was shown; it is shown again with its new intervals."
            )
        return self._store(shown.card, rating, milliseconds, expected=shown.outcomes[rating])

    def answer_card(self, card_id: CardId, rating: int, milliseconds: int = 0) -> Answered:
        """Record an answer to any card, shown or not.

        Raises:
            NotFound: there is no such card. InputError: the rating is not 1 to 4, or the clock is far behind.
        """
        _check_rating(rating)
        if milliseconds < 0:
            raise InputError(f"An answer cannot take {milliseconds} milliseconds.")
        self.move_on()
        if self.current is not None and self.current.card_id == card_id:
            card = self.current.card
        else:
            with self._collection.store.read() as conn:
                card = cards.card(conn, card_id)
        return self._store(card, rating, milliseconds)

    def _store(self, card: Card, rating: int, milliseconds: int, expected: Outcome | None = None) -> Answered:
        if warning := self._collection.clock_warning():
            raise InputError(warning)
        moment = self._moment(card)
        outcome = moment.outcomes[rating]
        if expected is not None and expected.interval != outcome.interval:
            outcome = expected  # near the rollover: what the button said is what is stored
        kind = (
            self._queue.kind(card.id) if card.id in self._queue else kind_of(_queue_card(card), moment.today)
        )
        siblings = self._siblings_to_bury(card)
        after = replace(
            card,
            schedule=outcome.schedule,
            suspended=card.suspended or outcome.suspend,
            buried=Buried.NO,
            buried_until_day=0,
            modified_ms=moment.now_ms,
        )
        milliseconds = min(max(0, milliseconds), moment.options.maximum_answer_seconds * 1000)
        self._own_act = True
        try:
            with self._collection.store.transaction(Op.ANSWER) as tx:
                review = self._write(tx, card, after, outcome, rating, milliseconds, kind, moment)
                self._bury(tx, siblings, moment)
        finally:
            self._own_act = False
        self._answered += 1
        self._move_on_after(card, after, siblings, moment)
        return self._answered_view(review, after, outcome)

    def _write(
        self,
        tx: "Transaction",
        before: Card,
        after: Card,
        outcome: Outcome,
        rating: int,
        milliseconds: int,
        kind: Kind,
        moment: _Moment,
    ) -> ReviewId:
        cards.update_card(tx, before, after)
        entry = ReviewLogEntry(
            id=reviews.next_review_id(tx.conn, moment.now_ms),
            card_id=before.id,
            rating=rating,
            kind=outcome.kind,
            interval=outcome.log_interval,
            last_interval=outcome.log_last_interval,
            factor=outcome.log_factor,
            milliseconds=milliseconds,
            installation=self._collection.store.installation,
        )
        reviews.add_entry(tx, entry)
        reviews.count_answer(tx, moment.today, before.deck_id, _COUNTED[kind], rating, milliseconds)
        if outcome.leech:
            note = notes.note(tx.conn, before.note_id)
            if LEECH_TAG not in {tag.casefold() for tag in note.tags}:
                notes.put_notes(tx, [replace(note, tags=(*note.tags, LEECH_TAG), modified_ms=moment.now_ms)])
        return entry.id

    def _siblings_to_bury(self, card: Card) -> list[CardId]:
        options = self._desk.options(card.deck_id)
        if not (options.bury_new or options.bury_reviews or options.bury_interday_learning):
            return []
        kind = (
            self._queue.kind(card.id)
            if card.id in self._queue
            else kind_of(_queue_card(card), self._queue.today)
        )
        with self._collection.store.read() as conn:
            family = cards.cards_of_notes(conn, [card.note_id]).get(card.note_id, [])
        today = self._queue.today
        siblings = [
            _queue_card(each)
            for each in family
            if each.id != card.id and not each.suspended and each.buried_until_day <= today
        ]
        return siblings_to_bury(kind, siblings, options, today)

    def _bury(self, tx: "Transaction", ids: list[CardId], moment: _Moment) -> None:
        if not ids:
            return
        found = cards.cards_by_ids(tx.conn, ids).values()
        cards.put_cards(
            tx, [replace(card, buried=Buried.SIBLING, buried_until_day=moment.today + 1) for card in found]
        )

    def _move_on_after(self, before: Card, after: Card, siblings: list[CardId], moment: _Moment) -> None:
        back = None if after.suspended else _queue_card(after)
        if before.id in self._queue:
            self._queue.answer(before.id, back, moment.now_ms, siblings)
            following = self._queue.current()
            prepared = self._prepared.get(following) if following is not None else None
            self._forget_prepared()
            if prepared is not None and prepared.card_id != before.id:
                self.current: ShownCard | None = prepared
            else:
                self.current = self._show_current()
        else:
            self.refresh()

    def _answered_view(self, review: ReviewId, after: Card, outcome: Outcome) -> Answered:
        message = ""
        if outcome.leech:
            message = (
                f"This card has been failed {after.schedule.lapses} times. Reword it, split it, or drop it"
                + ("; it is suspended for now." if outcome.suspend else "; it carries the tag “leech”.")
            )
        return Answered(
            review=review,
            card=after.id,
            due=due_text(after.schedule, self._desk.boundary.ordinal_of_day),
            interval=outcome.interval,
            ease=after.schedule.ease_permille,
            leech=outcome.leech,
            message=message,
        )

    # The end

    def finished(self) -> Finished:
        """Return what the finish page says."""
        from mlsd_cards.study import overview

        return overview.finished(self._collection, self._chosen, self._queue)

    def _changed(self, changed: Changed) -> None:
        if not self._own_act:
            self._stale = True


def _check_rating(rating: int) -> None:
    if rating not in (1, 2, 3, 4):
        raise InputError(f"The rating {rating} is not one of 1 (Again), 2 (Hard), 3 (Good), 4 (Easy).")


def _queue_card(card: Card, schedule: Schedule | None = None) -> QueueCard:
    after = schedule or card.schedule
    return QueueCard(
        card.id,
        card.note_id,
        card.deck_id,
        card.ordinal,
        after.state,
        card.position,
        after.due_day,
        after.due_at_ms,
        after.interval_days,
        after.ease_permille,
        after.stability,
        after.difficulty,
        after.reps,
        after.drill_day,
        after.last_answer_ms,
    )


def due_text(schedule: Schedule, ordinal_of_day: Callable[[int], int]) -> str:
    """Return when a card is due in ISO 8601: a date, or a UTC moment for learning within the day; empty for new."""
    if schedule.due_at_ms is not None:
        return datetime.fromtimestamp(schedule.due_at_ms / 1000, UTC).isoformat()
    if schedule.due_day is None or schedule.state is CardState.NEW:
        return ""
    return date.fromordinal(ordinal_of_day(schedule.due_day)).isoformat()
