"""SQLAlchemy's view of `schema.py`: used to create a collection and to compose searches.

Importing SQLAlchemy takes longer than answering a card, so this module is imported inside the functions that
need it.
"""

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import BLOB, INTEGER, REAL, TEXT, Column, ForeignKey, Index, MetaData, Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from mlsd_cards.store import schema

_TYPES = {int: INTEGER, str: TEXT, float: REAL, bytes: BLOB}
DIALECT = sqlite.dialect()


def _column(table: schema.Table, name: str, hint: Any) -> Column[Any]:
    optional = get_origin(hint) in (types.UnionType, Union)
    plain = next(arg for arg in get_args(hint) if arg is not types.NoneType) if optional else hint
    target = table.references.get(name)
    references = [ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED")] if target else []
    is_key = name in table.key
    return Column(
        name, _TYPES[plain], *references, primary_key=is_key, nullable=optional, autoincrement=False
    )


def _build() -> MetaData:
    metadata = MetaData()
    for spec in schema.TABLES.values():
        hints = get_type_hints(spec.row)
        table = Table(
            spec.name,
            metadata,
            *(_column(spec, name, hints[name]) for name in spec.columns),
            sqlite_strict=True,
            sqlite_with_rowid=spec.has_integer_key,
        )
        for index in spec.indexes:
            where = text(index.where) if index.where else None
            columns = [table.c[name] for name in index.columns]
            Index(index.name, *columns, unique=index.unique, sqlite_where=where)
    return metadata


METADATA = _build()
note_types = METADATA.tables["note_types"]
notes = METADATA.tables["notes"]
note_tags = METADATA.tables["note_tags"]
note_texts = METADATA.tables["note_texts"]
decks = METADATA.tables["decks"]
presets = METADATA.tables["presets"]
cards = METADATA.tables["cards"]
borrowed_cards = METADATA.tables["borrowed_cards"]
conflicts = METADATA.tables["conflicts"]
reviews = METADATA.tables["reviews"]


def creation_statements() -> Iterator[str]:
    """Yield the statements that make an empty collection, in order."""
    for table in METADATA.sorted_tables:
        yield str(CreateTable(table).compile(dialect=DIALECT))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield str(CreateIndex(index).compile(dialect=DIALECT))
    yield from schema.EXTRA_DDL
