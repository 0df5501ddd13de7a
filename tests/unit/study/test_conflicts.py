"""A field that the author and the user both changed waits for the user's choice; the user's text stands meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.editions import delete, edit, found, note_type, package
from helpers.importing import empty_collection, stored

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.study import Collection, conflicts

TEXTS = {"a": ("question a", "answer a"), "b": ("question b", "answer b"), "c": ("question c", "answer c")}
THEIRS = {key: ("newer " + question, "newer " + answer) for key, (question, answer) in TEXTS.items()}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def both(collection: Collection, tmp_path: Path) -> Path:
    """Two notes changed on both sides, one of them in two fields, and one that only the author changed."""
    collection.import_file(package(tmp_path / "1.apkg", TEXTS))
    edit(collection, "a", "my question", "my answer")
    edit(collection, "b", "question b", "my other answer")
    second = package(tmp_path / "2.apkg", THEIRS, edition=2)
    report = collection.import_file(second)
    assert len(report.note_ids["conflicts"]) == 2
    return second


def open_fields(collection: Collection) -> list[tuple[str, str, str]]:
    return [(each.field, each.mine, each.theirs) for each in conflicts.open_conflicts(collection)]


def test_both_texts_are_kept_and_mine_stands(collection: Collection, both: Path) -> None:
    assert open_fields(collection) == [
        ("Back", "my answer", "newer answer a"),
        ("Front", "my question", "newer question a"),
        ("Back", "my other answer", "newer answer b"),
    ]
    assert found(collection, "a").fields == ("my question", "my answer")
    assert found(collection, "b").fields == ("newer question b", "my other answer")
    assert found(collection, "c").fields == THEIRS["c"]
    assert collection.search("is:conflict").count == 2


def test_theirs_is_taken_field_by_field_and_undone_as_one_step(collection: Collection, both: Path) -> None:
    before = stored(collection, history=False)
    front = next(each for each in conflicts.open_conflicts(collection) if each.field == "Front")
    assert conflicts.take_theirs(collection, [front.key]) == 1
    assert found(collection, "a").fields == ("newer question a", "my answer")
    assert conflicts.count(collection) == 2
    assert conflicts.take_theirs(collection, [each.key for each in conflicts.open_conflicts(collection)]) == 2
    assert [found(collection, key).fields for key in TEXTS] == list(THEIRS.values())
    assert collection.search("is:conflict").count == 0
    assert collection.undo() == Op.SETTLE
    assert collection.undo() == Op.SETTLE
    assert stored(collection, history=False) == before
    assert collection.undo() == Op.IMPORT
    assert conflicts.count(collection) == 0
    assert collection.redo() == Op.IMPORT
    assert conflicts.count(collection) == 3


def test_mine_kept_stays_and_the_same_edition_does_not_ask_again(collection: Collection, both: Path) -> None:
    keys = [each.key for each in conflicts.open_conflicts(collection)]
    assert conflicts.keep_mine(collection, keys) == 3
    assert conflicts.keep_mine(collection, keys) == 0
    assert found(collection, "a").fields == ("my question", "my answer")
    collection.import_file(both)
    assert conflicts.count(collection) == 0


def test_the_next_edition_replaces_what_waits_and_leaves_what_it_says_nothing_new_of(
    collection: Collection, both: Path, tmp_path: Path
) -> None:
    third = {**THEIRS, "a": ("newest question a", "newer answer a")}
    collection.import_file(package(tmp_path / "3.apkg", third, edition=3))
    assert ("Front", "my question", "newest question a") in open_fields(collection)
    assert ("Back", "my answer", "newer answer a") in open_fields(collection)
    assert conflicts.count(collection) == 3


def test_a_deleted_note_and_a_text_made_alike_are_no_conflict(collection: Collection, both: Path) -> None:
    delete(collection, "a")
    assert [each[0] for each in open_fields(collection)] == ["Back"]
    edit(collection, "b", "newer question b", "newer answer b")
    assert conflicts.count(collection) == 0
    assert collection.check() == []
    collection.undo()
    collection.undo()
    assert conflicts.count(collection) == 3


def test_a_cloze_taken_over_has_each_of_its_cards_once(collection: Collection, tmp_path: Path) -> None:
    from dataclasses import replace

    kind = replace(
        note_type(("Text",), [("Cloze", "{{cloze:Text}}", "{{cloze:Text}}")]), kind=NoteTypeKind.CLOZE
    )
    collection.import_file(package(tmp_path / "1.apkg", {"a": ("{{c1::one}}",)}, made_with=kind))
    edit(collection, "a", "{{c1::mine}}")
    newer = {"a": ("{{c1::one}} and {{c2::two}}",)}
    collection.import_file(package(tmp_path / "2.apkg", newer, made_with=kind, edition=2))
    conflicts.take_theirs(collection, [each.key for each in conflicts.open_conflicts(collection)])
    assert found(collection, "a").fields == newer["a"]
    assert collection.search("").count == 2


def test_what_the_author_removed_is_told_and_stays(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(package(tmp_path / "1.apkg", TEXTS))
    report = collection.import_file(package(tmp_path / "2.apkg", {"b": TEXTS["b"]}, edition=2))
    gone = sorted([found(collection, "a").id, found(collection, "c").id])
    assert report.note_ids["gone"] == gone
    assert collection.search(f"nid:{','.join(map(str, gone))}").count == 2
