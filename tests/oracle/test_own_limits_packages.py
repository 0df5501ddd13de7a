"""Limits that a deck has of its own go from the real Anki to us and back, in packages with presets."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.store import decks as deck_store
from mlsd_cards.study import Collection, FixedClock, own_limits
from tests.helpers.study import empty_collection, fill

anki_collection = pytest.importorskip("anki.collection", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

NAMES = ("A", "A::B", "A::B::C", "A::D")
KEYS = ("newLimit", "reviewLimit", "newLimitToday", "reviewLimitToday")
WAYS = pytest.mark.parametrize("legacy", [False, True], ids=["packed", "legacy"])


def opened(path: Path) -> Any:
    path.mkdir()
    return anki_collection.Collection(str(path / "collection.anki2"))


def with_limits(col: Any, chance: random.Random) -> None:
    for name in NAMES:
        deck_id = col.decks.id(name)
        note = col.new_note(col.models.by_name("Basic"))
        note["Front"] = name
        col.add_note(note, deck_id)
        deck = col.decks.get(deck_id)
        for key in KEYS:
            limit = chance.choice([None, 0, 3, 40])
            deck[key] = limit
            if key.endswith("Today") and limit is not None:
                deck[key] = {"limit": limit, "today": col.sched.today}
        col.decks.update(deck)


def limits_in(col: Any) -> dict[str, list[Any]]:
    """Return the limits of each deck, those of a day without its number: collections count from days of their own."""
    found = {}
    for name in NAMES:
        deck = col.decks.by_name(name)
        for key in KEYS[2:]:
            if deck[key]:
                assert deck[key]["today"] == col.sched.today
        found[name] = [deck[key]["limit"] if isinstance(deck[key], dict) else deck[key] for key in KEYS]
    return found


def limits_here(col: Collection) -> dict[str, list[Any]]:
    with col.store.read() as conn:
        decks = {each.name: each for each in deck_store.decks(conn).values()}
    return {name: list(own_limits.shown(col, decks[name]).values()) for name in NAMES}


def package(col: Any, path: Path, *, legacy: bool, presets: bool) -> Path:
    options = anki_collection.ExportAnkiPackageOptions(
        with_scheduling=True, with_deck_configs=presets, with_media=False, legacy=legacy
    )
    col.export_anki_package(out_path=str(path), options=options, limit=None)
    return path


@WAYS
@pytest.mark.parametrize("seed", range(4))
def test_limits_come_from_anki_and_go_back(tmp_path: Path, seed: int, legacy: bool) -> None:
    theirs = opened(tmp_path / "theirs")
    theirs.db.execute("update col set crt = crt - 100 * 86400")
    theirs.close()
    theirs = anki_collection.Collection(str(tmp_path / "theirs" / "collection.anki2"))
    with_limits(theirs, random.Random(seed))
    given = limits_in(theirs)
    file = package(theirs, tmp_path / "in.apkg", legacy=legacy, presets=True)
    moment = datetime.fromtimestamp(theirs.sched.day_cutoff - 3600, UTC)
    created = datetime.fromtimestamp(theirs.crt, UTC)
    theirs.close()
    with empty_collection(tmp_path / "home", FixedClock(moment), made=created) as ours:
        fill(ours, [])
        ours.import_file(file)
        assert limits_here(ours) == given
        ours.export(tmp_path / "out.apkg")
    again = opened(tmp_path / "again")
    again.close()
    again = anki_collection.Collection(str(tmp_path / "again" / "collection.anki2"))
    again.import_anki_package(
        anki_collection.ImportAnkiPackageRequest(
            package_path=str(tmp_path / "out.apkg"),
            options=anki_collection.ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True),
        )
    )
    found = limits_in(again)
    again.close()
    assert found == given


@WAYS
def test_a_package_without_presets_brings_the_limits_that_anki_takes_from_it(
    tmp_path: Path, legacy: bool
) -> None:
    theirs = opened(tmp_path / "theirs")
    with_limits(theirs, random.Random(1))
    full = package(theirs, tmp_path / "full.apkg", legacy=legacy, presets=True)
    bare = package(theirs, tmp_path / "bare.apkg", legacy=legacy, presets=False)
    moment = datetime.fromtimestamp(theirs.sched.day_cutoff - 3600, UTC)
    theirs.close()
    again = opened(tmp_path / "again")
    again.import_anki_package(
        anki_collection.ImportAnkiPackageRequest(
            package_path=str(bare),
            options=anki_collection.ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True),
        )
    )
    taken = limits_in(again)
    again.close()
    nothing = {name: [None] * 4 for name in NAMES}
    for number, (file, progress, wanted) in enumerate(((full, False, nothing), (bare, True, taken))):
        with empty_collection(tmp_path / f"home{number}", FixedClock(moment)) as ours:
            fill(ours, [])
            ours.import_file(file, scheduling=progress)
            assert limits_here(ours) == wanted
