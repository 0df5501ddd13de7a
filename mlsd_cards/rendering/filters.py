"""The filters of templates, `{{text:Field}}` and the like. They give what Anki gives, sign for sign.

Source: ankitects/anki rslib/src/template_filters.rs and rslib/src/text.rs; the decoding of entities is that
of the crate htmlescape 0.3. One exception: the id inside a hint is a hash of another kind (Anki's BLAKE3 is
in no library of ours); it only has to be the same each time and different for different texts.
"""

import hashlib
import html.entities
import re
from collections.abc import Callable

# What Anki's trimming and emptiness tests count as blank: Unicode White_Space, without Python's \x1c to \x1f.
BLANKS = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)

_EMPTY_FIELD = re.compile(r"(?:[ \t\n\x0b\x0c\r]|</?(?:br|div) ?/?>)*+", re.IGNORECASE | re.ASCII)
_STYLE_END = re.compile("</[sſ]tyle>", re.IGNORECASE | re.ASCII)
_SCRIPT_END = re.compile("</[sſ]cript>", re.IGNORECASE | re.ASCII)
_STYLE_START = re.compile("<[sſ]tyle", re.IGNORECASE | re.ASCII)
_SCRIPT_START = re.compile("<[sſ]cript", re.IGNORECASE | re.ASCII)
_ENTITY = re.compile("&(?:#(?:([0-9]+)|x([0-9a-fA-F]+))|([^#;][^;]*));|&")

Filter = Callable[[str, str], str]  # (text, field name) to text
ClozeFilter = Callable[[str], str]


def field_is_empty(text: str) -> bool:
    """Whether a field counts as empty: nothing but ASCII blanks and bare `<br>` and `<div>` tags."""
    return not text or (text[0] in "< \t\n\x0b\x0c\r" and _EMPTY_FIELD.fullmatch(text) is not None)


def strip_tags(text: str) -> str:
    """Return `text` without comments, style sheets, scripts and tags; entities stay as they are."""
    last = text.rfind(">")
    if last < 0 or "<" not in text:
        return text
    parts: list[str] = []
    position = 0
    closers = _Closers(text)
    while 0 <= (start := text.find("<", position)) < last:
        parts.append(text[position:start])
        position = closers.end_after(start)
    return "".join(parts) + text[position:]


def decode_entities(text: str) -> str:
    """Return `text` with entities decoded, or unchanged if any is broken; hard blanks become plain ones."""
    if "&" not in text:
        return text
    try:
        return _ENTITY.sub(_decoded, text).replace("\xa0", " ")
    except ValueError:
        return text


def apply(
    filters: tuple[str, ...], text: str, field: str, cloze: ClozeFilter, cloze_only: ClozeFilter
) -> str:
    """Return `text` of `field` after `filters`, innermost first.

    `cloze` and `cloze_only` know which card and which side is made. Unknown filters do nothing.
    """
    if filters[-1:] == ("type",):
        kind = filters[:-1] if filters[:-1] in (("cloze",), ("nc",)) else ()
        filters = ("-".join(("type", *kind)),)
    for name in filters:
        if name == "cloze":
            text = cloze(text)
        elif name == "cloze-only":
            text = cloze_only(text)
        elif name.startswith("tts "):
            text = f"[anki:tts lang={name[4:]}]{text}[/anki:tts]"
        elif (function := _FILTERS.get(name)) is not None:
            text = function(text, field)
    return text


class _Closers:
    """Finds where the thing that starts with a `<` ends, looking at no stretch of the text twice."""

    def __init__(self, text: str):
        self.text = text
        self.no_comment_end = self.no_style_end = self.no_script_end = False

    def end_after(self, start: int) -> int:
        """Return the position after the comment, sheet, script or tag at `start`; a `>` follows for sure."""
        text = self.text
        if not self.no_comment_end and text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            if end >= 0:
                return end + 3
            self.no_comment_end = True
        close = text.find(">", start) + 1
        if not self.no_style_end and _STYLE_START.match(text, start):
            found = _STYLE_END.search(text, close)
            if found:
                return found.end()
            self.no_style_end = True
        if not self.no_script_end and _SCRIPT_START.match(text, start):
            found = _SCRIPT_END.search(text, close)
            if found:
                return found.end()
            self.no_script_end = True
        return close


