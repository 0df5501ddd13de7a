"""The reader of text files: directives, separators, quoting, refusals that name the line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import Cancelled, FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, Matching, OnMatch, ReadOptions
from mlsd_cards.formats import csv_notes, limits

Reading = Callable[..., ExchangeData]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Return a function that reads a text as a file of that name."""

    def reading(text: str | bytes, name: str = "words.txt", **options: object) -> ExchangeData:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=5_000, **options))  # type: ignore[arg-type]

    return reading


def fields(data: ExchangeData) -> list[tuple[str, ...]]:
    return [note.fields for note in data.notes]


def refusal(read: Reading, text: str | bytes, **more: object) -> FileFormatError:
    with pytest.raises(FileFormatError) as caught:
        read(text, **more)
    return caught.value


# ---- twelve files as people have them


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q\ta\n", [("q", "a")]),
        ("\ufeffq\ta\n", [("q", "a")]),
        ("q\ta\r\nr\tb\r\n", [("q", "a"), ("r", "b")]),
        ("q;a\nr;b", [("q", "a"), ("r", "b")]),
        ('"q;1";"a ""x"""\n', [("q;1", "a &quot;x&quot;")]),
        ("q|a\n", [("q", "a")]),
        ("q:a\n", [("q", "a")]),
        ("q,a\n", [("q", "a")]),
        ("q a\n", [("q", "a")]),
        ("alone\n", [("alone",)]),
        ('"two\nlines"\ta\n', [("two<br>lines", "a")]),
        ('"two\r\nlines"\ta\n', [("two<br>lines", "a")]),
        ("\n\nq\ta\n\n \ta\n", [("q", "a"), (" ", "a")]),
        ('in"side\ta\n"q"r"s\ta\n', [("in&quot;side", "a"), ("qr&quot;s", "a")]),
        ("# a comment\nq\ta\n#another\nr\tb\n", [("q", "a"), ("r", "b")]),
        ('"#not a comment"\ta\n', [("#not a comment", "a")]),
        ('"x\n#inside"\ta\n', [("x<br>#inside", "a")]),
        ("q\ta\rr\tb\r", [("q", "a"), ("r", "b")]),
    ],
)
def test_rows(read: Reading, text: str, expected: list[tuple[str, ...]]) -> None:
    assert fields(read(text)) == expected


def test_separator_is_the_first_of_the_list_that_occurs(read: Reading) -> None:
    assert fields(read("q;4,a\n")) == [("q", "4,a")]
    assert fields(read("#separator:comma\nq;4,a\n")) == [("q;4", "a")]
    # only 8 KiB after the head are looked at
    far = "x" * limits.MEBIBYTE
    assert fields(read(f"{far},y\n#\ta\n")) == [(f"{far},y",)]


def test_utf16_with_its_mark_is_read(read: Reading) -> None:
    assert fields(read("grün\tgreen\n".encode("utf-16"))) == [("grün", "green")]
    assert refusal(read, "grün\tgreen\n".encode("utf-16")[:-3] + b"\x00\xd8").kind == "damaged"


def test_html_is_kept_and_plain_text_is_shown_as_it_is(read: Reading) -> None:
    assert fields(read("<b>q</b>\tx & y\n")) == [("<b>q</b>", "x & y")]
    assert fields(read("1 < 2\tx & 'y'\n")) == [("1 &lt; 2", "x &amp; &#x27;y&#x27;")]
    assert fields(read("#html:false\n<b>q</b>\ta\n")) == [("&lt;b&gt;q&lt;/b&gt;", "a")]
    assert fields(read("#html:true\nx & y\ta\n")) == [("x & y", "a")]
    # the first five records decide
    assert fields(read("a\tb\n" * 5 + "<b>q</b>\ta\n"))[5] == ("&lt;b&gt;q&lt;/b&gt;", "a")


def test_text_is_composed_and_without_control_signs(read: Reading) -> None:
    assert fields(read("u\u0308ber\x07\ta\x1fb\x7f\n")) == [("über", "ab")]


# ---- directives, each alone


def test_tags(read: Reading) -> None:
    (note,) = read("#tags:a B::c a\nq\tx\n").notes
    assert note.tags == ("a", "B::c")
    data = read("tags:a b\nq\tx\n")
    assert data.notes[0].tags == ("a", "b")
    assert not data.tags_given
    data = read("#tags:g\n#tags column:1\nk l G\tq\tx\n")
    assert data.notes[0].tags == ("k", "l", "G")
    assert data.notes[0].fields == ("q", "x")
    assert data.tags_given


