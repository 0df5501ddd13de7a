"""Collections to import into, and what they hold in the form in which the corpus tells what Anki holds."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mlsd_cards.domain.exchange import ImportReport
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


def fingerprint(home: Path) -> dict[str, str]:
    """Return digests of every row of the database and of every other file of a profile.

    Rows and not bytes: opening a database may move its pages about.
    """
    found: dict[str, str] = {}
    with sqlite3.connect(f"file:{home / 'collection.db'}?mode=ro", uri=True) as conn:
        plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        names = [name for (name,) in conn.execute(plain)]
        for name in sorted(names):
            lines = sorted(map(repr, conn.execute(f"SELECT * FROM {name}")))
            found[f"table {name}"] = hashlib.sha256("\n".join(lines).encode("utf8", "replace")).hexdigest()
    conn.close()
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if not path.is_file() or name.startswith(("collection.db", "log/")) or name.endswith(".lock"):
            continue
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def copy_profile(home: Path, target: Path) -> Path:
    """Copy a closed profile folder."""
    return Path(shutil.copytree(home, target))


def unchanged(report: ImportReport) -> bool:
    """Whether an import found nothing to do."""
    return not (report.notes_new or report.notes_updated)
