"""Text files of separated values: physical lines, records, quoting, and cells that look like formulas.

Source: RFC 4180, and the forgiving reading of Anki (ankitects/anki `rslib/src/import_export/text/csv`):
blank lines and lines that begin with `#` are no records, a quotation mark inside an unquoted cell is text.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.limits import (
    CSV_CELL_BYTES,
    CSV_COLUMNS,
    CSV_FILE_BYTES,
    MEBIBYTE,
    NOTE_BYTES,
    PIECE_BYTES,
)

# In the order in which a file without a directive is searched for them.
SEPARATORS = {"tab": "\t", "pipe": "|", "semicolon": ";", "colon": ":", "comma": ",", "space": " "}
COMMENT = "#"
BOM = "\ufeff"

_SURELY_SMALL = MEBIBYTE  # signs of a record that cannot exceed any limit in bytes
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Spreadsheets run a cell as a formula if the first sign after blanks is one of these. Cells that already have
# apostrophes before such a beginning are guarded too: only then does taking one off restore every text.
_FORMULA = re.compile(r"'*[^\S\t\r]*[\t\r=+\-@\uff1d\uff0b\uff0d\uff20]")


def guard(cell: str) -> str:
    """Return the cell with an apostrophe before it if a spreadsheet would run it as a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """Return what `guard` was given: exactly one apostrophe less where there is one before a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def encoding_of(path: Path) -> str:
    """Return the name of the encoding: UTF-16 where the file begins with its mark, else UTF-8."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in _UTF16_MARKS else "utf-8-sig"


@contextmanager
def opened(place: Place, encoding: str = "") -> Iterator[TextIO]:
    """Open a text file; faults of its encoding and size that show while it is read become refusals.

    Without an `encoding` it is UTF-8, or UTF-16 with its mark.

    Raises:
        FileFormatError: `limit` where it is larger than 256 MiB, `damaged` where it is not text.
    """
    if place.path.stat().st_size > CSV_FILE_BYTES:
        raise place.refuse("limit", f"is larger than {CSV_FILE_BYTES // MEBIBYTE} MiB")
    chosen, encoding = encoding, encoding or encoding_of(place.path)
    try:
        with place.path.open(encoding=encoding, newline="") as file:
            yield file
    except UnicodeError:
        if chosen:
            raise place.refuse("damaged", f"is no text in the encoding {chosen}") from None
        if encoding == "utf-16":
            raise place.refuse(
                "damaged", "is not the UTF-16 text that its first two bytes announce"
            ) from None
        line = _first_bad_line(place.path)
        raise place.at(f"line {line}").refuse("damaged", "is not UTF-8; save the file as UTF-8") from None


def _first_bad_line(path: Path) -> int:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:  # its object also holds what was left of the piece before
                return line + error.object[: error.start].count(b"\n")
            line += piece.count(b"\n")
    return line


def lines(file: TextIO, place: Place) -> Iterator[str]:
    """Yield the physical lines with their line ends.

    Raises:
        FileFormatError: `limit` for a line of more than 8 Mi signs, `damaged` for one with a NUL.
    """
    number = 0
    while line := file.readline(NOTE_BYTES + 1):
        number += 1
        if len(line) > NOTE_BYTES:
            raise place.at(f"line {number}").refuse("limit", f"is longer than {NOTE_BYTES:,} signs")
        if "\0" in line:
            raise place.at(f"line {number}").refuse("damaged", "holds a NUL; text was expected")
        yield line


class Records:
    """The records of a text file in order: lists of cells. `line` is where the latest one begins, from 1.

    Iterating raises `FileFormatError`: `damaged` where a quotation mark is never closed, `limit` for too many
    columns or too long a cell; each names the line.
    """

    def __init__(self, source: Iterator[str], separator: str, place: Place) -> None:
        self.line = 0
        self._source = source
        self._separator = separator
        self._place = place
        self._number = 0  # of the physical line read last
        self._parts: list[str] = []  # physical lines of the record being read

    def __iter__(self) -> Iterator[list[str]]:
        csv.field_size_limit(CSV_CELL_BYTES)  # one value for the process; nobody else reads such files
        parts = self._parts
        reader = csv.reader(self._feed(), delimiter=self._separator)
        try:
            for row in reader:
                if row:
                    if len(row) > CSV_COLUMNS:
                        raise self._here.refuse("limit", f"has more than {CSV_COLUMNS:,} columns")
                    if len(parts) > 1 or len(parts[0]) > _SURELY_SMALL:
                        self._check_size(row)
                    yield row
                parts.clear()
        except csv.Error:
            raise self._here.refuse("limit", f"has a cell of more than {CSV_CELL_BYTES:,} signs") from None

    @property
    def _here(self) -> Place:
        return self._place.at(f"line {self.line}")

    def _feed(self) -> Iterator[str]:
        parts = self._parts
        for line in self._source:
            self._number += 1
            if not parts:
                if line[0] == COMMENT:
                    continue
                self.line = self._number
            parts.append(line)
            yield line
        if parts:  # the parser wants more: only an open quotation mark does that
            first = self.line + _opening_line(parts, self._separator)
            raise self._place.at(f"line {first}").refuse(
                "damaged", "opens a quotation mark that is never closed"
            )

    def _check_size(self, row: list[str]) -> None:
        sizes = [len(cell.encode()) for cell in row]
        if max(sizes) > CSV_CELL_BYTES:
            raise self._here.refuse("limit", f"has a cell of more than {CSV_CELL_BYTES:,} bytes")
        if sum(sizes) > NOTE_BYTES:
            raise self._here.refuse("limit", f"makes a note of more than {NOTE_BYTES:,} bytes")


def _opening_line(parts: list[str], separator: str) -> int:
    """Return which of the record's lines, from 0, opens the quotation mark that is still open at its end."""
    opening = 0
    quoted = False
    for number, line in enumerate(parts):
        start = 0  # of the rest of the line that is not yet looked at
        while start < len(line):
            if not quoted and line.startswith('"', start):
                quoted, opening, start = True, number, start + 1
            elif not quoted:
                start = line.find(separator, start) + 1 or len(line)
            elif (end := line.find('"', start)) < 0:
                start = len(line)
            else:
                quoted = line.startswith('"', end + 1)  # doubled: still inside
                start = end + 2 if quoted else line.find(separator, end) + 1 or len(line)
    return opening


def quoter(separator: str) -> Callable[[str], str]:
    """Return a function that gives a cell as it stands in a file: where it needs them, in quotation marks."""
    needs = re.compile(f'[{re.escape(separator)}"\\r\\n]').search

    def quoted(cell: str) -> str:
        if needs(cell) or cell.startswith((COMMENT, BOM)):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    return quoted
