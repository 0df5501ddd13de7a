"""Notes, note types, tags, and what was last seen of a note in the source it came from."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.notes import (
    FIELD_SEPARATOR,
    Field,
    Note,
    NoteId,
    NoteType,
    NoteTypeId,
    NoteTypeKind,
    Template,
)
from mlsd_cards.store.rows import select_in, select_some
from mlsd_cards.store.schema import (
    TABLES,
    BorrowedCardRow,
    CardRow,
    ConflictRow,
    NoteOriginRow,
    NoteRow,
    NoteTagRow,
    NoteTextRow,
    NoteTypeRow,
)
from mlsd_cards.store.transaction import Transaction

_NOTES = TABLES[NoteRow]
_SELECT_NOTES = f"SELECT {_NOTES.column_list} FROM notes"
# Up to this many notes are found by the text index at once; more are left to `Store.index_texts`.
_INDEX_AT_ONCE = 100


class Origin(NamedTuple):
    """What was last seen of a note in a source. `fields` are texts or digests, as who wrote them chose."""

    fields: tuple[str, ...]
    tags: tuple[str, ...]
    guid: str = ""


def join_tags(tags: Iterable[str]) -> str:
    """Return tags as they are stored: `" a b "`, or nothing."""
    joined = " ".join(tags)
    return f" {joined} " if joined else ""


def note_row(note: Note) -> NoteRow:
    """Return the row that holds `note`."""
    return NoteRow(
        note.id,
        note.guid,
        note.note_type_id,
        note.created_ms,
        note.modified_ms,
        join_tags(note.tags),
        FIELD_SEPARATOR.join(note.fields).replace("\0", ""),  # SQLite's text functions stop at it
    )


def _note(row: tuple[Any, ...]) -> Note:
    key, guid, note_type_id, created_ms, modified_ms, tags, fields = row
    return Note(
        id=key,
        guid=guid,
        note_type_id=note_type_id,
        fields=tuple(fields.split(FIELD_SEPARATOR)),
        tags=tuple(tags.split()),
        created_ms=created_ms,
        modified_ms=modified_ms,
    )


def note(conn: sqlite3.Connection, note_id: NoteId) -> Note:
    """Return a note.

    Raises:
        NotFound: There is no such note.
    """
    row = conn.execute(_NOTES.select_sql, (note_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no note {note_id}.")
    return _note(row)


def notes_by_ids(conn: sqlite3.Connection, ids: Iterable[NoteId]) -> dict[NoteId, Note]:
    """Return the notes of `ids` that exist."""
    return {row[0]: _note(row) for row in select_some(conn, _NOTES.column_list, "notes", "id", ids)}


def plain_rows(conn: sqlite3.Connection, ids: Iterable[NoteId] | None) -> Iterator[tuple[Any, ...]]:
    """Yield notes, or all for None, by id, as the values of a `NoteRow`: many are read, not made."""
    if ids is None:
        return iter(conn.execute(f"{_SELECT_NOTES} ORDER BY id"))
    return select_in(conn, _SELECT_NOTES + " WHERE id IN ({}) ORDER BY id", sorted(ids))


def iter_notes(conn: sqlite3.Connection, note_type_id: NoteTypeId | None = None) -> Iterator[Note]:
    """Yield all notes, or those of one note type, by id."""
    where, values = ("", ()) if note_type_id is None else (" WHERE note_type_id = ?", (note_type_id,))
    return map(_note, conn.execute(f"{_SELECT_NOTES}{where} ORDER BY id", values))


def guid_index(conn: sqlite3.Connection) -> dict[str, tuple[NoteId, NoteTypeId, int]]:
    """Return for each guid the note's id, its note type, and when it was modified (ms)."""
    rows = conn.execute("SELECT guid, id, note_type_id, modified_ms FROM notes")
    return {guid: (key, note_type_id, modified_ms) for guid, key, note_type_id, modified_ms in rows}


