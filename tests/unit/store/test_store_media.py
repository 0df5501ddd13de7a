"""Media files follow their rows: into the folder, out of it, and back."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.store import media
from mlsd_cards.store.collection import Store
from mlsd_cards.store.media import MediaRow, StagedFile
from tests.unit.store.store_making import filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path) as store:
        yield store


def bring(store: Store, contents: dict[str, bytes], *, fail: bool = False) -> None:
    with media.staging(store.home) as folder, store.transaction(Op.IMPORT) as tx:
        files = []
        for number, (name, content) in enumerate(contents.items()):
            path = folder / str(number)
            path.write_bytes(content)
            files.append(StagedFile(name, path, media.digest(path), len(content)))
        media.move_in(tx, store.home, files)
        if fail:
            tx.before_commit.append(lambda: 1 / 0)


def there(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.media_dir.iterdir()}


def rows(store: Store) -> dict[str, MediaRow]:
    with store.read() as conn:
        return media.media(conn)


def test_an_import_brings_files_undo_takes_them_out_and_redo_brings_them_back(store: Store) -> None:
    seen: list[Changed] = []
    store.on_commit(seen.append)
    contents = {"a.png": b"one", "b ü.mp3": b"two"}
    bring(store, contents)
    assert there(store) == contents
    assert rows(store)["a.png"] == MediaRow("a.png", hashlib.sha256(b"one").hexdigest(), 3)
    assert (store.media_dir / "a.png").stat().st_mode & 0o777 == 0o644
    store.undo()
    assert (there(store), rows(store)) == ({}, {})
    store.redo()
    assert there(store) == contents
    assert store.check(full=True) == []
    assert seen == [Changed.MEDIA] * 3
    assert not list(store.home.glob("media.incoming-*"))


def test_a_replaced_file_is_kept_for_undo(store: Store) -> None:
    bring(store, {"a.png": b"old", "same.png": b"same"})
    kept = (store.media_dir / "same.png").stat().st_ino
    bring(store, {"a.png": b"new", "same.png": b"same"})
    assert there(store) == {"a.png": b"new", "same.png": b"same"}
    assert (store.media_dir / "same.png").stat().st_ino == kept
    store.undo()
    assert there(store) == {"a.png": b"old", "same.png": b"same"}
    store.undo()
    assert there(store) == {}
    store.redo()
    store.redo()
    assert there(store) == {"a.png": b"new", "same.png": b"same"}
    assert store.check(full=True) == []


def test_a_failing_import_leaves_the_folder_as_it_was(store: Store) -> None:
    bring(store, {"a.png": b"old"})
    with pytest.raises(ZeroDivisionError):
        bring(store, {"a.png": b"new", "b.png": b"more"}, fail=True)
    assert there(store) == {"a.png": b"old"}
    assert set(rows(store)) == {"a.png"}
    assert store.check(full=True) == []


def test_a_file_of_the_users_own_is_not_overwritten(store: Store) -> None:
    (store.media_dir / "own.png").write_bytes(b"mine")
    bring(store, {"own.png": b"theirs"})
    trash = store.home / "backups" / "media-trash"
    assert [path.read_bytes() for path in trash.iterdir()] == [b"mine"]


def test_a_link_is_replaced_and_never_followed(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    (store.media_dir / "a.png").symlink_to(outside)
    bring(store, {"a.png": b"new"})
    assert outside.read_bytes() == b"precious"
    assert not (store.media_dir / "a.png").is_symlink()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/x", "a\\b", "a\0b"])
def test_a_name_with_a_path_in_it_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"), store.transaction(Op.IMPORT) as tx:
        media.move_in(tx, store.home, [StagedFile(name, store.home / "x", "0" * 64, 1)])
    assert rows(store) == {}


def test_many_files_are_brought_at_once(store: Store) -> None:
    contents = {f"{number}.png": str(number).encode() for number in range(80)}
    bring(store, contents)
    assert there(store) == contents


def test_deleted_media_go_to_the_trash_and_come_back(store: Store) -> None:
    bring(store, {"a.png": b"one", "b.png": b"two"})
    with store.transaction(Op.OTHER) as tx:
        media.delete_media(tx, store.home, ["a.png", "unknown.png"])
    assert (there(store), set(rows(store))) == ({"b.png": b"two"}, {"b.png"})
    store.undo()
    assert there(store) == {"a.png": b"one", "b.png": b"two"}


def test_missing_and_changed_files_are_reported_and_rescued(store: Store) -> None:
    bring(store, {"a.png": b"one", "b.png": b"two", "c.png": b"three"})
    trash = store.home / "backups" / "media-trash"
    trash.mkdir(parents=True)
    row = rows(store)["a.png"]
    (store.media_dir / "a.png").rename(trash / f"{row.sha256}-a.png")
    (store.media_dir / "b.png").write_bytes(b"owt")
    (store.media_dir / "c.png").unlink()
    assert store.check() == ["2 media files are missing or changed, such as a.png, c.png."]
    assert store.check(full=True) == ["3 media files are missing or changed, such as a.png, b.png, c.png."]
    assert store.repair(now_ms=0) == ["Brought back 1 media files from the trash."]
    assert store.check() == ["1 media files are missing or changed, such as c.png."]
