"""Writes one answer: card, review log entry, daily count and put-off siblings in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Buried, Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.errors import InputError, StaleCard
from mlsd_cards.domain.filtered import Borrowed
from mlsd_cards.domain.reviews import ReviewId, ReviewLogEntry
from mlsd_cards.scheduling import Outcome
from mlsd_cards.scheduling.gathering import Kind, QueueCard
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import cards, filtered, notes, reviews
from mlsd_cards.study.views import Answered

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

LEECH_TAG = "leech"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTED = {
    Kind.NEW: reviews.NEW,
    Kind.REVIEW: reviews.REVIEW,
    Kind.INTERDAY: reviews.INTERDAY,
    Kind.INTRADAY: reviews.LEARNING,
    Kind.DRILL: reviews.DRILL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """How a card that a filtered deck has borrowed stands there, before and after an answer (None: it goes home).

    `here` says that the answer was given in the filtered deck, `counts` that it moves the card's schedule.
    """

    before: Borrowed
    after: Borrowed | None
    counts: bool
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, ready to be written. `kind` is that as which the card came; `buried` are put off.

    An answer in a filtered deck that does not reschedule leaves the card as it is.
    """

    before: Card
    outcome: Outcome
    rating: int
    milliseconds: int
    kind: Kind
    buried: Sequence[CardId]
    now_ms: int
    loan: Loan | None = None

    @property
    def counted(self) -> tuple[DeckId, str]:
        """The deck and the kind under which the day's counts have it: what changes nothing uses up no limit."""
        if self.loan is None or not self.loan.here:
            return self.before.deck_id, _COUNTED[self.kind]
        kind = _COUNTED[self.kind] if self.loan.counts else reviews.LEARNING
        return self.loan.before.deck_id, kind

    @property
    def after(self) -> Card:
        """The card as it is stored."""
        if self.loan is not None and not self.loan.counts:
            return self.before
        return replace(
            self.before,
            schedule=self.outcome.schedule,
            suspended=self.before.suspended or self.outcome.suspend,
            buried=Buried.NO,
            buried_until_day=0,
            modified_ms=self.now_ms,
        )


def check_rating(rating: int) -> None:
    """Refuse what is no rating.

    Raises:
        InputError: the rating is not 1 to 4.
    """
    if rating not in (1, 2, 3, 4):
        raise InputError(f"The rating {rating} is not one of 1 (Again), 2 (Hard), 3 (Good), 4 (Easy).")


def write(collection: "Opened", answer: Answer, after: Card, day: "Day") -> ReviewId:
    """Write an answer and return the id of its log entry. It is on disk when this returns.

    Raises:
        StaleCard: the card is not any more as it was; nothing was written. DiskFull, CollectionError: as said.
    """
    with collection.store.transaction(Op.ANSWER) as tx:
        return write_within(collection, tx, answer, after, day)


def write_within(
    collection: "Opened", tx: "Transaction", answer: Answer, after: Card, day: "Day"
) -> ReviewId:
    """Write an answer as part of an act, in the manner of `write`."""
    cards.update_card(tx, answer.before, after)
    if answer.loan is not None:
        _write_loan(tx, answer.loan)
    entry = ReviewLogEntry(
        id=reviews.next_review_id(tx.conn, answer.now_ms, passed_over_ms=day.passed_over_ms),
        card_id=answer.before.id,
        rating=answer.rating,
        kind=answer.outcome.kind,
        interval=answer.outcome.log_interval,
        last_interval=answer.outcome.log_last_interval,
        factor=answer.outcome.log_factor,
        milliseconds=answer.milliseconds,
        installation=collection.store.installation,
    )
    reviews.add_entry(tx, entry)
    reviews.count_answer(tx, day.number, *answer.counted, answer.rating, answer.milliseconds)
    if answer.outcome.leech:
        _tag_leech(tx, after)
    _bury(tx, answer.buried, day.number)
    return entry.id


def _write_loan(tx: "Transaction", loan: Loan) -> None:
    card_id = loan.before.card_id
    if filtered.borrowed_among(tx.conn, [card_id]).get(card_id) != loan.before:
        raise StaleCard(
            "The card left its filtered deck since it was shown, so the answer was not recorded: look at it again."
        )
    if loan.after is None:
        filtered.send_home(tx, [card_id])
    else:
        filtered.put_borrowed(tx, [loan.after])


def _tag_leech(tx: "Transaction", card: Card) -> None:
    note = notes.note(tx.conn, card.note_id)
    if LEECH_TAG not in {tag.casefold() for tag in note.tags}:
        tagged = replace(note, tags=(*note.tags, LEECH_TAG), modified_ms=card.modified_ms)
        notes.put_notes(tx, [tagged])


def _bury(tx: "Transaction", ids: Sequence[CardId], today: int) -> None:
    if ids:
        found = cards.cards_by_ids(tx.conn, ids).values()
        put_off = [replace(card, buried=Buried.SIBLING, buried_until_day=today + 1) for card in found]
        cards.put_cards(tx, put_off)


def answered(review: ReviewId, after: Card, outcome: Outcome, boundary: DayBoundary) -> Answered:
    """Return what is told of an answer that was stored."""
    message = ""
    if outcome.leech:
        message = (
            f"This card has been failed {after.schedule.lapses} times. Reword it, split it, or drop it"
            + ("; it is suspended for now." if outcome.suspend else "; it carries the tag “leech”.")
        )
    return Answered(
        review=review,
        card=after.id,
        due=due_text(after.schedule, boundary),
        interval=outcome.interval,
        ease=after.schedule.ease_permille,
        leech=outcome.leech,
        message=message,
    )


def queue_card(card: Card, schedule: Schedule | None = None) -> QueueCard:
    """Return the light row of a card, with another schedule if one is given."""
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


def due_text(schedule: Schedule, boundary: DayBoundary) -> str:
    """Return when a card is due, in ISO 8601; empty for a new card.

    A date for whole days, a UTC moment for learning within the day. What lies beyond the calendar is its end.
    """
    if schedule.state is CardState.NEW:
        return ""
    if schedule.due_at_ms is not None:
        try:
            return (_EPOCH + timedelta(milliseconds=schedule.due_at_ms)).isoformat()
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC).isoformat()
    if schedule.due_day is None:
        return ""
    ordinal = boundary.ordinal_of_day(schedule.due_day)
    return date.fromordinal(min(max(1, ordinal), date.max.toordinal())).isoformat()
