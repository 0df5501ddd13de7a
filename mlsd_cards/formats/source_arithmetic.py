"""Plain arithmetic as written in `working`: numbers, + - * / ** and brackets; parsed, never run as code."""

import math
import re

from mlsd_cards.domain.errors import InputError

MAX_SIGNS = 500
MAX_NESTING = 32

_TOKEN = re.compile(r"\s*(\*\*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?|[-+*/()])")


def evaluate(text: str) -> float:
    """Return the value of an arithmetic text; `**` binds tightest and to the right, then sign, then * and /.

    Raises:
        InputError: the text holds anything else, is longer than 500 signs, nests more than 32 brackets,
            divides by zero or leaves the range of floating point.
    """
    if len(text) > MAX_SIGNS:
        raise InputError(f"The working may have at most {MAX_SIGNS} signs.")
    parser = _Parser(_tokens(text))
    try:
        value = parser.sum(0)
    except ZeroDivisionError as error:
        raise InputError("The working divides by zero.") from error
    except OverflowError as error:
        raise InputError("The working leaves the range of numbers.") from error
    if parser.token:
        raise InputError(f"The working has {parser.token} where it should end or go on with an operator.")
    if not math.isfinite(value):
        raise InputError("The working leaves the range of numbers.")
    return value


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            sign = text[position:].lstrip()[0]
            raise InputError(f"The working may hold only numbers, + - * / ** and brackets, not {sign}.")
        tokens.append(found[1])
        position = found.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens; `token` is the next one, empty at the end."""

    def __init__(self, tokens: list[str]):
        self._tokens = tokens
        self._next = 0

    @property
    def token(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.token
        self._next += 1
        return token

    def sum(self, depth: int) -> float:
        value = self._product(depth)
        while self.token in ("+", "-"):
            value = value + self._product(depth) if self._take() == "+" else value - self._product(depth)
        return value

    def _product(self, depth: int) -> float:
        value = self._signed(depth)
        while self.token in ("*", "/"):
            value = value * self._signed(depth) if self._take() == "*" else value / self._signed(depth)
        return value

    def _signed(self, depth: int) -> float:
        if depth > MAX_NESTING:
            raise InputError(f"The working nests more than {MAX_NESTING} brackets, signs or powers.")
        if self.token in ("+", "-"):
            return self._signed(depth + 1) if self._take() == "+" else -self._signed(depth + 1)
        return self._power(depth)

    def _power(self, depth: int) -> float:
        base = self._atom(depth)
        if self.token != "**":
            return base
        self._take()
        value = base ** self._signed(depth + 1)
        if isinstance(value, complex):
            raise InputError("The working takes a root of a negative number.")
        return float(value)

    def _atom(self, depth: int) -> float:
        token = self._take()
        if token == "(":
            value = self.sum(depth + 1)
            if self._take() != ")":
                raise InputError("The working has a bracket that is not closed.")
            return value
        if not token or not (token[0].isdigit() or token[0] == "."):
            raise InputError("The working lacks a number.")
        return float(token)
