"""The visible text of HTML, and the media files it names.

Everything here is linear in the length of the text: no pattern can run over the same stretch twice,
because unfinished constructs are cut off by one backward search before a pattern is tried.
"""

import html as entities
import re
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

FIELD_SEPARATOR = "\x1f"

_BLOCK_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|dl|dt|dd|tr|td|th|table|caption|h[1-6]|hr|pre|blockquote|section|article"
    r"|figure|figcaption|header|footer|details|summary|option)(?![a-z0-9])[^>]*>",
    re.IGNORECASE | re.ASCII,
)
_TAG = re.compile(r"<[a-z/!?][^>]*>", re.IGNORECASE | re.ASCII)
_HIDDEN_START = re.compile(r"<(?:!--|(?:style|script)(?![a-z0-9]))", re.IGNORECASE | re.ASCII)
_HIDDEN_ENDS = {
    "<!--": re.compile(r"--(?=>)"),
    "<style": re.compile(r"</style(?=[\s/>])", re.IGNORECASE | re.ASCII),
    "<script": re.compile(r"</script(?=[\s/>])", re.IGNORECASE | re.ASCII),
}
_SOUND = re.compile(r"\[sound:([^\]]+)\]")
_TYPE_BOX = re.compile(r"\[\[type:[^\[\]]+\]\]")
_SPEECH_START = "[anki:tts"
_SPEECH_END = "[/anki:tts]"

# Marks that writers of European, Hebrew and Arabic scripts may leave out. Voiced kana and Indic vowels are
# letters of their own and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
    "\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

_MEDIA_TAG = re.compile(r"<(?:img|audio|video|source|object|embed|track)(?=[\s/])", re.IGNORECASE | re.ASCII)
_MEDIA_SIGNS = (
    "<img",
    "[sound:",
    "url(",
    "@import",
    "<audio",
    "<video",
    "<source",
    "<object",
    "<embed",
    "<track",
)
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<end>>)|(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*"""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*))?)?)"""
)
_MEDIA_ATTRIBUTES = frozenset({"src", "data", "poster"})
_CSS_URL = re.compile(
    r"""url\(\s*(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s"'()][^\s"'()]*))\s*\)""",
    re.IGNORECASE | re.ASCII,
)
_CSS_IMPORT = re.compile(
    r"""@import\s+(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)')""", re.IGNORECASE | re.ASCII
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.\-]*:|//", re.IGNORECASE | re.ASCII)


def strip_html(html: str) -> str:
    """Return the visible text of `html` on one line.

    Tags, comments, styles and scripts go; block tags and line breaks become a blank, runs of blanks one.
    Sound and speech markers and answer boxes are not text. Entities are decoded.
    """
    if "[" in html:
        html = _without_markers(html)
    if "<" in html:
        html = _without_tags(html)
    if "&" in html:
        html = entities.unescape(html)
    return " ".join(html.split())


def search_text(fields: Iterable[str]) -> str:
    r"""Return what full-text search looks at: the folded visible text of each field, joined by `\x1f`."""
    return FIELD_SEPARATOR.join([fold(strip_html(field)) for field in fields])


