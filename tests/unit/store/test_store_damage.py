"""A damaged collection is set aside, and the newest good backup is named."""

from pathlib import Path

import pytest

from mlsd_cards.domain.errors import (
    CollectionCorrupt,
)
from tests.unit.store.store_making import NOW_MS, answer, dump, filled, open_store


def spoil(database: Path) -> None:
    """Overwrite the middle of the file, as a failing disk does."""
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def test_a_damaged_collection_is_set_aside_and_never_replaced(tmp_path: Path) -> None:
    filled(tmp_path).close()
    spoil(tmp_path / "collection.db")
    spoiled = (tmp_path / "collection.db").read_bytes()
    for _ in range(2):  # also at the next start nothing is made anew
        with pytest.raises(CollectionCorrupt, match="no backup verifies") as caught:
            open_store(tmp_path)
        assert not (tmp_path / "collection.db").exists()
        assert caught.value.path == tmp_path / "collection.damaged-2025-06-15-150640.db"
        assert caught.value.path.read_bytes() == spoiled
    with pytest.raises(CollectionCorrupt):
        open_store(tmp_path, read_only=True)
    caught.value.path.rename(tmp_path.parent / "elsewhere.db")
    with open_store(tmp_path) as store:
        assert dump(store)["notes"] == []


def test_an_empty_file_is_damaged_and_not_a_new_collection(tmp_path: Path) -> None:
    (tmp_path / "collection.db").touch()
    (tmp_path / "collection.db-wal").write_bytes(b"log")
    with pytest.raises(CollectionCorrupt, match="set aside"):
        open_store(tmp_path)
    assert {path.name for path in tmp_path.glob("collection*")} == {
        "collection.damaged-2025-06-15-150640.db",
        "collection.damaged-2025-06-15-150640.db-wal",
    }


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0", b"\0" * 8192])
def test_a_file_of_other_contents_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "collection.db").write_bytes(content)
    with pytest.raises(CollectionCorrupt):
        open_store(tmp_path)
    assert not (tmp_path / "collection.db").exists()


def test_a_truncated_collection_is_damaged(tmp_path: Path) -> None:
    filled(tmp_path, 50).close()
    with (tmp_path / "collection.db").open("r+b") as file:
        file.truncate(20_000)
    with pytest.raises(CollectionCorrupt):
        open_store(tmp_path)


def test_the_message_names_the_newest_backup_that_verifies(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        answer(store, 1)
        good = store.backup(now_ms=NOW_MS)
        bad = store.backup(now_ms=NOW_MS + 1000)
        answer(store, 2)
        answer(store, 3)
    bad.write_bytes(bad.read_bytes()[:-7])
    database = tmp_path / "collection.db"
    with database.open("r+b") as file:  # the header says that there are more pages than there are
        file.seek(28)
        file.write((10_000).to_bytes(4, "big"))
    with pytest.raises(CollectionCorrupt, match=f"restore {good}"):
        open_store(tmp_path)


def test_the_message_says_how_many_reviews_are_newer(tmp_path: Path) -> None:
    with filled(tmp_path, 400) as store:
        store.backup(now_ms=NOW_MS)
        for card in (1, 2, 3):
            answer(store, card)
        with store.read() as conn:
            page = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'notes_guid'").fetchone()[0]
    with (tmp_path / "collection.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(CollectionCorrupt, match="3 reviews are newer"):
        open_store(tmp_path)
