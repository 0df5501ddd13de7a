"""Writer of Anki packages (`.apkg`, `.colpkg`): notes, note types, decks and media, with progress if wanted.

Tables, models and decks are made by genanki; rows are added to its database by the driver, 100,000 notes in a
few seconds, and the archive is packed here. The same data and options always give the same bytes.
Source: genanki 0.13; ankitects/anki rslib/src/import_export/package.
"""

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.exchange import ExchangeData, ExchangeMedia, WriteOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import counted, quoted
from mlsd_cards.formats.apkg_repair import accepted
from mlsd_cards.formats.whole_file import replacing

if TYPE_CHECKING:
    from mlsd_cards.formats.apkg_rows import Row

NAME = "Anki package"
SUFFIXES = (".apkg", ".colpkg")  # Anki opens the same file as a deck, or in place of its collection

_DATABASE = "collection.anki2"
_LEVEL = 1  # of deflate: twice as fast as 6 for a tenth more bytes
_LARGE = 2**30  # members from here on may need the long form of their sizes
_BATCH = 5000  # rows between two reports of progress
_TABLES = {"notes": "notes", "cards": "cards", "reviews": "revlog"}
_LISTED = 5  # missing files named in a warning
# Already compressed: another round costs time and gains nothing.
_PACKED = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "avif", "mp3", "ogg", "oga", "opus", "flac", "m4a", "mp4", "webm"}
    | {"woff", "woff2"}
)


def write(
    data: ExchangeData, path: Path, options: WriteOptions, progress: Progress = no_progress
) -> list[str]:
    """Write all of `data` as an Anki package and return sentences about what had to be left out.

    Note types keep the id they had in the package they came from, other ids follow from names: Anki sees the
    next edition as the same notes. Notes for which the data lists no cards make those of their note type.

    Raises:
        DiskFull: There is no room for the file.
        InputError: The file cannot be written there.
        Cancelled: By `progress`.
    """
    note_types, warnings = accepted(data.note_types)
    if warnings:
        data = replace(data, note_types=note_types)
    media, missing = _present(data.media.values()) if options.media else ([], [])
    with replacing(path) as folder:
        database = folder / f"{path.name}.anki2"
        _write_database(database, data, options, progress)
        _pack(folder / path.name, database, media, progress)
    if not missing:
        return warnings
    names = ", ".join(map(quoted, missing[:_LISTED]))
    more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
    verb = "was" if len(missing) == 1 else "were"
    return [
        *warnings,
        f"{counted(len(missing), 'media file')} {verb} left out, not being there: {names}{more}.",
    ]


def _present(media: Iterable[ExchangeMedia]) -> tuple[list[ExchangeMedia], list[str]]:
    """Return the files that exist, and the names of those that do not, both sorted."""
    ordered = sorted(media, key=lambda item: item.name)
    present = [item for item in ordered if item.path.is_file()]
    return present, [item.name for item in ordered if not item.path.is_file()]


def _write_database(path: Path, data: ExchangeData, options: WriteOptions, progress: Progress) -> None:
    # Here and not above: genanki takes a sixth of a second to import, and other writers do without.
    from mlsd_cards.formats.apkg_collection import Collection
    from mlsd_cards.formats.apkg_log import copied_log
    from mlsd_cards.formats.apkg_rows import CARD_COLUMNS, NOTE_COLUMNS, REVIEW_COLUMNS, Rows

    collection = Collection(data, options)
    rows = Rows(data, collection, options)
    with closing(sqlite3.connect(path, isolation_level=None, uri=True)) as connection:
        cursor = connection.cursor()
        # The file is thrown away if anything fails, so nothing is gained by a journal.
        cursor.execute("PRAGMA journal_mode = OFF")
        cursor.execute("PRAGMA synchronous = OFF")
        collection.write(cursor, rows.next_position)
        indexes = cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        ).fetchall()
        for name, _sql in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        log = copied_log(data, rows) if options.scheduling else None
        if log:
            log.attach(cursor)
        cursor.execute("BEGIN")
        if log:
            progress("reviews", 0, len(data.reviews))
            log.copy(cursor)
        elif options.scheduling:  # before the cards, which note their last answer
            _insert(cursor, "reviews", REVIEW_COLUMNS, rows.reviews(), len(data.reviews), progress)
        _insert(cursor, "notes", NOTE_COLUMNS, rows.notes(), len(data.notes), progress)
        _insert(cursor, "cards", CARD_COLUMNS, rows.card_rows(), len(rows.cards), progress)
        for _name, sql in indexes:  # building them at the end is quicker than keeping them
            cursor.execute(sql)
        cursor.execute("COMMIT")


def _insert(
    cursor: sqlite3.Cursor, what: str, columns: int, rows: "Iterator[Row]", total: int, progress: Progress
) -> None:
    statement = f"INSERT INTO {_TABLES[what]} VALUES ({', '.join('?' * columns)})"
    done = 0
    while batch := list(islice(rows, _BATCH)):
        progress(what, done, total)
        cursor.executemany(statement, batch)
        done += len(batch)


def _pack(path: Path, database: Path, media: Sequence[ExchangeMedia], progress: Progress) -> None:
    names = {str(number): item.name for number, item in enumerate(media)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        _add(archive, _DATABASE, database)
        with archive.open("media", "w") as member:
            member.write(json.dumps(names, ensure_ascii=False).encode())
        for number, item in enumerate(media):
            progress("media", number, len(media))
            _add(archive, str(number), item.path, packed=item.name.rpartition(".")[2].lower() in _PACKED)


def _add(archive: zipfile.ZipFile, name: str, source: Path, *, packed: bool = False) -> None:
    # Members made from a name, not from a file, carry a fixed date.
    member: str | zipfile.ZipInfo = zipfile.ZipInfo(name) if packed else name
    large = source.stat().st_size >= _LARGE
    with source.open("rb") as content, archive.open(member, "w", force_zip64=large) as target:
        shutil.copyfileobj(content, target, 2**20)
