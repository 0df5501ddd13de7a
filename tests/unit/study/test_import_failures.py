"""An import that cannot be finished leaves the profile as it was, at whatever moment it ends."""

import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.editions import package
from helpers.importing import NOW, empty_collection, fingerprint, stored
from helpers.shared import ROOT

from mlsd_cards.domain.errors import Cancelled, CollectionError, FileFormatError
from mlsd_cards.study import Collection

TEXTS = {f"g{number}": (f'<img src="{number}.png">', "x" * 200) for number in range(30)}
MEDIA = {f"{number}.png": bytes([number]) * 3000 for number in range(30)}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        opened.import_file(package(tmp_path / "own.apkg", {"own": ("mine", "")}, media={"own.png": b"own"}))
        yield opened


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    return package(tmp_path / "deck.apkg", TEXTS, media=MEDIA, review=True)


def stop_at(number: int) -> Callable[[str, int, int], None]:
    """Return a progress that lets the user stop at its call of that number."""
    calls = iter(range(number))

    def progress(what: str, done: int, total: int) -> None:
        if next(calls, None) is None:
            raise Cancelled("Stopped.")

    return progress


def test_stopping_at_any_moment_leaves_everything_as_it_was(collection: Collection, deck: Path) -> None:
    before = stored(collection)
    for number in range(1000):
        try:
            collection.import_file(deck, progress=stop_at(number))
        except Cancelled:
            assert stored(collection) == before
            assert not list(collection.home.glob("media.incoming-*"))
        else:
            break
    assert number > 5
    assert stored(collection) != before
    assert collection.check(full=True) == []
    assert collection.undo() == "Import"
    after = stored(collection, history=False)
    assert after == {name: value for name, value in before.items() if name != "table undo_steps"}


def test_undo_takes_media_away_and_redo_brings_them_back(collection: Collection, deck: Path) -> None:
    before = stored(collection, history=False)
    collection.import_file(deck)
    full = stored(collection, history=False)
    for _ in range(3):
        assert collection.undo() == "Import"
        assert stored(collection, history=False) == before
        assert collection.redo() == "Import"
        assert stored(collection, history=False) == full
    assert collection.check(full=True) == []


def damaged(deck: Path, change: Callable[[bytes], bytes], name: str) -> Path:
    path = deck.with_name(name)
    path.write_bytes(change(deck.read_bytes()))
    return path


def without_collection(deck: Path) -> Path:
    path = deck.with_name("half.apkg")
    with zipfile.ZipFile(deck) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[:2000] if name.startswith("collection") else content)
    return path


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [
        ("cut.apkg", {"damaged", "not-a-deck"}, lambda content: content[: len(content) // 2]),
        (
            "flipped.apkg",
            {"damaged"},
            lambda content: content[:300] + bytes([content[300] ^ 1]) + content[301:],
        ),
        ("picture.apkg", {"not-a-deck"}, lambda content: b"\x89PNG\r\n\x1a\n" + bytes(5000)),
        ("empty.apkg", {"not-a-deck", "damaged"}, lambda content: b""),
        ("latin.csv", {"damaged"}, lambda content: b"#separator:comma\nK\xf6ln,x\n"),
        ("quote.csv", {"damaged"}, lambda content: b'#separator:comma\na,b\n"open,x\n'),
        ("odd.yaml", {"damaged", "not-a-deck", "inconsistent"}, lambda content: b"name: [1,\n"),
        ("deck.json", {"inconsistent"}, lambda content: b'{"__type__": "Deck"}'),
        ("deck.cards", {"damaged"}, lambda content: content[:0] + b"PK\x03\x04"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence_that_names_it(
    name: str, kind: set[str], change: Callable[[bytes], bytes], collection: Collection, deck: Path
) -> None:
    path = damaged(deck, change, name)
    before = stored(collection)
    for attempt in (collection.inspect, collection.import_file):
        with pytest.raises(FileFormatError) as caught:
            attempt(path)
        message = str(caught.value)
        assert caught.value.kind in kind
        assert name in message
        assert message.endswith(".")
        assert "\n" not in message
    assert stored(collection) == before


def test_a_package_with_half_a_database_is_damaged(collection: Collection, deck: Path) -> None:
    before = stored(collection)
    with pytest.raises(FileFormatError) as caught:
        collection.import_file(without_collection(deck))
    assert caught.value.kind == "damaged"
    assert stored(collection) == before


def test_what_is_not_there_or_may_not_be_read_is_said_plainly(collection: Collection, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.apkg", tmp_path, tmp_path / "home" / "collection.db"):
        with pytest.raises(FileFormatError) as caught:
            collection.import_file(path)
        assert caught.value.kind == "not-a-deck"
        assert path.name in str(caught.value)


def import_within(size: int, home: Path, deck: Path) -> subprocess.CompletedProcess[str]:
    """Import in a process that may make no file larger than `size` bytes: so a full disk looks to it."""
    command = [sys.executable, "-m", "mlsd_cards", "--home", str(home), "--json", "import", str(deck)]
    return subprocess.run(
        command,
        text=True,
        capture_output=True,
        env={**os.environ, "MLSD_CARDS_NOW": NOW.isoformat(), "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def test_a_disk_that_fills_up_in_the_middle_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """At every size limit the import is either whole or refused, and refused it leaves the profile alone."""
    texts = {f"g{number}": (f'<img src="{number}.png">', "xylograph " * 300) for number in range(600)}
    media = {f"{number}.png": os.urandom(300_000) for number in range(3)}
    deck = package(tmp_path / "deck.apkg", texts, media=media)
    home = tmp_path / "home"
    assert import_within(2**40, home, package(tmp_path / "own.apkg", {"own": ("mine", "")})).returncode == 0
    before = fingerprint(home)
    large = (home / "collection.db").stat().st_size
    refused = 0
    for size in (10_000, 200_000, 400_000, large // 2, large, large + 200_000, large + 900_000):
        ended = import_within(size, home, deck)
        if ended.returncode == 0:
            break
        refused += 1
        assert ended.returncode == 1, ended.stderr
        assert '"kind": "disk"' in ended.stdout
        assert "Traceback" not in ended.stderr
        assert fingerprint(home) == before
        assert not list(home.glob("media.incoming-*"))
    assert refused >= 3
    assert import_within(2**40, home, deck).returncode == 0
    with empty_collection(home) as collection:
        assert collection.check(full=True) == []
        assert collection.search("xylograph").count == 600


def test_a_media_folder_that_cannot_be_written_refuses_the_import(
    collection: Collection, deck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain file stands where the folder should be; also root, who may write anywhere, cannot get past it."""
    before = stored(collection)
    moved = collection.home / "media-moved"
    collection.media_dir.rename(moved)
    collection.media_dir.write_text("in the way", encoding="utf-8")
    with pytest.raises(CollectionError):
        collection.import_file(deck)
    collection.media_dir.unlink()
    moved.rename(collection.media_dir)
    assert stored(collection) == before
    assert collection.import_file(deck).notes_new == 30


def test_undo_and_redo_hold_also_after_the_texts_were_indexed(collection: Collection, deck: Path) -> None:
    before = collection.search("xxx").count
    collection.import_file(deck)
    assert collection.index_texts() == 31
    assert collection.search("xxx").count == 30
    assert collection.undo() == "Import"
    assert collection.search("xxx").count == before
    assert collection.check(full=True) == []
    assert collection.redo() == "Import"
    collection.index_texts()
    assert collection.search("xxx").count == 30
    assert collection.check(full=True) == []
