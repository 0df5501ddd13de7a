"""The finished side, and pictures with hidden parts."""

import pytest

from mlsd_cards.rendering import occlusion
from mlsd_cards.rendering.filters import apply
from mlsd_cards.rendering.page import MAX_FORMULA_HTML, MAX_FORMULAS, MAX_MARKS, css, finish, safe_html

BOX = '<span class="type-box">&nbsp;</span>'


def sound(name: str) -> str:
    return f'<span class="sound" role="button" data-sound="{name}" title="{name}">▶</span>'


@pytest.mark.parametrize(
    ("html", "page"),
    [
        ("plain", "plain"),
        ("[sound:a b.mp3]!", sound("a b.mp3") + "!"),
        ("[sound:a&amp;b.mp3]", sound("a&amp;b.mp3")),
        ('<b title="[sound:a.mp3]">x</b>', '<b title="[sound:a.mp3]">x</b>'),
        (
            "[sound:../x.mp3][sound:|touch x][sound:--x.mp3][sound:http://x/a.mp3][sound:a.m3u][sound:edl://a]",
            "",
        ),
        ("[[type:Front]]", BOX),
        ("<code>[sound:a.mp3] \\(x\\)</code>", "<code>[sound:a.mp3] \\(x\\)</code>"),
        ("<pre>\\(x\\)</pre>", "<pre>\\(x\\)</pre>"),
        ("<style>a{b:'\\(x\\)'}</style>", "<style>a{b:'\\(x\\)'}</style>"),
        ("\\(never ends", "\\(never ends"),
        ("<b>\\(x</b>\\)", "<b>\\(x</b>\\)"),
        (
            "\\(x</b>\\) \\(<b>y</i>\\)",
            '<math display="inline"><mrow><mi>x</mi></mrow></math> \\(<b>y\\)</b>',
        ),
        ("\\(<b>\\(x\\)</b>", '\\(<b><math display="inline"><mrow><mi>x</mi></mrow></math></b>'),
        ("\\(</b><br>x\\)", '<math display="inline"><mrow><mi>x</mi></mrow></math>'),
        ("\\(<img src=a>\\)", '\\(<img src="a">\\)'),
        ("\\(\\bad{&lt;}\\)", '<span class="formula-source">\\(\\bad{&lt;}\\)</span>'),
        ("[$]\\bad[/$]", '<span class="formula-source">[$]\\bad[/$]</span>'),
        ("\\(" + "x" * (MAX_FORMULA_HTML + 1) + "\\)", "\\(" + "x" * (MAX_FORMULA_HTML + 1) + "\\)"),
    ],
)
def test_markers_and_what_stays(html: str, page: str) -> None:
    assert finish(html) == page


@pytest.mark.parametrize(
    ("html", "display"),
    [("\\(x\\)", "inline"), ("\\[x\\]", "block"), ("[$]x[/$]", "inline"), ("[$$]x[/$$]", "block")],
)
def test_formulas_are_drawn(html: str, display: str) -> None:
    math = f'<math display="{display}"><mrow><mi>x</mi></mrow></math>'
    wrapped = f'<span class="math-block">{math}</span>' if display == "block" else math
    assert finish(f"a {html} b") == f"a {wrapped} b"
    assert finish(html.replace("x", "<b>x</b><br>")) == wrapped


def test_latex_parts_are_drawn_or_shown() -> None:
    assert finish("[latex]a $x$[/latex]").startswith('a <math display="inline">')
    hostile = r"[latex]\input{x}\immediate\write18{touch x}[/latex]"
    assert finish(hostile) == f'<span class="formula-source">{hostile}</span>'


def test_formulas_have_an_end() -> None:
    page = finish("\\(x\\) " * (MAX_FORMULAS + 5))
    assert page.count("<math") == MAX_FORMULAS
    assert page.count("\\(x\\)") == 5


def test_a_side_of_nothing_but_marks_is_only_made_safe() -> None:
    marks = "[sound:a.mp3]" * MAX_MARKS
    assert finish(marks).startswith(sound("a.mp3"))
    assert finish(marks + "[") == marks + "["


def test_an_answer_box_shows_what_was_expected() -> None:
    expected = {"Front": "a<b", "cloze:Text": "c"}
    assert finish("[[type:Front]]", expected=expected) == '<span class="type-answer">a&lt;b</span>'
    assert (
        finish("[[type:cloze:Text]][[type:x]]", expected=expected)
        == f'<span class="type-answer">c</span>{BOX}'
    )


def test_code_is_coloured() -> None:
    page = finish(
        '<pre id="x">\n<code class="language-python">def f():<br>    pass # 1 &lt; 2\n</code></pre>'
    )
    assert page.startswith(
        '<div class="highlight"><pre id="x"><code class="language-python"><span class="k">def'
    )
    assert "1 &lt; 2" in page
    assert page.endswith("</code></pre></div>")


