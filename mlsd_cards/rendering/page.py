"""The finished side of a card: safe HTML with formulas, coloured code, sound markers and answer boxes.

Order matters: strangers' HTML is made safe first, and what is added afterwards is our own.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape

from mlsd_cards.rendering import code, formulas, occlusion
from mlsd_cards.rendering.addresses import is_playable
from mlsd_cards.rendering.filters import strip_tags
from mlsd_cards.rendering.macros import Macros
from mlsd_cards.rendering.sanitize import sanitize
from mlsd_cards.rendering.text import strip_html

MAX_FORMULAS = 500  # of one side; further ones stay as they are written
MAX_FORMULA_HTML = 20_000  # signs between two delimiters, tags included
MAX_LOOK_AHEAD = 4000  # signs of a hidden part that are looked at
MAX_MARKS = 200_000  # tags and brackets of a side; one with more is only made safe
MAX_SPEECH = 2000  # signs of text to be spoken

# Fonts whose signs can grow; without one, brackets stay small.
_MATH_FONTS = (
    '"STIX Two Math","Cambria Math","Latin Modern Math","TeX Gyre DejaVu Math","DejaVu Math TeX Gyre",'
    '"Libertinus Math","Noto Sans Math",math'
)
_ENDS = {"\\(": "\\)", "\\[": "\\]", "[$$]": "[/$$]", "[$]": "[/$]", "[latex]": "[/latex]"}
_PART = re.compile(
    r"(?P<sheet><style[^<>]*>.*?</style>)"
    r"|(?P<code>(?P<pre><pre[^<>]*>)\s*"
    r'(?P<inner><code class="language-(?P<language>[^"\s]+)[^"]*"[^<>]*>)'
    r"(?P<source>[^<]*+(?:<(?!/code>)[^<]*+)*+)</code>\s*</pre>)"
    r"|(?P<plain><(?P<name>pre|code)(?=[\s>]).*?</(?P=name)>)"
    r'|(?P<hint><a class="hint"[^<>]*>(?P<label>[^<>]{0,500})</a>\s*(?=<div id="hint))'
    r"|(?P<div></?div(?=[\s>])[^<>]*>)|(?P<tag><[^<>]*>)"
    r"|\[sound:(?P<sound>[^\[\]<>]+)\]|\[\[type:(?P<box>[^\[\]<>]+)\]\]"
    r"|(?P<math>\\[(\[]|\[\$\$?\]|\[latex\])",
    re.DOTALL,
)
_SPEECH = re.compile(r"\[anki:tts lang=(?P<language>[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})?)?[^\[\]]*\]")
_SPEECH_END = "[/anki:tts]"
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z0-9]+)")
_VOID = frozenset({"br", "wbr"})
_NOT_IN_FORMULAS = frozenset(
    {"img", "hr", "col", "source", "track", "pre", "code", "style", "table", "svg", "math"}
)
_HIDDEN = re.compile(r'(\sstyle="[^"]*)display:\s*none', re.IGNORECASE)


def finish(html: str, *, expected: Mapping[str, str] | None = None) -> str:
    """Return a rendered side as the card view shows it.

    `expected` holds what belongs into each answer box (see `template.expected_answers`): give it with the
    answer; without it a box stays a blank line. What a deck shows by a script opens with a click instead.
    """
    if "[anki:tts" in html:
        html = _with_speech_markers(html)
    html = sanitize(html)
    if "image-occlusion-container" in html:
        html = occlusion.draw(html)
    if sum(map(html.count, ("<", "[", "\\("))) > MAX_MARKS:
        return html
    return _Page(html, expected or {}).finished()


def safe_html(html: str) -> str:
    """Return a rendered side made safe and otherwise as it was, for the command line."""
    return sanitize(html)


@cache
def css() -> str:
    """Return the style sheet for what `finish` adds; colours follow the classes of the page."""
    return "\n".join(
        [
            code.css(),
            occlusion.css(),
            ".sound,.tts{cursor:pointer;display:inline-block;padding:0 .4em}",
            ".type-box{display:inline-block;min-width:8em;border-bottom:2px solid currentColor}",
            ".type-answer{font-family:monospace;border-bottom:2px solid currentColor}",
            "details.hint{display:inline-block;text-align:inherit}details.hint>summary{cursor:pointer}",
            f"math{{font-size:1.1em;font-family:{_MATH_FONTS}}}",
            ".math-block{display:block;overflow:auto hidden;padding:.3em 0}",
            ".math-box{border:1px solid currentColor;padding:.2em}.math-strike{text-decoration:line-through}",
            ".formula-source{font-family:monospace;white-space:pre-wrap}",
        ]
    )


class _Page:
    """One pass over safe HTML."""

    def __init__(self, html: str, expected: Mapping[str, str]):
        self.html = html
        self.expected = expected
        self.parts: list[str] = []
        self.ends: dict[str, int] = {}  # where the next end of each kind of formula stands; -1: nowhere
        self.formulas_left = MAX_FORMULAS
        self.macros = Macros()
        self.depth = 0  # of open div elements
        self.details: list[int] = []  # depths of div elements that close a foldable part
        self.label = ""  # of the foldable part that the next div is

    def finished(self) -> str:
        """Return the page."""
        position = 0
        while (match := _PART.search(self.html, position)) is not None:
            self.parts.append(self.html[position : match.start()])
            position = match.end()
            if match["math"]:
                position = self._formula(match)
            else:
                self.parts.append(self._written(match))
        self.parts.append(self.html[position:])
        return "".join(self.parts)

    def _written(self, match: re.Match[str]) -> str:
        if match["code"]:
            return _coloured(match)
        if match["sound"]:
            return _sound_marker(unescape(match["sound"]).strip())
        if match["box"]:
            return self._box(unescape(match["box"]))
        if match["div"]:
            return self._div(match[0], match.end())
        if match["hint"]:
            self.label = match["label"].strip() or "Hint"
            return ""
        return match[0]

    def _box(self, name: str) -> str:
        answer = self.expected.get(name)
        if answer is None:
            return '<span class="type-box">&nbsp;</span>'
        return f'<span class="type-answer">{escape(answer, quote=False)}</span>'

    def _div(self, tag: str, end: int) -> str:
        """Fold the hint that a script would show, and other parts that are hidden in place."""
        if tag.startswith("</"):
            self.depth -= 1
            if self.details and self.details[-1] == self.depth:
                self.details.pop()
                return tag + "</details>"
            return tag
        label, self.label = self.label, ""
        if not label and _HIDDEN.search(tag) and self._shows_something(end):
            label = "More"
        if label:
            self.details.append(self.depth)
            tag = _HIDDEN.sub(r"\1display:block", tag, count=1)
            tag = f'<details class="hint"><summary>{label}</summary>{tag}'
        self.depth += 1
        return tag

    def _shows_something(self, position: int) -> bool:
        """Whether there is text or a picture between `position` and the next end of a div."""
        inside = self.html[position : position + MAX_LOOK_AHEAD].partition("</div>")[0]
        return "<img " in inside or strip_tags(inside).strip() != ""

    def _formula(self, match: re.Match[str]) -> int:
        """Write the formula that starts with `match`, or only its first delimiter; return where to go on."""
        opening = match["math"]
        start, end = match.end(), self._end_of(opening, match.end())
        length = end - start
        if end < 0 or length > MAX_FORMULA_HTML or self.formulas_left == 0:
            self.parts.append(opening)
            return start
        self.formulas_left -= 1
        inside = self.html[start:end]
        if not _is_balanced(inside):
            self.parts.append(opening)
            return start
        closing = _ENDS[opening]
        latex = formulas.source_of(inside)
        expanded = self.macros.read(latex)
        if latex.strip() and not expanded.strip():
            made: str | None = ""  # nothing but definitions, which show nothing
        elif opening == "[latex]":
            made = formulas.latex_text(expanded)
        else:
            made = formulas.math(expanded, display=opening in ("\\[", "[$$]"))
        if made is None:
            source = escape(opening + latex + closing, quote=False)
            made = f'<span class="formula-source">{source}</span>'
        self.parts.append(made)
        return end + len(closing)

    def _end_of(self, opening: str, position: int) -> int:
        """Return where the next end of a formula stands, looking at no stretch of the text twice."""
        known = self.ends.get(opening, 0)
        if 0 <= known < position:
            known = self.ends[opening] = self.html.find(_ENDS[opening], position)
        return known


def _is_balanced(html: str) -> bool:
    """Whether each element that starts in `html` ends in it, and none is code, a style sheet or a picture."""
    if "<" not in html:
        return True
    opened: list[str] = []
    for tag in _TAG_NAME.finditer(html):
        end, name = tag[1], tag[2]
        if name in _NOT_IN_FORMULAS:
            return False
        if name in _VOID:
            continue
        if not end:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _coloured(match: re.Match[str]) -> str:
    source = match["source"]
    if re.search(r"<(?!br>)", source):
        return match[0]  # a deletion or a mark of the user's would be lost
    text = unescape(source.replace("<br>", "\n"))
    made = code.highlight(text, unescape(match["language"]))
    if made is None:
        return match[0]
    return f'<div class="highlight">{match["pre"]}{match["inner"]}{made}</code></pre></div>'


def _sound_marker(name: str) -> str:
    if not is_playable(name):
        return ""
    written = escape(name)
    return f'<span class="sound" role="button" data-sound="{written}" title="{written}">▶</span>'


def _with_speech_markers(html: str) -> str:
    """Put a marker in place of each text that is to be spoken; the view asks the system's voice for it."""
    parts: list[str] = []
    position = 0
    while (match := _SPEECH.search(html, position)) is not None:
        end = html.find(_SPEECH_END, match.end())
        if end < 0:
            break
        text = escape(strip_html(html[match.end() : end])[:MAX_SPEECH])
        language = match["language"] or ""
        parts.append(html[position : match.start()])
        if text:
            marker = f'<span class="tts" role="button" data-language="{language}" data-text="{text}">▶</span>'
            parts.append(marker)
        position = end + len(_SPEECH_END)
    return "".join(parts) + html[position:]
