"""Cloze deletions: `{{c1::text::hint}}`, nested, with several numbers (`{{c1,2::…}}`), and image occlusions.

Reading is iterative and linear; depth is bounded by `MAX_NESTING`, so that walking the tree may recurse.
Source: ankitects/anki rslib/src/cloze.rs and rslib/src/image_occlusion/imageocclusion.rs. Anki nests 10 deep.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mlsd_cards.rendering.filters import strip_tags

MAX_NESTING = 8
MAX_NUMBER = 65535
MAX_CARDS = 500
IMAGE_OCCLUSION = "image-occlusion:"

_TOKEN = re.compile(r"\{\{c([0-9,]+)::|\}\}")
_MATH = re.compile(r"(\\[(\[])(.*?)(\\[\])])", re.DOTALL)
_ATTRIBUTE_SIGN = re.compile("[^0-9A-Za-z\u0100-\U0010ffff]")
_NAMED = {'"': "&quot;", "&": "&amp;", "'": "&#x27;", "<": "&lt;", ">": "&gt;"}


class TooLarge(ValueError):
    """The text would grow beyond the budget of a rendered side."""


@dataclass(slots=True)
class Cloze:
    """One deletion: its numbers in order, its contents, and its hint if it has one."""

    numbers: tuple[int, ...]
    nodes: list["str | Cloze"] = field(default_factory=list)
    hint: str | None = None

    @property
    def label(self) -> str:
        """The numbers as they stand in HTML."""
        return ",".join(map(str, self.numbers))

    @property
    def occlusion(self) -> str | None:
        """The description of the shape, if the deletion hides part of a picture."""
        first = self.nodes[0] if self.nodes else None
        if isinstance(first, str) and first.startswith(IMAGE_OCCLUSION):
            return first[len(IMAGE_OCCLUSION) :]
        return None

    @property
    def text(self) -> str:
        """The hidden text, without the markers of inner deletions."""
        return "".join([node if isinstance(node, str) else node.text for node in self.nodes])


def parse(text: str) -> list[str | Cloze]:
    """Return `text` as pieces of text and deletions. What follows an opening without an end is left out."""
    output: list[str | Cloze] = []
    opened: list[Cloze] = []
    for token in _tokens(text):
        if isinstance(token, tuple):
            if len(opened) < MAX_NESTING:
                opened.append(Cloze(token))
        elif token is not None:
            _add_text(token, opened, output)
        elif opened:
            cloze = opened.pop()
            (opened[-1].nodes if opened else output).append(cloze)
        else:
            output.append("}}")
    return output


def numbers_in(texts: Iterable[str]) -> set[int]:
    """Return the cloze numbers above 0 in `texts`, inner ones included."""
    found: set[int] = set()
    for text in texts:
        if "{{c" in text:
            found |= _numbers(text)
    return found


def reveal(text: str, number: int, question: bool, budget: int) -> str:
    """Return `text` as the card of `number` shows it; empty if it has no deletion of that number.

    Markup inside formulas is removed, since deletions leave tags there.

    Raises:
        TooLarge: the result has more than `budget` characters.
    """
    if "{{c" not in text:
        return ""
    revealer = _Revealer(number, question, budget)
    result = revealer.join(parse(text))
    if not revealer.found:
        return ""
    end = max(result.rfind("\\)"), result.rfind("\\]")) + 2  # so that each opening before it has an end
    return _MATH.sub(lambda m: m[1] + strip_tags(m[2]) + m[3], result[:end]) + result[end:]


def reveal_only(text: str, number: int, question: bool) -> str:
    """Return the deletions of `number` alone: hints on the question, texts on the answer, with commas."""
    return ", ".join(_revealed(text, number, question))


def expected_answer(text: str, number: int) -> str:
    """Return what is to be typed for the deletions of `number`; equal ones count once."""
    found = list(_revealed(text, number, False))
    return found[0] if len(set(found)) == 1 else ", ".join(found)


def encode_attribute(text: str) -> str:
    """Return `text` for a quoted attribute: all below U+0100 but ASCII letters and digits as entities."""
    return _ATTRIBUTE_SIGN.sub(_encoded, text)


def _encoded(match: re.Match[str]) -> str:
    sign = match[0]
    return _NAMED.get(sign) or f"&#x{ord(sign):02X};"


def _tokens(text: str) -> Iterator[str | tuple[int, ...] | None]:
    """Yield pieces of text, the numbers of each opening, and None for each end."""
    position = 0
    for match in _TOKEN.finditer(text):
        numbers = _parsed_numbers(match[1]) if match[1] else None
        if numbers == ():
            continue
        if match.start() > position:
            yield text[position : match.start()]
        yield numbers
        position = match.end()
    if position < len(text):
        yield text[position:]


def _parsed_numbers(listed: str) -> tuple[int, ...]:
    found = set()
    for part in listed.split(","):
        digits = part.lstrip("0") or part[:1]
        if digits and len(digits) <= 5 and int(digits) <= MAX_NUMBER:
            found.add(int(digits))
    return tuple(sorted(found))


def _add_text(text: str, opened: list[Cloze], output: list[str | Cloze]) -> None:
    if not opened:
        output.append(text)
        return
    cloze = opened[-1]
    if not text.startswith(IMAGE_OCCLUSION):
        text, mark, hint = text.partition("::")
        if mark:
            cloze.hint = hint
    cloze.nodes.append(text)


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    waiting = [node for node in parse(text) if isinstance(node, Cloze)]
    while waiting:
        cloze = waiting.pop()
        found.update(cloze.numbers)
        waiting += [node for node in cloze.nodes if isinstance(node, Cloze)]
    return found - {0}


def _revealed(text: str, number: int, question: bool) -> Iterator[str]:
    waiting = [node for node in reversed(parse(text)) if isinstance(node, Cloze)]
    while waiting:
        cloze = waiting.pop()
        if number in cloze.numbers:
            yield ("..." if cloze.hint is None else cloze.hint) if question else cloze.text
        waiting += [node for node in reversed(cloze.nodes) if isinstance(node, Cloze)]


class _Revealer:
    """Writes deletions as HTML for one card and one side."""

    def __init__(self, number: int, question: bool, budget: int):
        self.number = number
        self.question = question
        self.budget = budget
        self.found = False

    def join(self, nodes: list[str | Cloze]) -> str:
        """Return the HTML of `nodes`."""
        html = "".join([node if isinstance(node, str) else self.cloze(node) for node in nodes])
        if len(html) > self.budget:
            raise TooLarge
        return html

    def cloze(self, cloze: Cloze) -> str:
        """Return the HTML of one deletion."""
        active = self.number in cloze.numbers
        self.found |= active
        occlusion = cloze.occlusion
        if occlusion is not None:
            hidden = (self.question and active) or 0 in cloze.numbers
            kind = "" if hidden else "-highlight" if active else "-inactive"
            return f'<div class="cloze{kind}" data-ordinal="{cloze.label}" {shape_data(occlusion)}></div>'
        inner = self.join(cloze.nodes)
        if not active:
            return f'<span class="cloze-inactive" data-ordinal="{cloze.label}">{inner}</span>'
        if not self.question:
            return f'<span class="cloze" data-ordinal="{cloze.label}">{inner}</span>'
        hint = "..." if cloze.hint is None else cloze.hint
        hidden_text = encode_attribute(inner)
        return f'<span class="cloze" data-cloze="{hidden_text}" data-ordinal="{cloze.label}">[{hint}]</span>'


_SHAPES = frozenset({"rect", "ellipse", "polygon", "text"})
_PLAIN = {
    "left": "left",
    "top": "top",
    "angle": "angle",
    "fill": "fill",
    "oi": "occludeInactive",
    "fs": "font-size",
}
_NOT_ZERO = frozenset({"width", "height", "rx", "ry", "scale"})
_PROPERTY = re.compile(r":([^=]+)=((?:[^\\:]|\\[\\:])++)(?=:|\Z)")


def shape_data(description: str) -> str:
    """Return the data attributes of a shape such as `rect:left=.1:top=.2`, each with a blank after it."""
    shape, mark, _rest = description.partition(":")
    if not mark:
        return ""
    parts = [f'data-shape="{shape}" '] if shape in _SHAPES else []
    position = len(shape)
    while (match := _PROPERTY.match(description, position)) is not None:
        position = match.end()
        value = re.sub(r"\\([\\:])", r"\1", match[2])
        parts.append(_property_data(match[1], value))
    return "".join(parts)


def _property_data(name: str, value: str) -> str:
    if name in _PLAIN:
        return f'data-{_PLAIN[name]}="{value}" '
    if name in _NOT_ZERO and value != "0":
        return f'data-{name}="{value}" '
    if name == "text":
        return f'data-text="{encode_attribute(value)}" '
    if name == "points":
        points = " ".join([pair for pair in value.split(" ") if "," in pair])
        return f'data-points="{points}" ' if points else ""
    return ""
