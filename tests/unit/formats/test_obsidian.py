"""Flashcards in notes of Obsidian: what they become, decks, schedules, settings of a vault, and other notes."""

import datetime
import json
from pathlib import Path

import pytest
from helpers.importing import empty_collection, rows
from helpers.text_decks import PNG, decks, fields, folder_of, kinds, read_by, refused

from mlsd_cards.domain.exchange import ExchangeData
from mlsd_cards.formats import reader_for

NAME = "obsidian notes"
BASIC, BOTH, CLOZE = "Basic", "Basic (and reversed card)", "Cloze"


def read(text: str | bytes, tmp_path: Path) -> ExchangeData:
    path = folder_of(tmp_path, {"Note.md": text}) / "Note.md"
    return read_by(NAME, path, tmp_path / "work")


def day(date: str) -> int:
    return datetime.date.fromisoformat(date).toordinal()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one::two", [(BASIC, "one", "two")]),
        ("one ::: two", [(BOTH, "one", "two")]),
        ("- a::b\n- c::d\n1. e:::f", [(BASIC, "a", "b"), (BASIC, "c", "d"), (BOTH, "e", "f")]),
        ("a::b::c", [(BASIC, "a", "b::c")]),
        ("a\nb\n?\nc\nd\n\nnot this", [(BASIC, "a<br>b", "c<br>d")]),
        ("a\n??\nb", [(BOTH, "a", "b")]),
        ("a\r\n?\r\nb\r\n\r\nc::d\r\n", [(BASIC, "a", "b"), (BASIC, "c", "d")]),
        ("?\nno front\n\na::b", [(BASIC, "a", "b")]),
        ("The ==first== and ==second==.", [(CLOZE, "The {{c1::first}} and {{c2::second}}.", "")]),
        ("A ==note==^[hint] b", [(CLOZE, "A {{c1::note::hint}} b", "")]),
        ("A ==1;;x== b ==2;;y;;h== c ==1;;z==", [(CLOZE, "A {{c1::x}} b {{c2::y::h}} c {{c1::z}}", "")]),
        ("A ==x==^[h][^2] ==y==[^1]", [(CLOZE, "A {{c2::x::h}} {{c1::y}}", "")]),
        ("`a::b` is code\n\nif a == b and c == d\n\nx::y", [(BASIC, "x", "y")]),
        ("`==a==`\n\nx::y", [(BASIC, "x", "y")]),
        (
            "how\n?\n```python\nx = {}\n\ny::z\n```",
            [(BASIC, "how", '<pre><code class="language-python">x = {}\n\ny::z\n</code></pre>')],
        ),
        ("<!-- hidden::x\nalso::y -->\na::b", [(BASIC, "a", "b")]),
        ("see [[Page|that]] ==marked==::**b** $x_1$", [
            (BASIC, "see that <mark>marked</mark>", "<strong>b</strong> \\(x_1\\)")
        ]),
        ("a::b ^d7cee0", [(BASIC, "a", "b")]),
        ("plain text\n\nwith nothing\n\na::b", [(BASIC, "a", "b")]),
    ],
)  # fmt: skip
def test_cards(text: str, expected: list[tuple[str, str, str]], tmp_path: Path) -> None:
    data = read("#flashcards\n\n" + text, tmp_path)
    assert [(kind, *pair) for kind, pair in zip(kinds(data), fields(data), strict=True)] == expected
    assert set(decks(data)) == {"Note"}
    assert data.cards == []


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("!2024-08-16,51,230", [("review", "2024-08-16", 51, 2300)]),
        ("!16-08-2024,51,230", [("review", "2024-08-16", 51, 2300)]),
        ("!Fri Aug 16 2024,51,230", [("review", "2024-08-16", 51, 2300)]),
        ("!2024-08-16,0,90", [("review", "2024-08-16", 1, 1300)]),
        ("!2024-08-16,9999999999,99999", [("review", "2024-08-16", 36500, 9999)]),
        ("!2024-08-16,1e999,nan", [("review", "2024-08-16", 1, 0)]),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "a::b\n<!--SR:{}-->",
        "a::b <!--SR:{}-->",
        "a\n?\nb\n<!--SR:{}-->",
        "==x==\n<!--SR:{}-->",
        "a::b\n> [!sr|card-metadata]\n> <!--SR:{}--> ^id1",
    ],
)
def test_schedules(
    form: str, comment: str, expected: list[tuple[str, str, int, int]], tmp_path: Path
) -> None:
    data = read("#flashcards\n" + form.format(comment), tmp_path)
    assert [(c.state, c.due_date, c.interval_days, c.ease_permille) for c in data.cards] == [
        (state, day(due), interval, ease) for state, due, interval, ease in expected
    ]
    assert "SR" not in "".join(data.notes[0].fields)