def test_a_column_too_many_holds_the_tags(read: Reading) -> None:
    (note,) = read("q\ta\tt u\tlost\n").notes
    assert (note.fields, note.tags) == (("q", "a"), ("t", "u"))


def test_an_odd_tag_is_repaired(read: Reading) -> None:
    (note,) = read("#tags:::x y::\x07 \x1f z\u3000w\nq\ta\n").notes
    assert note.tags == ("blank::x", "y::blank", "z", "w")


def test_columns_name_fields(read: Reading) -> None:
    data = read("#separator:,\n#columns:Back,Front\na,q\n")
    assert fields(data) == [("q", "a")]
    # the first field always has a column, and what is left over holds the tags
    data = read("#separator:,\n#columns:Other,More\nq,t\n")
    assert (fields(data), data.notes[0].tags) == ([("q", "")], ("t",))
    assert data.given_fields == {1: (0,)}


def test_columns_that_leave_gaps_say_which_fields_are_given(read: Reading) -> None:
    known = {"Wide": ("One", "Two", "Three")}
    text = "#separator:,\n#notetype:Wide\n#columns:Three,One\nc,a\n"
    data = read(text, note_type_fields=known)
    assert fields(data) == [("a", "", "c")]
    assert data.given_fields == {1: (0, 2)}


def test_a_short_row_gives_only_its_first_fields(read: Reading) -> None:
    assert fields(read("q\ta\nr\n")) == [("q", "a"), ("r",)]


def test_note_type(read: Reading) -> None:
    data = read("#notetype:Basic (optional reversed card)\nq\ta\ty\tt\n", note_type_fields={})
    assert [(nt.name, nt.fields, nt.templates) for nt in data.note_types] == [
        ("Basic (optional reversed card)", (), ())
    ]
    assert fields(data) == [("q", "a", "y")]
    assert data.notes[0].tags == ("t",)


def test_a_note_type_nobody_has(read: Reading) -> None:
    data = read("#notetype:Mine\nq\ta\tb\n", note_type_fields={})
    assert [nt.name for nt in data.note_types] == ["Basic"]
    assert "“Mine”" in data.warnings[0]
    # where the collection's note types are not told, it is theirs, and takes every column
    data = read("#notetype:Mine\nq\ta\tb\n")
    assert [nt.name for nt in data.note_types] == ["Mine"]
    assert fields(data) == [("q", "a", "b")]


def test_note_type_column(read: Reading) -> None:
    text = "#notetype column:2\n#columns:x\ty\nq\tBasic\ta\nr\tbasic\tb\tc\ns\tNone\td\nt\t\te\n"
    data = read(text, note_type_fields={})
    assert fields(data) == [("q", "a"), ("r", "b", "c")]
    assert [nt.name for nt in data.note_types] == ["Basic"]
    assert any("1 note was left out: there is no note type “None”" in warning for warning in data.warnings)
    assert any("no note type is named" in warning for warning in data.warnings)


def test_decks(read: Reading) -> None:
    def decks(data: ExchangeData) -> list[str]:
        names = {deck.id: deck.name for deck in data.decks}
        return [names[note.deck_id] for note in data.notes]

    assert decks(read("q\ta\n", name="Words.txt")) == ["Words"]
    assert decks(read("q\ta\n", deck_name="Chosen")) == ["Chosen"]
    assert decks(read("#deck:A::B\nq\ta\n", deck_name="Chosen")) == ["A::B"]
    assert decks(read("#deck column:1\nX\tq\tb\nx\tr\tb\n\ts\tb\n", deck_name="D")) == ["X", "X", "D"]
    assert decks(read("#deck:::::\nq\ta\n")) == ["blank::blank::blank"]
    deep = read("#deck:" + "::".join("x" * 400) + "\nq\ta\n")
    assert deep.decks[0].name.count("::") < limits.DECK_DEPTH


def test_guids(read: Reading) -> None:
    data = read("#guid column:1\nid1\tq\ta\n")
    assert data.matching is Matching.GUID
    assert (data.notes[0].guid, data.notes[0].fields) == ("id1", ("q", "a"))
    # a note without one is still recognised by its first field
    assert read("#guid column:1\nid1\tq\ta\n\tr\tb\n").matching is Matching.FIRST_FIELD