def newest_note_id(conn: sqlite3.Connection) -> int:
    """Return the highest note id in use, 0 if there is no note."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM notes").fetchone()[0])


def put_notes(tx: Transaction, notes: Iterable[Note]) -> None:
    """Write notes, new or changed, with their tags and texts."""
    notes = list(notes)
    tx.put(NoteRow, map(note_row, notes))
    _put_tags(tx, notes)
    _put_texts(tx, notes)


def add_notes(tx: Transaction, notes: Iterable[Note]) -> None:
    """Add many notes whose ids are new; faster than `put_notes`. Their texts are indexed later."""
    from mlsd_cards.rendering.text import search_text

    notes = list(notes)
    tx.bulk_insert(NoteRow, map(note_row, notes))
    tx.bulk_insert(NoteTagRow, _sorted_tag_rows(notes))
    tx.bulk_insert(NoteTextRow, ((note.id, 0, search_text(note.fields).replace("\0", "")) for note in notes))


def delete_notes(tx: Transaction, ids: Iterable[NoteId]) -> list[int]:
    """Delete notes with their cards; returns the ids of those cards. Reviews and origins stay."""
    ids = list(ids)
    cards = [row[0] for row in select_in(tx.conn, "SELECT id FROM cards WHERE note_id IN ({})", ids)]
    tags = select_in(tx.conn, "SELECT folded, note_id FROM note_tags WHERE note_id IN ({})", ids)
    conflicts = select_in(tx.conn, "SELECT note_id, field FROM conflicts WHERE note_id IN ({})", ids)
    tx.delete(ConflictRow, list(conflicts))
    tx.delete(BorrowedCardRow, cards)
    tx.delete(CardRow, cards)
    tx.delete(NoteTagRow, list(tags))
    tx.delete(NoteTextRow, ids)
    tx.delete(NoteRow, ids)
    return cards


def _tag_rows(note: Note) -> Iterable[NoteTagRow]:
    rows = {folded: NoteTagRow(folded, note.id, tag) for tag in note.tags[::-1] if (folded := tag.casefold())}
    return rows.values()


def _sorted_tag_rows(notes: Iterable[Note]) -> list[tuple[str, NoteId, str]]:
    """Return the tags of many notes in the order of their key, in which they are written twice as fast."""
    folded: dict[tuple[str, ...], list[tuple[str, str]]] = {}  # many notes have the same tags
    rows = []
    for note in notes:
        if note.tags not in folded:
            folded[note.tags] = [(row.folded, row.tag) for row in _tag_rows(note)]
        rows += [(key, note.id, tag) for key, tag in folded[note.tags]]
    rows.sort()
    return rows


def _put_tags(tx: Transaction, notes: list[Note]) -> None:
    ids = [note.id for note in notes]
    stored = select_in(tx.conn, "SELECT folded, note_id, tag FROM note_tags WHERE note_id IN ({})", ids)
    old = {(row[0], row[1]): row for row in stored}
    new = {(row.folded, row.note_id): row for note in notes for row in _tag_rows(note)}
    tx.delete(NoteTagRow, [key for key in old if key not in new])
    tx.put(NoteTagRow, [row for key, row in new.items() if old.get(key) != row])


def _put_texts(tx: Transaction, notes: list[Note]) -> None:
    from mlsd_cards.rendering.text import search_text

    stored = select_in(
        tx.conn, "SELECT note_id, text FROM note_texts WHERE note_id IN ({})", [note.id for note in notes]
    )
    old = dict(stored)
    new = {note.id: search_text(note.fields).replace("\0", "") for note in notes}
    changed = [(key, text) for key, text in new.items() if old.get(key) != text]
    at_once = len(changed) <= _INDEX_AT_ONCE
    tx.put(NoteTextRow, [NoteTextRow(key, int(at_once), text) for key, text in changed])
    if at_once:
        tx.add_postings(changed)


def index_slice(tx: Transaction, size: int) -> int:
    """Let the text index find up to `size` notes that it does not know yet; returns how many."""
    return tx.add_pending_postings(size)


def unindexed(conn: sqlite3.Connection) -> int:
    """Return how many notes the text index does not know yet."""
    return int(conn.execute("SELECT count(*) FROM note_texts WHERE indexed = 0").fetchone()[0])


# Tags


def tag_counts(conn: sqlite3.Connection) -> dict[str, int]:
    """Return each tag, in one of its spellings, with its number of notes, in alphabetical order."""
    return dict(conn.execute("SELECT min(tag), count(*) FROM note_tags GROUP BY folded ORDER BY folded"))


# Note types


def note_types(conn: sqlite3.Connection) -> dict[NoteTypeId, NoteType]:
    """Return all note types."""
    rows = conn.execute(f"SELECT {TABLES[NoteTypeRow].column_list} FROM note_types ORDER BY name, id")
    return {row[0]: _note_type(NoteTypeRow(*row)) for row in rows}


def _note_type(row: NoteTypeRow) -> NoteType:
    return NoteType(
        id=NoteTypeId(row.id),
        name=row.name,
        kind=NoteTypeKind(row.kind),
        fields=tuple(Field(**each) for each in json.loads(row.fields)),
        templates=tuple(Template(**each) for each in json.loads(row.templates)),
        css=row.css,
        sort_field=row.sort_field,
        latex_pre=row.latex_pre,
        latex_post=row.latex_post,
        latex_svg=bool(row.latex_svg),
        stock_kind=row.stock_kind,
        foreign_id=row.foreign_id,
        modified_ms=row.modified_ms,
    )


def put_note_type(tx: Transaction, note_type: NoteType) -> None:
    """Write a note type, new or changed. Notes and cards are the caller's to adapt."""
    row = NoteTypeRow(
        id=note_type.id,
        name=note_type.name,
        kind=note_type.kind.value,
        fields=json.dumps([asdict(each) for each in note_type.fields], ensure_ascii=False),
        templates=json.dumps([asdict(each) for each in note_type.templates], ensure_ascii=False),
        css=note_type.css,
        sort_field=note_type.sort_field,
        latex_pre=note_type.latex_pre,
        latex_post=note_type.latex_post,
        latex_svg=int(note_type.latex_svg),
        stock_kind=note_type.stock_kind,
        foreign_id=note_type.foreign_id,
        modified_ms=note_type.modified_ms,
    )
    tx.put(NoteTypeRow, [row])


