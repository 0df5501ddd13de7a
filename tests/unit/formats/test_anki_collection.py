"""Anki collections that lie on their own: read as packages are, with the media beside them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import card, deck, note, review
from helpers.importing import empty_collection, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import anki_collection, reader_for
from mlsd_cards.formats.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n"


def written(folder: Path, content: bytes, name: str = "collection.anki2") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(path: Path, work: Path) -> ExchangeData:
    work.mkdir(exist_ok=True)
    assert reader_for(path) is anki_collection
    return anki_collection.read(path, ReadOptions(work_dir=work, now_ms=anki.NOW_MS))


def refused(path: Path, work: Path, limits: Limits | None = None) -> FileFormatError:
    work.mkdir(exist_ok=True)
    options = ReadOptions(work_dir=work, now_ms=anki.NOW_MS)
    with pytest.raises(FileFormatError) as caught:
        anki_collection.read(path, options, limits=limits or Limits())
    assert list(work.iterdir()) == []
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


@pytest.mark.parametrize("name", ["collection.anki2", "x.anki21", "x.anki21b", "renamed.bin"])
@pytest.mark.parametrize("new", [False, True])
def test_a_collection_is_known_by_its_tables_whatever_its_name(name: str, new: bool, tmp_path: Path) -> None:
    make = anki.collection_18 if new else anki.collection
    data = read(written(tmp_path, make(), name), tmp_path / "work")
    assert [(each.guid, each.fields) for each in data.notes] == [("g1", ("front", "back"))]
    assert [each.name for each in data.note_types] == ["Basic"]
    assert data.source == "anki package"  # the same notes from a package are recognised


def test_media_that_notes_refer_to_come_from_the_folder_beside(tmp_path: Path) -> None:
    notes = [note(fields=['<img src="a.png"> <img src="absent.png">', "[sound:b.mp3]"])]
    path = written(tmp_path, anki.collection(notes=notes))
    media = tmp_path / "collection.media"
    media.mkdir()
    for name in ("a.png", "b.mp3", "unused.png", "_font.ttf"):
        (media / name).write_bytes(PNG + name.encode())
    (media / "secret.png").symlink_to("/etc/hostname")
    data = read(path, tmp_path / "work")
    assert sorted(data.media) == ["_font.ttf", "a.png", "b.mp3"]
    assert data.media["a.png"].path.read_bytes() == PNG + b"a.png"
    assert data.unsafe_names == ["collection.media/secret.png"]


def test_schedules_and_answers_come_and_a_second_import_finds_nothing_new(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        anki.collection(
            cards=[card(type=2, queue=2, due=30, ivl=12, factor=2300, reps=4, lapses=1)],
            reviews=[review(1_690_000_000_000)],
            decks=[deck(1, "Default"), deck(name="A::B")],
        ),
    )
    before = path.read_bytes()
    with empty_collection(tmp_path / "home") as collection:
        first = collection.import_file(path)
        assert (first.notes_new, first.cards, first.reviews) == (1, 1, 1)
        assert rows(collection, "SELECT interval_days, ease_permille, reps FROM cards") == [(12, 2300, 4)]
        again = collection.import_file(path)
        assert (again.notes_new, again.notes_unchanged) == (0, 1)
    assert path.read_bytes() == before


def test_a_collection_that_anki_has_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "collection.anki2"
    path.write_bytes(anki.collection())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE notes SET tags = 'newer'")
        connection.commit()
        error = refused(path, tmp_path / "work")
        assert error.kind == "inconsistent"
        assert "Anki" in str(error)
    assert [each.tags for each in read(path, tmp_path / "work").notes] == [("newer",)]


def test_the_notice_of_newer_packages_is_no_collection(tmp_path: Path) -> None:
    content = anki.collection(
        notes=[note(fields=["Please update to the latest Anki version", ""])],
        cards=[card(did=1)],
        decks=[deck(1, "Default")],
    )
    assert refused(written(tmp_path, content), tmp_path / "work").kind == "damaged"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM notes; END", "unsafe"),
        ("CREATE VIEW v AS SELECT 1", "unsafe"),
        ("CREATE VIRTUAL TABLE v USING fts5(x)", "unsafe"),
        ("ALTER TABLE notes ADD COLUMN x AS (hex(zeroblob(9999))) VIRTUAL", "unsafe"),
        ("UPDATE col SET ver = 99", "too-new"),
        ("DROP TABLE cards", "not-a-deck"),
    ],
)
def test_tricks_are_refused(sql: str, kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, anki.collection(sql=[sql]))
    assert refused(path, tmp_path / "work").kind == kind


def test_a_packed_or_broken_collection_is_refused(tmp_path: Path) -> None:
    packed = written(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(50), "x.anki21b")
    assert refused(packed, tmp_path / "work").kind == "unsupported"
    assert refused(written(tmp_path, b"no database"), tmp_path / "work").kind == "damaged"
    assert refused(written(tmp_path, anki.collection()[:3000]), tmp_path / "work").kind == "damaged"
    limits = Limits(collection_bytes=1000)
    assert refused(written(tmp_path, anki.collection()), tmp_path / "work", limits).kind == "limit"


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 20_000), patch=st.binary(min_size=1, max_size=40))
def test_damage_never_crashes(place: int, patch: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damage")
    content = bytearray(anki.collection())
    place %= len(content)
    content[place : place + len(patch)] = patch
    path = written(folder, bytes(content))
    anki_collection.sniff(path)
    try:
        found = len(anki_collection.read(path, ReadOptions(work_dir=folder, now_ms=anki.NOW_MS)).notes)
    except FileFormatError:
        found = 0
    assert found <= 1
