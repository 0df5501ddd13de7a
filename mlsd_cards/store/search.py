"""Search: text of the search language to card ids."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from mlsd_cards.domain.errors import InputError
from mlsd_cards.store import search_states as states
from mlsd_cards.store import search_texts as texts
from mlsd_cards.store import tables
from mlsd_cards.store.search_parser import And, Node, Not, Or, Term, parse
from mlsd_cards.store.search_scope import Condition, Scope, SearchEnv
from mlsd_cards.store.search_texts import OnText

__all__ = ["ORDERS", "SearchEnv", "search"]

c, n, d = tables.cards.c, tables.notes.c, tables.decks.c

_TERMS: dict[str, Callable[[Term, Scope], Condition | OnText]] = {
    "added": states.added,
    "card": states.template,
    "cid": states.card_ids,
    "deck": states.deck,
    "did": states.deck_ids,
    "dupe": texts.duplicate,
    "edited": states.edited,
    "flag": states.flag,
    "introduced": states.introduced,
    "is": states.state,
    "mid": states.note_type_ids,
    "nc": texts.without_accents,
    "nid": states.note_ids,
    "note": states.note_type,
    "preset": states.preset,
    "prop": states.prop,
    "rated": states.rated,
    "re": texts.regular_expression,
    "resched": states.rescheduled,
    "tag": states.tag,
    "w": texts.whole_word,
}

_ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "created": (c.created_ms,),
    "deck": (d.name,),
    "difficulty": (c.difficulty,),
    # New cards last, in their order; cards of a day before those of the next.
    "due": (c.state == "new", c.due_day, c.due_at_ms, c.position),
    "ease": (c.ease_permille,),
    "flag": (c.flag,),
    "id": (),
    "interval": (c.interval_days,),
    "lapses": (c.lapses,),
    "modified": (n.modified_ms,),
    "note": (c.note_id, c.ordinal),
    "position": (c.position,),
    "reps": (c.reps,),
    "stability": (c.stability,),
    "text": (tables.note_texts.c.text,),
}
ORDERS = tuple(_ORDERS)
_JOINS = {"deck": (tables.decks, d.id == c.deck_id), "modified": (tables.notes, n.id == c.note_id)}
_JOINS["text"] = (tables.note_texts, tables.note_texts.c.note_id == c.note_id)


def search(
    conn: sqlite3.Connection, text: str, env: SearchEnv, *, order: str | None = None, limit: int | None = None
) -> tuple[int, list[int]]:
    """Return how many cards `text` finds, and their ids: at most `limit`, in the order asked for.

    `order` is one of `ORDERS`, with a leading `-` from the highest down; without it cards come by id.

    Raises:
        SearchError: The text is faulty; the error says which part and where.
        InputError: There is no such order.
    """
    query = select(c.id).where(_condition(parse(text), Scope(conn, env)))
    if order is None:
        # One row of JSON, sorted here, is read several times faster than many sorted rows.
        found = query.subquery()
        ids = sorted(json.loads(_rows(conn, select(func.json_group_array(found.c.id))).fetchone()[0]))
    else:
        ids = [row[0] for row in _rows(conn, _ordered(query, order))]
    return len(ids), ids if limit is None else ids[: max(0, limit)]


def _rows(conn: sqlite3.Connection, query: Select[Any]) -> sqlite3.Cursor:
    compiled = query.compile(dialect=tables.DIALECT, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return conn.execute(compiled.string, values)


def _ordered(query: Select[tuple[int]], order: str) -> Select[tuple[int]]:
    name = order.removeprefix("-")
    if name not in _ORDERS:
        raise InputError(f"Cards cannot be ordered by {name!r}: choose one of {', '.join(ORDERS)}.")
    if name in _JOINS:
        target, on = _JOINS[name]
        query = query.join(target, on)
    columns = (*_ORDERS[name], c.id)
    down = order.startswith("-")
    return query.order_by(*(column.desc() if down else column for column in columns))


def _condition(node: Node, scope: Scope) -> Condition:
    found = _meaning(node, scope)
    return found.condition(scope) if isinstance(found, OnText) else found


def _meaning(node: Node, scope: Scope) -> Condition | OnText:
    match node:
        case Term(key=None):
            return texts.word(node, scope)
        case Term(key=key):
            return _TERMS.get(str(key).lower(), texts.field)(node, scope)
        case Not(child=child):
            # Not plain NOT: a comparison with a missing value is neither true nor false.
            return _condition(child, scope).is_not(true())
        case Or(children=children):
            return or_(*(_condition(child, scope) for child in children))
        case And(children=children):
            on_text: list[OnText] = []
            others: list[Condition] = []
            rest: list[Node] = []
            for child in children:
                if _asks_of_texts(child):
                    found = _meaning(child, scope)
                    on_text += [found] if isinstance(found, OnText) else []
                    others += [] if isinstance(found, OnText) else [found]
                else:
                    rest.append(child)
            together = texts.all_of(on_text)
            if not together.uses_index:
                others += [_condition(child, scope) for child in rest]
                return and_(together.condition(scope), *others)
            few = scope.of_few_cards()
            others += [_condition(child, few) for child in rest]
            # SQLite cannot know how few cards are left; "IS 1" keeps it from beginning elsewhere.
            return and_(together.condition(scope), *(each.is_(true()) for each in others))


def _asks_of_texts(node: Node) -> bool:
    if not isinstance(node, Term):
        return False
    return node.key is None or _TERMS.get(node.key.lower(), texts.field).__module__ == texts.__name__
