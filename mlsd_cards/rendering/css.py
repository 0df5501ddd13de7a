"""Style sheets of strangers, made harmless: they load nothing but the deck's own media.

Reads CSS as tokens (comments, strings, addresses, names with their escapes), once from left to right, so that
no spelling of `url(` or `@import` is missed. Anything else stays as it is.
Source: CSS Syntax Module Level 3, sections 4 and 5.
"""

import re
from functools import lru_cache

from mlsd_cards.rendering.addresses import is_picture_data, local_address

_NAME = r"(?:[-\w\u0080-\U0010ffff]|\\[0-9a-fA-F]{1,6}+[ \t\n]?|\\[^\n])++"
_TOKEN = re.compile(
    rf"""(?P<comment>/\*)|(?P<quote>["'])|(?P<at>@{_NAME})|(?P<name>{_NAME})(?P<open>\()?|<|[;{{}}]"""
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|(\n)|(.)|\Z)", re.DOTALL)
_STRING = {
    '"': re.compile(r'"((?:[^"\\\n]|\\.|\\\n)*+)(?:"|(?=\n)|\\?\Z)', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\\n]|\\.|\\\n)*+)(?:'|(?=\n)|\\?\Z)", re.DOTALL),
}
_BARE_ADDRESS = re.compile(r"((?:[^)\\]|\\.)*+)(?:\)|\\?\Z)", re.DOTALL)
_AFTER_ADDRESS = re.compile(r"[^)]*+\)?")
_BLANKS = re.compile(r"[ \t\n]*+")
_LINE_ENDS = re.compile("\r\n?|\f")

# Functions that may fetch what a string or a variable inside them names, and one that ran scripts.
_FORBIDDEN_FUNCTIONS = frozenset({"image-set", "-webkit-image-set", "image", "src", "paint", "expression"})
_FORBIDDEN_FUNCTIONS |= {"cross-fade", "-webkit-cross-fade", "element", "-moz-element"}
_FORBIDDEN_RULES = frozenset({"@import", "@charset", "@namespace", "@document", "@-moz-document"})
_FORBIDDEN_PROPERTIES = frozenset({"behavior", "-ms-behavior", "-moz-binding"})


@lru_cache(maxsize=16)  # all cards of a note type have the same sheet
def sanitize_css(css: str) -> str:
    """Return `css` without anything that loads from elsewhere or that could end the style element.

    Kept are `url()` of own media, of pictures in `data:` and of parts of the page (`#id`); others become
    `none`.
    """
    return _Sheet(css).clean()


class _Sheet:
    """One pass over a style sheet or the contents of a style attribute."""

    def __init__(self, css: str):
        self.css = _LINE_ENDS.sub("\n", css).replace("\x00", "\ufffd")
        self.parts: list[str] = []
        self.dropping = False  # inside a rule that is left out, until its end

    def clean(self) -> str:
        """Return the sheet without what must not be in it."""
        position = 0
        while (match := _TOKEN.search(self.css, position)) is not None:
            self._emit(self.css[position : match.start()])
            position = self._token(match)
        self._emit(self.css[position:])
        return "".join(self.parts)

    def _emit(self, text: str) -> None:
        if not self.dropping:
            self.parts.append(text)

    def _token(self, match: re.Match[str]) -> int:
        """Write what may stay of the token and return where the next one starts."""
        if match["comment"]:
            end = self.css.find("*/", match.end())
            self._emit("/**/")
            return end + 2 if end >= 0 else len(self.css)
        if match["quote"]:
            return self._string(match)
        if match["open"]:
            return self._function(match)
        text = match[0]
        if match["at"] and _unescaped(text).lower() in _FORBIDDEN_RULES:
            self.dropping = True
        elif match["name"] and _unescaped(text).lower() in _FORBIDDEN_PROPERTIES:
            self._emit("blocked")
        elif text == "<":
            self._emit("< " if self.css[match.end() : match.end() + 1].strip() else "<")
        elif self.dropping and text in (";", "{", "}"):
            self.dropping = False
            self.parts.append("" if text == ";" else text)
        else:
            self._emit(text)
        return match.end()

    def _string(self, match: re.Match[str]) -> int:
        string = _STRING[match[0]].match(self.css, match.start())
        assert string is not None  # the pattern has an alternative for every way a string can end
        self._emit(match[0] + string[1].replace("<", "\\3c ") + match[0])
        return string.end()

    def _function(self, match: re.Match[str]) -> int:
        name = _unescaped(match["name"]).lower()
        if name in ("url", "url-prefix", "domain"):
            value, end = self._address(match.end())
            self._emit(_written_address(value))
            return end
        self._emit("blocked(" if name in _FORBIDDEN_FUNCTIONS else match[0])
        return match.end()

    def _address(self, position: int) -> tuple[str, int]:
        """Return the address that starts at `position`, decoded, and where its closing bracket ends."""
        blanks = _BLANKS.match(self.css, position)
        position = blanks.end() if blanks else position
        quoted = _STRING.get(self.css[position : position + 1])
        if quoted is not None and (string := quoted.match(self.css, position)) is not None:
            after = _AFTER_ADDRESS.match(self.css, string.end())
            return _unescaped(string[1]), after.end() if after else string.end()
        bare = _BARE_ADDRESS.match(self.css, position)
        assert bare is not None  # the pattern matches up to the end at least
        return _unescaped(bare[1]), bare.end()


def _written_address(value: str) -> str:
    value = value.strip()
    if value.startswith("#") or is_picture_data(value):
        address: str | None = value
    else:
        address = local_address(value)
    if address is None:
        return "none"
    escaped = re.sub(r'[\\"<\n\r\f\x00]', lambda m: f"\\{ord(m[0]):x} ", address)
    return f'url("{escaped}")'


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(match: re.Match[str]) -> str:
    if match[1]:
        number = int(match[1], 16)
        return chr(number) if 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
    return match[3] or ""