def _decoded(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name is not None:
        code = html.entities.name2codepoint.get(name)  # those of HTML 4
        if code is None:
            raise ValueError(name)
        return chr(code)
    if decimal is None and hexadecimal is None:
        raise ValueError(match[0])
    digits, base = (decimal, 10) if decimal is not None else (hexadecimal, 16)
    digits = digits.lstrip("0") or "0"
    number = int(digits, base) if len(digits) <= 10 else -1
    if number > 0xFFFFFFFF or number < 0 or 0xD800 <= number <= 0xDFFF:
        raise ValueError(match[0])
    return chr(number)  # itself a ValueError above the last code point


def _text(text: str, _field: str) -> str:
    return decode_entities(strip_tags(text))


def _hint(text: str, field: str) -> str:
    if not text.strip(BLANKS):
        return text
    name = hashlib.blake2b((text + field).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return (
        '\n<a class=hint href="#"\nonclick="this.style.display=\'none\';\n'
        f"document.getElementById('hint{name}').style.display='block';\n"
        f'return false;" draggable=false>\n{field}</a>\n'
        f'<div id="hint{name}" class=hint style="display: none">{text}</div>\n'
    )


def _ruby_matches(text: str) -> list[tuple[int, int, int, int]]:
    """Return (start, start of base, position of `[`, position of `]`) of each `base[reading]`.

    A base is a stretch without blanks and `>`, a reading at least one sign on one line.
    """
    found: list[tuple[int, int, int, int]] = []
    earliest = word = checked = 0  # where a match may start; start of the word; no gap from it up to here
    search = 1
    close = line = -1  # the next `]` and line end, kept while they lie ahead
    while (bracket := text.find("[", search)) >= 0:
        gap = max(text.rfind(" ", checked, bracket), text.rfind(">", checked, bracket))
        checked = bracket
        if gap >= 0:
            word = gap + 1
        if word == bracket:
            search = word + 1
            continue
        if close < bracket + 2 and (close := text.find("]", bracket + 2)) < 0:
            break
        if line <= bracket and (line := text.find("\n", bracket + 1)) < 0:
            line = len(text)
        if close > line:
            search = line + 1
            continue
        start = word - 1 if word > earliest and text[word - 1] == " " else word
        found.append((start, word, bracket, close))
        earliest = word = checked = close + 1
        search = word + 1
    return found


def _ruby(text: str, form: str) -> str:
    """Return `text` with each `base[reading]` written as `form`; `[sound:…]` is no reading."""
    text = text.replace("&nbsp;", " ")
    parts: list[str] = []
    position = 0
    for start, base, bracket, close in _ruby_matches(text):
        if not text.startswith("sound:", bracket + 1):
            reading = form.format(text[base:bracket], text[bracket + 1 : close])
            parts += [text[position:start], reading]
            position = close + 1
    return "".join(parts) + text[position:]


_FILTERS: dict[str, Filter] = {
    "text": _text,
    "hint": _hint,
    "furigana": lambda text, _field: _ruby(text, "<ruby><rb>{0}</rb><rt>{1}</rt></ruby>"),
    "kanji": lambda text, _field: _ruby(text, "{0}"),
    "kana": lambda text, _field: _ruby(text, "{1}"),
    "type": lambda _text, field: f"[[type:{field}]]",
    "type-cloze": lambda _text, field: f"[[type:cloze:{field}]]",
    "type-nc": lambda _text, field: f"[[type:nc:{field}]]",
}
