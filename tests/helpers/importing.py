"""Collections to import into, and what they hold in the form in which the corpus tells what Anki holds."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mlsd_cards.store.collection import Store
from mlsd_cards.study import Collection, FixedClock
from mlsd_cards.study.built_in import make_default_preset

NOW = datetime.fromisoformat("2030-01-01T12:00:00+00:00")  # later than all files of the corpus
STATES = {"new": 0, "learning": 1, "review": 2, "relearning": 3}


@contextmanager
def empty_collection(home: Path) -> Iterator[Collection]:
    """Open a collection without the built-in decks."""
    clock = FixedClock(NOW)
    store = Store.open(home, now_ms=clock.now_ms())
    with Collection(store, clock) as collection:
        make_default_preset(collection)
        yield collection


def rows(collection: Collection, sql: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds in the database."""
    with collection.store.read() as conn:
        return conn.execute(sql).fetchall()


def digest(items: Iterable[Any]) -> str:
    """Return the SHA-256 over the sorted JSON lines of `items`."""
    lines = sorted(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    return hashlib.sha256("\n".join(lines).encode("utf8", "surrogatepass")).hexdigest()


def note_lines(collection: Collection) -> list[list[Any]]:
    """Return guid, field names, fields and tags of each note."""
    shapes = {
        key: [field["name"] for field in json.loads(fields)]
        for key, fields in rows(collection, "SELECT id, fields FROM note_types")
    }
    return [
        [guid, shapes[note_type], fields.split("\x1f"), sorted(tags.split())]
        for guid, note_type, fields, tags in rows(
            collection, "SELECT guid, note_type_id, fields, tags FROM notes"
        )
    ]


def card_lines(collection: Collection) -> list[list[Any]]:
    """Return guid, ordinal, deck, state, interval, ease, answers and lapses of each card."""
    found = rows(
        collection,
        "SELECT n.guid, c.ordinal, d.name, c.state, c.interval_days, c.ease_permille, c.reps, c.lapses "
        "FROM cards c JOIN notes n ON n.id = c.note_id JOIN decks d ON d.id = c.deck_id",
    )
    return [[guid, ordinal, deck, STATES[state], *rest] for guid, ordinal, deck, state, *rest in found]


def stored(collection: Collection, *, history: bool = True) -> dict[str, str]:
    """Return digests of every row of the database and of every media file; `history` False leaves out undo steps.

    Rows and not bytes, since opening a database may move its pages about. The text index is left out: it is
    made anew from the texts, which are there.
    """
    return _tables(collection.store.database, history=history) | _files(collection.home)


def fingerprint(home: Path) -> dict[str, str]:
    """Return digests of every row of the database and of every other file of a profile."""
    return _tables(home / "collection.db") | _files(home)


def _tables(database: Path, *, history: bool = True) -> dict[str, str]:
    plain = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'note_index%'"
    )
    found: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        for (name,) in conn.execute(plain).fetchall():
            if history or name != "undo_steps":
                lines = sorted(map(repr, conn.execute(f"SELECT * FROM {name}")))
                found[f"table {name}"] = hashlib.sha256(
                    "\n".join(lines).encode("utf8", "replace")
                ).hexdigest()
    return found


def _files(home: Path) -> dict[str, str]:
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and not path.relative_to(home).as_posix().startswith(("collection.", "log/", "backups/", ".lock"))
    }
