"""CrowdAnki decks: what comes in, what is left out and said, and what is refused whole."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from helpers.importing import NOW, empty_collection, rows, stored
from helpers.shared import corpus_file

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import crowdanki, limits, reader_for

TYPE = {
    "__type__": "NoteModel",
    "crowdanki_uuid": "type-1",
    "name": "Fact",
    "type": 0,
    "flds": [{"name": "Front"}, {"name": "Back"}],
    "tmpls": [{"name": "Card 1", "qfmt": "{{Front}}", "afmt": "{{Back}}"}],
}
PRESET = {"crowdanki_uuid": "preset-1", "name": "Slow", "new": {"perDay": 7}, "rev": {}, "lapse": {}}


def note(guid: str, *fields: Any, **change: Any) -> dict[str, Any]:
    return {"guid": guid, "fields": list(fields), "tags": [], "note_model_uuid": "type-1", **change}


def deck(**change: Any) -> dict[str, Any]:
    plain = {
        "__type__": "Deck",
        "name": "Own",
        "desc": "About",
        "children": [],
        "note_models": [TYPE],
        "media_files": [],
        "notes": [note("g1", "one", "two")],
    }
    return {**copy.deepcopy(plain), **change}


def written(folder: Path, content: Any, name: str = "deck.json") -> Path:
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(path: Path, tmp_path: Path) -> ExchangeData:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    found = reader_for(path)
    assert found.NAME == "crowdanki"
    return found.read(path, ReadOptions(work_dir=work, now_ms=int(NOW.timestamp() * 1000)))


def refused(content: Any, tmp_path: Path) -> str:
    with pytest.raises(FileFormatError) as caught:
        read(written(tmp_path / "deck", content), tmp_path)
    message = str(caught.value)
    assert message.startswith("deck ")
    assert message.endswith(".")
    return caught.value.kind


@pytest.mark.parametrize("name", ["deck.json", "mine.json", "other.json"])
def test_a_folder_and_its_file_hold_the_same(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "mine", deck(), name)
    whole, alone = read(folder, tmp_path), read(folder / name, tmp_path)
    assert whole.notes == alone.notes
    assert whole.decks == alone.decks
    assert [(n.guid, n.fields, n.created_ms) for n in whole.notes] == [("g1", ("one", "two"), 0)]
    assert [(d.name, d.description) for d in whole.decks] == [("Own", "About")]


def test_decks_below_use_the_types_and_presets_of_those_above(tmp_path: Path) -> None:
    below = {"name": "Below", "notes": [note("g2", "3", 4)], "deck_config_uuid": "preset-1"}
    data = read(written(tmp_path / "deck", deck(children=[below], deck_configurations=[PRESET])), tmp_path)
    assert [d.name for d in data.decks] == ["Own", "Own::Below"]
    assert [n.deck_id for n in data.notes] == [d.id for d in data.decks]
    assert data.notes[1].fields == ("3", "4")
    assert (data.decks[0].preset_id, data.decks[1].preset_id) == (0, data.presets[0].id)
    assert (data.presets[0].name, data.presets[0].options.new_per_day) == ("Slow", 7)
    assert len(data.note_types) == 1


def test_the_first_of_twins_counts(tmp_path: Path) -> None:
    twin = {**copy.deepcopy(TYPE), "name": "Second"}
    data = read(
        written(
            tmp_path / "deck",
            deck(note_models=[TYPE, twin], notes=[note("g", "a", "b"), note("g", "c", "d")]),
        ),
        tmp_path,
    )
    assert [n.fields for n in data.notes] == [("a", "b")]
    assert [t.name for t in data.note_types] == ["Fact"]
    assert len(data.warnings) == 2


def test_notes_of_unknown_types_are_left_out_and_counted(tmp_path: Path) -> None:
    notes = [note("g1", "a", "b"), note("g2", "a", "b", note_model_uuid="gone")]
    data = read(written(tmp_path / "deck", deck(notes=notes)), tmp_path)
    assert (len(data.notes), data.notes_left_out) == (1, 1)
    assert data.warnings == ["1 note was left out: its note type is not in the file."]


def test_only_plain_files_of_the_media_folder_come_along(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    front = '<img src="used.png"><img src="link.png"><img src="../secret.png">'
    names = ["listed.png", "link.png", "../secret.png", str(secret), "C:\\x.png", "gone.png", "run.exe"]
    folder = written(tmp_path / "deck", deck(media_files=names, notes=[note("g", front, "")]))
    media = folder / "media"
    media.mkdir()
    for name in ("used.png", "listed.png", "_static.css", "unused.png", "run.exe"):
        (media / name).write_bytes(name.encode())
    (media / "link.png").symlink_to(secret)
    (media / "folder.png").mkdir()
    os.mkfifo(media / "pipe.png")
    data = read(folder, tmp_path)
    assert set(data.media) == {"used.png", "listed.png", "_static.css"}
    assert all(item.path.read_bytes() == name.encode() for name, item in data.media.items())
    assert {"../secret.png", str(secret), "C:\\x.png", "run.exe", "media/link.png"} <= set(data.unsafe_names)
    assert {"media/folder.png", "media/pipe.png"} <= set(data.unsafe_names)
    assert any("not found" in warning for warning in data.warnings)


def test_a_media_folder_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    folder = written(tmp_path / "deck", deck(media_files=["a.png"]))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.png").write_bytes(b"secret")
    (folder / "media").symlink_to(tmp_path / "elsewhere")
    data = read(folder, tmp_path)
    assert data.media == {}
    assert data.unsafe_names == ["media"]


def test_a_deck_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "real", deck())
    (tmp_path / "deck").mkdir()
    (tmp_path / "deck" / "deck.json").symlink_to(tmp_path / "real" / "deck.json")
    with pytest.raises(FileFormatError) as caught:
        read(tmp_path / "deck", tmp_path)
    assert caught.value.kind == "unsafe"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"name": None}, "inconsistent"),
        ({"children": "no"}, "inconsistent"),
        ({"children": [7]}, "inconsistent"),
        ({"notes": {}}, "inconsistent"),
        ({"notes": [None]}, "inconsistent"),
        ({"notes": [note("g", {})]}, "inconsistent"),
        ({"notes": [note("g", float("inf"))]}, "inconsistent"),
        ({"notes": [note("g", 10**400)]}, "inconsistent"),
        ({"notes": [note("g", "a", tags="b")]}, "inconsistent"),
        ({"notes": [note("g", "a", fields="b")]}, "inconsistent"),
        ({"note_models": [{**TYPE, "flds": None}]}, "inconsistent"),
        ({"note_models": [{**TYPE, "tmpls": []}]}, "inconsistent"),
        ({"note_models": [{**TYPE, "crowdanki_uuid": 3}]}, "inconsistent"),
        ({"note_models": [{**TYPE, "flds": [{"name": "x"}] * (limits.FIELDS + 1)}]}, "limit"),
        ({"media_files": [1]}, "inconsistent"),
        ({"notes": [note("g", "x" * (limits.FIELD_BYTES + 1))]}, "limit"),
        ({"notes": [note("g", "x", tags=[f"t{n}" for n in range(limits.TAGS_PER_NOTE + 1)])]}, "limit"),
    ],
)
def test_wrong_contents_are_refused(change: dict[str, Any], kind: str, tmp_path: Path) -> None:
    assert refused(deck(**change), tmp_path) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "damaged"),
        ('{"__type__": "Deck"', "damaged"),
        ("[]", "not-a-deck"),
        ('{"package": 1}', "not-a-deck"),
        ('{"children":[' * 5000 + "]}" * 5000, "limit"),
        ('{"name": ' + "9" * 5000 + "}", "damaged"),
    ],
)
def test_what_is_no_deck_is_refused(text: str, kind: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path) == kind


@pytest.mark.parametrize("name", ["NOTES", "DECKS", "JSON_BYTES"])
def test_the_bounds_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = deck(notes=[note("a", "1"), note("b", "2")], children=[deck(name="Below", notes=[])])
    assert len(read(written(tmp_path / "deck", content), tmp_path).notes) == 2
    monkeypatch.setattr(limits, name, 1)
    assert refused(content, tmp_path) == "limit"


def test_a_media_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "deck", deck(media_files=["a.png"]))
    (folder / "media").mkdir()
    with (folder / "media" / "a.png").open("wb") as file:
        file.truncate(limits.MEDIA_FILE_BYTES + 1)
    with pytest.raises(FileFormatError) as caught:
        read(folder, tmp_path)
    assert caught.value.kind == "limit"


def test_a_folder_without_a_deck_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deck").mkdir()
    with pytest.raises(FileFormatError) as caught:
        reader_for(tmp_path / "deck")
    assert caught.value.kind == "not-a-deck"
    with pytest.raises(FileFormatError) as caught:
        crowdanki.read(tmp_path / "deck", ReadOptions(work_dir=tmp_path, now_ms=1))
    assert caught.value.kind == "not-a-deck"


def test_a_newer_edition_updates_its_notes_and_keeps_the_note_type(tmp_path: Path) -> None:
    folder = written(tmp_path / "deck", deck())
    with empty_collection(tmp_path / "home") as collection:
        assert collection.import_file(folder).notes_new == 1
        before = stored(collection)
        assert collection.import_file(folder).notes_unchanged == 1
        assert stored(collection) == before
        written(folder, deck(notes=[note("g1", "one", "new"), note("g3", "x", "y")]))
        report = collection.import_file(folder)
        assert (report.notes_new, report.notes_updated) == (1, 1)
        assert rows(collection, "SELECT count(*) FROM note_types") == [(1,)]
        assert collection.check(full=True) == []


def test_a_real_folder_comes_with_all_its_pictures(tmp_path: Path) -> None:
    folder = corpus_file().parent / "decks" / "v183" / "Deutsche-Bundeslaender"
    if not folder.is_dir():
        pytest.skip("the folder is not in this corpus")
    wanted = {path.name for path in (folder / "media").iterdir()}
    with empty_collection(tmp_path) as collection:
        report = collection.import_file(folder)
        assert (report.notes_new, report.cards, report.media) == (16, 96, len(wanted))
        assert {path.name for path in collection.media_dir.iterdir()} == wanted