def test_what_happens_to_notes_that_match(read: Reading) -> None:
    assert read("q\ta\n").on_match is OnMatch.UPDATE
    assert read("#if matches:keep current\nq\ta\n").on_match is OnMatch.KEEP
    assert read("#if matches:keep both\nq\ta\n").on_match is OnMatch.DUPLICATE
    assert read("#if matches:delete\nq\ta\n").on_match is OnMatch.UPDATE
    assert read("q\ta\n").matching is Matching.FIRST_FIELD
    assert read("#match scope:notetype + deck\nq\ta\n").matching is Matching.FIRST_FIELD_AND_DECK
    assert read("q\ta\n").notes[0].modified_ms == 5_000


@pytest.mark.parametrize(
    "line", ["#guid column:0", "#tags column:-1", "#deck column:x", "#html:maybe", "#colour:red"]
)
def test_senseless_directives_change_nothing(read: Reading, line: str) -> None:
    plain, odd = read("q\ta\n"), read(f"{line}\nq\ta\n")
    assert (odd.notes, odd.decks, odd.note_types, odd.warnings) == (
        plain.notes, plain.decks, plain.note_types, plain.warnings
    )  # fmt: skip


def test_a_directive_saved_by_a_spreadsheet_still_counts(read: Reading) -> None:
    assert fields(read("#separator:comma,,\n#html:true,,\nx & y,a,\n")) == [("x & y", "a")]


def test_a_column_that_the_file_does_not_have_is_said(read: Reading) -> None:
    data = read("#tags column:999999999\nq\ta\n")
    assert fields(data) == [("q", "a")]
    assert "no column 999999999" in data.warnings[0]


# ---- what is left out, and what is doubtful


def test_notes_without_a_first_field_are_left_out(read: Reading) -> None:
    data = read("q\ta\n\tb\n\x07\tc\n")
    assert fields(data) == [("q", "a")]
    assert data.warnings == ["2 notes were left out: the first field is empty."]


def test_the_same_first_field_twice_makes_two_notes(read: Reading) -> None:
    assert fields(read("q\ta\nq\ta\n")) == [("q", "a"), ("q", "a")]


def test_column_names_on_the_first_line_are_pointed_out(read: Reading) -> None:
    data = read("Front\tBack\nq\ta\n")
    assert len(data.notes) == 2
    assert "(Front, Back)" in data.warnings[0]
    assert not read("Front\tof the queue\nq\ta\n").warnings
    assert not read("front\nq\n").warnings


def test_a_doubtful_separator_is_pointed_out(read: Reading) -> None:
    assert "#separator:comma" in read("q,a\nhttp://x,b\n", name="x.csv").warnings[0]
    assert not read("q,a\n", name="x.csv").warnings


# ---- refusals


def test_bad_utf8_names_the_line(read: Reading) -> None:
    error = refusal(read, "gr\u00fcn\ta\n".encode() + "gr\u00fcn\tb\n".encode("latin-1"))
    assert error.kind == "damaged"
    assert "line 2 " in str(error)
    late = b"a\tb\n" * 40_000 + b"\xff\n"
    assert "line 40001 " in str(refusal(read, late))
    assert "line 1 " in str(refusal(read, b"caf\xc3"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('q,a\n"open,b\nc,d\n', 2),
        ('q,a\n"closed\nhere",b\nc,"open\nd,e\n', 4),
        ('q,"a\nb","c\nd"x"y,"open\n\n', 3),
        ('#separator:comma\n\n"', 3),
        ('"a""b\n', 1),
    ],
)
def test_an_open_quotation_mark_names_its_line(read: Reading, text: str, line: int) -> None:
    error = refusal(read, text, name="x.csv")
    assert error.kind == "damaged"
    assert f"line {line} opens a quotation mark" in str(error)


def test_nul_names_the_line(read: Reading) -> None:
    error = refusal(read, "q\ta\nx\0\tb\n")
    assert error.kind == "damaged"
    assert "line 2 " in str(error)


def test_nothing_in_it(read: Reading) -> None:
    assert refusal(read, "").kind == "not-a-deck"
    assert refusal(read, "# only a comment\n\n").kind == "not-a-deck"
    assert read("#separator:tab\n#html:true\n").notes == []


