"""Anki packages: which media come along, and under which names."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import model, note
from helpers.anki_reading import read, refusal

from mlsd_cards.domain.errors import UnsafeArchive
from mlsd_cards.domain.exchange import ExchangeData

PNG = b"\x89PNG\r\n\x1a\n"


def with_media(
    tmp_path: Path, text: str, media: dict[str, bytes], layout: int = 2, **contents: Any
) -> ExchangeData:
    notes = [note(fields=[text, ""])]
    db = anki.collection_18(notes=notes) if layout == 3 else anki.collection(notes=notes, **contents)
    return read(anki.package(tmp_path / "deck.apkg", db, media, layout=layout), tmp_path)


def test_only_media_that_notes_refer_to_come_along(tmp_path: Path) -> None:
    text = (
        "<IMG alt='x>y' SRC=a.png> [sound:b c.mp3] <object data='d&amp;e.png'></object> nosrc='f.png'"
        ' <video src="g.mp4"></video> <img alt=h.png>'
    )
    names = ["a.png", "b c.mp3", "d&e.png", "f.png", "g.mp4", "h.png", "_i.css", "latex-j.png"]
    data = with_media(tmp_path, text, dict.fromkeys(names, PNG))
    assert set(data.media) == {"a.png", "b c.mp3", "d&e.png", "g.mp4", "_i.css", "latex-j.png"}
    assert data.notes[0].fields[0] == text


def test_names_that_cannot_stay_are_changed_with_all_references(tmp_path: Path) -> None:
    text = '<img src="que?.png"><img src="que.png">[sound:CON.mp3]<img src="no_entry?.png">'
    media = {"que?.png": b"1", "que.png": b"2", "CON.mp3": b"3", "_c*s.css": b"4"}
    styled = model(
        css='@import url("_c*s.css");', templates=[("Card 1", '<img src="_c*s.css">{{Front}}', "")]
    )
    data = with_media(tmp_path, text, media, models=[styled])
    assert data.notes[0].fields[0] == (
        '<img src="que.png"><img src="que-2.png">[sound:CON_.mp3]<img src="no_entry.png">'
    )
    contents = {name: item.path.read_bytes() for name, item in data.media.items()}
    assert contents == {"que.png": b"1", "que-2.png": b"2", "CON_.mp3": b"3", "_cs.css": b"4"}
    assert data.note_types[0].css == '@import url("_cs.css");'
    assert data.note_types[0].templates[0].front == '<img src="_cs.css">{{Front}}'
    assert data.unsafe_names == ["que?.png", "CON.mp3", "_c*s.css"]
    assert len(data.warnings) == 4


def test_names_that_differ_in_case_or_form_only_become_two(tmp_path: Path) -> None:
    text = '<img src="A.png"><img src="a.png"><img src="\u00e9.png"><img src="e\u0301.png">'
    data = with_media(tmp_path, text, {"A.png": b"1", "a.png": b"2", "\u00e9.png": b"3", "e\u0301.png": b"4"})
    assert data.notes[0].fields[0] == (
        '<img src="A.png"><img src="a-2.png"><img src="\u00e9.png"><img src="\u00e9-2.png">'
    )
    assert {name: item.path.read_bytes() for name, item in data.media.items()} == {
        "A.png": b"1",
        "a-2.png": b"2",
        "\u00e9.png": b"3",
        "\u00e9-2.png": b"4",
    }


def test_kinds_of_files_that_cards_may_not_use_are_left_out(tmp_path: Path) -> None:
    names = ["_a.js", "_b.html", "_c.exe", "_d", "_e.desktop", "_f.png.lnk"]
    data = with_media(tmp_path, "", dict.fromkeys(names, b"#!"))
    assert not data.media
    assert sorted(data.unsafe_names) == names
    assert len(data.warnings) == len(names)


@pytest.mark.parametrize("name", ["../up.png", "/etc/x.png", "a/b.png", "", ".", ".."])
@pytest.mark.parametrize("layout", [2, 3])
def test_names_that_are_paths_are_refused(name: str, layout: int, tmp_path: Path) -> None:
    db = anki.collection_18() if layout == 3 else anki.collection()
    error = refusal(anki.package(tmp_path / "deck.apkg", db, {name: PNG}, layout=layout), tmp_path)
    assert isinstance(error, UnsafeArchive)


def test_a_used_file_that_is_not_there_is_damage(tmp_path: Path) -> None:
    db = anki.collection(notes=[note(fields=['<img src="a.png">', ""])])
    path = anki.package(tmp_path / "deck.apkg", db, extra={"media": b'{"7":"a.png"}'})
    assert refusal(path, tmp_path).kind == "damaged"
    path = anki.package(tmp_path / "deck.apkg", db, extra={"media": b'{"7":"unused.png"}'})
    assert not read(path, tmp_path).media


@pytest.mark.parametrize(
    "media",
    [
        b"",
        b"{",
        b"[]",
        b'{"0":1}',
        b'{"x":"a.png"}',
        b'{"-1":"a.png"}',
        b'{"9999999999":"a.png"}',
        b'{"0":"a.png","00":"b.png"}',
        b"\xff",
    ],
)
def test_a_broken_media_list_is_damage(media: bytes, tmp_path: Path) -> None:
    path = anki.package(tmp_path / "deck.apkg", extra={"media": media})
    assert refusal(path, tmp_path).kind == "damaged"


def test_a_package_without_media_list_has_no_media(tmp_path: Path) -> None:
    path = tmp_path / "deck.apkg"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("collection.anki21", anki.collection())
    assert not read(path, tmp_path).media


def test_media_of_another_digest_are_kept_with_a_warning(tmp_path: Path) -> None:
    entry = anki.field(1, "_a.png") + anki.field(2, 3) + anki.field(3, bytes(20))
    extra = {"media": anki.zstd(anki.field(1, entry)), "0": anki.zstd(PNG)}
    path = anki.package(tmp_path / "deck.apkg", anki.collection_18(), layout=3, extra=extra)
    data = read(path, tmp_path)
    assert data.media["_a.png"].path.read_bytes() == PNG
    assert len(data.warnings) == 1


def test_long_lists_of_warnings_are_cut(tmp_path: Path) -> None:
    data = with_media(tmp_path, "", {f"_{n}.exe": b"" for n in range(200)})
    assert len(data.unsafe_names) == 200
    assert len(data.warnings) == 21
