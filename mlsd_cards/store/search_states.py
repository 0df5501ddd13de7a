"""Terms that look at a card's place and schedule, at its note's tags and type, and at its reviews."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import BOOLEAN, and_, false, func, literal, literal_column, not_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from mlsd_cards.domain.decks import DECK_SEPARATOR, DeckId
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.store import tables
from mlsd_cards.store.functions import compiled
from mlsd_cards.store.search_parser import Term, as_like, as_regex, is_literal, pattern
from mlsd_cards.store.search_scope import DAY_MS, Condition, Scope, fault, whole_number

b, c, n = tables.borrowed_cards.c, tables.cards.c, tables.notes.c
r, tags = tables.reviews.c, tables.note_tags.c
# Not bound, since an index that holds the new cards only serves no bound value.
_NEW: ColumnElement[str] = literal_column("'new'")
_OLD = ("review", "learning", "relearning")
_LEARNING = ("learning", "relearning")
_FLAGS = "`flag:` must be followed by a number from 0 to 7"
_IDS = "numbers with commas between them must follow the colon"


def _hidden(scope: Scope) -> Condition:
    """The card is suspended or buried."""
    return or_(c.suspended == 1, c.buried_until_day > scope.env.today)


def _buried(scope: Scope, *by: str) -> Condition:
    return and_(c.suspended == 0, c.buried_until_day > scope.env.today, c.buried.in_(by))


def _due(scope: Scope) -> Condition:
    # Each half has an index (the first because all decks are named), so that not every card is looked at.
    of_a_day = and_(c.deck_id.in_(list(scope.decks)), c.state.in_(_OLD), c.due_day <= scope.env.today)
    in_steps = c.due_at_ms < scope.env.next_day_at_ms
    return and_(or_(of_a_day, in_steps), not_(_hidden(scope)))


_IS: dict[str, Callable[[Scope], Condition]] = {
    "due": _due,
    "new": lambda scope: c.state == _NEW,
    "learn": lambda scope: c.state.in_(_LEARNING),
    "review": lambda scope: c.state.in_(("review", "relearning")),
    "suspended": lambda scope: c.suspended == 1,
    "conflict": lambda scope: c.note_id.in_(select(tables.conflicts.c.note_id)),
    "buried": lambda scope: _buried(scope, "hand", "sibling"),
    "buried-manually": lambda scope: _buried(scope, "hand"),
    "buried-sibling": lambda scope: _buried(scope, "sibling"),
}


def state(term: Term, scope: Scope) -> Condition:
    """`is:due` and the like. A card in relearning is both `is:learn` and `is:review`."""
    found = _IS.get(term.value.casefold())
    if found is None:
        raise fault(term, f"`is:` must be followed by one of {', '.join(_IS)}")
    return found(scope)


def flag(term: Term, scope: Scope) -> Condition:
    """`flag:1`; `flag:0` finds cards without a flag."""
    number = whole_number(term.value, term, _FLAGS)
    if not 0 <= number <= 7:
        raise fault(term, _FLAGS)
    return c.flag == number


def deck(term: Term, scope: Scope) -> Condition:
    """`deck:a`, with the decks below; `deck:current`, `deck:*`; `deck:filtered` finds what is borrowed.

    A borrowed card is found in its home deck and in the filtered deck that has it.
    """
    wanted = term.value.casefold()
    if wanted == "*":
        return true()
    if wanted == "filtered":
        return c.id.in_(select(b.card_id))
    if wanted == "current":
        return _in_decks(scope.inside(scope.env.current_deck), scope)
    name = as_regex(pattern(term.value, term))
    return _in_decks([key for key, each in scope.decks.items() if _deck_matches(name, each.name)], scope)


def _in_decks(ids: Iterable[DeckId], scope: Scope) -> Condition:
    keys = list(ids)
    borrowing = [key for key in keys if key in scope.borrowing]
    at_home = c.deck_id.in_(keys)
    if not borrowing:
        return at_home
    return or_(at_home, c.id.in_(select(b.card_id).where(b.deck_id.in_(borrowing))))


def _deck_matches(name: re.Pattern[str], deck_name: str) -> bool:
    parts = deck_name.split(DECK_SEPARATOR)
    return any(name.fullmatch(DECK_SEPARATOR.join(parts[:count])) for count in range(1, len(parts) + 1))


def preset(term: Term, scope: Scope) -> Condition:
    """`preset:name`: cards of the decks that use the preset."""
    name = as_regex(pattern(term.value, term))
    using = [key for key, each in scope.decks.items() if name.fullmatch(scope.presets[each.preset_id].name)]
    return c.deck_id.in_(using)


def tag(term: Term, scope: Scope) -> Condition:
    """`tag:a`, with the tags below; `tag:none`, `tag:*`, `tag:re:a.c`."""
    if term.value.casefold() == "none":
        return c.note_id.not_in(select(tags.note_id))
    if term.value == "*":
        return true()
    if term.value.lower().startswith("re:"):
        return _tag_expression(term)
    parts = pattern(term.value, term)
    if is_literal(parts):
        name = "".join(part.casefold() for part in parts if isinstance(part, str))
        # ";" is the sign after ":", so this range is all that starts with the name and "::".
        below = and_(tags.folded >= f"{name}::", tags.folded < f"{name}:;")
        found = or_(tags.folded == name, below) if name else false()
    else:
        like = as_like(parts, str.casefold)
        found = or_(tags.folded.like(like, escape="\\"), tags.folded.like(f"{like}::%", escape="\\"))
    if scope.few:
        return select(tags.note_id).where(tags.note_id == c.note_id, found).exists()
    return c.note_id.in_(select(tags.note_id).where(found))


def _tag_expression(term: Term) -> Condition:
    expression = term.value[3:]
    try:
        compiled(expression)
    except re.error as error:
        raise fault(term, f"its regular expression is faulty ({error})") from None
    found = func.matches(expression, tags.tag, type_=BOOLEAN)
    return c.note_id.in_(select(tags.note_id).where(found))


def note_type(term: Term, scope: Scope) -> Condition:
    """`note:basic`: notes of the type of that name."""
    name = as_regex(pattern(term.value, term))
    keys = [key for key, each in scope.note_types.items() if name.fullmatch(each.name)]
    return c.note_id.in_(select(n.id).where(n.note_type_id.in_(keys)))


def template(term: Term, scope: Scope) -> Condition:
    """`card:1` (counted from 1), or `card:name`."""
    if term.value.isdecimal():
        return c.ordinal == whole_number(term.value, term, "the number is too large") - 1
    name = as_regex(pattern(term.value, term))
    found: list[Condition] = [false()]
    for key, each in scope.note_types.items():
        ordinals = [place for place, every in enumerate(each.templates) if name.fullmatch(every.name)]
        if ordinals:
            of_type = c.note_id.in_(select(n.id).where(n.note_type_id == key))
            is_cloze = each.kind is NoteTypeKind.CLOZE
            found.append(of_type if is_cloze else and_(c.ordinal.in_(ordinals), of_type))
    return or_(*found)


def _ids(term: Term) -> list[int]:
    return [whole_number(each, term, _IDS) for each in term.value.split(",")]


def note_ids(term: Term, scope: Scope) -> Condition:
    """`nid:1,2`: cards of notes by number."""
    return c.note_id.in_(_ids(term))


def card_ids(term: Term, scope: Scope) -> Condition:
    """`cid:1,2`: cards by number."""
    return c.id.in_(_ids(term))


def deck_ids(term: Term, scope: Scope) -> Condition:
    """`did:1,2`: cards of decks by number, without the decks below."""
    return c.deck_id.in_(_ids(term))


def note_type_ids(term: Term, scope: Scope) -> Condition:
    """`mid:1,2`: cards of note types by number."""
    return c.note_id.in_(select(n.id).where(n.note_type_id.in_(_ids(term))))


# Events


def _since(term: Term, scope: Scope, days: str) -> int:
    """Return the moment (ms) at which the day began that is `days` − 1 days before today."""
    count = whole_number(days, term, f"`{term.key}:` must be followed by a number of days")
    return scope.env.next_day_at_ms - max(1, count) * DAY_MS


def added(term: Term, scope: Scope) -> Condition:
    """`added:n`: the card was made within the last n days; 1 is today."""
    return c.created_ms >= _since(term, scope, term.value)


def edited(term: Term, scope: Scope) -> Condition:
    """`edited:n`: the note was changed within the last n days."""
    changed = select(n.id).where(n.modified_ms >= _since(term, scope, term.value))
    return c.note_id.in_(changed)


def rated(term: Term, scope: Scope) -> Condition:
    """`rated:n`, `rated:n:1`: the card was answered within the last n days, with the rating."""
    days, colon, rating = term.value.partition(":")
    answered = r.rating > 0
    if colon:
        expected = "the rating after the second colon must be 1, 2, 3 or 4"
        if not 1 <= whole_number(rating, term, expected) <= 4:
            raise fault(term, expected)
        answered = r.rating == int(rating)
    return c.id.in_(select(r.card_id).where(r.id >= _since(term, scope, days), answered))


def introduced(term: Term, scope: Scope) -> Condition:
    """`introduced:n`: the card's first answer was within the last n days."""
    since = _since(term, scope, term.value)
    recent = select(r.card_id).where(r.id >= since, r.rating > 0)
    before = select(r.card_id).where(r.id < since, r.rating > 0)
    return and_(c.id.in_(recent), c.id.not_in(before))