def test_schedules_of_siblings_and_of_fsrs(tmp_path: Path) -> None:
    data = read(
        "#flashcards\na:::b\n<!--SR:!2000-01-01,1,250!2024-05-25,4,270-->\n\n"
        "A ==2;;x== ==1;;y== ==3;;z==\n<!--SR:!2024-05-22,1,230!2024-05-25,4,270-->\n\n"
        "c::d\n<!--SR:!fsrs,2026-06-05T10:00:00.000Z,12,11.5,5.25,2,7,1,0,2026-05-24T10:00:00.000Z-->\n\n"
        "e::f\n<!--SR:!fsrs,2026-06-05T10:00:00.000Z,0,0.5,5,1,1,0,0,- -->\n\n"
        "g::h\n<!--SR:!no date,3,250-->",
        tmp_path,
    )
    found = [
        (c.note_id, c.ordinal, c.state, c.due_date, c.interval_days, c.stability, c.reps, c.lapses)
        for c in data.cards
    ]
    assert found == [
        (1, 0, "new", None, 0, None, 0, 0),
        (1, 1, "review", day("2024-05-25"), 4, None, 1, 0),
        (2, 0, "review", day("2024-05-22"), 1, None, 1, 0),
        (2, 1, "review", day("2024-05-25"), 4, None, 1, 0),
        (2, 2, "new", None, 0, None, 0, 0),
        (3, 0, "review", day("2026-06-05"), 12, 11.5, 7, 1),
        (4, 0, "learning", day("2026-06-05"), 0, 0.5, 1, 0),
        (5, 0, "new", None, 0, None, 0, 0),
    ]
    assert data.cards[5].difficulty == 5.25


def test_tags_name_decks(tmp_path: Path) -> None:
    text = (
        "before::tag\n\n#flashcards/A/b\nc::d\n\n#flashcards/own e::f\n\n#flashcards/own2\ng\n?\nh\n\n"
        "i::j\n\n#flashcards/C #flashcards/D\nk::l\n\n#flashcards\nm::n\n\n#flashcardsx o::p\n\n#other q::r"
    )
    data = read(text, tmp_path)
    found = dict(zip([each[0] for each in fields(data)], decks(data), strict=True))
    assert found == {
        "before": "A::b",
        "c": "A::b",
        "e": "own",
        "g": "own2",
        "i": "A::b",
        "k": "C",
        "m": "Note",
        "#flashcardsx o": "Note",
        "#other q": "Note",
    }


@pytest.mark.parametrize(
    ("head", "deck"),
    [
        ("tags: flashcards/X", "X"),
        ("tags: [book, flashcards/X/y]", "X::y"),
        ("tags:\n  - book\n  - '#flashcards/X'", "X"),
        ('title: a\nTags: "flashcards"', "Note"),
    ],
)
def test_the_head_of_a_note_may_hold_the_tag(head: str, deck: str, tmp_path: Path) -> None:
    data = read(f"---\n{head}\n---\na::b", tmp_path)
    assert decks(data) == [deck]


def test_a_vault(tmp_path: Path) -> None:
    vault = folder_of(
        tmp_path / "Vault",
        {
            ".obsidian/app.json": "{}",
            "Books/Odd/Note.md": "#flashcards\na::![[pic.png|200]] ![[gone.png]] ![](../up.png)",
            "Tagged.md": "#flashcards/lang\nb::c",
            "Plain.md": "no tag::no card",
            "Scheduled.md": "d::e\n<!--SR:!2024-01-01,3,250-->",
            "attachments/pic.png": PNG,
            "Books/up.png": PNG + b"2",
            ".trash/Old.md": "#flashcards\nold::card",
        },
    )
    data = read_by(NAME, vault, tmp_path / "work")
    found = dict(zip([each[0] for each in fields(data)], decks(data), strict=True))
    assert found == {"a": "Vault::Books::Odd::Note", "b": "Vault::lang", "d": "Vault::Scheduled"}
    pictures = next(note for note in data.notes if note.fields[0] == "a")
    assert pictures.fields[1] == (
        '<img src="attachments_pic.png"> <img src="Books_Odd_gone.png"> <img src="Books_up.png">'
    )
    assert sorted(data.media) == ["Books_up.png", "attachments_pic.png"]
    alone = read_by(NAME, vault / "Books/Odd/Note.md", tmp_path / "work")
    assert (alone.notes[0].guid, decks(alone)) == (pictures.guid, ["Note"])
    assert sorted(alone.media) == sorted(data.media)


