"""Mnemosyne files: what their notes become, real ones, and those that try tricks."""

import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers.importing import empty_collection
from helpers.shared import corpus_file
from hypothesis import given
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.formats import mnemosyne, reader_for
from mlsd_cards.formats.limits import FIELD_BYTES, XML_DEPTH
from mlsd_cards.formats.mnemosyne_text import field_text, literal, tags_of
from mlsd_cards.formats.mnemosyne_types import described_type
from mlsd_cards.rendering.template import card_ordinals

PICTURE = b"\x89PNG picture"


def new_xml(*logs: str) -> str:
    return f'<openSM2sync number_of_entries="{len(logs)}">{"".join(logs)}</openSM2sync>'


def tag(number: str, name: str) -> str:
    return f'<log type="10" o_id="{number}"><name>{name}</name></log>'


def fact(number: str, **texts: str) -> str:
    values = "".join(f"<{key}>{text}</{key}>" for key, text in texts.items())
    return f'<log type="16" o_id="{number}">{values}</log>'


def card(fact_id: str, card_type: str, tags: str = "", grade: int = -1) -> str:
    return f'<log type="6" o_id="c" card_t="{card_type}" fact="{fact_id}" tags="{tags}" gr="{grade}"></log>'


def old_xml(*items: str) -> str:
    return f'<mnemosyne core_version="1">{"".join(items)}</mnemosyne>'


def item(number: str, question: str, answer: str, category: str = "&lt;default&gt;") -> str:
    given_id = f' id="{number}"' if number else ""
    return f"<item{given_id}><cat>{category}</cat><Q>{question}</Q><A>{answer}</A></item>"


def read(path: Path, work: Path) -> ExchangeData:
    work.mkdir(exist_ok=True)
    reader = reader_for(path)
    assert reader.NAME == "mnemosyne"
    return reader.read(path, ReadOptions(work_dir=work, now_ms=1))


def read_xml(text: str, tmp_path: Path, name: str = "Deck.xml") -> ExchangeData:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read(path, tmp_path / "work")


