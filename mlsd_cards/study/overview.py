"""The figures of the Today and Decks screens and of the finish page, from the same lists that a sitting uses."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardState
from mlsd_cards.domain.decks import Deck
from mlsd_cards.scheduling.gathering import Kind, kind_of
from mlsd_cards.store import cards, reviews
from mlsd_cards.store.schema import DailyCountRow
from mlsd_cards.study.desk import Desk, find_deck, look
from mlsd_cards.study.pace import PACE_DAYS, SECONDS_AN_ANSWER, own_pace
from mlsd_cards.study.views import DeckRow, Finished, Today

if TYPE_CHECKING:
    from mlsd_cards.scheduling.queue import DayQueue, QueueCounts
    from mlsd_cards.study.opened import Opened

FORECAST_DAYS = 14
HISTORY_DAYS = 84
_SECONDS_A_NEW_CARD = 25.0


def today(collection: "Opened", deck: str | None) -> Today:
    """Return what the Today screen shows."""
    desk = look(collection)
    day = desk.day
    chosen = find_deck(desk.decks, deck) if deck is not None else None
    counts = desk.queue(chosen).counts()
    inside = {each.id for each in desk.inside(chosen)}
    first = day.number - HISTORY_DAYS + 1
    with collection.store.read() as conn:
        # Answers in decks that are gone count for the whole.
        done = reviews.daily_sums(conn, first, day.number, None if chosen is None else inside)
        due = cards.due_by_day(conn, day.number + 1, day.number + FORECAST_DAYS - 1, inside)
    history = [0] * HISTORY_DAYS
    for row in done:
        history[row.day - first] += row.answers
    ahead = (due.get(day.number + days, 0) for days in range(1, FORECAST_DAYS))
    return Today(
        new=counts.new,
        learning=counts.learning,
        review=counts.review,
        minutes=_minutes(counts, [row for row in done if row.day > day.number - PACE_DAYS]),
        answered_today=history[-1],
        topics=rows_of(collection, desk),
        forecast=(counts.new + counts.learning + counts.review, *ahead),
        history=tuple(history),
        first_history_date=date.fromordinal(max(1, day.boundary.ordinal_of_day(first))).isoformat(),
        clock_warning=day.warning,
        late=sum(row.due_day is not None and row.due_day < day.number for row in desk.rows),
        catching_up=desk.plan is not None,
    )


def _minutes(counts: "QueueCounts", days: list[DailyCountRow]) -> int:
    """Return how long today's work will take, at the pace of the last month where there is one."""
    pace = own_pace(days)
    known = counts.learning + counts.review
    if pace is not None:
        seconds = pace * (known + 2 * counts.new)  # a new card is met about twice on its first day
    else:
        seconds = SECONDS_AN_ANSWER * known + _SECONDS_A_NEW_CARD * counts.new
    total = counts.new + known
    return max(1, round(seconds / 60)) if total else 0


def deck_rows(collection: "Opened") -> tuple[DeckRow, ...]:
    """Return every deck with today's counts and number of cards, subdecks included, by name."""
    return rows_of(collection, look(collection))


def rows_of(collection: "Opened", desk: Desk) -> tuple[DeckRow, ...]:
    """Return the deck rows of a collection as `desk` saw it."""
    with collection.store.read() as conn:
        own = cards.state_counts(conn, today=desk.day.number, next_day_at_ms=desk.day.next_day_at_ms)
        unseen = cards.unseen_counts(conn)
    rows: list[DeckRow] = []
    for deck in sorted(desk.decks.values(), key=lambda each: each.name.casefold().split("::")):
        if deck.id in desk.filters:
            rows.append(_filtered_row(desk, deck))
            continue
        inside = [each.id for each in desk.inside(deck)]
        total = sum(own[each].total for each in inside if each in own)
        rows.append(_row(desk, deck, total, sum(unseen.get(each, 0) for each in inside)))
    return tuple(rows)


def _filtered_row(desk: Desk, deck: Deck) -> DeckRow:
    """Return the row of a filtered deck: the cards that it has borrowed."""
    total = sum(each.deck_id == deck.id for each in desk.borrowed.values())
    new = sum(each.row.state is CardState.NEW for each in desk.lent.get(deck.id, ()))
    return replace(_row(desk, deck, total, new), filtered=True)


def _row(desk: Desk, deck: Deck, total: int, unseen: int) -> DeckRow:
    counts = desk.queue(deck).counts() if total else None
    return DeckRow(
        id=deck.id,
        name=deck.name,
        new=counts.new if counts else 0,
        learning=counts.learning if counts else 0,
        review=counts.review if counts else 0,
        total=total,
        seen=total - unseen,
        description=deck.description,
    )


def finished(collection: "Opened", chosen: Deck | None, queue: "DayQueue") -> Finished:
    """Return what the finish page says of a deck and those below it."""
    desk = look(collection)
    today = desk.day.number
    inside = {deck.id for deck in desk.inside(chosen)}
    with collection.store.read() as conn:
        done = [row for row in reviews.daily(conn, today, today) if row.deck_id in inside]
        due = cards.due_by_day(conn, today + 1, today + 1, inside)
        buried = cards.buried_count(conn, inside, today)
        waiting = cards.state_counts(conn, today=today, next_day_at_ms=desk.day.next_day_at_ms)
    left = queue.counts()
    held_back = [row for row in desk.rows_inside(chosen) if row.card_id not in queue]
    lent_new = [row for row in desk.lent_rows() if row.state is CardState.NEW and row.deck_id in inside]
    away = len(lent_new) if chosen is not None else 0  # no limit keeps those back
    return Finished(
        answered=sum(row.answers for row in done),
        minutes=round(sum(row.milliseconds for row in done) / 60_000),
        next_learning_ms=queue.next_learning_ms(),
        hidden_new=max(0, sum(waiting[deck].new for deck in inside if deck in waiting) - away - left.new),
        hidden_reviews=sum(kind_of(row, today) in (Kind.REVIEW, Kind.INTERDAY) for row in held_back),
        buried=buried,
        due_tomorrow=due.get(today + 1, 0),
        filtered=chosen is not None and chosen.filtered,
    )
