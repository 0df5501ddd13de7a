"""Deck folders: everything comes back, what stays the same is not touched, bad ones are refused in a sentence."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.decks import NewGather, Options
from mlsd_cards.domain.errors import FileFormatError, InputError
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ExchangePreset, ReadOptions
from mlsd_cards.formats import folder, folder_layout, folder_writer, reader_for
from mlsd_cards.formats.folder_text import Section, quote, sections, to_html, to_markdown, unquote, written
from tests.helpers.packages import OPTIONS, packages

PLAIN = r"<br> <b> </b> <i> </i> * ** ` ``` # \ \( \) ! ![ ]( a.png ) <code> </code> &lt; &amp; x < > }} [sound:a.mp3]"
HARD = (
    "\n",
    "## note x",
    '<img src="a.png">',
    " ",
    "- a: b",
    "\r",
    "\ue000",
    "\ue001",
    "\u2028",
    "```html",
    "{{c1::",
)
PIECES = st.sampled_from((*PLAIN.split(" "), *HARD))
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, title=st.text(max_size=10))
def test_every_text_comes_back_from_markdown(text: str, title: str) -> None:
    shown = to_markdown(text)
    assert to_html(shown) == text
    parts = [
        Section(1, quote(title), {"a": quote(text)}, shown),
        Section(2, "note 1"),
        Section(3, "F", text=shown),
    ]
    back = sections(written(parts))
    assert [(part.level, unquote(part.title)) for part in back] == [(1, title), (2, "note 1"), (3, "F")]
    assert unquote(back[0].items["a"]) == text
    assert [to_html(back[0].text), to_html(back[2].text)] == [text, text]


def test_markdown_is_what_a_person_would_write() -> None:
    assert to_markdown("What is <b>x</b>?<br><br>- one") == "What is **x**?\n\n- one"
    assert to_markdown(r"a*b and \(x*y*z\)") == r"a\*b and \(x*y*z\)"
    assert to_markdown('<img src="a.png">') == "![](a.png)"
    assert to_markdown("<code>f(x)</code>") == "`f(x)`"
    assert to_markdown("# no heading") == r"\# no heading"
    assert to_markdown("<div>\na</div>") == "```html\n<div>\na</div>\n```"
    assert to_html("```python\nx = 1 < 2  # no heading\n```") == (
        '<pre><code class="language-python">x = 1 &lt; 2  # no heading</code></pre>'
    )


def read(path: Path, work: Path, **more: object) -> ExchangeData:
    work.mkdir(exist_ok=True)
    for file in work.iterdir():
        file.unlink()
    return folder.read(path, ReadOptions(work_dir=work, now_ms=OPTIONS.now_ms, **more))  # type: ignore[arg-type]


def told(data: ExchangeData) -> dict[str, object]:
    """All that must come back, by names in place of ids; times of change are left to git."""
    types = {int(each.id): replace(each, id=0, modified_ms=0) for each in data.note_types}
    decks = {deck.id: deck.name for deck in data.decks}
    presets = {each.id: (each.name, each.options) for each in data.presets}
    guids = {note.id: note.guid for note in data.notes}
    cards = {card.id: (guids[card.note_id], card.ordinal) for card in data.cards}
    return {
        "notes": {n.guid: (types[n.note_type_id], n.fields, sorted(n.tags), n.created_ms, n.id) for n in data.notes},
        "decks": {d.name: (d.description, presets.get(d.preset_id)) for d in data.decks},
        "cards": {
            cards[card.id]: card._replace(note_id=0, deck_id=0, modified_ms=0) for card in data.cards
        },
        "places": {cards[card.id]: decks[card.deck_id] for card in data.cards},
        "reviews": [(cards[review.card_id], *review[2:], review.id) for review in sorted(data.reviews)],
    }  # fmt: skip


def tree(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()
    }


@QUICK
@given(data=st.data())
def test_everything_comes_back_and_the_same_is_written_again(
    data: st.DataObject, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = data.draw(packages(tmp_path))
    used = {note.note_type_id for note in drawn.notes}
    drawn.note_types = [each for each in drawn.note_types if int(each.id) in used]
    seen: dict[int, int] = {}  # as in a collection, where moments are unique
    drawn.reviews = [each for each in drawn.reviews if seen.setdefault(each.id, each.card_id) == each.card_id]
    out = tmp_path_factory.mktemp("out") / "folder"
    assert folder_writer.write(drawn, out, OPTIONS) == []
    first = tree(out)
    back = read(out, tmp_path / "work")
    expected, found = told(drawn), told(back)
    for part, value in expected.items():
        assert found[part] == value
    assert not back.warnings
    for name, item in back.media.items():
        assert item.path.read_bytes() == drawn.media[name].path.read_bytes()
    assert set(back.media) <= set(drawn.media)
    folder_writer.write(drawn, out, OPTIONS)
    assert tree(out) == first
    again = out.parent / "again"
    back.media = drawn.media
    folder_writer.write(back, again, OPTIONS)
    assert tree(again) == first


def test_what_is_not_needed_any_more_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    out = tmp_path / "folder"
    data = small()
    folder_writer.write(data, out, OPTIONS)
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("x")
    (out / "README").write_text("mine")
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}
    data.decks = [replace(data.decks[0], name="Other")]
    folder_writer.write(data, out, OPTIONS)
    assert (out / "README").read_text() == "mine"
    assert (out / ".git" / "HEAD").exists()
    assert sorted(file.name for file in (out / "decks").iterdir()) == ["Other.md"]
    assert (out / "note-types.md").stat().st_mtime_ns == before[out / "note-types.md"]
    assert not list(out.glob(".writing-*"))


def small() -> ExchangeData:
    """One basic note in one deck."""
    from mlsd_cards.domain.exchange import ExchangeNote
    from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES

    basic = STOCK_NOTE_TYPES[0]
    return ExchangeData(
        note_types=[basic],
        decks=[ExchangeDeck(id=1, name="Deck")],
        notes=[ExchangeNote(1, "abc", int(basic.id), ("one", "two"), deck_id=1)],
    )


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A::B", "decks/A/B.md"),
        ("con", "decks/_con-1143da.md"),
        ('What? "x"/y', "decks/What_ _x__y-"),
        ("dots...", "decks/dots-"),
    ],
)
def test_names_that_some_system_forbids_are_replaced(name: str, path: str, tmp_path: Path) -> None:
    found = folder_layout.deck_files([name])[name]
    assert found.startswith(path)
    data = small()
    data.decks = [replace(data.decks[0], name=name)]
    folder_writer.write(data, tmp_path / "f", OPTIONS)
    assert [deck.name for deck in read(tmp_path / "f", tmp_path / "work").decks] == [name.rstrip()]


def test_names_that_differ_in_letter_case_lie_in_two_files() -> None:
    files = folder_layout.deck_files(["a", "A", "x" * 300, "::".join("y" * 50)])
    assert len({path.casefold() for path in files.values()}) == 4
    assert all(len(path) < 200 for path in files.values())


def test_a_file_written_by_hand_is_a_deck(tmp_path: Path) -> None:
    (tmp_path / "Mine.md").write_text(
        "# My deck\n\n## note\n- tags: a b\n\n### Front\n\nOne\nline\n\n### Back\n\n**two**\n\n## note own-id\n"
        "- type: Cloze\n\n### Text\n\n{{c1::x}} and {{c2::y}}\n",
        encoding="utf-8",
    )
    assert reader_for(tmp_path / "Mine.md") is folder
    data = read(tmp_path / "Mine.md", tmp_path / "work")
    assert [(note.fields, note.tags) for note in data.notes] == [
        (("One<br>line", "<b>two</b>"), ("a", "b")),
        (("{{c1::x}} and {{c2::y}}", ""), ()),
    ]
    assert [(card.note_id, card.ordinal, card.state) for card in data.cards] == [
        (1, 0, "new"), (2, 0, "new"), (2, 1, "new"),
    ]  # fmt: skip
    assert data.decks[0].name == "My deck"
    assert data.notes[0].guid == read(tmp_path / "Mine.md", tmp_path / "work").notes[0].guid


def test_a_text_in_windows_lines_reads_the_same(tmp_path: Path) -> None:
    out = tmp_path / "folder"
    folder_writer.write(small(), out, OPTIONS)
    file = out / "decks" / "Deck.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert read(out, tmp_path / "work").notes[0].fields == ("one", "two")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("decks/Deck.md", "# Deck\n\n## nota x\n", "line 3 of “decks/Deck.md” has the heading “nota x”"),
        ("decks/Deck.md", "# Deck\n\n## note x\n- type: None\n\n### A\n\nb\n", "neither described nor known"),
        ("decks/Deck.md", "## note x\n\n### Side\n\nb\n", "has the field “Side”, which Basic has not"),
        ("decks/Deck.md", "## note x\n\n### Front\n\n```html\nb\n", "never closed"),
        ("decks/Deck.md", "# A\n\n### Front\n\nb\n", "a field without a note"),
        ("note-types.md", "# Basic\n\n## field Front\n", "no field or no template"),
        ("presets.md", "# Default\n- new_per_day: many\n", "the value many"),
        ("presets.md", "# Default\n- speed: 3\n", "which does not exist"),
        ("schedule.tsv", "note\tcard\tdue\nabc\t1\tsoon\n", "line 2 of “schedule.tsv” gives the due soon"),
        ("schedule.tsv", "a\tb\n", "does not begin with the columns note, card"),
        ("schedule.tsv", "note\tcard\tstate\nabc\t1\treview\n", "no day on which it is due"),
        ("answers/2026.tsv", "moment\tnote\tcard\tkind\n5\tabc\t1\todd\n", "gives the kind odd"),
        ("mlsd-cards.md", "# Cards\n- version: 2\n", "newer version"),
        ("decks/Deck.md", b"# \xff\n", "not text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(
    file: str, text: str | bytes, words: str, tmp_path: Path
) -> None:
    out = tmp_path / "folder"
    folder_writer.write(small(), out, OPTIONS)
    (out / file).parent.mkdir(exist_ok=True)
    (out / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FileFormatError, match=r"^folder cannot be imported: ") as refused:
        read(out, tmp_path / "work")
    assert words in str(refused.value)
    assert str(refused.value).endswith(".")


def test_links_are_not_followed(tmp_path: Path) -> None:
    out = tmp_path / "folder"
    folder_writer.write(small(), out, OPTIONS)
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\n## note s\n\n### Front\n\nkey\n")
    (out / "decks" / "Link.md").symlink_to(secret)
    (out / "media").symlink_to(tmp_path)
    data = read(out, tmp_path / "work")
    assert [note.guid for note in data.notes] == ["abc"]
    assert sorted(data.unsafe_names) == ["decks/Link.md", "media"]
    assert len(data.warnings) == 2


@pytest.mark.parametrize("what", ["file", "foreign", "parent", "readonly"])
def test_a_target_that_cannot_be_written_is_named_in_a_sentence(what: str, tmp_path: Path) -> None:
    out = tmp_path / "target"
    if what == "file":
        out.write_text("mine")
    elif what == "foreign":
        (out / "decks").mkdir(parents=True)
    elif what == "parent":
        out = tmp_path / "nowhere" / "target"
    else:
        out.mkdir()
        out.chmod(0o500)
        if os.access(out, os.W_OK):
            pytest.skip("this user may write everywhere")
    with pytest.raises(InputError, match="target") as refused:
        folder_writer.write(small(), out, OPTIONS)
    assert str(refused.value).count("\n") == 0
    assert what != "file" or out.read_text() == "mine"


def test_presets_come_back_and_numbers_out_of_range_do_not(tmp_path: Path) -> None:
    options = Options(
        scheduler="fsrs", new_per_day=7, learning_steps=(), new_gather=NewGather.DECK, starting_ease=2.31
    )
    data = small()
    data.presets = [ExchangePreset(id=4, name="My preset", options=options)]
    data.decks = [replace(data.decks[0], preset_id=4)]
    folder_writer.write(data, tmp_path / "f", OPTIONS)
    assert [(p.name, p.options) for p in read(tmp_path / "f", tmp_path / "work").presets] == [
        ("My preset", options)
    ]
    file = tmp_path / "f" / "presets.md"
    file.write_text(file.read_text().replace("new_per_day: 7", "new_per_day: -7"))
    assert read(tmp_path / "f", tmp_path / "work").presets[0].options.new_per_day >= 0
