r"""Formulas as MathML, made in the program from LaTeX: nothing is run, macros are not expanded.

Recognised are `\(…\)` and `\[…\]`, and Anki's `[$]…[/$]`, `[$$]…[/$$]` and `[latex]…[/latex]`. What cannot be
read is shown as it was written. The MathML keeps to what a browser draws (MathML Core): letters in bold or
script become the Unicode letters of that style, and alignment in tables becomes CSS.
"""

import re
import unicodedata
from functools import cache, lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

from mlsd_cards.rendering.filters import strip_tags

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_FORMULA = 4000  # signs
MAX_DEPTH = 60  # braces, brackets and environments inside each other

# Commands that define macros, reach outside the formula or set attributes of elements.
_FORBIDDEN = re.compile(
    r"\\(?:[gex]?def|let|(?:re)?newcommand|providecommand|newenvironment|DeclareMathOperator|href|url|style|class"
    r"|cssId|data|require|input|include|write|openin|openout|read|immediate|catcode|csname|special|unicode|char"
    r"|loop|expandafter)(?![A-Za-z])"
)
_OPENING = re.compile(r"\{|\\left(?![a-z])|\\begin(?![a-z])")
_CLOSING = re.compile(r"\}|\\right(?![a-z])|\\end(?![a-z])")
_NESTING = re.compile(rf"\\[\\{{}}]|(?P<open>{_OPENING.pattern})|(?P<close>{_CLOSING.pattern})")

# Environments that the converter does not know, by those it does.
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]+)\*?\}(?:\{[0-9]+\})?")
_SAME_AS = {
    **dict.fromkeys(("align", "aligned", "alignat", "alignedat", "eqnarray", "flalign"), "align*"),
    **dict.fromkeys(("gather", "gathered", "multline"), "matrix"),
    **dict.fromkeys(("dcases",), "cases"),
    **dict.fromkeys(("equation", "displaymath", "math"), ""),
}
_NUMBERING = re.compile(r"\\(?:nonumber|notag|hfill|label\{[^{}]*\})(?![A-Za-z])")
_ARGUMENT = re.compile(r"\\arg(?![A-Za-z])")
# The converter forgets that a single letter is upright.
_UPRIGHT = re.compile(r"\\(?:mathrm|rm)\{([A-Za-z])\}")
_OPERATOR = re.compile(r"\\operatorname\*?\{([^{}]*)\}")

_ELEMENTS = frozenset(
    {
        "math",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mrow",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "mpadded",
    }
    | {
        "mphantom",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "merror",
    }
    | {"mmultiscripts", "mprescripts", "none"}
)
_ATTRIBUTES = frozenset(
    {"display", "displaystyle", "scriptlevel", "mathcolor", "mathbackground", "mathsize", "stretchy", "fence"}
    | {
        "form",
        "separator",
        "accent",
        "accentunder",
        "movablelimits",
        "largeop",
        "symmetric",
        "minsize",
        "maxsize",
    }
    | {"lspace", "rspace", "linethickness", "width", "height", "depth", "voffset", "columnspan", "rowspan"}
)
# Operators that carry their limits above and below on a line of their own, and beside them in running text.
_WITH_LIMITS = frozenset("∑∏∐⋃⋂⋁⋀⨁⨂⨆") | {
    "lim",
    "max",
    "min",
    "sup",
    "inf",
    "argmax",
    "argmin",
    "arg\u2009max",
}
_WITH_LIMITS |= {"arg\u2009min", "lim\u2006sup", "lim\u2006inf", "det", "gcd", "Pr"}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_VALUE = re.compile(r"[A-Za-z0-9#%.,+\- ]*")
_CSS_OF_VARIANT = {
    "bold": "font-weight:bold",
    "italic": "font-style:italic",
    "monospace": "font-family:monospace",
}


def math(latex: str, display: bool = False) -> str | None:
    """Return the MathML of a formula, `display` meaning on a line of its own; None if it cannot be read."""
    latex = latex.strip()
    if not latex or len(latex) > MAX_FORMULA or _FORBIDDEN.search(latex) or not _is_shallow(latex):
        return None
    return _math(latex, display)


def latex_text(latex: str) -> str | None:
    """Return the HTML of a `[latex]` part: text with formulas in it; None if a formula cannot be read."""
    parts: list[str] = []
    position = 0
    if len(latex) > MAX_FORMULA:
        return None
    for match in _FORMULA_IN_TEXT.finditer(latex):
        parts.append(escape(latex[position : match.start()], quote=False))
        kind = str(match.lastgroup)
        made = math(match[kind], display=kind in ("double", "square", "environment"))
        if made is None:
            return None
        parts.append(made)
        position = match.end()
    rest = latex[position:]
    if "\\" in rest or "$" in rest:
        return None
    return "".join(parts) + escape(rest, quote=False)


def source_of(html: str) -> str:
    """Return the LaTeX that `html` between two delimiters stands for: without tags, entities decoded."""
    text = re.sub(r"<(?:br|/div|/p)[^<>]*>", "\n", html) if "<" in html else html
    return unescape(strip_tags(text)).replace("\xa0", " ")


