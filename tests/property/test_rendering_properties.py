"""Rendering holds for any text: nothing raises, nothing hostile is left, twice is the same as once."""

import re
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.rendering.cloze import numbers_in
from mlsd_cards.rendering.css import sanitize_css
from mlsd_cards.rendering.formulas import latex_text, math
from mlsd_cards.rendering.page import finish
from mlsd_cards.rendering.sanitize import find_scripts, remote_references, sanitize
from mlsd_cards.rendering.template import MAX_SIDE, card_ordinals, render_card
from mlsd_cards.rendering.text import fold, media_names, rename_media, search_text, strip_html

MODEST = settings(max_examples=100, deadline=None)
WORDS = """
<b> </b> <div> </div> <p> <table> <td> <svg> </svg> <math> <mtext> <mglyph> <style> </style> <script>
</script> <img src= onerror=alert(1) <a href= javascript:alert(1) > < " ' &lt; &#106; &colon; <!-- --> ]]>
<![CDATA[ <title> </title> <textarea> <noscript> </noscript> <iframe> <template> <foreignObject>
<annotation-xml> <form> <select> <option> style="background:url( //evil http://evil ) url( @import ; } {
\\\\ /* */ \\( \\) \\[ \\] [$] [/$] [latex] [/latex] [sound: ] a.mp3 [[type: ]] [anki:tts [/anki:tts]
lang=en_US] <pre> </pre> <code class="language-python"> </code> {{c1:: }} {{ {{#Front}} {{/Front}}
{{Front}} {{text:Front}} class="hint" <div id="hint class=hint style="display:none"> <div class="cloze"
data-shape="rect" \\frac \\sqrt ^ _ & x é 漢 \\begin{matrix} \\end{matrix} $ url(data:text/html, image-set(
\\75rl( %2e%2e%2f ../ # ?
"""
MARKUP = st.sampled_from(WORDS.split())
TEXTS = st.lists(MARKUP | st.text(max_size=4) | st.just(" "), max_size=20).map("".join)
NAMES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "meta",
            "link",
            "base",
            "template",
            "mglyph",
        ):
            self.bad.append(tag)
        for name, value in attrs:
            text = value or ""
            if name.startswith("on") or (name in ("src", "poster", "srcset") and re.search(r"[/:\\]", text)):
                self.bad.append(f"{name}={text}")
            if name == "href" and not text.startswith(("#", "http://", "https://")):
                self.bad.append(f"{name}={text}")


def bad_parts(html: str) -> list[str]:
    parser = Tags()
    parser.feed(html)
    return parser.bad


@MODEST
@given(TEXTS)
def test_nothing_hostile_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    clean = sanitize(text)
    assert bad_parts(clean) == []
    assert sanitize(clean) == clean
    page = finish(text)
    assert bad_parts(page) == []


@MODEST
@given(TEXTS)
def test_safe_html_makes_the_same_page_unless_it_is_to_be_spoken(text: str) -> None:
    text = text.replace("[anki:tts", "")
    assert finish(sanitize(text)) == finish(text)


@MODEST
@given(TEXTS)
def test_css_loads_nothing_and_a_second_time_changes_nothing(text: str) -> None:
    clean = sanitize_css(text)
    assert sanitize_css(clean) == clean
    assert not re.search(r"</[a-z]", clean)
    for address in re.findall(r'url\("([^"]*)"', clean):
        assert address.startswith(("#", "data:image/")) or not re.search(
            r"[/:\\]", address.replace("\\22 ", "")
        )


@MODEST
@given(TEXTS)
@example("ΐ")
@example("ǅ ﬀ ſ İ")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper().lower()) == fold(text.lower().upper().lower())


@MODEST
@given(st.lists(TEXTS, max_size=3))
def test_search_texts_are_folded_lines(fields: list[str]) -> None:
    text = search_text(fields)
    assert text == "\x1f".join([fold(strip_html(field)) for field in fields])
    assert "\n" not in text


@MODEST
@given(TEXTS, NAMES, NAMES)
def test_renaming_replaces_the_name_and_nothing_else(text: str, old: str, new: str) -> None:
    names = media_names(text)
    assert rename_media(text, {"no such name": new}) == text or "no such name" in names
    if old not in names:
        assert rename_media(text, {old: new, "another": "x"}) is not None


@MODEST
@given(st.sampled_from(['<img src="%s">', "<img src='%s'>", '<audio src="%s">', "[sound:%s]"]), NAMES, NAMES)
def test_a_renamed_file_is_found_under_its_new_name(form: str, old: str, new: str) -> None:
    plain = re.compile(r"[\"'&<>\[\]%?:/\\#]")
    old, new = plain.sub("_", old), plain.sub("_", new)
    html = form % old
    assert media_names(html) == [old]
    assert media_names(rename_media(html, {old: new})) == [new]


@MODEST
@given(
    front=TEXTS,
    back=TEXTS,
    fields=st.lists(TEXTS, max_size=3),
    cloze=st.booleans(),
    ordinal=st.integers(-1, 600),
)
def test_any_template_and_note_make_a_card(
    front: str, back: str, fields: list[str], cloze: bool, ordinal: int
) -> None:
    note_type = NoteType(
        id=NoteTypeId(1),
        name="t",
        kind=NoteTypeKind.CLOZE if cloze else NoteTypeKind.STANDARD,
        fields=(Field(name="Front"), Field(name="Back")),
        templates=(Template(name="c", front=front, back=back),),
    )
    note = Note(id=NoteId(1), guid="g", note_type_id=NoteTypeId(1), fields=tuple(fields))
    card = render_card(note_type, note, ordinal)
    assert max(len(card.question), len(card.answer)) <= MAX_SIDE + 1000
    ordinals = card_ordinals(note_type, fields)
    assert ordinals == sorted(set(ordinals))
    assert all(0 <= number < 500 for number in ordinals)
    if cloze:
        assert len(ordinals) == len({min(n, 500) for n in numbers_in(fields)})


@MODEST
@given(TEXTS, st.booleans())
def test_a_formula_is_mathml_of_its_own_or_nothing(text: str, display: bool) -> None:
    for made in (math(text, display), latex_text(text)):
        if made is not None:
            assert bad_parts(made) == []
            assert not re.search(r"<[^>]*(?:url\(|href)", made)


@MODEST
@given(TEXTS)
def test_counting_scripts_and_addresses_never_fails(text: str) -> None:
    assert find_scripts(text) >= 0
    assert remote_references(text) >= 0
    assert find_scripts("<script>" + text) == find_scripts(text) + 1
