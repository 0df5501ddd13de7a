"""Puts the items of a Mnemosyne 1.x file together into facts.

There every card is an item of its own; those of one fact share the beginning of their ids.
Source: mnemosyne-proj/mnemosyne `libmnemosyne/file_formats/mnemosyne1_xml.py` and files made by it (facts).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_INVERSE = ".inv"
_PRODUCTION = ".tr.1"
_OVERLAY = "answerbox: overlay"
_PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_CARD_STYLE = re.compile(r"<card\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One card of a 1.x file. `id` is empty where the file gives none."""

    id: str
    tag: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFact:
    """A fact: the number of its card type, its texts by key, its tags."""

    id: str
    card_type: str
    texts: Mapping[str, str]
    tags: tuple[str, ...]


def facts_of(items: Sequence[Item]) -> list[OldFact]:
    """Return the facts of a 1.x file in the order of their first items.

    An id that is there again makes a fact of its own with the next second card of that id.
    """
    by_id: dict[tuple[str, int], Item] = {}
    seen: Counter[str] = Counter()
    keys: list[tuple[str, int]] = []
    for item in items:
        keys.append((item.id, seen[item.id]))
        seen[item.id] += 1
        if item.id:
            by_id[keys[-1]] = item
    found = []
    for item, (number, turn) in zip(items, keys, strict=True):
        base = number.removesuffix(_INVERSE).removesuffix(_PRODUCTION)
        if base != number and (base, turn) in by_id:
            continue  # the second card of a fact
        inverse = by_id.get((number + _INVERSE, turn))
        production = by_id.get((number + _PRODUCTION, turn))
        if inverse is not None:
            found.append(_both_ways(item, inverse))
        elif production is not None:
            found.append(_vocabulary(item, production))
        else:
            texts = {"f": _plain(item.question), "b": _plain(item.answer)}
            found.append(OldFact(id=item.id, card_type="1", texts=texts, tags=(item.tag,)))
    return found


def _both_ways(item: Item, inverse: Item) -> OldFact:
    tags = (item.tag, inverse.tag)
    pictures = _PICTURE.findall(item.question)
    if _OVERLAY in item.question and pictures:
        texts = {
            "loc": _plain(inverse.answer),
            "marked": _plain(inverse.question),
            "blank": pictures[-1],
        }
        return OldFact(id=item.id, card_type="4", texts=texts, tags=tags)
    texts = {"f": _plain(item.question), "b": _plain(item.answer)}
    return OldFact(id=item.id, card_type="2", texts=texts, tags=tags)


def _vocabulary(item: Item, production: Item) -> OldFact:
    sound, line, meaning = item.answer.partition("\n")
    texts = {"f": item.question, "p_1": sound if line else "", "m_1": meaning if line else sound}
    return OldFact(id=item.id, card_type="3", texts=texts, tags=(item.tag, production.tag))


def _plain(text: str) -> str:
    return _CARD_STYLE.sub("", text)
