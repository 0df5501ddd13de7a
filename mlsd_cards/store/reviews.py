"""The review log, and the daily counts that are kept with it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import eq
from typing import Any, NamedTuple

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.exchange import StoredReviews
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.store.rows import select_in
from mlsd_cards.store.schema import TABLES, DailyCountRow, ReviewRow
from mlsd_cards.store.transaction import Transaction

_COLUMNS = TABLES[ReviewRow].column_list
_KINDS = {kind.value: kind for kind in ReviewKind}

NEW, LEARNING, INTERDAY, REVIEW, DRILL = (
    "new",
    "learning",
    "interday",
    "review",
    "drill",
)  # kinds of daily count


class Done(NamedTuple):
    """Answers given in a deck on a day that count against its limits."""

    new: int = 0
    reviews: int = 0  # reviews and learning cards of earlier days


def next_review_id(conn: sqlite3.Connection, now_ms: int, *, passed_over_ms: int = 0) -> ReviewId:
    """Return the id of a review made now: the moment, or the next free number if the clock went back.

    Reviews made here stay in order. Imported ones, which may lie in the future, and those up to
    `passed_over_ms` only keep their numbers.
    """
    key = max(now_ms, newest_own(conn, max(now_ms, passed_over_ms + 1)) + 1)
    while conn.execute("SELECT 1 FROM reviews WHERE id = ?", (key,)).fetchone():
        key += 1
    return ReviewId(key)


def newest(conn: sqlite3.Connection) -> int:
    """Return the id (moment in ms) of the newest review, 0 if there is none."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM reviews").fetchone()[0])


def newest_own(conn: sqlite3.Connection, since_ms: int) -> int:
    """Return the id of the newest review that was made here at or after `since_ms`, 0 if there is none."""
    sql = "SELECT coalesce(max(id), 0) FROM reviews WHERE id >= ? AND installation != 0"
    return int(conn.execute(sql, (since_ms,)).fetchone()[0])


def review_row(entry: ReviewLogEntry) -> ReviewRow:
    """Return the row that holds `entry`."""
    return ReviewRow(
        entry.id,
        entry.card_id,
        entry.rating,
        entry.kind.value,
        entry.interval,
        entry.last_interval,
        entry.factor,
        entry.milliseconds,
        entry.installation,
    )


def _entry(row: tuple[Any, ...]) -> ReviewLogEntry:
    key, card_id, rating, kind, interval, last_interval, factor, milliseconds, installation = row
    return ReviewLogEntry(
        id=key,
        card_id=card_id,
        rating=rating,
        kind=_KINDS[kind],
        interval=interval,
        last_interval=last_interval,
        factor=factor,
        milliseconds=milliseconds,
        installation=installation,
    )


def add_entry(tx: Transaction, entry: ReviewLogEntry) -> None:
    """Add an entry to the log."""
    tx.add(review_row(entry))


def add_rows(tx: Transaction, rows: Iterable[ReviewRow]) -> int:
    """Add many entries whose ids are new; returns how many."""
    return tx.bulk_insert(ReviewRow, rows)


def add_foreign(tx: Transaction, entries: Iterable[tuple[Any, ...]]) -> int:
    """Add many entries that were made elsewhere and whose ids are new; returns how many.

    Each is id, card, rating, kind, interval, last interval, factor, milliseconds.
    """
    return tx.bulk_insert(ReviewRow, entries, values="?, ?, ?, ?, ?, ?, ?, ?, 0")


def add_numbered(
    tx: Transaction, entries: Iterable[tuple[int, ...]], kinds: Sequence[str], first: int, last: int
) -> int:
    """Add many entries as `add_foreign` does, whose kinds are places in `kinds`.

    Their ids lie from `first` to `last`, where the log has no entry yet.
    """
    names = " ".join(f"WHEN {place} THEN '{_KINDS[kind].value}'" for place, kind in enumerate(kinds))
    values = f"?, ?, ?, CASE ? {names} END, ?, ?, ?, ?, 0"
    return tx.bulk_insert(ReviewRow, entries, values=values, bounds=(first, last))


