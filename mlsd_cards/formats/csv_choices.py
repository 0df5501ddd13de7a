"""How a text file is read where the user looks on: what its contents suggest, and what the user chose instead.

Without the user's eyes a text file is read exactly as Anki reads it. In the preview more is guessed, because a
wrong guess is seen and corrected there: the encoding, the separator by how evenly it splits the records, and a
first record that names the columns.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from mlsd_cards.domain.exchange import TextOptions, TextTable
from mlsd_cards.formats.csv_header import Header
from mlsd_cards.formats.csv_note_types import is_heading
from mlsd_cards.formats.csv_text import COMMENT, encoding_of
from mlsd_cards.formats.limits import CSV_CELL_BYTES, PIECE_BYTES

ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "cp1251", "cp1250", "shift_jis", "gb18030")
"""What a text file may be read as, the likeliest first."""

_CANDIDATES = ("\t", ";", ",", "|", ":")
_LINES = 50  # that are looked at to find the separator
_CYRILLIC = re.compile(rb"[\xc0-\xff]{3,}")
_LEAST_CYRILLIC = 0.5  # share of the signs beyond ASCII that stand in words of such signs alone
_NUL_SHARE = 0.2  # of a file without a mark that is UTF-16 nevertheless
_TAG_NAMES = frozenset({"tags", "tag"})
_ROWS = 5


def encoding(path: Path, options: TextOptions) -> str:
    """Return the encoding chosen, or the likeliest one."""
    if options.encoding:
        return options.encoding
    marked = encoding_of(path)
    if marked == "utf-16":
        return marked
    with path.open("rb") as file:
        start = file.read(PIECE_BYTES)
        if start.count(0) > _NUL_SHARE * len(start):
            return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
        file.seek(0)
        if _is_utf8(iter(lambda: file.read(PIECE_BYTES), b"")):
            return marked
    beyond = sum(byte > 127 for byte in start)
    in_words = sum(len(match[0]) for match in _CYRILLIC.finditer(start))
    return "cp1251" if beyond and in_words >= _LEAST_CYRILLIC * beyond else "cp1252"


def _is_utf8(pieces: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def separator(options: TextOptions, header: Header, named: str, source: Iterator[str]) -> str:
    """Return the separator chosen, the one that a directive names, or that which splits the lines most evenly.

    `named` is what Anki would take.
    """
    if options.separator:
        return options.separator
    if header.separator:
        return named
    lines = [line for line in islice(source, _LINES) if line.strip() and not line.startswith(COMMENT)]
    scores = {sign: _evenness(lines, sign) for sign in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda sign: scores[sign])
    return best if scores[best] > 0 else named


def _evenness(lines: Sequence[str], sign: str) -> float:
    """Return the share of records that have the commonest number of cells, where that is two or more."""
    csv.field_size_limit(CSV_CELL_BYTES)
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if row)
    except csv.Error:
        return 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return count / widths.total() if width > 1 else 0


def apply(
    options: TextOptions,
    header: Header,
    sample: list[list[str]],
    fields_of: Callable[[str], tuple[str, ...]],
) -> list[list[str]]:
    """Write into `header` what the user chose, and return the records of the sample that are notes."""
    if options.note_type:
        header.note_type, header.note_type_column, header.unknown_note_type = options.note_type, 0, ""
    header.is_html = header.is_html if options.is_html is None else options.is_html
    header.on_match = options.on_match or header.on_match
    fields = fields_of(header.note_type)
    header.first_is_heading = (
        bool(sample)
        and not header.names
        and (is_heading(sample[0], fields) if options.has_header is None else options.has_header)
    )
    if header.first_is_heading:
        header.names, sample = list(sample[0]), sample[1:]
    if options.tags_column is not None:
        header.tags_column = options.tags_column
    elif header.first_is_heading and not header.tags_column:
        folded = [name.strip().casefold() for name in header.names]
        header.tags_column = next((at for at, name in enumerate(folded, 1) if name in _TAG_NAMES), 0)
    width = len(header.names) or (len(sample[0]) if sample else 1)
    if options.columns is not None:
        header.chosen = tuple(column if column <= width else 0 for column in options.columns[: len(fields)])
        header.chosen += (0,) * (len(fields) - len(header.chosen))
    elif header.first_is_heading and not header.note_type_column:
        header.chosen = _by_name(header, fields, width)
    return sample


def _by_name(header: Header, fields: Sequence[str], width: int) -> tuple[int, ...]:
    """Return the column of each field: that of the same name where all columns are named so, else the next one."""
    free = [column for column in range(1, width + 1) if column not in header.columns_in_use]
    names = {header.names[column - 1].strip().casefold(): column for column in reversed(free)}
    named = [names.get(field.casefold(), 0) for field in fields]
    if named and named[0] and sum(map(bool, named)) >= min(len(free), len(fields)):
        return tuple(named)
    return (*free, *[0] * len(fields))[: len(fields)]


def table(
    header: Header,
    separated_by: str,
    encoded: str,
    sample: Sequence[Sequence[str]],
    fields: Sequence[str],
    columns: Sequence[int],
    tags_column: int,
    *,
    is_html: bool,
    note_types: Sequence[str],
    note_type: str,
) -> TextTable:
    """Return how the file was read, for the preview; `columns` count from 0, −1 is none."""
    return TextTable(
        separator=separated_by,
        encoding=encoded,
        has_header=header.first_is_heading,
        names=tuple(header.names),
        rows=tuple(tuple(row) for row in sample[:_ROWS]),
        width=max([len(header.names), *map(len, sample)]),
        note_type=note_type,
        fields=tuple(fields),
        columns=tuple(column + 1 for column in columns)[: len(fields)],
        tags_column=tags_column,
        on_match=header.on_match,
        is_html=is_html,
        note_types=tuple(note_types),
    )
