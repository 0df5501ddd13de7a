"""Decks of hashcards: what their cards become, folders, media, editing, and texts that are none."""

from pathlib import Path

import pytest
from helpers.importing import empty_collection, rows
from helpers.text_decks import PNG, decks, fields, folder_of, kinds, read_by, refused

from mlsd_cards.domain.exchange import ExchangeData
from mlsd_cards.formats import reader_for
from mlsd_cards.formats.anki_stock import stock_note_type
from mlsd_cards.rendering.template import card_ordinals

NAME = "hashcards"


def read(text: str | bytes, tmp_path: Path) -> ExchangeData:
    path = folder_of(tmp_path, {"Deck.md": text}) / "Deck.md"
    return read_by(NAME, path, tmp_path / "work")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: one\nA: two", [("one", "two")]),
        ("Q: a\nb\n\nc\nA: d\n\ne", [("a\nb<br><br>c", "d<br><br>e")]),
        ("Q: a\r\nA: b\r\n\r\nQ: c\r\nA: d\r\n", [("a", "b"), ("c", "d")]),
        ("\ufeffQ:a\nA:b\n---\nQ: c\nA: d", [("a", "b"), ("c", "d")]),
        ("Q: list\nA:\n\n- x\n- y", [("list", "<ul>\n<li>x</li>\n<li>y</li>\n</ul>")]),
        (
            "Q: $a_1 < b$\nA: `x` **y** <z",
            [("\\(a_1 &lt; b\\)", "<code>x</code> <strong>y</strong> &lt;z")],
        ),
        ("C: The [order] of [a _group_].", [("The {{c1::order}} of {{c2::a <em>group</em>}}.", "")]),
        ("C:\nOne\n\n— [Two] [3]:[9]", [("One<br><br>— {{c1::Two}} {{c2::3}}:{{c3::9}}", "")]),
        ("C: \\[no\\] ![pic](x) [yes]", [("[no] pic {{c1::yes}}", "")]),
        ("C: a [b::c}} {{d] e", [("a {{c1::b:&#58;c} } { {d}} e", "")]),
        ("C: $$\nx = [y]\n$$", [("\\[x = {{c1::y}}\\]", "")]),
        ("# Title\n\ntext\n\nQ: a\nA: b\n\n---\n\nmore text\n\nC: [c]", [("a", "b"), ("{{c1::c}}", "")]),
    ],
)
def test_cards(text: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    data = read(text, tmp_path)
    assert fields(data) == expected
    assert data.warnings == []
    assert set(decks(data)) == {"Deck"}


def test_a_text_makes_a_card_for_each_deletion(tmp_path: Path) -> None:
    data = read("C: " + " ".join(f"[{n}]" for n in range(600)), tmp_path)
    note_type = stock_note_type(data.note_types[0].name)
    assert note_type is not None
    assert len(card_ordinals(note_type, data.notes[0].fields)) == 499


def test_halves_of_cards_are_left_out_and_counted(tmp_path: Path) -> None:
    data = read("A: lost\nQ: open\nQ: a\nA: b\nA: twice\nC: nothing\nQ:\nA: c\nQ: end", tmp_path)
    assert fields(data) == [("a", "b")]
    assert data.notes_left_out == 6
    assert data.warnings == [
        "2 cards were left out: an answer has no question before it.",
        "2 cards were left out: a question has no answer.",
        "1 card was left out: a text to fill in has nothing in brackets.",
        "1 card was left out: there is no question.",
    ]


def test_folders_are_decks_and_a_head_names_one(tmp_path: Path) -> None:
    root = folder_of(
        tmp_path / "cards",
        {
            "One.md": "Q: a\nA: b",
            "A/B/Two.md": "Q: c\nA: d",
            "A/Ch1.md": '---\nname = "Medicine"\n---\n\nQ: e\nA: f',
            "A/Odd::name.md": "Q: g\nA: h",
            "A/Broken.md": "---\nname = [[[[\n---\nQ: i\nA: j",
            "notes.md": "nothing to ask",
            ".git/Hidden.md": "Q: no\nA: no",
            "binary.md": b"Q: \xff\nA: \xfe",
        },
    )
    data = read_by(NAME, root, tmp_path / "work")
    found = dict(zip([each[0] for each in fields(data)], decks(data), strict=True))
    assert found == {
        "a": "cards::One",
        "c": "cards::A::B::Two",
        "e": "cards::Medicine",
        "g": "cards::A::Odd:name",
        "i": "cards::A::Broken",
    }
    assert data.warnings == ["1 file is no text in UTF-8, such as “binary.md”."]
    assert set(decks(read_by(NAME, root, tmp_path / "work", deck="X"))) >= {"X::One", "X::Medicine"}


def test_media_come_from_beside_the_text_and_never_from_outside(tmp_path: Path) -> None:
    text = (
        "Q: ![](img/a.png) ![](@/img/b%20c.png) ![](../secret.png) ![x](/etc/hostname)\n"
        "A: ![](sound.mp3) ![](https://example.com/far.png) ![](link.png) ![](gone.png) ![](run.sh)"
    )
    folder_of(
        tmp_path,
        {
            "cards/Sub/Deck.md": text,
            "cards/Sub/img/a.png": PNG + b"a",
            "cards/img/b c.png": PNG + b"b",
            "cards/Sub/sound.mp3": b"ID3",
            "cards/Sub/run.sh": b"#!/bin/sh",
            "cards/secret.png": PNG + b"inside",
            "secret.png": PNG,
        },
    )
    (tmp_path / "cards/Sub/link.png").symlink_to(tmp_path / "secret.png")
    data = read_by(NAME, tmp_path / "cards", tmp_path / "work")
    contents = {name: item.path.read_bytes() for name, item in data.media.items()}
    assert contents == {
        "Sub_img_a.png": PNG + b"a",
        "img_b c.png": PNG + b"b",
        "Sub_sound.mp3": b"ID3",
        "secret.png": PNG + b"inside",
    }
    assert data.notes[0].fields == (
        '<img src="Sub_img_a.png"> <img src="img_b c.png"> <img src="secret.png"> x',
        '[sound:Sub_sound.mp3] <img src="https://example.com/far.png"> <img src="Sub_link.png"> '
        '<img src="Sub_gone.png"> run.sh',
    )
    assert data.unsafe_names == ["/etc/hostname", "Sub/run.sh"]
    outside = read_by(NAME, tmp_path / "cards/Sub/Deck.md", tmp_path / "work")
    assert sorted(outside.media) == ["img_a.png", "sound.mp3"]
    assert "../secret.png" in outside.unsafe_names


def test_import_again_edit_and_move(tmp_path: Path) -> None:
    first = {"A/One.md": "Q: a\nA: b\n\nC: The [x] of y", "Two.md": "Q: a\nA: other file"}
    root = folder_of(tmp_path / "cards", first)
    with empty_collection(tmp_path / "home") as collection:
        report = collection.import_file(root)
        assert (report.notes_new, report.cards) == (3, 3)
        assert collection.import_file(root).notes_unchanged == 3
        (root / "A/One.md").write_text("Q:  a \nA: better\n\nC: The [z] of y")
        again = collection.import_file(root)
        assert (again.notes_new, again.notes_updated, again.notes_unchanged) == (0, 2, 1)
        (root / "A/One.md").rename(root / "One.md")
        assert collection.import_file(root).notes_new == 0
        assert collection.import_file(root / "One.md").notes_new == 0
        assert rows(collection, "SELECT count(*) FROM notes") == [(3,)]
        assert rows(collection, "SELECT count(*) FROM cards") == [(3,)]
        texts = {row[0] for row in rows(collection, "SELECT fields FROM notes")}
        assert texts == {"a\x1fbetter", "The {{c1::z}} of y\x1f", "a\x1fother file"}
        assert rows(collection, "SELECT count(*) FROM note_types WHERE name = 'Basic'") == [(1,)]


def test_equal_questions_in_one_file_stay_two_notes(tmp_path: Path) -> None:
    data = read("Q: Define\nA: one\n\nQ: Define\nA: two", tmp_path)
    assert len({note.guid for note in data.notes}) == 2
    assert kinds(data) == ["Basic", "Basic"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# A heading\n\nSome text, a list:\n\n- one\n- two\n",
        "Q: a question that nobody answers",
        "A: an answer alone",
        "C:\\Windows\\[x]",
        "See Q: and A: within a line, and C: [x]",
        "C: no brackets",
        "---\ntitle: x\n---\ntext",
    ],
)
def test_other_markdown_is_no_deck(text: str, tmp_path: Path) -> None:
    path = folder_of(tmp_path, {"Deck.md": text}) / "Deck.md"
    assert refused(path, tmp_path / "work").kind == "not-a-deck"


