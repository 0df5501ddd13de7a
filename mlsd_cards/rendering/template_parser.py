"""Reads a template once into a flat list of steps, so that nothing that works with it recurses.

Marks are `{{…}}`, or `<%…%>` in templates that begin with `{{=<% %>=}}`. What cannot be a mark is text.
Source: ankitects/anki rslib/src/template.rs. Two limits are ours: `MAX_DEPTH` and `MAX_FILTERS`.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from mlsd_cards.rendering.filters import BLANKS

MAX_DEPTH = 64  # conditions inside conditions
MAX_FILTERS = 16  # on one field
FRONT_SIDE = "FrontSide"
_OLD_MARKS = "{{=<% %>=}}"
_COMMENT, _COMMENT_END = "<!--", "-->"


class TemplateError(ValueError):
    """A template cannot be used; the text is a sentence for the user."""


class Step(NamedTuple):
    """One step of a template.

    `text` adds `value`; `field` adds the field `value` through `names`, innermost filter first; `front` adds
    the question; `if` and `unless` go on at step `jump` when the field `value` is empty, or is not.
    """

    kind: Literal["text", "field", "front", "if", "unless"]
    value: str = ""
    names: tuple[str, ...] = ()
    jump: int = 0


class Program(NamedTuple):
    """A template in steps, with the names it uses."""

    steps: tuple[Step, ...]
    fields: frozenset[str] = frozenset()  # names that must be fields
    conditions: frozenset[str] = frozenset()  # names that must be fields or cloze numbers
    error: str = ""  # a sentence, if the template cannot be read


@lru_cache(maxsize=1024)
def parse(text: str) -> Program:
    """Return the steps of a template; one that cannot be read has `error` set and no steps."""
    try:
        return _Parser(text).program()
    except TemplateError as error:
        return Program((), error=str(error))


def shows_a_field(program: Program, filled: frozenset[str] | set[str]) -> bool:
    """Whether a side made by `program` shows one of the `filled` fields at least."""
    steps = program.steps
    index, size = 0, len(steps)
    while index < size:
        kind, value, _names, jump = steps[index]
        index += 1
        if kind == "text":
            continue
        if kind in ("field", "front"):
            if value in filled:
                return True
        elif (value in filled) is (kind == "unless"):
            index = jump
    return False


class _Spans:
    """Walks over the marks and comments of a template, looking at no stretch of it twice."""

    def __init__(self, text: str, start_mark: str, end_mark: str):
        self.text = text
        self.marks = (start_mark, end_mark)
        self.ends = {end_mark: 0, _COMMENT_END: 0}  # where the next end stands, kept while it lies ahead

    def __iter__(self) -> Iterator[tuple[int, str | None, int]]:
        """Yield (start, inside, end) of each mark, and of each comment with None for the inside."""
        size = len(self.text)
        position = mark = comment = 0
        while True:
            if mark <= position < size:
                mark = self._find(*self.marks, position)
            if comment <= position < size:
                comment = self._find(_COMMENT, _COMMENT_END, position)
            start = min(mark, comment)
            if position >= size or start == size:
                return
            is_mark = start == mark
            end_mark = self.marks[1] if is_mark else _COMMENT_END
            stop = self.ends[end_mark]
            position = stop + len(end_mark)
            yield start, self.text[start + 2 : stop] if is_mark else None, position

    def _find(self, start_mark: str, end_mark: str, position: int) -> int:
        """Return where the next `start_mark` with an end stands; the text's length if there is none."""
        size = len(self.text)
        found = self.text.find(start_mark, position)
        if found < 0:
            return size
        after = found + len(start_mark)
        if self.ends[end_mark] < after:
            end = self.text.find(end_mark, after)
            self.ends[end_mark] = end if end >= 0 else size
        return found if self.ends[end_mark] < size else size


class _Parser:
    """Reads one template from left to right."""

    def __init__(self, text: str):
        self.steps: list[Step] = []
        self.fields: set[str] = set()
        self.conditions: set[str] = set()
        self.open: list[int] = []  # numbers of the steps of conditions without an end so far
        self.text, marks = text, ("{{", "}}")
        trimmed = text.lstrip(BLANKS)
        if trimmed.startswith(_OLD_MARKS):
            while trimmed.startswith(_OLD_MARKS):
                trimmed = trimmed[len(_OLD_MARKS) :]
            self.text, marks = trimmed, ("<%", "%>")
        self.spans = _Spans(self.text, *marks)

    def program(self) -> Program:
        """Return the steps, with the jumps filled in."""
        position = 0
        for start, inside, end in self.spans:
            self._add_text(position, start)
            if inside is None:
                self._add_text(start, end)
            else:
                self._add_mark(inside)
            position = end
        self._add_text(position, len(self.text))
        if self.open:
            raise TemplateError(f"{{{{/{self.steps[self.open[-1]].value}}}}} is missing.")
        return Program(tuple(self.steps), frozenset(self.fields), frozenset(self.conditions))

    def _add_text(self, start: int, end: int) -> None:
        if end > start:
            self.steps.append(Step("text", self.text[start:end]))

    def _add_mark(self, inside: str) -> None:
        content = inside.lstrip("{").strip(BLANKS)
        sign = content[0] if len(content) > 1 else ""
        name = content[1:].lstrip(BLANKS)
        if sign == "#":
            self._open_condition("if", name)
        elif sign == "^":
            self._open_condition("unless", name)
        elif sign == "/":
            self._close_condition(name)
        else:
            self._add_field(content)

    def _open_condition(self, kind: Literal["if", "unless"], name: str) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise TemplateError(f"conditions are nested more than {MAX_DEPTH} deep.")
        self.open.append(len(self.steps))
        self.steps.append(Step(kind, name))
        self.conditions.add(name)

    def _close_condition(self, name: str) -> None:
        if not self.open:
            raise TemplateError(f"{{{{/{name}}}}} has no {{{{#{name}}}}} or {{{{^{name}}}}} before it.")
        number = self.open.pop()
        step = self.steps[number]
        if step.value != name:
            raise TemplateError(f"{{{{/{name}}}}} stands where {{{{/{step.value}}}}} was expected.")
        self.steps[number] = step._replace(jump=len(self.steps))

    def _add_field(self, content: str) -> None:
        *outer, name = content.split(":", MAX_FILTERS + 1)
        if len(outer) > MAX_FILTERS:
            raise TemplateError(f"a field has more than {MAX_FILTERS} filters.")
        if name == FRONT_SIDE:
            self.steps.append(Step("front", name))
        elif name or not outer:  # a filter without a field stands for nothing
            self.steps.append(Step("field", name, tuple(reversed(outer))))
            self.fields.add(name)
