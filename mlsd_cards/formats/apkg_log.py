"""Copies a whole review log from a collection of ours into a package, without making its rows one by one."""

import sqlite3
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeData, StoredReviews
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.formats.apkg_rows import CRAMMING, KINDS, MANUAL, Rows

_DRILL = ReviewKind.DRILL.value
_CODE = " ".join(["CASE kind", *[f"WHEN '{name}' THEN {code}" for name, code in KINDS.items()], "END"])
_FACTOR = f"CASE kind WHEN '{_DRILL}' THEN 0 ELSE factor END"
_COUNTS = f"rating <> 0 AND ({_FACTOR} <> 0 OR {_CODE} <> {CRAMMING})"
_RESETS = f"rating = 0 AND {_CODE} = {MANUAL} AND factor = 0"


class CopiedLog:
    """The log of `database`, up to the entry `last`; `rows` are those of the package."""

    def __init__(self, database: Path, last: int, rows: Rows) -> None:
        self._database = database
        self._where = f"FROM source.reviews WHERE id <= {int(last)}"
        self._rows = rows

    def attach(self, cursor: sqlite3.Cursor) -> None:
        """Let the connection read the collection; within a transaction it cannot be told to."""
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("ATTACH ? AS source", (f"{self._database.absolute().as_uri()}?mode=ro",))

    def copy(self, cursor: sqlite3.Cursor) -> None:
        """Write the table `revlog`, and tell the rows of the cards what their last answers are."""
        cursor.execute(
            f"INSERT INTO revlog SELECT id, {self._card_id(cursor)}, -1, rating, interval, last_interval, "
            f"{_FACTOR}, milliseconds, {_CODE} {self._where} ORDER BY id"
        )
        answers: dict[int, int | None] = dict.fromkeys(
            [row[0] for row in cursor.execute(f"SELECT DISTINCT card_id {self._where}")]
        )
        answers.update(
            cursor.execute(f"SELECT card_id, id / 1000 {self._where} AND {_COUNTS} ORDER BY id").fetchall()
        )
        # Few or none: they are looked for in the order of the log, not card by card.
        resets = cursor.execute(f"SELECT +card_id, max(id) {self._where} AND {_RESETS} GROUP BY +card_id")
        for card_id, number in resets.fetchall():
            later = f"SELECT max(id) {self._where} AND card_id = ? AND id > ? AND {_COUNTS}"
            if cursor.execute(later, (card_id, number)).fetchone()[0] is None:
                answers[card_id] = None
        self._rows.last_answers = answers

    def _card_id(self, cursor: sqlite3.Cursor) -> str:
        """Return an SQL expression for the package's id of a review's card."""
        renumbered = [(key, here) for key, here in self._rows.card_ids.items() if key != here]
        if not renumbered:
            return "card_id"
        cursor.execute("CREATE TEMP TABLE renumbered (here INTEGER PRIMARY KEY, there INTEGER NOT NULL)")
        cursor.executemany("INSERT INTO temp.renumbered VALUES (?, ?)", renumbered)
        return "ifnull((SELECT there FROM temp.renumbered WHERE here = card_id), card_id)"


def copied_log(data: ExchangeData, rows: Rows) -> CopiedLog | None:
    """Return the log if it can be copied as it is: all that there is."""
    reviews = data.reviews
    if not isinstance(reviews, StoredReviews):
        return None
    database = reviews.database()
    return None if database is None else CopiedLog(database, reviews.last, rows)
