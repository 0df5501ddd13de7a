"""The functions of ours that searches use within SQL."""

import re
import sqlite3
from functools import lru_cache

from mlsd_cards.domain.notes import FIELD_SEPARATOR


@lru_cache(maxsize=64)
def compiled(expression: str) -> re.Pattern[str]:
    """Return a regular expression that ignores letter case.

    Raises:
        re.error: It is faulty.
    """
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


def _matches(expression: str, text: str) -> bool:
    return compiled(expression).search(text) is not None


def _field_at(joined: str, ordinal: int) -> str:
    """Return one of the joined fields; empty where there are fewer."""
    parts = joined.split(FIELD_SEPARATOR, ordinal + 1)
    return parts[ordinal] if ordinal < len(parts) else ""


def add_functions(conn: sqlite3.Connection) -> None:
    """Let statements on `conn` use `matches(expression, text)` and `field_at(joined fields, ordinal)`."""
    conn.create_function("matches", 2, _matches, deterministic=True)
    conn.create_function("field_at", 2, _field_at, deterministic=True)
