"""Plain texts with `Q:` and `A:` lines: cards, schedules of SuperMemo, and texts that are tables after all."""

import datetime
from pathlib import Path

import pytest
from helpers.importing import empty_collection, rows
from helpers.text_decks import decks, fields, folder_of, read_by, refused

from mlsd_cards.domain.exchange import ExchangeData
from mlsd_cards.formats import reader_for

NAME = "questions and answers"
TODAY = datetime.date(2030, 1, 1).toordinal()


def read(text: str | bytes, tmp_path: Path) -> ExchangeData:
    path = folder_of(tmp_path, {"Deck.txt": text}) / "Deck.txt"
    return read_by(NAME, path, tmp_path / "work")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: one\nA: two", [("one", "two")]),
        ("\n\nQ: 1\nQ: 2\nA: 3\nA: 4\n\nQ: 5\nA: 6\n", [("1<br>2", "3<br>4"), ("5", "6")]),
        (
            "\ufeffQ: a\r\nmore\r\nA: b\r\nand more\r\n\r\nQ: c\r\nA: d",
            [("a<br>more", "b<br>and more"), ("c", "d")],
        ),
        ("Q: a\nA: b\n\n- still b\n\nQ: c\nA: d", [("a", "b<br><br>- still b"), ("c", "d")]),
        ("Q: a\nA: b\nQ: c\nA: d", [("a", "b"), ("c", "d")]),
        ("Q: 1 &#33267; &#55296; <b>\nA: x & y", [("1 至 &amp;#55296; &lt;b&gt;", "x &amp; y")]),
        ("Q: a\nA:\nb", [("a", "b")]),
    ],
)
def test_cards(text: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    data = read(text, tmp_path)
    assert fields(data) == expected
    assert data.warnings == []
    assert set(decks(data)) == {"Deck"}
    assert data.makes_cards


def test_encodings(tmp_path: Path) -> None:
    assert fields(read("Q: ü\nA: ö".encode("utf-16"), tmp_path)) == [("ü", "ö")]
    path = folder_of(tmp_path, {"Deck.txt": b"Q: a\nA: \xfc"}) / "Deck.txt"
    error = refused(path, tmp_path / "work")
    assert error.kind == "damaged"
    assert "line 2" in str(error)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "REP=8 LAP=1 EF=3.200 UF=2.370 INT=429 LAST=27.01.06",
            ("review", datetime.date(2006, 1, 27).toordinal() + 429, 429, 3200, 8, 1),
        ),
        ("REP=0 LAP=0 EF=3.200 UF=2.370 INT=429 LAST=27.01.06", ("new", None, 0, 0, 0, 0)),
        ("REP=1 LAP=2 EF=3.200 UF=2.370 INT=4 LAST=0", ("review", TODAY, 4, 3200, 1, 2)),
        ("REP=3 LAP=0 EF=0.1 INT=0 LAST=31.02.06", ("review", TODAY, 1, 1300, 3, 0)),
        ("REP=9.9.9 INT=4 LAST=1.1.1", ("new", None, 0, 0, 0, 0)),
        ("REP=99999999999 EF=9999999 INT=99999999 LAST=01.01.9999", (
            "review", datetime.date.max.toordinal(), 36500, 9999, 100_000, 0
        )),
    ],
)  # fmt: skip
def test_schedules(line: str, expected: tuple[str, int | None, int, int, int, int], tmp_path: Path) -> None:
    data = read(f"Q: a\nA: b\nI: {line}\nO: 36\n\nQ: c\nA: d\n", tmp_path)
    assert fields(data) == [("a", "b"), ("c", "d")]
    first, second = data.cards
    found = (first.state, first.due_date, first.interval_days, first.ease_permille, first.reps, first.lapses)
    assert found == expected
    assert (second.note_id, second.state) == (2, "new")


def test_import_again_and_edit(tmp_path: Path) -> None:
    text = "Q: a\nA: b\nI: REP=2 EF=2.5 INT=9 LAST=30.12.29\nO: 1\n\nQ: c\nA: d\n"
    path = folder_of(tmp_path, {"Deck.txt": text}) / "Deck.txt"
    with empty_collection(tmp_path / "home") as collection:
        assert collection.import_file(path).notes_new == 2
        assert collection.import_file(path).notes_unchanged == 2
        path.write_text(path.read_text().replace("A: d", "A: better"))
        again = collection.import_file(path)
        assert (again.notes_new, again.notes_updated, again.notes_unchanged) == (0, 1, 1)
        found = rows(collection, "SELECT state, interval_days FROM cards ORDER BY interval_days")
        assert found == [("new", 0), ("review", 9)]


def test_halves_are_left_out(tmp_path: Path) -> None:
    data = read("Q: a\nA: b\n\nQ:\nA: no question\n\nQ: never answered", tmp_path)
    assert fields(data) == [("a", "b")]
    assert data.warnings == [
        "1 card was left out: there is no question.",
        "1 card was left out: a question has no answer.",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Q: a,b\nA: c,d\n"),
        ("a.tsv", "Q: a\tb\nA: c\td\n"),
        ("a.txt", "Q: a\tA: b\nQ: c\tA: d\n"),
        ("a.txt", "front;back\nQ: a;b\nA: c;d\n"),
        ("a.txt", "#separator:tab\nQ: a\tb\nA: c\td\n"),
        ("a.txt", "question\tanswer\n"),
    ],
)
def test_tables_stay_tables(name: str, text: str, tmp_path: Path) -> None:
    assert reader_for(folder_of(tmp_path, {name: text}) / name).NAME == "text"
