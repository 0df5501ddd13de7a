"""A collection as a folder of text and back: nothing is lost, edits arrive, schedules stay."""

import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options, Preset, PresetId
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.notes import NoteTypeId
from mlsd_cards.store import decks
from mlsd_cards.store import notes as note_store
from mlsd_cards.study import Collection
from tests.helpers.study import Made, due, dump, empty_collection, fill, interday

TEXTS = ("one {n}", "two<br><b>bold {n}</b> &amp; \\(x*{n}\\)", "<div>three\n</div>")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """120 notes with three cards each, in all states, some answered."""
    made = empty_collection(tmp_path / "home")
    kinds = (due(), interday(), due(day=90, interval=30))
    notes = [Made((kinds[n % 3], due(day=70), due(day=50)), tags=("t", f"n{n}")) for n in range(120)]
    fill(made, notes, {"Deck": Options(scheduler="anki-sm2", new_per_day=7)})
    with made.store.transaction(Op.OTHER, undoable=False) as tx:
        found = list(note_store.iter_notes(tx.conn))
        note_store.put_notes(
            tx, [replace(note, fields=tuple(each.format(n=note.id) for each in TEXTS)) for note in found]
        )
    session = made.session()
    for number in range(30):
        session.answer(number % 4 + 1, 2000)
    return made


def export(collection: Collection, path: Path) -> Path:
    collection.export(path, form="folder")
    return path


def schedules(out: Path) -> list[list[str]]:
    """The table without memory, which an import works out where there is none."""
    names, *rows = (line.split("\t") for line in (out / "schedule.tsv").read_text().splitlines())
    left_out = {names.index(name) for name in ("stability", "difficulty", "last_answer")}
    return [[cell for place, cell in enumerate(row) if place not in left_out] for row in rows]


def git(folder: Path, *words: str) -> str:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
    return subprocess.run(
        ["git", *names, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_written_twice_nothing_differs_and_an_edited_card_is_one_line(
    collection: Collection, tmp_path: Path
) -> None:
    out = export(collection, tmp_path / "deck")
    git(out, "init", "-q")
    git(out, "add", "-A")
    git(out, "commit", "-q", "-m", "x")
    export(collection, out)
    assert git(out, "status", "--porcelain") == ""
    with collection.store.read() as conn:
        note = next(note_store.iter_notes(conn))
    collection.edit_note(note.id, fields={"Two": "another<br><b>text</b>"})
    export(collection, out)
    diff = git(out, "diff", "--numstat").split()
    assert len(diff) == 3
    assert int(diff[0]) + int(diff[1]) == 4  # two lines of one field
    collection.undo()
    collection.edit_note(note.id, fields={"One": "another text"})
    export(collection, out)
    added, removed, _name = git(out, "diff", "--numstat").split()
    assert (added, removed) == ("1", "1")


def test_an_answer_adds_a_line_and_changes_none(collection: Collection, tmp_path: Path) -> None:
    out = export(collection, tmp_path / "deck")
    before = {file.name: file.read_text() for file in (out / "answers").iterdir()}
    assert sum(text.count("\n") - 1 for text in before.values()) == 30
    collection.session().answer(3, 1000)
    export(collection, out)
    after = {file.name: file.read_text() for file in (out / "answers").iterdir()}
    assert all(after[name].startswith(text) for name, text in before.items())
    assert sum(text.count("\n") - 1 for text in after.values()) == 31


def test_a_new_collection_gets_everything(collection: Collection, tmp_path: Path) -> None:
    out = export(collection, tmp_path / "deck")
    other = empty_collection(tmp_path / "other")
    with other.store.transaction(Op.OTHER, undoable=False) as tx:
        decks.put_preset(tx, Preset(id=PresetId(1), name="Default"))
    report = other.import_file(out)
    assert (report.notes_new, report.cards, report.reviews, list(report.warnings)) == (120, 360, 30, [])
    again = export(other, tmp_path / "again")
    theirs, ours = ((each / "decks" / "Deck.md").read_text() for each in (again, out))
    assert re.sub(r"- preset: .*\n", "", theirs) == re.sub(r"- preset: .*\n", "", ours)
    assert schedules(again) == schedules(out)
    assert {f.name: f.read_text() for f in (again / "answers").iterdir()} == {
        f.name: f.read_text() for f in (out / "answers").iterdir()
    }
    assert other.import_file(out).notes_unchanged == 120


def test_a_hundred_edited_cards_lose_no_schedule(collection: Collection, tmp_path: Path) -> None:
    out = export(collection, tmp_path / "deck")
    before = dump(collection)
    file = out / "decks" / "Deck.md"
    blocks = file.read_text().split("\n## note ")
    chosen = random.Random(4).sample(range(1, 121), 100)
    for number in chosen:
        blocks[number] = blocks[number].replace("### One\n\none", "### One\n\nedited *one*")
    blocks[1:] = reversed(blocks[1:])  # where a note stands does not matter
    blocks.append("new-one\n- type: Three-sided\n\n### One\n\nwritten by hand\n")
    file.write_text("\n## note ".join(each.strip("\n") + "\n" for each in blocks))
    report = collection.import_file(out)
    assert (report.notes_updated, report.notes_unchanged, report.notes_new) == (100, 20, 1)
    after = dump(collection)
    old_cards = {row[0]: row for row in before["cards"]}
    assert {row[0]: row for row in after["cards"] if row[0] in old_cards} == old_cards
    assert after["reviews"] == before["reviews"]
    assert collection.search("edited").count == 300
    assert collection.search("written").count == 1
    assert collection.undo_label
    collection.undo()
    assert dump(collection)["notes"] == before["notes"]
    assert collection.check() == []


def test_a_note_type_with_another_look_is_still_the_same(collection: Collection, tmp_path: Path) -> None:
    out = export(collection, tmp_path / "deck")
    file = out / "note-types.md"
    file.write_text(file.read_text().replace("<hr>", "<hr class=x>"))
    deck = out / "decks" / "Deck.md"
    deck.write_text(deck.read_text().replace("one 5\n", "five\n"))
    report = collection.import_file(out)
    assert (report.notes_updated, report.notes_skipped, report.notes_new) == (1, 0, 0)
    with collection.store.read() as conn:
        assert set(note_store.note_types(conn)) == {NoteTypeId(1)}


def test_one_deck_without_progress_is_a_deck_to_share(collection: Collection, tmp_path: Path) -> None:
    out = tmp_path / "shared"
    report = collection.export(out, form="folder", deck="Deck", scheduling=False)
    assert (report.notes, report.reviews) == (120, 0)
    assert report.bytes == sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    assert sorted(each.name for each in out.iterdir()) == ["decks", "mlsd-cards.md", "note-types.md"]
    assert sorted(each.name for each in collection_files(collection.export, out)) == [
        "decks", "mlsd-cards.md", "note-types.md", "presets.md",
    ]  # fmt: skip


def collection_files(write: object, out: Path) -> list[Path]:
    write(out, form="folder", deck="Deck", scheduling=False, presets=True)  # type: ignore[operator]
    return list(out.iterdir())


def test_nothing_chosen_is_said(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing to export"):
        collection.export(tmp_path / "x", form="folder", search="nowhereatall")
    assert not (tmp_path / "x").exists()
