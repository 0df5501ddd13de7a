"""The writer of Anki packages: what lies in the archive and its database, whole files or none."""

import dataclasses
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import Cancelled, InputError
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangeNote,
    ExchangePreset,
    ExchangeReview,
    WriteOptions,
)
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, Template
from mlsd_cards.formats import apkg_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.apkg_ids import Unique, stable_id
from tests.helpers.packages import CREATED_DATE, MEDIA, NOW_MS, OPTIONS, media_in

BASIC, _, OPTIONAL, _, CLOZE, OCCLUSION = STOCK_NOTE_TYPES
PLAIN = dataclasses.replace(OPTIONS, scheduling=False)
DAY_MS = 86_400_000


def data_of(*notes: ExchangeNote, **more: Any) -> ExchangeData:
    data = ExchangeData(note_types=list(STOCK_NOTE_TYPES), notes=list(notes), **more)
    data.decks = data.decks or [ExchangeDeck(id=5, name="A::B::C", description="<b>about</b>")]
    return data


def note(
    number: int = 1, fields: tuple[str, ...] = ("q", "a"), note_type: NoteType = BASIC, **more: Any
) -> ExchangeNote:
    return ExchangeNote(number, more.pop("guid", f"g{number}"), int(note_type.id), fields, deck_id=5, **more)


