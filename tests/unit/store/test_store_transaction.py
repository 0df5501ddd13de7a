"""The one writer: images, undo steps, and what it refuses."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.store import images, notes, settings, transaction
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import (
    TABLES,
    CardRow,
    DailyCountRow,
    DeckRow,
    NoteRow,
    NoteTagRow,
    ReviewRow,
    SettingRow,
)
from tests.unit.store.store_making import a_note, answer, dump, filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as store:
        yield store


def setting(store: Store, key: str) -> object:
    with store.read() as conn:
        return settings.get(conn, key)


def put(store: Store, key: str, value: object, **more: bool) -> None:
    with store.transaction(Op.SETTINGS, **more) as tx:
        settings.put(tx, key, value)


def step_count(store: Store) -> int:
    with store.read() as conn:
        return int(conn.execute("SELECT count(*) FROM undo_steps").fetchone()[0])


def test_a_row_written_twice_goes_back_to_what_it_was_before_the_act(store: Store) -> None:
    put(store, "k", "first")
    with store.transaction(Op.SETTINGS) as tx:
        settings.put(tx, "k", "second")
        settings.remove(tx, "k")
        settings.put(tx, "k", "third")
    assert setting(store, "k") == "third"
    assert store.undo() is Op.SETTINGS
    assert setting(store, "k") == "first"
    assert store.redo() is Op.SETTINGS
    assert setting(store, "k") == "third"


def test_a_row_added_and_deleted_in_one_act_leaves_nothing_behind(store: Store) -> None:
    before = dump(store)
    with store.transaction(Op.SETTINGS) as tx:
        tx.add(SettingRow("k", "1"))
        tx.delete(SettingRow, ["k"])
        tx.delete(SettingRow, ["never there"])
    store.undo()
    assert dump(store) == before


def test_a_row_deleted_and_added_again_in_one_act_comes_back_as_it_was(store: Store) -> None:
    put(store, "k", "old")
    with store.transaction(Op.SETTINGS) as tx:
        settings.remove(tx, "k")
        tx.add(settings.setting_row("k", "new"))
    assert setting(store, "k") == "new"
    store.undo()
    assert setting(store, "k") == "old"


def test_an_act_that_writes_nothing_is_no_step(store: Store) -> None:
    seen: list[Changed] = []
    store.on_commit(seen.append)
    with store.transaction(Op.SETTINGS) as tx:
        tx.put(SettingRow, [])
        tx.delete(SettingRow, ["never there"])
        tx.delete(SettingRow, [])
        assert tx.bulk_insert(SettingRow, []) == 0
    assert store.undo_label() is None


def test_what_changed_is_told_once_after_the_commit(store: Store) -> None:
    seen: list[Changed] = []
    store.on_commit(seen.append)
    answer(store, 1)
    with store.transaction(Op.OTHER) as tx:
        tx.note_changed(Changed.DECK)
        settings.put(tx, "k", 1)
    with store.transaction(Op.OTHER):
        pass
    store.undo()
    assert seen == [
        Changed.CARD | Changed.LOG,
        Changed.DECK | Changed.SETTING,
        Changed.DECK | Changed.SETTING,
    ]


def test_a_failing_act_changes_nothing_and_is_told_to_nobody(store: Store) -> None:
    before, seen, undone = dump(store), [], []
    store.on_commit(seen.append)

    def fail_in_the_act() -> None:
        with store.transaction(Op.OTHER) as tx:
            tx.on_rollback += [lambda: undone.append(1), lambda: undone.append(2)]
            settings.put(tx, "k", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_in_the_act()
    assert dump(store) == before
    assert (seen, undone, store.undo_label()) == ([], [2, 1], None)
    put(store, "k", 2)
    assert setting(store, "k") == 2


def test_replace_writes_only_over_exactly_the_row_it_was_given(store: Store) -> None:
    with store.read() as conn:
        before = CardRow(*conn.execute(TABLES[CardRow].select_sql, (1,)).fetchone())
    after = before._replace(flag=3, stability=1.5)
    with store.transaction(Op.FLAG) as tx:
        assert tx.replace(before, before)
        assert tx.replace(before, after)
        assert not tx.replace(before, before._replace(flag=4))
        assert tx.replace(after, after._replace(flag=5))
    with store.read() as conn:
        assert CardRow(*conn.execute(TABLES[CardRow].select_sql, (1,)).fetchone()).flag == 5
    store.undo()
    with store.read() as conn:
        assert CardRow(*conn.execute(TABLES[CardRow].select_sql, (1,)).fetchone()) == before


def test_increase_adds_to_the_row_there_is_or_makes_it(store: Store) -> None:
    row = DailyCountRow(3, 1, "review", 2, 1, 500)

    def stored() -> object:
        with store.read() as conn:
            return conn.execute(TABLES[DailyCountRow].select_sql, row[:4]).fetchone()

    with store.transaction(Op.ANSWER) as tx:
        tx.increase(row, ("answers", "milliseconds"))
        tx.increase(row, ("answers", "milliseconds"))
    with store.transaction(Op.ANSWER) as tx:
        tx.increase(row, ("answers", "milliseconds"))
    assert stored() == (*row[:4], 3, 1500)
    store.undo()
    assert stored() == (*row[:4], 2, 1000)
    store.undo()
    assert stored() is None
    store.redo()
    store.redo()
    assert stored() == (*row[:4], 3, 1500)


def test_rows_added_in_bulk_are_undone_as_one_range(store: Store) -> None:
    before = dump(store)
    rows = [ReviewRow(key, 1, 3, "review", 1, 1, 0, 0, 0) for key in (900, 100, 500)]
    with store.transaction(Op.IMPORT) as tx:
        assert tx.bulk_insert(ReviewRow, rows) == 3
        tx.bulk_insert(SettingRow, [("a", "1"), ("b", "2")])
        tx.bulk_insert(SettingRow, [("c", "2")])
    with store.read() as conn:
        blob = conn.execute("SELECT images FROM undo_steps").fetchone()[0]
    assert ["reviews", "range", [100, 900]] in [list(image) for image in images.read_images(blob)]
    after = dump(store)
    store.undo()
    assert dump(store) == before
    store.redo()
    assert dump(store) == after
    store.undo()
    assert dump(store) == before


def test_rows_of_two_keys_added_in_bulk_are_undone_as_one_range(store: Store) -> None:
    before = dump(store)
    counts = [DailyCountRow(day, 1, "review", 3, 2, 9000) for day in (70, 68, 69)]
    with store.transaction(Op.IMPORT) as tx:
        assert tx.bulk_insert(DailyCountRow, counts) == 3
        tx.increase(DailyCountRow(69, 1, "review", 3, 1, 500), ("answers", "milliseconds"))
    with store.read() as conn:
        blob = conn.execute("SELECT images FROM undo_steps").fetchone()[0]
    assert [list(image) for image in images.read_images(blob)] == [["daily_counts", "range", [68, 70, "day"]]]
    after = dump(store)
    store.undo()
    assert dump(store) == before
    store.redo()
    assert dump(store) == after


def test_keys_whose_bounds_are_told_need_no_look(store: Store) -> None:
    before = dump(store)
    with store.transaction(Op.IMPORT) as tx:
        made = tx.bulk_insert(
            ReviewRow,
            ((key, 1, 3, 1, 0) for key in (100, 500, 900)),
            values="?, ?, ?, CASE ? WHEN 1 THEN 'review' END, ?, 1, 0, 0, 0",
            bounds=(100, 900),
        )
        assert made == 3
    after = dump(store)
    assert after != before
    store.undo()
    assert dump(store) == before
    store.redo()
    assert dump(store) == after


def test_a_range_is_not_used_where_it_would_take_other_rows(store: Store) -> None:
    answer(store, 1, now_ms=300)
    before = dump(store)
    with store.transaction(Op.IMPORT) as tx:
        tx.bulk_insert(ReviewRow, [ReviewRow(key, 1, 3, "review", 1, 1, 0, 0, 0) for key in (100, 500)])
    store.undo()
    assert dump(store) == before


def test_rows_added_in_bulk_and_written_again_in_the_same_act_vanish_on_undo(store: Store) -> None:
    before = dump(store)
    with store.transaction(Op.IMPORT) as tx:
        tx.bulk_insert(DeckRow, [(60, "deck 60", 1, "", 0)])
        tx.bulk_insert(DeckRow, [(key, f"deck {key}", 1, "", 0) for key in (70, 71)])
        tx.put(DeckRow, [DeckRow(70, "renamed", 1, "", 0)])
        assert tx.replace(DeckRow(71, "deck 71", 1, "", 0), DeckRow(71, "other", 1, "", 0))
        tx.delete(DeckRow, [71])
    store.undo()
    assert dump(store) == before


def test_two_rows_may_swap_what_is_unique(store: Store) -> None:
    with store.transaction(Op.ADD_DECK) as tx:
        tx.put(DeckRow, [DeckRow(8, "A", 1, "", 0), DeckRow(9, "B", 1, "", 0)])
    before = dump(store)
    with store.transaction(Op.RENAME_DECK) as tx:
        tx.put(DeckRow, [DeckRow(8, "free", 1, "", 0)])
        tx.put(DeckRow, [DeckRow(9, "A", 1, "", 0), DeckRow(8, "B", 1, "", 0)])
    store.undo()
    assert dump(store) == before


def test_many_rows_come_back_as_they_were(store: Store) -> None:
    with store.transaction(Op.IMPORT, undoable=False) as tx:
        notes.add_notes(tx, [a_note(key, tags=["t"]) for key in range(10, 1300)])
    before = dump(store)
    with store.transaction(Op.DELETE_NOTES) as tx:
        notes.delete_notes(tx, [a_note(key).id for key in range(10, 1300)])
    assert store.undo() is Op.DELETE_NOTES
    assert dump(store) == before


def test_an_act_that_cannot_be_taken_back_clears_the_steps(store: Store) -> None:
    put(store, "k", 1)
    put(store, "k", 2)
    store.undo()
    put(store, "k", 3, undoable=False)
    assert (store.undo(), store.redo(), setting(store, "k"), step_count(store)) == (None, None, 3, 0)
    put(store, "k", 4, undoable=False)
    assert setting(store, "k") == 4


def test_a_step_too_large_to_be_stored_clears_the_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "k", 1)
    monkeypatch.setattr(transaction, "_LARGEST_STEP", 10)
    put(store, "k", 2)
    assert (store.undo(), step_count(store)) == (None, 0)


def test_thirty_steps_are_kept(store: Store) -> None:
    for value in range(transaction.UNDO_LIMIT + 5):
        put(store, "k", value)
    assert step_count(store) == transaction.UNDO_LIMIT
    undone = 0
    while store.undo():
        undone += 1
    assert (undone, setting(store, "k")) == (transaction.UNDO_LIMIT, 4)
    while store.redo():
        undone -= 1
    assert (undone, setting(store, "k")) == (0, transaction.UNDO_LIMIT + 4)


def test_a_new_act_forgets_what_was_taken_back(store: Store) -> None:
    put(store, "k", 1)
    put(store, "k", 2)
    store.undo()
    assert store.redo_label() is Op.SETTINGS
    put(store, "other", 1)
    assert (store.redo_label(), store.redo(), setting(store, "k")) == (None, None, 1)


def test_another_process_can_take_the_step_back(store: Store) -> None:
    home = store.home
    before = dump(store)
    answer(store, 2)
    after = dump(store)
    store.close()
    with Store.open(home, now_ms=0) as second:
        assert second.undo_label() is Op.ANSWER
        assert second.undo() is Op.ANSWER
        assert dump(second) == before
    with Store.open(home, now_ms=0) as third:
        assert third.redo() is Op.ANSWER
        assert dump(third) == after


def test_maintenance_is_no_step_and_keeps_the_steps(store: Store) -> None:
    put(store, "k", 1)
    with store.maintenance() as tx:
        settings.put(tx, "m", 1)
        tx.add(SettingRow("n", "1"))
        tx.bulk_insert(SettingRow, [("o", "1")])
    assert store.undo_label() is Op.SETTINGS
    store.undo()
    assert (setting(store, "m"), setting(store, "k")) == (1, None)


def test_reviews_are_never_deleted_or_changed(store: Store) -> None:
    key = answer(store, 1)
    with pytest.raises(ValueError, match="never deleted"), store.transaction(Op.OTHER) as tx:
        tx.delete(ReviewRow, [key])
    changed = ReviewRow(key, 1, 1, "review", 1, 1, 0, 0, 0)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"), store.transaction(Op.OTHER) as tx:
        tx.put(ReviewRow, [changed])
    with pytest.raises(sqlite3.IntegrityError), store.transaction(Op.OTHER) as tx:
        tx.add(changed)


def test_references_are_checked_at_the_commit(store: Store) -> None:
    before = dump(store)

    def delete_a_note_but_not_its_card() -> None:
        with store.transaction(Op.OTHER) as tx:
            tx.delete(NoteRow, [1])

    with pytest.raises(sqlite3.IntegrityError):
        delete_a_note_but_not_its_card()
    assert dump(store) == before


def test_indexes_are_left_out_while_a_table_doubles_and_made_again(store: Store) -> None:
    def indexes(conn: sqlite3.Connection) -> set[str]:
        return {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}

    with store.transaction(Op.IMPORT) as tx:
        before = indexes(tx.conn)
        with tx.indexes_later({NoteRow: 6, CardRow: 5, NoteTagRow: 0}):
            within = indexes(tx.conn)
            notes.add_notes(tx, [a_note(key) for key in range(10, 16)])
        assert before - within == {"notes_guid", "notes_note_type"}
        assert indexes(tx.conn) == before
    before_import = dump(store)["notes"]
    store.undo()
    assert len(dump(store)["notes"]) == len(before_import) - 6


def test_a_failing_import_has_its_indexes_back(store: Store) -> None:
    with store.read() as conn:
        before = conn.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()

    def add_a_guid_twice() -> None:
        with store.transaction(Op.IMPORT) as tx, tx.indexes_later({NoteRow: 100}):
            tx.bulk_insert(NoteRow, [(key, "same", 1, 0, 0, "", "a\x1fb") for key in (100, 101)])

    with pytest.raises(sqlite3.IntegrityError):
        add_a_guid_twice()
    with store.read() as conn:
        assert conn.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == before


def test_a_transaction_cannot_be_begun_within_another(store: Store) -> None:
    def nest() -> None:
        with store.transaction(Op.OTHER), store.transaction(Op.OTHER):
            pass

    with pytest.raises(RuntimeError, match="open already"):
        nest()
    put(store, "k", 1)
    assert setting(store, "k") == 1


def test_the_text_index_gathers_more_while_many_texts_come_and_is_as_before_afterwards(store: Store) -> None:
    def options() -> dict[str, int]:
        rows = tx.conn.execute("SELECT k, v FROM note_index_config")
        return {str(name): int(value) for name, value in rows if name in ("hashsize", "automerge")}

    with store.transaction(Op.SETTINGS, undoable=False) as tx:
        tx.expect_postings(True)
        assert options() == {"hashsize": 1 << 26, "automerge": 0}
        tx.expect_postings(False)
        assert options() == {"hashsize": 1 << 20, "automerge": 4}