def test_columns_just_below_and_above_the_limit(read: Reading) -> None:
    assert read(",".join("x" * limits.CSV_COLUMNS) + "\n").notes
    error = refusal(read, "q,a\n" + ",".join("x" * (limits.CSV_COLUMNS + 1)) + "\n")
    assert error.kind == "limit"
    assert "line 2 " in str(error)


def test_cells_just_below_and_above_the_limit(read: Reading) -> None:
    most = limits.CSV_CELL_BYTES
    assert read("q\t" + "x" * most + "\n").notes
    for cell in ("x" * (most + 1), "ü" * (most // 2 + 1)):
        error = refusal(read, f"q\ta\nr\t{cell}\n")
        assert error.kind == "limit"
        assert "line 2 " in str(error)


def test_a_note_larger_than_the_limit(read: Reading) -> None:
    part = "x" * (limits.NOTE_BYTES // 3 + 1)
    error = refusal(read, f'#separator:tab\n"{part}\n"\t"{part}\n"\t"{part}\n"\n')
    assert (error.kind, "line 2 makes a note" in str(error)) == ("limit", True)
    assert "longer than" in str(refusal(read, "x" * (limits.NOTE_BYTES + 1)))


def test_a_file_larger_than_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(limits.CSV_FILE_BYTES + 1)
    with pytest.raises(FileFormatError, match="larger than 256 MiB"):
        csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0))


def test_more_notes_than_the_limit(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_notes, "NOTES", 3)
    assert len(read("q\ta\n" * 3).notes) == 3
    assert refusal(read, "q\ta\n" * 4).kind == "limit"


def test_more_tags_than_the_limit(read: Reading) -> None:
    tags = " ".join(f"t{number}" for number in range(limits.TAGS_PER_NOTE + 1))
    assert "line 2 " in str(refusal(read, f"q\ta\tt\nr\tb\t{tags}\n"))


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("q\ta\n" * 5000)

    def stop(what: str, done: int, total: int) -> None:
        if done >= 2000:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        csv_notes.read(path, ReadOptions(work_dir=tmp_path, now_ms=0), stop)


# ---- which files are taken to be text


@pytest.mark.parametrize(
    ("name", "content", "claimed"),
    [
        ("a.csv", b"q,a\n", True),
        ("a.TXT", "grün".encode("latin-1"), True),
        ("a.txt", b"", True),
        ("a.tsv", "q\ta".encode("utf-16"), True),
        ("a", b"#separator:tab\nq\ta\n", True),
        ("a", b"\xef\xbb\xbf#Deck column:2\nq\ta\n", True),
        ("a", b"q\ta\n", False),
        ("a.md", b"# heading: words\n", False),
        ("a.csv", b"PK\x03\x04rest", False),
        ("a.txt", b"SQLite format 3\0", False),
        ("a.csv", bytes(range(256)) * 8, False),
        ("a.bin", "q".encode("utf-16"), False),
    ],
)
def test_sniff(tmp_path: Path, name: str, content: bytes, claimed: bool) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert csv_notes.sniff(path) is claimed


def test_sniff_of_what_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert not csv_notes.sniff(folder)
    assert not csv_notes.sniff(tmp_path / "absent.csv")


def test_huge_numbers_in_directives_are_no_bug(read: Reading) -> None:
    digits = "9" * (sys.get_int_max_str_digits() + 1)
    assert fields(read(f"#tags column:{digits}\n#columns:{'a,' * 10}\nq\ta\n")) == [("q", "")]


def test_names_of_columns_too_long_to_be_names_are_passed_over(read: Reading) -> None:
    data = read(f"#separator:,\n#columns:{'x' * (limits.CSV_CELL_BYTES + 1)},Front\nq,a\n")
    assert fields(data) == [("q", "a")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a "b" c,"x"y,"\n', 1),  # marks inside unquoted cells open nothing
        ('"a"b,c\n"d\ne"f"g,"\nh', 3),
        ('"a""\n""b\n', 1),
        ('a,b"\n"', 2),
    ],
)
def test_where_a_quotation_mark_opened(read: Reading, text: str, line: int) -> None:
    assert f"line {line} opens" in str(refusal(read, text, name="x.csv"))
