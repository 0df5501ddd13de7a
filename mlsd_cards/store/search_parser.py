"""The search language: search text to a tree of terms.

Words stand for "and"; `or` binds weaker; `-` negates; parentheses group; quotes keep blanks together; `*`
stands for any signs and `_` for one; a backslash takes a sign's meaning away.

Source: the meaning is that of Anki's search language (docs.ankiweb.net/searching.html).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from mlsd_cards.domain.errors import SearchError

_LONGEST = 20_000
_DEEPEST = 50
_ESCAPABLE = '\\"*_:()-'
_WORD_END = re.compile(r'[\s"()]')


class Term(NamedTuple):
    """One term: `key` is what stood before the first colon (None: a plain word), `value` the rest, still
    escaped."""

    key: str | None
    value: str
    position: int
    shown: str  # as the user wrote it


class Not(NamedTuple):
    """Everything that `child` does not match."""

    child: "Node"


class And(NamedTuple):
    """What all children match; without children everything."""

    children: tuple["Node", ...]


class Or(NamedTuple):
    """What any child matches."""

    children: tuple["Node", ...]


Node = Term | Not | And | Or


def parse(text: str) -> Node:
    """Return the tree that `text` stands for; blank text matches everything.

    Raises:
        SearchError: The text is faulty; the error says which part and where.
    """
    if len(text) > _LONGEST:
        raise SearchError(f"The search is longer than {_LONGEST} signs.", _LONGEST)
    parser = _Parser(text)
    node = parser.alternatives(0)
    if parser.place < len(text):
        raise SearchError(
            "A closing bracket `)` stands without an opening one: write `\\)` to search for a bracket.",
            parser.place,
        )
    return node


class _Parser:
    def __init__(self, text: str):
        self.text = text
        self.place = 0

    def _skip_blanks(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def _next(self) -> str:
        return self.text[self.place] if self.place < len(self.text) else ""

    def alternatives(self, depth: int) -> Node:
        """Parse up to a closing bracket or the end."""
        groups: list[list[Node]] = [[]]
        joint: tuple[str, int] | None = None  # the last `and` or `or`, which needs a term after it
        self._skip_blanks()
        while self._next() not in ("", ")"):
            start = self.place
            node = self._operand(depth)
            word = node.value.casefold() if isinstance(node, Term) and node.key is None else ""
            if word in ("and", "or") and self.text[start].casefold() == word[0]:
                if joint or not groups[-1]:
                    raise _dangling(word, start)
                joint = (word, start)
                if word == "or":
                    groups.append([])
            else:
                groups[-1].append(node)
                joint = None
            self._skip_blanks()
        if joint:
            raise _dangling(*joint)
        found: list[Node] = [group[0] if len(group) == 1 else And(tuple(group)) for group in groups]
        return found[0] if len(found) == 1 else Or(tuple(found))

    def _operand(self, depth: int) -> Node:
        following = self.text[self.place + 1 : self.place + 2]
        if self._next() == "-" and following and (following in '"(' or not _WORD_END.match(following)):
            self.place += 1
            return Not(self._plain(depth))
        return self._plain(depth)

    def _plain(self, depth: int) -> Node:
        match self._next():
            case "(":
                return self._group(depth)
            case '"':
                return self._quoted()
            case _:
                return self._word()

    def _group(self, depth: int) -> Node:
        start = self.place
        if depth >= _DEEPEST:
            raise SearchError(f"Brackets are nested deeper than {_DEEPEST} levels.", start)
        self.place += 1
        node = self.alternatives(depth + 1)
        if self._next() != ")":
            raise SearchError(
                "An opening bracket `(` is never closed: write `\\(` to search for a bracket.", start
            )
        self.place += 1
        if node == And(()):
            raise SearchError("There is nothing between the brackets `()` to search for.", start)
        return node

    def _quoted(self) -> Term:
        start = self.place
        content = self._quotation()
        return _term(content, start, self.text[start : self.place])

    def _quotation(self) -> str:
        start = self.place
        self.place += 1
        while (sign := self._next()) != '"':
            if not sign:
                raise SearchError('A quote `"` is never closed: write `\\"` to search for a quote.', start)
            self.place += 2 if sign == "\\" else 1
        self.place += 1
        if self.place == start + 2:
            raise SearchError('There is nothing between the quotes `""` to search for.', start)
        return self.text[start + 1 : self.place - 1]

    def _word(self) -> Term:
        start = self.place
        while (sign := self._next()) and not _WORD_END.match(sign):
            self.place += 2 if sign == "\\" else 1
            if sign == ":" and self._next() == '"':  # deck:"two words"
                head = self.text[start : self.place]
                return _term(head + self._quotation(), start, self.text[start : self.place])
        self.place = min(self.place, len(self.text))
        shown = self.text[start : self.place]
        return _term(shown, start, shown)


def _dangling(word: str, position: int) -> SearchError:
    return SearchError(
        f'`{word}` does not stand between two terms: write `"{word}"` to search for the word.', position
    )


def _term(content: str, position: int, shown: str) -> Term:
    place = 0
    while place < len(content):
        if content[place] == "\\":
            place += 2
        elif content[place] == ":":
            return Term(content[:place], content[place + 1 :], position, shown)
        else:
            place += 1
    return Term(None, content, position, shown)


class Wildcard(NamedTuple):
    """`*` (any signs, `many` True) or `_` (one sign)."""

    many: bool


Pattern = tuple[str | Wildcard, ...]


def pattern(escaped: str, term: Term) -> Pattern:
    """Return the literal parts and wildcards of `escaped`, a part of `term`.

    Raises:
        SearchError: A backslash stands before a sign that has no special meaning.
    """
    parts: list[str | Wildcard] = []
    literal = ""
    signs = iter(escaped)
    for sign in signs:
        if sign in "*_":
            parts += [literal] if literal else []
            parts.append(Wildcard(sign == "*"))
            literal = ""
        elif sign != "\\":
            literal += sign
        elif (escaped_sign := next(signs, "")) and escaped_sign in _ESCAPABLE:
            literal += escaped_sign
        else:
            raise SearchError(
                f"`\\{escaped_sign}` in `{term.shown}` means nothing: write `\\\\` for a backslash.",
                term.position,
            )
    return (*parts, literal) if literal else tuple(parts)


def is_literal(parts: Pattern) -> bool:
    """Whether the pattern has no wildcard."""
    return all(isinstance(part, str) for part in parts)


def as_like(parts: Pattern, fold: Callable[[str], str]) -> str:
    r"""Return the pattern for SQL's `LIKE … ESCAPE '\'`.

    `fold` is what was done to the texts that are compared with it.
    """

    def one(part: str | Wildcard) -> str:
        if isinstance(part, Wildcard):
            return "%" if part.many else "_"
        return re.sub(r"([\\%_])", r"\\\1", fold(part))

    return "".join(map(one, parts))


def as_regex(parts: Pattern) -> re.Pattern[str]:
    """Return a regular expression that a whole name must match, whatever its letter case."""

    def one(part: str | Wildcard) -> str:
        if isinstance(part, Wildcard):
            return ".*" if part.many else "."
        return re.escape(part)

    return re.compile("".join(map(one, parts)), re.IGNORECASE | re.DOTALL)
