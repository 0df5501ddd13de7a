"""Cards as real Anki renders and generates them: invented note types, and every deck of the corpus.

Equal means the same HTML, sign for sign, of both sides, with two exceptions:

- The id of a hint is a hash of another kind (see `filters.py`); it is left out of the comparison.
- Where Anki refuses a template, our card shows a message; only the fact is compared. A cloze card whose front
  has no content at all is such an error in Anki, while ours is an empty side.

Deletions nested 9 or 10 deep are hidden by Anki and not by us (see `cloze.MAX_NESTING`); none is made here.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.shared import SHARED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.rendering.template import card_ordinals, render_card

pytest.importorskip("anki")
pytestmark = pytest.mark.oracle

HINT_ID = re.compile(r"hint[0-9a-f]{16}")
FIELDS = ("Front", "Back", "Extra", "Héading")
PROBLEM = 'class="template-problem"'
RELAXED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def words(text: str, *more: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*text.split(), *more])


PIECES = words(
    r"""{{c1:: {{c2:: {{c1,3:: {{c0:: {{c99999:: {{c01,,2:: }} }} }} :: hint {{ { <b> </b> <br> <div> <!-- -->
    <style> </style> <script> </script> < > &amp; &lt; &nbsp; &eacute; &#65; &#x41; &#xd800; &bogus;
    &Abreve; & ; &#x110000; \( \) \[ \] [ ] a[b] [sound:a.mp3]
    image-occlusion:rect:left=.1:top=.25:width=.5:height=0:fill=#fff:angle=3:oi=1
    image-occlusion:polygon:points=0,0 image-occlusion:text:text=a\:b\\:left= :fs=1:scale=
    image-occlusion:x image-occlusion:ellipse:rx=.1:ry=.2:left=.1:bad\x:top=1 ' " é 漢 {{Front}} ſ K ::b""",
    *(
        "<br />",
        "\n",
        " ",
        "\t",
        "\xa0",
        "\x1f",
        " 漢字[かんじ]",
        "image-occlusion:polygon:points=0,0 1,1  2:rx=0",
    ),
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=3)
DELETION = st.builds(
    "{{{{c{}::{}{}}}}}".format, words("1 2 3 1,2 0 3,1,3 500"), PIECES, words("::hint :: ::a::b", "", "")
)
NESTED = st.builds("{{{{c{}::{}{}{}}}}}".format, words("1 2 3"), PIECES, DELETION, PIECES | DELETION)
FIELD_TEXTS = st.lists(PIECES | PIECES | DELETION | NESTED, max_size=10).map("".join)
BLANKS = words(
    "<br> <BR/> </div> <div> <b></b> &nbsp; x <br//> <img&nbsp;src=a> <div/a>",
    *("", " ", "\n\t", "<br />", "<div >x", "<br><div> </div>", "\xa0", "< br>", "\x0b\x0c"),
)

MARKS = words(
    """{{Front}} {{Back}} {{text:Front}} {{cloze:Front}} {{cloze-only:Front}} {{hint:Back}} {{type:Front}}
    {{text:}} {{type:cloze:Front}} {{unknown:Front}} {{Héading}} {{:Front}} text {{FrontSide}}
    {{text:FrontSide}} {{Tags}} {{Type}} {{Deck}} {{Subdeck}} {{Card}} { } {{CardFlag}} {{CardID}}
    {{{Front}}} {{{{Front}} <%Front%> <%#Back%> <!-- --> }}""",
    *("{{ Extra }}", "\n"),
)
ODD_MARKS = words(
    """{{Nothing}} {{#}} {{}} {{c1}} {{#Front}} {{/Front}} {{^Back}} {{!x}} {{#Nothing}} {{#c}} {{#c+1}}
    {{/c+1}} {{#FrontSide}} {{ <%/Back%> {{#c7}} {{/c7}}""",
    *("{{ }}", "{{/ Back}}"),
)
SECTIONS = words(
    """{{#Front}}%s{{/Front}} {{^Back}}%s{{/Back}} {{^Extra}}%s{{/Extra}} {{#c1}}%s{{/c1}} {{^c2}}%s{{/c2}}
    {{#Tags}}%s{{/Tags}} {{#c+1}}%s{{/c+1}} <!--%s--> <%%#Back%%>%s<%%/Back%%>""",
    *("{{# Back}}%s{{/ Back}}", "{{=<%% %%>=}}%s", " \n{{=<%% %%>=}}{{=<%% %%>=}}<%%Front%%>%s"),
)
WELL_FORMED = st.recursive(
    MARKS,
    lambda inner: st.builds(lambda s, parts: s % "".join(parts), SECTIONS, st.lists(inner, max_size=3)),
    max_leaves=6,
)
TEMPLATES = st.lists(WELL_FORMED, max_size=4).map("".join) | st.lists(MARKS | ODD_MARKS, max_size=6).map(
    "".join
)
FILTERS = """
    text hint cloze cloze-only furigana kana kanji type type:cloze type:nc type:text text:type text:furigana
    cloze:text text:cloze type-cloze hint:cloze text:cloze-only kana:cloze tts furigana:kanji type-nc:x
    text::cloze
"""
ALL_FILTERS = "|".join([f"{{{{{names}:Front}}}}" for names in [*FILTERS.split(), "tts a b:text"]])


def without_hint_ids(html: str) -> str:
    return HINT_ID.sub("hint", html)


def flat(nodes) -> str:
    return "".join(n.text if n.HasField("text") else n.replacement.current_text for n in nodes)


def our_note_type(notetype: dict) -> NoteType:
    return NoteType(
        id=NoteTypeId(notetype["id"]),
        name=notetype["name"],
        kind=NoteTypeKind.CLOZE if notetype["type"] == 1 else NoteTypeKind.STANDARD,
        fields=tuple(Field(name=f["name"]) for f in notetype["flds"]),
        templates=tuple(Template(name=t["name"], front=t["qfmt"], back=t["afmt"]) for t in notetype["tmpls"]),
        css=notetype["css"],
    )


def our_note(note_id: int, notetype_id: int, fields: list[str], tags: list[str]) -> Note:
    return Note(
        id=NoteId(note_id),
        guid="g",
        note_type_id=NoteTypeId(notetype_id),
        fields=tuple(fields),
        tags=tuple(tags),
    )


def anki_sides(col, card_id: int) -> tuple[str, str] | None:
    """Return both sides as Anki makes them, or None where it refuses the template."""
    from anki.errors import AnkiException

    try:
        out = col._backend.render_existing_card(card_id=card_id, browser=False, partial_render=False)
    except AnkiException:
        return None
    return without_hint_ids(flat(out.question_nodes)), without_hint_ids(flat(out.answer_nodes))


@pytest.fixture(scope="module")
def col(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    from anki.collection import Collection

    col = Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    for name, kind in (("standard", 0), ("deletions", 1)):
        notetype = col.models.new(name)
        notetype["type"] = kind
        for field in FIELDS:
            col.models.add_field(notetype, col.models.new_field(field))
        template = col.models.new_template("Card Ä")
        template["qfmt"] = "{{cloze:Front}}" if kind else "{{Front}}"
        template["afmt"] = "{{cloze:Front}}{{Back}}"
        col.models.add_template(notetype, template)
        col.models.add_dict(notetype)
    yield col
    col.close()


def anki_uncommitted(col, note, front: str, back: str, ordinal: int) -> tuple[str, str] | str:
    """Return both sides of a card that is not saved, or the kind of error."""
    from anki.errors import AnkiException, TemplateError
    from anki.notes_pb2 import Note as NoteMessage

    template = note.note_type()["tmpls"][0] | {"qfmt": front, "afmt": back}
    message = NoteMessage(notetype_id=note.mid, fields=note.fields, tags=note.tags, guid="g")
    try:
        out = col._backend.render_uncommitted_card_legacy(
            note=message,
            card_ord=ordinal,
            template=json.dumps(template).encode(),
            fill_empty=False,
            partial_render=False,
        )
    except TemplateError:
        return "template"
    except AnkiException:
        return "other"
    return without_hint_ids(flat(out.question_nodes)), without_hint_ids(flat(out.answer_nodes))


def assert_same_html(
    col, name: str, front: str, back: str, fields: list[str], tags: list[str], ordinal: int
) -> None:
    notetype = col.models.by_name(name)
    note = col.new_note(notetype)
    note.fields, note.tags = fields, tags
    theirs = anki_uncommitted(col, note, front, back, ordinal)
    template = Template(name="Card Ä", front=front, back=back)
    ours = replace(our_note_type(notetype), templates=(template,) * (ordinal + 1))
    card = render_card(ours, our_note(0, 0, fields, tags), ordinal, deck="(Deck)")
    if theirs == "template":
        assert PROBLEM in card.question or PROBLEM in card.answer
    elif theirs == "other":
        assert (ours.kind, card.question) == (NoteTypeKind.CLOZE, "")
    else:
        assert (without_hint_ids(card.question), without_hint_ids(card.answer)) == theirs


@RELAXED
@given(
    name=st.sampled_from(["standard", "deletions"]),
    front=TEMPLATES,
    back=TEMPLATES,
    extra=BLANKS,
    tags=st.sampled_from([[], ["a"], ["b::c", "a"]]),
    ordinal=st.integers(0, 2),
)
def test_invented_templates_give_the_same_html(col, name, front, back, extra, tags, ordinal) -> None:
    fields = ["a {{c1::b::c}} {{c2::d}} <i>{{c1,3::e}}</i> 漢[かん]", extra, extra + "<div>", "{{Back}}"]
    assert_same_html(col, name, front, back, fields, tags, ordinal)


@RELAXED
@given(name=st.sampled_from(["standard", "deletions"]), text=FIELD_TEXTS, ordinal=st.integers(0, 2))
def test_invented_texts_give_the_same_html_through_every_filter(col, name, text, ordinal) -> None:
    fields = [text, text, "filled {{c1::a}}{{c2::b}}{{c3::c}}", ""]
    front = ALL_FILTERS + "{{Extra}}{{#Front}}+{{/Front}}"
    assert_same_html(col, name, front, "{{FrontSide}}" + ALL_FILTERS, fields, [], ordinal)


FRONTS = """\
{{Front}}
{{text:Back}}
a {{#Front}}b{{/Front}} {{Extra}}
{{#Front}}{{Back}}{{/Front}}
{{^Front}}{{Back}}{{/Front}}
{{^Front}}x{{/Front}}{{#Back}}y{{/Back}}{{Héading}}
{{#Tags}}{{Tags}}{{/Tags}}
{{#Tags}}{{Front}}{{/Tags}}
{{^Tags}}{{Front}}{{/Tags}}
{{Tags}}{{#Back}}{{Extra}}{{/Back}}
{{#Deck}}{{#Extra}}{{Back}}{{/Extra}}{{/Deck}}
{{^Card}}{{Front}}{{/Card}}{{hint:Extra}}
{{type:Back}}!
<!-- {{Back}} -->{{Héading}}
{{#Front}}{{^Back}}{{Extra}}{{/Back}}{{/Front}}{{#Back}}{{^Front}}{{Héading}}{{/Front}}{{/Back}}
{{=<% %>=}}<%#Front%><%Extra%><%/Front%>
{{Front}}{{FrontSide}}
{{FrontSide}} {{Back}}
{{unknown:Extra}}
{{#c1}}{{Front}}{{/c1}}{{Héading}}
{{^c1}}{{Back}}{{/c1}}
"""


@pytest.fixture(scope="module")
def many_fronts(col) -> str:
    notetype = col.models.new("many fronts")
    for field in FIELDS:
        col.models.add_field(notetype, col.models.new_field(field))
    for number, front in enumerate(FRONTS.splitlines()):
        template = col.models.new_template(f"Card {number}")
        template["qfmt"], template["afmt"] = front, "{{FrontSide}}"
        col.models.add_template(notetype, template)
    col.models.add_dict(notetype)
    return notetype["name"]


@RELAXED
@given(fields=st.lists(BLANKS, min_size=4, max_size=4), tags=st.sampled_from([[], ["a"]]))
def test_a_note_makes_the_same_cards(col, many_fronts, fields, tags) -> None:
    notetype = col.models.by_name(many_fronts)
    note = col.new_note(notetype)
    note.fields, note.tags = list(fields), tags
    col.add_note(note, 1)
    theirs = sorted(card.ord for card in note.cards())
    assert card_ordinals(our_note_type(notetype), fields, tags=tags, at_least_one=True) == theirs


@RELAXED
@given(fields=st.lists(FIELD_TEXTS.map(lambda t: t.replace("\x1f", "")), min_size=4, max_size=4))
def test_deletions_make_the_same_cards(col, fields) -> None:
    notetype = col.models.by_name("deletions")
    note = col.new_note(notetype)
    note.fields = fields
    col.add_note(note, 1)
    theirs = sorted(card.ord for card in note.cards())
    assert card_ordinals(our_note_type(notetype), fields, at_least_one=True) == theirs


def corpus() -> list[Path]:
    """Return the packages and collections of the corpus; an empty list skips the test."""
    manifest = Path(os.environ.get("MLSD_CORPUS") or SHARED / "corpus" / "decks.json")
    if not manifest.exists():
        return []
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return [manifest.parent / f["file"] for f in files if f["kind"] in ("apkg", "colpkg", "collection file")]


def opened_in_anki(path: Path, folder: Path):
    """Return a collection with the deck file in it, or None where Anki refuses the file."""
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
    from anki.errors import AnkiException

    place = folder / "collection.anki2"
    try:
        if path.suffix == ".anki2":
            shutil.copyfile(path, place)
            return Collection(str(place))
        col = Collection(str(place))
        if path.suffix == ".colpkg" or path.name == "collection.apkg" or path.name.startswith("backup-"):
            backend = col._backend
            col.close()
            media = str(folder / "collection.media")
            backend.import_collection_package(
                col_path=str(place), backup_path=str(path), media_folder=media, media_db=media + ".db2"
            )
            return Collection(str(place), backend=backend)
        options = ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True)
        col.import_anki_package(ImportAnkiPackageRequest(package_path=str(path), options=options))
    except AnkiException:
        return None
    return col


@pytest.mark.parametrize("path", corpus(), ids=lambda p: f"{p.parent.name}-{p.name}")
def test_cards_of_real_decks_have_the_same_html(path: Path, tmp_path: Path) -> None:
    col = opened_in_anki(path, tmp_path)
    if col is None:
        pytest.skip("Anki refuses the file")
    note_types = {notetype["id"]: our_note_type(notetype) for notetype in col.models.all()}
    decks = {deck.id: deck.name for deck in col.decks.all_names_and_ids(include_filtered=True)}
    rows = col.db.all(
        "select c.id, c.ord, c.did, c.odid, c.flags, n.id, n.mid, n.flds, n.tags "
        "from cards c join notes n on n.id = c.nid order by c.id"
    )
    different = []
    for card_id, ordinal, deck_id, home_id, flags, note_id, type_id, fields, tags in rows[
        :: len(rows) // 200 + 1
    ]:
        note = our_note(note_id, type_id, fields.split("\x1f"), tags.split())
        deck = decks.get(home_id or deck_id, "(Deck)")
        card = render_card(note_types[type_id], note, ordinal, deck=deck, flag=flags & 7, card_id=card_id)
        ours = (without_hint_ids(card.question), without_hint_ids(card.answer))
        theirs = anki_sides(col, card_id)
        if theirs is None:
            if PROBLEM not in card.question + card.answer:
                different.append((card_id, "refused", ours))
        elif ours != theirs:
            different.append((card_id, theirs, ours))
    col.close()
    assert different == []