def delete_note_types(tx: Transaction, ids: Iterable[NoteTypeId]) -> None:
    """Delete note types that no note uses any more."""
    tx.delete(NoteTypeRow, ids)


# Origins


def note_origins(conn: sqlite3.Connection, source: str) -> dict[NoteId, Origin]:
    """Return what was last seen of each note in `source`, also of notes deleted since."""
    rows = conn.execute("SELECT note_id, fields, tags, guid FROM note_origins WHERE source = ?", (source,))
    return {
        key: Origin(tuple(fields.split(FIELD_SEPARATOR)), tuple(tags.split()), guid)
        for key, fields, tags, guid in rows
    }


def origin_guids(conn: sqlite3.Connection, source: str, ids: Iterable[int]) -> dict[NoteId, str]:
    """Return the guids of those of `ids` under which a note was seen in `source`."""
    sql = "SELECT note_id, guid FROM note_origins WHERE source = ? AND note_id IN ({})"
    return dict(select_in(conn, sql, ids, source))


def origins_elsewhere(
    conn: sqlite3.Connection, source: str, ids: Iterable[NoteId]
) -> Iterator[tuple[NoteId, Origin]]:
    """Yield what was seen of notes in other sources than `source`."""
    ids = list(ids)
    others = conn.execute("SELECT DISTINCT source FROM note_origins WHERE source <> ?", (source,)).fetchall()
    sql = "SELECT note_id, fields, tags, guid FROM note_origins WHERE source = ? AND note_id IN ({})"
    for (other,) in others if ids else ():
        for key, fields, tags, guid in select_in(conn, sql, ids, other):
            yield key, Origin(tuple(fields.split(FIELD_SEPARATOR)), tuple(tags.split()), guid)


def put_origins(tx: Transaction, source: str, origins: Iterable[tuple[NoteId, Origin]]) -> None:
    """Write what was seen of notes in `source`."""
    tx.put(NoteOriginRow, (_origin_row(source, key, origin) for key, origin in origins))


def add_origins(tx: Transaction, source: str, origins: Iterable[tuple[NoteId, Origin]]) -> None:
    """Add what was seen of notes that are new in `source`; faster than `put_origins`."""
    tx.bulk_insert(NoteOriginRow, (_origin_row(source, key, origin) for key, origin in origins))


def _origin_row(source: str, key: NoteId, origin: Origin) -> NoteOriginRow:
    return NoteOriginRow(
        source, key, origin.guid, FIELD_SEPARATOR.join(origin.fields), join_tags(origin.tags)
    )


def delete_origins(tx: Transaction, source: str, ids: Iterable[NoteId]) -> None:
    """Forget what was seen of notes in `source`."""
    tx.delete(NoteOriginRow, [(source, key) for key in ids])


def known_ids(conn: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Return those of `ids` that are ids of notes."""
    return {row[0] for row in select_in(conn, "SELECT id FROM notes WHERE id IN ({})", ids)}
