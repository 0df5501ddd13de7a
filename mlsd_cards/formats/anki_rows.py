"""Reads rows of a stranger's tables as values of the right type and range, and ids that are usable as keys.

A table whose values are all as they should be (one scan inside SQLite tells) is passed on as it is; in any
other each value is looked at, replaced where it must be, and counted.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import lt
from typing import Any, NamedTuple

from mlsd_cards.formats.foreign_db import ForeignDatabase, Row
from mlsd_cards.formats.limits import ID


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

    `replaced` counts the values that had to be replaced in what was iterated so far.

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
        self._columns = {column.name: column for column in columns}
        self._clean = self.count == db.value(f"SELECT count(*) FROM {table} WHERE {_condition(columns)}")

    def batches(self, *names: str) -> Iterator[list[Row]]:
        """Yield the rows in lists of some thousand, with the columns called `names` (none: all)."""
        columns = [self._columns[name] for name in names or self._columns]
        listed = ", ".join(f'"{column.name}"' for column in columns)
        for batch in self._db.batches(f"SELECT {listed} FROM {self._table} ORDER BY rowid"):
            yield batch if self._clean else [self._typed(columns, row) for row in batch]

    def rows(self, *names: str) -> Iterator[Row]:
        """Yield the rows one by one, with the columns called `names` (none: all)."""
        return chain.from_iterable(self.batches(*names))

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
