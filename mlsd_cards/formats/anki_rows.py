"""Reads rows of a stranger's tables as values of the right type and range, and ids that are usable as keys.

A table whose values are all as they should be (one scan inside SQLite tells) is passed on as it is; in any
other each value is looked at, replaced where it must be, and counted.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mlsd_cards.formats.foreign_db import ForeignDatabase, Row
from mlsd_cards.formats.limits import ID


class Integer(NamedTuple):
    """A column of integers; what is out of range is clamped, what is no number becomes `default`."""

    name: str
    low: int = -(2**63)
    high: int = 2**63 - 1
    default: int = 0


class Text(NamedTuple):
    """A column of texts, which come as bytes."""

    name: str


class TypedRows:
    """The rows of one table, to be iterated once; then `replaced` counts the values that were not usable.

    Raises:
        FileFormatError: `limit` (more than `most` rows) or `damaged` (a column is missing).
    """

    def __init__(
        self,
        db: ForeignDatabase,
        table: str,
        columns: Sequence[Integer | Text],
        *,
        most: int,
        order: str = "",
    ) -> None:
        place = db.place.at(f"the table {table} of {db.place.item}")
        if not db.has(table, *[column.name for column in columns]):
            raise place.refuse("damaged", "lacks columns")
        self.replaced = 0
        self.count = int(db.value(f"SELECT count(*) FROM {table}"))
        if self.count > most:
            raise place.refuse("limit", f"has more than {most:,} rows")
        self._db = db
        self._columns = columns
        names = ", ".join(f'"{column.name}"' for column in columns)
        self._select = f"SELECT {names} FROM {table}{order and f' ORDER BY {order}'}"
        self._clean = not db.value(f"SELECT count(*) FROM {table} WHERE NOT ({_condition(columns)})")

    def __iter__(self) -> Iterator[Row]:
        rows = self._db.rows(self._select)
        return rows if self._clean else map(self._typed, rows)

    def _typed(self, row: Row) -> Row:
        return tuple([self._value(column, value) for column, value in zip(self._columns, row, strict=True)])

    def _value(self, column: Integer | Text, value: Any) -> int | bytes:
        if isinstance(column, Text):
            if isinstance(value, bytes):
                return value
            self.replaced += 1
            return b"" if value is None else str(value).encode()
        if isinstance(value, float) and math.isfinite(value):
            number = int(value)
            self.replaced += number != value
        elif isinstance(value, int):
            number = value
        elif isinstance(value, float) and value > 0:
            number = column.high + 1
        else:
            self.replaced += 1
            return column.default
        clamped = min(max(number, column.low), column.high)
        self.replaced += clamped != number
        return clamped


def _condition(columns: Sequence[Integer | Text]) -> str:
    parts = []
    for column in columns:
        name = f'"{column.name}"'
        if isinstance(column, Text):
            parts.append(f"typeof({name}) = 'text'")
        else:
            parts.append(f"typeof({name}) = 'integer'")
            if column.low > -(2**63) or column.high < 2**63 - 1:
                parts.append(f"{name} BETWEEN {column.low} AND {column.high}")
    return " AND ".join(parts)


def usable_ids(ids: Sequence[int], newest: int = ID) -> tuple[list[int], int]:
    """Return ids that may serve as keys, in the same order, and how many of them are new.

    An id that is not positive, larger than `newest` or used a second time is replaced by a free one.
    """
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
