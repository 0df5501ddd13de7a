"""Rows, names and acts behind the list of cards, without a window."""

from pathlib import Path

import pytest

from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.filtered import FilterTerm
from mlsd_cards.study import Collection, FixedClock, browsing, filtered, many, parse_moment
from mlsd_cards.study.new_media import new_media

NOW = "2026-11-24T10:00:00+01:00"
FILE = (
    "#separator:tab\n#html:true\n#notetype column:1\n#deck column:2\n#tags column:4\n"
    "Cloze\tGaps\t<b>{{c1::one}}</b> &amp; {{c2::two}}\tx y\n"
    "Basic\tPlain\tzq <i>first</i>\t\n"
    "Basic\tPlain\tzq second\tMARKED\n"
)


@pytest.fixture
def col(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text(FILE, encoding="utf-8")
    with Collection.open(tmp_path / "home", FixedClock(parse_moment(NOW))) as collection:
        collection.import_file(path)
        yield collection


def test_questions_are_visible_text_and_gaps_of_their_card(col):
    rows = browsing.rows(col, col.search("deck:Gaps or zq", "position").ids)
    assert [row.question for row in rows.values()] == ["[...] & two", "one & [...]", "zq first", "zq second"]
    assert {row.state for row in rows.values()} == {"new"}
    assert browsing.rows(col, [2**62]) == {}


def test_marks_are_seen_set_and_taken_off_as_one_step(col):
    ids = col.search("zq").ids
    notes = browsing.note_ids(col, ids)
    assert many.set_marks(col, notes, True) == 1  # the other one has the tag in capitals
    assert all(row.marked for row in browsing.rows(col, ids).values())
    assert many.set_marks(col, notes, False) == len(notes)
    assert col.undo() == "Mark"
    assert all(row.marked for row in browsing.rows(col, ids).values())


def test_an_act_that_changes_nothing_makes_no_step(col):
    ids = col.search("zq").ids
    before = col.undo_label
    assert many.change_deck(col, ids, "plain") == 0
    assert many.unbury(col, ids) == 0
    assert many.change_tags(col, browsing.note_ids(col, ids), ["-nothing"]) == 0
    assert col.undo_label == before


def test_what_cannot_be_done_is_said_and_nothing_changes(col):
    ids = col.search("zq").ids
    with pytest.raises(NotFound):
        many.change_deck(col, ids, "No such deck")
    with pytest.raises(NotFound):
        many.change_deck(col, [*ids, 2**60], "Gaps")
    with pytest.raises(InputError):
        many.change_tags(col, browsing.note_ids(col, ids), ["+two words"])
    assert {row.deck for row in browsing.rows(col, ids).values()} == {"Plain"}


def test_no_card_is_at_home_in_a_filtered_deck(col):
    filtered.create(col, "Borrowing", [FilterTerm(search="zq")])
    names = browsing.names(col)
    assert "Borrowing" in names.decks
    assert "Borrowing" not in names.homes
    assert {"Gaps", "Plain"} <= set(names.homes)
    with pytest.raises(InputError, match="filtered"):
        many.change_deck(col, col.search("zq").ids, "Borrowing")


def test_a_file_of_another_content_gets_another_name(col):
    first = new_media(col, "a/b<c>.PNG", b"one")
    again = new_media(col, "a/b<c>.PNG", b"two", [first])
    assert first.name != again.name
    assert new_media(col, "a/b<c>.PNG", b"one", [first]).name == first.name
    assert "/" not in first.name
    assert first.markup == f'<img src="{first.name}">'
    assert new_media(col, "x.mp3", b"s").markup == "[sound:x.mp3]"
    for name, data in (("x.exe", b"1"), ("x.css", b"1"), ("x.png", b""), ("", b"1")):
        with pytest.raises(InputError):
            new_media(col, name, data)


def test_media_come_in_only_if_the_note_shows_them(col):
    shown, unused = new_media(col, "shown.png", b"1"), new_media(col, "unused.png", b"2")
    col.add_note({"Front": shown.markup}, note_type="Basic", deck="Plain", tags=["a"], media=[shown, unused])
    assert (col.media_dir / "shown.png").read_bytes() == b"1"
    assert not (col.media_dir / "unused.png").exists()
    assert col.undo() == "Add note"
    assert not (col.media_dir / "shown.png").exists()
    assert not list(col.home.glob("media.incoming-*"))
