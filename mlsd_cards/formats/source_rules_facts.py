"""Lint rules about facts and notation of single notes: L08, L13, L14, L16, L19 to L21, L27."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats.source_arithmetic import evaluate
from mlsd_cards.formats.source_model import ERROR, WARNING, DeckSource, Figure, Kind, Reference, SourceNote
from mlsd_cards.formats.source_numbers import quantities
from mlsd_cards.formats.source_rules import Finding, line_of_text, texts_of
from mlsd_cards.formats.source_text import CLOZE, CLOZE_OPENING, FORMULA, WRITTEN_TAG, count_words, plain

MAX_FIGURE_BYTES = 30 * 1024
AGING_TAGS = ("law", "price", "hardware", "model-name")
MAX_AGE_DAYS = 365
REQUIREMENTS = tuple(f"R{number:02d}" for number in range(1, 31))

_ADDRESS = re.compile(r"https?://[\w-]+(\.[\w-]+)+(/\S*)?")
_CODE = re.compile(r"(`+).+?\1", re.DOTALL)
_ANY_TAG = re.compile(r"<(?:[A-Za-z][\w:-]*(?=[\s/>])|/[A-Za-z]|!)[^>]*>?")
_REMOTE = re.compile(r"\b(?:https?|ftp|file|data|javascript):\S|\bwww\.\w", re.IGNORECASE)
_LINK = re.compile(r"!?\[[^\]]*\]\([^)]*\)")
_DELIMITER = re.compile(r"\\[()\[\]]")
_BRACE = re.compile(r"(?<!\\)[{}]")
_ARTICLE = re.compile(r"\b(an?)\s+$", re.IGNORECASE)
_SVG_REMOTE = re.compile(
    rb"""(?:href|src)\s*=\s*["'](?!#)|url\(\s*["']?(?!["']?#)|@import|<!ENTITY|<!DOCTYPE""", re.IGNORECASE
)
_SVG_ACTIVE = re.compile(rb"""<(?:script|foreignObject|iframe|image)\b|\son\w+\s*=""", re.IGNORECASE)


def fact_findings(note: SourceNote, deck: DeckSource, today: date | None) -> Iterator[Finding]:
    """Yield what the rules about facts and notation find; `today` is needed for the age of `as_of`."""
    if not 1 <= note.level <= 3:
        yield "L11", ERROR, note.line_of("level"), f"the level {note.level} is not 1, 2 or 3"
    yield from _sources(note, deck)
    yield from _numbers(note)
    yield from _working(note)
    yield from _as_of(note, today)
    yield from _tags(note, deck)
    yield from _markup(note)
    yield from _formulas(note)
    yield from _clozes(note)
    if note.figure is not None:
        yield from figure_findings(note.figure, deck)


def _sources(note: SourceNote, deck: DeckSource) -> Iterator[Finding]:
    if not note.source:
        yield "L08", ERROR, note.line, "`source` is missing"
    for citation in note.source:
        reference = deck.references.get(citation.key)
        if reference is None and not _ADDRESS.fullmatch(citation.key):
            yield (
                "L08",
                ERROR,
                citation.line,
                f"the source {citation.key} is neither in sources.yaml nor an address",
            )
        elif reference is not None and reference.kind == "book" and not citation.at:
            yield (
                "L08",
                ERROR,
                citation.line,
                f"the source {citation.key} needs `at`: chapter, section or rule",
            )


def reference_findings(reference: Reference) -> Iterator[Finding]:
    """Yield what is wrong with an entry of `sources.yaml`."""
    if reference.url and not _ADDRESS.fullmatch(reference.url):
        yield "L08", ERROR, reference.line, f"the address of {reference.key} is not valid"
    if not reference.url and not reference.authors:
        yield (
            "L08",
            ERROR,
            reference.line,
            f"{reference.key} needs authors or an address, so that people can find it",
        )


def _numbers(note: SourceNote) -> Iterator[Finding]:
    for key, text in texts_of(note).items():
        if key.split()[0] not in ("answer", "text", "rows", "sides", "decide", "options") or key.endswith(
            (" if", " ask")
        ):
            continue
        for quantity in quantities(plain(text)):
            if not quantity.complete:
                line = line_of_text(note, key)
                yield "L13", ERROR, line, f"the number {quantity.number} has no unit, times or %"


def _working(note: SourceNote) -> Iterator[Finding]:
    if note.kind is not Kind.ESTIMATION:
        return
    line = note.line_of("working")
    try:
        value = evaluate(note.working)
    except InputError as error:
        yield "L13", ERROR, line, str(error)
        return
    if abs(value - note.value) > note.tolerance * abs(note.value):
        yield "L13", ERROR, line, f"the working gives {value:g}, but `value` is {note.value:g}"


def _as_of(note: SourceNote, today: date | None) -> Iterator[Finding]:
    aging = [tag for tag in note.tags if tag in AGING_TAGS]
    if not aging:
        return
    if note.as_of is None:
        yield "L14", WARNING, note.line_of("tags"), f"the tag {aging[0]} needs `as_of`"
    elif today is not None and (today - note.as_of).days > MAX_AGE_DAYS:
        yield "L14", WARNING, note.line_of("as_of"), f"`as_of` {note.as_of} is older than 12 months"