def any_between(conn: sqlite3.Connection, first: int, last: int) -> bool:
    """Whether the log has an entry with an id from `first` to `last`."""
    found = conn.execute("SELECT 1 FROM reviews WHERE id BETWEEN ? AND ? LIMIT 1", (first, last)).fetchone()
    return found is not None


def entries_of_card(conn: sqlite3.Connection, card_id: CardId) -> list[ReviewLogEntry]:
    """Return the card's entries, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM reviews WHERE card_id = ? ORDER BY id", (card_id,))
    return [_entry(row) for row in rows]


def entries_of_cards(conn: sqlite3.Connection, ids: Iterable[CardId]) -> Iterator[ReviewLogEntry]:
    """Yield the entries of cards, each card's oldest first."""
    sql = f"SELECT {_COLUMNS} FROM reviews WHERE card_id IN ({{}}) ORDER BY card_id, id"
    return map(_entry, select_in(conn, sql, ids))


def iter_entries(conn: sqlite3.Connection, since_ms: int = 0) -> Iterator[ReviewLogEntry]:
    """Yield the entries made at or after `since_ms`, oldest first."""
    return map(_entry, conn.execute(f"SELECT {_COLUMNS} FROM reviews WHERE id >= ? ORDER BY id", (since_ms,)))


def plain_rows(conn: sqlite3.Connection, ids: Iterable[CardId] | None) -> Iterator[tuple[Any, ...]]:
    """Yield the entries of cards, or all for None, as plain values: a million of them are read, not made.

    Each is id, card, rating, kind, interval, last interval, factor, milliseconds.
    """
    columns = "id, card_id, rating, kind, interval, last_interval, factor, milliseconds"
    if ids is None:
        return iter(conn.execute(f"SELECT {columns} FROM reviews ORDER BY id"))
    return select_in(conn, f"SELECT {columns} FROM reviews WHERE card_id IN ({{}}) ORDER BY card_id, id", ids)


def memory_rows(conn: sqlite3.Connection, ids: Iterable[CardId]) -> Iterator[tuple[int, ...]]:
    """Yield what memory is worked out from, as whole numbers.

    Each is card, id (moment in ms), rating, kind (1 learn, 2 early, 3 manual, 0 any other), interval, factor.
    """
    kind = "CASE kind WHEN 'learn' THEN 1 WHEN 'early' THEN 2 WHEN 'manual' THEN 3 ELSE 0 END"
    columns = f"card_id, id, rating, {kind}, interval, factor"
    return select_in(conn, f"SELECT {columns} FROM reviews WHERE card_id IN ({{}}) ORDER BY card_id, id", ids)


def has_all(conn: sqlite3.Connection, log: StoredReviews) -> bool:
    """Whether the log here holds all entries of another."""
    within = "FROM reviews WHERE id BETWEEN ? AND ?"
    bounds = (log.first, log.last)
    count = conn.execute(f"SELECT count(*) {within}", bounds).fetchone()[0]
    if count < len(log):
        return False
    ids = (key for (key,) in conn.execute(f"SELECT id {within} ORDER BY id", bounds))
    if count == len(log):  # as after an import: then both are the same, one by one
        return all(map(eq, ids, log.ids()))
    return set(ids).issuperset(log.ids())


