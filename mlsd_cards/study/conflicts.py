"""Conflicts of imports: fields changed by user and author alike. The user's text stands until one is chosen."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import conflicts, notes

if TYPE_CHECKING:
    import sqlite3

    from mlsd_cards.study.opened import Opened

Key = conflicts.Key


class OpenConflict(NamedTuple):
    """A field of a note with both texts, as HTML. `title` is the plain text of the note's first field."""

    note_id: NoteId
    field: str
    title: str
    mine: str
    theirs: str

    @property
    def key(self) -> Key:
        """What names the field."""
        return self.note_id, self.field


def open_conflicts(collection: "Opened", note_ids: Iterable[int] | None = None) -> tuple[OpenConflict, ...]:
    """Return the open conflicts, of all notes or of those in `note_ids`, by note and field.

    One of a field that the note type no longer has, or where the user wrote the author's text, is none.
    """
    with collection.store.read() as conn:
        return tuple(_open(conn, None if note_ids is None else set(note_ids)))


def count(collection: "Opened") -> int:
    """Return how many conflicts are open."""
    return len(open_conflicts(collection))


def keep_mine(collection: "Opened", keys: Iterable[Key]) -> int:
    """Let the user's text stand for good; return how many conflicts that settled."""
    return _settle(collection, keys, take=False)


def take_theirs(collection: "Opened", keys: Iterable[Key]) -> int:
    """Put the author's text in the place of the user's; return how many conflicts that settled.

    Cards that the note now asks for are made, as after an edit.
    """
    return _settle(collection, keys, take=True)


def _settle(collection: "Opened", keys: Iterable[Key], *, take: bool) -> int:
    from mlsd_cards.study.editing import put_texts  # not needed where conflicts are only counted

    wanted = set(keys)
    now_ms = collection.clock.now_ms()
    with collection.store.transaction(Op.SETTLE) as tx:
        still_open = list(_open(tx.conn, None))
        chosen = [each for each in still_open if each.key in wanted]
        if take:
            texts: dict[NoteId, dict[str, str]] = {}
            for each in chosen:
                texts.setdefault(each.note_id, {})[each.field] = each.theirs
            put_texts(tx, texts, now_ms)
        left = {each.key for each in still_open} - wanted
        conflicts.delete_conflicts(
            tx, [each.key for each in conflicts.conflicts(tx.conn) if each.key not in left]
        )
    return len(chosen)


def _open(conn: "sqlite3.Connection", note_ids: set[int] | None) -> Iterable[OpenConflict]:
    from mlsd_cards.study.import_notes import title

    found = conflicts.conflicts(conn)
    if note_ids is not None:
        found = [each for each in found if each.note_id in note_ids]
    if not found:
        return
    known = notes.notes_by_ids(conn, {each.note_id for each in found})
    types = notes.note_types(conn)
    for each in found:
        note = known[each.note_id]
        names = types[note.note_type_id].field_names
        place = names.index(each.field) if each.field in names else len(note.fields)
        mine = note.fields[place] if place < len(note.fields) else each.theirs
        if mine != each.theirs:
            yield OpenConflict(each.note_id, each.field, title(note.fields), mine, each.theirs)
