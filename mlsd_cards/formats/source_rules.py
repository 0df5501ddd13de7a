"""Lint rules about the wording of single cards: L01 to L07, L12, L17, L18 and the spelling part of L26."""

import re
from collections.abc import Iterator, Sequence

from mlsd_cards.formats.source_cards import SourceCard
from mlsd_cards.formats.source_model import ERROR, WARNING, Kind, Option, Row, Side, SourceNote
from mlsd_cards.formats.source_numbers import quantities
from mlsd_cards.formats.source_readability import grade
from mlsd_cards.formats.source_text import CLOZE, count_words, plain, to_html, word_set, words

Finding = tuple[str, str, int, str]
"""Rule, level, line, message."""

_YES_NO_FRONT = re.compile(r"(is|are|does|do|can|should|will|has|have|did|would)\b", re.IGNORECASE)
_YES_NO_ANSWER = re.compile(r"(yes|no)\b", re.IGNORECASE)
_EITHER_OR = re.compile(r"\bor\b[^?]*\?", re.IGNORECASE)
_ORPHAN_START = re.compile(r"(?:it|this|that|these|those|they)\b", re.IGNORECASE)
_ORPHAN_SUBJECT = re.compile(
    r"\b(?:is|are|was|were|does|do|did|can|could|should|will|would|has|have|must|may|when|if|why|how|while)\s+"
    r"(it|this|that|these|those|they)\b",
    re.IGNORECASE,
)
_ORPHAN_PLACE = re.compile(
    r"\bthe (?:above|following|former|latter)\b|\b(?:shown|listed|given|described|mentioned|as)"
    r" (?:above|below)\b|\babove\?|\bwhich of (?:these|those|them|the following)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:does|do|did|will|would|can|may|is|was) it (?:take|cost to|mean|pay|help|make sense|matter|follow"
    r"|worth|wise|safe|useful|right|enough|\w+ to)\b|\bif it (?:is|were) \w+ (?:to|that)\b",
    re.IGNORECASE,
)
_NO_NOUNS = word_set(
    "a an and are as at be by can could did do does for from had has have how if in is it may must of "
    "on or shall should that the their there these they this those to was were what when where which "
    "while who whom whose why will with would much many often long far soon first next then not no "
    "you we one"
)
_FILLER = re.compile(
    r"\b(simply|just|obviously|basically|very|robust|leverag(?:e|es|ed|ing)|seamless(?:ly)?|cutting-edge)\b"
    r"|\bit depends\b(?!\s+(?:on|upon|whether))",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    r"\b(behavior|color|center|favor|labor|neighbor|honor|catalog|defense|labeled|labeling|modeled|modeling|traveled"
    r"|canceled|fulfill|gray|(?:normal|optim|quant|serial|token|vector|general|organ|regular|initial|parallel|minim"
    r"|maxim|material|monet|penal|summar|prior|prioriti|anonym|pseudonym|random|util|memor|custom|central|categor"
    r"|recogn|real|special|standard|synchron|visual)iz(?:e|es|ed|ing|ation))\b",
    re.IGNORECASE,
)


def wording_findings(
    note: SourceNote, cards: list[SourceCard]
) -> Iterator[tuple[SourceCard | None, Finding]]:
    """Yield what the wording rules find in a note; the card is None where the note as a whole is meant."""
    for card in cards:
        for finding in _card_findings(card):
            yield card, finding
    for finding in (*_why(note, cards), *_filler(note), *_spelling(note)):
        yield None, finding


def _card_findings(card: SourceCard) -> Iterator[Finding]:
    if card.note.kind is not Kind.CLOZE:
        yield from _yes_no(card)
        yield from _either_or(card)
    if card.note.kind is not Kind.CLOZE or card.ordinal == _first_cloze(card.note):
        yield from _front_length(card)
        yield from _orphans(card)
        yield from _readability(card)
    yield from _answer_length(card)
    yield from _one_fact(card)
    yield from _list_size(card)


def _first_cloze(note: SourceNote) -> int:
    return min(int(found[1]) for found in CLOZE.finditer(note.text)) - 1


def _front_length(card: SourceCard) -> Iterator[Finding]:
    limit = 40 if card.is_overview else 28
    count = count_words(card.front)
    if not 4 <= count <= limit:
        yield "L01", ERROR, card.line, f"the front has {count} words, expected 4 to {limit}"


def _answer_length(card: SourceCard) -> Iterator[Finding]:
    counts = [count_words(text) for text in card.answer]
    kind = card.note.kind
    if kind is Kind.CLOZE:
        if max(counts, default=0) > 6:
            yield "L02", ERROR, card.line, f"a cloze hides {max(counts)} words, expected at most 6"
        return
    limit = 90 if card.is_overview else {Kind.TRADEOFF: 45, Kind.REQUIREMENT: 25}.get(kind, 30)
    if sum(counts) > limit:
        yield "L02", ERROR, card.line, f"the answer has {sum(counts)} words, expected at most {limit}"
    if card.is_overview and len(card.note.rows) > 5:
        line = card.note.line_of("rows")
        yield "L02", ERROR, line, f"the question has {len(card.note.rows)} rows, expected at most 5"


def _yes_no(card: SourceCard) -> Iterator[Finding]:
    if found := _YES_NO_FRONT.match(plain(card.front)):
        yield "L03", ERROR, card.line, f"the front begins with {found[1]} and can be answered by yes or no"
    if card.answer and (found := _YES_NO_ANSWER.match(plain(card.answer[0]))):
        yield "L03", ERROR, card.line, f"the answer begins with {found[1].lower()}"


