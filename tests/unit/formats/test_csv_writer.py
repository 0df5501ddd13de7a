"""The writer of text files: what Anki expects, formulas made harmless, whole files or none."""

import csv
import errno
import os
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import Cancelled, DiskFull, InputError
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangeNote,
    ReadOptions,
    WriteOptions,
)
from mlsd_cards.formats import csv_notes, csv_writer, whole_file
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.csv_text import guard, unguard

BASIC, _, OPTIONAL, *_ = STOCK_NOTE_TYPES
OPTIONS = WriteOptions(now_ms=0, created_date=738_000)
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", " =HYPERLINK(1)", "\r=1", "\n=1", "\u00a0-1", "\uff1d1",
    "\uff0b1", "\uff0d1", "\uff20x", "'=1", "''=1", "\tplain", " \tplain",
)  # fmt: skip
HARMLESS = ("", "1-1", "a=b", "'quoted'", "''", " plain", "\u00a0plain", "\u00ad", "#x")


def data_of(*notes: tuple[str, ...], **more: object) -> ExchangeData:
    return ExchangeData(
        note_types=[BASIC, OPTIONAL],
        decks=[ExchangeDeck(id=7, name="A::B"), ExchangeDeck(id=8, name="C")],
        notes=[
            ExchangeNote(number, f"guid{number}", int(BASIC.id), fields, ("t", "u::v"), deck_id=7)
            for number, fields in enumerate(notes, 1)
        ],
        **more,  # type: ignore[arg-type]
    )


def test_a_text_file_is_what_anki_writes(tmp_path: Path) -> None:
    data = data_of(("q", 'a "b"'), ("two\nlines\t", "#x"))
    data.notes.append(ExchangeNote(3, "#odd", int(OPTIONAL.id), ("x", "", "y"), deck_id=0))
    data.cards = [ExchangeCard(1, 2, 7, 1), ExchangeCard(2, 2, 8, 0), ExchangeCard(3, 2, 7, 2)]
    path = tmp_path / "notes.txt"
    assert csv_writer.write(data, path, OPTIONS) == []
    assert path.read_bytes().decode() == (
        "#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:7\n"
        'guid1\tBasic\tA::B\tq\t"a ""b"""\t\tt u::v\n'
        'guid2\tBasic\tC\t"two\nlines\t"\t"#x"\t\tt u::v\n'
        '"#odd"\tBasic (optional reversed card)\t\tx\t\ty\t\n'
    )


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_guarded_and_come_back(cell: str) -> None:
    assert guard(cell) == "'" + cell
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize("cell", HARMLESS)
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert guard(cell) == cell
    assert unguard(cell) == cell


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt"])
@pytest.mark.parametrize("wanted", [None, True, False])
def test_where_formulas_are_guarded(tmp_path: Path, name: str, wanted: bool | None) -> None:
    path = tmp_path / name
    data = data_of(("=1", "-2"))
    data.notes[0] = data.notes[0]._replace(guid="+guid", tags=("@t",))
    csv_writer.write(data, path, WriteOptions(now_ms=0, created_date=1, guard_formulas=wanted))
    lines = path.read_text().splitlines()
    with path.open(newline="") as file:
        row = list(csv.reader(file, delimiter="," if name == "x.csv" else "\t"))[-1]
    guarded = wanted if wanted is not None else name != "x.txt"
    assert ("#formulas:guarded" in lines) == guarded
    expected = ["'+guid", "Basic", "A::B", "'=1", "'-2", "'@t"]
    assert row == (expected if guarded else [cell.lstrip("'") for cell in expected])
    back = csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0))
    assert [(note.guid, note.fields, note.tags) for note in back.notes] == [("+guid", ("=1", "-2"), ("@t",))]


def test_an_apostrophe_of_another_program_stays(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("#separator:comma\n#html:true\n'=1,'x\n")
    assert csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0)).notes[0].fields == ("'=1", "'x")


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    media = {"a.png": ExchangeMedia("a.png", tmp_path / "a.png", 1, "0" * 64)}
    data = data_of(
        ("q", "a"), media=media, cards=[ExchangeCard(1, 1, 7, 0, state="review", due_date=738_100)]
    )
    warnings = csv_writer.write(data, tmp_path / "x.csv", OPTIONS)
    assert [word in text for word, text in zip(("1 file ", "progress"), warnings, strict=True)] == [
        True,
        True,
    ]


def test_nothing_at_all_can_be_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    csv_writer.write(ExchangeData(), path, OPTIONS)
    assert csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0)).notes == []


def test_nul_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    csv_writer.write(data_of(("q\0", "a")), path, OPTIONS)
    assert csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0)).notes[0].fields == ("q", "a")


# ---- whole or not at all


def test_a_stopped_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")

    def stop(what: str, done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        csv_writer.write(data_of(("q", "a")), path, OPTIONS, stop)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        csv_writer.write(data_of(("q", "a")), tmp_path / "absent" / "x.csv", OPTIONS)


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(InputError):
        csv_writer.write(data_of(("q", "a")), tmp_path / "x.csv", OPTIONS)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"

    def fill() -> None:
        with whole_file.replacing(path) as folder:
            (folder / path.name).write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DiskFull, match="no room"):
        fill()
    assert list(tmp_path.iterdir()) == []
