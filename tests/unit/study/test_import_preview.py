"""What the import screen is told before anything is written: samples, reasons, whose progress, how a text is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import editions
from helpers.importing import empty_collection, note_lines, stored

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import OnMatch, TextOptions
from mlsd_cards.domain.progress import no_progress
from mlsd_cards.study import Collection, importing
from mlsd_cards.study.import_preview import ImportPreview, preview
from mlsd_cards.study.importing import ImportChoices

TEXTS = {"a": ("question a", "answer a"), "b": ("question b", "answer b")}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e366"
    "0000000049454e44ae426082"
)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


def look(collection: Collection, path: Path, deck: str = "", **text: object) -> ImportPreview:
    choices = ImportChoices(deck=deck, text=TextOptions(**text))  # type: ignore[arg-type]
    return preview(collection, path, choices=choices, progress=no_progress)


def bring(collection: Collection, path: Path, deck: str = "", **text: object) -> None:
    choices = ImportChoices(deck=deck, text=TextOptions(**text))  # type: ignore[arg-type]
    importing.import_file(collection, path, scheduling=False, choices=choices, progress=no_progress)


def notes(collection: Collection) -> set[tuple[str, ...]]:
    return {tuple(fields) for _, _, fields, _ in note_lines(collection)}


def written(folder: Path, text: str, name: str = "words.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# Samples


def test_a_sample_shows_both_sides_safely_and_with_its_picture(
    collection: Collection, tmp_path: Path
) -> None:
    texts = {"a": ('<img src="dot.png"><script>alert(1)</script>q', "<img src=http://x.org/y.png>answer")}
    path = editions.package(tmp_path / "1.apkg", texts, media={"dot.png": PIXEL})
    before = stored(collection)
    (sample,) = look(collection, path).samples
    assert "data:image/png;base64," in sample.faces.question
    assert "script" not in sample.faces.question + sample.faces.answer
    assert "x.org" not in sample.faces.answer
    assert "answer" in sample.faces.answer
    assert stored(collection) == before


def test_there_is_a_sample_of_every_note_type(collection: Collection, tmp_path: Path) -> None:
    rows = [f"Basic\tq{n}\ta" for n in range(30)] + ["Cloze\t{{c1::x}}\t", "Basic (and reversed card)\tr\ts"]
    path = written(tmp_path, "#separator:tab\n#notetype column:1\n" + "\n".join(rows), "n.txt")
    found = look(collection, path).samples
    assert [each.note_type for each in found] == ["Basic"] * 3 + ["Cloze", "Basic (and reversed card)"]


# Reasons, conflicts, what is gone


def test_what_is_left_out_is_told_with_the_reason(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "q1,a1\n,a2\nq3,a3\n")
    bring(collection, path)
    report = look(collection, path, on_match=OnMatch.KEEP).report
    assert report.left_out == {
        "the first field is empty": 1,
        "it is here already and stays as it is": 2,
    }
    assert report.notes_skipped == 3


def test_conflicts_and_removed_notes_are_counted_before_anything_is_written(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(editions.package(tmp_path / "1.apkg", TEXTS))
    editions.edit(collection, "a", "question a", "mine")
    path = editions.package(tmp_path / "2.apkg", {"a": ("question a", "theirs")}, edition=2)
    report = look(collection, path).report
    assert (report.conflicts, report.gone) == (1, 1)
    assert editions.found(collection, "a").fields == ("question a", "mine")


# Progress


def test_a_strangers_progress_is_not_taken_for_ones_own(collection: Collection, tmp_path: Path) -> None:
    assert not look(collection, editions.package(tmp_path / "1.apkg", TEXTS)).has_progress
    found = look(collection, editions.package(tmp_path / "2.apkg", TEXTS, review=True))
    assert (found.has_progress, found.own) == (True, False)


def test_ones_own_export_is_known_by_an_answer_given_here(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(editions.package(tmp_path / "1.apkg", TEXTS))
    session = collection.session()
    session.answer(3, 1000)
    collection.export(tmp_path / "mine.apkg", deck="Deck")
    found = look(collection, tmp_path / "mine.apkg")
    assert (found.has_progress, found.own) == (True, True)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_question_is_answered_as_it_was_last_time(
    collection: Collection, tmp_path: Path, wanted: bool
) -> None:
    path = editions.package(tmp_path / "1.apkg", TEXTS, review=True)
    collection.import_file(path, scheduling=wanted)
    newer = {**TEXTS, "c": ("question c", "answer c")}
    assert (
        look(collection, editions.package(tmp_path / "2.apkg", newer, edition=2, review=True)).own is wanted
    )


# The deck


def test_the_chosen_deck_takes_the_place_of_the_files_deck(collection: Collection, tmp_path: Path) -> None:
    path = editions.package(tmp_path / "1.apkg", TEXTS, deck="A::B")
    assert look(collection, path, "Mine::Here").report.deck_names == ["Mine::Here"]
    bring(collection, path, "Mine::Here")
    assert {row.name for row in collection.deck_rows()} == {"Mine", "Mine::Here"}
    more = editions.package(tmp_path / "2.apkg", {**TEXTS, "c": ("q", "a")}, deck="A::B", edition=2)
    bring(collection, more, "Other")
    totals = {row.name: row.total for row in collection.deck_rows()}
    assert totals == {"Mine": 2, "Mine::Here": 2, "Other": 1}


def test_decks_below_keep_their_order_under_the_chosen_one(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "#deck column:3\n#separator:comma\nq1,a1,A::B\nq2,a2,A::C::D\n")
    bring(collection, path, "Mine")
    totals = {row.name: row.total for row in collection.deck_rows()}
    assert totals == {"Mine": 2, "Mine::B": 1, "Mine::C": 1, "Mine::C::D": 1}


# Text files


@pytest.mark.parametrize("sign", ["\t", ";", ",", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_separator_encoding_and_header_are_found_in_the_contents(
    collection: Collection, tmp_path: Path, sign: str, encoding: str
) -> None:
    lines = ["Front|Back|Tags", "Größe: 1?|naïve|t1", "Where: é, è?|là|t2 t3"]
    rows = [[f'"{cell}"' if sign in cell else cell for cell in line.split("|")] for line in lines]
    path = written(tmp_path, "\n".join(map(sign.join, rows)), encoding=encoding)
    table = look(collection, path).table
    assert table is not None
    assert (table.separator, table.has_header, table.tags_column) == (sign, True, 3)
    assert table.names == ("Front", "Back", "Tags")
    assert table.rows == (("Größe: 1?", "naïve", "t1"), ("Where: é, è?", "là", "t2 t3"))
    bring(collection, path)
    assert notes(collection) == {("Größe: 1?", "naïve"), ("Where: é, è?", "là")}


def test_every_guess_can_be_corrected(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "Front;Back\nСтолица;Yes, <b>yes</b>\n", encoding="cp1251")
    found = look(collection, path).table
    assert found is not None
    assert (found.encoding, found.separator, found.has_header) == ("cp1251", ";", True)
    other = look(collection, path, separator=",", encoding="cp1252", has_header=False, is_html=False).table
    assert other is not None
    assert other.rows == (("Front;Back",), ("Ñòîëèöà;Yes", " <b>yes</b>"))
    assert (other.separator, other.encoding, other.has_header, other.is_html) == (",", "cp1252", False, False)


def test_columns_fill_the_fields_that_are_chosen(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "a1,q1,t1,rest\na2,q2,t2,rest\n")
    bring(collection, path, columns=(2, 1), tags_column=3)
    assert notes(collection) == {("q1", "a1"), ("q2", "a2")}
    assert collection.search("tag:t1").count == 1
    assert look(collection, path, columns=(0, 1)).report.left_out == {"the first field is empty": 2}
    assert look(collection, path, columns=(9, 9, 9)).report.notes_new == 0


def test_another_note_type_and_duplicates_as_chosen(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "q1,a1\n")
    bring(collection, path)
    bring(collection, path, on_match=OnMatch.DUPLICATE)
    assert collection.search("").count == 2
    bring(collection, path, note_type="Basic (and reversed card)")
    assert collection.search("").count == 4
    table = look(collection, path, note_type="Basic (and reversed card)").table
    assert table is not None
    assert (table.note_type, table.fields) == ("Basic (and reversed card)", ("Front", "Back"))
    assert "Cloze" in table.note_types or "Basic" in table.note_types


def test_a_wrong_encoding_is_said_and_nothing_is_written(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "q,é\n", encoding="cp1252")
    before = stored(collection)
    with pytest.raises(FileFormatError, match="utf-8"):
        look(collection, path, encoding="utf-8-sig")
    assert stored(collection) == before


def test_a_heading_that_names_no_field_is_read_by_place(collection: Collection, tmp_path: Path) -> None:
    path = written(tmp_path, "Question,Answer\nq1,a1\n")
    table = look(collection, path).table
    assert table is not None
    assert (table.has_header, table.columns) == (True, (1, 2))
