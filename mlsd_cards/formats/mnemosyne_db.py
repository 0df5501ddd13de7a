"""Reads the database in which Mnemosyne 2.x keeps everything (`default.db`), with schedules and answers.

Media lie beside it, in the folder `default.db_media`. The pickled files of Mnemosyne 1.x (`.mem`) are refused:
to unpickle a stranger's file is to run it. Source: mnemosyne-proj/mnemosyne `libmnemosyne/databases/SQLite.py`
(facts).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeNote,
    ExchangeReview,
    ReadOptions,
)
from mlsd_cards.domain.notes import NoteTypeKind
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import Place, sentences
from mlsd_cards.formats.files_below import FilesBelow
from mlsd_cards.formats.foreign_db import ForeignDatabase, Row, tables_of
from mlsd_cards.formats.foreign_file import private_copy
from mlsd_cards.formats.limits import (
    CARDS,
    DEFAULT_LIMITS,
    FIELD_BYTES,
    MEBIBYTE,
    NOTE_BYTES,
    NOTES,
    REVIEWS,
    SECONDS,
    ZIP_MEMBERS,
    Limits,
)
from mlsd_cards.formats.mnemosyne_facts import NoteMaker
from mlsd_cards.formats.mnemosyne_media import MediaFiles
from mlsd_cards.formats.mnemosyne_schedule import answered, number, scheduled
from mlsd_cards.formats.mnemosyne_text import literal
from mlsd_cards.formats.safezip import Budget
from mlsd_cards.formats.unpacking import unpack_folder

NAME = "mnemosyne database"
SUFFIXES = (".db", ".mem")

_PICKLED = SUFFIXES[1]
_TABLES = frozenset({"facts", "data_for_fact", "cards", "tags", "tags_for_card"})
_CARD_COLUMNS = (
    *("_id", "id", "card_type_id", "_fact_id", "fact_view_id", "grade", "next_rep", "last_rep", "easiness"),
    *("acq_reps", "ret_reps", "lapses", "creation_time", "extra_data", "active"),
)
_LOG_COLUMNS = (
    *("timestamp", "object_id", "grade", "easiness", "scheduled_interval", "thinking_time", "next_rep"),
)
_VIEW_COLUMNS = ("id", "name", "extra_data")
_TYPE_COLUMNS = ("id", "name", "fact_keys_and_names", "fact_view_ids", "extra_data")
_KNOWN: Mapping[str, Sequence[str]] = {
    "facts": ("_id", "id"),
    "data_for_fact": ("_fact_id", "key", "value"),
    "cards": _CARD_COLUMNS,
    "tags": ("_id", "name"),
    "tags_for_card": ("_card_id", "_tag_id"),
    "media": ("filename",),
    "fact_views": _VIEW_COLUMNS,
    "card_types": _TYPE_COLUMNS,
    "log": ("_id", "event_type", *_LOG_COLUMNS),
}
_REPETITION = 9  # event type of an answer
_MAP = "4"  # its two templates stand here in the other order
_MOST_TEXTS = 8 * NOTES
_MOST_TYPES = 20_000
_MOST_TAGS_OF_CARDS = 8 * CARDS


def sniff(path: Path) -> bool:
    """Whether the file is a database with the tables of Mnemosyne."""
    return path.is_file() and tables_of(path) >= _TABLES


def read(
    path: Path, options: ReadOptions, progress: Progress = no_progress, *, limits: Limits = DEFAULT_LIMITS
) -> ExchangeData:
    """Return all that a database of Mnemosyne holds. Media are copied below `options.work_dir`.

    On any error nothing stays there.

    Raises:
        FileFormatError: The file is refused; see its `kind`. `unsupported`: it is one of Mnemosyne 1.x;
            `inconsistent`: Mnemosyne has it open.
        DiskFull: There is no room for the copies.
        Cancelled: `progress` said so.
    """
    place = Place(path, "the database")
    if not sniff(path):
        if path.suffix.lower() == _PICKLED:
            raise place.at("it").refuse(
                "unsupported",
                "is of Mnemosyne 1, and reading it would run what is in it; export it there as XML, or import it "
                "into Mnemosyne 2 and export it from there as .cards",
            )
        raise place.refuse("not-a-deck", "is none of Mnemosyne")
    with unpack_folder(options.work_dir, prefix="mnemosyne-", what="database") as folder:
        budget = Budget(limits, free_bytes=options.free_bytes)
        progress("collection", 0, 0)
        database = private_copy(
            path, folder / "collection", place, budget, program="Mnemosyne", most=limits.collection_bytes
        )
        media_folder = path.absolute().parent / f"{path.name}_media"
        files = None if media_folder.is_symlink() else FilesBelow(media_folder, place)
        with ForeignDatabase(database, place, _KNOWN, seconds=limits.sql_seconds) as db:
            reading = _Reading(db, options, progress)
            reading.read()
        database.unlink()
        data = reading.data
        data.media, warnings = reading.media.unpack(files, folder, budget, progress)
        data.warnings += warnings
        data.unsafe_names = list(reading.media.unsafe)
        return data


@dataclass(slots=True)
class _Fact:
    """A fact: its id, its texts by key, and what its cards say of it."""

    id: str
    texts: dict[str, str] = field(default_factory=dict)
    size: int = 0
    card_type: str = ""
    tags: dict[str, None] = field(default_factory=dict)
    cards: list[Row] = field(default_factory=list)


class _Reading:
    """One database being turned into notes, cards and answers."""

    def __init__(self, db: ForeignDatabase, options: ReadOptions, progress: Progress) -> None:
        self.media = MediaFiles(db.place, where_absent="not in the folder of media beside the database.")
        self.data = ExchangeData(layout=NAME, source="mnemosyne")
        name = deck_name(options.deck_name or db.place.path.stem, DECK_SEPARATOR)
        self.data.decks.append(ExchangeDeck(id=1, name=name))
        self._db = db
        self._options = options
        self._progress = progress
        self._notes = NoteMaker(db.place, self.data, self.media.name_for, progress)
        self._problems: Counter[str] = Counter()
        self._card_ids: dict[str, int] = {}  # by Mnemosyne's ids; 0 where several cards have the same

    def read(self) -> None:
        """Fill `data` with all but the media files.

        Raises:
            FileFormatError: `damaged` or `limit`.
        """
        for (name,) in self._rows("media", ("filename",), most=ZIP_MEMBERS):
            self.media.add(_text(name))
        self._read_types()
        facts = self._facts()
        for fact in facts.values():
            note = self._notes.add(fact.id, fact.texts, fact.card_type, fact.tags)
            if note is not None:
                self._add_cards(note, fact)
        self._notes.report()
        self._add_answers()
        problems = self._problems
        self.data.warnings += sentences(
            (problems["orphan"], "card", "left out: no note makes such a card"),
            (problems["inactive"], "card", "suspended: not active in Mnemosyne"),
            (problems["answer"], "answer", "left out: there is no such card in the file"),
        )

    def _rows(self, table: str, columns: Sequence[str], *, most: int, where: str = "") -> Iterator[Row]:
        """Yield rows of a table, none where it is missing."""
        if not self._db.has(table, *columns):
            if table in _TABLES:
                place = self._db.place.at(f"the table {table}")
                raise place.refuse("damaged", "lacks columns")
            return
        yield from self._db.rows(f"SELECT {', '.join(columns)} FROM {table} {where}", most=most)

    def _read_types(self) -> None:
        for row in self._rows("fact_views", _VIEW_COLUMNS, most=_MOST_TYPES):
            view, name, extra = map(_text, row)
            self._notes.views[view] = {"name": name, "extra": extra}
        for row in self._rows("card_types", _TYPE_COLUMNS, most=_MOST_TYPES):
            kind, name, keys, views, extra = map(_text, row)
            self._notes.types[kind] = {
                "name": name, "fact_keys_and_names": keys, "fact_views": views, "extra": extra
            }  # fmt: skip

    # ---- notes

    def _facts(self) -> dict[int, _Fact]:
        facts = {
            key: _Fact(_text(number))
            for key, number in self._rows("facts", ("_id", "id"), most=NOTES, where="ORDER BY _id")
            if isinstance(key, int)
        }
        for key, label, value in self._rows("data_for_fact", _KNOWN["data_for_fact"], most=_MOST_TEXTS):
            fact = facts.get(key) if isinstance(key, int) else None
            if fact is not None:
                self._add_text(fact, _text(label), _text(value))
        tags = self._tags_of_cards()
        for row in self._rows("cards", _CARD_COLUMNS, most=CARDS, where="ORDER BY _id"):
            fact = facts.get(row[3]) if isinstance(row[3], int) else None
            if fact is None:
                self._problems["orphan"] += 1
                continue
            fact.card_type = fact.card_type or _text(row[2])
            fact.cards.append(row)
            fact.tags |= dict.fromkeys(tags.get(row[0], ()))
        return facts

    def _add_text(self, fact: _Fact, label: str, value: str) -> None:
        size = len(value.encode("utf-8", "surrogatepass"))
        fact.size += size
        if size > FIELD_BYTES or fact.size > NOTE_BYTES:
            what = f"holds a text of more than {FIELD_BYTES // MEBIBYTE} MiB" if size > FIELD_BYTES else ""
            place = self._db.place.at("a note")
            raise place.refuse("limit", what or f"holds more than {NOTE_BYTES // MEBIBYTE} MiB")
        fact.texts[label] = value

    def _tags_of_cards(self) -> dict[int, list[str]]:
        names = {key: _text(name) for key, name in self._rows("tags", ("_id", "name"), most=CARDS)}
        found: dict[int, list[str]] = {}
        listed = self._rows("tags_for_card", ("_card_id", "_tag_id"), most=_MOST_TAGS_OF_CARDS)
        for card, tag in listed:
            if tag in names:
                found.setdefault(card, []).append(names[tag])
        return found

    # ---- cards

    def _add_cards(self, note: ExchangeNote, fact: _Fact) -> None:
        note_type = self.data.note_types[note.note_type_id - 1]
        most = 499 if note_type.kind is NoteTypeKind.CLOZE else len(note_type.templates)
        seen: set[int] = set()
        for row in fact.cards:
            ordinal = self._ordinal(row, cloze=note_type.kind is NoteTypeKind.CLOZE)
            if not 0 <= ordinal < most or ordinal in seen:
                self._problems["orphan"] += 1
                continue
            seen.add(ordinal)
            self._add_card(row, note.id, ordinal)

    def _ordinal(self, row: Row, *, cloze: bool) -> int:
        """Return which card of its note a row is, from 0; -1 where that cannot be told.

        Cards of a cloze note tell their blank; others name their view, whose name or place in the type counts.
        """
        kind, view, extra = _text(row[2]), _text(row[4]), _text(row[13])
        if cloze:
            told = literal(extra) if extra else None
            index = told.get("index") if isinstance(told, dict) else None
            if isinstance(index, int):
                return index
        listed = literal(self._notes.types.get(kind, {}).get("fact_views", ""))
        if isinstance(listed, list) and view in listed:
            place = listed.index(view)
        else:
            last = view.rpartition(".")[2]
            place = int(last) - 1 if last.isdecimal() and len(last) < 4 else -1
        return 1 - place if kind.partition("::")[0] == _MAP and place in (0, 1) else place

    def _add_card(self, row: Row, note_id: int, ordinal: int) -> None:
        _, name, _, _, _, grade, next_rep, last_rep, easiness, acquired, retained, lapses, made, _, active = (
            row
        )
        created_ms = number(made, 0, self._options.now_ms // 1000) * 1000
        card = ExchangeCard(
            id=len(self.data.cards) + 1,
            note_id=note_id,
            deck_id=1,
            ordinal=ordinal,
            position=len(self.data.cards) + 1,
            created_ms=created_ms,
            modified_ms=created_ms,
            suspended=active == 0,
        )
        self._problems["inactive"] += card.suspended
        reps = number(acquired, 0, 2**31) + number(retained, 0, 2**31)
        self.data.cards.append(scheduled(card, grade, last_rep, next_rep, easiness, reps, lapses))
        label = _text(name)
        self._card_ids[label] = 0 if label in self._card_ids else card.id

    def _add_answers(self) -> None:
        known: set[int] = set()
        entries: list[ExchangeReview] = []
        where = f"WHERE event_type = {_REPETITION} ORDER BY _id"
        for done, row in enumerate(self._rows("log", _LOG_COLUMNS, most=REVIEWS, where=where)):
            if not done % 5000:
                self._progress("reviews", done, 0)
            timestamp, name, grade, easiness, interval, seconds, next_rep = row
            card_id, moment = self._card_ids.get(_text(name), 0), number(timestamp, 0, SECONDS)
            if not card_id or not moment:
                self._problems["answer"] += 1
                continue
            review_id = moment * 1000
            while review_id in known:
                review_id += 1
            known.add(review_id)
            entries.append(
                answered(
                    review_id,
                    card_id,
                    timestamp=moment,
                    grade=grade,
                    easiness=easiness,
                    scheduled_interval=interval,
                    thinking_time=seconds,
                    next_rep=next_rep,
                )
            )
        self.data.reviews = sorted(entries)


def _text(value: Any) -> str:
    """Return a value of a table as text; numbers are written out, what is no UTF-8 is marked."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