def bounds(conn: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the first and the last id of the log, None where it is empty."""
    first, last = conn.execute("SELECT min(id), max(id) FROM reviews").fetchone()
    return None if first is None else (first, last)


def any_of_no_card(conn: sqlite3.Connection) -> bool:
    """Whether the log has entries of cards that are gone."""
    sql = "SELECT 1 FROM reviews WHERE card_id NOT IN (SELECT id FROM cards) LIMIT 1"
    return conn.execute(sql).fetchone() is not None


def count(conn: sqlite3.Connection) -> int:
    """Return the number of entries."""
    return int(conn.execute("SELECT count(*) FROM reviews").fetchone()[0])


def known_ids(conn: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Return those of `ids` that the log holds."""
    asked = list(ids)
    # A first import asks for a million ids where there are none yet.
    if not any_between(conn, min(asked, default=0), max(asked, default=-1)):
        return set()
    return {row[0] for row in select_in(conn, "SELECT id FROM reviews WHERE id IN ({})", asked)}


def newest_of_cards(conn: sqlite3.Connection, ids: Iterable[CardId]) -> dict[CardId, int]:
    """Return the id of the newest entry of each of those cards that has any."""
    sql = "SELECT card_id, max(id) FROM reviews WHERE card_id IN ({}) GROUP BY card_id"
    return {CardId(card_id): newest_id for card_id, newest_id in select_in(conn, sql, ids)}


def any_own(conn: sqlite3.Connection, *, ids: Iterable[int] = (), cards: Iterable[CardId] = ()) -> bool:
    """Whether any of these entries, or any entry of these cards, was made here."""
    sql = "SELECT 1 FROM reviews WHERE {column} IN ({{}}) AND installation != 0 LIMIT 1"
    return any(
        next(iter(select_in(conn, sql.format(column=column), asked)), None) is not None
        for column, asked in (("id", ids), ("card_id", cards))
    )


# Daily counts


def count_answer(
    tx: Transaction, day: int, deck_id: DeckId, kind: str, rating: int, milliseconds: int
) -> None:
    """Count one answer of `kind` (new, learning, interday, review, drill) given on `day` in a deck."""
    row = DailyCountRow(day, deck_id, kind, rating, 1, milliseconds)
    tx.increase(row, ("answers", "milliseconds"))


def count_answers(tx: Transaction, counts: Mapping[tuple[int, DeckId, str, int], tuple[int, int]]) -> None:
    """Count many answers: (day, deck, kind, rating) gives (answers, milliseconds). For imported reviews."""
    rows = sorted([(*key, *counted) for key, counted in counts.items() if counted[0]])
    if not rows:
        return
    bounds = (rows[0][0], rows[-1][0])
    found = tx.conn.execute(
        "SELECT day, deck_id, kind, rating FROM daily_counts WHERE day BETWEEN ? AND ?", bounds
    )
    known = set(found)
    tx.bulk_insert(DailyCountRow, [row for row in rows if row[:4] not in known] if known else rows)
    for row in rows if known else ():
        if row[:4] in known:
            tx.increase(DailyCountRow(*row), ("answers", "milliseconds"))


def daily(conn: sqlite3.Connection, first_day: int, last_day: int) -> list[DailyCountRow]:
    """Return the counts of the days from `first_day` to `last_day`, both included, oldest first."""
    sql = f"SELECT {TABLES[DailyCountRow].column_list} FROM daily_counts WHERE day BETWEEN ? AND ?"
    return [DailyCountRow(*row) for row in conn.execute(sql, (first_day, last_day))]


def daily_sums(
    conn: sqlite3.Connection, first_day: int, last_day: int, deck_ids: Iterable[DeckId] | None = None
) -> list[DailyCountRow]:
    """Return the counts of some days, summed up: one row for timed and one for untimed answers of each day.

    Of all decks, those that are gone included, or of those given. Deck, kind and rating of the rows are empty.
    """
    some = "" if deck_ids is None else f"AND deck_id IN ({', '.join(str(int(key)) for key in deck_ids)})"
    sql = (
        "SELECT day, 0, '', 0, sum(answers), sum(milliseconds) FROM daily_counts "
        f"WHERE day BETWEEN ? AND ? {some} GROUP BY day, milliseconds > 0"
    )
    return [DailyCountRow(*row) for row in conn.execute(sql, (first_day, last_day))]


def newest_day(conn: sqlite3.Connection, after_day: int) -> int:
    """Return the newest day after `after_day` that counts an answer given here, `after_day` if there is none.

    Imported answers of days to come are counted as learning, whatever they were, and tell nothing.
    """
    sql = "SELECT max(day) FROM daily_counts WHERE day > ? AND kind != ?"
    found = conn.execute(sql, (after_day, LEARNING)).fetchone()[0]
    return after_day if found is None else int(found)


def done_today(conn: sqlite3.Connection, day: int) -> dict[DeckId, Done]:
    """Return for each deck what was done on `day` and counts against its limits."""
    rows = conn.execute(
        "SELECT deck_id, sum(answers * (kind = ?)), sum(answers * (kind IN (?, ?))) "
        "FROM daily_counts WHERE day = ? GROUP BY deck_id",
        (NEW, REVIEW, INTERDAY, day),
    )
    return {deck_id: Done(new, done) for deck_id, new, done in rows}
