"""The only writer: rows are put and deleted here, and here each act's undo step is made.

A `Transaction` remembers, the first time it touches a row, how the row stood before. Those images are the
undo step, stored in the same commit. Taking a step back is a transaction like any other: it plays the images
and thereby makes its own images, which are the redo step. There is no undo code per table.
"""

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.store.images import ROWS_PER_LINE, ImageWriter, read_images
from mlsd_cards.store.schema import TABLES, TABLES_BY_NAME, ReviewRow, Table, UndoStepRow
from mlsd_cards.store.steps import Steps, load_steps

__all__ = ["UNDO_LIMIT", "Steps", "Transaction", "load_steps"]

R = TypeVar("R", bound=tuple[Any, ...])
RowType = type[tuple[Any, ...]]
UNDO_LIMIT = 30
_LARGEST_STEP = 900_000_000  # bytes; SQLite stores values up to 1,000,000,000
_BULK_CHUNK = 20_000
_KEYS_PER_SELECT = 500


class Transaction:
    """One act: what is written through it is committed, and taken back, as a whole.

    `conn` may be used for reading; it sees the act's own writes. `op` labels the undo step. `recorded` False
    makes no images. `before_commit` holds what is to be done last (it may still fail the act), `on_rollback`
    what undoes effects outside the database, `after_commit` what follows from the act and must not fail.
    `steps` are those as they will be after the commit. Made by `Store.transaction`, which begins and ends the
    database's transaction.
    """

    def __init__(self, conn: sqlite3.Connection, op: Op, steps: Steps, *, recorded: bool = True):
        self.conn = conn
        self.op = op
        self.changed = Changed.NOTHING
        self.before_commit: list[Callable[[], None]] = []
        self.on_rollback: list[Callable[[], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.steps = steps
        self._recorded = recorded
        self._images = ImageWriter()
        self._touched: dict[str, set[Any]] = {}
        self._inserted: dict[str, list[array[int]]] = {}
        self._added: dict[str, list[tuple[Any, ...]]] = {}  # keys of several columns
        self._spans: list[tuple[str, tuple[int, int]]] = []  # first and last key of rows that were added

    def note_changed(self, changed: Changed) -> None:
        """Add kinds of change to those that the written tables tell of."""
        self.changed |= changed

    def put(self, row_type: type[R], rows: Iterable[R]) -> None:
        """Write whole rows: a row whose key exists is overwritten, others are added."""
        table = TABLES[row_type]
        rows = list(rows)
        self._remember(table, [table.key_of(row) for row in rows])
        self._run_many(table, table.upsert_sql, rows)

    def add(self, row: tuple[Any, ...]) -> None:
        """Add one row whose key is known to be new.

        Raises:
            sqlite3.IntegrityError: The key exists.
        """
        table = TABLES[type(row)]
        self._run_many(table, table.insert_sql, [row])
        key = table.key_of(row)
        if self._is_first_touch(table, key):
            self._image(table, "delete", [key])

    def replace(self, before: R, after: R) -> bool:
        """Write `after` over `before`; returns False and writes nothing if the row is not exactly `before`.

        Spares reading the row, and touches only the columns (and indexes) that differ.
        """
        table = TABLES[type(before)]
        if before == after:
            return True
        places = [place for place, value in enumerate(before) if value != after[place]]
        sql = (
            f"UPDATE {table.name} SET {', '.join(f'{table.columns[place]} = ?' for place in places)} "
            f"WHERE {table.key_condition} AND ({table.column_list}) IS ({', '.join('?' * len(before))})"
        )
        keys = [before[place] for place in table.key_places]
        if self.conn.execute(sql, (*(after[place] for place in places), *keys, *before)).rowcount != 1:
            return False
        self.changed |= table.changed
        if self._is_first_touch(table, table.key_of(before)):
            self._image(table, "put", [before])
        return True

    def increase(self, row: tuple[Any, ...], columns: Sequence[str]) -> None:
        """Add the amounts in `columns` of `row` to the row of the same key, or add `row` if there is none.

        The first of `columns` must be a count that is never 0 in a stored row.
        """
        table = TABLES[type(row)]
        sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in columns)
        sql = (
            f"{table.insert_sql} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sums} "
            f"RETURNING {table.column_list}"
        )
        now = self.conn.execute(sql, row).fetchone()
        self.changed |= table.changed
        key = table.key_of(row)
        if self._is_first_touch(table, key):
            then = dict(zip(table.columns, now, strict=True))
            then.update((name, then[name] - row[table.columns.index(name)]) for name in columns)
            if then[columns[0]]:
                self._image(table, "put", [tuple(then.values())])
            else:
                self._image(table, "delete", [key])

    def delete(self, row_type: RowType, keys: Iterable[Any]) -> None:
        """Delete rows by key; keys without a row are passed over.

        Raises:
            ValueError: For the review log, from which only undo takes rows.
        """
        if row_type is ReviewRow:
            raise ValueError("review log entries are never deleted")
        self._delete(TABLES[row_type], list(keys), remember_absent=False)

    def bulk_insert(
        self,
        row_type: RowType,
        rows: Iterable[tuple[Any, ...]],
        *,
        values: str = "",
        bounds: tuple[int, int] | None = None,
    ) -> int:
        """Add many rows whose keys are new, and return how many. The undo step holds their keys only.

        `values` says in SQL how a row is made of the values given; else these are the columns. `bounds` are the
        first and the last of the keys where there is no row in between yet: then the keys are not looked at.

        Raises:
            sqlite3.IntegrityError: A key exists.
        """
        table = TABLES[row_type]
        sql = (
            f"INSERT INTO {table.name} ({table.column_list}) VALUES ({values})"
            if values
            else table.insert_sql
        )
        remaining = iter(rows)
        count = 0
        while chunk := list(islice(remaining, _BULK_CHUNK)):
            self._run_many(table, sql, chunk)
            count += len(chunk)
            if bounds is None:
                self._remember_inserted(table, list(map(table.get_key, chunk)))
        if bounds and count:
            self._spans.append((table.name, bounds))
        return count

    def _remember_inserted(self, table: Table, keys: list[Any]) -> None:
        if table.has_integer_key:
            self._inserted.setdefault(table.name, []).append(array("q", sorted(keys)))
            return
        touched = self._touched.setdefault(table.name, set())
        fresh = [key for key in keys if key not in touched] if touched else keys
        touched.update(keys)
        if table.range_place is None or len(fresh) < len(keys):
            self._image(table, "delete", fresh)
        else:
            self._added.setdefault(table.name, []).extend(fresh)

    @contextmanager
    def indexes_later(self, expected: Mapping[RowType, int]) -> Iterator[None]:
        """Within the block, go without the indexes of each table that is to grow by more rows than it has.

        Making an index once is faster than keeping it up row by row. `expected` says how many rows are to
        come.
        """
        dropped: list[str] = []
        for row_type, coming in expected.items():
            name = TABLES[row_type].name
            if coming > self.conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]:
                made = self.conn.execute(
                    "SELECT name, sql FROM sqlite_master "
                    "WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                    (name,),
                ).fetchall()
                for index, sql in made:
                    self.conn.execute(f"DROP INDEX {index}")
                    dropped.append(sql)
        yield
        for sql in dropped:
            self.conn.execute(sql)

    def add_postings(self, texts: Iterable[tuple[int, str]]) -> None:
        """Let the text index find `texts` (note id and folded text).

        Not part of the undo step: surplus postings do no harm, since the index only yields candidates.
        """
        self.conn.executemany("INSERT INTO note_index (rowid, text) VALUES (?, ?)", texts)

    def add_pending_postings(self, size: int) -> int:
        """Let the text index find up to `size` texts that it does not know yet, as `add_postings` does.

        Returns how many.
        """
        pending = f"FROM note_texts WHERE indexed = 0 ORDER BY note_id LIMIT {int(size)}"
        self.conn.execute(f"INSERT INTO note_index (rowid, text) SELECT note_id, text {pending}")
        marked = f"UPDATE note_texts SET indexed = 1 WHERE note_id IN (SELECT note_id {pending})"
        return self.conn.execute(marked).rowcount

    def expect_postings(self, many: bool) -> None:
        """Let the text index gather much in memory before it writes, or be as it usually is.

        Halves the time that it takes for many texts. Source: sqlite.org/fts5.html, configuration options.
        """
        options = (
            (("hashsize", 1 << 26), ("automerge", 0)) if many else (("hashsize", 1 << 20), ("automerge", 4))
        )
        for option in options:
            self.conn.execute("INSERT INTO note_index (note_index, rank) VALUES (?, ?)", option)

    def forget_postings(self) -> None:
        """Empty the text index, with the surplus that it gathered; texts are then found by reading them.

        Clears the undo steps, whose images may say that the index holds a text.
        """
        self.clear_steps()
        self.conn.execute("INSERT INTO note_index (note_index) VALUES ('delete-all')")
        self.conn.execute("UPDATE note_texts SET indexed = 0 WHERE indexed = 1")

    def finish(self) -> None:
        """Store the undo step, if anything was written."""
        blob = self._blob()
        if self._images.empty:
            return
        if len(blob) > _LARGEST_STEP:
            self.clear_steps()
            return
        if self.steps.redo:
            self.conn.execute("DELETE FROM undo_steps WHERE direction = 'redo'")
        undo = self.steps.undo
        if len(undo) >= UNDO_LIMIT:
            self.conn.execute("DELETE FROM undo_steps WHERE id = ?", undo[:1])
            undo = undo[1:]
        self.steps = Steps((*undo, self._store_step("undo", blob)), ())

    def clear_steps(self) -> None:
        """Forget all steps, for an act that cannot be taken back."""
        if any(self.steps):
            self.conn.execute("DELETE FROM undo_steps")
            self.steps = Steps()

    def play_step(self, direction: str) -> bool:
        """Play the newest step of `direction` (undo or redo); False if there is none.

        Sets `op` and `changed` to those of the step.
        """
        undo, redo = self.steps
        ids = undo if direction == "undo" else redo
        if not ids:
            return False
        op, changed, blob = self.conn.execute(
            "SELECT op, changed, images FROM undo_steps WHERE id = ?", ids[-1:]
        ).fetchone()
        self._play(blob)
        self.op, self.changed = Op(op), Changed(changed)
        self.conn.execute("DELETE FROM undo_steps WHERE id = ?", ids[-1:])
        inverse = self._blob()
        if direction == "undo":
            self.steps = Steps(undo[:-1], (*redo, self._store_step("redo", inverse)))
        else:
            self.steps = Steps((*undo, self._store_step("undo", inverse)), redo[:-1])
        return True

    def _store_step(self, direction: str, blob: bytes) -> int:
        row = UndoStepRow(self.steps.next_id, direction, self.op.value, self.changed.value, blob)
        self.conn.execute(TABLES[UndoStepRow].insert_sql, row)
        return row.id

    def _play(self, blob: bytes) -> None:
        # First everything named goes, then everything held comes back: so no order of rows can clash.
        for name, kind, items in read_images(blob):
            table = TABLES_BY_NAME[name]
            if kind == "range":
                self._delete_range(table, items)
            else:
                keys = items if kind == "delete" else [table.key_of(row) for row in items]
                keys = [tuple(key) if isinstance(key, list) else key for key in keys]
                self._delete(table, keys, remember_absent=True)
        for name, kind, items in read_images(blob):
            if kind == "put":
                table = TABLES_BY_NAME[name]
                self._run_many(table, table.insert_sql, items)

    def _run_many(self, table: Table, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            self.conn.execute(sql, rows[0])
        elif rows:
            self.conn.executemany(sql, map(tuple, rows))  # the driver binds plain tuples twice as fast
        if rows:
            self.changed |= table.changed

    def _delete(self, table: Table, keys: list[Any], *, remember_absent: bool) -> None:
        self._remember(table, keys, remember_absent=remember_absent)
        self._run_many(table, table.delete_sql, [key if isinstance(key, tuple) else (key,) for key in keys])

    def _delete_range(self, table: Table, bounds: list[Any]) -> None:
        column = bounds[2] if len(bounds) > 2 else table.key[0]
        where = f"FROM {table.name} WHERE {column} BETWEEN ? AND ?"
        rows = self.conn.execute(f"SELECT {table.column_list} {where}", bounds[:2])
        while chunk := rows.fetchmany(ROWS_PER_LINE):
            self._image(table, "put", chunk)
        self.conn.execute(f"DELETE {where}", bounds[:2])

    # Images

    def _image(self, table: Table, kind: str, items: list[Any]) -> None:
        if self._recorded:
            self._images.add(table.name, kind, items)

    def _is_first_touch(self, table: Table, key: Any) -> bool:
        """Whether the act meets the row for the first time; the second time the answer is no."""
        touched = self._touched.setdefault(table.name, set())
        if key in touched or self._was_inserted(table, key):
            return False
        touched.add(key)
        return True

    def _was_inserted(self, table: Table, key: Any) -> bool:
        for name, (first, last) in self._spans:
            if name == table.name and first <= key <= last:
                return True
        for keys in self._inserted.get(table.name, ()):
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                return True
        return False

    def _remember(self, table: Table, keys: list[Any], *, remember_absent: bool = True) -> None:
        """Make the images of rows that are about to be written or deleted."""
        touched = self._touched.setdefault(table.name, set())
        fresh = [
            key for key in dict.fromkeys(keys) if key not in touched and not self._was_inserted(table, key)
        ]
        if remember_absent:
            touched.update(fresh)
        if not self._recorded:
            return
        for start in range(0, len(fresh), _KEYS_PER_SELECT):
            asked = fresh[start : start + _KEYS_PER_SELECT]
            rows = self._rows(table, asked)
            self._image(table, "put", rows)
            found = {table.key_of(row) for row in rows}
            touched.update(found)
            if remember_absent:
                self._image(table, "delete", [key for key in asked if key not in found])

    def _rows(self, table: Table, keys: list[Any]) -> list[Any]:
        if len(table.key) > 1 or len(keys) == 1:
            found = (
                self.conn.execute(table.select_sql, key if isinstance(key, tuple) else (key,)).fetchone()
                for key in keys
            )
            return [row for row in found if row is not None]
        marks = ", ".join("?" * len(keys))
        sql = f"SELECT {table.column_list} FROM {table.name} WHERE {table.key[0]} IN ({marks})"
        return self.conn.execute(sql, keys).fetchall()

    def _blob(self) -> bytes:
        """Return the images of all that was written."""
        for name, bounds in self._spans:
            self._image(TABLES_BY_NAME[name], "range", list(bounds))
        for name, arrays in self._inserted.items():
            keys = sorted(key for keys in arrays for key in keys)
            self._image_added(TABLES_BY_NAME[name], keys, keys[0], keys[-1])
        for name, added in self._added.items():
            table = TABLES_BY_NAME[name]
            place = table.range_place or 0
            numbers = [key[place] for key in added]
            self._image_added(table, added, min(numbers), max(numbers))
        return self._images.finish()

    def _image_added(self, table: Table, keys: list[Any], first: int, last: int) -> None:
        column = table.key[table.range_place or 0]
        between = f"SELECT count(*) FROM {table.name} WHERE {column} BETWEEN ? AND ?"
        if self.conn.execute(between, (first, last)).fetchone()[0] == len(keys):
            # No foreign row lies in between.
            self._image(table, "range", [first, last] if len(table.key) == 1 else [first, last, column])
            return
        for start in range(0, len(keys), ROWS_PER_LINE):
            self._image(table, "delete", keys[start : start + ROWS_PER_LINE])
