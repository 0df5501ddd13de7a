"""A sitting: which card is shown, what its answers lead to, and what follows an answer."""

from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardId
from mlsd_cards.domain.decks import Deck
from mlsd_cards.domain.errors import InputError, NotFound, StaleCard
from mlsd_cards.domain.filtered import Filter
from mlsd_cards.domain.reviews import Rating, ReviewId
from mlsd_cards.scheduling import NextStates, Outcome, SchedulingContext, scheduler
from mlsd_cards.scheduling.fuzz import fuzz_factor
from mlsd_cards.scheduling.gathering import Kind, kind_of
from mlsd_cards.scheduling.queue import DayQueue, QueueCard, siblings_to_bury
from mlsd_cards.store import cards, reviews
from mlsd_cards.study import desk as desks
from mlsd_cards.study import lending, memories
from mlsd_cards.study.answering import Answer, Loan, answered, check_rating, queue_card, write
from mlsd_cards.study.loads import Loads
from mlsd_cards.study.views import Answered, Counts, Finished
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened
    from mlsd_cards.study.showing import ShownCard

_NAMES = {Kind.NEW: "new", Kind.REVIEW: "review"}


class StudySession:
    """A sitting over all decks, or one deck and those below it.

    The list of the day is kept in memory and moved on by answers. Anything else that changes the collection makes
    the sitting stale: `refresh` or `move_on` build the list anew, and an answer to a card that changed meanwhile
    is refused. The card on show stays on show while it is still to be answered today.
    """

    def __init__(self, collection: "Opened", deck: str | None = None) -> None:
        self._collection = collection
        self._deck_name = deck
        self._sitting: list[tuple[ReviewId, CardId]] = []  # its answers, those taken back included
        self._taken_back = 0
        self._own_act = False
        self._first: CardId | None = None  # comes before all others while the list holds it
        self._shown: ShownCard | None = None
        self._prepared: dict[CardId, ShownCard] = {}
        self._next: dict[int, CardId | None] = {}
        self._siblings: dict[CardId, list[CardId]] = {}
        collection.watch(self)
        self._build()

    # What is shown

    @property
    def current(self) -> "ShownCard | None":
        """The card to show, None if nothing is left for the moment. It stays until answered or refreshed."""
        if self._shown is None and (card_id := self._pick()) is not None:
            self._shown = self._show(card_id)
        return self._shown

    def refresh(self) -> None:
        """Build the day's list anew, and choose the card to show."""
        shown, day = self._shown, self._queue.today
        taken_back = self._count_taken_back()
        self._build()
        if self._queue.today != day:
            self._first = None
        elif taken_back is not None:
            self._first = taken_back
        elif shown is not None:
            self._first = shown.card_id

    def move_on(self) -> None:
        """Look at the clock: a new day builds a new list, a waiting card may have come due, intervals may differ."""
        if self._stale or self._queue.today != self._collection.today_number():
            self.refresh()
        elif self._shown is None:
            self._pick()
        else:
            outcomes = self._outcomes(self._shown.card, self._collection.clock.now_ms())
            if any(outcomes[rating].interval != self._shown.outcomes[rating].interval for rating in Rating):
                self._shown = replace(self._shown, outcomes=outcomes)

    @property
    def counts(self) -> Counts:
        """How many cards are left today."""
        left = self._queue.counts()
        return Counts(new=left.new, learning=left.learning, review=left.review)

    @property
    def progress(self) -> tuple[int, int]:
        """How many answers this sitting has had, and how many there will be if nothing is failed."""
        done = len(self._sitting) - self._taken_back
        return done, done + self.counts.total

    def finished(self) -> Finished:
        """Return what the finish page says."""
        from mlsd_cards.study import overview

        return overview.finished(self._collection, self._chosen, self._queue)

    def collection_changed(self) -> None:
        """Be told by the collection that something changed it."""
        if not self._own_act:
            self._stale = True
            self._forget_prepared()

    def _build(self) -> None:
        complete_memories(self._collection)
        self._desk = desks.look(self._collection)
        self._chosen: Deck | None = None
        if self._deck_name is not None:
            self._chosen = desks.find_deck(self._desk.decks, self._deck_name)
        self._filter = self._desk.filters.get(self._chosen.id) if self._chosen else None
        self._queue: DayQueue = self._desk.queue(self._chosen)
        self._loads = Loads(self._collection, self._desk.day)
        self._stale = False
        self._shown = None
        self._forget_prepared()

    def _count_taken_back(self) -> CardId | None:
        """Count the answers of this sitting that undo has taken back; return the card of the last one undone."""
        if not self._sitting:
            return None
        with self._collection.store.read() as conn:
            known = reviews.known_ids(conn, [review for review, _ in self._sitting])
        gone = [card_id for review, card_id in self._sitting if review not in known]
        more = len(gone) > self._taken_back
        self._taken_back = len(gone)
        return gone[0] if more else None

    def _pick(self) -> CardId | None:
        if self._first is not None and self._first in self._queue:
            return self._first
        self._first = None
        card_id = self._queue.current()
        if card_id is None:
            self._queue.refresh(self._collection.clock.now_ms())
            card_id = self._queue.current()
        return card_id

    def _show(self, card_id: CardId) -> "ShownCard":
        from mlsd_cards.study.showing import show

        if card_id in self._prepared:
            return self._prepared[card_id]
        with self._collection.store.read() as conn:
            card = cards.card(conn, card_id)
        outcomes = self._outcomes(card, self._collection.clock.now_ms())
        kind = _NAMES.get(self._kind(card), "learning")
        deck = self._desk.decks[card.deck_id].name
        return show(self._collection, card, deck, outcomes, kind, self._desk.note_types)

    def _kind(self, card: Card) -> Kind:
        if card.id in self._queue:
            return self._queue.kind(card.id)
        return kind_of(queue_card(card), self._queue.today)

    def _outcomes(self, card: Card, now_ms: int) -> NextStates:
        options = self._desk.options(card.deck_id)
        schedule, day = card.schedule, self._desk.day
        made = self._filter_of(card.id)
        if made is not None and not made.reschedule:
            return lending.looking(schedule, made)
        last = schedule.last_answer_ms
        context = SchedulingContext(
            now_ms=now_ms,
            today=self._queue.today,
            until_next_day_s=max(1, -(-(self._queue.next_day_at_ms - now_ms) // 1000)),
            options=options,
            fuzz_factor=fuzz_factor(card.id, schedule.reps) if options.fuzz else None,
            last_answer_day=None if last is None else day.boundary.day_of_moment(last),
            early_earns_less=made is not None,
            loads=self._loads.of(options),
        )
        states = scheduler(options.scheduler).next_states(schedule, context)
        if made is not None:
            states = lending.early(states, schedule, self._queue.today)
        if options.scheduler == "fsrs":
            return states
        return memories.remembering(self._collection, card, states, context, day)

    def _filter_of(self, card_id: CardId) -> Filter | None:
        """Return the filtered deck of this sitting if it has borrowed the card."""
        borrowed, made = self._desk.borrowed.get(card_id), self._filter
        return made if made is not None and borrowed and borrowed.deck_id == made.deck_id else None

    def _queued_after(self, card: Card, outcome: Outcome, now_ms: int) -> QueueCard | None:
        """Return the row by which a card comes again after an answer, None if it does not in this sitting."""
        if outcome.suspend:
            return None
        made, row = self._filter_of(card.id), queue_card(card, outcome.schedule)
        if made is None or made.reschedule:
            return row
        return lending.waiting(row, now_ms - outcome.interval * 1000) if outcome.interval else None

    # The next card, prepared while the answer is looked at

    def prepare(self) -> None:
        """Render the card that comes next, for each rating; cheap where it is the same for all four."""
        shown = self.current
        if shown is None or self._stale:
            return
        siblings = self._siblings_to_bury(shown.card)
        now_ms = self._collection.clock.now_ms()
        outcomes = self._outcomes(shown.card, now_ms)  # those of the card on show are as old as it is
        for rating in Rating:
            outcome = outcomes[rating]
            after = self._queued_after(shown.card, outcome, now_ms)
            following = self._queue.peek(shown.card_id, after, now_ms, siblings)
            self._next[rating] = following
            if following is not None and following != shown.card_id and following not in self._prepared:
                prepared = self._show(following)
                _ = prepared.question_page, prepared.answer_page
                self._prepared[following] = prepared

    def peek(self, rating: int) -> "ShownCard | None":
        """Return the prepared card that comes after `rating`, None if it was not prepared."""
        following = self._next.get(rating)
        return self._prepared.get(following) if following is not None else None

    def _forget_prepared(self) -> None:
        self._prepared = {}
        self._next = {}
        self._siblings = {}

    # Answers

    def answer(self, rating: int, milliseconds: int = 0) -> Answered:
        """Record an answer to `current` and move on. It is on disk when this returns.

        Raises:
            StaleCard: the card changed since it was shown, or a new day began; nothing was recorded.
            NotFound: no card is shown. InputError: the rating is not 1 to 4, or the clock is far behind.
        """
        check_rating(rating)
        shown = self.current
        if shown is None:
            raise NotFound("There is no card to answer.")
        day = self._collection.day()
        if self._queue.today != day.number:
            self.refresh()
            raise StaleCard("A new day began while the card was shown: look at its new intervals.")
        return self._record(shown.card, rating, milliseconds, day, shown.outcomes)

    def answer_card(self, card_id: CardId, rating: int, milliseconds: int = 0) -> Answered:
        """Record an answer to any card, shown or not.

        Raises:
            NotFound: there is no such card. InputError: the rating is not 1 to 4, the time is negative, or the
            clock is far behind.
        """
        check_rating(rating)
        if milliseconds < 0:
            raise InputError(f"An answer cannot take {milliseconds} milliseconds.")
        day = self._collection.day()
        if self._stale or self._queue.today != day.number:
            self.refresh()
        if self._shown is not None and self._shown.card_id == card_id:
            return self._record(self._shown.card, rating, milliseconds, day, self._shown.outcomes)
        card = self._collection.card(card_id)
        return self._record(card, rating, milliseconds, day)

    def _record(
        self, card: Card, rating: int, milliseconds: int, day: "Day", seen: NextStates | None = None
    ) -> Answered:
        answer = self.answer_for(card, rating, milliseconds, day, seen)
        outcome, siblings = answer.outcome, list(answer.buried)
        following = None if answer.after.suspended else self._queued_after(card, outcome, day.now_ms)
        after = answer.after
        self._own_act = True
        try:
            review = write(self._collection, answer, after, day)
        finally:
            self._own_act = False
        self._loads.moved(card.schedule, after.schedule)
        if answer.loan is not None:
            self._desk.take_note(card.id, answer.loan.after)
        if self._taken_back or self._stale:  # what was taken back can never come again now
            with self._collection.store.read() as conn:
                known = reviews.known_ids(conn, [key for key, _ in self._sitting])
            self._sitting = [each for each in self._sitting if each[0] in known and each[0] != review]
            self._taken_back = 0
        self._sitting.append((review, card.id))
        self._move_on_after(card, following, siblings, day.now_ms, keep=not outcome.leech)
        return answered(review, after, outcome, day.boundary)

    def answer_for(
        self, card: Card, rating: int, milliseconds: int, day: "Day", seen: NextStates | None = None
    ) -> Answer:
        """Return an answer to any card, ready to be written; nothing is. `seen` is what the buttons showed.

        Raises:
            InputError: the clock is far behind.
        """
        if day.warning:
            raise InputError(day.warning)
        outcome = self._outcomes(card, day.now_ms)[rating]
        if seen is not None and seen[rating].interval != outcome.interval:
            outcome = _as_seen(seen[rating], day.now_ms)
        longest = self._desk.options(card.deck_id).maximum_answer_seconds * 1000
        return Answer(
            before=card,
            outcome=outcome,
            rating=rating,
            milliseconds=min(max(0, milliseconds), longest),
            kind=self._kind(card),
            buried=self._siblings_to_bury(card),
            now_ms=day.now_ms,
            loan=self._loan(card, outcome, day),
        )

    def _loan(self, card: Card, outcome: Outcome, day: "Day") -> Loan | None:
        """Return what an answer means for a card that a filtered deck has borrowed, None if it means nothing.

        An answer given elsewhere sends it home only if answers in the filtered deck count too.
        """
        borrowed = self._desk.borrowed.get(card.id)
        made = self._filter_of(card.id) or (borrowed and self._desk.filters.get(borrowed.deck_id))
        if borrowed is None or not made or (made is not self._filter and not made.reschedule):
            return None
        after = lending.after_answer(borrowed, outcome, made, now_ms=day.now_ms, today=day.number)
        return Loan(before=borrowed, after=after, counts=made.reschedule, here=made is self._filter)

    def _siblings_to_bury(self, card: Card) -> list[CardId]:
        options, made = self._desk.options(card.deck_id), self._filter_of(card.id)
        if made is not None and not made.reschedule:
            return []
        if not (options.bury_new or options.bury_reviews or options.bury_interday_learning):
            return []
        if card.id in self._siblings:  # looked up when the next card was prepared; nothing changed since
            return self._siblings[card.id]
        with self._collection.store.read() as conn:
            family = cards.cards_of_notes(conn, [card.note_id]).get(card.note_id, [])
        today = self._queue.today
        siblings = [
            queue_card(each)
            for each in family
            if each.id != card.id
            and not each.suspended
            and each.buried_until_day <= today
            and each.id not in self._desk.borrowed
        ]
        self._siblings[card.id] = siblings_to_bury(self._kind(card), siblings, options, today)
        return self._siblings[card.id]

    def _move_on_after(
        self, before: Card, after: QueueCard | None, siblings: list[CardId], now_ms: int, *, keep: bool
    ) -> None:
        """Take the answered card out of the list; `keep` the prepared next card, if it is the one that comes."""
        self._first = None
        if self._stale or before.id not in self._queue:
            if self._shown is not None and self._shown.card_id == before.id:
                self._shown = None
            self.refresh()
            return
        self._queue.answer(before.id, after, now_ms, siblings)
        following = self._pick()
        prepared = self._prepared.get(following) if following is not None else None
        self._forget_prepared()
        self._shown = prepared if keep else None


def _as_seen(outcome: Outcome, now_ms: int) -> Outcome:
    """Return the outcome that a button showed a while ago, near the rollover: what was read is what is stored."""
    return replace(outcome, schedule=replace(outcome.schedule, last_answer_ms=now_ms))
