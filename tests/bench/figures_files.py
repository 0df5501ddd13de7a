"""Whole programs: commands, import and export; and the care of the collection."""

import sys
from collections.abc import Iterator
from pathlib import Path

from mlsd_cards.store.connection import DATABASE_NAME
from tests.bench import limits
from tests.bench.bed import ANKI_FILE, Bed
from tests.bench.measure import Figure, Goal, Side, SideFailed, timed
from tests.bench.process import child, our_command, whole

_OPEN = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM cards').fetchone())"


def _ours(bed: Bed, home: Path, *words: str) -> Side:
    return lambda: whole(our_command(home, *words), bed.env)


def _anki(bed: Bed, *words: str, profile: str = "anki_full") -> Side:
    """Return the side of a run of Anki on a fresh copy of one of the bed's profiles."""

    def side() -> list[float]:
        path = bed.copy_of(getattr(bed, profile)) / ANKI_FILE
        return whole(child("child_anki", str(path), *words), bed.env)

    return side


def commands(bed: Bed) -> Iterator[Figure]:
    """Yield what a short command costs, from start to end of the program."""

    def bare() -> list[float]:
        return whole([sys.executable, "-c", _OPEN, str(bed.full_home / DATABASE_NAME)], bed.env)

    def run(*words: str) -> Side:
        return lambda: whole(our_command(bed.full_home, *words), bed.env)

    plain = "bare Python with sqlite3"
    yield Figure(
        "command start (settings)",
        bed.sides(run("settings"), bare, _anki(bed, "open")),
        Goal(of_anki=1.2),
        plain,
        warm=True,
    )
    yield Figure(
        "deck counts (decks)",
        bed.sides(run("decks", "--json"), bare, _anki(bed, "counts")),
        Goal(of_anki=0.9),
        plain,
        warm=True,
    )


def imports(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of imports: each is a whole program, ours with the text index."""

    def fresh(path: Path) -> Side:
        return lambda: whole(our_command(bed.copy_of(bed.empty_home), "import", str(path)), bed.env)

    def again(path: Path) -> Side:
        return lambda: whole(our_command(bed.copy_of(bed.full_home), "import", str(path)), bed.env)

    def attach() -> list[float]:
        return limits.attach(bed.package, bed.new_path())

    def inserts() -> list[float]:
        return limits.insert_text(bed.text, bed.new_path(".db"))

    of_anki = 0.7 if bed.notes >= 100_000 else 0.9
    yield Figure(
        "import with history",
        bed.sides(fresh(bed.package), attach, _anki(bed, "import", str(bed.package), profile="anki_empty")),
        Goal(of_anki=of_anki, of_limit=5),
        "unzip, attach, insert … select",
        rounds=5,
        warm=True,
    )
    yield Figure(
        "import again, unchanged",
        bed.sides(again(bed.package), attach, _anki(bed, "import", str(bed.package))),
        Goal(of_anki=1.0),
        "unzip, attach, insert … select",
        rounds=5,
    )
    yield Figure(
        "import CSV",
        bed.sides(fresh(bed.text), inserts, _anki(bed, "csv", str(bed.text), profile="anki_empty")),
        Goal(of_anki=1.0),
        "bare inserts",
        rounds=5,
        warm=True,
    )


def exports(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of exports, as whole programs."""

    def ours(suffix: str, *words: str) -> Side:
        return lambda: whole(our_command(bed.full_home, "export", str(bed.new_path(suffix)), *words), bed.env)

    def anki(progress: str) -> Side:
        return lambda: _anki(bed, "export", str(bed.new_path(".apkg")), progress)()

    def packed() -> list[float]:
        return limits.pack(bed.full_home / DATABASE_NAME, bed.full_home / "media", bed.new_path(".zip"))

    what = "copy + deflate 1"
    yield Figure(
        "export with history",
        bed.sides(ours(".apkg"), packed, anki("yes")),
        Goal(of_anki=0.5),
        what,
        rounds=5,
        warm=True,
    )
    yield Figure(
        "export plain",
        bed.sides(ours(".apkg", "--no-scheduling"), packed, anki("no")),
        Goal(of_anki=1.0),
        what,
        rounds=5,
    )


def care(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of check and backup, in the open collections."""

    def check() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.collection.check()
        return samples

    def anki_check() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.anki.fix_integrity()
        return samples

    def integrity() -> list[float]:
        return limits.query(bed.full_home / DATABASE_NAME, "PRAGMA integrity_check", (), 1)

    yield Figure(
        "check",
        bed.sides(check, integrity, anki_check),
        Goal(of_anki=0.5),
        "integrity_check",
        rounds=5,
        warm=True,
    )

    def backup() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.collection.backup()
        return samples

    def anki_backup() -> list[float]:
        samples: list[float] = []
        folder = bed.new_path()
        folder.mkdir()
        deck = bed.anki.decks.current()
        bed.anki.decks.save(deck | {"desc": folder.name})  # without a change it would make none
        with timed(samples):
            bed.anki.create_backup(backup_folder=str(folder), force=True, wait_for_completion=True)
        if not any(folder.iterdir()):
            raise SideFailed("Anki made no backup")
        return samples

    def copied() -> list[float]:
        return limits.copy_packed(bed.full_home / DATABASE_NAME, bed.new_path(".zst"))

    yield Figure(
        "backup",
        bed.sides(backup, copied, anki_backup),
        Goal(of_anki=1.0),
        "copy + zstd 1",
        rounds=5,
        warm=True,
    )
