"""Small helpers for reading rows."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

_KEYS_PER_SELECT = 500
_GOOD_PART = 3


def chunks(items: Iterable[Any], size: int = _KEYS_PER_SELECT) -> Iterator[list[Any]]:
    """Yield `items` in lists of at most `size`."""
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk


def select_in(
    conn: sqlite3.Connection, sql: str, keys: Iterable[Any], *others: Any
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `sql`, run for the keys in portions that take the place of its `{}`.

    `others` are bound to the question marks before the keys.
    """
    for chunk in chunks(keys):
        marks = ", ".join("?" * len(chunk))
        yield from conn.execute(sql.format(marks), (*others, *chunk))


def select_some(
    conn: sqlite3.Connection, columns: str, table: str, key: str, keys: Iterable[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield columns of the rows of a table whose `key` is one of `keys`; the key is the first column.

    Where they are a good part of the table it is read through, which is several times faster.
    """
    wanted = dict.fromkeys(keys)
    sql = f"SELECT {columns} FROM {table}"
    many = len(wanted) > _KEYS_PER_SELECT
    if many and _GOOD_PART * len(wanted) >= conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
        return (row for row in conn.execute(sql) if row[0] in wanted)
    return select_in(conn, f"{sql} WHERE {key} IN ({{}})", wanted)
