"""The writer of Anki packages: what lies in the archive and its database, whole files or none."""

import dataclasses
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeNote,
    ExchangePreset,
    ExchangeReview,
    WriteOptions,
)
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.formats import apkg_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.apkg_ids import stable_id
from tests.helpers.packages import CREATED_DATE, NOW_MS, OPTIONS

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
