"""Backups: verified, thinned out, restored."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from mlsd_cards.domain.errors import (
    CollectionCorrupt,
    CollectionError,
    CollectionLocked,
    CollectionTooNew,
    FileFormatError,
    NotFound,
)
from mlsd_cards.store import backup
from mlsd_cards.store.damage import restore
from mlsd_cards.store.schema import SCHEMA_VERSION
from tests.unit.store.store_making import NOW_MS, answer, dump, filled, open_store


def test_a_backup_holds_the_collection_and_can_be_restored(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        answer(store, 1)
        kept = dump(store)
        made = [store.backup(now_ms=NOW_MS), store.backup(tmp_path / "out" / "mine.db", now_ms=NOW_MS)]
        assert made[0].parent == tmp_path / "backups"
        answer(store, 2)
    for source in made:
        assert restore(tmp_path, source, now_ms=NOW_MS) == (5, 5, 1)
        with open_store(tmp_path) as store:
            assert dump(store) == kept
            assert store.check(full=True) == []
            answer(store, 3)
    restore(tmp_path / "new profile", made[0], now_ms=NOW_MS)
    with open_store(tmp_path / "new profile") as store:
        assert dump(store) == kept


def test_what_is_replaced_is_backed_up_first(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        old = store.backup(now_ms=NOW_MS)
        answer(store, 1)
        newer = dump(store)
    restore(tmp_path, old, now_ms=NOW_MS + 5000)
    last = backup.backups(tmp_path / "backups")[0]
    assert last != old
    restore(tmp_path, last, now_ms=NOW_MS + 9000)
    with open_store(tmp_path) as store:
        assert dump(store) == newer


def test_a_damaged_collection_is_set_aside_by_restoring(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        kept = dump(store)
        made = store.backup(now_ms=NOW_MS)
    (tmp_path / "collection.db").write_bytes(b"damaged")
    with pytest.raises(CollectionCorrupt):
        open_store(tmp_path)
    restore(tmp_path, made, now_ms=NOW_MS)
    with open_store(tmp_path) as store:
        assert dump(store) == kept
    (tmp_path / "collection.db").write_bytes(b"damaged again")
    restore(tmp_path, made, now_ms=NOW_MS)
    assert len(list(tmp_path.glob("collection.damaged-*.db"))) == 2


def test_a_running_program_is_not_restored_over(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        made = store.backup(now_ms=NOW_MS)
        with pytest.raises(CollectionLocked):
            restore(tmp_path, made, now_ms=NOW_MS)


def _zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def test_what_is_no_backup_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        made = store.backup(tmp_path / "good.db", now_ms=NOW_MS)
        kept = dump(store)
    good = made.read_bytes()
    bad = tmp_path / "bad"
    cases: list[tuple[bytes, type[Exception]]] = [
        (b"", CollectionCorrupt),
        (b"text" * 100, CollectionCorrupt),
        (good[:9000], CollectionCorrupt),
        (_zst(good)[:-9], CollectionCorrupt),
        (_zst(b"text" * 100), CollectionCorrupt),
        (good[:60] + (SCHEMA_VERSION + 1).to_bytes(4, "big") + good[64:], CollectionTooNew),
        (good[:68] + b"\0\0\0\0" + good[72:], FileFormatError),
    ]
    for content, error in cases:
        bad.write_bytes(content)
        with pytest.raises(error):
            restore(tmp_path, bad, now_ms=NOW_MS)
    with pytest.raises(NotFound):
        restore(tmp_path, tmp_path / "absent", now_ms=NOW_MS)
    with open_store(tmp_path) as store:
        assert dump(store) == kept
    assert not list(tmp_path.glob("*.restore"))


def test_a_backup_that_would_act_by_itself_is_refused(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        made = store.backup(tmp_path / "good.db", now_ms=NOW_MS)
    conn = sqlite3.connect(made)
    conn.execute("CREATE TRIGGER t AFTER INSERT ON cards BEGIN DELETE FROM notes; END")
    conn.commit()
    conn.close()
    with pytest.raises(FileFormatError, match="trigger") as caught:
        restore(tmp_path / "other", made, now_ms=NOW_MS)
    assert caught.value.kind == "unsafe"


def test_a_failing_backup_leaves_nothing_and_harms_no_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled(tmp_path) as store:
        first = store.backup(tmp_path / "out.db", now_ms=NOW_MS).read_bytes()
        answer(store, 1)
        monkeypatch.setattr(backup, "problems_of", lambda conn: ["page 3 is torn"])
        with pytest.raises(CollectionCorrupt, match="does not verify"):
            store.backup(tmp_path / "out.db", now_ms=NOW_MS)
        with pytest.raises(CollectionCorrupt, match="does not verify"):
            store.backup(now_ms=NOW_MS)
    assert (tmp_path / "out.db").read_bytes() == first
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with filled(tmp_path / "p") as store, pytest.raises(CollectionError, match="file"):
        store.backup(tmp_path / "file" / "out.db", now_ms=NOW_MS)


def test_two_backups_in_one_second_are_both_kept(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        made = [store.backup(now_ms=NOW_MS) for _ in range(3)]
    assert backup.backups(tmp_path / "backups") == made[::-1]


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_backups_are_thinned_out_with_age(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "collection-notes.db.zst").touch()
    (folder / "other.txt").touch()
    now = datetime(2025, 6, 15, 18, 0, tzinfo=UTC)
    moments = [now - timedelta(hours=7 * count) for count in range(1500)]
    for moment in moments:
        (folder / f"collection-{backup.stamp(ms(moment))}.db.zst").touch()
    backup.rotate(folder, ms(now))
    kept = [moment for path in backup.backups(folder) if (moment := backup.moment_of(path))]
    recent = [moment for moment in moments if (now.date() - moment.date()).days < 2]
    assert kept[: len(recent)] == recent
    old = kept[len(recent) :]
    assert len(old) == 12 + 10 + 9
    assert [moment.date() for moment in old[:12]] == [
        (now - timedelta(days=days)).date() for days in range(2, 14)
    ]
    weeks = [moment.isocalendar()[:2] for moment in old[11:22]]
    assert len(set(weeks)) == 11  # one more than the ten: the week of the last day
    months = [(moment.year, moment.month) for moment in old[21:]]
    assert len(set(months)) == 10
    assert old[-1] < now - timedelta(days=330)
    assert (folder / "other.txt").exists()
    assert (folder / "collection-notes.db.zst").exists()
    assert backup.rotate(folder, ms(now)) == []


def test_every_kept_backup_can_be_restored(tmp_path: Path) -> None:
    day = 86_400_000
    states = {}
    with filled(tmp_path) as store:
        for count in range(20):
            answer(store, 1, now_ms=NOW_MS + count * day)
            made = store.backup(now_ms=NOW_MS + count * day)
            states[made] = dump(store)
    kept = backup.backups(tmp_path / "backups")
    assert 10 < len(kept) < 20
    for number, path in enumerate(kept):
        restore(tmp_path / str(number), path, now_ms=NOW_MS)
        with open_store(tmp_path / str(number)) as store:
            assert dump(store) == states[path]
