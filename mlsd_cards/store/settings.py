"""Settings of the collection: JSON values under a key."""

import json
import sqlite3
from typing import Any

from mlsd_cards.store.schema import SettingRow
from mlsd_cards.store.transaction import Transaction

# Written once, when the collection is made.
CREATED_MS = "created_ms"
CREATED_OFFSET_MINUTES = "created_offset_minutes"
INSTALLATION = "installation"

MEMORIES_WANTING = "memories_wanting"
"""Says that cards came whose FSRS memory is still to be worked out."""


def get(conn: sqlite3.Connection, key: str, default: Any = None) -> Any:
    """Return the value of setting `key`, or `default` if it was never set."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row[0])


def all_settings(conn: sqlite3.Connection) -> dict[str, Any]:
    """Return every setting."""
    return {key: json.loads(value) for key, value in conn.execute("SELECT key, value FROM settings")}


def put(tx: Transaction, key: str, value: Any) -> None:
    """Set `key` to `value`, anything that JSON can hold."""
    tx.put(SettingRow, [setting_row(key, value)])


def remove(tx: Transaction, key: str) -> None:
    """Forget setting `key`."""
    tx.delete(SettingRow, [key])


def setting_row(key: str, value: Any) -> SettingRow:
    """Return the row that holds `value` under `key`."""
    return SettingRow(key, json.dumps(value, ensure_ascii=False, sort_keys=True))