def _tags(note: SourceNote, deck: DeckSource) -> Iterator[Finding]:
    known = {topic.id for topic in deck.topics}
    if note.topic not in known:
        yield "L16", ERROR, note.line, f"the topic {note.topic} is not in deck.yaml"
    if not note.tags and not note.req:
        yield "L16", ERROR, note.line, "`tags` needs at least one concept"
    for tag in note.tags:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tag):
            yield "L16", ERROR, note.line_of("tags"), f"the tag {tag} must be words in lower case joined by -"
    for requirement in note.req:
        if requirement not in REQUIREMENTS:
            yield "L16", ERROR, note.line_of("req"), f"{requirement} is not one of R01 to R30"
    if note.kind is Kind.REQUIREMENT and not note.req:
        yield "L16", ERROR, note.line, "a requirement note needs `req`"


def _markup(note: SourceNote) -> Iterator[Finding]:
    for key, text in texts_of(note).items():
        shown = _CODE.sub(" ", FORMULA.sub(" ", text))
        line = line_of_text(note, key)
        for tag in _ANY_TAG.findall(shown):
            if not WRITTEN_TAG.fullmatch(tag):
                yield "L20", ERROR, line, f"{tag[:40]} is not allowed in a card"
        if unbalanced := _unbalanced(shown):
            yield "L20", ERROR, line, f"<{unbalanced}> is not balanced"
        if found := _REMOTE.search(shown) or _LINK.search(shown):
            yield "L20", ERROR, line, f"{found[0][:40]}: addresses belong to the source, not to the card"


def _unbalanced(text: str) -> str:
    open_tags: list[str] = []
    for found in WRITTEN_TAG.finditer(text):
        tag = found[2].lower()
        if tag == "br":
            continue
        if not found[1]:
            open_tags.append(tag)
        elif not open_tags or open_tags.pop() != tag:
            return f"/{tag}"
    return open_tags[-1] if open_tags else ""


def _formulas(note: SourceNote) -> Iterator[Finding]:
    for key, text in texts_of(note).items():
        line = line_of_text(note, key)
        if _DELIMITER.search(FORMULA.sub("", _CODE.sub("", text))):
            yield "L21", ERROR, line, r"a formula must stand between \( and \), or \[ and \]"
        spans = [span.span() for span in CLOZE.finditer(text)] if note.kind is Kind.CLOZE else []
        for found in FORMULA.finditer(text):
            formula = found[1] or found[2]
            if "}}" in formula and any(start < found.start() < end for start, end in spans):
                yield "L21", ERROR, line, "}} inside a formula ends the cloze; write } }"
            elif fault := _formula_fault(formula):
                yield "L21", ERROR, line, f"the formula {formula[:60]} cannot be drawn: {fault}"


@lru_cache(maxsize=4096)
def _formula_fault(formula: str) -> str:
    import latex2mathml.converter

    if _BRACE.findall(formula).count("{") != _BRACE.findall(formula).count("}"):
        return "unequal braces"
    try:
        latex2mathml.converter.convert(CLOZE.sub(lambda found: found[2], formula))
    except _formula_faults() as error:
        return type(error).__name__
    return ""


@lru_cache(maxsize=1)
def _formula_faults() -> tuple[type[Exception], ...]:
    import latex2mathml.exceptions

    known = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
    own = (value for value in vars(latex2mathml.exceptions).values() if isinstance(value, type))
    return (*known, *(value for value in own if issubclass(value, Exception)))


def _clozes(note: SourceNote) -> Iterator[Finding]:
    if note.kind is not Kind.CLOZE:
        return
    line = note.line_of("text")
    spans = list(CLOZE.finditer(note.text))
    if not spans or any(int(span[1]) == 0 for span in spans):
        yield "L27", ERROR, line, "a cloze text needs at least one {{c1::hidden span}}, numbered from 1"
    if len(CLOZE_OPENING.findall(note.text)) != len(spans):
        yield "L27", ERROR, line, "a hidden span is not closed by }}, or stands inside another"
    if len(spans) > 3:
        yield "L27", WARNING, line, f"{len(spans)} hidden spans, expected at most 3"
    for span in spans:
        if article := _ARTICLE.search(note.text[: span.start()]):
            yield "L27", WARNING, line, f"put the article {article[1].lower()} inside the hidden span"


def figure_findings(figure: Figure, deck: DeckSource) -> Iterator[Finding]:
    """Yield what is wrong with a figure: its file, its size, its text alternative, what it loads."""
    file = deck.media_dir / figure.file
    if not file.is_file():
        yield "L28", ERROR, figure.line, f"media/{figure.file} does not exist"
        return
    count = count_words(figure.alt)
    if not 10 <= count <= 40:
        yield "L19", ERROR, figure.line, f"`alt` of {figure.file} has {count} words, expected 10 to 40"
    if file.stat().st_size > MAX_FIGURE_BYTES:
        yield "L19", ERROR, figure.line, f"{figure.file} is larger than 30 KB"
        return
    content = file.read_bytes()
    if b"<svg" not in content:
        yield "L19", ERROR, figure.line, f"{figure.file} is no SVG picture"
    if _SVG_REMOTE.search(content) or _SVG_ACTIVE.search(content):
        yield (
            "L19",
            ERROR,
            figure.line,
            f"{figure.file} refers to something outside itself or is not a plain drawing",
        )
    if b"prefers-color-scheme" not in content:
        yield (
            "L19",
            ERROR,
            figure.line,
            f"{figure.file} has no colours for the dark theme (prefers-color-scheme)",
        )
