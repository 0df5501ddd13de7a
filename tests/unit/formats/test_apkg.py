"""Anki packages: the three layouts, and how reading goes."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import CARD, DECK, MODEL, NOTE, NOW_MS, card, deck, model, note
from helpers.anki_reading import read, refusal, refused_db

from mlsd_cards.domain.errors import Cancelled, FileFormatError, UnsupportedVersion
from mlsd_cards.domain.exchange import ReadOptions
from mlsd_cards.formats import apkg, reader_for
from mlsd_cards.formats.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("layout", [1, 2, 3])
def test_each_layout_gives_the_same_deck(layout: int, tmp_path: Path) -> None:
    notes = [note(fields=['<img src="a.png">', "bäck"], tags=" one two ")]
    db = anki.collection_18(notes=notes) if layout == 3 else anki.collection(notes=notes)
    path = anki.package(tmp_path / "deck.apkg", db, {"a.png": PNG}, layout=layout)
    data = read(path, tmp_path)
    assert data.layout == {1: "anki2", 2: "anki21", 3: "anki21b"}[layout]
    assert [(n.guid, n.fields, n.tags) for n in data.notes] == [
        ("g1", ('<img src="a.png">', "bäck"), ("one", "two"))
    ]
    assert [(c.id, c.note_id, c.ordinal, c.state) for c in data.cards] == [(CARD, NOTE, 0, "new")]
    (note_type,) = data.note_types
    assert (note_type.name, note_type.field_names) == ("Basic", ("Front", "Back"))
    assert (note_type.templates[0].front, note_type.templates[0].back) == ("{{Front}}", "{{Back}}")
    assert [d.name for d in data.decks] == ["Deck"]
    item = data.media["a.png"]
    assert (item.path.read_bytes(), item.size) == (PNG, len(PNG))
    assert item.sha256 == hashlib.sha256(PNG).hexdigest()
    assert not data.warnings


def test_the_newest_collection_counts_and_the_dummy_is_never_read(tmp_path: Path) -> None:
    dummy = anki.collection(notes=[note(fields=["Please update to the latest Anki version", ""])])
    for name, layout in (("a.apkg", 2), ("b.apkg", 3)):
        db = anki.collection_18() if layout == 3 else anki.collection()
        path = anki.package(tmp_path / name, db, layout=layout, extra={"collection.anki2": dummy})
        assert [n.fields for n in read(path, tmp_path).notes] == [("front", "back")]


@pytest.mark.parametrize(
    "front", ["This file requires a newer version of Anki.", "Bitte die aktuelle Anki-Version installieren."]
)
def test_a_package_with_nothing_but_the_dummy_is_refused(front: str, tmp_path: Path) -> None:
    db = anki.collection(notes=[note(fields=[front, ""])], cards=[card(did=1)], decks=[deck(1, "Default")])
    error = refusal(anki.package(tmp_path / "deck.apkg", db, layout=1), tmp_path)
    assert error.kind == "damaged"


def test_a_single_honest_note_about_anki_is_no_dummy(tmp_path: Path) -> None:
    db = anki.collection(notes=[note(fields=["What is Anki?", "A program"])], decks=[deck(1, "Default")])
    assert read(anki.package(tmp_path / "deck.apkg", db, layout=1), tmp_path).notes


def test_meta_decides_and_unknown_versions_are_too_new(tmp_path: Path) -> None:
    path = anki.package(tmp_path / "a.apkg", extra={"meta": anki.field(1, 4)})
    error = refusal(path, tmp_path)
    assert isinstance(error, UnsupportedVersion)
    assert error.kind == "too-new"
    path = anki.package(tmp_path / "b.apkg", extra={"meta": anki.field(1, 3)})
    assert refusal(path, tmp_path).kind == "damaged"
    path = anki.package(tmp_path / "c.apkg", extra={"meta": anki.field(1, 2)})
    assert read(path, tmp_path).layout == "anki21"


@pytest.mark.parametrize(
    ("ver", "kind"), [(10, "unsupported"), (12, "too-new"), (13, "too-new"), (19, "too-new")]
)
def test_schema_versions_outside_the_known_ones_are_refused(ver: int, kind: str, tmp_path: Path) -> None:
    assert refused_db(tmp_path, ver=ver).kind == kind


def test_a_collection_package_brings_everything_and_an_ordinary_one_what_is_used(tmp_path: Path) -> None:
    db = anki.collection(
        models=[model(), model(MODEL + 9, "Unused")],
        decks=[deck(1, "Default"), deck(), deck(DECK + 9, "Empty")],
        presets={"1": {"name": "Default"}, "7": {"name": "Spare"}},
    )
    media = {"unused.png": PNG, "_static.png": PNG}
    part = read(anki.package(tmp_path / "deck.apkg", db, media), tmp_path)
    assert [t.name for t in part.note_types] == ["Basic"]
    assert [d.name for d in part.decks] == ["Deck"]
    assert [p.name for p in part.presets] == ["Default"]
    assert set(part.media) == {"_static.png"}
    for name in ("backup-2020.apkg", "collection.apkg", "mine.colpkg"):
        whole = read(anki.package(tmp_path / name, db, media), tmp_path)
        assert {t.name for t in whole.note_types} == {"Basic", "Unused"}
        assert {d.name for d in whole.decks} == {"Default", "Deck", "Empty"}
        assert {p.name for p in whole.presets} == {"Default", "Spare"}
        assert set(whole.media) == set(media)


def test_files_are_known_by_content_before_their_names(tmp_path: Path) -> None:
    path = anki.package(tmp_path / "deck.zip")
    assert apkg.sniff(path)
    assert reader_for(path) is apkg
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "text")
    assert not apkg.sniff(other)
    assert not apkg.sniff(tmp_path / "absent")
    assert not apkg.sniff(tmp_path)
    with pytest.raises(FileFormatError, match="is not a deck") as caught:
        reader_for(other)
    assert caught.value.kind == "not-a-deck"
    with pytest.raises(FileFormatError, match="does not exist"):
        reader_for(tmp_path / "absent.apkg")


def test_reading_reports_progress_and_can_be_stopped(tmp_path: Path) -> None:
    path = anki.package(
        tmp_path / "deck.apkg",
        anki.collection(notes=[note(fields=['<img src="a.png">', ""])], reviews=[anki.review(5)]),
        {"a.png": PNG},
    )
    seen: list[str] = []

    def watch(what: str, done: int, total: int) -> None:
        assert done <= total or total == 0
        seen.append(what)

    options = ReadOptions(work_dir=tmp_path, now_ms=NOW_MS)
    apkg.read(path, options, watch)
    assert set(seen) == {"collection", "notes", "reviews", "cards", "media"}

    for stop in set(seen):

        def cancel(what: str, done: int, total: int, stop: str = stop) -> None:
            if what == stop:
                raise Cancelled("Stopped.")

        work_dir = tmp_path / f"work-{stop}"
        work_dir.mkdir()
        with pytest.raises(Cancelled):
            apkg.read(path, ReadOptions(work_dir=work_dir, now_ms=NOW_MS), cancel)
        assert not list(work_dir.iterdir())


def test_the_unpacked_collection_does_not_stay(tmp_path: Path) -> None:
    data = read(anki.package(tmp_path / "deck.apkg", media={"_a.png": PNG}), tmp_path)
    files = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert files == [data.media["_a.png"].path]
    assert files[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "limits",
    [
        Limits(notes=1),
        Limits(cards=1),
        Limits(reviews=1),
        Limits(collection_bytes=10_000),
        Limits(media_file_bytes=7),
        Limits(package_bytes=20_000),
        Limits(media_map_bytes=5),
        Limits(members=2),
        Limits(directory_bytes=50),
    ],
)
def test_bounds_that_are_dear_to_reach_are_kept(limits: Limits, tmp_path: Path) -> None:
    notes = [note(1, ['<img src="a.png">', ""]), note(2)]
    db = anki.collection(
        notes=notes, cards=[card(1, 1), card(2, 2)], reviews=[anki.review(5, 1), anki.review(6, 1)]
    )
    path = anki.package(tmp_path / "deck.apkg", db, {"a.png": PNG})
    options = ReadOptions(work_dir=tmp_path, now_ms=NOW_MS)
    roomy = Limits(
        notes=2,
        cards=2,
        reviews=2,
        collection_bytes=len(db),
        media_file_bytes=8,
        package_bytes=len(db) + 8 + len(json.dumps({"0": "a.png"})),
        media_map_bytes=len(json.dumps({"0": "a.png"})),
        members=3,
    )
    assert len(apkg.read(path, options, limits=roomy).notes) == 2
    with pytest.raises(FileFormatError) as caught:
        apkg.read(path, options, limits=limits)
    assert caught.value.kind == "limit"


def test_the_free_room_on_the_disk_bounds_the_package(tmp_path: Path) -> None:
    path = anki.package(tmp_path / "deck.apkg")
    reserve = 500 * 1024 * 1024
    assert read(path, tmp_path, free_bytes=reserve + 200_000).notes
    error = refusal(path, tmp_path, free_bytes=reserve + 10)
    assert error.kind == "limit"
    assert "no room on the disk" in str(error)
