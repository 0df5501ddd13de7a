"""Figures in card texts: which numbers stand there, with which unit, and which have none."""

import re
from dataclasses import dataclass

from mlsd_cards.formats.source_text import FORMULA, word_set

_NUMBER = re.compile(r"(?<![\w.,^@])\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+|\s?[×x·]\s?10\^?[-−]?\d+)?")
_SIGN_AFTER = re.compile(r"\s?(%|‰|°|€|\$|£)")
_CURRENCY_BEFORE = re.compile(r"(?:[€$£]|\b(?:EUR|USD|GBP|CHF)\b)\s?[~≈]?$")
_ATTACHED = re.compile(r"-?([A-Za-zµ]+(?:/[A-Za-z]+)?)")
_RANGE = re.compile(r"\s?(?:[-–—]|to\b|or\b|and\b|,)\s?[~≈<>≤≥€$£]?\s?\d")
_PROPORTION = re.compile(r"\s(?:in|of|out of|per)\s(?:\d|a\b|an\b|one\b|every\b|each\b)|\s?:\s?\d")
_OPERATOR_AFTER = re.compile(r"\s?[+*/×·÷=^−]")
_OPERATOR_BEFORE = re.compile(
    r"(?:[=+*/×·÷^−]|\d\s?:|\b(?:times|plus|minus|divided by|raised to|one in|one of))\s?[-−~≈]?$"
)
_WORD_AFTER = re.compile(r"\s([A-Za-zµκ][\w/-]*(?:\s([A-Za-z][\w/-]*))?)")
_WORDS_BEFORE = re.compile(r"([A-Za-zκετ@.]+)(?:[\s]+([A-Za-z]+))?\s*[<>≤≥≈~±=]*\s*$")
_YEAR = re.compile(r"(?:19|20)\d\d")

_MAGNITUDES = frozenset(("hundred", "thousand", "million", "billion", "trillion", "k", "m", "b"))
_NOT_UNITS = word_set(
    "and or in is are was to of the at for by with on as if when but then from than while so that "
    "which where because under over above below before after until unless"
)
_PREPOSITIONS = word_set(
    "of above below over under about at is are around near to between than exceeds reaches least most by"
)
# Words before a number that make it a name or a quantity without unit.
_NAMED = word_set(
    "psi auc kappa κ ε epsilon τ ratio factor score probability threshold share fraction correlation "
    "accuracy precision recall f1 rate loss prevalence art article ch chapter section step level "
    "layer phase stage rule version type top base power k n m d p r w weight value index exponent "
    "cluster exactly ndcg dimension quantile percentile"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text. `unit` is empty where it needs none (a ratio, a year, a part of a calculation)."""

    number: str
    unit: str
    complete: bool  # whether a reader can tell what is counted


def quantities(text: str) -> list[Quantity]:
    """Return the numbers of plain text in order; formulas do not count, a range counts once."""
    shown = FORMULA.sub(" ", text)
    found: list[Quantity] = []
    for match in _NUMBER.finditer(shown):
        number = match[0].rstrip(",")
        before, after = shown[: match.start()], shown[match.start() + len(number) :]
        if _RANGE.match(after) and not _CURRENCY_BEFORE.search(before):
            continue  # the unit stands behind the second number
        unit, complete = _unit(number, before, after)
        found.append(Quantity(number, unit, complete))
    return found


def _unit(number: str, before: str, after: str) -> tuple[str, bool]:
    if sign := _SIGN_AFTER.match(after):
        return sign[1], True
    if _CURRENCY_BEFORE.search(before):
        return "currency", True
    if _PROPORTION.match(after):
        return "", True
    if attached := _ATTACHED.match(after):
        return _singular(attached[1]), True
    if _OPERATOR_AFTER.match(after) or _OPERATOR_BEFORE.search(before) or _YEAR.fullmatch(number):
        return "", True
    if unit := _word_after(after):
        return unit, True
    return "", _is_named(before)


def _word_after(after: str) -> str:
    found = _WORD_AFTER.match(after)
    if found is None:
        return ""
    first, _, second = found[1].partition(" ")
    if first.lower() in _MAGNITUDES and second.lower() not in _NOT_UNITS:
        first = second
    if first.lower() in ("per", "a", "an"):
        return f"per {_singular(second)}"
    return "" if first.lower() in _NOT_UNITS else _singular(first)


def _is_named(before: str) -> bool:
    found = _WORDS_BEFORE.search(before)
    if found is None:
        return False
    last = (found[2] or found[1]).lower().rstrip(".")
    names = {last}
    if last in _PREPOSITIONS:
        names = {word.lower().strip(".,") for word in before.split()[-4:]}
    return bool(names & _NAMED)


def _singular(word: str) -> str:
    low = word.lower()
    plural = len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "/s"))
    return low[:-1] if plural else low