@pytest.mark.parametrize(
    "html",
    [
        '<pre><code class="language-klingon">x</code></pre>',
        '<pre><code class="language-python">def <span class="cloze">f</span>(): pass</code></pre>',
        '<pre><code class="language-python">x</code>y</pre>',
        "<pre><code>x</code></pre>",
    ],
)
def test_other_code_stays_plain(html: str) -> None:
    assert finish(html) == html


def test_spoken_text_becomes_a_marker() -> None:
    page = finish("a [anki:tts lang=en_US voices=X]<b>say</b> &lt;this&gt;[/anki:tts] b")
    marker = '<span class="tts" role="button" data-language="en_US" data-text="say &lt;this&gt;">▶</span>'
    assert page == f"a {marker} b"
    assert finish("[anki:tts lang=en_US] [/anki:tts]x") == "x"
    assert 'data-language=""' in finish("[anki:tts lang=$(touch x)]a[/anki:tts]")
    assert finish("[anki:tts lang=en_US]never ends") == "[anki:tts lang=en_US]never ends"
    assert len(finish("[anki:tts lang=en_US]" + "x" * 9999 + "[/anki:tts]")) < 2200


def test_a_hint_opens_without_a_script() -> None:
    hint = apply(("hint",), "a<div>b</div>", "More info", str, str)
    page = finish(hint + "<div>after</div>")
    assert '<details class="hint"><summary>More info</summary><div id="hint' in page
    assert 'style="display:block">a<div>b</div></div></details>' in page
    assert page.endswith("<div>after</div>")
    assert "onclick" not in page


def test_hidden_parts_with_something_in_them_open_by_a_click() -> None:
    inside = '<div style="display:block">x<div>y</div></div>'
    folded = f'<details class="hint"><summary>More</summary>{inside}</details>'
    assert finish(inside.replace("display:block", "display: none")) == folded
    assert "<details" in finish('<div style="display:none"><img src="a.png"></div>')
    for hidden in ('<div style="display: none"></div>', '<div style="display: none"><div>x</div></div>'):
        assert finish(hidden.replace("x", "")) == hidden.replace("x", "")


def test_finishing_what_is_safe_already_makes_the_same_page() -> None:
    html = '<script>x</script>\\(x\\) [sound:a.mp3] <div style="display:none">y</div>'
    html += '<pre><code class="language-sql">a</code></pre>'
    assert finish(safe_html(html)) == finish(html)


SHAPES = (
    '<div class="cloze" data-ordinal="1" data-shape="rect" data-left=".1" data-top="0.2" data-width=".3"'
    ' data-height=".4" data-angle="5" data-fill="#abc" data-occludeInactive="1"></div>'
    '<div class="cloze-inactive" data-ordinal="2" data-shape="ellipse" data-rx=".1" data-ry="bad"'
    ' data-occludeInactive="1"></div>'
    '<div class="cloze-inactive" data-ordinal="2" data-shape="rect" data-left=".1"></div>'
    '<div class="cloze-highlight" data-ordinal="3" data-shape="polygon" data-points="0,0 1,x .5,.5 b"></div>'
    '<div class="cloze" data-ordinal="0" data-shape="text" data-text="a&lt;b" data-left="1e9"></div>'
)


def test_hidden_parts_of_a_picture_are_drawn_over_it() -> None:
    container = '<div id="image-occlusion-container"><img src="a.png"><canvas></canvas></div>'
    page = finish(f'<div style="display: none">{SHAPES}</div>{container}')
    start = page.index('<span class="occlusion"><img src="a.png">')
    drawn = page[start:]
    place = "left:10%;top:20%;width:30%;height:40%;transform:rotate(5deg);background:#abc"
    assert f'<span class="active" style="{place}"></span>' in drawn
    assert '<span class="other" style="left:0%;top:0%;border-radius:50%;width:20%"></span>' in drawn
    assert '<polygon points="0,0 100,0 50,50"></polygon>' in drawn
    assert '<span class="label" style="left:0%;top:0%">a&lt;b</span>' in drawn
    assert drawn.count("<span") == 4


def test_without_a_picture_nothing_is_drawn() -> None:
    html = f'<div id="image-occlusion-container"></div>{SHAPES}'
    assert occlusion.draw(html) == html
    assert occlusion.draw(SHAPES) == SHAPES


def test_no_more_shapes_are_drawn_than_anyone_needs() -> None:
    shape = '<div class="cloze" data-shape="rect"></div>'
    html = '<div id="image-occlusion-container"><img src="a"></div>' + shape * (occlusion.MAX_SHAPES + 10)
    assert occlusion.draw(html).count('<span class="active"') == occlusion.MAX_SHAPES


def test_the_style_sheet_is_whole() -> None:
    assert css().count("{") == css().count("}")
    assert "url(" not in css()
