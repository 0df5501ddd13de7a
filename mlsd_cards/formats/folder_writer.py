"""Writer of deck folders: text that people edit and keep in git, one Markdown file a deck.

    mlsd-cards.md            says what the folder is
    note-types.md            fields, templates and style of the note types
    presets.md               options of the decks
    decks/A/B.md             the notes of the deck A::B
    media/                   pictures and sounds
    schedule.tsv             one line a card: state, due date, interval and so on
    answers/2026.tsv         one line an answer, oldest first; lines are only ever added

The same data always gives the same bytes, and files that stay the same are not touched.
"""

import errno
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlsd_cards.domain.errors import DiskFull, InputError
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeNote, WriteOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats import folder_layout as layout
from mlsd_cards.formats.folder_tables import answer_files, schedule_lines
from mlsd_cards.formats.folder_text import Section, labels, quote, to_markdown, written
from mlsd_cards.formats.folder_types import (
    note_type_labels,
    note_type_sections,
    preset_labels,
    preset_sections,
)
from mlsd_cards.paths import sync_file, sync_folder

NAME = layout.NAME
SUFFIXES: tuple[str, ...] = ()

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_OURS = (layout.NOTE_TYPES, layout.PRESETS, layout.SCHEDULE, layout.DECKS, layout.MEDIA, layout.ANSWERS)
_REPORT_EVERY = 1000
_ABOUT = """\
This folder holds cards. Edit the texts in `decks` with any editor and import this file again: cards keep their
schedules, for they are known by the word after `## note`. A note without such a word is new; give it one of your own.
"""