_FORMULA_IN_TEXT = re.compile(
    r"\$\$(?P<double>[^$]+)\$\$|\$(?P<single>[^$]+)\$|\\\((?P<round>(?:(?!\\[()\[\]]).)+)\\\)"
    r"|\\\[(?P<square>(?:(?!\\[()\[\]]).)+)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}(?:(?!\\(?:begin|end)\{(?P=name)\}).)*\\end\{(?P=name)\})",
    re.DOTALL,
)


def _is_shallow(latex: str) -> bool:
    depth = 0
    for match in _NESTING.finditer(latex):
        if match["open"]:
            depth += 1
            if depth > MAX_DEPTH:
                return False
        elif match["close"]:
            depth -= 1
    return True


@cache
def _failures() -> tuple[type[Exception], ...]:
    """What the converter raises on formulas it cannot read: its own errors, and those of plain Python."""
    from latex2mathml import exceptions

    own = [
        kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    return (*own, IndexError, KeyError, ValueError, TypeError, AttributeError, RuntimeError)


@lru_cache(maxsize=2048)
def _math(latex: str, display: bool) -> str | None:
    from latex2mathml.converter import Converter

    latex = _NUMBERING.sub("", _ENVIRONMENT.sub(_known_environment, latex))
    latex = _ARGUMENT.sub(r"\\operatorname{arg}", latex)
    latex = _UPRIGHT.sub(r"{\\mathrm \1}", latex)
    latex = _OPERATOR.sub(_plain_operator, latex)
    try:
        tree = Converter(display="block" if display else "inline").convert_to_element(latex)
    except _failures():
        return None
    writer = _Writer()
    writer.element(tree)
    if writer.unknown:
        return None
    made = "".join(writer.parts)
    return f'<span class="math-block">{made}</span>' if display else made


def _known_environment(match: re.Match[str]) -> str:
    name = _SAME_AS.get(match[2])
    if name is None:
        return match[0]
    return f"\\{match[1]}{{{name}}}" if name else " "


def _plain_operator(match: re.Match[str]) -> str:
    """The converter reads names of operators letter by letter; spaces between words become narrow ones."""
    name = re.sub(r"\\[,;: ]|~", "\u2009", match[1])
    return f"\\operatorname{{{name}}}"


class _Writer:
    """Writes MathML of a closed list of elements and attributes."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.unknown = False  # whether a command was left that the converter does not know

    def element(self, node: "Element", spacing: str | None = None) -> None:
        """Add `node` and what is in it; depth is bounded by the nesting of the formula."""
        tag = node.tag if node.tag in _ELEMENTS else "mrow"
        if tag in _LIMITS and len(node) and unescape(node[0].text or "") in _WITH_LIMITS:
            tag = _LIMITS[tag]
            node[0].set("movablelimits", "true")
        text = unescape(node.text or "")
        self.unknown |= tag == "mi" and (text.startswith("\\") or text == "&")
        attributes = {name: value for name, value in node.attrib.items() if name in _ATTRIBUTES}
        attributes = {name: value for name, value in attributes.items() if _VALUE.fullmatch(value)}
        style = _cell_style(node, spacing) if tag == "mtd" else ""
        variant = node.get("mathvariant", "")
        if variant == "normal" and tag == "mi":
            attributes["mathvariant"] = variant
        elif variant and tag == "mtext":
            style = _CSS_OF_VARIANT.get(variant, "")
        elif variant:
            text = "".join([_styled(sign, variant) for sign in text])
        if node.tag == "menclose":
            attributes["class"] = "math-box" if node.get("notation") == "box" else "math-strike"
        if style:
            attributes["style"] = style
        written = "".join([f' {name}="{escape(value)}"' for name, value in attributes.items()])
        self.parts.append(f"<{tag}{written}>{escape(text, quote=False)}")
        for child in node:
            self.element(child, node.get("columnspacing", spacing))
            self.parts.append(escape(unescape(child.tail or ""), quote=False))
        self.parts.append(f"</{tag}>")


def _cell_style(node: "Element", spacing: str | None) -> str:
    align = node.get("columnalign", "")
    parts = [f"text-align:{align}"] if align in ("left", "right", "center") else []
    if spacing is not None and spacing.startswith("0em"):
        parts.append("padding-left:0;padding-right:0")
    return ";".join(parts)


@cache
def _styled(sign: str, variant: str) -> str:
    """Return the Unicode letter for `sign` in a style such as `bold-italic`; `sign` if there is none."""
    name = unicodedata.name(sign, "")
    rest = name.replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    style = variant.upper().replace("SANS-SERIF-", "SANS-SERIF ").replace("BOLD-", "BOLD ")
    for candidate in (f"MATHEMATICAL {style} {rest}", f"{style} {rest}"):
        try:
            return unicodedata.lookup(candidate)
        except KeyError:
            continue
    return sign
