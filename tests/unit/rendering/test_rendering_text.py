"""The visible text of HTML, search texts, and the names of media."""

import pytest

from mlsd_cards.rendering.text import fold, media_names, rename_media, search_text, strip_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a<b>b</b>c", "abc"),
        ("a<br>b<BR/>c<div>d</div>e", "a b c d e"),
        ("<ul><li>one<li>two</ul>", "one two"),
        ("<table><tr><td>1<td>2</table>", "1 2"),
        ("<brx>a", "a"),
        ("a &lt; b &amp;&amp; c&nbsp;d", "a < b && c d"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a<!-- hidden > -->b", "ab"),
        ("a<!-- never ends", "a<!-- never ends"),
        ("x<style>b{}</style >y<SCRIPT>z</SCRIPT>w", "xyw"),
        ("<style>never ends", "never ends"),
        ("<style>a</style and no end", "a</style and no end"),
        ("<style>a<!--b-->c", "ac"),
        ("<style>a<style>b", "ab"),
        ("hear [sound:a.mp3] it", "hear it"),
        ("[sound:unfinished", "[sound:unfinished"),
        ("[[type:Front]]typed [[type:x", "typed [[type:x"),
        ("say [anki:tts lang=en_US]<b>hi</b>[/anki:tts] end", "say end"),
        ("say [anki:tts lang=en_US]hi", "say [anki:tts lang=en_US]hi"),
        ("[other]", "[other]"),
        ("  two \n lines ", "two lines"),
        ("<unfinished", "<unfinished"),
    ],
)
def test_only_visible_text_is_left(html: str, text: str) -> None:
    assert strip_html(html) == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ABC", "abc"),
        ("Ünïcödé", "unicode"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁx ½", "fix 1⁄2"),
        ("が か", "が か"),
        ("한글 각", "한글 각"),
        ("שָׁלוֹם", "שלום"),
        ("İstanbul", "istanbul"),
        ("Ελλάς", "ελλασ"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_case_and_accents_are_folded_but_letters_of_their_own_stay(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_search_text_joins_folded_fields() -> None:
    assert search_text(["<b>Été</b>", "", "A&amp;B"]) == "ete\x1f\x1fa&b"


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ('<img src="a.png"><img src=b.png><IMG alt="x" SRC=\'c d.png\'>', ["a.png", "b.png", "c d.png"]),
        ('<img src="a&amp;b.png"><img src="x%20y.png">', ["a&b.png", "x y.png"]),
        ('<img alt="a > b" src="c.png">', ["c.png"]),
        ('<img src = "a.png" /><audio src="b.mp3"></audio>', ["a.png", "b.mp3"]),
        ('<video poster="p.jpg"><source src="v.mp4"></video>', ["p.jpg", "v.mp4"]),
        ('<object data="o.svg"></object><embed src="e.svg">', ["o.svg", "e.svg"]),
        ('<img src="http://x/y.png"><img src="//x/y.png"><img src="data:image/png;base64,a">', []),
        ('<img src="a.png?v=2"><img src=""><img src><imgx src="no.png">', ["a.png"]),
        ("[sound:a.mp3] [sound:b&amp;c.mp3] [sound:a.mp3] [sound:", ["a.mp3", "b&c.mp3"]),
        ("[sound: ]", []),
        (
            "a{background:url(x.png)} b{src:URL( 'y.ttf' ) , url(\"z%20.woff\")}",
            ["x.png", "y.ttf", "z .woff"],
        ),
        ("@import '_a.css'; @IMPORT \"_b.css\";", ["_a.css", "_b.css"]),
        ('<p style="background:url(&quot;q.png&quot;)">', ["q.png"]),
        ("url(http://x/y) @import '//x'", []),
        ('<img src="url(inner.png)">', ["url(inner.png)"]),
        ('<img src="never ends', []),
        ("<img title=x", []),
        ("nothing here", []),
    ],
)
def test_media_names(html: str, names: list[str]) -> None:
    assert media_names(html) == names


@pytest.mark.parametrize(
    ("html", "renamed"),
    [
        ('<img src="a.png" alt="a.png">', '<img src="b &amp; c%25.png" alt="a.png">'),
        ("<img src='a.png'>", "<img src='b &amp; c%25.png'>"),
        ("<img src=a.png>", "<img src=b%20%26%20c%25.png>"),
        ("[sound:a.png]", "[sound:b &amp; c%.png]"),
        (
            "url(a.png) url('a.png') @import \"a.png\"",
            "url(b%20%26%20c%25.png) url('b%20%26%20c%25.png') @import \"b%20%26%20c%25.png\"",
        ),
        ("<img src=other.png> a.png", "<img src=other.png> a.png"),
    ],
)
def test_media_are_renamed_where_they_are_used(html: str, renamed: str) -> None:
    assert rename_media(html, {"a.png": "b & c%.png"}) == renamed


def test_renaming_finds_both_spellings_of_an_accent() -> None:
    decomposed = "e\u0301.png"
    assert rename_media(f'<img src="{decomposed}">', {"é.png": "x.png"}) == '<img src="x.png">'
    assert rename_media('<img src="é.png">', {decomposed: "x.png"}) == '<img src="x.png">'


def test_an_apostrophe_in_a_new_name_does_not_end_the_attribute() -> None:
    renamed = rename_media("<img src='a.png'>", {"a.png": "it's.png"})
    assert renamed == "<img src='it&#x27;s.png'>"
    assert media_names(renamed) == ["it's.png"]


def test_renaming_nothing_changes_nothing() -> None:
    assert rename_media('<img src="a.png">', {}) == '<img src="a.png">'
