"""What the benchmarks measure on: the synthetic files, and profiles of both programs made from them.

Profiles are made once and copied for each measurement that writes. Real Anki is used where its package is
installed; otherwise its side is left out.
"""

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlsd_cards.study import Collection
from tests.bench import process, synthetic
from tests.bench.measure import ANKI, Side

ANKI_FILE = "collection.anki2"


class Bed:
    """Everything that lies ready in `folder` for a collection of `notes` notes; a context manager."""

    def __init__(self, folder: Path, notes: int, seed: int = 7) -> None:
        self.folder = folder
        self.notes = notes
        self.env = process.environment(folder / "compiled")
        self.has_anki = find_spec("anki") is not None
        self._copies = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.package = folder / "bench.apkg"
        self.text = folder / "bench.csv"
        # The day of both programs begins at four in the morning.
        day = (datetime.now() - timedelta(hours=4)).date()  # noqa: DTZ005  (the day as the user lives it)
        rows = synthetic.Synthetic(notes, day, seed).rows()
        self.counts = (len(rows.notes), len(rows.cards), len(rows.reviews))
        self.media = dict(rows.media)
        synthetic.write_package(rows, self.package)
        self.text_notes = synthetic.write_csv(rows, self.text)

    def __enter__(self) -> "Bed":
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("collection", "anki"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def sides(self, ours: Side, limit: Side | None = None, anki: Side | None = None) -> Mapping[str, Side]:
        """Return the sides of a figure, without Anki's where it is not installed."""
        found = {"ours": ours} | ({"limit": limit} if limit else {})
        return found | ({ANKI: anki} if anki and self.has_anki else {})

    def new_path(self, suffix: str = "") -> Path:
        """Return a path in the folder that does not exist yet."""
        self._copies += 1
        return self.folder / f"made-{self._copies:03}{suffix}"

    def copy_of(self, profile: Path) -> Path:
        """Return a copy of a profile, for a measurement that writes."""
        target = self.new_path()
        shutil.copytree(profile, target)
        return target

    # Our profiles

    @cached_property
    def empty_home(self) -> Path:
        """A profile of ours that holds the built-in decks and nothing else."""
        home = self.folder / "ours-empty"
        Collection.open(home).close()
        return home

    @cached_property
    def full_home(self) -> Path:
        """A profile of ours that holds the synthetic collection."""
        home = self.copy_of(self.empty_home)
        with Collection.open(home) as collection:
            collection.import_file(self.package)
            collection.index_texts()
        return home

    @cached_property
    def collection(self) -> Collection:
        """Our collection, open on a copy of `full_home`."""
        return Collection.open(self.copy_of(self.full_home))

    # Real Anki's

    @cached_property
    def anki_empty(self) -> Path:
        """A new profile folder of Anki."""
        folder = self.folder / "anki-empty"
        folder.mkdir()
        _anki(folder).close()
        return folder

    @cached_property
    def anki_full(self) -> Path:
        """A profile folder of Anki that holds the synthetic collection."""
        from tests.bench.child_anki import import_package

        folder = self.copy_of(self.anki_empty)
        col = _anki(folder)
        import_package(col, str(self.package))
        col.decks.select(col.decks.id_for_name(synthetic.PARENT))
        col.close()
        return folder

    @cached_property
    def anki(self) -> Any:
        """Anki's collection, open on a copy of `anki_full`."""
        return _anki(self.copy_of(self.anki_full))


def _anki(folder: Path) -> Any:
    from anki.collection import Collection as AnkiCollection

    return AnkiCollection(str(folder / ANKI_FILE))
