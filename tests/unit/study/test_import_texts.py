"""Text files imported again, edited, with columns that say only part of a note."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.editions import edit, found
from helpers.importing import empty_collection, note_lines, rows, stored

from mlsd_cards.study import Collection

HEAD = "#separator:tab\n#html:true\n#notetype:Basic\n#deck:Words\n"


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


def text(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "words.txt"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def fields(collection: Collection) -> list[list[str]]:
    return sorted(line[2] for line in note_lines(collection))


def guid_of(collection: Collection, front: str) -> str:
    (guid,) = [line[0] for line in note_lines(collection) if line[2][0] == front]
    return str(guid)


def test_the_same_file_again_changes_nothing(collection: Collection, tmp_path: Path) -> None:
    path = text(tmp_path, "a\tone", "b\ttwo", '<img src="x.png">\tthree', '<img src="y.png">\tfour')
    first = collection.import_file(path)
    assert (first.notes_new, first.cards) == (4, 4)
    before = stored(collection)
    again = collection.import_file(path)
    assert (again.notes_new, again.notes_updated, again.notes_unchanged, again.cards) == (0, 0, 4, 4)
    assert stored(collection) == before


def test_an_edited_file_updates_the_one_note(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(text(tmp_path, "a\tone", "b\ttwo"))
    report = collection.import_file(text(tmp_path, "a\tone", "b\tnew"))
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (0, 1, 1)
    assert fields(collection) == [["a", "one"], ["b", "new"]]


def test_several_lines_that_begin_alike_stay_several(collection: Collection, tmp_path: Path) -> None:
    path = text(tmp_path, "a\tone", "a\ttwo", "a\tthree")
    collection.import_file(path)
    before = stored(collection)
    assert collection.import_file(path).notes_unchanged == 3
    assert stored(collection) == before
    report = collection.import_file(text(tmp_path, "a\tthree", "a\tnew", "a\tone", "a\tfourth"))
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (1, 1, 2)
    assert fields(collection) == [["a", "fourth"], ["a", "new"], ["a", "one"], ["a", "three"]]


def test_one_line_stands_for_all_notes_that_begin_so(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(text(tmp_path, "a\tone", "a\ttwo"))
    report = collection.import_file(text(tmp_path, "a\tnew"))
    assert (report.notes_new, report.notes_updated) == (0, 2)
    assert fields(collection) == [["a", "new"], ["a", "new"]]


def test_the_users_edit_survives_a_file_that_says_nothing_new(collection: Collection, tmp_path: Path) -> None:
    path = text(tmp_path, "a\tone", "b\ttwo")
    collection.import_file(path)
    edit(collection, guid_of(collection, "a"), "a", "mine", tags=["own"])
    before = stored(collection)
    report = collection.import_file(path)
    assert (report.notes_updated, list(report.warnings)) == (0, [])
    assert stored(collection) == before


def test_the_file_wins_where_both_changed_and_says_so(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(text(tmp_path, "a\tone"))
    edit(collection, guid_of(collection, "a"), "a", "mine")
    report = collection.import_file(text(tmp_path, "a\tfrom the file"))
    assert fields(collection) == [["a", "from the file"]]
    assert len(report.warnings) == 1
    assert "the file's text is taken" in report.warnings[0]


@pytest.mark.parametrize(
    ("directive", "counts", "left"),
    [
        ("update current", (0, 1, 0), [["a", "new"]]),
        ("keep current", (0, 0, 1), [["a", "one"]]),
        ("keep both", (1, 0, 0), [["a", "new"], ["a", "one"]]),
    ],
)
def test_directives_say_what_happens_to_notes_that_match(
    directive: str,
    counts: tuple[int, int, int],
    left: list[list[str]],
    collection: Collection,
    tmp_path: Path,
) -> None:
    collection.import_file(text(tmp_path, "a\tone"))
    report = collection.import_file(text(tmp_path, "a\tnew", head=f"{HEAD}#if matches:{directive}\n"))
    assert (report.notes_new, report.notes_updated, report.notes_skipped) == counts
    assert fields(collection) == left


def test_notes_of_other_decks_are_left_alone_where_the_deck_counts(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(text(tmp_path, "a\tone"))
    other = HEAD.replace("Words", "Others") + "#match scope:notetype + deck\n"
    assert collection.import_file(text(tmp_path, "a\tnew", head=other)).notes_new == 1
    assert collection.import_file(text(tmp_path, "a\tnewer", head=other)).notes_updated == 1
    assert fields(collection) == [["a", "newer"], ["a", "one"]]


def test_fields_without_a_column_stay_as_they_are(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(text(tmp_path, "a\tone", "b\ttwo"))
    edit(collection, guid_of(collection, "b"), "b", "mine", tags=["own"])
    only_front = text(tmp_path, "a", "b", "c", head=HEAD + "#columns:Front\n")
    report = collection.import_file(only_front)
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (1, 0, 2)
    assert fields(collection) == [["a", "one"], ["b", "mine"], ["c", ""]]
    edit(collection, guid_of(collection, "c"), "c", "added here")
    before = stored(collection)
    collection.import_file(only_front)
    assert stored(collection) == before


def test_tags_of_a_file_without_a_column_for_them_are_added(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(text(tmp_path, "a\tone"))
    edit(collection, guid_of(collection, "a"), tags=["own"])
    path = text(tmp_path, "a\tone", head=HEAD + "#tags:new\n")
    assert collection.import_file(path).notes_updated == 1
    assert sorted(found(collection, guid_of(collection, "a")).tags) == ["new", "own"]
    edit(collection, guid_of(collection, "a"), tags=["own"])
    before = stored(collection)
    collection.import_file(path)
    assert stored(collection) == before  # a tag that the user took off does not come back


def test_guids_find_their_notes_whatever_the_first_field_says(collection: Collection, tmp_path: Path) -> None:
    head = HEAD + "#guid column:1\n"
    collection.import_file(text(tmp_path, "g1\ta\tone", "g2\tb\ttwo", head=head))
    report = collection.import_file(text(tmp_path, "g1\tchanged\tone", "g2\tb\ttwo", head=head))
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (0, 1, 1)
    assert fields(collection) == [["b", "two"], ["changed", "one"]]


def test_a_guid_given_twice_makes_two_notes_that_are_found_again(
    collection: Collection, tmp_path: Path
) -> None:
    path = text(tmp_path, "g\ta\tone", "g\tb\ttwo", head=HEAD + "#guid column:1\n")
    assert collection.import_file(path).notes_new == 2
    before = stored(collection)
    assert collection.import_file(path).notes_unchanged == 2
    assert stored(collection) == before


def test_notes_that_cannot_be_read_are_counted_as_skipped(collection: Collection, tmp_path: Path) -> None:
    report = collection.import_file(text(tmp_path, "a\tone", "\tno question"))
    assert (report.notes_new, report.notes_skipped) == (1, 1)
    assert len(report.warnings) == 1


def test_the_deck_that_is_asked_for_takes_what_the_file_leaves_open(
    collection: Collection, tmp_path: Path
) -> None:
    path = text(tmp_path, "a\tone", head="#separator:tab\n")
    collection.import_file(path, deck="Wanted::Here")
    names = [name for (name,) in rows(collection, "SELECT name FROM decks ORDER BY name")]
    assert names == ["Wanted", "Wanted::Here"]


def test_an_edit_of_the_file_gives_a_cloze_note_its_new_card(collection: Collection, tmp_path: Path) -> None:
    head = "#separator:tab\n#html:true\n#notetype:Cloze\n"
    first = "{{c1::one}} two"
    collection.import_file(text(tmp_path, f"{first}\tx", head=head + "#guid column:2\n"))
    report = collection.import_file(
        text(tmp_path, "{{c1::one}} {{c2::two}}\tx", head=head + "#guid column:2\n")
    )
    assert (report.notes_updated, report.cards) == (1, 2)
    assert rows(collection, "SELECT ordinal FROM cards ORDER BY 1") == [(0,), (1,)]
