"""The card view shows what a card may show, and nothing that a hostile card tries has an effect."""

import importlib.util
import json
import os
import re
import shutil
import socket
from html import escape
from pathlib import Path

import pytest
from helpers.shared import hostile_index, make_hostile_py
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWebEngineCore import QWebEngineScript
from PySide6.QtWidgets import QApplication

from mlsd_cards.ui.card_view import CardView, engine_problem, open_media
from mlsd_cards.ui.theme import DARK, LIGHT, Theme

SETTLE_MS = 700


class Shown:
    """A card view in a window, and questions to its page."""

    def __init__(self, qtbot, media: Path, theme: Theme | None = None):
        self.qtbot = qtbot
        self.theme = theme or Theme("light")
        self.view = CardView(media, self.theme)
        self.view.resize(800, 600)
        self.view.show()
        qtbot.waitUntil(lambda: self.view.is_ready, timeout=20_000)

    def ask(self, code: str):
        """Return what `code` gives in the program's own script world."""
        answers = []
        self.view.page().runJavaScript(
            code, QWebEngineScript.ScriptWorldId.ApplicationWorld.value, answers.append
        )
        self.qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
        return answers[0]

    def in_card(self, code: str):
        """Return what `code` gives, where `body` is the card's own body."""
        body = "document.getElementById('card').shadowRoot.querySelector('body')"
        return self.ask(f"(() => {{ const body = {body}; {code} }})()")

    def text(self) -> str:
        return self.in_card("return body.innerText")

    def click(self, selector: str) -> None:
        """Click with the mouse on an element of the card."""
        place = self.in_card(
            f"const b = body.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2].join(' ')"
        )
        x, y = (round(float(v)) for v in place.split())
        self.qtbot.mouseClick(self.view.focusProxy(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


@pytest.fixture
def shown(qtbot, media):
    return Shown(qtbot, media)


def picture(path: Path, color: str = "red") -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    assert image.save(str(path))


# -- what a card may do ------------------------------------------------------------------------------


def test_text_style_and_the_own_picture_show(shown, media):
    picture(media / "own.png")
    shown.view.show_side(
        '<b>ALIVE</b><img src="own.png">', ".card { color: rgb(1, 2, 3); font-size: 31px }", 0
    )
    shown.qtbot.waitUntil(lambda: shown.in_card("return body.querySelector('img').naturalWidth") == 8)
    assert shown.text().strip() == "ALIVE"
    assert shown.in_card("return getComputedStyle(body).color") == "rgb(1, 2, 3)"
    assert shown.in_card("return getComputedStyle(body.querySelector('b')).fontSize") == "31px"


def test_the_classes_that_decks_style_by(qtbot, media):
    shown = Shown(qtbot, media, Theme("dark"))
    css = (
        ".nightMode .x { color: rgb(229, 228, 227) } .card3 i { font-size: 40px } "
        ".night_mode.card { border: 3px solid red }"
    )
    shown.view.show_side('<span class="x">x</span><i>i</i>', css, 2)
    assert shown.in_card("return body.className").split() == ["card", "card3", "nightMode", "night_mode"]
    assert shown.in_card("return getComputedStyle(body.querySelector('.x')).color") == "rgb(229, 228, 227)"
    assert shown.in_card("return getComputedStyle(body.querySelector('i')).fontSize") == "40px"
    assert shown.in_card("return getComputedStyle(body).borderTopWidth") == "3px"


def test_a_deck_made_for_white_paper_can_be_read_in_the_dark(qtbot, media):
    shown = Shown(qtbot, media, Theme("dark"))
    shown.view.show_side("text", ".card { color: black; background-color: white }", 0)
    assert QColor(DARK.ink).name() == _hex(shown.in_card("return getComputedStyle(body).color"))
    assert QColor(DARK.bg).name() == _hex(shown.in_card("return getComputedStyle(body).backgroundColor"))


def test_the_scheme_changes_under_the_card(shown):
    shown.view.show_side("text", "", 0)
    assert _hex(shown.in_card("return getComputedStyle(body).color")) == QColor(LIGHT.ink).name()
    shown.theme.choose("dark")
    assert _hex(shown.in_card("return getComputedStyle(body).color")) == QColor(DARK.ink).name()
    assert "nightMode" in shown.in_card("return body.className")


def test_one_card_leaves_no_style_and_no_text_to_the_next(shown):
    shown.view.show_side(
        "first", "b { color: rgb(1, 1, 1) } html { font-size: 99px } :root { --own: 5px }", 0
    )
    assert shown.in_card("return getComputedStyle(body).getPropertyValue('--own')") == "5px"
    shown.view.show_side("<b>second</b>", "", 1)
    assert shown.text().strip() == "second"
    assert shown.in_card("return getComputedStyle(body.querySelector('b')).color") != "rgb(1, 1, 1)"
    assert shown.in_card("return getComputedStyle(body).getPropertyValue('--own')") == ""
    assert shown.ask("getComputedStyle(document.documentElement).fontSize") == "16px"
    assert shown.in_card("return body.className") == "card card2"


def test_css_never_leaves_the_card(shown):
    breaking = (
        "} } html, body, #card { display: none !important } .card { color: rgb(5, 5, 5) } </style><b>x</b>"
    )
    shown.view.show_side("text", breaking, 0)
    assert shown.ask("getComputedStyle(document.body).display") == "block"
    assert shown.ask("getComputedStyle(document.getElementById('card')).display") == "block"
    shown.view.show_side("after", "", 0)
    assert shown.text().strip() == "after"


def test_an_answer_keeps_its_place_and_a_question_starts_at_the_top(shown):
    lines = "".join(f"<p>line {n}</p>" for n in range(200))
    shown.view.show_side(lines, "", 0)
    shown.view.scroll_pages(1)
    shown.qtbot.waitUntil(lambda: shown.ask("scrollY") > 100)
    before = shown.ask("scrollY")
    shown.view.show_side(lines + "<hr>", "", 0, answer=True)
    assert shown.ask("scrollY") == before
    shown.view.show_side(lines, "", 0)
    assert shown.ask("scrollY") == 0


def test_the_answer_of_a_long_question_is_brought_into_view(shown):
    lines = "".join(f"<p>line {n}</p>" for n in range(200))
    shown.view.show_side(lines + "<hr id=answer><p>end</p>", "", 0, answer=True)
    assert shown.in_card("return body.querySelector('#answer').getBoundingClientRect().top") < 600


def test_fonts_of_a_deck_are_known_to_its_card_only(shown, media):
    css = "@font-face { font-family: own; src: url(own.woff2) } .card { font-family: own }"
    shown.view.show_side("x", css, 0)
    assert shown.ask("[...document.fonts].map((f) => f.family).join()") == "own"
    shown.view.show_side("x", "", 0)
    assert shown.ask("document.fonts.size") == 0


def test_what_is_shown_before_the_page_stands_is_shown_when_it_does(qtbot, media):
    view = CardView(media, Theme("light"))
    view.show_side("early", "", 0)
    with qtbot.waitSignal(view.ready, timeout=20_000):
        view.show()
    answers = []
    view.page().toPlainText(answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    code = "document.getElementById('card').shadowRoot.textContent"
    view.page().runJavaScript(code, QWebEngineScript.ScriptWorldId.ApplicationWorld.value, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers[1] == "early"


def test_signs_that_could_end_a_string_arrive_as_they_are(shown):
    text = "a\u2028b\u2029c \" ' \\ ` ${x} </script> \\u003c"
    shown.view.show_side(f"<pre>{escape(text)}</pre>", "", 0)
    assert shown.in_card("return body.querySelector('pre').textContent") == text


# -- links and sounds --------------------------------------------------------------------------------


def test_a_web_link_is_offered_whole_and_nothing_moves(shown):
    shown.view.show_side('<a target=_blank href="https://example.org/a?b=1&amp;c=%20#d">there</a>', "", 0)
    with shown.qtbot.waitSignal(shown.view.link_clicked, timeout=5000) as caught:
        shown.click("a")
    assert caught.args[0] == QUrl("https://example.org/a?b=1&c=%20#d")
    assert shown.view.url().toString() == "card://deck/"


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "vscode://x", "card://deck/x"],
)
def test_no_other_address_is_offered(shown, address):
    shown.view.show_side(f'<a href="{address}">there</a><a id=web href="http://example.org/">web</a>', "", 0)
    offered = []
    shown.view.link_clicked.connect(offered.append)
    shown.click("a")
    with shown.qtbot.waitSignal(shown.view.link_clicked, timeout=5000):
        shown.click("#web")
    assert [url.toString() for url in offered] == ["http://example.org/"]


@pytest.mark.parametrize("name", ["a.mp3", "a b&c#d?.mp3", "ä%20ö.mp3"])
def test_a_click_on_a_sound_asks_for_it(shown, name):
    shown.view.show_side(f'<span class="sound" data-sound="{escape(name)}">▶</span>', "", 0)
    with shown.qtbot.waitSignal(shown.view.sound_clicked, timeout=5000) as caught:
        shown.click(".sound")
    assert caught.args == [name]
    assert shown.view.url().toString() == "card://deck/"


# -- what may be served ------------------------------------------------------------------------------


def test_media_are_plain_files_of_the_folder_with_a_known_ending(media, tmp_path):
    (media / "ok.png").write_bytes(b"x")
    (media / "äöü.JPG").write_bytes(b"x")
    (media / "page.html").write_bytes(b"x")
    (media / "code.js").write_bytes(b"x")
    (media / ".hidden.png").write_bytes(b"x")
    (media / "sub").mkdir()
    (media / "sub" / "in.png").write_bytes(b"x")
    (media / "folder.png").mkdir()
    (tmp_path / "outside.png").write_bytes(b"secret")
    (media / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(media / "pipe.png")
    for good, kind in (("ok.png", "image/png"), ("äöü.JPG", "image/jpeg")):
        found = open_media(media, good)
        assert found is not None
        assert found[1] == kind
        found[0].close()
    bad = ["", ".", "..", "none.png", "page.html", "code.js", ".hidden.png", "sub/in.png", "../outside.png"]
    bad += ["folder.png", "link.png", "pipe.png", "a\x00.png", "sub\\in.png", "c:ok.png", "ok.png\u202egnp"]
    bad.append(str(tmp_path / "outside.png"))
    assert [name for name in bad if open_media(media, name) is not None] == []


def test_the_policy_is_in_force(shown, media):
    """Only the policy stands against a style sheet of the deck's own folder."""
    picture(media / "own.png")
    (media / "own.css").write_text("b { color: rgb(1, 2, 3) }")
    body = '<link rel=stylesheet href="own.css"><b>b</b><img src="own.png">'
    shown.view.show_side(body, "", 0)
    shown.qtbot.waitUntil(lambda: shown.in_card("return body.querySelector('img').naturalWidth") == 8)
    assert shown.in_card("return getComputedStyle(body.querySelector('b')).color") != "rgb(1, 2, 3)"
    shown.view.show_side("<style>b { color: rgb(1, 2, 3) }</style><b>b</b>", "", 0)
    assert shown.in_card("return getComputedStyle(body.querySelector('b')).color") == "rgb(1, 2, 3)"


def test_page_scripts_are_off_and_nothing_is_stored(shown):
    settings = shown.view.settings()
    on = {name.name for name in type(settings).WebAttribute if settings.testAttribute(name)}
    off = "JavascriptEnabled JavascriptCanOpenWindows JavascriptCanAccessClipboard LocalStorageEnabled"
    off += " PluginsEnabled ErrorPageEnabled LocalContentCanAccessRemoteUrls LocalContentCanAccessFileUrls"
    off += " DnsPrefetchEnabled NavigateOnDropEnabled HyperlinkAuditingEnabled FullScreenSupportEnabled"
    assert on.isdisjoint([*off.split(), "ScreenCaptureEnabled"])
    profile = shown.view.page().profile()
    assert profile.isOffTheRecord()
    assert not Path(profile.persistentStoragePath()).exists()
    assert profile.httpCacheType() == profile.HttpCacheType.NoCache
    flags = os.environ["QTWEBENGINE_CHROMIUM_FLAGS"]
    assert "MAP * ~NOTFOUND" in flags
    assert "disable_non_proxied_udp" in flags
    assert "no-sandbox" not in flags


def test_root_without_leave_is_told_and_not_crashed(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.delenv("QTWEBENGINE_DISABLE_SANDBOX", raising=False)
    assert "ordinary user" in engine_problem()
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert engine_problem() == ""


# -- hostile cards -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    """Return a folder of hostile cases: the one `MLSD_HOSTILE` points into, or a new one."""
    return hostile_index(tmp_path_factory.mktemp("hostile")).parent


def observer():
    """Return the module that watches for effects; it lies beside the program that makes the cases."""
    path = make_hostile_py().with_name("observe_html.py")
    if not path.exists():
        pytest.skip("no observer beside the hostile cases")
    spec = importlib.util.spec_from_file_location("observe_html", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_hostile_cards_have_no_effect_even_where_nothing_was_cleaned(qtbot, cases, media):
    """The raw text goes straight into the view: each layer must hold without the one before it."""
    watch = observer().Watch(cases)
    for case in watch.cases:
        folder = cases / (case["html"][:-5] + ".media")
        if folder.is_dir():
            shutil.copytree(folder, media, dirs_exist_ok=True)
    picture(media / "own.png")
    shown = Shown(qtbot, media)
    clicked = []
    shown.view.link_clicked.connect(clicked.append)
    effects: dict[str, list[str]] = {}
    children = _children()
    with watch:
        shown.view.show_side('<b>ALIVE</b><img src="own.png">', "", 0)  # a blank view would be quiet too
        qtbot.waitUntil(lambda: shown.in_card("return body.querySelector('img').naturalWidth") == 8)
        for case in watch.cases:
            body = (cases / case["html"]).read_text(encoding="utf-8", errors="replace")
            body = re.sub(r"\[sound:[^\]]*\]", lambda m: escape(m.group()), body)
            watch.reset()
            shown.view.show_side(body, "", 0)
            qtbot.wait(SETTLE_MS)
            if "id=click" in body:
                target = shown.view.focusProxy()
                qtbot.keyClick(target, Qt.Key.Key_Tab)
                qtbot.keyClick(target, Qt.Key.Key_Return)
                shown.click("#click")
                qtbot.wait(SETTLE_MS)
            found = watch.violations(shown.view.title(), shown.view.page().title() + shown.text())
            if shown.view.url() != QUrl("card://deck/") or not shown.view.is_ready:
                found.append(f"navigation: {shown.view.url().toString()}")
            if new := _children() - children:
                found.append(f"process: {new}")
            if found:
                effects[case["id"]] = found
    assert effects == {}
    assert len(watch.cases) >= 20
    assert all(url.scheme() in ("http", "https") for url in clicked)
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not shown.view] == []


def test_the_watch_itself_sees_a_request(cases):
    watch = observer().Watch(cases)
    with watch, socket.create_connection(("127.0.0.1", watch.port), timeout=5) as caller:
        caller.sendall(b"GET /hit/test HTTP/1.1\r\n\r\n")
        assert caller.recv(100)
    assert watch.violations()


def _children() -> set[str]:
    """Return the names of the programs that this process has started, the browser's own aside."""
    names = set()
    for entry in Path("/proc").glob("[0-9]*/stat") if Path("/proc").is_dir() else []:
        try:
            text = entry.read_text()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        if rest[1] == str(os.getpid()) and not name.startswith("QtWebEngine"):
            names.add(name)
    return names


def _hex(rgb: str) -> str:
    red, green, blue = (int(part) for part in re.findall(r"\d+", rgb)[:3])
    return QColor(red, green, blue).name()


def test_a_click_on_a_picture_enlarges_it_and_the_next_card_puts_it_back(shown, media):
    picture(media / "small.png")
    shown.view.show_side('<p>BEFORE</p><img src="small.png">', "", 0)
    shown.qtbot.waitUntil(lambda: shown.in_card("return body.querySelector('img')?.naturalWidth") == 8)
    large = "document.querySelector('#enlarged img')?.getBoundingClientRect().width ?? 0"
    assert shown.ask(large) == 0
    shown.click("img")
    shown.qtbot.waitUntil(lambda: shown.ask(large) > 500)
    centre = QPoint(shown.view.width() // 2, shown.view.height() // 2)
    shown.qtbot.mouseClick(shown.view.focusProxy(), Qt.MouseButton.LeftButton, pos=centre)
    shown.qtbot.waitUntil(lambda: shown.ask(large) == 0)
    shown.click("img")
    shown.qtbot.waitUntil(lambda: shown.ask(large) > 500)
    shown.view.show_side("<p>NEXT</p>", "", 0)
    shown.qtbot.waitUntil(lambda: shown.ask(large) == 0 and "NEXT" in shown.text())