def write(
    data: ExchangeData, path: Path, options: WriteOptions, progress: Progress = no_progress
) -> list[str]:
    """Write all of `data` to the folder `path`, which is made or brought up to date; there are no warnings.

    Files of an earlier export that are no longer needed are removed, others (such as `.git`) stay.

    Raises:
        DiskFull: There is no room for the files; the folder may hold some old and some new files, all whole.
        InputError: The folder cannot be written, or holds something else.
        Cancelled: By `progress`; nothing is changed.
    """
    _check_target(path)
    with _plain_words(path):
        made = not path.exists()
        path.mkdir(exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(prefix=".writing-", dir=path) as name:
                work = Path(name)
                _write_files(data, work, options, progress)
                kept = _move_in(work, path)
        except BaseException:
            if made and path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            raise
        _remove_others(path, kept)
        sync_folder(path)
    return []


def _check_target(path: Path) -> None:
    if path.is_file():
        raise InputError(f"{path} is a file: name a folder to write text to, new or written before.")
    if not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {path.parent}.")
    if path.is_dir() and not (path / layout.MARKER).is_file():
        other = next((name for name in _OURS if (path / name).exists()), "")
        if other:
            raise InputError(
                f"{path} holds “{other}”, which was not exported from here: name an empty folder."
            )


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(f"There is no room on the disk for {path}.", path=path) from error
        raise InputError(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from error


# Files


def _write_files(data: ExchangeData, work: Path, options: WriteOptions, progress: Progress) -> None:
    writing = _Writing(data, options.scheduling)
    _put(work, layout.MARKER, written([Section(1, "Cards", {"version": layout.VERSION}, _ABOUT.strip())]))
    _put(work, layout.NOTE_TYPES, written(note_type_sections(data.note_types)))
    if data.presets and (options.scheduling if options.presets is None else options.presets):
        _put(work, layout.PRESETS, written(preset_sections(data.presets)))
    files = layout.deck_files({deck.name for deck in data.decks})
    done = 0
    for deck in data.decks:
        notes = writing.notes.get(deck.id, [])
        parts = [writing.deck(deck.id)]
        for note in notes:
            if not done % _REPORT_EVERY:
                progress("notes", done, len(data.notes))
            done += 1
            parts += writing.note(note)
        _put(work, files[deck.name], written(parts))
    if options.scheduling:
        _write_progress(data, work, progress)
    for number, item in enumerate(data.media.values() if options.media else ()):
        progress("media", number, len(data.media))
        (work / layout.MEDIA).mkdir(exist_ok=True)
        shutil.copyfile(item.path, work / layout.MEDIA / item.name)


def _write_progress(data: ExchangeData, work: Path, progress: Progress) -> None:
    progress("schedules", 0, len(data.cards))
    notes = {note.id: (note.guid, note.created_ms) for note in data.notes}
    _put(work, layout.SCHEDULE, "\n".join(schedule_lines(data.cards, notes)) + "\n")
    progress("reviews", 0, len(data.reviews))
    cards = {card.id: (notes[card.note_id][0], card.ordinal) for card in data.cards}
    reviews = (review for review in data.reviews if review.card_id in cards)
    for year, lines in answer_files(reviews, cards).items():
        _put(work, f"{layout.ANSWERS}/{year}{layout.ANSWERS_ENDING}", "\n".join(lines) + "\n")


def _put(work: Path, name: str, text: str) -> None:
    file = work / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="\n")


@dataclass(slots=True)
class _Writing:
    """What the notes of each deck are, and how they are written."""

    data: ExchangeData
    scheduling: bool
    notes: dict[int, list[ExchangeNote]] = field(default_factory=dict)
    _cards: dict[int, list[ExchangeCard]] = field(default_factory=dict)
    _deck_of: dict[int, int] = field(default_factory=dict)
    _deck_names: dict[int, str] = field(default_factory=dict)
    _types: dict[int, str] = field(default_factory=dict)
    _presets: dict[int, str] = field(default_factory=dict)
    _fields: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        data = self.data
        self._deck_names = {deck.id: deck.name for deck in data.decks}
        self._types = note_type_labels(data.note_types)
        self._presets = preset_labels(data.presets)
        self._fields = {int(each.id): labels(each.field_names) for each in data.note_types}
        for card in data.cards:
            self._cards.setdefault(card.note_id, []).append(card)
        first = min(self._deck_names, default=0)
        for note in data.notes:
            cards = sorted(self._cards.get(note.id, ()), key=lambda card: card.ordinal)
            deck_id = cards[0].deck_id if cards else note.deck_id
            self._deck_of[note.id] = deck_id if deck_id in self._deck_names else first
        for note in sorted(data.notes, key=self._place):
            self.notes.setdefault(self._deck_of[note.id], []).append(note)

    def _place(self, note: ExchangeNote) -> tuple[int, int, str]:
        """Return where a note stands in its file: as its cards come when they are new."""
        return min((card.position for card in self._cards.get(note.id, ())), default=0), note.id, note.guid

    def deck(self, deck_id: int) -> Section:
        """Return the head of a deck's file."""
        deck = next(deck for deck in self.data.decks if deck.id == deck_id)
        preset = self._presets.get(deck.preset_id)
        return Section(
            1, quote(deck.name), {"preset": preset} if preset else {}, to_markdown(deck.description)
        )

    def note(self, note: ExchangeNote) -> list[Section]:
        """Return the sections of a note: its identity, then each field that is not empty."""
        items = {"type": self._types[note.note_type_id]}
        if note.tags:
            items["tags"] = " ".join(note.tags)
        home = self._deck_of[note.id]
        for card in sorted(self._cards.get(note.id, ()), key=lambda card: card.ordinal):
            if card.deck_id != home and card.deck_id in self._deck_names:
                items[f"card {card.ordinal + 1} in"] = quote(self._deck_names[card.deck_id])
        found = [Section(2, f"note {quote(note.guid)}", items)]
        for name, text in zip(self._fields[note.note_type_id], note.fields, strict=False):
            if text:
                found.append(Section(3, name, text=to_markdown(text)))
        return found


# Into place


def _move_in(work: Path, target: Path) -> set[Path]:
    """Put the files of `work` in the place of those of `target` that differ; return all of their paths."""
    kept: set[Path] = set()
    changed: list[tuple[Path, Path]] = []
    for file in sorted(path for path in work.rglob("*") if path.is_file()):
        place = target / file.relative_to(work)
        kept.add(place)
        plain = place.is_file() and not place.is_symlink()
        if not plain or not filecmp.cmp(file, place, shallow=False):
            sync_file(file)
            changed.append((file, place))
    for file, place in changed:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, place)
    for folder in {place.parent for _, place in changed}:
        sync_folder(folder)
    return kept


def _remove_others(target: Path, kept: Mapping[Path, object] | set[Path]) -> None:
    """Remove what an earlier export left and this one did not write."""
    for name in (layout.PRESETS, layout.SCHEDULE):
        if target / name not in kept:
            (target / name).unlink(missing_ok=True)
    endings = {layout.DECKS: layout.DECK_ENDING, layout.ANSWERS: layout.ANSWERS_ENDING, layout.MEDIA: ""}
    for name, ending in endings.items():
        if (target / name).is_symlink():
            continue
        for path in sorted((target / name).rglob("*"), reverse=True):  # what lies in a folder before it
            if path.is_file() and path.name.endswith(ending) and path not in kept:
                path.unlink()
            elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
