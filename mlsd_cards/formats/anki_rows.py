"""Reads rows of a stranger's tables as values of the right type and range, and ids that are usable as keys.

A table whose values are all as they should be (SQLite tells, while it gives them) is passed on as it is; in
any other each value is looked at, replaced where it must be, and counted.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import Any, NamedTuple, TypeVar

from mlsd_cards.formats.foreign_db import ForeignDatabase, Row
from mlsd_cards.formats.limits import ID

_Made = TypeVar("_Made")


class Integer(NamedTuple):
    """A column of integers. What is out of range is clamped; what is no number counts as 0."""

    name: str
    low: int = -(2**63) + 1
    high: int = 2**63 - 1


class Text(NamedTuple):
    """A column of texts, which come as bytes."""

    name: str


class TypedRows:
    """Rows of one table, in the order in which they were added.

    `replaced` counts the values that had to be replaced in the rows collected last.

    Raises:
        FileFormatError: `limit` (more than `most` rows) or `damaged` (a column is missing).
    """

    def __init__(
        self, db: ForeignDatabase, table: str, columns: Sequence[Integer | Text], *, most: int
    ) -> None:
        place = db.place.at(f"the table {table} of {db.place.item}")
        if not db.has(table, *[column.name for column in columns]):
            raise place.refuse("damaged", "lacks columns")
        self.count = int(db.value(f"SELECT count(*) FROM {table}"))
        if self.count > most:
            raise place.refuse("limit", f"has more than {most:,} rows")
        self.replaced = 0
        self._db = db
        self._table = table
        self._condition = _condition(columns)
        self._columns = {column.name: column for column in columns}
        self._fitting = f"WHERE {self._condition} "
        self._is_clean: bool | None = None  # not known before the first round

    def all_fit(self, *conditions: str) -> bool:
        """Whether no row needs a repair, and all meet the conditions; the database tells without giving a row."""
        # All rows are looked at in their order: an index would lead to them one by one.
        where = f"{self._table} NOT INDEXED WHERE {' AND '.join([self._condition, *conditions])}"
        return int(self._db.value(f"SELECT count(*) FROM {where}")) == self.count

    def collect(self, make: Callable[[list[Row]], Iterable[_Made]], *names: str) -> list[_Made]:
        """Return what `make` makes of all rows, given some thousand at a time, with the columns `names` (none: all).

        The first round asks the database for rows that need no repair. If it does not give all, what was made
        is thrown away, and a second round repairs each row: so `make` must not mind, the first time.
        """
        if self._is_clean is not False:
            made: list[_Made] = []
            given = 0
            for batch in self._batches(names, self._fitting if self._is_clean is None else ""):
                given += len(batch)
                made += make(batch)
            self._is_clean = given == self.count
            if self._is_clean:
                return made
        self.replaced = 0
        made = []
        columns = [self._columns[name] for name in names or self._columns]
        for batch in self._batches(names, ""):
            made += make([self._typed(columns, row) for row in batch])
        return made

    def _batches(self, names: Sequence[str], where: str) -> Iterator[list[Row]]:
        listed = ", ".join(f'"{name}"' for name in names or self._columns)
        return self._db.batches(f"SELECT {listed} FROM {self._table} {where}ORDER BY rowid")

    def _typed(self, columns: Sequence[Integer | Text], row: Row) -> Row:
        return tuple([self._value(column, value) for column, value in zip(columns, row, strict=True)])

    def _value(self, column: Integer | Text, value: Any) -> int | bytes:
        if isinstance(column, Text):
            if isinstance(value, bytes):
                return value
            self.replaced += 1
            return b"" if value is None else str(value).encode()
        number = _nearest(value, column)
        self.replaced += number != value
        return number


def _nearest(value: Any, column: Integer) -> int:
    """Return the integer of the column's range that is nearest to `value`; 0 stands for what is no number."""
    number = 0
    if isinstance(value, float) and not math.isnan(value):
        number = round(value) if math.isfinite(value) else (column.high if value > 0 else column.low)
    elif isinstance(value, int):
        number = value
    return min(max(number, column.low), column.high)


def _condition(columns: Sequence[Integer | Text]) -> str:
    """Return an SQL condition for rows that need no repair.

    Text and blobs are larger than every number, so that a range keeps them out; a sum is an integer only if
    all its parts are.
    """
    numbers = [column for column in columns if isinstance(column, Integer)]
    parts = [f'"{column.name}" BETWEEN {column.low} AND {column.high}' for column in numbers]
    total = " + ".join(f'"{column.name}"' for column in numbers)
    parts.append(f"typeof({total}) = 'integer'")
    parts += [f"typeof(\"{column.name}\") = 'text'" for column in columns if isinstance(column, Text)]
    return " AND ".join(parts)


def usable_ids(ids: Sequence[int], newest: int = ID) -> tuple[list[int], int]:
    """Return ids that may serve as keys, in the same order, and how many of them are new.

    An id that is not positive, larger than `newest` or used a second time is replaced by a free one.
    """
    if _is_ascending(ids, newest):
        return list(ids), 0
    seen: set[int] = set()
    bad = []
    for place, number in enumerate(ids):
        if 0 < number <= newest and number not in seen:
            seen.add(number)
        else:
            bad.append(place)
    if not bad:
        return list(ids), 0
    usable = list(ids)
    free = max(seen, default=0) + 1
    if free + len(bad) > newest:
        free = 1
    for place in bad:
        while free in seen:
            free += 1
        seen.add(free)
        usable[place] = free
    return usable, len(bad)


def _is_ascending(ids: Sequence[int], newest: int) -> bool:
    """Whether the ids are in order, each once, and within bounds: the usual case, decided quickly."""
    return not ids or (ids[0] > 0 and ids[-1] <= newest and all(map(lt, ids, islice(ids, 1, None))))
