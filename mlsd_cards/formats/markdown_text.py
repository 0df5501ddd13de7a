"""Turns the Markdown of other programs' notes into field texts: formulas, pictures, sounds, deletions.

Source: CommonMark 0.31; formulas between dollar signs as Obsidian and KaTeX have them; Obsidian's help on
embedded files and internal links (facts).
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlsd_cards.formats.media_names import media_type

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

ImageName = Callable[[str], str | None]

MOST_SIGNS = 64 * 1024  # of one text; a longer one is shown as it is written
MOST_MARKS = 1500  # signs of Markdown in one text, likewise: some of them make a parser look far ahead
MOST_DELETIONS = 499

# Signs that hold the place of deletions while Markdown is read. To it they are punctuation, as brackets are;
# a text's own are written in another way.
_OPEN, _NUMBERED, _CLOSE, _HINT, _HIGHLIGHT, _HIGHLIGHTED = "⸨", "⸦", "⸩", "⸧", "⸢", "⸣"
_OWN_HOLDERS = str.maketrans(
    {_OPEN: "((", _CLOSE: "))", _NUMBERED: "(", _HINT: ")", _HIGHLIGHT: "[", _HIGHLIGHTED: "]"}
)
_HELD = re.compile(f"{_OPEN}(\\d{{1,3}}){_NUMBERED}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_MARK = re.compile(r"[*_`\[\]<>$!~|\\&#=\-+:.)]|^ {4}|^\t", re.MULTILINE)
_COSTLY = re.compile(r"[*_`\[\]<$!~\\&]")
_FORMULA = re.compile(
    r"\$\$((?:[^$\\]|\\.){1,4000})\$\$|\$(?!\s)((?:[^$\\\n]|\\.){1,4000})(?<!\s)\$(?!\d)", re.S
)
_EMBEDDED = re.compile(r"!\[\[([^\[\]|\n#]{1,500})(?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_LINK = re.compile(r"\[\[([^\[\]|\n]{1,500})(?:\|([^\[\]\n]{1,500}))?\]\]")
_HIGHLIGHTS = re.compile(r"==(?=\S)([^=\n]+)(?<=\S)==")
_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")
_SOUND_TYPES = ("audio/", "video/")


@dataclass(slots=True, kw_only=True)
class Deletion:
    """A part of a text that is to be asked for: where it stands there, its number from 1, and its hint."""

    start: int
    end: int
    text: str
    number: int
    hint: str = ""


@dataclass(slots=True, kw_only=True)
class MarkdownText:
    """Reads Markdown; `image_name` tells what a file that a text names is called here, None if it is none.

    `breaks`: a line end is one in HTML, too. `wiki`: double brackets are links and embedded files, double
    equals signs highlight.
    """

    image_name: ImageName
    breaks: bool = False
    wiki: bool = False
    _parser: "MarkdownIt | None" = field(default=None)

    def to_html(self, markdown: str, deletions: Sequence[Deletion] = ()) -> str:
        """Return a text as HTML, its deletions as `{{c1::…}}`. Text of one paragraph has no element around it.

        What looks like HTML in the text stays so; it is made safe where it is shown, as all fields are.
        """
        held = _with_holders(markdown, deletions)
        if self.wiki:
            held = _HIGHLIGHTS.sub(rf"{_HIGHLIGHT}\1{_HIGHLIGHTED}", held)
        if not _MARK.search(held):
            shown = _paragraphs(html.escape(held, quote=False), "<br>" if self.breaks else "\n")
        elif len(held) > MOST_SIGNS or len(_COSTLY.findall(held)) > MOST_MARKS:
            shown = html.escape(held.strip("\n"), quote=False).replace("\n", "<br>")
        else:
            shown = self._rendered(held)
        if _HIGHLIGHT in shown:
            shown = shown.replace(_HIGHLIGHT, "<mark>").replace(_HIGHLIGHTED, "</mark>")
        return _with_deletions(shown, deletions) if deletions else shown

    def _rendered(self, markdown: str) -> str:
        if self._parser is None:
            self._parser = self._new_parser()
        return str(self._parser.render(markdown)).strip()

    def _new_parser(self) -> "MarkdownIt":
        from markdown_it import MarkdownIt

        parser = MarkdownIt("commonmark", {"html": True})
        parser.enable(["table", "strikethrough"])
        parser.disable(["lheading", "reference"])
        parser.block.ruler.before(
            "fence", "formula", _formula_block, {"alt": ["paragraph", "blockquote", "list"]}
        )
        parser.inline.ruler.before("escape", "formula", _formula_rule)
        parser.add_render_rule("formula", _render_formula)
        if self.wiki:
            parser.inline.ruler.before("link", "wiki", _wiki_rule)
            parser.add_render_rule(
                "embedded", lambda _, tokens, index, *__: self._shown(str(tokens[index].content), "")
            )
        parser.add_render_rule("image", lambda _, tokens, index, *__: self._image(tokens[index]))
        parser.add_render_rule("paragraph_open", _render_paragraph)
        parser.add_render_rule("paragraph_close", lambda *_: "")
        parser.add_render_rule("hardbreak", lambda *_: "<br>")
        line_end = "<br>" if self.breaks else "\n"
        parser.add_render_rule("softbreak", lambda *_: line_end)
        return parser

    def _image(self, token: Any) -> str:
        from urllib.parse import unquote

        return self._shown(unquote(str(token.attrs.get("src", ""))), str(token.content))

    def _shown(self, source: str, label: str) -> str:
        if "://" in source:  # on the network: never loaded, but counted and shown as such
            return f'<img src="{html.escape(source)}">'
        name = self.image_name(source)
        if name is None:
            return html.escape(label or source, quote=False)
        if media_type(name).startswith(_SOUND_TYPES):
            return f"[sound:{name}]"
        words = f' alt="{html.escape(label)}"' if label else ""
        return f'<img src="{html.escape(name)}"{words}>'


# Deletions


def shown_text(text: str, deletions: Sequence[Deletion]) -> str:
    """Return what a text shows while all that is asked for is hidden: that stays when an answer is edited."""
    parts: list[str] = []
    position = 0
    for each in deletions:
        parts += (text[position : each.start], "[]")
        position = each.end
    return "".join([*parts, text[position:]])


def _with_holders(text: str, deletions: Sequence[Deletion]) -> str:
    """Return the text with signs that hold the places of its deletions."""
    parts: list[str] = []
    position = 0
    for index, each in enumerate(deletions):
        parts += (
            text[position : each.start].translate(_OWN_HOLDERS),
            f"{_OPEN}{index}{_NUMBERED}{each.text.translate(_OWN_HOLDERS)}{_CLOSE}",
        )
        position = each.end
    parts.append(text[position:].translate(_OWN_HOLDERS))
    return "".join(parts)


def _with_deletions(shown: str, deletions: Sequence[Deletion]) -> str:
    def written(found: re.Match[str]) -> str:
        index = int(found[1])
        if index >= len(deletions):
            return found[2]
        each = deletions[index]
        hint = f"::{_inert(html.escape(each.hint, quote=False))}" if each.hint else ""
        return f"{{{{c{each.number}::{_inert(found[2])}{hint}}}}}"

    return _HELD.sub(written, shown)


def _inert(text: str) -> str:
    """Return what stands in a deletion without what would end it or begin its hint."""
    return text.replace("}}", "} }").replace("::", ":&#58;").replace("{{", "{ {")


def _paragraphs(shown: str, line_end: str) -> str:
    """Return text without any notation as the parser would give it."""
    paragraphs = _BETWEEN.split(shown.strip())
    return "<br><br>".join(line_end.join(map(str.strip, each.split("\n"))) for each in paragraphs)


# Rules of the parser


def _formula_rule(state: "StateInline", silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = _FORMULA.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.markup = (found[1], "[") if found[1] is not None else (found[2], "(")
    state.pos = found.end()
    return True


def _formula_block(state: "StateBlock", first: int, last: int, silent: bool) -> bool:
    """Read lines from one that begins with two dollar signs to the next that ends with them."""
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith("$$", start):
        return False
    line = first
    end = state.eMarks[line]
    opened = start + 2
    while True:
        closed = state.src.find("$$", opened, end)
        if closed >= 0:
            break
        line += 1
        if line >= last:
            return False
        opened, end = state.bMarks[line], state.eMarks[line]
    if state.src[closed + 2 : end].strip() or not state.src[start + 2 : closed].strip():
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.markup, token.block = state.src[start + 2 : closed].strip(), "[", True
        state.line = line + 1
    return True


def _wiki_rule(state: "StateInline", silent: bool) -> bool:
    sign = state.src[state.pos]
    if sign not in "![" or not state.src.startswith(("![[", "[["), state.pos):
        return False
    found = (_EMBEDDED if sign == "!" else _LINK).match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        if sign == "!":
            state.push("embedded", "", 0).content = found[1].strip()
        else:
            state.push("text", "", 0).content = (found[2] or found[1]).strip()
    state.pos = found.end()
    return True


def _render_formula(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    closing = "]" if token.markup == "[" else ")"
    return f"\\{token.markup}{html.escape(token.content, quote=False)}\\{closing}"


def _render_paragraph(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return "<br><br>" if index and tokens[index - 1].type == "paragraph_close" else ""
