"""Cards: read and written one by one, and gathered for the queue."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mlsd_cards.domain.cards import Buried, Card, CardId, CardState, QueueCard, Schedule
from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.errors import NotFound, StaleCard
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store.rows import select_in, select_some
from mlsd_cards.store.schema import FILL_MEMORY, TABLES, BorrowedCardRow, CardRow
from mlsd_cards.store.transaction import Transaction

_CARDS = TABLES[CardRow]
_SELECT_CARDS = f"SELECT {_CARDS.column_list} FROM cards"
_STATES = {state.value: state for state in CardState}
_BURIED = {each.value: each for each in Buried}
_VISIBLE = "suspended = 0 AND buried_until_day <= :today"


_WITHOUT_MEMORY = "state <> 'new' AND (stability IS NULL OR difficulty IS NULL)"


class DeckCounts(NamedTuple):
    """Cards of one deck. Suspended and buried cards count in `total` only.

    `new` counts all new cards, `learning` those in learning that are due before the day ends, `interday` the
    learning cards of earlier days due today, `review` the reviews due today, `drill` cards waiting in today's
    drill.
    """

    total: int = 0
    new: int = 0
    interday: int = 0
    review: int = 0
    learning: int = 0
    drill: int = 0


def card_row(card: Card) -> CardRow:
    """Return the row that holds `card`."""
    schedule = card.schedule
    return CardRow(
        card.id,
        card.note_id,
        card.deck_id,
        card.ordinal,
        card.position,
        schedule.state.value,
        schedule.due_day,
        schedule.due_at_ms,
        schedule.interval_days,
        schedule.ease_permille,
        schedule.steps_left,
        schedule.repetitions,
        schedule.drill_day,
        schedule.stability,
        schedule.difficulty,
        schedule.last_answer_ms,
        schedule.reps,
        schedule.lapses,
        int(card.suspended),
        card.buried.value,
        card.buried_until_day,
        card.flag,
        card.created_ms,
        card.modified_ms,
    )


def _card(values: tuple[Any, ...]) -> Card:
    return card_of_row(CardRow(*values))


def card_of_row(row: CardRow) -> Card:
    """Return the card that `row` holds."""
    return Card(
        id=CardId(row.id),
        note_id=NoteId(row.note_id),
        deck_id=DeckId(row.deck_id),
        ordinal=row.ordinal,
        position=row.position,
        schedule=Schedule(
            state=_STATES[row.state],
            due_day=row.due_day,
            due_at_ms=row.due_at_ms,
            interval_days=row.interval_days,
            ease_permille=row.ease_permille,
            steps_left=row.steps_left,
            repetitions=row.repetitions,
            drill_day=row.drill_day,
            stability=row.stability,
            difficulty=row.difficulty,
            last_answer_ms=row.last_answer_ms,
            reps=row.reps,
            lapses=row.lapses,
        ),
        suspended=bool(row.suspended),
        buried=_BURIED[row.buried],
        buried_until_day=row.buried_until_day,
        flag=row.flag,
        created_ms=row.created_ms,
        modified_ms=row.modified_ms,
    )


def card(conn: sqlite3.Connection, card_id: CardId) -> Card:
    """Return a card.

    Raises:
        NotFound: There is no such card.
    """
    row = conn.execute(_CARDS.select_sql, (card_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no card {card_id}.")
    return _card(row)


def cards_by_ids(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[CardId, Card]:
    """Return the cards of `ids` that exist."""
    return {row[0]: _card(row) for row in select_in(conn, _SELECT_CARDS + " WHERE id IN ({})", ids)}


def cards_of_notes(conn: sqlite3.Connection, note_ids: Iterable[NoteId]) -> dict[NoteId, list[Card]]:
    """Return for each note that has cards its cards, by ordinal."""
    found: dict[NoteId, list[Card]] = {}
    sql = _SELECT_CARDS + " WHERE note_id IN ({}) ORDER BY note_id, ordinal, id"
    for row in select_in(conn, sql, note_ids):
        found.setdefault(row[1], []).append(_card(row))
    return found


def iter_cards(conn: sqlite3.Connection) -> Iterator[Card]:
    """Yield all cards, by id."""
    return map(_card, conn.execute(f"{_SELECT_CARDS} ORDER BY id"))


def plain_rows(
    conn: sqlite3.Connection,
    ids: Iterable[CardId] | None,
    *,
    today: int,
    first_date: int,
    with_memory: Iterable[DeckId],
) -> Iterator[tuple[Any, ...]]:
    """Yield cards, or all for None, as the plain values of an `ExchangeCard`: a hundred thousand are read, not made.

    `first_date` is the ordinal of the date of day 0; what is buried counts as such if that outlasts `today`.
    FSRS memory is told of cards in the decks `with_memory`.
    """
    first, now = int(first_date), int(today)
    remembers = f"CASE WHEN deck_id IN ({', '.join(str(int(key)) for key in with_memory)}) THEN"
    sql = (
        f"SELECT id, note_id, deck_id, ordinal, state, position, due_day + {first}, due_at_ms, interval_days, "
        "ease_permille, steps_left, reps, lapses, flag, suspended, "
        f"CASE WHEN buried_until_day > {now} THEN buried ELSE '' END, "
        f"{remembers} stability END, {remembers} difficulty END, last_answer_ms, "
        f"created_ms, modified_ms, repetitions, drill_day + {first}, 0 FROM cards"
    )
    return iter(conn.execute(sql)) if ids is None else select_in(conn, sql + " WHERE id IN ({})", ids)


def ids_in_decks(conn: sqlite3.Connection, deck_ids: Iterable[DeckId]) -> list[CardId]:
    """Return the ids of the cards in decks."""
    sql = "SELECT id FROM cards WHERE deck_id IN ({})"
    return [CardId(row[0]) for row in select_in(conn, sql, deck_ids)]


def newest_card_id(conn: sqlite3.Connection) -> int:
    """Return the highest card id in use, 0 if there is no card."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM cards").fetchone()[0])