def test_files_of_other_readers_stay_theirs(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        {
            "own.md": "# Deck\n\n## note\n\n### Front\n\nQ: a\n\n### Back\n\nA: b\n",
            "table.csv": "Q: a,A: b\n",
            "table.txt": "Q: a\tA: b\n",
        },
    )
    for name, reader in {"own.md": "deck folder", "table.csv": "text", "table.txt": "text"}.items():
        assert reader == reader_for(tmp_path / name).NAME
    work = tmp_path / "work"
    assert fields(read_by("deck folder", tmp_path / "own.md", work)) == [("Q: a", "A: b")]


def test_bad_bytes_are_refused(tmp_path: Path) -> None:
    for content in (b"Q: a\nA: \xff", b"Q: a\nA: \xed\xa0\x80"):
        path = folder_of(tmp_path, {"Deck.md": content}) / "Deck.md"
        assert refused(path, tmp_path / "work").kind == "damaged"
    path = folder_of(tmp_path, {"Deck.md": b"Q: a\nA: b\0"}) / "Deck.md"
    assert refused(path, tmp_path / "work").kind == "not-a-deck"


def test_large_texts_are_refused_or_shown_plainly(tmp_path: Path) -> None:
    data = read("Q: a\nA: " + "[*" * 100_000, tmp_path)
    assert data.notes[0].fields[1] == "[*" * 100_000
    path = folder_of(tmp_path, {"Deck.md": "Q: a\nA: " + "x" * ((4 << 20) + 1)}) / "Deck.md"
    assert refused(path, tmp_path / "w").kind == "limit"
    path = folder_of(tmp_path, {"Deck.md": b"Q: a\nA: b\n" + b"x\n" * (8 << 20)}) / "Deck.md"
    assert refused(path, tmp_path / "w").kind == "limit"
