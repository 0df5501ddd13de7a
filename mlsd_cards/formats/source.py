"""Reader of our own deck sources in YAML: a folder with `deck.yaml`, or one topic file."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import (
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ReadOptions,
)
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.formats.source_model import ERROR, DeckSource, Problem, Reference, SourceNote, Topic
from mlsd_cards.formats.source_note_types import built_in_note_types, scenario_note_type
from mlsd_cards.formats.source_notes import add_new, fields_of, guid, tags_of
from mlsd_cards.formats.source_parse import NOTE_ID, TOPIC_ID, parse_references, parse_topic
from mlsd_cards.formats.source_scenarios import add_scenarios
from mlsd_cards.formats.source_yaml import SourceError, Table, Tree, read_yaml

NAME = "deck source"
SUFFIXES = (".yaml", ".yml")
DECK_FILE = "deck.yaml"
DEFAULT_NAME = "ML system design"
MAX_FIGURE_BYTES = 1024 * 1024

_Report = Callable[[SourceError], None]


def sniff(path: Path) -> bool:
    """Whether the path is a folder with a `deck.yaml`, or a file whose name ends as YAML files do."""
    if path.is_dir():
        return (path / DECK_FILE).is_file()
    return path.suffix.lower() in SUFFIXES and path.is_file()


def load(path: Path, *, strict: bool = True) -> DeckSource:
    """Return the typed content of a deck folder, its `deck.yaml`, or one topic file.

    A topic file below a folder with a `deck.yaml` takes the deck's name and sources from there. With `strict`
    off, what cannot be read is left out and listed in `problems`; only a deck file itself must be readable.

    Raises:
        SourceError: see `read_yaml`; `inconsistent` where a key is missing, unknown or of the wrong form.
    """
    file = path / DECK_FILE if path.is_dir() else path
    tree = read_yaml(file)
    problems: list[SourceError] = []

    def report(error: SourceError) -> None:
        if strict:
            raise error
        problems.append(error)

    if isinstance(tree, Table) and "topic" in tree.values:
        deck = _load_topic_file(tree, file, report)
    else:
        deck = _load_deck(tree, file, report)
    return replace(deck, problems=tuple(problem_of(error, deck) for error in problems))


def problem_of(error: SourceError, deck: DeckSource) -> Problem:
    """Return a reading fault as a finding of the lint."""
    file = deck.relative(error.path) if error.path is not None else ""
    note = NOTE_ID.search(error.item)
    card = note[0] if note else ""
    return Problem(file=file, line=error.line, card=card, rule=error.rule, level=ERROR, message=error.plain)


def _load_deck(tree: Tree, file: Path, report: _Report) -> DeckSource:
    entry = Entry(tree, file, "the deck")
    if not entry.has("name") or not entry.has("topics"):
        raise SourceError(
            "not-a-deck",
            "a deck source needs `name` and `topics`, a topic file `topic` and `notes`.",
            path=file,
        )
    root = file.parent
    deck = DeckSource(
        root=root,
        name=entry.text("name"),
        file=file,
        language=entry.optional("language") or "en",
        licence=entry.optional("licence"),
        version=entry.optional("version"),
        references=_load_references(root, report),
    )
    topics: list[Topic] = []
    for item in entry.entries("topics"):
        try:
            declared = _declared_topic(item, {topic.id for topic in topics})
        except SourceError as error:
            report(error)
            continue
        topics.append(_with_notes(declared, root, report))
    entry.finish()
    return replace(deck, topics=tuple(topics))


def _declared_topic(entry: Entry, known: set[str]) -> Topic:
    topic_id = entry.text("id")
    if not TOPIC_ID.fullmatch(topic_id) or topic_id in known:
        entry.fail(f"the topic {topic_id} must be a short word in lower case that is listed once")
    topic = Topic(
        id=topic_id,
        title=entry.text("title"),
        complete=entry.flag("complete"),
        planned=entry.whole("cards") if entry.has("cards") else 0,
        cover=entry.texts("cover"),
        file=entry.path,
        line=entry.line,
    )
    entry.finish()
    return topic


def _with_notes(declared: Topic, root: Path, report: _Report) -> Topic:
    file = root / "topics" / f"{declared.id}.yaml"
    try:
        topic = parse_topic(read_yaml(file), file, report)
        if topic.id != declared.id or topic.title != declared.title:
            message = (
                f"expected the topic {declared.id} with the title {declared.title}, as the deck lists it."
            )
            raise SourceError("inconsistent", message, path=file, line=topic.line)
    except SourceError as error:
        report(error)
        return declared
    return replace(declared, notes=topic.notes, prereq=topic.prereq, file=file, line=topic.line)


def _load_topic_file(tree: Tree, file: Path, report: _Report) -> DeckSource:
    topic = parse_topic(tree, file, report)
    root = file.parent.parent if file.parent.name == "topics" else file.parent
    name = DEFAULT_NAME
    if (root / DECK_FILE).is_file():
        entry = Entry(read_yaml(root / DECK_FILE), root / DECK_FILE, "the deck")
        name = entry.text("name")
    references = _load_references(root, report)
    return DeckSource(root=root, name=name, file=file, single=True, topics=(topic,), references=references)


def _load_references(root: Path, report: _Report) -> dict[str, Reference]:
    file = root / "sources.yaml"
    if not file.is_file():
        return {}
    try:
        return parse_references(read_yaml(file), file, report)
    except SourceError as error:
        report(error)
        return {}


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes, cards and figures of a deck source; see `load` for errors."""
    return exchange(path, options.now_ms, options.work_dir, progress)


