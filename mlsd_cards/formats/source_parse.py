"""From the tree of a deck source to its typed model."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.formats.source_model import (
    Citation,
    Figure,
    Kind,
    Option,
    Reference,
    Row,
    Side,
    SourceNote,
    Topic,
)
from mlsd_cards.formats.source_yaml import SourceError, Text, Tree

MAX_ROWS = 6
MAX_SIDES = 4
MAX_OPTIONS = 6
TOPIC_ID = re.compile(r"[a-z][a-z0-9]{0,19}")
NOTE_ID = re.compile(r"[a-z][a-z0-9]{0,19}-\d{3}-[a-z0-9]+(-[a-z0-9]+)*")
FIGURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.svg")
REFERENCE_KINDS = ("book", "paper", "page", "repository", "law")

Report = Callable[[SourceError], None]


def parse_topic(tree: Tree, path: Path, report: Report) -> Topic:
    """Return the topic of a topic file.

    A note that cannot be read is handed to `report` and left out; `report` may raise it instead.

    Raises:
        SourceError: the file itself is no topic.
    """
    entry = Entry(tree, path, "the topic file")
    topic_id = entry.text("topic")
    if not TOPIC_ID.fullmatch(topic_id):
        entry.fail("`topic` must be a short word in lower case", entry.line_of("topic"))
    topic = Topic(
        id=topic_id,
        title=entry.text("title"),
        prereq=entry.texts("prereq"),
        deck=entry.optional("deck"),
        file=path,
        line=entry.line,
    )
    notes: list[SourceNote] = []
    for item in entry.trees("notes"):
        try:
            notes.append(parse_note(Entry(item, path, "a note"), topic_id))
        except SourceError as error:
            report(error)
    entry.finish()
    return replace(topic, notes=tuple(notes))


def parse_note(entry: Entry, topic: str) -> SourceNote:
    """Return one note.

    Raises:
        SourceError: a key is missing, unknown or of the wrong form.
    """
    note_id = entry.text("id")
    entry.what = note_id if NOTE_ID.fullmatch(note_id) else "the note"
    kind = Kind(entry.one_of("kind", tuple(Kind)))
    common = {
        "id": note_id,
        "kind": kind,
        "topic": topic,
        "level": _level(entry),
        "file": entry.path,
        "line": entry.line,
        "lines": entry.lines(),
        "tags": entry.texts("tags"),
        "req": entry.texts("req"),
        "core": entry.flag("core"),
        "guid": entry.optional("guid"),
        "why": entry.optional("why"),
        "source": parse_citations(entry),
        "as_of": entry.day("as_of"),
        "figure": _figure(entry),
        "needs": entry.texts("needs"),
    }
    note = SourceNote(**common, **_checked(entry), **_KINDS[kind](entry))  # type: ignore[arg-type]
    entry.finish()
    return note


def _level(entry: Entry) -> int:
    entry.rule = "L11"
    level = entry.whole("level")
    entry.rule = "form"
    return level


def _checked(entry: Entry) -> dict[str, object]:
    checked = entry.entry("checked")
    if checked is None:
        return {}
    found: dict[str, object] = {"checked_by": checked.text("by"), "checked_on": checked.day("on")}
    checked.finish()
    return found


def parse_citations(entry: Entry, key: str = "source") -> tuple[Citation, ...]:
    """Return the sources listed under a key: mappings of `key` and `at`, or bare keys and addresses."""
    found: list[Citation] = []
    for item in entry.trees(key):
        if isinstance(item, Text):  # a bare key or address
            found.append(Citation(key=item.value.strip(), line=item.line))
            continue
        citation = Entry(item, entry.path, f"a source of {entry.what}")
        citation.day("as_of")  # may be said here as well; a note's own `as_of` is what the lint judges
        found.append(
            Citation(
                key=citation.text("key"),
                at=citation.optional("at"),
                title=citation.optional("title"),
                line=citation.line,
            )
        )
        citation.finish()
    return tuple(found)


def _figure(entry: Entry) -> Figure | None:
    figure = entry.entry("figure")
    if figure is None:
        return None
    name = figure.text("file")
    if not FIGURE_NAME.fullmatch(name):
        figure.fail(
            f"the figure must be the name of an SVG file in media, not {name[:100]}", figure.line_of("file")
        )
    side = figure.one_of("side", ("answer", "question")) if figure.has("side") else "answer"
    found = Figure(file=name, alt=figure.optional("alt"), side=side, line=figure.line)
    figure.finish()
    return found


def _basic(entry: Entry) -> dict[str, object]:
    return {"front": entry.text("front"), "answer": entry.text("answer")}


def _cloze(entry: Entry) -> dict[str, object]:
    return {"text": entry.text("text")}


def _requirement(entry: Entry) -> dict[str, object]:
    rows = entry.entries("rows")
    entry.rule = "L02"
    if not 2 <= len(rows) <= MAX_ROWS:
        entry.fail(f"{entry.what} needs 2 to {MAX_ROWS} rows", entry.line_of("rows"))
    entry.rule = "form"
    return {
        "front": entry.text("front"),
        "hint": entry.optional("hint"),
        "rows": tuple(_row(row) for row in rows),
        "tradeoff": entry.optional("tradeoff"),
        "followup": entry.optional("followup"),
        "mistakes": entry.texts("mistakes"),
    }


def _row(entry: Entry) -> Row:
    row = Row(
        answer=entry.text("if"),
        design=entry.text("then"),
        number=entry.optional("number"),
        ask=entry.optional("ask"),
        card=entry.flag("card", default=True),
        line=entry.line,
    )
    entry.finish()
    return row


def _tradeoff(entry: Entry) -> dict[str, object]:
    sides = entry.entries("sides")
    if not 2 <= len(sides) <= MAX_SIDES:
        entry.fail(f"{entry.what} needs 2 to {MAX_SIDES} sides", entry.line_of("sides"))
    return {
        "front": entry.text("front"),
        "sides": tuple(_side(side) for side in sides),
        "decide": entry.text("decide"),
    }


def _side(entry: Entry) -> Side:
    side = Side(name=entry.text("name"), gain=entry.text("gain"), lose=entry.text("lose"), line=entry.line)
    entry.finish()
    return side


def _estimation(entry: Entry) -> dict[str, object]:
    entry.rule = "L13"
    return {
        "front": entry.text("front"),
        "value": entry.number("value"),
        "unit": entry.text("unit"),
        "tolerance": entry.percent("tolerance"),
        "working": entry.text("working"),
        "steps": entry.optional("steps"),
    }


def _choice(entry: Entry) -> dict[str, object]:
    options = entry.entries("options")
    if not 3 <= len(options) <= MAX_OPTIONS:
        entry.fail(f"{entry.what} needs 3 to {MAX_OPTIONS} options", entry.line_of("options"))
    found = tuple(parse_option(option) for option in options)
    if sum(option.right for option in found) != 1:
        entry.fail(f"{entry.what} needs exactly one option with `right: true`", entry.line_of("options"))
    return {"front": entry.text("front"), "options": found}


def parse_option(entry: Entry) -> Option:
    """Return one option of a choice; a wrong one must say why it is wrong."""
    option = Option(
        text=entry.text("text"), right=entry.flag("right"), why=entry.optional("why"), line=entry.line
    )
    if not option.right and not option.why:
        entry.fail("a wrong option needs `why`, one line that says why it is wrong")
    entry.finish()
    return option


_KINDS: dict[Kind, Callable[[Entry], dict[str, object]]] = {
    Kind.BASIC: _basic,
    Kind.CLOZE: _cloze,
    Kind.REQUIREMENT: _requirement,
    Kind.TRADEOFF: _tradeoff,
    Kind.ESTIMATION: _estimation,
    Kind.CHOICE: _choice,
}


def parse_references(tree: Tree, path: Path, report: Report) -> dict[str, Reference]:
    """Return the sources of `sources.yaml` by key; an entry that cannot be read is handed to `report`."""
    found: dict[str, Reference] = {}
    for key, child in Entry(tree, path, "the file of sources").children():
        try:
            found[key] = _reference(key, Entry(child, path, f"the source {key}"))
        except SourceError as error:
            report(error)
    return found


def _reference(key: str, entry: Entry) -> Reference:
    reference = Reference(
        key=key,
        title=entry.text("title"),
        kind=entry.one_of("kind", REFERENCE_KINDS) if entry.has("kind") else "book",
        authors=entry.joined("authors"),
        year=entry.optional("year"),
        url=entry.optional("url"),
        licence=entry.optional("licence"),
        checked=entry.day("checked"),
        file=entry.path,
        line=entry.line,
    )
    entry.finish()
    if reference.url and not reference.url.startswith(("https://", "http://")):
        entry.fail(f"`url` of {key} must be a web address", entry.line_of("url"))
    return reference
