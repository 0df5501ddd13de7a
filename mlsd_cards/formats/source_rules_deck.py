"""Lint rules about the whole deck: duplicates L09 and L10, ids L15, levels L11, coverage L22, media L28."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlsd_cards.formats.source_cards import SourceCard
from mlsd_cards.formats.source_lock import LOCK_FILE, LockedId
from mlsd_cards.formats.source_model import ERROR, WARNING, DeckSource, Kind, Problem, SourceNote, Topic
from mlsd_cards.formats.source_parse import NOTE_ID
from mlsd_cards.formats.source_rules import texts_of
from mlsd_cards.formats.source_rules_facts import REQUIREMENTS
from mlsd_cards.formats.source_text import plain, word_set, words

LEVEL_SHARES = {1: (0.20, 0.40), 2: (0.35, 0.55), 3: (0.15, 0.35)}
_STOP_WORDS = word_set(
    "a an the of to in on at for by with from and or is are was were be been do does did can could "
    "should would will may must has have had it its this that these those you your we our they their "
    "what which who whom whose when where why how if then than as so into over not no"
)
_STRIP = re.compile(r"[^\w%+/.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCoverage:
    """How far a topic is: cards made and planned, cards of each level, and what it must still get."""

    topic: str
    complete: bool
    cards: int
    planned: int
    levels: Mapping[int, int]
    missing: tuple[str, ...] = field(default=())


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of Markdown in lower case, without punctuation and stop words."""
    cleaned = (_STRIP.sub("", word.lower()).strip(".-/") for word in words(plain(text)))
    return tuple(word for word in cleaned if word and word not in _STOP_WORDS)


@dataclass(frozen=True, slots=True)
class _Front:
    card: SourceCard
    words: tuple[str, ...]
    bag: frozenset[str]
    grams: frozenset[tuple[str, ...]]


def _front(card: SourceCard) -> _Front:
    note = card.note
    if card.is_implication:  # what is asked is the question together with the supposed answer
        row = note.rows[card.ordinal - 1]
        found = tokens(note.front) + tokens(row.answer) + tokens(row.ask)
    elif note.kind is Kind.CLOZE:
        found = (*tokens(note.text), f"c{card.ordinal + 1}")
    else:
        found = tokens(card.front)
    grams = frozenset(found[start : start + 5] for start in range(len(found) - 4))
    return _Front(card, found, frozenset(found), grams)


def duplicate_fronts(cards: list[SourceCard], deck: DeckSource) -> Iterator[Problem]:
    """Yield cards that ask what another card asks already, in equal or nearly equal words."""
    seen: dict[tuple[str, ...], SourceCard] = {}
    fronts: list[_Front] = []
    for front in (_front(card) for card in cards):
        if front.words in seen:
            message = f"the front equals that of {seen[front.words].name}"
            yield _problem(deck, front.card.note, "L09", ERROR, message, card=front.card)
            continue
        seen[front.words] = front.card
        if near := next((other for other in fronts if _is_near(front, other)), None):
            message = f"the front is nearly that of {near.card.name}"
            yield _problem(deck, front.card.note, "L09", WARNING, message, card=front.card)
        fronts.append(front)


def _is_near(one: _Front, other: _Front) -> bool:
    if one.card.note is other.card.note:
        return False
    small, large = sorted((len(one.bag), len(other.bag)))
    common = len(one.bag & other.bag)
    if large and small >= 0.8 * large and common >= 0.8 * (small + large - common):
        return True
    grams = min(len(one.grams), len(other.grams))
    return grams > 0 and len(one.grams & other.grams) >= 0.6 * grams


def duplicate_facts(cards: list[SourceCard], deck: DeckSource) -> Iterator[Problem]:
    """Yield cards of different notes that share a tag and have the same answer."""
    seen: dict[tuple[str, ...], list[SourceCard]] = {}
    for card in cards:
        answer = tokens(" ".join(card.answer))
        others = seen.setdefault(answer, [])
        for other in others:
            shared = set(other.note.tags) & set(card.note.tags) or set(other.note.req) & set(card.note.req)
            if other.note is not card.note and shared and answer:
                yield _problem(
                    deck, card.note, "L10", WARNING, f"the answer equals that of {other.name}", card=card
                )
                break
        others.append(card)


