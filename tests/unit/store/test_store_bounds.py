"""Rows added in bulk between told bounds, and written again within the same act."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.store import settings
from mlsd_cards.store.collection import Store
from mlsd_cards.store.schema import DeckRow
from tests.unit.store.store_making import dump, filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as made:
        yield made


def test_rows_between_told_bounds_that_are_written_again_vanish_on_undo(store: Store) -> None:
    before = dump(store)
    with store.transaction(Op.IMPORT) as tx:
        rows = [(key, f"deck {key}", 1, "", 0) for key in (70, 71)]
        assert tx.bulk_insert(DeckRow, rows, bounds=(70, 71)) == 2
        tx.put(DeckRow, [DeckRow(70, "renamed", 1, "", 0)])
        assert tx.replace(DeckRow(71, "deck 71", 1, "", 0), DeckRow(71, "other", 1, "", 0))
        settings.put(tx, "another table", 1)
    after = dump(store)
    store.undo()
    assert dump(store) == before
    store.redo()
    assert dump(store) == after
