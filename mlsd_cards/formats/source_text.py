"""The Markdown of card texts: to HTML with the few tags that cards may use, and to plain text."""

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

# Tags that a writer may use in Markdown, bare; tables, lists and figures have their own notation.
WRITTEN_TAG = re.compile(r"<(/?)(b|i|u|code|sub|sup|br)\s*/?>", re.IGNORECASE)
# Both stop at the next opening, so that a text full of openings takes no longer than another.
FORMULA = re.compile(
    r"\\\(((?:(?!\\[()\[\]]).)++)\\\)|\\\[((?:(?!\\[()\[\]]).)++)\\\]",
    re.DOTALL,
)
CLOZE = re.compile(
    r"\{\{c(\d{1,3})::((?:(?!\{\{c\d|\}\}|::).)*+)(?:::((?:(?!\{\{c\d|\}\}).)*+))?\}\}",
    re.DOTALL,
)
CLOZE_OPENING = re.compile(r"\{\{c\d+::")
WORD = re.compile(r"\S*[^\W_]\S*")

_TAG = re.compile(r"<[^>]*>")
_BLOCK_TAG = re.compile(r"</?(?:br|li|ul|ol|tr|td|th|table)\b[^>]*>")
_RENAMED = {"strong": "b", "em": "i"}


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that is a list of words."""
    return frozenset(text.split())


@lru_cache(maxsize=4096)
def to_html(markdown: str) -> str:
    r"""Return Markdown as HTML that holds only b, i, u, code, sub, sup, br, ul, ol, li, table, tr, td and th.

    Everything else that looks like HTML is escaped. Formulas between `\(` and `\)` stay as they are.
    Paragraphs are parted by two `br`; a text of one paragraph has no element around it.
    """
    parser = _parser()
    return str(parser.render(markdown)).strip()


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"html": False})
    parser.enable(
        ["emphasis", "backticks", "list", "table", "escape", "newline", "balance_pairs"], ignoreInvalid=True
    )
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    parser.inline.ruler.before("escape", "written_tag", _tag_rule)
    parser.add_render_rule("formula", _render_formula)
    parser.add_render_rule("written_tag", _render_tag)
    parser.add_render_rule("softbreak", lambda *_: " ")
    parser.add_render_rule("table_open", lambda *_: "<table>")
    for name in ("strong_open", "strong_close", "em_open", "em_close"):
        parser.add_render_rule(name, _render_renamed)
    for name in ("thead_open", "thead_close", "tbody_open", "tbody_close"):
        parser.add_render_rule(name, lambda *_: "")
    for name in ("th_open", "td_open"):
        parser.add_render_rule(name, _render_cell)
    parser.add_render_rule("paragraph_open", _render_paragraph)
    parser.add_render_rule("paragraph_close", lambda *_: "")
    return parser


def _formula_rule(state: "StateInline", silent: bool) -> bool:
    found = FORMULA.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _tag_rule(state: "StateInline", silent: bool) -> bool:
    found = WRITTEN_TAG.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("written_tag", "", 0).content = f"<{found[1]}{found[2].lower()}>"
    state.pos = found.end()
    return True


def _render_formula(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return html.escape(tokens[index].content, quote=False)


def _render_tag(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return str(tokens[index].content)


def _render_renamed(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    return f"<{'/' if token.nesting < 0 else ''}{_RENAMED[token.tag]}>"


def _render_cell(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return f"<{tokens[index].tag}>"


def _render_paragraph(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    first = index == 0 or tokens[index - 1].type != "paragraph_close"
    return "" if first else "<br><br>"


@lru_cache(maxsize=8192)
def plain(markdown: str) -> str:
    """Return what a reader sees of Markdown, on one line; cloze marks are gone, formulas stay."""
    shown = CLOZE.sub(lambda found: found[2], markdown)
    text = _TAG.sub("", _BLOCK_TAG.sub(" ", to_html(shown)))
    return " ".join(html.unescape(text).split())


def words(text: str) -> list[str]:
    """Return the words of plain text; a formula counts as one word, signs alone as none."""
    return WORD.findall(FORMULA.sub(" formula ", text))


def count_words(*markdown: str) -> int:
    """Return how many words a reader sees in Markdown texts."""
    return sum(len(words(plain(text))) for text in markdown)
