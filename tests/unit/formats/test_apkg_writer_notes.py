"""What an Anki package of ours holds besides cards: notes, note types, decks, media, and how it is written."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_apkg_writer import Package, data_of, note, written

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import Cancelled, InputError
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangePreset,
    ExchangeReview,
)
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, Template
from mlsd_cards.formats import apkg_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.apkg_ids import Unique, stable_id
from tests.helpers.packages import MEDIA, NOW_MS, OPTIONS, media_in

BASIC, _, OPTIONAL, _, CLOZE, OCCLUSION = STOCK_NOTE_TYPES
PLAIN = dataclasses.replace(OPTIONS, scheduling=False)
DAY_MS = 86_400_000


# ---- notes, note types, decks


def test_notes(tmp_path: Path) -> None:
    data = data_of(
        note(
            1,
            ("<b>Two</b> words", "a\x1fb"),
            tags=("x", "y::z"),
            created_ms=1_700_000_000_000,
            modified_ms=1_700_000_500_999,
        ),
        note(2, ("only one",), guid=""),
        note(3, ("q", "a", "too many")),
    )
    first, second, third = written(data, tmp_path).notes
    assert (first["id"], first["mod"], first["tags"]) == (1_700_000_000_000, 1_700_000_500, " x y::z ")
    assert first["flds"] == "<b>Two</b> words\x1fa b"
    assert first["sfld"] == "Two words"
    assert first["csum"] == int(hashlib.sha1(b"Two words").hexdigest()[:8], 16)
    assert (second["flds"], second["tags"], second["mod"]) == ("only one\x1f", "", NOW_MS // 1000)
    assert second["guid"]
    assert third["flds"] == "q\x1fa"
    again = written(data, tmp_path).notes
    assert [row["guid"] for row in again] == [first["guid"], second["guid"], third["guid"]]


def test_ids_are_moments_that_differ(tmp_path: Path) -> None:
    own = 1_650_000_000_123
    data = data_of(
        note(own), note(2, created_ms=own), note(3), note(NOW_MS + 5 * DAY_MS), note(0, guid="zero")
    )
    ids = [row["id"] for row in written(data, tmp_path).notes]
    assert ids == [own, own + 1, NOW_MS, NOW_MS + 1, NOW_MS + 2]


def test_unique_numbers_stay_quick_for_many_alike() -> None:
    unique = Unique([7])
    assert [unique.take(5), unique.take(5), unique.take(5), unique.take(6), unique.take(1)] == [5, 6, 8, 9, 1]
    many = [unique.take(1000) for _ in range(200_000)]
    assert many == list(range(1000, 201_000))


def test_note_types(tmp_path: Path) -> None:
    foreign = NoteType(
        id=NoteTypeId(50),
        name="From elsewhere",
        fields=(Field(name="F", description="d"),),
        foreign_id=1_234_567_890_123,
        templates=(Template(name="T", front="{{F}}", back="b", deck_name="Else::Where"),),
        css=".x{}",
        modified_ms=5_000,
    )
    twin = dataclasses.replace(foreign, id=NoteTypeId(51), name="Twin")
    data = data_of(note())
    data.note_types += [foreign, twin]
    package = written(data, tmp_path)
    model = package.models["1234567890123"]
    assert (model["name"], model["mod"], model["css"], model["latexsvg"]) == (
        "From elsewhere",
        5,
        ".x{}",
        False,
    )
    assert model["flds"][0]["description"] == "d"
    assert package.models["1234567890124"]["name"] == "Twin"
    override = model["tmpls"][0]["did"]
    assert package.decks[str(override)]["name"] == "Else::Where"
    basic = package.models[str(stable_id("note type", "Basic", "standard", "Front", "Back"))]
    assert basic["originalStockKind"] == 1
    assert basic["req"] == [[0, "any", [0]]]
    by_name = {each["name"]: each for each in package.models.values()}
    assert by_name["Basic (optional reversed card)"]["req"] == [[0, "any", [0]], [1, "all", [1, 2]]]
    assert by_name["Cloze"]["type"] == 1
    tags = [(field["tag"], field["preventDeletion"]) for field in by_name["Image Occlusion"]["flds"]]
    assert tags == [(0, True), (1, True), (2, True), (3, True), (4, False)]
    assert all(key == str(each["id"]) for key, each in package.models.items())


def test_a_front_without_fields_is_no_obstacle(tmp_path: Path) -> None:
    odd = NoteType(
        id=NoteTypeId(50),
        name="Odd",
        fields=(Field(name="F"),),
        templates=(
            Template(name="T", front="always", back="{{F}}"),
            Template(name="U", front="{{#F}}{{", back=""),
        ),
    )
    data = data_of(note(1, ("x",), odd), cards=[ExchangeCard(1, 1, 5, 0)])
    data.note_types.append(odd)
    assert len(written(data, tmp_path).notes) == 1


def test_decks_and_those_above_them(tmp_path: Path) -> None:
    data = data_of(
        note(),
        decks=[
            ExchangeDeck(id=5, name="A::B::C", description="d"),
            ExchangeDeck(id=6, name="a"),
            ExchangeDeck(id=7, name="default"),
            ExchangeDeck(id=8, name="A::b::C"),
        ],
        cards=[ExchangeCard(1, 1, 8, 0), ExchangeCard(2, 1, 7, 1), ExchangeCard(3, 1, 404, 2)],
    )
    package = written(data, tmp_path)
    names = {int(key): deck["name"] for key, deck in package.decks.items()}
    assert sorted(names.values()) == ["A::B", "A::B::C", "a", "default"]
    assert names[1] == "default"
    assert [names[card["did"]] for card in package.cards] == ["A::B::C", "default", "default"]
    assert next(deck for deck in package.decks.values() if deck["name"] == "A::B::C")["desc"] == "d"
    assert all(deck["newToday"] == [0, 0] and deck["dyn"] == 0 for deck in package.decks.values())


def test_presets(tmp_path: Path) -> None:
    data = data_of(
        note(), decks=[ExchangeDeck(id=5, name="A", preset_id=3), ExchangeDeck(id=6, name="B", preset_id=4)]
    )
    data.presets = [
        ExchangePreset(
            id=3, name="Same", options=Options(new_per_day=1, scheduler="fsrs", new_ignore_review_limit=True)
        ),
        ExchangePreset(id=4, name="Same", options=Options(new_per_day=2)),
        ExchangePreset(id=9, name="Default", options=Options(new_per_day=3)),
    ]
    package = written(data, tmp_path)
    limits = {
        deck["name"]: package.presets[str(deck["conf"])]["new"]["perDay"] for deck in package.decks.values()
    }
    assert limits == {"A": 1, "B": 2, "Default": 3}
    assert package.config["fsrs"] is True
    assert package.config["newCardsIgnoreReviewLimit"] is True


def test_nothing_at_all(tmp_path: Path) -> None:
    package = written(ExchangeData(), tmp_path)
    assert (package.notes, package.cards) == ([], [])
    assert package.decks["1"]["name"] == "Default"


# ---- the archive


def test_media_lie_in_the_order_of_their_names_and_packed_ones_are_stored(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    data = data_of(note(), media=media_in(tmp_path / "media"))
    package = written(data, tmp_path)
    names = json.loads(package.contents["media"])
    assert list(names.values()) == sorted(MEDIA)
    for number, name in names.items():
        assert package.contents[number] == MEDIA[name]
        packed = name.endswith((".png", ".mp3"))
        assert package.members[number].compress_type == (
            zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        )
    assert {info.date_time for info in package.members.values()} == {(1980, 1, 1, 0, 0, 0)}
    assert (
        json.loads(written(data, tmp_path, dataclasses.replace(OPTIONS, media=False)).contents["media"]) == {}
    )


def test_missing_media_are_left_out_and_named(tmp_path: Path) -> None:
    media = {
        name: ExchangeMedia(name, tmp_path / name, 1, "0" * 64)
        for name in (f"{number}.png" for number in range(7))
    }
    (tmp_path / "3.png").write_bytes(b"x")
    path = tmp_path / "out.apkg"
    (warning,) = apkg_writer.write(data_of(note(), media=media), path, OPTIONS)
    assert warning.startswith("6 media files were left out")
    assert "“0.png”" in warning
    assert warning.endswith(" and 1 more.")
    assert json.loads(Package(path, tmp_path).contents["media"]) == {"0": "3.png"}


def test_the_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[2:];"
        "from tests.unit.formats.test_apkg_writer import data_of, note;"
        "from tests.helpers.packages import media_in, OPTIONS;"
        "from mlsd_cards.formats import apkg_writer; out = Path(sys.argv[1]);"
        "data = data_of(*[note(n, (f'q{n}', 'a'), tags=('b', 'a')) for n in range(20)], media=media_in(out.parent));"
        "apkg_writer.write(data, out, OPTIONS)"
    )
    digests = set()
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.apkg"
        root = str(Path(__file__).resolve().parents[3])
        subprocess.run(
            [sys.executable, "-c", program, str(out), root],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC+{seed}"},
        )
        digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_stopped_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.apkg"
    path.write_bytes(b"old")
    for what in ("notes", "cards", "reviews", "media"):
        (tmp_path / "media").mkdir(exist_ok=True)

        def stop(now: str, done: int, total: int, what: str = what) -> None:
            if now == what:
                raise Cancelled("Stopped.")

        data = data_of(note(), media=media_in(tmp_path / "media"), makes_cards=True)
        data.cards = [ExchangeCard(1, 1, 5, 0)]
        data.reviews = [ExchangeReview(1, 1, 3, "review", 1, 1, 2500, 1)]
        with pytest.raises(Cancelled):
            apkg_writer.write(data, path, OPTIONS, stop)
        assert path.read_bytes() == b"old"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["media", "out.apkg"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        apkg_writer.write(data_of(note()), tmp_path / "absent" / "out.apkg", OPTIONS)
