r"""Short names that a deck defines for its formulas: `\newcommand{\E}{\operatorname{E}}`.

Expansion is counted and bounded: a definition that grows without end leaves the formula as it is written.
"""

import re
from dataclasses import dataclass

MAX_MACROS = 200
MAX_EXPANSIONS = 1000  # on one side of a card
MAX_LENGTH = 20_000

_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator)\*?\s*\{?\s*\\(?P<name>[A-Za-z]+)\s*\}?"
    r"\s*(?:\[(?P<count>[1-9])\])?\s*(?=\{)"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition: `#1` to `#9` in `body` stand for the `count` arguments."""

    count: int
    body: str


class Macros:
    """The definitions met so far on one side of a card."""

    def __init__(self) -> None:
        self._known: dict[str, Macro] = {}
        self._left = MAX_EXPANSIONS

    def read(self, latex: str) -> str:
        """Return a formula without the definitions in it, which are kept, and with those known so far put in."""
        if "command" in latex or "\\DeclareMathOperator" in latex:
            latex = self._without_definitions(latex)
        return self._expanded(latex) if self._known else latex

    def _without_definitions(self, latex: str) -> str:
        parts: list[str] = []
        position = 0
        while (match := _DEFINITION.search(latex, position)) is not None:
            end = _group_end(latex, match.end())
            if end < 0 or len(self._known) >= MAX_MACROS:
                break
            parts.append(latex[position : match.start()])
            body = latex[match.end() + 1 : end - 1]
            if match[0].startswith("\\Declare"):
                body = f"\\operatorname{{{body}}}"
            self._known[match["name"]] = Macro(int(match["count"] or 0), body)
            position = end
        parts.append(latex[position:])
        return "".join(parts)

    def _expanded(self, latex: str) -> str:
        written = latex
        position = 0
        while self._left > 0:
            match = _COMMAND.search(latex, position)
            if match is None:
                return latex
            macro = self._known.get(match[1])
            if macro is None:
                position = match.end()
                continue
            self._left -= 1
            arguments, end = _arguments(latex, match.end(), macro.count)
            if arguments is None:
                return written
            body = _filled(macro.body, arguments)
            latex = f"{latex[: match.start()]}{{{body}}}{latex[end:]}"
            position = match.start()
            if len(latex) > MAX_LENGTH:
                return written
        return written


def _filled(body: str, arguments: list[str]) -> str:
    return re.sub(r"#([1-9])", lambda match: "".join(arguments[int(match[1]) - 1 : int(match[1])]), body)


def _group_end(latex: str, start: int) -> int:
    """Return where the group that opens at `start` ends, −1 if it does not."""
    depth = 0
    for position in range(start, len(latex)):
        if latex[position] == "{" and latex[position - 1 : position] != "\\":
            depth += 1
        elif latex[position] == "}" and latex[position - 1 : position] != "\\":
            depth -= 1
            if depth == 0:
                return position + 1
    return -1


def _arguments(latex: str, position: int, count: int) -> tuple[list[str] | None, int]:
    """Return `count` arguments from `position` on, each a group or one sign, and where they end."""
    found: list[str] = []
    for _ in range(count):
        while position < len(latex) and latex[position].isspace():
            position += 1
        if position >= len(latex):
            return None, position
        if latex[position] == "{":
            end = _group_end(latex, position)
            if end < 0:
                return None, position
            found.append(latex[position + 1 : end - 1])
            position = end
        else:
            sign = re.match(r"\\[A-Za-z]+|\\.|.", latex[position:], re.DOTALL)
            assert sign is not None  # there is a sign left
            found.append(sign[0])
            position += len(sign[0])
    return found, position
