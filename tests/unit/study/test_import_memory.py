"""FSRS memory of many imported cards is left for later: whoever needs it completes it, and undo takes it back."""

from datetime import date
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Card, CardState
from mlsd_cards.store import cards, settings
from mlsd_cards.study import Collection, FixedClock, import_memory
from mlsd_cards.study.clock import parse_moment
from mlsd_cards.study.wanting import complete_memories
from tests.bench import synthetic

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package whose cards were studied, and hold no memory."""
    path = tmp_path_factory.mktemp("package") / "studied.apkg"
    synthetic.write_package(synthetic.Synthetic(700, DAY, 3).rows(), path)
    return path


def opened(folder: Path) -> Collection:
    return Collection.open(folder, FixedClock(parse_moment(f"{DAY}T12:00:00+00:00")))


def studied(col: Collection) -> dict[int, Card]:
    with col.store.read() as conn:
        return {card.id: card for card in cards.iter_cards(conn) if card.schedule.state is not CardState.NEW}


def wanting(col: Collection) -> bool:
    with col.store.read() as conn:
        return bool(settings.get(conn, settings.MEMORIES_WANTING))


def test_memories_are_the_same_as_those_worked_out_at_once(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "later") as col:
        col.import_file(package)
        assert wanting(col)
        assert len([card for card in studied(col).values() if card.schedule.stability is None]) > 300
        col.finish_import()
        later = studied(col)
        assert not wanting(col)
    monkeypatch.setattr(import_memory, "AT_ONCE", 1_000_000)
    with opened(tmp_path / "once") as col:
        col.import_file(package)
        assert not wanting(col)
        assert studied(col) == later
    assert all(card.schedule.stability for card in later.values())


def test_small_slices_come_to_the_same(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "one") as col:
        col.import_file(package)
        complete_memories(col)
        whole = studied(col)
    monkeypatch.setattr(import_memory, "_CARDS_AT_ONCE", 7)
    with opened(tmp_path / "seven") as col:
        col.import_file(package)
        complete_memories(col)
        assert studied(col) == whole


@pytest.mark.parametrize("need", ["session", "search", "simulate", "export", "card_info"])
def test_whoever_needs_memories_has_them(package: Path, tmp_path: Path, need: str) -> None:
    with opened(tmp_path / "home") as col:
        col.import_file(package)
        some = next(key for key, card in studied(col).items() if card.schedule.stability is None)
        match need:
            case "session":
                col.session()
            case "search":
                assert col.search("prop:s>0").count == len(studied(col))
            case "simulate":
                col.simulate(days=2)
            case "export":
                col.export(tmp_path / "out.apkg")
            case "card_info":
                assert col.card_info(cards.CardId(some)).stability
        assert not wanting(col)
        assert col.card(cards.CardId(some)).schedule.stability


def test_undo_takes_the_import_back_with_what_was_wanting(package: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home") as col:
        before = studied(col)
        col.import_file(package)
        assert col.undo()
        assert studied(col) == before
        assert not wanting(col)
        assert col.redo()
        assert wanting(col)
        col.finish_import()
        complete = studied(col)
        assert complete
        assert all(card.schedule.stability for card in complete.values())
        assert col.undo()
        assert studied(col) == before
        assert col.redo()
        assert studied(col) == complete


def test_an_answer_given_meanwhile_stays(package: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home") as col:
        col.import_file(package)
        session = col.session()
        shown = session.current
        assert shown is not None
        session.answer(3, 1000)
        answered = col.card(shown.card_id)
        with col.store.maintenance() as tx:
            settings.put(tx, settings.MEMORIES_WANTING, True)
        complete_memories(col)
        assert col.card(shown.card_id) == answered


def test_a_collection_opened_for_reading_does_without(package: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "home") as col:
        col.import_file(package)
    with Collection.open(tmp_path / "home", read_only=True) as col:
        assert col.search("prop:s>0").count == 0
        assert wanting(col)
