"""Reader of text files (CSV, TSV, TXT): one note a line, as Anki imports them.

Notes are those that Anki makes of the same file. Which cards they make is up to their note type, which a
text file only names. Source: ankitects/anki `docs-site/manual/importing/text-files.mdx` and
`rslib/src/import_export/text` (facts).
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ExchangeNote, Matching, ReadOptions
from mlsd_cards.domain.notes import NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats import csv_choices as choices
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import Place, counted, printable, quoted
from mlsd_cards.formats.anki_stock import BASIC
from mlsd_cards.formats.csv_header import NAMES, TAGS_LINE, Header, read_header, words
from mlsd_cards.formats.csv_note_types import NoteTypes, is_heading
from mlsd_cards.formats.csv_text import BOM, COMMENT, SEPARATORS, Records, encoding_of, lines, opened, unguard
from mlsd_cards.formats.limits import NOTES, TAGS_PER_NOTE

NAME = "text"
SUFFIXES = (".csv", ".tsv", ".txt")

_SNIFF_BYTES = 4096
_DIRECTIVE = re.compile(rf"(?:\xef\xbb\xbf)?#(?:{'|'.join(NAMES)}):".encode("latin-1"), re.IGNORECASE)
_BINARY_SIGNS = bytes({*range(32)} - {*b"\t\n\r\f\x1b"})
_BINARY_STARTS = (
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
)
_BINARY_SHARE = 0.05  # of control signs from which a file is no text, whatever its name

_SAMPLE = 5  # records that decide whether cells are HTML
_REPORT_EVERY = 1000
_NO_FIRST_FIELD = "the first field is empty"
_NO_TYPE = "no note type is named in the column for it"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOT_IN_TAGS = re.compile(r"[\x00-\x1f\x7f \u3000]")


def sniff(path: Path) -> bool:
    """Whether the file is text, and its name or a directive on its first line says that it holds notes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_SNIFF_BYTES)
    if encoding_of(path) == "utf-16":
        return path.suffix.lower() in SUFFIXES
    if start.startswith(_BINARY_STARTS):
        return False
    odd = len(start) - len(start.translate(None, _BINARY_SIGNS))
    if odd > _BINARY_SHARE * len(start):
        return False
    return path.suffix.lower() in SUFFIXES or bool(_DIRECTIVE.match(start))


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a text file; each makes the cards that its note type asks for.

    Raises:
        FileFormatError: `damaged` where it is not text or a quotation mark is never closed, `limit`,
            `not-a-deck` where it has no record and no directive. The message names the line.
        Cancelled: By `progress`.
    """
    place = Place(path, "the file")
    note_types = NoteTypes(options.note_type_fields)
    text = options.text
    encoding = choices.encoding(path, text) if text else ""
    with opened(place, encoding) as file:
        header, separator = read_header(lines(file, place), note_types.knows)
    if text:
        with opened(place, encoding) as file:
            separator = choices.separator(text, header, separator, lines(file, place))
    with opened(place, encoding) as file:
        records = Records(_without_tags_line(lines(file, place)), separator, place)
        rows = iter(records)
        sample = list(islice(rows, _SAMPLE + bool(text)))
        if not sample and not header.found:
            raise place.refuse("not-a-deck", "has no line that is neither blank nor a comment")
        if text:
            sample = choices.apply(text, header, sample, note_types.fields_of)
        reading = _Reading(header, options, note_types, place, sample)
        if text:
            reading.show(separator, encoding, sample)
        elif sample:
            reading.warn_of_layout(sample[0], separator)
        reading.add(chain(sample, rows), records, progress)
    return reading.finished()


def _without_tags_line(source: Iterator[str]) -> Iterator[str]:
    first = next(source, "")
    if first.removeprefix(BOM).startswith(TAGS_LINE):
        yield COMMENT + "\n"  # keeps the count of lines
    elif first:
        yield first
    yield from source


class _Reading:
    """One text file being turned into notes."""

    def __init__(
        self,
        header: Header,
        options: ReadOptions,
        note_types: NoteTypes,
        place: Place,
        sample: Sequence[Sequence[str]],
    ):
        self.header = header
        self.options = options
        self.place = place
        self.data = ExchangeData(layout=NAME, makes_cards=True, matching=header.matching, file_wins=True)
        self.data.on_match = header.on_match
        self.left_out: Counter[str] = Counter()  # notes by the reason
        self.is_html = (
            any(map(_is_html, chain.from_iterable(sample))) if header.is_html is None else header.is_html
        )
        self.text_of: Callable[[str], str] = _html_text if self.is_html else _plain_text
        self.cell_of: Callable[[str], str] = unguard if header.formulas_guarded else str
        self.global_tags = _tags(header.tags)
        self._known_tags: dict[str, tuple[str, ...]] = {}  # by the cell
        self._spellings: dict[str, str] = {}  # of tags of earlier notes, by the folded tag
        self.note_type_ids: dict[str, int] = {}
        self.deck_ids: dict[str, int] = {}
        self.note_types = note_types
        self.width = len(header.names) or (len(sample[0]) if sample else 1)
        self.tags_column = header.tags_column
        self.columns: tuple[int, ...] = ()  # from 0; those of the fields where all notes have one type
        if not header.note_type_column:
            self._map_columns()
        self.data.tags_given = bool(self.tags_column)

    # ---- columns

    def _map_columns(self) -> None:
        """Decide which column fills which field of the one note type, and which holds the tags."""
        name = self.header.note_type or BASIC
        names = self.note_types.field_names(name)
        number = self._note_type(name)
        free = [column for column in range(1, self.width + 1) if column not in self.header.columns_in_use]
        if self.header.chosen is not None:
            mapped = list(self.header.chosen) or [1]
        elif names is None:
            mapped = free  # the note type is known only to the collection, and takes what it has room for
        elif any(self.header.names):
            by_name = {
                label: column for column, label in enumerate(self.header.names, 1) if column in set(free)
            }
            mapped = [by_name.get(field, 0) for field in names]
            mapped[0] = mapped[0] or 1
        else:
            mapped = free[: len(names)] or [1]
        if not self.tags_column and names is not None:
            self.tags_column = next((column for column in free if column > max(mapped)), 0)
        given = tuple(place for place, column in enumerate(mapped) if column)
        if len(given) < len(mapped):
            self.data.given_fields[number] = given
        self.columns = tuple(column - 1 for column in mapped)

    # ---- parts of the file

    def _note_type(self, name: str) -> int:
        """Return the number of the note type of that name, 0 where it is known to be absent."""
        folded = name.casefold()
        number = self.note_type_ids.get(folded)
        if number is None:
            number = len(self.data.note_types) + 1 if name and self.note_types.knows(name) else 0
            if number:
                note_type = NoteType(id=NoteTypeId(number), name=name, fields=(), templates=())
                self.data.note_types.append(note_type)
            self.note_type_ids[folded] = number
        return number

    def _deck(self, name: str) -> int:
        number = self.deck_ids.get(name)
        if number is None:
            default = self.header.deck or self.options.deck_name or self.place.path.stem
            clean = unicodedata.normalize("NFC", deck_name(name or default, DECK_SEPARATOR))
            number = self.deck_ids.get(clean.casefold())
            if number is None:
                number = len(self.data.decks) + 1
                self.data.decks.append(ExchangeDeck(id=number, name=clean))
            self.deck_ids[clean.casefold()] = self.deck_ids[name] = number
        return number

    # ---- notes

    def add(self, rows: Iterator[list[str]], records: Records, progress: Progress) -> None:
        """Turn every row into a note, or count why not."""
        header, data = self.header, self.data
        guid, deck, note_type = header.guid_column, header.deck_column, header.note_type_column
        only_type = 0 if note_type else 1
        only_deck = 0 if deck else self._deck("")
        for row in rows:
            if len(data.notes) >= NOTES:
                raise self.place.refuse("limit", f"holds more than {NOTES:,} notes")
            if not len(data.notes) % _REPORT_EVERY:
                progress("notes", len(data.notes), 0)
            if header.formulas_guarded:
                row = [self.cell_of(cell) for cell in row]
            fields = tuple(map(self.text_of, self._fields(row)))
            if not fields or not fields[0]:
                self.left_out[_NO_FIRST_FIELD] += 1
                continue
            type_id = only_type or self._note_type(_cell(row, note_type))
            if not type_id:
                name = _cell(row, note_type)
                self.left_out[f"there is no note type {quoted(name)}" if name else _NO_TYPE] += 1
                continue
            data.notes.append(
                ExchangeNote(
                    len(data.notes) + 1,
                    _cell(row, guid),
                    type_id,
                    fields,
                    self._tags_of(row, records),
                    modified_ms=self.options.now_ms,  # a text file is taken to be newer than the collection
                    deck_id=only_deck or self._deck(_cell(row, deck)),
                )
            )

    def _fields(self, row: list[str]) -> list[str]:
        """Return the cells that are fields, as far as the row reaches."""
        if self.columns:
            fields = [row[column] if 0 <= column < len(row) else "" for column in self.columns]
            reach = len(row)
            while fields and self.columns[len(fields) - 1] >= reach:
                fields.pop()
            return fields
        used = self.header.columns_in_use
        return [cell for column, cell in enumerate(row, 1) if column not in used]

    def _tags_of(self, row: list[str], records: Records) -> tuple[str, ...]:
        own = _cell(row, self.tags_column)
        if own in self._known_tags:
            return self._known_tags[own]
        tags = _tags([*words(own), *self.global_tags])
        tags = _tags([_as_spelled(tag, self._spellings) for tag in tags])
        for tag in tags:
            self._spellings.setdefault(tag.casefold(), tag)
        if len(tags) > TAGS_PER_NOTE:
            raise self.place.at(f"line {records.line}").refuse(
                "limit", f"gives a note more than {TAGS_PER_NOTE:,} tags"
            )
        self._known_tags[own] = tags
        return tags

    # ---- what the user should know

    def warn_of_layout(self, first: Sequence[str], separator: str) -> None:
        """Note what the head of the file leaves in doubt: column names on the first line, the separator."""
        warnings, header = self.data.warnings, self.header
        if header.unknown_note_type:
            used = "the column for it" if header.note_type_column else quoted(header.note_type or BASIC)
            warnings.append(f"There is no note type {quoted(header.unknown_note_type)}; {used} is used.")
        for what, column in (
            ("guid", header.guid_column),
            ("note type", header.note_type_column),
            ("deck", header.deck_column),
            ("tags", header.tags_column),
        ):
            if column > self.width:
                warnings.append(
                    f"The file has no column {column} for the {what}; it has {counted(self.width, 'column')}."
                )
        if not header.names and is_heading(
            first, self.note_types.field_names(header.note_type or BASIC) or ()
        ):
            shown = printable(", ".join(first))
            warnings.append(
                f"The first line reads like names of columns ({shown}) and is read as a note, as in Anki: "
                "put “#columns:” before it to make it names."
            )
        if (
            not header.separator
            and len(first) == 1
            and self.place.path.suffix.lower() == ".csv"
            and "," in first[0]
        ):
            name = next(name for name, sign in SEPARATORS.items() if sign == separator)
            warnings.append(
                f"The columns are taken to be separated by {name}, as Anki does; if comma is meant, make "
                "“#separator:comma” the first line."
            )

    def show(self, separator: str, encoding: str, sample: Sequence[Sequence[str]]) -> None:
        """Keep how the file is read, and its first records, for the preview."""
        name = "" if self.header.note_type_column else self.header.note_type or BASIC
        self.data.table = choices.table(
            self.header,
            separator,
            encoding,
            sample,
            self.note_types.fields_of(name) if name else (),
            self.columns,
            self.tags_column,
            is_html=self.is_html,
            note_types=self.note_types.names,
            note_type=name,
        )

    def finished(self) -> ExchangeData:
        """Return the data with its warnings complete."""
        self.data.notes_left_out = self.left_out.total()
        self.data.left_out = dict(self.left_out)
        for reason, count in self.left_out.items():
            verb = "was" if count == 1 else "were"
            self.data.warnings.append(f"{counted(count, 'note')} {verb} left out: {reason}.")
        if self.header.guid_column and all(note.guid for note in self.data.notes):
            self.data.matching = Matching.GUID
        return self.data


def _cell(row: Sequence[str], column: int) -> str:
    """Return the cell of a column counted from 1; empty where there is none."""
    return row[column - 1] if 0 < column <= len(row) else ""


def _is_html(cell: str) -> bool:
    start = cell.find("<")
    return start >= 0 and cell.find(">", start) > 0


def _html_text(cell: str) -> str:
    """Return the cell in composed form and without control signs."""
    if cell.isprintable():
        return cell if cell.isascii() else unicodedata.normalize("NFC", cell)
    return unicodedata.normalize("NFC", _CONTROLS.sub("", cell))


def _plain_text(cell: str) -> str:
    """Return plain text as HTML that shows it."""
    return _html_text(html.escape(cell).replace("\n", "<br>"))


def _as_spelled(tag: str, spellings: Mapping[str, str]) -> str:
    """Return a tag in the letter case in which it came first, or else the nearest tag above it did.

    Source: ankitects/anki `rslib/src/tags/register.rs` (facts).
    """
    parts = tag.split("::")
    for depth in range(len(parts), 0, -1):
        known = spellings.get("::".join(parts[:depth]).casefold())
        if known is not None:
            return "::".join([known, *parts[depth:]])
    return tag


def _tags(names: Sequence[str]) -> tuple[str, ...]:
    """Return tags with composed, filled parts, each once; letter case does not count."""
    found: dict[str, str] = {}
    for name in names:
        parts = (
            _NOT_IN_TAGS.sub("", unicodedata.normalize("NFC", part)) or "blank" for part in name.split("::")
        )
        tag = "::".join(parts)
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())