def cards_file(path: Path, xml: str, members: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cards.xml", xml)
        archive.writestr("METADATA", "card_set_name:A named set\nauthor_name:x\n")
        for name, content in (members or {}).items():
            archive.writestr(name, content)
    return path


def cards_made(data: ExchangeData) -> int:
    types = {int(note_type.id): note_type for note_type in data.note_types}
    return sum(len(card_ordinals(types[note.note_type_id], note.fields)) for note in data.notes)


def refusal(text: str, tmp_path: Path) -> FileFormatError:
    with pytest.raises(FileFormatError) as caught:
        read_xml(text, tmp_path)
    assert list((tmp_path / "work").iterdir()) == []
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


@pytest.mark.parametrize(
    ("kind", "texts", "fields", "cards"),
    [
        ("1", {"f": "q", "b": "a"}, ("q", "a"), 1),
        ("2", {"f": "q", "b": "a"}, ("q", "a"), 2),
        ("2::my clone", {"f": "q", "b": "a"}, ("q", "a"), 2),
        ("3", {"f": "Haus", "p_1": "haʊs", "m_1": "house"}, ("Haus", "haʊs", "house"), 2),
        ("3", {"f": "Haus", "m_1": "house"}, ("Haus", "", "house"), 2),
        ("4", {"loc": "here", "marked": "m", "blank": "b"}, ("here", "m", "b"), 2),
        ("5", {"text": "La [casa:house] es [grande]"}, ("La {{c1::casa::house}} es {{c2::grande}}",), 2),
    ],
)
def test_card_types(
    kind: str, texts: dict[str, str], fields: tuple[str, ...], cards: int, tmp_path: Path
) -> None:
    data = read_xml(new_xml(fact("fact-number-1", **texts), card("fact-number-1", kind)), tmp_path)
    assert [note.fields for note in data.notes] == [fields]
    assert cards_made(data) == cards
    assert data.notes[0].guid == "fact-number-1"
    assert data.warnings == []


def test_tags_are_those_of_all_cards_and_the_deck_is_named_by_the_file(tmp_path: Path) -> None:
    xml = new_xml(
        tag("t1", "two words"),
        tag("t2", "__UNTAGGED__"),
        tag("t3", "a::b"),
        fact("f", f="q", b="a"),
        card("f", "2", "t1,t2"),
        card("f", "2", "t3,nothing", grade=4),
    )
    data = read_xml(xml, tmp_path)
    assert data.notes[0].tags == ("two_words", "a::b")
    assert [deck.name for deck in data.decks] == ["Deck"]
    assert data.warnings == ["1 card that Mnemosyne had asked begins as new here."]
    assert [deck.name for deck in read(cards_file(tmp_path / "x.cards", xml), tmp_path / "w").decks] == [
        "A named set"
    ]


def test_items_of_the_first_version_become_facts(tmp_path: Path) -> None:
    xml = old_xml(
        item("00000001", "one way", "a", "Some tag"),
        item("00000002", "f", "p\nt"),
        item("00000002.tr.1", "t", "f\np"),
        item("00000003", "front", "back"),
        item("00000003.inv", "back", "front"),
        item("00000004.inv", "alone", "first is gone"),
        item("", "no id", "a"),
    )
    data = read_xml(xml, tmp_path)
    assert [note.fields for note in data.notes] == [
        ("one way", "a"),
        ("f", "p", "t"),
        ("front", "back"),
        ("alone", "first is gone"),
        ("no id", "a"),
    ]
    assert cards_made(data) == 7
    assert [note.tags for note in data.notes] == [("Some_tag",), (), (), (), ()]
    again = read_xml(xml.replace("one way", "one way, edited"), tmp_path)
    assert [note.guid for note in again.notes] == [note.guid for note in data.notes]
    assert len({note.guid for note in data.notes}) == 5


def test_texts_keep_formulas_sounds_pictures_and_lines(tmp_path: Path) -> None:
    names = {"a/b.png": "a_b.png", "s.mp3": "s.mp3"}
    assert field_text("one\ntwo", names.get) == "one<br>two"
    assert field_text("one\ntwo", names.get, is_html=True) == "one\ntwo"
    assert field_text("<latex>a<b\n[1]</latex> [x]", names.get, blanks=True) == (
        "[latex]a&lt;b\n[1][/latex] {{c1::x}}"
    )
    assert field_text("<$>x &lt; y</$>, <$$>z</$$>", names.get) == "[$]x &lt; y[/$], [$$]z[/$$]"
    assert field_text("<audio src='s.mp3'></audio>", names.get) == "[sound:s.mp3]"
    assert field_text('<img alt="" src="a/b.png" width=3>', names.get) == (
        '<img alt="" src="a_b.png" width=3>'
    )
    assert field_text('<img src="http://x/y.png">', names.get) == '<img src="http://x/y.png">'
    assert field_text("[a}}b:h]", names.get, blanks=True) == "{{c1::a}&#125;b::h}}"
    assert tags_of(["a b", "A B", "", "x::::y"]) == ("a_b", "x::blank::y")


def test_media_come_along_by_name_and_nothing_leaves_its_folder(tmp_path: Path) -> None:
    listed = ("maps/a.png", "run.exe", "../../out.png", "/out.png", "unused.png", "gone.png")
    sources = "".join(f"&lt;img src='{name}'&gt;" for name in listed if name != "unused.png")
    xml = new_xml(
        *(f'<log type="13"><fname>{name}</fname></log>' for name in listed),
        fact("f", f=sources, b="a"),
        card("f", "1"),
    )
    members = {name: PICTURE for name in (*listed[:-1], "not-listed.png")}
    data = read(cards_file(tmp_path / "deck.cards", xml, members), tmp_path / "work")
    assert list(data.media) == ["maps_a.png"]
    assert data.media["maps_a.png"].path.read_bytes() == PICTURE
    assert data.unsafe_names == ["run.exe", "../../out.png", "/out.png"]
    assert '<img src="maps_a.png">' in data.notes[0].fields[0]
    written = {path.name for path in (tmp_path / "work").rglob("*") if path.is_file()}
    assert written == {"media-0"}
    assert any(warning.startswith("1 media file that notes refer to is not") for warning in data.warnings)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!DOCTYPE a><openSM2sync></openSM2sync>", "unsafe"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><openSM2sync>&x;</openSM2sync>', "unsafe"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><openSM2sync/>', "unsafe"),
        ("<openSM2sync>&x;</openSM2sync>", "damaged"),
        ("<openSM2sync><log></openSM2sync>", "damaged"),
        ("<openSM2sync>", "damaged"),
        ('<?xml version="1.0" encoding="no-such"?><openSM2sync/>', "damaged"),
        ('<mnemosyne core_version="2"/>', "too-new"),
        ("<other/>", "not-a-deck"),
        ("", "damaged"),
        (new_xml("<a>" * XML_DEPTH + "</a>" * XML_DEPTH), "limit"),
        (new_xml(fact("f", f="x" * (FIELD_BYTES + 1))), "limit"),
        (new_xml(fact("f", **{f"k{number}": "" for number in range(257)})), "limit"),
    ],
)
def test_refusals(text: str, kind: str, tmp_path: Path) -> None:
    assert refusal(text, tmp_path).kind == kind


