"""Reader of deck folders: Markdown files that people edit, with schedules and answers beside them.

A folder is named by its path or by the file `mlsd-cards.md` in it; any other `.md` file is one deck, whose note
types are sought in the folders above it. Source of the layout: `folder_writer`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangePreset,
    ExchangeReview,
    ReadOptions,
)
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats import folder_layout as layout
from mlsd_cards.formats import folder_tables as tables
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_media import Media
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.crowdanki_media import MediaFolder, opened_plainly
from mlsd_cards.formats.folder_notes import DeckFiles, Note
from mlsd_cards.formats.folder_text import FormError, Section, sections
from mlsd_cards.formats.folder_types import read_note_types, read_presets
from mlsd_cards.formats.safezip import Budget
from mlsd_cards.rendering.template import card_ordinals

NAME = layout.NAME
SUFFIXES = (".md",)

_SOURCE = "deck folder"
_MOST_FILES = 20_000
_MOST_NAMED = 20
_Read = TypeVar("_Read")


def sniff(path: Path) -> bool:
    """Whether the path is a folder with Markdown files of decks, or a file whose name ends in `.md`."""
    if not path.is_dir():
        return path.suffix.lower() in SUFFIXES and path.is_file()
    decks = path / layout.DECKS
    return (path / layout.MARKER).is_file() or (
        decks.is_dir() and any(each.suffix == layout.DECK_ENDING for each in decks.iterdir())
    )


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a folder, or of one file of it, with their schedules and answers.

    Raises:
        FileFormatError: `not-a-deck`, `damaged`, `inconsistent`, `limit`, `unsafe` or `too-new`; the message
            names file and line.
        Cancelled: By `progress`.
    """
    whole = path.is_dir() or path.name == layout.MARKER
    root = path if path.is_dir() else path.parent if whole else _root_of(path)
    reading = _Reading(root, Place(path, "the folder" if whole else "the file"), options, progress)
    if whole:
        reading.check_version()
        files = list(reading.files(root / layout.DECKS, layout.DECK_ENDING))
    else:
        files = [path]
        if not (root / layout.MARKER).is_file() and not layout.NOTE_HEADING.search(reading.text(path)):
            raise reading.place.refuse("not-a-deck", "is Markdown without cards")
    return reading.data(files)


def _root_of(file: Path) -> Path:
    """Return the folder that a deck's file belongs to: the next above with a marker, else its own."""
    folder = file.absolute().parent
    return next((each for each in (folder, *folder.parents) if (each / layout.MARKER).is_file()), folder)


