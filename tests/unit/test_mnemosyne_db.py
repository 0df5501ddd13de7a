"""Databases of Mnemosyne 2: notes, schedules, answers, media; real ones, and those that try tricks."""

import datetime
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.anki_packages import database
from helpers.importing import empty_collection, rows
from helpers.shared import corpus_file
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import mnemosyne_db, reader_for
from mlsd_cards.formats.limits import FIELD_BYTES

NOW_MS = 1_893_456_000_000
DAY = 86_400
ASKED = 1_700_000_000  # 14 November 2023, 22:13 UTC
SCHEMA = """
CREATE TABLE facts (_id integer primary key, id text, extra_data text default "");
CREATE TABLE data_for_fact (_fact_id integer, key text, value text);
CREATE TABLE cards (_id integer primary key, id text, card_type_id text, _fact_id integer, fact_view_id text,
  question text, answer text, tags text, grade integer, next_rep integer, last_rep integer, easiness real,
  acq_reps integer, ret_reps integer, lapses integer, acq_reps_since_lapse integer, ret_reps_since_lapse integer,
  creation_time integer, modification_time integer, extra_data text default "", scheduler_data integer default 0,
  active boolean default 1);
CREATE TABLE tags (_id integer primary key, id text, name text, extra_data text default "");
CREATE TABLE tags_for_card (_card_id integer, _tag_id integer);
CREATE TABLE log (_id integer primary key autoincrement, event_type integer, timestamp integer, object_id text,
  grade integer, easiness real, acq_reps integer, ret_reps integer, lapses integer,
  acq_reps_since_lapse integer, ret_reps_since_lapse integer, scheduled_interval integer,
  actual_interval integer, thinking_time integer, next_rep integer, scheduler_data integer);
CREATE TABLE media (filename text primary key, _hash text);
CREATE TABLE fact_views (id text primary key, name text, extra_data text default "");
CREATE TABLE card_types (id text primary key, name text, fact_keys_and_names text, fact_view_ids text,
  extra_data text default "");
CREATE TABLE global_variables (key text, value text);
"""

Rows = list[dict[str, Any]]


def card(number: int, fact: int = 1, kind: str = "1", view: str = "1.1", **changes: Any) -> dict[str, Any]:
    row = {"grade": -1, "next_rep": -1, "last_rep": -1, "easiness": 2.5, "acq_reps": 0, "ret_reps": 0}
    row |= {"lapses": 0, "creation_time": ASKED, "extra_data": "", "active": 1}
    return {
        "_id": number, "id": f"card-{number}", "card_type_id": kind, "_fact_id": fact, "fact_view_id": view
    } | row | changes  # fmt: skip


def db(
    folder: Path,
    facts: Sequence[dict[str, Any]],
    cards: Rows,
    tags: Sequence[str] = (),
    tagged: Sequence[tuple[int, int]] = (),
    log: Sequence[dict[str, Any]] = (),
    media: Sequence[str] = (),
    sql: Sequence[str] = (),
    name: str = "default.db",
    **more: Rows,
) -> Path:
    content = database(
        SCHEMA,
        {
            "facts": [{"_id": n, "id": f"fact-number-{n}"} for n in range(1, len(facts) + 1)],
            "data_for_fact": [
                {"_fact_id": n, "key": key, "value": value}
                for n, texts in enumerate(facts, 1)
                for key, value in texts.items()
            ],
            "cards": cards,
            "tags": [{"_id": n, "id": f"t{n}", "name": name} for n, name in enumerate(tags, 1)],
            "tags_for_card": [{"_card_id": one, "_tag_id": other} for one, other in tagged],
            "log": log,
            "media": [{"filename": each} for each in media],
            **more,
        },
        sql,
    )
    path = folder / name
    path.write_bytes(content)
    return path


def read(path: Path, work: Path) -> ExchangeData:
    work.mkdir(exist_ok=True)
    assert reader_for(path) is mnemosyne_db
    return mnemosyne_db.read(path, ReadOptions(work_dir=work, now_ms=NOW_MS))


