"""Turns the texts of Mnemosyne into field texts: formulas, sounds, pictures, line ends, blanks to fill in.

Source: mnemosyne-proj/mnemosyne, its manual and `libmnemosyne/card_types/cloze.py` (facts).
"""

import ast
import re
import unicodedata
from collections.abc import Callable, Iterable
from html import escape, unescape

from mlsd_cards.formats.limits import TAG_SIGNS, TEMPLATE_BYTES

_FORMULA = re.compile(r"<(/?)(latex|\${1,2})>", re.IGNORECASE)
_TAG = re.compile(r"<(img|audio|video)\b([^<>]*)>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_CLOSING = re.compile(r"</(?:audio|video)>", re.IGNORECASE)
_BLANK = re.compile(r"\[([^\[\]]+)\]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[\s\u3000]+")
_MOST_BLANKS = 499

# A literal that Python's repr writes: texts with known escapes, and around them only words, numbers, brackets.
# A text without an end matches as well and leaves its quotation mark: so every sign is looked at once.
_TEXTS = re.compile(r"""'(?:[^'\\]|\\['"\\abfnrtvxuU0-7])*('?)|"(?:[^"\\]|\\['"\\abfnrtvxuU0-7])*("?)""")
_AROUND = re.compile(r"[\w\s\[\](){},:.]*")
_LITERAL_NESTING = 16
_LITERAL_AROUND = 100_000

MediaName = Callable[[str], str | None]


def field_text(text: str, media_name: MediaName, *, is_html: bool = False, blanks: bool = False) -> str:
    """Return a text of Mnemosyne as a field.

    `media_name` tells what a media file is called here. `is_html`: line ends do not count. `blanks`: what
    stands in square brackets is to be filled in, a hint may follow after a colon.
    """
    text = unicodedata.normalize("NFC", _CONTROLS.sub("", text.replace("\r\n", "\n"))).strip()
    parts: list[str] = []
    numbers = _Numbers()
    position, in_formula = 0, False
    for tag in _FORMULA.finditer(text):
        part = text[position : tag.start()]
        parts.append(
            escape(unescape(part), quote=False)
            if in_formula
            else _outside(part, media_name, is_html, numbers if blanks else None)
        )
        parts.append(f"[{tag[1]}{tag[2].lower()}]")
        position, in_formula = tag.end(), not tag[1]
    parts.append(_outside(text[position:], media_name, is_html, numbers if blanks else None))
    return "".join(parts)


class _Numbers:
    """Numbers the blanks of a text from 1."""

    def __init__(self) -> None:
        self._last = 0

    def blank(self, match: re.Match[str]) -> str:
        if self._last >= _MOST_BLANKS:
            return match[0]
        self._last += 1
        answer, colon, hint = match[1].replace("}}", "}&#125;").partition(":")
        return f"{{{{c{self._last}::{answer}{'::' + hint if colon and hint else ''}}}}}"


def _outside(text: str, media_name: MediaName, is_html: bool, numbers: _Numbers | None) -> str:
    """Return a part of a text that is no formula."""
    if numbers is not None:
        text = _BLANK.sub(numbers.blank, text)
    if "<" in text:
        text = _CLOSING.sub("", _TAG.sub(lambda tag: _with_name(tag, media_name), text))
    return text if is_html else text.replace("\n", "<br>")


def _with_name(tag: re.Match[str], media_name: MediaName) -> str:
    source = _SOURCE.search(tag[2])
    if source is None:
        return tag[0]
    name = media_name(unescape(source[1] or source[2] or source[3] or ""))
    if name is None:
        return tag[0]
    if tag[1].lower() != "img":
        return f"[sound:{name}]"
    before, after = tag[2][: source.start()], tag[2][source.end() :]
    return f'<img{before}src="{escape(name)}"{after}>'


def tags_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return tags without blanks and empty parts, each once; letter case does not count."""
    found: dict[str, str] = {}
    for name in names:
        clean = _SPACES.sub("_", unicodedata.normalize("NFC", _CONTROLS.sub("", name)).strip())
        if not clean or clean == "__UNTAGGED__" or clean == "<default>":
            continue
        tag = "::".join(part or "blank" for part in clean[:TAG_SIGNS].split("::"))
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def literal(text: str) -> object:
    """Return the value that a Python literal of texts, numbers, lists, tuples and dicts stands for.

    Nothing is run; None where the text is anything else, nested deeply or larger than a template may be.
    """
    if len(text) > TEMPLATE_BYTES:
        return None
    around = _TEXTS.sub(lambda match: "" if match[1] or match[2] else "?", text)
    if len(around) > _LITERAL_AROUND or not _AROUND.fullmatch(around):
        return None
    depth = 0
    for sign in around:
        depth += (sign in "[({") - (sign in "])}")
        if depth > _LITERAL_NESTING:
            return None
    try:
        value: object = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value
