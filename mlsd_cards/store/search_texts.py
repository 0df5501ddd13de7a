"""Terms that look at the texts of a note: words, fields, regular expressions."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BOOLEAN,
    TEXT,
    CompoundSelect,
    Select,
    column,
    func,
    or_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteTypeId
from mlsd_cards.rendering.text import fold, strip_html
from mlsd_cards.store import tables
from mlsd_cards.store.functions import compiled
from mlsd_cards.store.search_parser import Pattern, Term, as_like, as_regex, is_literal, pattern
from mlsd_cards.store.search_scope import Condition, Scope, fault, whole_number

c, n, t = tables.cards.c, tables.notes.c, tables.note_texts.c
_INDEX = table("note_index", column("rowid"), column("note_index"))
_TRIGRAM = 3
_PLAIN_RUN = re.compile(r"[\w ]+(?![\w ]*[?*{])")


@dataclass(frozen=True)
class OnText:
    """A condition on a note's texts: what they must hold somewhere (for the index), and what is then checked.

    `with_note` tells that a check looks at the note's own row too.
    """

    literals: tuple[str, ...]
    checks: tuple[Condition, ...]
    with_note: bool = False

    @property
    def uses_index(self) -> bool:
        """Whether the text index narrows the search down."""
        return bool(_grams(self.literals))

    def condition(self, scope: Scope) -> Condition:
        """Return the condition on the card."""
        if not self.checks:
            return true()
        query = select(t.note_id).where(*self.checks)
        if self.with_note:
            query = query.join(tables.notes, n.id == t.note_id)
        if grams := _grams(self.literals):
            query = query.where(t.note_id.in_(_candidates(grams, scope)))
        return c.note_id.in_(query)


def all_of(parts: Sequence[OnText]) -> OnText:
    """Return one condition for several that must all hold, so that each text is visited once."""
    return OnText(
        tuple(literal for part in parts for literal in part.literals),
        tuple(check for part in parts for check in part.checks),
        any(part.with_note for part in parts),
    )


def _grams(literals: Iterable[str]) -> list[str]:
    """Return groups of three signs that together cover the literals."""
    grams: dict[str, None] = {}
    for literal in literals:
        last = len(literal) - _TRIGRAM
        if last >= 0:
            grams |= dict.fromkeys(literal[at : at + _TRIGRAM] for at in (*range(0, last, _TRIGRAM), last))
    return list(grams)


def _candidates(grams: list[str], scope: Scope) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """Return the query of the text index, with the notes that it does not know yet."""
    expression = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams)
    found = select(_INDEX.c.rowid).where(_INDEX.c.note_index.op("MATCH")(expression))
    if not scope.pending:
        return found
    waiting = tables.note_texts.alias("waiting").c
    return union_all(found, select(waiting.note_id).where(waiting.indexed == 0))


def _literals(parts: Pattern) -> tuple[str, ...]:
    return tuple(fold(part) for part in parts if isinstance(part, str))


def _means_html(text: str) -> bool:
    return "<" in text or "&" in text


# Words


def word(term: Term, scope: Scope) -> OnText | Condition:
    """`dog`, `d*g`, `"hot dog"`: the visible text of any field holds it."""
    return _holds(term.value, term, scope)


def without_accents(term: Term, scope: Scope) -> OnText | Condition:
    """`nc:word`: as a plain word, since accents never count."""
    return _holds(term.value, term, scope)


def _holds(escaped: str, term: Term, scope: Scope) -> OnText | Condition:
    parts = pattern(escaped, term)
    literals = _literals(parts)
    if is_literal(parts):
        visible = OnText(literals, tuple(func.instr(t.text, literal) > 0 for literal in literals))
    elif not literals and all(part.many for part in parts if not isinstance(part, str)):
        visible = OnText((), ())
    else:
        visible = OnText(literals, (t.text.like(f"%{as_like(parts, fold)}%", escape="\\"),))
    if not _means_html(escaped):
        return visible
    # Who writes signs of HTML may mean the HTML itself: then both are looked at.
    raw = select(n.id).where(n.fields.like(f"%{as_like(parts, str)}%", escape="\\"))
    return or_(visible.condition(scope), c.note_id.in_(raw))


def whole_word(term: Term, scope: Scope) -> OnText:
    """`w:dog`: the word stands alone, so `dogs` does not match."""
    parts = pattern(term.value, term)
    if not parts:
        raise fault(term, "`w:` must be followed by a word")
    inner = "".join(
        re.escape(fold(p)) if isinstance(p, str) else (r"\w*" if p.many else r"\w") for p in parts
    )
    expression = rf"(?<!\w){inner}(?!\w)"
    return OnText(_literals(parts), (func.matches(expression, t.text, type_=BOOLEAN),))


def regular_expression(term: Term, scope: Scope) -> OnText:
    """`re:d.g`: the expression matches somewhere in the visible text, whatever the letter case."""
    return _expression(term.value, term, t.text, n.fields)


def _expression(expression: str, term: Term, visible: ColumnElement[str], raw: ColumnElement[str]) -> OnText:
    try:
        compiled(expression)
    except re.error as error:
        raise fault(term, f"its regular expression is faulty ({error})") from None
    if _means_html(expression):
        return OnText((), (func.matches(expression, raw, type_=BOOLEAN),), with_note=True)
    check = func.matches(expression, visible, type_=BOOLEAN)
    return OnText((_longest_literal(expression),), (check,))


def _longest_literal(expression: str) -> str:
    """Return a text that every match holds, as far as that is easily seen; empty if not."""
    if re.search(r"[|()\[\\{]", expression) or not expression.isascii():
        return ""
    return max(_PLAIN_RUN.findall(expression.lower()), key=len, default="").strip()


# Fields


def field(term: Term, scope: Scope) -> OnText:
    """`front:dog`, `fr*:*dog*`, `front:`, `front:_*`, `front:re:d.g`, `front:nc:dog`: the whole field
    matches.

    Compared is the visible text; the HTML itself where the pattern has signs of HTML or nothing but
    wildcards.

    Raises:
        SearchError: No note type has such a field.
    """
    places = _places(term, scope)
    if term.value.lower().startswith("re:"):
        return _anywhere(
            places,
            scope,
            lambda visible, raw: _expression(term.value[3:], term, visible, raw),
        )
    escaped = term.value[3:] if term.value.lower().startswith("nc:") else term.value
    parts = pattern(escaped, term)
    if parts and all(not isinstance(part, str) and part.many for part in parts):
        return _anywhere(places, scope, lambda visible, raw: OnText((), (true(),)))
    if _means_html(escaped) or not _literals(parts):
        like = as_like(parts, str)
        return _anywhere(
            places, scope, lambda visible, raw: OnText((), (raw.like(like, escape="\\"),), with_note=True)
        )
    like = as_like(parts, fold)
    exact = "".join(_literals(parts)) if is_literal(parts) else None

    def whole(visible: ColumnElement[str], raw: ColumnElement[str]) -> OnText:
        check = visible.like(like, escape="\\") if exact is None else visible == exact
        return OnText(_literals(parts), (check,))

    return _anywhere(places, scope, whole)


def _places(term: Term, scope: Scope) -> dict[int, list[NoteTypeId]]:
    """Return for each ordinal the note types whose field there has the name asked for."""
    name = as_regex(pattern(term.key or "", term))
    places: dict[int, list[NoteTypeId]] = {}
    for key, note_type in scope.note_types.items():
        for ordinal, field_name in enumerate(note_type.field_names):
            if name.fullmatch(field_name):
                places.setdefault(ordinal, []).append(key)
    if not places:
        raise fault(
            term,
            f"`{term.key}:` is neither a word of the search language nor a field (a plain colon is `\\:`)",
        )
    return places


def _anywhere(
    places: dict[int, list[NoteTypeId]],
    scope: Scope,
    check: Callable[[ColumnElement[str], ColumnElement[str]], OnText],
) -> OnText:
    """Return that `check` holds for one of the fields at `places`."""
    found: list[Condition] = []
    with_note = False
    literals: tuple[str, ...] = ()
    for ordinal, note_types in places.items():
        one = check(_field_at(t.text, ordinal), _field_at(n.fields, ordinal))
        condition = one.checks[0]
        with_note |= one.with_note
        literals = one.literals
        if len(note_types) < len(scope.note_types):
            condition = condition & n.note_type_id.in_(note_types)
            with_note = True
        found.append(condition)
    return OnText(literals, (or_(*found),), with_note)


def _field_at(joined: ColumnElement[str], ordinal: int) -> ColumnElement[str]:
    if ordinal:
        return func.field_at(joined, ordinal, type_=TEXT)
    # The first one is found without leaving SQLite.
    return func.substr(joined, 1, func.instr(joined + FIELD_SEPARATOR, FIELD_SEPARATOR) - 1, type_=TEXT)


def duplicate(term: Term, scope: Scope) -> OnText:
    """`dupe:NOTE_TYPE_ID,TEXT`: notes of the type whose first field reads like TEXT."""
    number, comma, text = term.value.partition(",")
    expected = "`dupe:` must be followed by the number of a note type, a comma, and a text"
    if not comma:
        raise fault(term, expected)
    key = whole_number(number, term, expected)
    wanted = fold(strip_html(text.replace("\\", "")))
    same = _field_at(t.text, 0) == wanted
    return OnText((wanted,), (same, n.note_type_id == key), with_note=True)