def fold(text: str) -> str:
    """Return `text` without letter case and without accents, in composed compatibility form (NFKC).

    Folding twice changes nothing. Used on both sides of a comparison: on texts and on search words.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _bare(_bare(text).casefold()))


def media_names(html: str) -> list[str]:
    """Return the names of the files that `html` or CSS refers to, in order, each once.

    Looks at picture, sound, video and object sources, `[sound:…]`, `url(…)` and `@import`. Names are decoded
    (entities; per cent signs where a browser would) and may be hostile: check them before using one as a
    path. Addresses with a scheme (`https:`, `data:`) are not names.
    """
    return list(dict.fromkeys(name for _start, _end, name, _kind in _references(html)))


def may_name_media(html: str) -> bool:
    """Whether it is worth while to look for names of files: quick, and never wrong where it says no."""
    if "<" not in html:
        return "[sound:" in html
    low = html.lower()
    return any(sign in low for sign in _MEDIA_SIGNS)


def rename_media(html: str, mapping: Mapping[str, str]) -> str:
    """Return `html` with each media name that is a key of `mapping` replaced by its value.

    Compares names in composed form (NFC) and writes them so that a browser finds the file.
    """
    if not mapping:
        return html
    wanted = {unicodedata.normalize("NFC", old): new for old, new in mapping.items()}
    parts: list[str] = []
    position = 0
    for start, end, name, kind in _references(html):
        new = wanted.get(unicodedata.normalize("NFC", name))
        if new is not None:
            parts += [html[position:start], _written(new, kind)]
            position = end
    return "".join(parts) + html[position:]


def _bare(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def _without_markers(html: str) -> str:
    if "[sound:" in html:
        last = html.rfind("]") + 1
        html = _SOUND.sub(" ", html[:last]) + html[last:]
    if "[[type:" in html:
        last = html.rfind("]]") + 2
        html = _TYPE_BOX.sub("", html[:last]) + html[last:]
    if _SPEECH_START in html:
        html = _without_speech(html)
    return html


def _without_speech(html: str) -> str:
    parts: list[str] = []
    position = 0
    while True:
        start = html.find(_SPEECH_START, position)
        end = html.find(_SPEECH_END, start) if start >= 0 else -1
        if end < 0:
            return "".join(parts) + html[position:]
        parts.append(html[position:start])
        position = end + len(_SPEECH_END)


def _without_tags(html: str) -> str:
    if _HIDDEN_START.search(html):
        html = _without_hidden(html)
    last = html.rfind(">") + 1
    head = _TAG.sub("", _BLOCK_TAG.sub(" ", html[:last]))
    return head + html[last:] if last < len(html) else head


def _without_hidden(html: str) -> str:
    """Leave out comments, style sheets and scripts; an unfinished one stays as text."""
    parts: list[str] = []
    position = search_from = 0
    hopeless: set[str] = set()
    while (start := _HIDDEN_START.search(html, search_from)) is not None:
        kind = start[0].lower()
        search_from = start.end()
        ends = None if kind in hopeless else _HIDDEN_ENDS[kind].search(html, search_from)
        close = html.find(">", ends.end()) if ends else -1
        if close < 0:
            hopeless.add(kind)
            continue
        parts.append(html[position : start.start()])
        position = search_from = close + 1
    return "".join(parts) + html[position:]


def _references(html: str) -> list[tuple[int, int, str, str]]:
    """Return (start, end, decoded name, kind) of each reference, by position, not overlapping."""
    found: list[tuple[int, int, str, str]] = []
    if "<" in html:
        found += _tag_references(html)
    if "[sound:" in html:
        last = html.rfind("]") + 1
        found += [
            (m.start(1), m.end(1), entities.unescape(m[1]).strip(), "sound")
            for m in _SOUND.finditer(html, 0, last)
        ]
    if "url(" in html.lower():
        found += _css_references(_CSS_URL, html, "url")
    if "@import" in html.lower():
        found += _css_references(_CSS_IMPORT, html, "import")
    found.sort()
    kept: list[tuple[int, int, str, str]] = []
    for item in found:
        if item[2] and (not kept or item[0] >= kept[-1][1]):
            kept.append(item)
    return kept


def _tag_references(html: str) -> Iterable[tuple[int, int, str, str]]:
    position = 0
    while (tag := _MEDIA_TAG.search(html, position)) is not None:
        position = tag.end()
        while (part := _ATTRIBUTE.match(html, position)) is not None:
            position = part.end()
            if part["end"]:
                break
            if part["name"].lower() not in _MEDIA_ATTRIBUTES:
                continue
            for kind in ("double", "single", "bare"):
                name = _local_name(entities.unescape(part[kind] or ""))
                if name:
                    yield part.start(kind), part.end(kind), name, kind


def _css_references(pattern: re.Pattern[str], text: str, prefix: str) -> Iterable[tuple[int, int, str, str]]:
    for match in pattern.finditer(text):
        kind = str(match.lastgroup)
        name = _local_name(entities.unescape(match[kind]).strip("\"'"))
        if name:
            yield match.start(kind), match.end(kind), name, f"{prefix}-{kind}"


def _local_name(value: str) -> str:
    """Return the file name a browser would ask for; empty for addresses on the network and the like."""
    value = value.strip().partition("?")[0]
    if _ADDRESS.match(value):
        return ""
    return unquote(value) if "%" in value else value


def _written(name: str, kind: str) -> str:
    """Return `name` as it stands in a reference of `kind`."""
    if kind == "sound":
        return entities.escape(name, quote=False)
    address = quote(name, safe=" !$&'()*+,;=@~")
    if kind == "double":
        return entities.escape(address, quote=False)
    if kind == "single":
        return entities.escape(address)
    # Without quotes, or inside CSS (perhaps inside an attribute), only unreserved signs are safe.
    return quote(name, safe="!$*+,@~")
