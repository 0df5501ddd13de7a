"""HTML of strangers, made harmless: no scripts, frames, forms, and nothing fetched from the network.

A real HTML parser (ammonia, through nh3) reads the finished side once; elements and attributes that are not
listed here go. Formulas and coloured code are added afterwards. The card view has layers of its own.
"""

import re
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING

from mlsd_cards.rendering import allowed
from mlsd_cards.rendering.addresses import is_picture_data, local_address
from mlsd_cards.rendering.css import sanitize_css
from mlsd_cards.rendering.text import strip_html

if TYPE_CHECKING:
    from nh3 import Cleaner

__all__ = ["find_scripts", "remote_references", "sanitize", "sanitize_css"]

_CHECKED = frozenset({"href", "src", "poster"})
_STYLE_ELEMENT = re.compile(r"<style([^>]*)>(.*?)</style>", re.DOTALL)
_WEB_LINK = re.compile(r"https?://[^\s]", re.IGNORECASE)

# Guards against texts that a parser blows up; see `_too_complex`.
_FEW_TAGS = 1000
_MAX_DEPTH = 1000
_MAX_STEPS = 50_000_000
_MAX_COPIES = 1_000_000
_MAX_ENTITIES = 100_000
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^<>]*)")
_COPIED = frozenset({"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"})
# Elements that end by themselves before the next of their kind.
_FLAT = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track"}
)
_FLAT |= {
    "wbr",
    "p",
    "li",
    "dd",
    "dt",
    "option",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "tfoot",
    "rb",
    "rp",
    "rt",
}

_OPENING_TAG = re.compile(r"<([a-z][a-z0-9:-]*)([^>]*)>", re.IGNORECASE | re.ASCII)
_ACTIVE_TAGS = frozenset({"script", "iframe", "object", "embed", "applet", "frame"})
_HANDLER = re.compile(r"[\s/\"']on[a-z]+\s*=", re.IGNORECASE | re.ASCII)
_SCRIPT_ADDRESS = re.compile(r"=[\s\"']*(?:javascript|vbscript)\s*:", re.IGNORECASE | re.ASCII)
_REMOTE_ATTRIBUTE = re.compile(
    r"[\s/\"'](?:src|srcset|data|poster|background|xlink:href|href)\s*=[\s\"']*(?:https?:|ftp:)?//",
    re.IGNORECASE | re.ASCII,
)
_REMOTE_CSS = re.compile(r"(?:url\([\s\"']*|@import[\s\"']+)(?:https?:|ftp:)?//", re.IGNORECASE | re.ASCII)


def sanitize(html: str) -> str:
    """Return `html` as it may be shown: same text and look, but nothing that runs, loads or navigates.

    Links keep http and https addresses only. Markup too tangled for a parser is shown as plain text.
    """
    if "<" not in html and "&" not in html:
        return html
    if _too_complex(html):
        return escape(strip_html(html), quote=False)
    clean = _cleaner().clean(html)
    if "<style" in clean:
        clean = _STYLE_ELEMENT.sub(lambda m: f"<style{m[1]}>{_sheet(m[2])}</style>", clean)
    return clean


def find_scripts(html: str) -> int:
    """Return how many scripts `html` holds: script, frame and object elements, handlers, script addresses."""
    count = 0
    for tag in _OPENING_TAG.finditer(html, 0, html.rfind(">") + 1):
        name, rest = tag[1].lower(), tag[2]
        count += name in _ACTIVE_TAGS
        if "=" in rest:
            rest = unescape(rest)
            count += len(_HANDLER.findall(rest)) + len(_SCRIPT_ADDRESS.findall(rest))
    return count


def remote_references(html: str) -> int:
    """Return how many addresses on the network `html` or CSS would load when shown; links do not count."""
    count = 0
    for tag in _OPENING_TAG.finditer(html, 0, html.rfind(">") + 1):
        rest = unescape(tag[2])
        if "//" in rest and tag[1].lower() not in ("a", "area", "base"):
            count += len(_REMOTE_ATTRIBUTE.findall(rest))
    if "//" in html:
        count += len(_REMOTE_CSS.findall(html))
    return count


def _sheet(css: str) -> str:
    # Inside svg the parser reads a style sheet as markup, so that `<` and `>` come out as entities there.
    return sanitize_css(css.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@cache
def _cleaner() -> "Cleaner":
    import nh3

    return nh3.Cleaner(
        tags=set(allowed.TAGS),
        clean_content_tags=set(allowed.CONTENT_TOO),
        attributes=allowed.attributes(),
        attribute_filter=_attribute,
        generic_attribute_prefixes={"data-"},
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return what may stay of an attribute; None drops it."""
    if name == "style":
        return sanitize_css(value) or None
    if name in _CHECKED:
        return _address(tag, name, value)
    if name in allowed.PAINT and ("(" in value or "\\" in value):
        return sanitize_css(value)
    return value


def _address(tag: str, name: str, value: str) -> str | None:
    if name == "href" and tag != "image":
        value = value.strip()
        return value if value.startswith("#") or (tag == "a" and _WEB_LINK.match(value)) else None
    if tag in ("img", "image") and is_picture_data(value):
        return value.strip()
    return local_address(value)


def _too_complex(html: str) -> bool:
    """Whether reading `html` could take time or memory out of all proportion to its length.

    Elements nested very deep cost a parser depth times tags. Unfinished `<b>`, `<font>` and so on are
    repeated in every paragraph that follows, at most three times each if they are equal. Each entity makes
    the parser copy the text before it.
    """
    if html.count("&") > _MAX_ENTITIES:
        return True
    tags = html.count("<")
    if tags <= _FEW_TAGS:
        return False
    depth = deepest = 0
    opened: dict[str, int] = {}
    copied: set[str] = set()
    for match in _ANY_TAG.finditer(html):
        end, name = match[1], match[2].lower()
        if name in _FLAT:
            continue
        count = opened.get(name, 0)
        if not end:
            opened[name] = count + 1
            depth += 1
            deepest = max(deepest, depth)
            if name in _COPIED:
                copied.add(match[0])
        elif count:
            opened[name] = count - 1
            depth -= 1
    return deepest > _MAX_DEPTH or deepest * tags > _MAX_STEPS or len(copied) * tags > _MAX_COPIES