def rescheduled(term: Term, scope: Scope) -> Condition:
    """`resched:n`: the card was given another due date without an answer within the last n days."""
    return c.id.in_(select(r.card_id).where(r.id >= _since(term, scope, term.value), r.rating == 0))


# Properties

_PROPERTY = re.compile(r"(?P<name>[a-z]+)(?P<sign>!=|<=|>=|=|<|>)(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_COMPARE: dict[str, Callable[[ColumnElement[Any], float], Condition]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WHOLE = {"ivl": c.interval_days, "reps": c.reps, "lapses": c.lapses}
_REAL = {"s": c.stability, "d": c.difficulty}
_PROPERTIES = (
    "`prop:` needs one of ivl, due, reps, lapses, ease, pos, s, d, r, rated, resched, a sign, and a number"
)
_DEFAULT_DECAY = 0.1542  # last of the default FSRS-6 parameters
_OLD_DECAY = 0.5  # of FSRS-4.5 and FSRS-5, which have fewer parameters
_DECAY_PLACE = 20


def prop(term: Term, scope: Scope) -> Condition:
    """`prop:ivl>=10`, `prop:due<=-7`, `prop:ease<2`, `prop:r<0.9`, `prop:rated=-1`: a property compared."""
    found = _PROPERTY.fullmatch(term.value)
    if found is None:
        raise fault(term, _PROPERTIES)
    name, sign = found["name"].lower(), found["sign"]
    if name in ("ease", "r", *_REAL):
        return _real_property(term, scope, name, sign, found["value"])
    number = whole_number(found["value"], term, f"`{name}` is compared with a whole number")
    match name:
        case "due":
            at = and_(c.due_day.is_not(None), not_(_hidden(scope)))
            return and_(at, _COMPARE[sign](c.due_day, scope.env.today + number))
        case "pos":
            return and_(c.state == _NEW, _COMPARE[sign](c.position, number))
        case "rated" | "resched":
            return _reviewed(scope, sign, number, r.rating > 0 if name == "rated" else r.rating == 0)
        case _ if name in _WHOLE:
            return _COMPARE[sign](_WHOLE[name], number)
    raise fault(term, _PROPERTIES)


def _real_property(term: Term, scope: Scope, name: str, sign: str, text: str) -> Condition:
    try:
        number = float(text)
    except ValueError:
        raise fault(term, f"`{name}` is compared with a number") from None
    if name == "ease":
        return _COMPARE[sign](c.ease_permille, round(number * 1000, 6))
    if name == "r":
        return _retrievability(scope, sign, number)
    return _COMPARE[sign](_REAL[name], number)


def _reviewed(scope: Scope, sign: str, day: int, kind: Condition) -> Condition:
    """The card has a review of `kind` on a day compared with `day` (0 is today, −1 yesterday)."""
    start = scope.env.next_day_at_ms + (day - 1) * DAY_MS
    end = start + DAY_MS
    spans = {
        "=": and_(r.id >= start, r.id < end),
        "!=": or_(r.id < start, r.id >= end),
        "<": r.id < start,
        "<=": r.id < end,
        ">": r.id >= end,
        ">=": r.id >= start,
    }
    return c.id.in_(select(r.card_id).where(spans[sign], kind))


def _retrievability(scope: Scope, sign: str, wanted: float) -> Condition:
    """Compare the probability of recall now with `wanted`.

    Recall is (1 + factor · t / stability) ^ −decay with factor = 0.9 ^ (−1 / decay) − 1; here the comparison
    is turned round to one of t / stability, so that no power is taken per card.

    Source: open-spaced-repetition/awesome-fsrs wiki, "The Algorithm", FSRS-6.
    """
    if not 0 < wanted <= 1:  # recall lies above 0 and at most at 1, so every card compares alike
        return and_(c.stability > 0, _COMPARE[sign](literal(1.0), wanted))
    elapsed = (scope.env.now_ms - c.last_answer_ms) / (DAY_MS * 1.0) / c.stability
    by_decay: dict[float, list[int]] = {}
    for key, each in scope.decks.items():
        parameters = scope.presets[each.preset_id].options.parameters
        decay = _DEFAULT_DECAY
        if parameters:
            decay = parameters[_DECAY_PLACE] if len(parameters) > _DECAY_PLACE else _OLD_DECAY
        by_decay.setdefault(decay, []).append(key)
    found: list[Condition] = [false()]
    for decay, keys in by_decay.items():
        factor = 0.9 ** (-1 / decay) - 1
        limit = (wanted ** (-1 / decay) - 1) / factor
        found.append(and_(c.deck_id.in_(keys), _COMPARE[_MIRRORED[sign]](elapsed, limit)))
    return and_(c.stability > 0, or_(*found))