class Package:
    """A written package, opened."""

    def __init__(self, path: Path, folder: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.members = {info.filename: info for info in archive.infolist()}
            self.contents = {name: archive.read(name) for name in self.members}
        database = folder / "read.db"
        database.write_bytes(self.contents["collection.anki2"])
        connection = sqlite3.connect(database)
        connection.row_factory = sqlite3.Row
        self.col = dict(connection.execute("select * from col").fetchone())
        self.models, self.decks, self.config, self.presets = (
            json.loads(self.col[name]) for name in ("models", "decks", "conf", "dconf")
        )
        self.notes, self.cards, self.reviews = (
            [dict(row) for row in connection.execute(f"select * from {table} order by id")]
            for table in ("notes", "cards", "revlog")
        )
        connection.close()


def written(data: ExchangeData, folder: Path, options: WriteOptions = OPTIONS) -> Package:
    path = folder / "out.apkg"
    assert apkg_writer.write(data, path, options) == []
    return Package(path, folder)


# ---- cards


def test_all_states(tmp_path: Path) -> None:
    def card(ordinal: int, **more: Any) -> ExchangeCard:
        return ExchangeCard(100 + ordinal, 1, 5, ordinal, position=ordinal, **more)

    moment = NOW_MS // 1000 * 1000
    data = data_of(
        note(),
        cards=[
            card(0),
            card(1, state="learning", due_at_ms=moment + 600_000, steps_left=2, reps=1),
            card(2, state="learning", due_date=CREATED_DATE + 3, steps_left=1, reps=2),
            card(
                3,
                state="review",
                due_date=CREATED_DATE + 9,
                interval_days=4,
                ease_permille=2600,
                reps=5,
                lapses=1,
            ),
            card(
                4,
                state="relearning",
                due_at_ms=moment,
                interval_days=2,
                ease_permille=1300,
                steps_left=1,
                reps=9,
                lapses=3,
            ),
            card(
                5,
                state="review",
                due_date=CREATED_DATE - 2,
                interval_days=8,
                suspended=True,
                buried="hand",
                flag=7,
            ),
            card(
                6, state="review", due_date=CREATED_DATE, interval_days=8, ease_permille=2500, buried="hand"
            ),
            card(7, buried="sibling"),
            card(
                8,
                state="review",
                due_date=1 + CREATED_DATE,
                interval_days=8,
                ease_permille=2500,
                stability=8.25,
                difficulty=5.5,
                last_answer_ms=moment,
            ),
            card(
                9,
                state="review",
                due_date=CREATED_DATE + 1,
                interval_days=6,
                ease_permille=2500,
                repetitions=2,
                drill_date=CREATED_DATE,
            ),
        ],
    )
    columns = ("type", "queue", "due", "ivl", "factor", "reps", "lapses", "left", "flags")
    found = [tuple(card[name] for name in columns) for card in written(data, tmp_path).cards]
    second = moment // 1000
    assert found == [
        (0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 1, second + 600, 0, 0, 1, 0, 2, 0),
        (1, 3, 3, 0, 0, 2, 0, 1, 0),
        (2, 2, 9, 4, 2600, 5, 1, 0, 0),
        (3, 1, second, 2, 1300, 9, 3, 1, 0),
        (2, -1, -2, 8, 2500, 0, 0, 0, 7),
        (2, -3, 0, 8, 2500, 0, 0, 0, 0),
        (0, -2, 7, 0, 0, 0, 0, 0, 0),
        (2, 2, 1, 8, 2500, 0, 0, 0, 0),
        (2, 2, 1, 6, 2500, 0, 0, 0, 0),
    ]
    cards = written(data, tmp_path).cards
    assert json.loads(cards[8]["data"]) == {"pos": 8, "s": 8.25, "d": 5.5, "lrt": second}
    assert cards[0]["data"] == "{}"
    assert all((card["odue"], card["odid"]) == (0, 0) for card in cards)


def test_days_are_counted_from_the_creation_date(tmp_path: Path) -> None:
    for offset, hours_utc in ((0, 4), (120, 2), (-300, 9)):
        options = dataclasses.replace(OPTIONS, created_offset_minutes=offset)
        package = written(data_of(note()), tmp_path, options)
        assert package.config["creationOffset"] == -offset
        assert package.config["schedVer"] == 2
        days, rest = divmod(package.col["crt"], 86_400)
        assert (days + 719_163, rest) == (CREATED_DATE, hours_utc * 3600)


def test_a_review_with_only_a_moment_is_due_on_its_day(tmp_path: Path) -> None:
    data = data_of(
        note(), cards=[ExchangeCard(1, 1, 5, 0, state="review", interval_days=3, due_at_ms=NOW_MS)]
    )
    card = written(data, tmp_path).cards[0]
    assert card["due"] == NOW_MS // DAY_MS + 719_163 - CREATED_DATE


def test_without_progress(tmp_path: Path) -> None:
    data = data_of(
        note(1, tags=("Leech", "t", "marked")),
        note(2),
        cards=[
            ExchangeCard(
                11,
                1,
                5,
                0,
                state="review",
                position=9,
                due_date=CREATED_DATE,
                interval_days=5,
                flag=3,
                suspended=True,
            ),
            ExchangeCard(12, 2, 5, 0, position=4),
            ExchangeCard(13, 2, 5, 1, position=4),
        ],
        reviews=[ExchangeReview(1, 11, 3, "review", 5, 2, 2500, 1000)],
    )
    data.presets = [ExchangePreset(id=1, name="Mine", options=Options())]
    package = written(data, tmp_path, PLAIN)
    assert [(c["type"], c["queue"], c["due"], c["ivl"], c["flags"]) for c in package.cards] == [
        (0, 0, 2, 0, 0),
        (0, 0, 1, 0, 0),
        (0, 0, 1, 0, 0),
    ]
    assert package.reviews == []
    assert package.notes[0]["tags"] == " t "
    assert list(package.presets) == ["1"]
    assert package.config["nextPos"] == 3


def test_positions_from_a_million_on(tmp_path: Path) -> None:
    data = data_of(note(), cards=[ExchangeCard(1, 1, 5, 0, position=12_345_678)])
    assert written(data, tmp_path).cards[0]["due"] == 1_345_678


def test_notes_without_cards_make_those_of_their_type(tmp_path: Path) -> None:
    data = data_of(
        note(1, ("q", "a", "y"), OPTIONAL),
        note(2, ("{{c2::x}} {{c5::y}}", ""), CLOZE),
        note(3, ("", "a")),
        makes_cards=True,
    )
    package = written(data, tmp_path)
    ids = {row["id"]: row["guid"] for row in package.notes}
    assert [(ids[card["nid"]], card["ord"]) for card in package.cards] == [
        ("g1", 0),
        ("g1", 1),
        ("g2", 1),
        ("g2", 4),
        ("g3", 0),
    ]
    assert {card["did"] for card in package.cards} == {stable_id("deck", "A::B::C")}


def test_reviews(tmp_path: Path) -> None:
    kinds = ["learn", "review", "relearn", "early", "manual", "rescheduled", "drill"]
    reviews = [ExchangeReview(1000 + n, 11, n % 5, kind, n, -n, 2500, 9) for n, kind in enumerate(kinds)]
    reviews += [
        ExchangeReview(1006, 11, 3, "review", 1, 1, 2500, 9),
        ExchangeReview(5, 99, 3, "review", 1, 1, 1, 1),
    ]
    data = data_of(
        note(), cards=[ExchangeCard(11, 1, 5, 0, state="review", due_date=CREATED_DATE)], reviews=reviews
    )
    package = written(data, tmp_path)
    assert [row["type"] for row in package.reviews] == [0, 1, 2, 3, 4, 5, 3, 1]
    assert [row["factor"] for row in package.reviews] == [2500] * 6 + [0, 2500]
    assert [row["id"] for row in package.reviews] == list(range(1000, 1008))
    assert {row["cid"] for row in package.reviews} == {package.cards[0]["id"]}
    assert json.loads(package.cards[0]["data"])["lrt"] == 1


def test_the_last_answer_is_that_of_the_log(tmp_path: Path) -> None:
    def answered(*reviews: tuple[int, int, str, int]) -> int | None:
        data = data_of(
            note(),
            cards=[ExchangeCard(11, 1, 5, 0, state="review", due_date=CREATED_DATE, last_answer_ms=77_000)],
        )
        data.reviews = [
            ExchangeReview(n, 11, rating, kind, 1, 1, factor, 1) for n, rating, kind, factor in reviews
        ]
        return json.loads(written(data, tmp_path).cards[0]["data"]).get("lrt")

    assert answered() == 77
    assert answered((5000, 3, "review", 2500), (9000, 3, "drill", 2500)) == 5
    assert answered((5000, 3, "review", 2500), (9000, 3, "early", 0)) == 5
    assert answered((5000, 3, "review", 2500), (9000, 3, "early", 2500)) == 9
    assert answered((5000, 3, "review", 2500), (9000, 0, "manual", 0)) is None
    assert answered((5000, 3, "review", 2500), (9000, 0, "rescheduled", 2500)) == 5


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
        "from tests.unit.formats.test_apkg_writer import data_of, note, media_in, OPTIONS;"
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