def id_findings(deck: DeckSource, locked: Mapping[str, LockedId]) -> Iterator[Problem]:
    """Yield ids of the wrong form, used twice or again, needed but absent, or gone without being retired."""
    seen: dict[str, SourceNote] = {}
    for note in deck.notes:
        line = note.line_of("id")
        if not NOTE_ID.fullmatch(note.id) or note.id.split("-")[0] != note.topic:
            message = f"the id {note.id[:60]} must have the form {note.topic}-nnn-slug"
            yield _problem(deck, note, "L15", ERROR, message, line=line)
        elif note.number in seen:
            message = f"{note.number} is also the id of {seen[note.number].id}"
            yield _problem(deck, note, "L15", ERROR, message, line=line)
        elif (entry := locked.get(note.number)) and entry.retired is not None:
            yield _problem(deck, note, "L15", ERROR, f"{note.number} is retired in {LOCK_FILE}", line=line)
        seen.setdefault(note.number, note)
    for note in deck.notes:
        for need in note.needs:
            if not deck.single and "-".join(need.split("-")[:2]) not in seen:
                line = note.line_of("needs")
                yield _problem(
                    deck, note, "L15", ERROR, f"`needs` names {need}, which does not exist", line=line
                )
    topics = {topic.id for topic in deck.topics}
    for entry in locked.values():
        if entry.retired is None and entry.number not in seen and entry.number.split("-")[0] in topics:
            message = f"{entry.number} was published and is gone; retire its line"
            yield Problem(
                file=LOCK_FILE, line=entry.line, card=entry.number, rule="L15", level=ERROR, message=message
            )


def unused_media(deck: DeckSource) -> Iterator[Problem]:
    """Yield media files that no note shows."""
    if deck.single or not deck.media_dir.is_dir():
        return
    used = {note.figure.file for note in deck.notes if note.figure is not None}
    for file in sorted(deck.media_dir.iterdir()):
        if file.name not in used and not file.name.startswith("."):
            message = f"media/{file.name} is used by no note"
            yield Problem(
                file=f"media/{file.name}", line=0, card="", rule="L28", level=ERROR, message=message
            )


def coverage(topic: Topic, cards: list[SourceCard]) -> TopicCoverage:
    """Return how far a topic is; `cards` are those of the topic."""
    missing = list(_missing_requirements(cards)) if topic.id == "req" else []
    shown = " ".join(plain(text).lower() for note in topic.notes for text in texts_of(note).values())
    for term in topic.cover:
        if not any(re.search(rf"\b{re.escape(way.strip().lower())}", shown) for way in term.split("|")):
            missing.append(f"the term {term}")
    return TopicCoverage(
        topic=topic.id,
        complete=topic.complete,
        cards=len(cards),
        planned=topic.planned,
        levels=dict(sorted(Counter(card.note.level for card in cards).items())),
        missing=tuple(missing),
    )


def _missing_requirements(cards: list[SourceCard]) -> Iterator[str]:
    overviews = Counter(req for card in cards if card.is_overview for req in card.note.req)
    implications = Counter(req for card in cards if card.is_implication for req in card.note.req)
    for requirement in REQUIREMENTS:
        if overviews[requirement] < 1:
            yield f"an overview card of {requirement}"
        if implications[requirement] < 2:
            yield f"{2 - implications[requirement]} implication cards of {requirement}"


def coverage_findings(topic: Topic, found: TopicCoverage, deck: DeckSource) -> Iterator[Problem]:
    """Yield what a topic that is declared complete lacks: requirements, terms (L22), levels (L11)."""
    if not topic.complete:
        return
    file = deck.relative(topic.file)
    for lack in found.missing:
        message = f"{topic.id} is declared complete but lacks {lack}"
        yield Problem(file=file, line=topic.line, card="", rule="L22", level=ERROR, message=message)
    for level, (low, high) in LEVEL_SHARES.items():
        share = found.levels.get(level, 0) / max(1, found.cards)
        if not low <= share <= high:
            message = f"{share:.0%} of {topic.id} is level {level}, expected {low:.0%} to {high:.0%}"
            yield Problem(file=file, line=topic.line, card="", rule="L11", level=WARNING, message=message)


def _problem(
    deck: DeckSource,
    note: SourceNote,
    rule: str,
    level: str,
    message: str,
    *,
    line: int = 0,
    card: SourceCard | None = None,
) -> Problem:
    name = card.name if card is not None else note.id
    line = line or (card.line if card is not None else note.line)
    return Problem(
        file=deck.relative(note.file), line=line, card=name, rule=rule, level=level, message=message
    )
