"""Strangers' databases: plain tables are read, and nothing in them can act or compute."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers.anki_packages import database

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import SQL_SECONDS, SQL_VALUE_BYTES

KNOWN = {"t": ("id", "a", "b"), "absent": ("id",)}
SCHEMA = "CREATE TABLE t (id integer PRIMARY KEY, a, b); CREATE TABLE u (id integer PRIMARY KEY, secret);"
ROWS = [{"id": 1, "a": "text", "b": 2.5}, {"id": 2, "a": b"\xff", "b": None}]


def opened(
    tmp_path: Path,
    sql: Sequence[str] = (),
    rows: Sequence[dict[str, object]] = ROWS,
    seconds: float = SQL_SECONDS,
) -> ForeignDatabase:
    path = tmp_path / "collection"
    path.write_bytes(database(SCHEMA, {"t": rows}, sql))
    return ForeignDatabase(path, place(tmp_path), KNOWN, seconds=seconds)


def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "deck.apkg", "the collection")


def refused(tmp_path: Path, *sql: str) -> str:
    with pytest.raises(FileFormatError) as caught:
        opened(tmp_path, sql)
    return caught.value.kind


def test_known_columns_are_read_and_texts_come_as_bytes(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        assert list(db.rows("SELECT id, a, b FROM t ORDER BY rowid", most=2)) == [
            (1, b"text", 2.5),
            (2, b"\xff", None),
        ]
        assert db.value("SELECT count(*) FROM t WHERE typeof(a) = 'text'") == 1
        assert db.value("SELECT id FROM t WHERE id > 5") is None
        assert db.has("t", "a", "b")
        assert not db.has("t", "c")
        assert not db.has("absent")


def test_rows_come_in_batches_and_not_more_than_wanted(tmp_path: Path) -> None:
    with opened(tmp_path, rows=[{"id": n} for n in range(1, 12_001)]) as db:
        sizes = [len(batch) for batch in db.batches("SELECT id FROM t")]
        assert sum(sizes) == 12_000
        assert max(sizes) <= 5_000
        assert len(list(db.rows("SELECT id FROM t", most=12_000))) == 12_000
        with pytest.raises(FileFormatError) as caught:
            list(db.rows("SELECT id FROM t", most=11_999))
        assert caught.value.kind == "limit"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM u",
        "SELECT secret FROM u",
        "SELECT name FROM sqlite_master",
        "SELECT hex(zeroblob(100)) FROM t",
        "SELECT load_extension('x')",
        "SELECT random() FROM t",
        "PRAGMA user_version",
        "ATTACH ':memory:' AS other",
        "INSERT INTO t VALUES (9, 9, 9)",
        "DELETE FROM t",
        "CREATE TABLE v (id)",
        "SELECT id FROM t WHERE a LIKE '%x%'",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        "nonsense",
    ],
)
def test_everything_else_is_denied(sql: str, tmp_path: Path) -> None:
    with opened(tmp_path) as db, pytest.raises(FileFormatError) as caught:
        list(db.rows(sql, most=100))
    assert caught.value.kind == "damaged"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER x AFTER UPDATE ON t BEGIN DELETE FROM t; END",
        "CREATE VIEW x AS SELECT 1",
        "CREATE VIRTUAL TABLE x USING fts5(y)",
        "ALTER TABLE t ADD COLUMN c TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL",
        "CREATE TABLE x (id, y GENERATED ALWAYS AS (id) STORED)",
        "CREATE TABLE x (id CHECK (id > 0))",
        "CREATE TABLE x (id, cHeCk(id > 0))",
        "CREATE INDEX x ON t (length(a))",
        "CREATE INDEX x ON t (a) WHERE length(a) > 5",
    ],
)
def test_what_acts_or_computes_is_refused_unread(sql: str, tmp_path: Path) -> None:
    assert refused(tmp_path, sql) == "unsafe"


def test_ordinary_indexes_are_no_harm(tmp_path: Path) -> None:
    with opened(
        tmp_path, ["CREATE INDEX x ON t (a, b); CREATE INDEX y ON t (b) WHERE b != 0; ANALYZE"]
    ) as db:
        assert db.value("SELECT count(*) FROM t") == 2


def test_a_schema_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    tables = [f"CREATE TABLE x{n} (id);" for n in range(999)]
    with opened(tmp_path, ["".join(tables[:-1])]) as db:
        assert db.value("SELECT count(*) FROM t") == 2
    assert refused(tmp_path, "".join(tables)) == "limit"


def test_a_collation_of_anki_s_is_known_and_others_are_not(tmp_path: Path) -> None:
    def made(name: str) -> Path:
        path = tmp_path / name
        connection = sqlite3.connect(path)
        connection.create_collation(name, lambda a, b: (a > b) - (a < b))
        connection.execute(f"CREATE TABLE t (id integer PRIMARY KEY, a text COLLATE {name}, b)")
        connection.execute("CREATE UNIQUE INDEX i ON t (a)")
        connection.execute("INSERT INTO t VALUES (1, 'Ä', 2)")
        connection.commit()
        connection.close()
        return path

    with ForeignDatabase(made("unicase"), place(tmp_path), KNOWN) as db:
        assert db.value("SELECT a FROM t") == "Ä".encode()
    with pytest.raises(FileFormatError) as caught:
        ForeignDatabase(made("other"), place(tmp_path), KNOWN)
    assert caught.value.kind == "damaged"


def test_a_wal_flag_is_ignored_and_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "collection"
    data = database(SCHEMA, {"t": ROWS})
    path.write_bytes(data[:18] + b"\x02\x02" + data[20:])
    (tmp_path / "collection-wal").write_bytes(b"not a log")
    with ForeignDatabase(path, place(tmp_path), KNOWN) as db:
        assert db.value("SELECT count(*) FROM t") == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["collection", "collection-wal"]


def test_a_path_with_signs_that_mean_something_in_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=rwc#b%41"
    folder.mkdir()
    with opened(folder) as db:
        assert db.value("SELECT count(*) FROM t") == 2
    assert [each.name for each in folder.iterdir()] == ["collection"]


@pytest.mark.parametrize("data", [b"", b"SQLite", b"SQLite format 2\0" + bytes(4096), b"{}"])
def test_other_files_are_damage(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "collection"
    path.write_bytes(data)
    with pytest.raises(FileFormatError) as caught:
        ForeignDatabase(path, place(tmp_path), KNOWN)
    assert caught.value.kind == "damaged"


def test_a_cut_or_overwritten_file_is_damage_or_reads_as_it_was(tmp_path: Path) -> None:
    rows = [{"id": n, "a": "x" * 200, "b": n} for n in range(1, 200)]
    whole = database(SCHEMA, {"t": rows})
    path = tmp_path / "collection"
    wanted = [(n, n) for n in range(1, 200)]
    kinds = []
    for place_of_fault in range(100, len(whole), 1531):
        for data in (
            whole[:place_of_fault],
            whole[:place_of_fault] + bytes(300) + whole[place_of_fault + 300 :],
        ):
            path.write_bytes(data)
            try:
                with ForeignDatabase(path, place(tmp_path), KNOWN) as db:
                    found = list(db.rows("SELECT id, b FROM t", most=1000))
            except FileFormatError as error:
                kinds.append(error.kind)
            else:
                assert len(found) <= len(wanted)
    assert set(kinds) == {"damaged"}
    assert len(kinds) > 20


def test_a_statement_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    rows = [{"id": n, "a": n, "b": n} for n in range(1, 20_000)]
    with opened(tmp_path, rows=rows) as db:
        assert db.value("SELECT count(*) FROM t") == 19_999
    with (
        pytest.raises(FileFormatError, match="seconds") as caught,
        opened(tmp_path, rows=rows, seconds=-1.0) as db,
    ):
        db.value("SELECT count(*) FROM t AS x, t AS y")
    assert caught.value.kind == "limit"
    assert SQL_SECONDS == 30


def test_a_value_may_have_16_mebibytes_and_no_more(tmp_path: Path) -> None:
    def rows(size: int) -> list[dict[str, object]]:
        return [{"id": 1, "a": "x" * size, "b": 0}]

    room = 100  # for the rest of the row
    with opened(tmp_path, rows=rows(SQL_VALUE_BYTES - room)) as db:
        assert len(db.value("SELECT a FROM t")) == SQL_VALUE_BYTES - room
    with opened(tmp_path, rows=rows(SQL_VALUE_BYTES + 1)) as db, pytest.raises(FileFormatError) as caught:
        db.value("SELECT a FROM t")
    assert caught.value.kind == "limit"


def test_broken_names_in_the_schema_are_quoted_harmlessly(tmp_path: Path) -> None:
    data = database(SCHEMA + "CREATE INDEX long_name_of_an_index ON t (a);", {"t": ROWS})
    path = tmp_path / "collection"
    for sign in (0x80, 0x01, 0x0A):
        at = data.index(b"long_name_of_an_index ON")
        path.write_bytes(data[:at] + bytes([sign]) + data[at + 1 :])
        with pytest.raises(FileFormatError) as caught:
            ForeignDatabase(path, place(tmp_path), KNOWN)
        assert caught.value.kind == "damaged"
        assert str(caught.value).isprintable()