def refused(path: Path, work: Path) -> FileFormatError:
    work.mkdir(exist_ok=True)
    with pytest.raises(FileFormatError) as caught:
        reader_for(path).read(path, ReadOptions(work_dir=work, now_ms=NOW_MS))
    assert list(work.iterdir()) == []
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


def ordinal(date: str) -> int:
    return datetime.date.fromisoformat(date).toordinal()


def test_notes_tags_and_cards(tmp_path: Path) -> None:
    path = db(
        tmp_path,
        [{"f": "one", "b": "1"}, {"f": "Haus", "m_1": "house"}, {"text": "a [b:hint] c [d]"}],
        [
            card(1),
            card(2, 2, "3", "3.1"),
            card(3, 2, "3", "3.2"),
            card(4, 3, "5", "5.1", extra_data="{'index': 0, 'cloze': u'b'}"),
            card(5, 3, "5", "5.1", extra_data="{'index': 1, 'cloze': u'd'}"),
        ],
        tags=["__UNTAGGED__", "two words"],
        tagged=[(1, 1), (2, 2)],
    )
    data = read(path, tmp_path / "work")
    assert [(note.guid, note.fields, note.tags) for note in data.notes] == [
        ("fact-number-1", ("one", "1"), ()),
        ("fact-number-2", ("Haus", "", "house"), ("two_words",)),
        ("fact-number-3", ("a {{c1::b::hint}} c {{c2::d}}",), ()),
    ]
    assert [(each.note_id, each.ordinal, each.state) for each in data.cards] == [
        (1, 0, "new"), (2, 0, "new"), (2, 1, "new"), (3, 0, "new"), (3, 1, "new")
    ]  # fmt: skip
    assert [each.name for each in data.decks] == ["default"]
    assert data.warnings == []


def test_the_two_cards_of_a_map_stand_in_the_other_order(tmp_path: Path) -> None:
    texts = {"loc": "Rome", "marked": "m", "blank": "b"}
    path = db(tmp_path, [texts], [card(1, 1, "4", "4.1", lapses=7), card(2, 1, "4", "4.2")])
    (note_type,) = read(path, tmp_path / "work").note_types
    names = {each.ordinal: note_type.templates[each.ordinal].name for each in read(path, tmp_path).cards}
    assert [each.ordinal for each in read(path, tmp_path).cards] == [1, 0]
    assert names == {1: "What is it", 0: "Where is it"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"grade": 4, "last_rep": ASKED, "next_rep": (ASKED // DAY + 9) * DAY, "easiness": 2.36},
            {"state": "review", "interval_days": 9, "due_date": ordinal("2023-11-23"), "ease_permille": 2360},
        ),
        (
            {"grade": 2, "last_rep": ASKED, "next_rep": ASKED - DAY, "easiness": 0.1, "lapses": 3},
            {"state": "review", "interval_days": 1, "ease_permille": 1300, "lapses": 3},
        ),
        (
            {"grade": 0, "last_rep": ASKED, "next_rep": ASKED},
            {"state": "learning", "due_at_ms": ASKED * 1000, "due_date": None, "steps_left": 1},
        ),
        (
            {"grade": 1, "last_rep": ASKED, "next_rep": ASKED, "lapses": 2},
            {"state": "relearning", "due_at_ms": ASKED * 1000, "lapses": 2, "interval_days": 1},
        ),
        ({"grade": -1}, {"state": "new", "due_at_ms": None, "due_date": None, "ease_permille": 0}),
        ({"grade": 5, "last_rep": "x", "next_rep": b"\xff"}, {"state": "new"}),
        (
            {
                "grade": 9e99,
                "last_rep": 10**12,
                "next_rep": 9 * 10**18,
                "easiness": 9e300,
                "acq_reps": 10**18,
            },
            {"state": "review", "interval_days": 1, "ease_permille": 9999, "reps": 100_000},
        ),
        ({"grade": float("inf"), "last_rep": ASKED, "easiness": float("-inf")}, {"state": "new"}),
    ],
)
def test_schedules(told: dict[str, Any], expected: dict[str, Any], tmp_path: Path) -> None:
    data = read(db(tmp_path, [{"f": "q", "b": "a"}], [card(1, **told)]), tmp_path / "work")
    found = data.cards[0]._asdict()
    assert {key: found[key] for key in expected} == expected


