"""What an import has to know of the collection before it can be planned."""

import sqlite3

from mlsd_cards.domain.exchange import ExchangeData, Matching
from mlsd_cards.domain.notes import Note, NoteId, NoteTypeId
from mlsd_cards.rendering.text import strip_html
from mlsd_cards.store import cards, decks, media, notes
from mlsd_cards.study.import_plan import Known

FILES = "files"
"""Source under which notes of packages and text files are remembered."""


def source_of(data: ExchangeData) -> str:
    """Return the name under which what was seen of a file's notes is kept."""
    return data.source or FILES


def known_to(conn: sqlite3.Connection, data: ExchangeData) -> Known:
    """Return what the collection holds, as far as importing `data` needs it."""
    note_types = notes.note_types(conn)
    wanted = {note.guid for note in data.notes if note.guid}
    index = notes.guid_index(conn) if wanted else {}
    by_id = notes.notes_by_ids(conn, [index[guid][0] for guid in wanted if guid in index])
    first_fields = _first_fields(conn, data, list(note_types)) if data.matching is not Matching.GUID else {}
    note_decks = {}
    if data.matching is Matching.FIRST_FIELD_AND_DECK:
        note_decks = cards.decks_of_notes(
            conn, [note.id for found in first_fields.values() for note in found]
        )
    source = source_of(data)
    origins = {key: (each.fields, each.tags) for key, each in notes.note_origins(conn, source).items()}
    return Known(
        note_types=note_types,
        decks=decks.decks(conn),
        guids={note.guid: note for note in by_id.values()},
        first_fields=first_fields,
        note_decks=note_decks,
        origins=origins,
        media={name: row.sha256 for name, row in media.media(conn).items()},
    )


def _first_fields(
    conn: sqlite3.Connection, data: ExchangeData, note_types: list[NoteTypeId]
) -> dict[tuple[NoteTypeId, str], list[Note]]:
    wanted = {strip_html(note.fields[0]) for note in data.notes if note.fields}
    found: dict[tuple[NoteTypeId, str], list[Note]] = {}
    for note_type_id in note_types:
        for note in notes.iter_notes(conn, note_type_id):
            first = strip_html(note.fields[0])
            if first in wanted:
                found.setdefault((note_type_id, first), []).append(note)
    return found


def free_ids(wanted: list[int], taken: set[int], start: int) -> dict[int, NoteId]:
    """Return an id for each of `wanted`: itself if it is usable and free, else one of the next free from `start`."""
    largest = (1 << 53) - 1
    used = set(taken)
    given: dict[int, NoteId] = {}
    following = max([start, *taken], default=start)
    for key in wanted:
        if 0 < key <= largest and key not in used:
            given[key] = NoteId(key)
            used.add(key)
        else:
            following += 1
            while following in used:
                following += 1
            given[key] = NoteId(following)
            used.add(following)
    return given