def test_what_is_just_inside_the_limits_is_read(tmp_path: Path) -> None:
    deep = "<a>" * (XML_DEPTH - 1) + "</a>" * (XML_DEPTH - 1)
    data = read_xml(new_xml(deep, fact("f", f="x" * FIELD_BYTES, b="a"), card("f", "1")), tmp_path)
    assert [len(field) for field in data.notes[0].fields] == [FIELD_BYTES, 1]


def test_notes_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    xml = new_xml(
        fact("f1", f="q", b="a"),
        fact("f1", f="other", b="a"),
        card("f1", "1"),
        fact("f2", f="", b="a"),
        card("f2", "1"),
        fact("f3", f="q", b="a"),
        fact("f4", f="q", b="a"),
        card("f4", "99"),
    )
    data = read_xml(xml, tmp_path)
    assert len(data.notes) == 1
    assert data.notes_left_out == 4
    assert "1 note was left out: the card type “99” is not known." in data.warnings


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "[x for x in (1,)]",
        "f'{1}'",
        "1+1",
        "[" * 500 + "]" * 500,
        "-" * 100_000 + "1",
        "'\\d'",
        "'" + "x" * 2_000_000 + "'",
        "'\\" * 500_000,
        "{[]: 1}",
        "",
    ],
)
def test_only_plain_literals_are_values(text: str) -> None:
    assert literal(text) is None


@given(
    st.recursive(
        st.text(max_size=8) | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
)
def test_literals_that_python_writes_are_values(value: object) -> None:
    found = literal(repr(value))
    assert found == value or "-" in repr(value)


@given(st.text(alphabet="<>[]:{}/$latexsrcimgudio=\"' \n", max_size=60), st.booleans())
def test_no_text_is_lost_or_breaks_the_reader(text: str, blanks: bool) -> None:
    made = field_text(text, lambda _name: None, blanks=blanks)
    assert made.count("c1::") <= 1 + text.count("c1::")


def test_card_types_that_the_file_describes() -> None:
    views = {
        "v": {"name": "Card 1", "extra": "{'qfmt': '{{Front}}', 'afmt': '{{Back}}'}"},
        "bad": {"name": "Card 1", "extra": "{'qfmt': 7, 'afmt': ''}"},
    }
    values = {
        "name": "Own",
        "fact_keys_and_names": "[('0', 'Front'), ('1', 'Back')]",
        "fact_views": "['v']",
        "extra": "{'css': '.card {}', 'type': 1}",
    }
    found = described_type(values, views)
    assert found is not None
    assert (found.keys, found.note_type.name) == (("0", "1"), "Own")
    assert found.note_type.kind is NoteTypeKind.CLOZE
    for key, wrong in (
        ("fact_views", "['bad']"),
        ("fact_views", "['v', 'v']"),
        ("fact_views", "[]"),
        ("fact_keys_and_names", "[('0', 'Front'), ('1', 'front')]"),
        ("fact_keys_and_names", "[7]"),
        ("extra", "{'css': 7}"),
        ("extra", "__import__('os')"),
    ):
        assert described_type({**values, key: wrong}, views) is None


def test_many_tags_without_ends_take_no_long_time_or_room() -> None:
    tracemalloc.start()
    field_text("<latex>" * 100_000 + "<img src='" * 100_000 + "[" * 100_000, lambda _name: None, blanks=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


def real_files() -> list[dict[str, Any]]:
    try:
        manifest = corpus_file()
    except pytest.skip.Exception:
        return []
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return [
        entry
        for entry in files
        if Path(entry["file"]).suffix in mnemosyne.SUFFIXES and "mnemosyne_says" in entry
    ]


@pytest.mark.parametrize("entry", real_files(), ids=lambda entry: str(entry["file"]))
def test_real_files_hold_what_mnemosyne_finds_in_them(entry: dict[str, Any], tmp_path: Path) -> None:
    path, says = corpus_file().parent / entry["file"], entry["mnemosyne_says"]
    if not says["facts"]:
        with pytest.raises(FileFormatError):
            read(path, tmp_path / "work")
        return
    data = read(path, tmp_path / "work")
    assert (len(data.notes), cards_made(data)) == (says["facts"], says["cards"])
    wanted = {name.replace(" ", "_") for name in says["tags"]} - {"__UNTAGGED__"}
    if path.suffix == ".xml":
        wanted.discard("MISSING_MEDIA")
    assert {name for note in data.notes for name in note.tags} == wanted
    with empty_collection(tmp_path / "home") as collection:
        first, second = collection.import_file(path), collection.import_file(path)
        assert (first.notes_new, first.cards) == (says["facts"], says["cards"])
        assert (second.notes_new, second.notes_updated, second.notes_unchanged) == (0, 0, says["facts"])
        assert collection.check(full=True) == []
