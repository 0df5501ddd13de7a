"""Opens a stranger's SQLite database so that nothing in it can act, and reads plain columns of plain tables.

The order of the checks matters: `quick_check` evaluates generated columns and CHECK constraints, so these are
looked for first, and nothing but the schema is read before that.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats.anki_place import Place, printable, quoted
from mlsd_cards.formats.limits import SQL_SECONDS, SQL_STATEMENT_BYTES, SQL_VALUE_BYTES

Row = tuple[Any, ...]

_MAGIC = b"SQLite format 3\x00"
_STEPS = 10_000
_BATCH = 5_000
_MOST_PARTS = 1_000  # tables and indexes of the file, columns of a table; an Anki collection has 30
_FUNCTIONS = frozenset({"count", "max", "length", "typeof"})
_EXPRESSION = -2  # what `index_xinfo` gives as the column number of an expression
_CHECK = re.compile(r"\bcheck\s*\(", re.IGNORECASE)
_WHERE_CALL = re.compile(r"\bwhere\b.*\(", re.IGNORECASE | re.DOTALL)
_SETTINGS = (
    "trusted_schema=OFF",
    "query_only=ON",
    "cell_size_check=ON",
    "mmap_size=0",
    "temp_store=MEMORY",
)
_FAULTS = (sqlite3.Error, UnicodeDecodeError)  # the second where SQLite quotes a broken name
_BOUNDS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, SQL_VALUE_BYTES),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, SQL_STATEMENT_BYTES),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_COLUMN, 100),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0),
)


class ForeignDatabase:
    """A database file of our own making that holds a stranger's bytes. Use as a context manager.

    `known` maps each table that may be read to its columns that may be read. Texts come as bytes. `checked`
    says that the pages of the file were looked at when it was opened before.

    Raises:
        FileFormatError: `damaged`, `limit` (a statement took too long) or `unsafe`.
    """

    def __init__(
        self,
        path: Path,
        place: Place,
        known: Mapping[str, Sequence[str]],
        *,
        seconds: float = SQL_SECONDS,
        checked: bool = False,
    ) -> None:
        self.path = path
        self.place = place
        self._known = known
        self._seconds = seconds
        self._deadline = 0.0
        self._columns: dict[str, frozenset[str]] = {}
        _leave_wal_mode(path, place)
        self._connection = sqlite3.connect(
            f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
        try:
            self._prepare()
            self._check_schema()
            if not checked:
                self._check_pages()
            self._connection.set_authorizer(self._authorize)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> "ForeignDatabase":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._connection.close()

    def again(self) -> "ForeignDatabase":
        """Return the same file, opened once more: for reading after this one was closed."""
        return ForeignDatabase(self.path, self.place, self._known, seconds=self._seconds, checked=True)

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is a table of this name with all these columns."""
        return table in self._columns and self._columns[table].issuperset(columns)

    def batches(self, sql: str) -> Iterator[list[Row]]:
        """Yield the rows of a SELECT over known columns, some thousand at a time.

        Values are integers, floats, bytes (text and blobs) and None.

        Raises:
            FileFormatError: `damaged`, or `limit` where the database takes too long over a part of the rows.
        """
        cursor = self._execute(sql)
        while batch := self._fetch(cursor):
            yield batch

    def rows(self, sql: str, *, most: int) -> Iterator[Row]:
        """Yield the rows of a SELECT one by one; see `batches`.

        Raises:
            FileFormatError: `limit` where there are more than `most`, or as `batches`.
        """
        for number, row in enumerate(chain.from_iterable(self.batches(sql))):
            if number == most:
                raise self.place.refuse("limit", f"has a table of more than {most:,} rows")
            yield row

    def value(self, sql: str) -> Any:
        """Return the first column of the first row, None if there is no row.

        Raises:
            FileFormatError: As `rows`.
        """
        batch = self._fetch(self._execute(sql), 1)
        return batch[0][0] if batch else None

    def _prepare(self) -> None:
        connection = self._connection
        connection.text_factory = bytes
        connection.create_collation("unicase", _unicase)
        for category, bound in _BOUNDS:
            connection.setlimit(category, bound)
        for name in (
            "SQLITE_DBCONFIG_DEFENSIVE",
            "SQLITE_DBCONFIG_ENABLE_VIEW",
            "SQLITE_DBCONFIG_ENABLE_TRIGGER",
        ):
            if hasattr(connection, "setconfig") and hasattr(sqlite3, name):  # Python 3.12
                connection.setconfig(getattr(sqlite3, name), name.endswith("DEFENSIVE"))
        connection.set_progress_handler(self._too_late, _STEPS)
        for setting in _SETTINGS:
            self._all(f"PRAGMA {setting}")

    def _check_schema(self) -> None:
        schema = self._all("SELECT type, name, tbl_name, sql FROM sqlite_master")
        for kind, name, _table, sql in schema:
            place = self.place.at(f"the {_text(kind)} {quoted(_text(name))} of {self.place.item}")
            if _text(kind) not in ("table", "index"):
                raise place.refuse("unsafe", "has no place in a deck")
            statement = _text(sql)
            if re.match(r"\s*create\s+virtual", statement, re.IGNORECASE):
                raise place.refuse("unsafe", "is a virtual table")
            if _text(kind) == "table" and _CHECK.search(statement):
                raise place.refuse("unsafe", "holds a condition that would be run")
            if _text(kind) == "index" and _WHERE_CALL.search(statement):
                raise place.refuse("unsafe", "holds an expression that would be run")
        for kind, name, _table, _sql in schema:
            if kind == b"table":
                self._check_table(_text(name))
            elif any(row[1] == _EXPRESSION for row in self._all(f"PRAGMA index_xinfo({_name(name)})")):
                place = self.place.at(f"the index {quoted(_text(name))} of {self.place.item}")
                raise place.refuse("unsafe", "holds an expression that would be run")

    def _check_table(self, table: str) -> None:
        columns = self._all(f"PRAGMA table_xinfo({_name(table.encode())})")
        if any(row[6] for row in columns):
            place = self.place.at(f"the table {quoted(table)} of {self.place.item}")
            raise place.refuse("unsafe", "has a column that is computed when it is read")
        if table.lower() in self._known:  # to SQLite, letter case does not count
            self._columns[table.lower()] = frozenset(_text(row[1]) for row in columns)

    def _check_pages(self) -> None:
        found = self._all("PRAGMA quick_check(1)")
        if found != [(b"ok",)]:
            reason = _text(found[0][0]) if found else "no answer"
            raise self.place.refuse("damaged", f"is damaged ({printable(reason)})")

    def _authorize(self, action: int, table: str | None, column: str | None, *_rest: object) -> int:
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and table is not None and table.lower() in self._known:
            # A count of rows reads no column; the order of rows is read from the row number.
            allowed = not column or column == "ROWID" or column in self._known[table.lower()]
            return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and column in _FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    def _too_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _execute(self, sql: str) -> sqlite3.Cursor:
        self._deadline = time.monotonic() + self._seconds
        try:
            return self._connection.execute(sql)
        except _FAULTS as error:
            raise self._fault(error) from None

    def _fetch(self, cursor: sqlite3.Cursor, size: int = _BATCH) -> list[Row]:
        self._deadline = time.monotonic() + self._seconds
        try:
            return cursor.fetchmany(size)
        except _FAULTS as error:
            raise self._fault(error) from None

    def _all(self, sql: str) -> list[Row]:
        found = self._fetch(self._execute(sql), _MOST_PARTS + 1)
        if len(found) > _MOST_PARTS:
            raise self.place.refuse("limit", f"has more than {_MOST_PARTS:,} tables, indexes or columns")
        return found

    def _fault(self, error: Exception) -> FileFormatError:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT":
            return self.place.refuse(
                "limit", f"takes the database more than {self._seconds:g} seconds to read"
            )
        if name == "SQLITE_TOOBIG":
            return self.place.refuse("limit", "holds a text of more than 16 MiB")
        return self.place.refuse("damaged", f"is damaged ({printable(str(error))})")


def tables_of(path: Path) -> frozenset[str]:
    """Return the names of the tables of a database, none where it is no readable database.

    Nothing but the schema is read: this tells kinds of files apart, before one is copied and opened.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return frozenset()
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except (OSError, sqlite3.Error):
        return frozenset()
    try:
        connection.text_factory = bytes
        for category, bound in _BOUNDS:
            connection.setlimit(category, bound)
        deadline = time.monotonic() + SQL_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        connection.execute("PRAGMA trusted_schema=OFF")
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return frozenset(_text(name) for (name,) in found.fetchmany(_MOST_PARTS))
    except _FAULTS:
        return frozenset()
    finally:
        connection.close()


def _leave_wal_mode(path: Path, place: Place) -> None:
    """Say in the header that there is no write-ahead log: none comes with a package."""
    with path.open("r+b") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise place.refuse("damaged", "is not an SQLite database")
        file.seek(18)
        file.write(b"\x01\x01")


def _unicase(one: str, other: str) -> int:
    first, second = one.casefold(), other.casefold()
    return (first > second) - (first < second)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _name(name: bytes) -> str:
    return '"' + _text(name).replace('"', '""') + '"'