def test_the_settings_of_a_vault_count(tmp_path: Path) -> None:
    settings = {
        "flashcardTags": ["#cards", "#learn/this"],
        "singleLineCardSeparator": ">>",
        "multilineCardSeparator": "???",
        "multilineCardEndMarker": "+++",
    }
    place = ".obsidian/plugins/obsidian-spaced-repetition/data.json"
    note = "#cards/x\na>>b::c\n\nd\n???\ne\n\nf\n+++\n\ng\n?\nh\n"
    vault = folder_of(
        tmp_path / "V", {place: json.dumps({"settings": settings}), "N.md": note, "M.md": "a::b"}
    )
    data = read_by(NAME, vault, tmp_path / "work")
    assert fields(data) == [("a", "b::c"), ("d", "e<br><br>f")]
    assert decks(data) == ["V::x", "V::x"]
    for odd in (
        "[" * 200,
        "{}",
        '{"settings": {"flashcardTags": "x", "singleLineCardSeparator": 5}}',
        "\xff",
    ):
        folder_of(vault, {place: odd, "N.md": "#flashcards\na::b"})
        assert fields(read_by(NAME, vault, tmp_path / "work")) == [("a", "b")]
    by_folder = {"settings": {"convertFoldersToDecks": True}}
    folder_of(vault, {place: json.dumps(by_folder), "A/N.md": "#flashcards/x\nc::d"})
    assert set(decks(read_by(NAME, vault, tmp_path / "work"))) == {"V::A::N", "V::N", "V::M"}


def test_import_again_edit_and_answer(tmp_path: Path) -> None:
    text = "#flashcards\n\na::b\n<!--SR:!2030-01-05,9,230-->\n\nc:::d ^id9\n\nThe ==x== of y\n"
    vault = folder_of(tmp_path / "Vault", {"Note.md": text})
    with empty_collection(tmp_path / "home") as collection:
        first = collection.import_file(vault)
        assert (first.notes_new, first.cards) == (3, 4)
        found = rows(collection, "SELECT state, interval_days, ease_permille FROM cards WHERE state != 'new'")
        assert found == [("review", 9, 2300)]
        assert collection.import_file(vault).notes_unchanged == 3
        text = text.replace("a::b", "a::better").replace("c:::d", "new:::d").replace("==x==", "==z==")
        (vault / "Note.md").write_text(text.replace("2030-01-05,9", "2030-02-05,20"))
        again = collection.import_file(vault / "Note.md")
        assert (again.notes_new, again.notes_updated) == (0, 3)
        assert rows(collection, "SELECT count(*) FROM cards") == [(4,)]
        texts = {row[0] for row in rows(collection, "SELECT fields FROM notes")}
        assert texts == {"a\x1fbetter", "new\x1fd", "The {{c1::z}} of y\x1f"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a::b",
        "#flashcards",
        "#flashcards\n\nsome text\n\n?\n",
        "text #flash a::b",
        "a ==b== c",
        "std::vector",
    ],
)
def test_other_notes_are_no_deck(text: str, tmp_path: Path) -> None:
    path = folder_of(tmp_path, {"Note.md": text}) / "Note.md"
    assert refused(path, tmp_path / "work").kind == "not-a-deck"


def test_a_folder_without_cards_is_no_deck(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "F", {"a.md": "text", "b.md": "a::b"})
    assert refused(folder, tmp_path / "work").kind == "not-a-deck"


def test_tricks_do_nothing(tmp_path: Path) -> None:
    vault = folder_of(tmp_path / "V", {"N.md": "#flashcards\na::![[../../secret.png]] ![[secret.png]]"})
    folder_of(tmp_path, {"secret.png": PNG, "outside/M.md": "#flashcards\nx::y"})
    (vault / "secret.png").symlink_to(tmp_path / "secret.png")
    (vault / "linked").symlink_to(tmp_path / "outside")
    (vault / "L.md").symlink_to(tmp_path / "outside/M.md")
    data = read_by(NAME, vault, tmp_path / "work")
    assert data.media == {}
    assert [each[0] for each in fields(data)] == ["a"]
    assert data.unsafe_names == ["../../secret.png"]
    assert reader_for(vault / "N.md").NAME == NAME