@dataclass(slots=True)
class _Reading:
    """A folder while it is read."""

    root: Path
    place: Place
    options: ReadOptions
    progress: Progress
    warnings: list[str] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    _bytes: int = 0

    def check_version(self) -> None:
        """Refuse a folder that a newer program wrote."""
        file = self.root / layout.MARKER
        if file.is_file():
            found = self._parsed(file, lambda parts: [part.items.get("version", "") for part in parts])
            if any(version not in ("", layout.VERSION) for version in found):
                raise self.place.refuse("too-new", "was written by a newer version of this program")

    def files(self, folder: Path, ending: str) -> Iterator[Path]:
        """Yield the plain files below a folder whose names end so, in the order of their paths."""
        if folder.is_symlink():
            self.unsafe.append(folder.name)
            return
        found = sorted(folder.rglob(f"*{ending}")) if folder.is_dir() else []
        for number, path in enumerate(found):
            if number >= _MOST_FILES:
                raise self.place.refuse("limit", f"holds more than {_MOST_FILES:,} files")
            if path.is_symlink() or not path.is_file() or not _is_within(path, folder):
                self.unsafe.append(path.relative_to(self.root).as_posix())
            else:
                yield path

    def text(self, file: Path) -> str:
        """Return the text of a file of the folder."""
        place = self.place.at(f"the file {quoted(file.name)}")
        with opened_plainly(file, place) as opened:
            raw = opened.read(limits.CSV_FILE_BYTES + 1)
        self._bytes += len(raw)
        if len(raw) > limits.CSV_FILE_BYTES or self._bytes > 4 * limits.CSV_FILE_BYTES:
            raise place.refuse("limit", "holds more text than can be taken in at once")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise place.refuse("damaged", "is not text in UTF-8") from None

    def _parsed(self, file: Path, what: Callable[[list[Section]], _Read]) -> _Read:
        try:
            return what(sections(self.text(file)))
        except FormError as error:
            raise self._at(file, error.line).refuse("inconsistent", str(error)) from None

    def _at(self, file: Path, line: int) -> Place:
        name = file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else file.name
        return self.place.at(f"line {line:,} of {quoted(name)}")

    # Parts

    def data(self, files: list[Path]) -> ExchangeData:
        """Return all that the files of decks hold."""
        types_file, presets_file = self.root / layout.NOTE_TYPES, self.root / layout.PRESETS
        described = self._parsed(types_file, read_note_types) if types_file.is_file() else {}
        presets = self._parsed(presets_file, read_presets) if presets_file.is_file() else {}
        media_folder = MediaFolder(self.root / layout.MEDIA, self.place)
        media = Media(place=self.place.at("the folder media"), entries=media_folder.entries)
        decks = DeckFiles(described, self.options, media.rewrite)
        for file in files:
            default = self.options.deck_name or file.stem
            self._parsed(file, lambda parts, default=default: decks.add(parts, default))  # type: ignore[misc]
            self.progress("notes", len(decks.notes), 0)
            if len(decks.notes) > limits.NOTES:
                raise self.place.refuse("limit", f"holds more than {limits.NOTES:,} notes")
        data = self._put_together(decks, presets)
        self._add_progress(data, decks)
        media.use_static()
        budget = Budget(media_folder.limits, free_bytes=self.options.free_bytes)
        data.note_types = [media.with_new_names(each) if each.fields else each for each in data.note_types]
        data.media, warnings = media.unpack(
            media_folder, self.options.work_dir, budget, self.progress, zstd=False
        )
        data.unsafe_names = [*self.unsafe, *media_folder.links, *media.unsafe]
        links = [*self.unsafe, *media_folder.links][:_MOST_NAMED]
        data.warnings += [
            *warnings,
            *(f"{quoted(name)} was left out: it is no plain file." for name in links),
        ]
        return data

    def _put_together(self, decks: DeckFiles, presets: dict[str, ExchangePreset]) -> ExchangeData:
        data = ExchangeData(layout=NAME, source=_SOURCE, file_wins=True, warnings=decks.warnings())
        data.note_types = [
            replace(each, modified_ms=self.options.now_ms) for each in decks.used_types.values()
        ]
        data.presets = [preset for title, preset in presets.items() if title in decks.presets.values()]
        for name, (number, description) in decks.decks.items():
            preset = presets.get(decks.presets.get(name, ""))
            data.decks.append(
                ExchangeDeck(
                    id=number, name=name, description=description, preset_id=preset.id if preset else 0
                )
            )
        return data

    def _table(
        self, file: Path, columns: tuple[str, ...], what: Callable[[int, dict[str, str]], _Read]
    ) -> Iterator[_Read]:
        try:
            for number, cells in tables.rows(self.text(file).split("\n"), columns):
                if not number % 1000:
                    self.progress("progress", number, 0)
                yield what(number, cells)
        except tables.TableError as error:
            raise self._at(file, error.line).refuse("inconsistent", str(error)) from None

    def _add_progress(self, data: ExchangeData, decks: DeckFiles) -> None:
        """Add the notes with the cards that the tables list and those that their texts make, and the answers."""
        file = self.root / layout.SCHEDULE
        listed: dict[str, list[tables.ScheduledCard]] = {}
        if file.is_file():
            for each in self._table(file, tables.SCHEDULE_COLUMNS, tables.scheduled):
                listed.setdefault(each.guid, []).append(each)
        keys: dict[tuple[str, int], int] = {}
        free = max((each.card.id for some in listed.values() for each in some), default=0) + 1
        used: set[int] = set()
        used_cards: set[int] = set()
        for position, note in enumerate(decks.notes, 1):
            rows = listed.get(note.guid, []) if note.guid else []
            note_id = next((row.note_id for row in rows if row.note_id), 0)
            made = replace(note, id=note_id if note_id and note_id not in used else _unused(used, position))
            used.add(made.id)
            created = min((row.note_created_ms for row in rows), default=0)
            data.notes.append(made.exchange(created, self.options.now_ms))
            for card in _cards_of(made, rows, position, decks.type_of(made)):
                if not card.id or card.id in used_cards:
                    card = card._replace(id=free)
                    free += 1
                used_cards.add(card.id)
                keys[note.guid or f"\0{made.id}", card.ordinal] = card.id
                data.cards.append(card)
        self._add_answers(data, keys)

    def _add_answers(self, data: ExchangeData, keys: dict[tuple[str, int], int]) -> None:
        known: dict[int, ExchangeReview] = {}
        left_out = 0
        for file in self.files(self.root / layout.ANSWERS, layout.ANSWERS_ENDING):
            for guid, ordinal, review in self._table(file, tables.ANSWER_COLUMNS, tables.answer):
                card_id = keys.get((guid, ordinal))
                if card_id is None:
                    left_out += 1
                elif review.id not in known:  # a merge may keep a line twice
                    known[review.id] = review._replace(card_id=card_id)
        data.reviews = sorted(known.values())
        if left_out:
            data.warnings.append(f"{counted(left_out, 'answer')} left out: no such card is in the folder.")


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _unused(used: set[int], wanted: int) -> int:
    while wanted in used:
        wanted += 1_000_003
    return wanted


def _cards_of(
    note: Note, rows: list[tables.ScheduledCard], position: int, note_type: NoteType
) -> Iterator[ExchangeCard]:
    """Yield the cards of a note: those of the table, then new ones for what its text makes besides."""
    have: set[int] = set()
    for row in rows:
        if row.card.ordinal not in have:
            have.add(row.card.ordinal)
            yield row.card._replace(note_id=note.id, deck_id=note.deck_of(row.card.ordinal))
    if note_type.templates:
        first = rows[0].card.position if rows else position
        for ordinal in card_ordinals(note_type, note.fields, tags=note.tags, at_least_one=True):
            if ordinal not in have:
                yield ExchangeCard(0, note.id, note.deck_of(ordinal), ordinal, position=first)
