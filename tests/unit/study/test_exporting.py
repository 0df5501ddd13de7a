"""What an export takes along: parts, presets and media by choice, and the same bytes for the same collection."""

import hashlib
import json
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, PresetId
from mlsd_cards.domain.errors import FileFormatError, InputError, NotFound
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import decks, media
from mlsd_cards.study import Collection
from tests.helpers.study import Made, due, empty_collection, fill, wait


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Two notes in each of two decks with presets of their own, and an empty deck."""
    made = empty_collection(tmp_path / "home")
    notes = [
        Made((due(), due(), due()), deck=1, tags=("t",)),
        Made(deck=1),
        Made((due(),), deck=2),
        Made(deck=2),
    ]
    fill(made, notes, {"One": Options(new_per_day=7), "Two::Deep": Options(new_per_day=8)})
    with made.store.transaction(Op.OTHER, undoable=False) as tx:
        decks.put_deck(tx, Deck(id=DeckId(9), name="Empty", preset_id=PresetId(1)))
    return made


def opened(package: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a statement finds in a package's database."""
    with zipfile.ZipFile(package) as archive:
        database = package.with_suffix(".db")
        database.write_bytes(archive.read("collection.anki2"))
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def column(package: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(opened(package, f"SELECT {name} FROM col")[0][0])
    return found


def names(package: Path, name: str) -> set[str]:
    return {each["name"] for each in column(package, name).values()}


def test_chosen_cards_go_out_by_list_or_by_search(collection: Collection, tmp_path: Path) -> None:
    out = tmp_path / "some.apkg"
    report = collection.export(out, cards=[CardId(11), CardId(30)])
    assert (report.notes, report.cards) == (2, 2)
    by_list = opened(out, "SELECT id, did, due FROM cards ORDER BY id")
    collection.export(out, search="cid:11,30")
    assert opened(out, "SELECT id, did, due FROM cards ORDER BY id") == by_list
    assert names(out, "decks") == {"Default", "One", "Two", "Two::Deep"}


def test_presets_go_out_by_choice(collection: Collection, tmp_path: Path) -> None:
    out = tmp_path / "all.apkg"
    for scheduling, presets, expected in (
        (True, None, {"Default", "One", "Two::Deep"}),
        (False, None, {"Default"}),
        (True, False, {"Default"}),
        (False, True, {"Default", "One", "Two::Deep"}),
    ):
        collection.export(out, scheduling=scheduling, presets=presets)
        assert names(out, "dconf") == expected
        assert bool(opened(out, "SELECT 1 FROM cards WHERE type = 2")) is scheduling


def test_the_same_collection_is_the_same_bytes_and_an_edit_changes_one_note(
    collection: Collection, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / f"{name}.apkg" for name in "abc")
    collection.export(first)
    wait(collection, days=3)
    collection.export(second)
    assert first.read_bytes() == second.read_bytes()
    collection.edit_note(NoteId(1), fields={"One": "changed"})
    collection.export(third)
    rows = "SELECT id, guid, mid, tags, flds, sfld, csum, mod FROM notes ORDER BY id"
    before, after = opened(first, rows), opened(third, rows)
    assert [row[:3] for row in before] == [row[:3] for row in after]
    assert [pair[0][0] for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        row[0] for row in before if row[4].startswith("one 1")
    ]
    cards = "SELECT id, nid, did, ord, type, queue, due, ivl, factor, reps FROM cards"
    assert opened(first, cards) == opened(third, cards)


def test_a_whole_collection_has_its_empty_decks_and_tags(collection: Collection, tmp_path: Path) -> None:
    out = tmp_path / "all.colpkg"
    collection.export(out)
    assert names(out, "decks") == {"Default", "One", "Two", "Two::Deep", "Empty"}
    assert column(out, "tags") == {"t": -1}
    for part in ({"deck": "One"}, {"search": "t"}, {"cards": [CardId(10)]}):
        with pytest.raises(InputError, match=r"all.colpkg takes the whole collection"):
            collection.export(out, **part)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["x.apkg", "x.colpkg", "x"])
def test_media_that_cannot_be_read_is_left_out_and_listed(
    name: str, collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"there.png": b"1", "locked.png": b"2", "gone.png": b"3"}
    rows = [
        media.StagedFile(each, tmp_path / each, hashlib.sha256(content).hexdigest(), len(content))
        for each, content in files.items()
    ]
    for each, content in files.items():
        (tmp_path / each).write_bytes(content)
    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        media.move_in(tx, collection.home, rows)
    images = "".join(f'<img src="{each}">' for each in (*files, "never.png"))
    collection.edit_note(NoteId(2), fields={"Two": images})
    (collection.media_dir / "gone.png").unlink()
    readable = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "locked" not in str(path) and readable(path, mode))
    report = collection.export(tmp_path / name, form="" if "." in name else "folder")
    assert report.media == 1
    (warning,) = report.warnings
    assert warning.startswith("Left out, since 3 media files are missing or unreadable: ")
    assert all(f"“{each}”" in warning for each in ("gone.png", "locked.png", "never.png"))
    assert (
        collection.export(tmp_path / name, media=False, form="" if "." in name else "folder").warnings == []
    )


@pytest.mark.parametrize("name", ["x.apkg", "x.colpkg", "x.csv", "x.yaml", "x"])
@pytest.mark.parametrize("problem", ["folder", "no folder", "part of a file"])
def test_a_target_that_cannot_be_written_is_one_sentence(
    name: str, problem: str, collection: Collection, tmp_path: Path
) -> None:
    out = tmp_path / "to" / name
    form = "" if out.suffix else "folder"
    if problem == "folder":
        (out / "decks").mkdir(parents=True)
    elif problem == "part of a file":
        (tmp_path / "to").write_text("mine")
    with pytest.raises(InputError) as refused:
        collection.export(out, form=form)
    said = str(refused.value)
    assert name in said
    assert said.endswith(".")
    assert "\n" not in said
    assert "Errno" not in said
    assert not [each for each in tmp_path.rglob(".writing-*")]


def test_what_matches_nothing_or_is_no_format_is_said(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Nowhere"):
        collection.export(tmp_path / "x.apkg", deck="Nowhere")
    with pytest.raises(NotFound, match="nothing to export"):
        collection.export(tmp_path / "x.apkg", search="nothingsaysthis")
    with pytest.raises(FileFormatError, match=r"x\.doc cannot be written"):
        collection.export(tmp_path / "x.doc")
    with pytest.raises(FileFormatError, match="There is no format “tree”"):
        collection.export(tmp_path / "x", form="tree")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home"]
