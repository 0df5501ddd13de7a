"""Rules of the room that no other check sees."""

import re
from pathlib import Path
from typing import get_type_hints

import mlsd_cards.store
from mlsd_cards.domain.cards import Card, Schedule
from mlsd_cards.domain.notes import Note, NoteType
from mlsd_cards.store import schema, tables

ROOM = Path(mlsd_cards.store.__file__).parent
WRITERS = {
    "transaction.py",
    "migrations.py",
    "schema.py",
}  # the schema holds the statements that the writer runs
WRITING = re.compile(r"[\"'](?:INSERT|UPDATE|DELETE FROM|REPLACE|ALTER|DROP) ")


def test_only_the_writer_writes() -> None:
    writing = {path.name for path in ROOM.glob("*.py") if WRITING.search(path.read_text(encoding="utf-8"))}
    assert writing <= WRITERS
    assert "transaction.py" in writing


def test_sqlalchemy_is_imported_only_where_searches_are_composed() -> None:
    importing = {
        path.name
        for path in ROOM.glob("*.py")
        if re.search(r"^(?:from|import) sqlalchemy", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert importing == {"tables.py", "search.py", "search_scope.py", "search_states.py", "search_texts.py"}


def test_the_tables_of_sqlalchemy_are_those_of_the_schema() -> None:
    assert set(tables.METADATA.tables) == set(schema.TABLES_BY_NAME)
    for row, spec in schema.TABLES.items():
        made = tables.METADATA.tables[spec.name]
        assert tuple(made.c.keys()) == row._fields  # type: ignore[attr-defined]
        hints = get_type_hints(row)
        assert {name for name, column in made.c.items() if column.nullable} == {
            name for name, hint in hints.items() if type(None) in getattr(hint, "__args__", ())
        }


def test_a_row_has_a_column_for_each_field_of_the_domain() -> None:
    def fields(value: type) -> set[str]:
        return set(value.__dataclass_fields__)  # type: ignore[attr-defined]

    assert set(schema.CardRow._fields) == fields(Card) - {"schedule"} | fields(Schedule)
    assert set(schema.NoteRow._fields) == fields(Note)
    assert set(schema.NoteTypeRow._fields) == fields(NoteType)