def _either_or(card: SourceCard) -> Iterator[Finding]:
    asked = plain(card.note.front if card.is_overview else card.front)
    if card.is_implication and not card.note.rows[card.ordinal - 1].ask:
        return  # the "or" belongs to the supposed answer
    if card.note.kind not in (Kind.TRADEOFF, Kind.CHOICE) and _EITHER_OR.search(asked):
        yield "L04", WARNING, card.line, "the front asks for one of two things; ask what decides"


def _orphans(card: SourceCard) -> Iterator[Finding]:
    front = plain(card.front)
    if word := _orphan(front, allow_options=card.note.kind is Kind.CHOICE):
        yield "L05", ERROR, card.line, f"the front says {word} without naming what is meant"


def _orphan(front: str, *, allow_options: bool) -> str:
    if found := _ORPHAN_START.match(front):
        return found[0].lower()
    if not allow_options and (found := _ORPHAN_PLACE.search(front)):
        return found[0].lower()
    for found in _ORPHAN_SUBJECT.finditer(front):
        earlier = (word.strip(".,;:()").lower() for word in front[: found.start()].split())
        if not any(word not in _NO_NOUNS for word in earlier) and not _EXPLETIVE.match(front, found.start()):
            return found[1].lower()
    return ""


def _one_fact(card: SourceCard) -> Iterator[Finding]:
    if plain(card.front).count("?") > 1:
        yield "L06", WARNING, card.line, "the front asks more than one question"
    if card.is_overview or card.note.kind in (Kind.TRADEOFF, Kind.ESTIMATION, Kind.CLOZE):
        return
    answer = plain(card.answer[0])
    if answer.count(",") - _thousands(answer) > 3:
        yield "L06", WARNING, card.line, "the answer has more than three commas; one fact a card"
    if ";" in answer and re.search(r"\band\b", answer):
        yield "L06", WARNING, card.line, "the answer joins facts by a semicolon and by and; one fact a card"
    units = {quantity.unit for text in card.answer for quantity in quantities(plain(text)) if quantity.unit}
    if len(units) > 1:
        yield (
            "L06",
            WARNING,
            card.line,
            f"the answer has figures in {', '.join(sorted(units))}; one number a card",
        )


def _thousands(text: str) -> int:
    return len(re.findall(r"\d,\d{3}", text))


def _list_size(card: SourceCard) -> Iterator[Finding]:
    items = max((to_html(text).count("<li>") for text in card.answer), default=0)
    if items > 5:
        yield "L07", ERROR, card.line, f"the answer lists {items} items, expected at most 5"


def _readability(card: SourceCard) -> Iterator[Finding]:
    front = grade(plain(card.front))
    if front > 12:
        yield "L18", WARNING, card.line, f"the front reads at school grade {front:.1f}, expected at most 12"
    answer = max((grade(plain(text)) for text in card.answer), default=0.0)
    if answer > 13:
        yield "L18", WARNING, card.line, f"the answer reads at school grade {answer:.1f}, expected at most 13"


def _why(note: SourceNote, cards: list[SourceCard]) -> Iterator[Finding]:
    count, line = count_words(note.why), note.line_of("why")
    if not note.why:
        yield "L12", ERROR, line, "`why` is missing, one line of 5 to 25 words"
    elif not 5 <= count <= 25:
        yield "L12", ERROR, line, f"`why` has {count} words, expected 5 to 25"
    why = _bag(note.why)
    for card in cards:
        answer = _bag(" ".join(card.answer))
        if why and answer and len(why & answer) / len(why | answer) >= 0.6:
            yield "L12", ERROR, line, "`why` repeats the answer"
            return


def _bag(markdown: str) -> set[str]:
    return {word.strip(".,;:!?()").lower() for word in words(plain(markdown))}


def texts_of(note: SourceNote) -> dict[str, str]:
    """Return the Markdown texts of a note that people read, by the key (and number) they stand under."""
    found = {key: getattr(note, key) for key in _TEXT_KEYS}
    found |= {f"mistakes {number}": text for number, text in enumerate(note.mistakes, start=1)}
    for number, row in enumerate(note.rows, start=1):
        found |= {f"rows {number} if": row.answer, f"rows {number} then": row.design}
        found |= {f"rows {number} number": row.number, f"rows {number} ask": row.ask}
    for number, side in enumerate(note.sides, start=1):
        found |= {f"sides {number} name": side.name, f"sides {number} gain": side.gain}
        found |= {f"sides {number} lose": side.lose}
    for number, option in enumerate(note.options, start=1):
        found |= {f"options {number} text": option.text, f"options {number} why": option.why}
    return {key: text for key, text in found.items() if text}


_TEXT_KEYS = ("front", "hint", "answer", "text", "tradeoff", "followup", "decide", "unit", "steps", "why")


def line_of_text(note: SourceNote, key: str) -> int:
    """Return the line of a text named as by `texts_of`."""
    name, _, rest = key.partition(" ")
    parts: dict[str, Sequence[Row | Side | Option]]
    parts = {"rows": note.rows, "sides": note.sides, "options": note.options}
    if name in parts:
        return parts[name][int(rest.split()[0]) - 1].line
    return note.line_of(name)


def _filler(note: SourceNote) -> Iterator[Finding]:
    for key, text in texts_of(note).items():
        if found := _FILLER.search(plain(text)):
            yield "L17", WARNING, line_of_text(note, key), f"filler: {found[0].lower()}"


def _spelling(note: SourceNote) -> Iterator[Finding]:
    for key, text in texts_of(note).items():
        if found := _AMERICAN.search(plain(text)):
            yield "L26", WARNING, line_of_text(note, key), f"spelling: {found[0].lower()} is not British"
