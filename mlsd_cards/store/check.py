"""Finds what is wrong in a collection, and puts right what can be put right without losing anything."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mlsd_cards.domain.cards import Buried, Card, CardId, CardState
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.store import cards, decks, media, notes
from mlsd_cards.store.backup import problems_of
from mlsd_cards.store.rows import chunks
from mlsd_cards.store.schema import TABLES, CardRow, NoteTagRow, NoteTextRow
from mlsd_cards.store.transaction import Transaction

_STATES = ", ".join(f"'{state.value}'" for state in CardState)
_ONE_DUE = "(due_day IS NULL) <> (due_at_ms IS NULL)"


class Rule(NamedTuple):
    """A rule that every row keeps: the ids of rows that break it, and how it is put right."""

    sentence: str  # with the number of rows in the place of {}
    sql: str
    repair: Callable[[Transaction, list[int]], None]


def _sound(card: Card) -> Card:
    """Return `card` with its schedule made to keep the rules."""
    schedule = card.schedule
    if schedule.state is CardState.NEW:
        schedule = replace(schedule, due_day=None, due_at_ms=None)
    elif schedule.due_day is None and schedule.due_at_ms is None:
        schedule = replace(schedule, due_day=0)  # due at once
    elif schedule.due_day is not None and schedule.due_at_ms is not None:
        in_steps = schedule.state in (CardState.LEARNING, CardState.RELEARNING)
        schedule = replace(schedule, due_day=None) if in_steps else replace(schedule, due_at_ms=None)
    interval, ease = max(0, schedule.interval_days), max(0, schedule.ease_permille)
    flag = card.flag if 0 <= card.flag <= 7 else 0
    return replace(card, schedule=replace(schedule, interval_days=interval, ease_permille=ease), flag=flag)


def _repair_schedules(tx: Transaction, ids: list[int]) -> None:
    rows = [tx.conn.execute(TABLES[CardRow].select_sql, (key,)).fetchone() for key in ids]
    readable = []
    for row in map(CardRow._make, rows):
        state = row.state if row.state in {each.value for each in CardState} else CardState.NEW.value
        buried = row.buried if row.buried in {each.value for each in Buried} else Buried.NO.value
        readable.append(cards.card_of_row(row._replace(state=state, buried=buried)))
    cards.put_cards(tx, map(_sound, readable))


def _make_cards(tx: Transaction, ids: list[int]) -> None:
    deck_id = next((key for key, deck in decks.decks(tx.conn).items() if not deck.filtered), None)
    if deck_id is None:
        return
    first = cards.newest_card_id(tx.conn) + 1
    position = cards.highest_position(tx.conn) + 1
    cards.put_cards(
        tx,
        (
            Card(id=CardId(first + count), note_id=NoteId(key), deck_id=deck_id, ordinal=0, position=position)
            for count, key in enumerate(ids)
        ),
    )


def _delete_cards(tx: Transaction, ids: list[int]) -> None:
    cards.delete_cards(tx, map(CardId, ids))


def _fit_fields(tx: Transaction, ids: list[int]) -> None:
    """Give each note as many fields as its type has; what is left over is kept in the last one."""
    types = notes.note_types(tx.conn)
    fitted = []
    for note in notes.notes_by_ids(tx.conn, map(NoteId, ids)).values():
        count = len(types[note.note_type_id].fields)
        kept = list(note.fields[:count]) + [""] * (count - len(note.fields))
        surplus = [text for text in note.fields[count:] if text]
        kept[-1] = "<br>".join([kept[-1], *surplus] if kept[-1] else surplus)
        fitted.append(replace(note, fields=tuple(kept)))
    notes.put_notes(tx, fitted)


def _rewrite_notes(tx: Transaction, ids: list[int]) -> None:
    for some in chunks(ids):
        notes.put_notes(tx, notes.notes_by_ids(tx.conn, some).values())


def _delete_texts(tx: Transaction, ids: list[int]) -> None:
    tx.delete(NoteTextRow, ids)


def _delete_tags(tx: Transaction, ids: list[int]) -> None:
    for key in ids:
        tx.delete(
            NoteTagRow,
            tx.conn.execute("SELECT folded, note_id FROM note_tags WHERE note_id = ?", (key,)).fetchall(),
        )


_RULES = (
    Rule(
        "{} notes do not have the number of fields of their note type",
        "SELECT n.id FROM notes n JOIN note_types y ON y.id = n.note_type_id WHERE "
        "length(n.fields) - length(replace(n.fields, char(31), '')) + 1 <> json_array_length(y.fields)",
        _fit_fields,
    ),
    Rule(
        "{} notes have no card",
        "SELECT id FROM notes WHERE id NOT IN (SELECT note_id FROM cards)",
        _make_cards,
    ),
    Rule(
        "{} cards stand for the same template of the same note as another card",
        "SELECT id FROM ("
        "SELECT id, row_number() OVER (PARTITION BY note_id, ordinal ORDER BY reps DESC, id) AS place "
        "FROM cards WHERE note_id IN "
        "(SELECT note_id FROM cards GROUP BY note_id, ordinal HAVING count(*) > 1)) "
        "WHERE place > 1",
        _delete_cards,
    ),
    Rule(
        "{} cards have an impossible schedule",
        f"SELECT id FROM cards WHERE state NOT IN ({_STATES}) OR buried NOT IN ('', 'hand', 'sibling') "
        "OR (state = 'new' AND (due_day IS NOT NULL OR due_at_ms IS NOT NULL)) "
        f"OR (state <> 'new' AND NOT ({_ONE_DUE})) "
        "OR interval_days < 0 OR ease_permille < 0 OR flag NOT BETWEEN 0 AND 7",
        _repair_schedules,
    ),
    Rule(
        "{} notes cannot be found by their text",
        "SELECT id FROM notes WHERE id NOT IN (SELECT note_id FROM note_texts)",
        _rewrite_notes,
    ),
    Rule(
        "{} notes cannot be found by their tags",
        "SELECT id FROM notes WHERE tags <> '' AND id NOT IN (SELECT note_id FROM note_tags)",
        _rewrite_notes,
    ),
    Rule(
        "{} search texts belong to no note",
        "SELECT note_id FROM note_texts WHERE note_id NOT IN (SELECT id FROM notes)",
        _delete_texts,
    ),
    Rule(
        "{} notes that do not exist have tags",
        "SELECT DISTINCT note_id FROM note_tags WHERE note_id NOT IN (SELECT id FROM notes)",
        _delete_tags,
    ),
)


def find_problems(
    conn: sqlite3.Connection, home: Path, *, full: bool = False, progress: Progress = no_progress
) -> list[str]:
    """Return a sentence for each kind of problem, empty if all is well.

    `full` reads everything: every index against its table, every search text and every media file.
    """
    found = _structure(conn, full=full)
    if found:
        return found
    for done, rule in enumerate(_RULES):
        progress("rules", done, len(_RULES))
        if ids := conn.execute(rule.sql).fetchall():
            found.append(f"{rule.sentence.format(len(ids))}.")
    if full and (stale := list(stale_notes(conn))):
        found.append(f"{len(stale)} notes are found by texts or tags that they no longer have.")
    if missing := list(media_problems(conn, home, full=full)):
        shown = ", ".join(row.name for row in missing[:3])
        found.append(f"{len(missing)} media files are missing or changed, such as {shown}.")
    return found


def _structure(conn: sqlite3.Connection, *, full: bool) -> list[str]:
    if full:
        found = [row[0] for row in conn.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    else:
        found = problems_of(conn)
    problems = [f"The file is damaged: {line}." for line in found]
    if problems:
        return problems
    loose: dict[tuple[str, str], int] = {}
    for table, _, target, _ in conn.execute("PRAGMA foreign_key_check"):
        loose[table, target] = loose.get((table, target), 0) + 1
    problems += [
        f"{count} rows of {table} refer to missing {target}." for (table, target), count in loose.items()
    ]
    there = {
        row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
    }
    for spec in TABLES.values():
        missing = {spec.name, *(index.name for index in spec.indexes)} - there
        problems += [f"The table or index {name} is missing." for name in sorted(missing)]
    return problems


def stale_notes(conn: sqlite3.Connection) -> Iterator[NoteId]:
    """Yield the notes whose search text or tags are not those that the note would get now."""
    from mlsd_cards.rendering.text import search_text

    texts = dict(conn.execute("SELECT note_id, text FROM note_texts"))
    tags: dict[int, set[str]] = {}
    for folded, key in conn.execute("SELECT folded, note_id FROM note_tags"):
        tags.setdefault(key, set()).add(folded)
    for note in notes.iter_notes(conn):
        wanted = {tag.casefold() for tag in note.tags}
        if texts.get(note.id) != search_text(note.fields) or tags.get(note.id, set()) != wanted:
            yield note.id


def media_problems(conn: sqlite3.Connection, home: Path, *, full: bool) -> Iterator[media.MediaRow]:
    """Yield the media rows whose file is missing or of another size; with `full`, of other contents."""
    folder = home / media.MEDIA_NAME
    for row in media.media(conn).values():
        path = folder / row.name
        if (
            not path.is_file()
            or path.stat().st_size != row.size
            or (full and media.digest(path) != row.sha256)
        ):
            yield row


def repair(tx: Transaction, home: Path) -> list[str]:
    """Put right what can be put right, and return a sentence for each thing done.

    Notes and reviews are never deleted.
    """
    done = []
    for rule in _RULES:
        if ids := [row[0] for row in tx.conn.execute(rule.sql)]:
            rule.repair(tx, ids)
            done.append(f"Put right: {rule.sentence.format(len(ids))}.")
    if stale := list(stale_notes(tx.conn)):
        _rewrite_notes(tx, [int(key) for key in stale])
        done.append(f"Put right: the search texts and tags of {len(stale)} notes.")
    rescued = sum(media.rescue(home, row) for row in list(media_problems(tx.conn, home, full=False)))
    if rescued:
        done.append(f"Brought back {rescued} media files from the trash.")
    return done
