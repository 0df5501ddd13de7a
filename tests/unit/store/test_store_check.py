"""Checking and repairing: each rule is broken once, found, put right, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import notes
from mlsd_cards.store.collection import Store
from tests.unit.store.store_making import NOW_MS, a_note, answer, dump, filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as store:
        with store.transaction(Op.TAGS) as tx:
            notes.put_notes(tx, [a_note(4, tags=["t"])])
        answer(store, 5)
        yield store


def spoil(store: Store, *statements: str) -> None:
    with store.maintenance() as tx:
        for statement in statements:
            tx.conn.execute(statement)


FAULTS = {
    "1 notes do not have the number of fields": ["UPDATE notes SET fields = 'a' WHERE id = 1"],
    "2 notes do not have the number of fields": [
        "UPDATE notes SET fields = 'a' || char(31) || char(31) || 'c' || char(31) WHERE id < 3"
    ],
    "1 notes have no card": ["DELETE FROM cards WHERE id = 2"],
    "1 cards stand for the same template": [
        "UPDATE cards SET note_id = 1 WHERE id = 5",
        "DELETE FROM note_texts WHERE note_id = 5",
        "DELETE FROM notes WHERE id = 5",
    ],
    "5 cards have an impossible schedule": [
        "UPDATE cards SET state = 'odd' WHERE id = 1",
        "UPDATE cards SET due_day = 3, interval_days = -1 WHERE id = 2",
        "UPDATE cards SET state = 'review', buried = 'odd' WHERE id = 3",
        "UPDATE cards SET state = 'learning', due_day = 3, due_at_ms = 4, flag = 9 WHERE id = 4",
        "UPDATE cards SET due_at_ms = 4, ease_permille = -5 WHERE id = 5",
    ],
    "1 notes cannot be found by their text": ["DELETE FROM note_texts WHERE note_id = 1"],
    "1 notes cannot be found by their tags": ["DELETE FROM note_tags"],
    "1 search texts belong to no note": ["INSERT INTO note_texts VALUES (77, 0, 'x')"],
    "1 notes that do not exist have tags": ["INSERT INTO note_tags VALUES ('x', 77, 'X')"],
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_a_broken_rule_is_found_put_right_and_can_be_taken_back(store: Store, sentence: str) -> None:
    assert store.check() == []
    reviews = dump(store)["reviews"]
    spoil(store, *FAULTS[sentence])
    before = dump(store)
    assert any(found.startswith(sentence) for found in store.check())
    done = store.repair(now_ms=NOW_MS)
    assert any(sentence in each for each in done)
    assert store.check(full=True) == []
    assert dump(store)["reviews"] == reviews
    assert list((store.home / "backups").glob("*.zst"))
    assert store.undo() is Op.REPAIR
    assert dump(store) == before


def test_surplus_fields_lose_no_text(store: Store) -> None:
    spoil(store, "UPDATE notes SET fields = 'a' || char(31) || 'b' || char(31) || 'c' WHERE id = 1")
    store.repair(now_ms=NOW_MS)
    with store.read() as conn:
        assert notes.note(conn, NoteId(1)).fields == ("a", "b<br>c")


def test_stale_texts_and_tags_are_found_by_the_full_check(store: Store) -> None:
    spoil(
        store,
        "UPDATE note_texts SET text = 'other' WHERE note_id = 1",
        "INSERT INTO note_tags VALUES ('extra', 2, 'extra')",
    )
    assert store.check() == []
    assert store.check(full=True) == ["2 notes are found by texts or tags that they no longer have."]
    assert store.repair(now_ms=NOW_MS) == ["Put right: the search texts and tags of 2 notes."]
    assert store.check(full=True) == []


def test_a_sound_collection_is_not_touched_by_repair(store: Store) -> None:
    before = dump(store)
    label = store.undo_label()
    assert store.repair(now_ms=NOW_MS) == []
    assert (dump(store), store.undo_label()) == (before, label)


def test_missing_references_and_indexes_are_told(store: Store) -> None:
    with store.read() as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("UPDATE cards SET deck_id = 99 WHERE id < 3")
        conn.execute("DROP INDEX notes_guid")
        conn.execute("PRAGMA foreign_keys = ON")
    assert store.check() == [
        "2 rows of cards refer to missing decks.",
        "The table or index notes_guid is missing.",
    ]


def test_damage_that_comes_while_it_is_open_is_told(store: Store) -> None:
    with store.read() as conn:
        page = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'cards_note'").fetchone()[0]
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with store.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x0a" + b"\0" * 4095)  # an index page without entries
    with store.read() as conn:
        conn.execute("PRAGMA shrink_memory")
    for full in (False, True):
        problems = store.check(full=full)
        assert problems
        assert all(problem.startswith("The file is damaged: ") for problem in problems)


def test_progress_is_told_while_checking(store: Store) -> None:
    seen: list[tuple[str, int]] = []
    store.check(progress=lambda what, done, total: seen.append((what, done / total)))
    assert seen[0] == ("rules", 0)
    assert len(seen) > 3
