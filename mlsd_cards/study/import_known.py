"""What an import has to know of the collection before it can be planned."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mlsd_cards.domain.decks import Deck, DeckId
from mlsd_cards.domain.exchange import ExchangeData, Matching
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId
from mlsd_cards.store import cards, decks, media, notes, settings
from mlsd_cards.study.import_notes import first_key
from mlsd_cards.study.import_plan import Known
from mlsd_cards.study.import_types import TypeSeen
from mlsd_cards.study.merging import Seen, digest

FILES = "files"
"""Source under which notes of files that name none are remembered."""

TYPES_SEEN = "note_types_seen"
"""Setting that holds for each source what its note types looked like when last seen."""

PROGRESS_WANTED = "progress_wanted"
"""Setting that holds for each deck file, through all its editions, whether its progress was wanted last time."""

_LARGEST_ID = (1 << 53) - 1


def source_of(data: ExchangeData) -> str:
    """Return the name under which what was seen of a file's notes is kept."""
    return data.source or FILES


def known_to(conn: sqlite3.Connection, data: ExchangeData, *, keep_deleted: bool = False) -> Known:
    """Return what the collection holds, as far as importing `data` needs it.

    `keep_deleted`: notes of this source that the user deleted are not to come back.
    """
    note_types = notes.note_types(conn)
    wanted = {note.guid for note in data.notes if note.guid}
    index = notes.guid_index(conn) if wanted else {}
    by_guid = notes.notes_by_ids(conn, [index[guid][0] for guid in wanted if guid in index])
    first_fields = _first_fields(conn, data, note_types) if data.matching is not Matching.GUID else {}
    found = {**by_guid, **{note.id: note for some in first_fields.values() for note in some}}
    seen = _seen(conn, data) if found or keep_deleted else {}
    unseen = [key for key in found if key not in seen]
    elsewhere = notes.origins_elsewhere(conn, source_of(data), unseen)
    own_decks = decks.decks(conn)
    edition = _edition(data, found, seen)
    return Known(
        note_types=note_types,
        types_seen=types_seen(conn, source_of(data)),
        decks=own_decks,
        guids={note.guid: note for note in by_guid.values()},
        first_fields=first_fields,
        note_decks=cards.decks_of_notes(conn, found) if first_fields else {},
        seen={key: each for key, (each, _) in seen.items() if key in found},
        seen_elsewhere={key: Seen.unpacked(each.fields, each.tags) for key, each in elsewhere},
        deleted=_deleted(conn, seen) if keep_deleted else frozenset(),
        edition=edition,
        gone=_gone(conn, data, own_decks, [key for key in _of_edition(seen, edition) if key not in found]),
        media={name: row.sha256 for name, row in media.media(conn).items()},
    )


def _first_fields(
    conn: sqlite3.Connection, data: ExchangeData, note_types: Mapping[NoteTypeId, NoteType]
) -> dict[tuple[NoteTypeId, str], list[Note]]:
    names = {note_type.name.casefold() for note_type in data.note_types}
    there = [each for each in note_types.values() if each.name.casefold() in names]
    found: dict[tuple[NoteTypeId, str], list[Note]] = {}
    if not there:
        return found
    wanted = {first_key(note.fields[0]) for note in data.notes if note.fields and not note.guid}
    for note_type in there if wanted else ():
        for note in notes.iter_notes(conn, note_type.id):
            first = first_key(note.fields[0])
            if first in wanted:
                found.setdefault((note_type.id, first), []).append(note)
    return found


# Editions


def _seen(conn: sqlite3.Connection, data: ExchangeData) -> dict[NoteId, tuple[Seen, str]]:
    """Return what was seen of each note of the file's source, and the guid it had."""
    origins = notes.note_origins(conn, source_of(data))
    return {key: (Seen.unpacked(each.fields, each.tags), each.guid) for key, each in origins.items()}


def _edition(
    data: ExchangeData, found: Mapping[NoteId, Note], seen: Mapping[NoteId, tuple[Seen, str]]
) -> str:
    """Return the edition that at least half of the file's notes belong to, else a new one."""
    editions = Counter(seen[key][0].edition for key in found if key in seen)
    for edition, count in editions.most_common(1):
        if 2 * count >= len(data.notes):
            return edition
    return digest("\n".join(sorted(note.guid or "\x1f".join(note.fields) for note in data.notes)))


def _of_edition(seen: Mapping[NoteId, tuple[Seen, str]], edition: str) -> list[NoteId]:
    return [key for key, (each, _) in seen.items() if each.edition == edition]


def _gone(
    conn: sqlite3.Connection, data: ExchangeData, own: Mapping[DeckId, Deck], ids: Iterable[NoteId]
) -> list[Note]:
    """Return those of the notes that are here, in a deck in which the file has notes."""
    there = {card.deck_id for card in data.cards} or {note.deck_id for note in data.notes}
    names = {deck.name.casefold() for deck in data.decks if deck.id in there}
    where = cards.decks_of_notes(conn, ids)
    missing = [key for key, used in where.items() if any(own[deck].name.casefold() in names for deck in used)]
    return list(notes.notes_by_ids(conn, sorted(missing)).values())


def _deleted(conn: sqlite3.Connection, seen: Mapping[NoteId, tuple[Seen, str]]) -> frozenset[str]:
    there = notes.known_ids(conn, seen)
    return frozenset(guid for key, (_, guid) in seen.items() if guid and key not in there)


# Note types


def types_seen(conn: sqlite3.Connection, source: str) -> dict[NoteTypeId, TypeSeen]:
    """Return what note types of a source looked like when they were last seen."""
    stored: dict[str, Any] = settings.get(conn, TYPES_SEEN, {})
    return {
        NoteTypeId(int(key)): TypeSeen(each["faces"], each["modified_ms"])
        for key, each in stored.get(source, {}).items()
    }


def with_types_seen(
    conn: sqlite3.Connection, source: str, seen: Mapping[NoteTypeId, TypeSeen]
) -> dict[str, Any]:
    """Return the setting `TYPES_SEEN` with news of a source."""
    stored: dict[str, Any] = settings.get(conn, TYPES_SEEN, {})
    news = {str(int(key)): each._asdict() for key, each in seen.items()}
    return {**stored, source: {**stored.get(source, {}), **news}}


# Ids


def free_ids(wanted: Iterable[int], taken: set[int], start: int) -> dict[int, int]:
    """Return an id for each of `wanted`: itself if it is usable and free, else one of the next free from `start`."""
    used = set(taken)
    given: dict[int, int] = {}
    following = start
    for key in wanted:
        if 0 < key <= _LARGEST_ID and key not in used:
            given[key] = key
        else:
            following += 1
            while following in used:
                following += 1
            given[key] = following
        used.add(given[key])
    return given
