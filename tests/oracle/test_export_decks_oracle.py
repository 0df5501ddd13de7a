"""Real decks that pass through our reader and writer arrive in Anki as from their own package."""

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_export_package_oracle import Anki

from mlsd_cards.domain.exchange import WriteOptions
from mlsd_cards.formats import apkg_writer
from tests.helpers.packages import CREATED_DATE

anki_collection = pytest.importorskip("anki.collection")
pytestmark = pytest.mark.oracle


@pytest.fixture
def empty_collection(tmp_path: Path) -> Path:
    """Return a collection that Anki has just made, closed."""
    path = tmp_path / "empty" / "collection.anki2"
    path.parent.mkdir()
    anki_collection.Collection(str(path)).close()
    return path


@pytest.mark.slow
def test_real_decks_arrive_as_from_their_own_package(tmp_path: Path, empty_collection: Path) -> None:
    """Real packages through our reader and writer: Anki makes the same collection as of the originals."""
    from mlsd_cards.domain.errors import FileFormatError
    from mlsd_cards.domain.exchange import ReadOptions
    from mlsd_cards.formats import apkg
    from tests.helpers.shared import corpus_file

    corpus = corpus_file()
    now_ms = int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)  # Anki itself reads the real clock
    compared = 0
    for entry in json.loads(corpus.read_text())["files"]:
        if entry["kind"] != "apkg" or entry["bytes"] > 300_000 or entry.get("varies_from_run_to_run"):
            continue
        original = corpus.parent / entry["file"]
        work = tmp_path / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            data = apkg.read(original, ReadOptions(work_dir=work, now_ms=now_ms))
        except FileFormatError:
            continue
        if data.warnings or any(card.filtered_deck_id for card in data.cards):
            continue  # what the reader changes is told by its own tests
        path = tmp_path / "again.apkg"
        options = WriteOptions(now_ms=now_ms, created_date=CREATED_DATE)
        assert apkg_writer.write(data, path, options) == [], entry["id"]
        results = [imported(tmp_path / "anki", empty_collection, package) for package in (original, path)]
        for part in results[0]:
            assert results[1][part] == results[0][part], (entry["id"], part)
        compared += 1
    assert compared


def imported(folder: Path, empty: Path, package: Path) -> dict[str, Any]:
    """Return all that Anki holds after importing a package with progress."""
    anki = Anki(folder, empty)
    try:
        anki.load(package, progress=True)
        cards = anki.cards()
        for card in cards.values():
            # Only cards in steps use it, and of it only the last digits.
            card["left"] = card["left"] % 1000 if card["type"] in (1, 3) else 0
            card["data"] = {key: card["data"].get(key) for key in ("s", "d")}
            if card["type"] in (2, 3) and not card["factor"]:
                card["factor"] = 2500  # an interval without an ease cannot grow
            if card["type"] == 0:
                card["due"] %= 1_000_000
        notes = {  # what Anki adds to a name that is taken differs from run to run
            guid: (name.rstrip("+_"), fields, tags) for guid, (name, fields, tags) in anki.notes().items()
        }
        return {
            "notes": notes,
            "cards": cards,
            "decks": sorted(each.name for each in anki.col.decks.all_names_and_ids()),
            "reviews": anki.col.db.all(
                "select r.id, n.guid, c.ord, ease, r.ivl, lastIvl, r.factor, time, r.type "
                "from revlog r join cards c on r.cid = c.id join notes n on c.nid = n.id order by 1, 2, 3"
            ),
            "media": {path.name: path.read_bytes() for path in anki.media.iterdir()},
            "presets": sorted(each["name"] for each in anki.col.decks.all_config()),
        }
    finally:
        anki.col.close()
