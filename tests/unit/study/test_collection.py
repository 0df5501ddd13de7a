"""The door: opening and closing, beside others and in bad places, and what it tells."""

from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.errors import CollectionError, CollectionLocked, InputError, NotFound
from mlsd_cards.study import Clock, Collection, FixedClock
from tests.helpers.study import NOW, Made, due, dump, empty_collection, fill


def test_a_new_collection_holds_the_built_in_deck_and_nothing_to_undo(tmp_path: Path) -> None:
    with Collection.open(tmp_path / "a" / "b", FixedClock(NOW)) as collection:
        today = collection.today()
        assert today.new > 0
        assert today.review == today.learning == today.answered_today == 0
        assert collection.undo_label is None
        assert collection.redo_label is None
        assert collection.home == tmp_path / "a" / "b"
        assert collection.media_dir.is_dir()
        first = collection.session().current
        assert first is not None
        assert first.question_html
        assert first.labels == ("today", "today", "1d", "1d")
        state = dump(collection)
    with Collection.open(tmp_path / "a" / "b", FixedClock(NOW + timedelta(hours=1))) as collection:
        assert dump(collection) == state


def test_only_one_may_write_and_others_may_look(tmp_path: Path) -> None:
    with Collection.open(tmp_path, FixedClock(NOW)) as collection:
        with pytest.raises(CollectionLocked):
            Collection.open(tmp_path, FixedClock(NOW))
        with Collection.open(tmp_path, FixedClock(NOW), read_only=True) as reader:
            first = reader.session().current
            assert first is not None
            collection.session().answer_card(first.card_id, 3)
            collection.set_setting("rollover_hour", "7")
            assert reader.today().answered_today == 1
            assert reader.settings()["rollover_hour"] == 7
            assert reader.boundary.rollover_hour == 7
            assert reader.index_texts() == 0
    with Collection.open(tmp_path, FixedClock(NOW)) as again:
        assert again.today().answered_today == 1


def test_there_is_nothing_to_look_at_before_there_is_a_collection(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no collection"):
        Collection.open(tmp_path / "none", FixedClock(NOW), read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_hold_a_profile_is_named(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    with pytest.raises(CollectionError, match="file"):
        Collection.open(place, FixedClock(NOW))
    assert place.read_text() == "no folder"


def test_the_folder_is_let_go_when_opening_fails(tmp_path: Path) -> None:
    Collection.open(tmp_path, FixedClock(NOW)).close()
    database = tmp_path / "collection.db"
    whole = database.read_bytes()
    database.write_bytes(b"x" * len(whole))
    for path in tmp_path.glob("collection.db-*"):
        path.unlink()
    with pytest.raises(CollectionError):
        Collection.open(tmp_path, FixedClock(NOW))
    database.write_bytes(whole)
    for path in tmp_path.glob("*damaged*"):
        path.unlink()
    Collection.open(tmp_path, FixedClock(NOW)).close()


def test_the_clock_is_the_real_one_unless_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLSD_CARDS_NOW", raising=False)
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path))
    with Collection.open() as collection:
        assert not collection.clock.fixed
        assert collection.home == tmp_path
        with pytest.raises(InputError, match="MLSD_CARDS_NOW"):
            collection.move_clock("2026-11-30T09:00Z")
    monkeypatch.setenv("MLSD_CARDS_NOW", "2099-11-30T09:00:00+01:00")
    with Collection.open() as collection:
        collection.move_clock("2099-12-01T09:00:00+01:00")
        assert collection.clock.now().day == 1
        with pytest.raises(InputError):
            collection.move_clock("tomorrow")
        assert collection.clock.now().day == 1


def test_listeners_hear_of_each_act_what_it_changed(tmp_path: Path) -> None:
    with empty_collection(tmp_path) as collection:
        fill(collection, [Made([due()])])
        heard: list[Changed] = []
        collection.on_changed(heard.append)
        collection.session().answer(3)
        collection.set_setting("new_per_day", "3")
        collection.set_setting("theme", "dark")
        collection.undo()
        assert heard == [
            Changed.CARD | Changed.LOG,
            Changed.PRESET,
            Changed.SETTING,
            Changed.SETTING,
        ]


def test_check_finds_nothing_in_a_sound_collection_and_repair_makes_a_backup(tmp_path: Path) -> None:
    with empty_collection(tmp_path) as collection:
        fill(collection, [Made([due()])])
        assert collection.check() == []
        assert collection.check(full=True) == []
        assert collection.check(repair=True) == []
        assert len(list((tmp_path / "backups").iterdir())) == 1
        copy = collection.backup(tmp_path / "copy.db")
        assert copy == tmp_path / "copy.db"
        assert copy.stat().st_size > 0


def test_two_threads_may_read_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with empty_collection(tmp_path, Clock()) as collection:
        fill(collection, [Made([due()])] * 20)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: collection.today().review, range(20)))
        assert len(set(found)) == 1
        assert collection.card(CardId(10)).id == 10