def test_answers_are_those_of_the_log(tmp_path: Path) -> None:
    def answer(timestamp: int, grade: int, before: int, after: int, name: str = "card-1") -> dict[str, Any]:
        return {
            "event_type": 9, "timestamp": timestamp, "object_id": name, "grade": grade, "easiness": 2.4,
            "scheduled_interval": before * DAY, "thinking_time": 7, "next_rep": (timestamp // DAY + after) * DAY,
        }  # fmt: skip

    log = [
        answer(ASKED, 4, 0, 4),
        answer(ASKED, 1, 4, 0),
        answer(ASKED + 5 * DAY, 5, 4, 9),
        answer(ASKED, 3, 1, 1, "gone"),
        {"event_type": 7, "timestamp": ASKED, "object_id": "card-1"},
    ]
    path = db(tmp_path, [{"f": "q", "b": "a"}], [card(1, grade=5, last_rep=ASKED, next_rep=ASKED)], log=log)
    data = read(path, tmp_path / "work")
    assert [tuple(entry) for entry in data.reviews] == [
        (ASKED * 1000, 1, 3, "learn", 4, 0, 2400, 7000),
        (ASKED * 1000 + 1, 1, 1, "review", 0, 4, 2400, 7000),
        ((ASKED + 5 * DAY) * 1000, 1, 4, "review", 9, 4, 2400, 7000),
    ]
    assert data.warnings == ["1 answer was left out: there is no such card in the file."]


def test_media_lie_in_the_folder_beside(tmp_path: Path) -> None:
    path = db(
        tmp_path,
        [{"f": '<img src="maps/a.png"><audio src="b.mp3">', "b": '<img src="../../secret.png">'}],
        [card(1)],
        media=["maps/a.png", "b.mp3", "../secret.png", "/etc/hostname", "gone.png", "run.exe"],
    )
    folder = tmp_path / "default.db_media"
    (folder / "maps").mkdir(parents=True)
    (folder / "maps" / "a.png").write_bytes(b"\x89PNG a")
    (folder / "b.mp3").symlink_to("/etc/hostname")
    (tmp_path / "secret.png").write_bytes(b"secret")
    data = read(path, tmp_path / "work")
    assert {name: item.path.read_bytes() for name, item in data.media.items()} == {"maps_a.png": b"\x89PNG a"}
    assert data.notes[0].fields[0] == '<img src="maps_a.png">[sound:b.mp3]'
    assert sorted(data.unsafe_names) == ["../secret.png", "/etc/hostname", "run.exe"]


def test_a_second_import_finds_nothing_new_and_an_edit_updates(tmp_path: Path) -> None:
    due = (1_893_456_000 // DAY + 3) * DAY
    cards = [card(1, grade=4, last_rep=ASKED, next_rep=due, acq_reps=1, ret_reps=2, active=0), card(2, 2)]
    log = [{"event_type": 9, "timestamp": ASKED, "object_id": "card-1", "grade": 4, "easiness": 2.5}]
    path = db(tmp_path, [{"f": "q", "b": "a"}, {"f": "r", "b": "c"}], cards, log=log)
    with empty_collection(tmp_path / "home") as collection:
        first = collection.import_file(path)
        assert (first.notes_new, first.cards, first.reviews) == (2, 2, 1)
        found = rows(collection, "SELECT state, reps, suspended FROM cards ORDER BY reps")
        assert found == [("new", 0, 0), ("review", 3, 1)]
        assert collection.import_file(path).notes_unchanged == 2
        db(tmp_path, [{"f": "q", "b": "better"}, {"f": "r", "b": "c"}], cards, log=log)
        again = collection.import_file(path)
        assert (again.notes_new, again.notes_updated, again.notes_unchanged) == (0, 1, 1)
        assert rows(collection, "SELECT count(*) FROM cards") == [(2,)]


def test_types_of_the_users_own_and_facts_without_a_card(tmp_path: Path) -> None:
    views = [{"id": "v1", "name": "Forward", "extra_data": repr({"qfmt": "{{Q}}", "afmt": "{{A}}"})}]
    types = [
        {
            "id": "own", "name": "Own", "fact_keys_and_names": "[('0', 'Q'), ('1', 'A')]",
            "fact_view_ids": "['v1']", "extra_data": "{'id': 77, 'css': '', 'type': 0}",
        }
    ]  # fmt: skip
    path = db(
        tmp_path,
        [{"0": "q", "1": "a"}, {"f": "alone"}, {"f": "odd"}],
        [card(1, 1, "own", "v1"), card(2, 99), card(3, 3, "no such type"), card(4, 1, "own", "v9")],
        fact_views=views,
        card_types=types,
    )
    data = read(path, tmp_path / "work")
    assert [(note.fields, data.note_types[0].name) for note in data.notes] == [(("q", "a"), "Own")]
    assert [(each.ordinal, each.note_id) for each in data.cards] == [(0, 1)]
    assert data.notes_left_out == 2
    assert "2 cards were left out: no note makes such a card." in data.warnings


@pytest.mark.parametrize("number", ["v104", "v143"])
def test_real_databases_give_what_mnemosyne_says(number: str, tmp_path: Path) -> None:
    import json

    entry = next(each for each in json.loads(corpus_file().read_text())["files"] if each["id"] == number)
    said = entry["mnemosyne_says"]
    data = read(corpus_file().parent / entry["file"], tmp_path)
    assert (len(data.notes), len(data.cards)) == (said["facts"], said["cards"])
    assert sum(each.state != "new" for each in data.cards) == said["cards_reviewed"]


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_pickled_deck_is_refused_without_being_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = tmp_path / "default.mem"
    path.write_bytes(b"--- Mnemosyne Data Base --- Format Version 1 ---\n" + pickle.dumps(Bomb(mark)))
    error = refused(path, tmp_path / "work")
    assert error.kind == "unsupported"
    assert "XML" in str(error)
    assert ".cards" in str(error)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON cards BEGIN DELETE FROM cards; END", "unsafe"),
        ("CREATE VIEW v AS SELECT 1", "unsafe"),
        ("ALTER TABLE cards ADD COLUMN x AS (hex(zeroblob(9999))) VIRTUAL", "unsafe"),
        ("ALTER TABLE cards RENAME COLUMN grade TO mark", "damaged"),
        ("DROP TABLE tags", "not-a-deck"),
        (f"UPDATE data_for_fact SET value = hex(zeroblob({FIELD_BYTES // 2 + 1}))", "limit"),
    ],
)
def test_tricks_are_refused(sql: str, kind: str, tmp_path: Path) -> None:
    path = db(tmp_path, [{"f": "q", "b": "a"}], [card(1)], sql=[sql])
    assert refused(path, tmp_path / "work").kind == kind