def highest_position(conn: sqlite3.Connection) -> int:
    """Return the highest position of a new card, 0 if there is none."""
    sql = "SELECT coalesce(max(position), 0) FROM cards WHERE state = 'new'"
    return int(conn.execute(sql).fetchone()[0])


def without_memory(conn: sqlite3.Connection, deck_ids: Iterable[DeckId]) -> list[CardId]:
    """Return the cards in decks that are not new and have no FSRS memory."""
    marks = ", ".join(str(int(key)) for key in deck_ids)
    sql = f"SELECT id FROM cards WHERE +deck_id IN ({marks}) AND {_WITHOUT_MEMORY} ORDER BY id"
    return [CardId(row[0]) for row in conn.execute(sql)]


def schedules_without_memory(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[int, Schedule]:
    """Return what of their schedules tells of the memory of cards that have none."""
    columns = "id, state, interval_days, ease_permille, last_answer_ms"
    return {
        key: Schedule(state=_STATES[state], interval_days=interval, ease_permille=ease, last_answer_ms=last)
        for key, state, interval, ease, last in select_some(conn, columns, "cards", "id", ids)
    }


def put_memories(tx: Transaction, schedules: Mapping[int, Schedule]) -> None:
    """Give cards that have no memory yet that of schedules; no part of the undo step."""
    tx.conn.executemany(
        FILL_MEMORY + _WITHOUT_MEMORY,
        [
            (each.stability, each.difficulty, each.last_answer_ms, key)
            for key, each in schedules.items()
            if each.stability is not None
        ],
    )
    tx.note_changed(Changed.CARD)


def put_cards(tx: Transaction, cards: Iterable[Card]) -> None:
    """Write cards, new or changed."""
    tx.put(CardRow, map(card_row, cards))


def add_rows(tx: Transaction, rows: Iterable[CardRow]) -> int:
    """Add many cards whose ids are new; returns how many."""
    return tx.bulk_insert(CardRow, rows)


def update_card(tx: Transaction, before: Card, after: Card) -> None:
    """Write `after` in the place of `before`, in one statement: the hot path of an answer.

    Raises:
        StaleCard: The stored card is not exactly `before`; nothing was written.
    """
    if not tx.replace(card_row(before), card_row(after)):
        raise StaleCard(
            "The card was changed since it was shown, so the answer was not recorded: look at it again."
        )


def delete_cards(tx: Transaction, ids: Iterable[CardId]) -> None:
    """Delete cards. Their reviews stay."""
    ids = list(ids)
    tx.delete(BorrowedCardRow, ids)
    tx.delete(CardRow, ids)


_QUEUE_COLUMNS = (
    "id, note_id, deck_id, ordinal, state, position, due_day, due_at_ms, interval_days, ease_permille, "
    "stability, difficulty, reps, drill_day, last_answer_ms"
)
_OF_A_DAY = "state IN ('review', 'learning', 'relearning') AND due_day <= :today"
_IN_STEPS = "due_at_ms < :next_day_at_ms"
# Each branch has an index of its own, and no card is in two of them.
_DUE_SQL = (
    f"SELECT {_QUEUE_COLUMNS} FROM cards WHERE deck_id IN ({{decks}}) AND {_OF_A_DAY} AND {{visible}} "
    f"UNION ALL SELECT {_QUEUE_COLUMNS} FROM cards "
    f"WHERE {_IN_STEPS} AND +deck_id IN ({{decks}}) AND {{visible}} "
    f"UNION ALL SELECT {_QUEUE_COLUMNS} FROM cards "
    f"WHERE drill_day = :today AND +deck_id IN ({{decks}}) AND {{visible}} "
    "AND ifnull(due_day, :today + 1) > :today AND ifnull(due_at_ms, :next_day_at_ms) >= :next_day_at_ms"
)


def queue_rows(
    conn: sqlite3.Connection,
    deck_ids: Collection[DeckId],
    *,
    today: int,
    next_day_at_ms: int,
    new_limits: Mapping[DeckId, int] | None = None,
    highest_first: Collection[DeckId] = (),
) -> list[QueueCard]:
    """Return what may be shown today of the cards in decks: neither suspended nor buried nor lent out.

    That is: due on or before `today`, in learning and due before `next_day_at_ms`, waiting in today's drill,
    and new. New cards come by position, at most `new_limits` of each deck (all without it), from the highest
    position down in the decks `highest_first`.
    """
    marks = ", ".join(str(int(key)) for key in deck_ids)
    values = {"today": today, "next_day_at_ms": next_day_at_ms}
    lent = conn.execute("SELECT 1 FROM borrowed_cards LIMIT 1").fetchone()
    visible = f"{_VISIBLE} AND id NOT IN (SELECT card_id FROM borrowed_cards)" if lent else _VISIBLE
    rows = conn.execute(_DUE_SQL.format(decks=marks, visible=visible), values).fetchall()
    for deck_id in deck_ids:
        limit = -1 if new_limits is None else new_limits.get(deck_id, 0)
        if limit:
            order = "position DESC, id DESC" if deck_id in highest_first else "position, id"
            rows += conn.execute(
                f"SELECT {_QUEUE_COLUMNS} FROM cards WHERE state = 'new' AND deck_id = :deck AND {visible} "
                f"ORDER BY {order} LIMIT :limit",
                {"today": today, "deck": deck_id, "limit": limit},
            ).fetchall()
    return _queue_cards(rows)


def _queue_cards(rows: Iterable[tuple[Any, ...]]) -> list[QueueCard]:
    make, states = tuple.__new__, _STATES  # a look at the day takes thousands of rows: no call for each
    return [make(QueueCard, row[:4] + (states[row[4]],) + row[5:]) for row in rows]  # noqa: RUF005  (twice as fast)


def visible_rows(conn: sqlite3.Connection, ids: Iterable[CardId], *, today: int) -> dict[CardId, QueueCard]:
    """Return those of cards that are neither suspended nor buried, due or not."""
    sql = f"SELECT {_QUEUE_COLUMNS} FROM cards WHERE suspended = 0 AND buried_until_day <= ? AND id IN ({{}})"
    return {card.card_id: card for card in _queue_cards(select_in(conn, sql, ids, today))}


def lapses_of(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[CardId, int]:
    """Return how often each of cards was forgotten."""
    return dict(select_in(conn, "SELECT id, lapses FROM cards WHERE id IN ({})", ids))


def _counted(condition: str) -> str:
    return f"(SELECT count(*) FROM cards WHERE deck_id = decks.id AND {condition})"


# Reads the index `cards_queue` only, and of it what is counted.
_COUNTS_SQL = (
    ", ".join(
        (
            "SELECT id",
            _counted("true"),
            _counted(f"state = 'new' AND {_VISIBLE}"),
            _counted(f"state IN ('learning', 'relearning') AND due_day <= :today AND {_VISIBLE}"),
            _counted(f"state = 'review' AND due_day <= :today AND {_VISIBLE}"),
        )
    )
    + " FROM decks"
)


def state_counts(conn: sqlite3.Connection, *, today: int, next_day_at_ms: int) -> dict[DeckId, DeckCounts]:
    """Return for each deck that has cards how many there are of each kind (without its subdecks)."""
    values = {"today": today, "next_day_at_ms": next_day_at_ms}
    counts = {row[0]: DeckCounts(*row[1:]) for row in conn.execute(_COUNTS_SQL, values) if row[1]}
    # The plus sign keeps SQLite from walking through a whole index for the sake of the grouping.
    for name, condition in (("learning", _IN_STEPS), ("drill", "drill_day = :today")):
        sql = f"SELECT deck_id, count(*) FROM cards WHERE {condition} AND {_VISIBLE} GROUP BY +deck_id"
        for deck_id, number in conn.execute(sql, values):
            counts[deck_id] = counts[deck_id]._replace(**{name: number})
    return counts


def due_by_day(
    conn: sqlite3.Connection, first_day: int, last_day: int, deck_ids: Collection[DeckId] | None = None
) -> dict[int, int]:
    """Return how many cards that are not suspended fall due on each day that has any, both ends included."""
    some = "" if deck_ids is None else f"AND deck_id IN ({', '.join(str(int(key)) for key in deck_ids)})"
    sql = (
        "SELECT due_day, count(*) FROM decks CROSS JOIN cards ON deck_id = decks.id "
        "WHERE state IN ('review', 'learning', 'relearning') AND due_day BETWEEN ? AND ? AND suspended = 0 "
        f"{some} GROUP BY due_day"
    )
    return dict(conn.execute(sql, (first_day, last_day)))


def unseen_counts(conn: sqlite3.Connection) -> dict[DeckId, int]:
    """Return for each deck that has any how many of its cards were never answered, hidden ones included."""
    return dict(conn.execute("SELECT deck_id, count(*) FROM cards WHERE state = 'new' GROUP BY deck_id"))


def buried_count(conn: sqlite3.Connection, deck_ids: Collection[DeckId], today: int) -> int:
    """Return how many cards of decks are put off until after `today` that would otherwise be due or new."""
    marks = ", ".join(str(int(key)) for key in deck_ids)
    sql = (
        f"SELECT count(*) FROM cards WHERE buried_until_day > :today AND deck_id IN ({marks}) AND suspended = 0 "
        "AND (state = 'new' OR ifnull(due_day, :today) <= :today)"
    )
    return int(conn.execute(sql, {"today": today}).fetchone()[0])


def known_ids(conn: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Return those of `ids` that are ids of cards."""
    return {row[0] for row in select_in(conn, "SELECT id FROM cards WHERE id IN ({})", ids)}


def ordinals_of_notes(
    conn: sqlite3.Connection, note_ids: Iterable[NoteId]
) -> dict[NoteId, dict[int, CardId]]:
    """Return for each note that has cards the ids of its cards by ordinal."""
    found: dict[NoteId, dict[int, CardId]] = {}
    for note_id, ordinal, key in select_some(conn, "note_id, ordinal, id", "cards", "note_id", note_ids):
        found.setdefault(note_id, {})[ordinal] = key
    return found


def decks_of_notes(conn: sqlite3.Connection, note_ids: Iterable[NoteId]) -> dict[NoteId, set[DeckId]]:
    """Return for each note that has cards the decks they lie in."""
    found: dict[NoteId, set[DeckId]] = {}
    for note_id, deck_id in select_in(
        conn, "SELECT note_id, deck_id FROM cards WHERE note_id IN ({})", note_ids
    ):
        found.setdefault(note_id, set()).add(deck_id)
    return found
