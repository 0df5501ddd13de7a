"""Small helpers for reading rows."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

_KEYS_PER_SELECT = 500


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