def test_code_in_a_column_is_never_run(tmp_path: Path) -> None:
    code = "__import__('os').system('touch ran')"
    path = db(tmp_path, [{"text": "[a]"}], [card(1, 1, "5", "5.1", extra_data=code)])
    data = read(path, tmp_path / "work")
    assert [each.ordinal for each in data.cards] == [0]
    assert not Path("ran").exists()


def test_another_programs_database_is_no_deck(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    path.write_bytes(database("CREATE TABLE moz (id);", {}, ()))
    assert refused(path, tmp_path / "work").kind == "not-a-deck"


VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=8), st.binary(max_size=8)
)


@settings(max_examples=60, deadline=None)
@given(values=st.fixed_dictionaries({key: VALUES for key in card(1)}), entry=st.dictionaries(
    st.sampled_from(["timestamp", "object_id", "grade", "easiness", "scheduled_interval", "thinking_time"]), VALUES
))  # fmt: skip
def test_odd_values_never_crash(
    values: dict[str, Any], entry: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    values["_id"] = 1
    path = db(folder, [{"f": "q", "b": "a"}], [values], log=[{"event_type": 9, **entry}])
    data = read(path, folder)
    assert len(data.cards) <= 1
    for each in data.cards:
        assert each.state == "new" or (each.due_date is None) != (each.due_at_ms is None)
        assert all(abs(number) <= 2**53 for number in each if isinstance(number, int | float))
    assert all(0 < entry.id <= 2**53 and 1 <= entry.rating <= 4 for entry in data.reviews)
