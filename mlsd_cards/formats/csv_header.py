"""The directives at the head of a text file: `#separator:tab`, `#deck column:3` and their like.

A directive with a value that makes no sense is passed over. Source: ankitects/anki
`docs-site/manual/importing/text-files.mdx` and `rslib/src/import_export/text/csv/metadata.rs` (facts).
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mlsd_cards.domain.exchange import Matching, OnMatch
from mlsd_cards.formats.csv_text import BOM, COMMENT, SEPARATORS

TAGS_LINE = "tags:"  # an older form of `#tags:`, only on the first line
GUARDED = "guarded"  # value of our own directive `#formulas:`, which other programs pass over

_GUESS_BYTES = 8192  # how much of a file is looked at to find its separator
_DEFAULT_SEPARATOR = "\t"  # for `#columns:` above any `#separator:`
_COLUMN = re.compile(r"\+?([0-9]{1,10})", re.ASCII)
_LARGEST_COLUMN = 2**32 - 1
_RECORD_REST = re.compile(r"[^A-Za-z0-9]")  # what a spreadsheet adds to a directive that it saved as a record

_FILE_SEPARATORS = re.compile(r"[\x1c-\x1f]")  # blanks to Python, but not to Anki, which drops them

_ON_MATCH = {
    "update current": OnMatch.UPDATE,
    "keep current": OnMatch.KEEP,
    "keep both": OnMatch.DUPLICATE,
}
_MATCHING = {"notetype": Matching.FIRST_FIELD, "notetype + deck": Matching.FIRST_FIELD_AND_DECK}


@dataclass(slots=True)
class Header:
    """What a text file says of itself. Columns count from 1, 0 is none; None where the file says nothing."""

    knows: Callable[[str], bool]
    separator: str | None = None
    is_html: bool | None = None
    tags: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    note_type: str = ""
    note_type_column: int = 0
    deck: str = ""
    deck_column: int = 0
    tags_column: int = 0
    guid_column: int = 0
    on_match: OnMatch = OnMatch.UPDATE
    matching: Matching = Matching.FIRST_FIELD
    formulas_guarded: bool = False
    found: bool = False  # whether the file holds any directive at all
    unknown_note_type: str = ""  # named by a directive but not to be had
    first_is_heading: bool = False  # the first record holds the names of the columns
    chosen: tuple[int, ...] | None = None  # the column of each field, where the user says so

    @property
    def columns_in_use(self) -> set[int]:
        """The columns that hold something else than fields."""
        return {self.note_type_column, self.deck_column, self.tags_column, self.guid_column} - {0}


def words(text: str) -> list[str]:
    """Return the parts of a list of tags."""
    return _FILE_SEPARATORS.sub("", text).split()


def read_header(source: Iterator[str], knows: Callable[[str], bool]) -> tuple[Header, str]:
    """Return the directives at the head of the lines, and the separator: the one named, or else a guess.

    `knows` says whether there is a note type of a name; a directive that names another is passed over.

    The guess is the first of tab, `|`, `;`, `:`, `,` that occurs in the 8 KiB after the head, else a blank.
    """
    header = Header(knows)
    first = True
    rest = ""
    for line in source:
        text = line.removeprefix(BOM) if first else line
        if first and text.startswith(TAGS_LINE):
            header.tags = words(text.removeprefix(TAGS_LINE))
        elif text.startswith(COMMENT):
            _apply(header, text[1:])
        else:
            rest = line
            break
        first = False
    return header, header.separator or _guess(rest, source)


def _guess(text: str, source: Iterator[str]) -> str:
    parts = [text]
    size = len(text)
    while size < _GUESS_BYTES and (line := next(source, "")):
        parts.append(line)
        size += len(line)
    start = "".join(parts)[:_GUESS_BYTES].encode()[:_GUESS_BYTES]
    return next((sign for sign in SEPARATORS.values() if sign.encode() in start), " ")


def _apply(header: Header, text: str) -> None:
    key, colon, value = text.partition(":")
    if colon and (directive := _DIRECTIVES.get(key.strip().lower())):
        header.found = True
        directive(header, value.rstrip("\r\n"))


def _short(value: str) -> str:
    """Return the value without what follows its first word; its first sign may be any."""
    rest = _RECORD_REST.search(value, 1)
    return value[: rest.start()] if rest else value


def _separator(header: Header, value: str) -> None:
    short = _short(value).lower()
    named = SEPARATORS.get(short.strip())
    if named or short in SEPARATORS.values():
        header.separator = named or short


def _html(header: Header, value: str) -> None:
    header.is_html = {"true": True, "false": False}.get(_short(value).lower(), header.is_html)


def _tags(header: Header, value: str) -> None:
    header.tags = words(value)


def _columns(header: Header, value: str) -> None:
    try:
        rows = list(csv.reader([value], delimiter=header.separator or _DEFAULT_SEPARATOR))
    except csv.Error:
        return
    header.names = rows[0] if rows else []


def _note_type(header: Header, value: str) -> None:
    if value and header.knows(value):
        header.note_type, header.note_type_column, header.unknown_note_type = value, 0, ""
    else:
        header.unknown_note_type = value


def _deck(header: Header, value: str) -> None:
    if value:
        header.deck, header.deck_column = value, 0


def _number(value: str) -> int:
    match = _COLUMN.fullmatch(_short(value).strip())
    number = int(match[1]) if match else 0
    return number if number <= _LARGEST_COLUMN else 0


def _note_type_column(header: Header, value: str) -> None:
    if number := _number(value):
        header.note_type, header.note_type_column = "", number


def _deck_column(header: Header, value: str) -> None:
    if number := _number(value):
        header.deck, header.deck_column = "", number


def _tags_column(header: Header, value: str) -> None:
    header.tags_column = _number(value) or header.tags_column


def _guid_column(header: Header, value: str) -> None:
    header.guid_column = _number(value) or header.guid_column


def _if_matches(header: Header, value: str) -> None:
    header.on_match = _ON_MATCH.get(value, header.on_match)


def _match_scope(header: Header, value: str) -> None:
    header.matching = _MATCHING.get(value, header.matching)


def _formulas(header: Header, value: str) -> None:
    header.formulas_guarded = _short(value).lower() == GUARDED


_DIRECTIVES: dict[str, Callable[[Header, str], None]] = {
    "separator": _separator,
    "html": _html,
    "tags": _tags,
    "columns": _columns,
    "notetype": _note_type,
    "deck": _deck,
    "notetype column": _note_type_column,
    "deck column": _deck_column,
    "tags column": _tags_column,
    "guid column": _guid_column,
    "if matches": _if_matches,
    "match scope": _match_scope,
    "formulas": _formulas,
}

NAMES = tuple(_DIRECTIVES)  # of all directives
