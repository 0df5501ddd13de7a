"""HTML of strangers: what stays, what goes, and the hostile cases."""

import json
from html import unescape
from html.parser import HTMLParser

import pytest
from helpers.shared import hostile_index

from mlsd_cards.rendering.css import sanitize_css
from mlsd_cards.rendering.page import finish, safe_html
from mlsd_cards.rendering.sanitize import find_scripts, remote_references, sanitize

FORBIDDEN_TAGS = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "meta",
    "link",
    "base",
    "frame",
    "applet",
}
LOADING = {"src", "poster", "srcset", "data", "background", "action", "ping", "formaction"}


class Checker(HTMLParser):
    """Collects what a finished side must not contain."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN_TAGS or tag.startswith("animate") or tag == "set":
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or (
                name in LOADING and ("/" in text and not text.startswith("data:image/"))
            ):
                self.found.append(f"{name}={text}")
            if name in ("href", "xlink:href") and not text.startswith(("#", "http://", "https://")):
                self.found.append(f"{name}={text}")
            if name == "style" and "//" in text:
                self.found.append(f"style={text}")


def faults(html: str) -> list[str]:
    checker = Checker()
    checker.feed(html)
    return checker.found


@pytest.mark.parametrize(
    "html",
    [
        "text",
        "a &lt; b",
        '<div class="a b" id="c" style="color:red">x</div>',
        '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        "<ruby><rb>漢</rb><rt>かん</rt></ruby>",
        '<img src="a b.png" alt="x" width="10">',
        '<audio src="a.mp3" controls=""></audio>',
        '<video src="a.mp4" poster="p.jpg" controls=""></video>',
        '<img src="data:image/png;base64,AA==">',
        '<span class="cloze" data-cloze="a&gt;b" data-ordinal="1">[...]</span>',
        '<a href="https://example.org/a?b=c" rel="noopener noreferrer">x</a>',
        '<a href="#top" rel="noopener noreferrer">x</a>',
        '<svg viewBox="0 0 1 1"><linearGradient id="g"></linearGradient></svg>',
        '<svg><path d="M0 0" fill="url(&quot;#g&quot;)"></path></svg>',
        "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
        '<details open=""><summary>x</summary>y</details>',
        "<style>.card{color:red}</style>",
        "[sound:a.mp3] [[type:Front]] \\(x\\)",
    ],
)
def test_harmless_html_stays_as_it_is(html: str) -> None:
    assert sanitize(html) == html
    assert safe_html(html) == html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ('<img src=x onerror="alert(1)">', '<img src="x">'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="file.pdf" target=_blank ping=x download>x</a>', '<a rel="noopener noreferrer">x</a>'),
        (
            '<img src="http://x/y"><img src="//x"><img src="../x"><img src="file:///x">',
            "<img><img><img><img>",
        ),
        ('<img srcset="http://x 1x" src=a.png>', '<img src="a.png">'),
        (
            '<img src="a.png?v=1"><img src="a#b.png"><img src="a%23b.png">',
            '<img src="a.png"><img src="a%23b.png"><img src="a%23b.png">',
        ),
        ('<img src="data:text/html,x">', "<img>"),
        (
            '<svg><image href="http://x"/><image href="a.png"/><use href="http://x#y"/></svg>',
            '<svg><image></image><image href="a.png"></image><use></use></svg>',
        ),
        (
            '<svg><rect fill="url(http://x)" mask="url(#m)"/></svg>',
            '<svg><rect fill="none" mask="url(&quot;#m&quot;)"></rect></svg>',
        ),
        (
            "<svg><style>a{b:url(http://x)} c>d{} &lt;/style></style></svg>",
            "<svg><style>a{b:none} c>d{} < /style></style></svg>",
        ),
        ('<p style="background:url(http://x);color:red">y</p>', '<p style="background:none;color:red">y</p>'),
        ('<p style="/*">y</p>', '<p style="/**/">y</p>'),
        ('<p style="">y</p>', "<p>y</p>"),
        ("<style>@import '//x';a{}</style>", "<style>a{}</style>"),
        ("<form action=x>a<button onclick=y>b</button><input value=c></form>", "ab"),
        ("<iframe src=x>y</iframe><object data=x>fallback</object><embed src=x>", "fallback"),
        ("<base href=x><meta http-equiv=refresh content=0><link rel=stylesheet href=x>y", "y"),
        ("<select><option>a</select><textarea>b</textarea>", "ab"),
        ("<!-- comment -->x", "x"),
        ("<b>unclosed", "<b>unclosed</b>"),
    ],
)
def test_what_runs_or_loads_goes(html: str, clean: str) -> None:
    assert sanitize(html) == clean


def test_signs_of_markup_inside_attributes_are_written_as_entities() -> None:
    # The passes after the sanitizer find tags by their angle brackets and rely on this.
    assert sanitize('<b title="a&lt;b>c">x</b>') == '<b title="a&lt;b&gt;c">x</b>'


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 100_000 + "x",
        "<x>" * 100_000 + "x",
        "<p>" + "".join(f"<b id={i}>" for i in range(3000)) + "</p>" + "<p>x</p>" * 3000,
        "<table><tr><td>" * 50_000 + "x",
        "<div></b>" * 50_000 + "x",
        "&amp;" * 100_001 + "x",
        "<b><div>" * 20_000 + "</b>" * 20_000 + "x",
    ],
)
def test_markup_that_would_choke_a_parser_becomes_text(bomb: str) -> None:
    assert sanitize(bomb).count("<") == 0
    assert sanitize(bomb).endswith("x")


def test_long_ordinary_markup_is_not_taken_for_a_bomb() -> None:
    rows = "<tr><td><b>a</b> <font color='red'>b</font><td>c<br></tr>" * 5000
    assert sanitize(f"<div><table>{rows}</table></div>").count("<tr>") == 5000
    assert sanitize("<ul>" + "<li>x" * 5000 + "</ul>").count("<li>") == 5000


def test_scripts_are_counted() -> None:
    assert find_scripts("<b>none</b> onclick=1 javascript:") == 0
    assert find_scripts("<script>a</script><SCRIPT src=b></SCRIPT>") == 2
    assert find_scripts('<img src=x onerror=a><a href="javascript:b">c</a>') == 2
    assert find_scripts("<a href='&#106;avascript:b'>c</a><iframe></iframe><svg/onload=x>") == 3
    assert find_scripts("<a title=x><b>") == 0
    assert find_scripts("<unfinished onclick=") == 0


def test_remote_references_are_counted() -> None:
    assert remote_references('<a href="http://x">y</a> http://z <img src="a.png">') == 0
    assert remote_references('<img src="http://x"><img src=//y><link href="https://z">') == 3
    assert remote_references("a{b:url(http://x)} @import 'https://y';") == 2
    assert remote_references("<img src='&#104;ttp:&#47;/x'>") == 1
    assert remote_references("<img src='a.png'>") == 0


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Return the HTML cases, each with the text of its page under `page`."""
    index = hostile_index(tmp_path_factory.mktemp("hostile"))
    folder = index.parent
    cases = [c for c in json.loads(index.read_text(encoding="utf-8"))["cases"] if c["class"] == "html"]
    pages = [(folder / "html" / f"{case['id']}.html") for case in cases]
    return [{"id": page.stem, "page": page.read_text(encoding="utf-8")} for page in pages if page.exists()]


def test_hostile_pages_are_disarmed(hostile: list[dict[str, str]]) -> None:
    assert len(hostile) > 20
    for make in (sanitize, finish):
        left = {case["id"]: found for case in hostile if (found := faults(make(case["page"])))}
        assert left == {}


def test_hostile_style_sheets_are_disarmed(hostile: list[dict[str, str]]) -> None:
    for case in hostile:
        assert "//" not in unescape(
            sanitize_css(case["page"].partition("<style>")[2].partition("</style>")[0])
        )