def exchange(path: Path, now_ms: int, work_dir: Path, progress: Progress = no_progress) -> ExchangeData:
    """Return a deck source as exchange data with all cards new.

    Positions of new cards follow the order of topics and notes, siblings share one; figures are copied to
    `work_dir`. A figure that does not exist is left out with a warning. `now_ms` is every note's time.

    Raises:
        SourceError: as `load`; also `inconsistent` where two notes have one number, `unsafe` where a figure
            is no plain file, `limit` where it is larger than 1 MiB.
    """
    deck = load(path)
    types = built_in_note_types()
    used = {note.kind for note in deck.notes}
    data = ExchangeData(
        layout=NAME,
        source=f"{NAME}: {deck.name}",
        note_types=[replace(types[kind], modified_ms=now_ms) for kind in types if kind in used],
    )
    if not deck.single or not deck.topics[0].deck:
        data.decks.append(ExchangeDeck(id=1, name=deck.name, description=_description(deck)))
    seen: dict[str, str] = {}
    for number, topic in enumerate(deck.topics, start=2):
        data.decks.append(ExchangeDeck(id=number, name=_deck_name(deck, topic)))
        for note in topic.notes:
            _refuse_repeated(note, seen)
            progress("notes", len(data.notes), len(deck.notes))
            _add_note(data, note, deck, deck_id=number, now_ms=now_ms)
    for note in deck.notes:
        _add_figure(data, note, deck, work_dir)
    if not deck.single:
        add_scenarios(data, deck, replace(scenario_note_type(), modified_ms=now_ms), now_ms)
    return data


def _deck_name(deck: DeckSource, topic: Topic) -> str:
    return deck_name(topic.deck, DECK_SEPARATOR) if topic.deck else f"{deck.name}::{topic.title}"


def _description(deck: DeckSource) -> str:
    parts = (f"version {deck.version}" if deck.version else "", deck.licence)
    return ", ".join(part for part in parts if part)


def _refuse_repeated(note: SourceNote, seen: dict[str, str]) -> None:
    if note.number in seen:
        message = f"{note.number} is also the id of {seen[note.number]}."
        raise SourceError("inconsistent", message, path=note.file, line=note.line, item=note.id)
    seen[note.number] = note.id


def _add_note(data: ExchangeData, note: SourceNote, deck: DeckSource, *, deck_id: int, now_ms: int) -> None:
    note_type = built_in_note_types()[note.kind]
    add_new(
        data,
        note_type,
        guid=note.guid or guid(note.number),
        fields=fields_of(note, deck, note_type.field_names),
        tags=tags_of(note),
        deck_id=deck_id,
        now_ms=now_ms,
    )


def _add_figure(data: ExchangeData, note: SourceNote, deck: DeckSource, work_dir: Path) -> None:
    if note.figure is None or note.figure.file in data.media:
        return
    name = note.figure.file
    file = deck.media_dir / name
    if file.is_symlink() or deck.media_dir.is_symlink() or (file.exists() and not file.is_file()):
        raise SourceError(
            "unsafe", f"media/{name} is not a plain file.", path=note.file, line=note.figure.line
        )
    if not file.is_file():
        data.warnings.append(f"{note.id} shows media/{name}, which does not exist.")
        return
    size = file.stat().st_size
    if size > MAX_FIGURE_BYTES:
        message = f"media/{name} is larger than {MAX_FIGURE_BYTES // 1024} KiB."
        raise SourceError("limit", message, path=note.file, line=note.figure.line)
    copy = work_dir / name
    shutil.copyfile(file, copy)
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    data.media[name] = ExchangeMedia(name=name, path=copy, size=copy.stat().st_size, sha256=digest)
