"""What no program can beat, measured with nothing but the standard library: the same bytes by the barest code."""

import csv
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.measure import timed

COMMITS = 200


def _durable(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    return conn


def commits(path: Path) -> list[float]:
    """Return the times of durable commits: one row read, one changed, one added in each."""
    samples: list[float] = []
    with closing(_durable(path)) as conn:
        conn.execute("CREATE TABLE cards (id INTEGER PRIMARY KEY, due INTEGER, text TEXT)")
        conn.execute("CREATE TABLE reviews (id INTEGER PRIMARY KEY, card INTEGER, rating INTEGER)")
        conn.execute("BEGIN")
        conn.executemany("INSERT INTO cards VALUES (?, 0, ?)", ((i, "x" * 200) for i in range(10_000)))
        conn.execute("COMMIT")
        for number in range(COMMITS):
            key = number * 37 % 10_000
            with timed(samples):
                conn.execute("BEGIN IMMEDIATE")
                due = conn.execute("SELECT due FROM cards WHERE id = ?", (key,)).fetchone()[0]
                conn.execute("UPDATE cards SET due = ? WHERE id = ?", (due + 1, key))
                conn.execute("INSERT INTO reviews VALUES (?, ?, 3)", (number, key))
                conn.execute("COMMIT")
    return samples


def query(database: Path, sql: str, values: Sequence[object], rounds: int) -> list[float]:
    """Return the times of one plain SELECT that reads all its rows; the first, with a cold cache, is left out."""
    samples: list[float] = []
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as conn:
        conn.execute("PRAGMA cache_size = -65536")
        for _ in range(rounds + 1):
            with timed(samples):
                conn.execute(sql, values).fetchall()
    return samples[1:]


def attach(package: Path, folder: Path) -> list[float]:
    """Return the time to unpack a package and copy its rows into a database that has Anki's tables and indexes."""
    samples: list[float] = []
    folder.mkdir()
    with timed(samples):
        with zipfile.ZipFile(package) as packed:
            names = json.loads(packed.read("media"))
            (folder / "source.db").write_bytes(packed.read("collection.anki2"))
            for key, name in names.items():
                (folder / name).write_bytes(packed.read(key))
        with closing(_durable(folder / "target.db")) as conn:
            conn.execute("ATTACH ? AS source", (str(folder / "source.db"),))
            made = conn.execute(
                "SELECT type, name, sql FROM source.sqlite_master WHERE sql IS NOT NULL"
            ).fetchall()
            conn.execute("BEGIN")
            for _, _, sql in made:
                conn.execute(sql)
            for kind, name, _ in made:
                if kind == "table":
                    conn.execute(f"INSERT INTO main.{name} SELECT * FROM source.{name}")
            conn.execute("COMMIT")
    return samples


def insert_text(text: Path, path: Path) -> list[float]:
    """Return the time to read a text file and insert a note and a card for each line, in one durable commit."""
    samples: list[float] = []
    with timed(samples), closing(_durable(path)) as conn:
        conn.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, fields TEXT, tags TEXT)")
        conn.execute("CREATE TABLE cards (id INTEGER PRIMARY KEY, note INTEGER, due INTEGER)")
        with text.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines) if not row[0].startswith("#")]
        conn.execute("BEGIN")
        conn.executemany("INSERT INTO notes VALUES (NULL, ?, ?)", ((f"{f}\x1f{b}", t) for f, b, t in rows))
        conn.executemany("INSERT INTO cards VALUES (NULL, ?, ?)", ((i, i) for i in range(len(rows))))
        conn.execute("COMMIT")
    return samples


def pack(database: Path, media: Path, out: Path) -> list[float]:
    """Return the time to copy a database and pack the copy with deflate 1, pictures stored as they are."""
    samples: list[float] = []
    with timed(samples):
        copy = out.with_suffix(".copy")
        with closing(sqlite3.connect(database)) as conn, closing(sqlite3.connect(copy)) as target:
            target.execute("PRAGMA synchronous = OFF")
            conn.backup(target)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packing:
            packing.write(copy, "collection")
            for picture in media.iterdir():
                packing.write(picture, picture.name, zipfile.ZIP_STORED)
        copy.unlink()
    return samples


def copy_packed(database: Path, out: Path) -> list[float]:
    """Return the time to copy a database and pack the copy with zstandard 1 on two threads."""
    import zstandard

    samples: list[float] = []
    with timed(samples):
        copy = out.with_suffix(".copy")
        with closing(sqlite3.connect(database)) as conn, closing(sqlite3.connect(copy)) as target:
            target.execute("PRAGMA synchronous = OFF")
            conn.backup(target)
        with copy.open("rb") as reading, out.open("wb") as writing:
            zstandard.ZstdCompressor(level=1, threads=2).copy_stream(reading, writing)
        copy.unlink()
    return samples
