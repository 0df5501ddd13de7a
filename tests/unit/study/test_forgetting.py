"""The forgetting curve of a card falls between answers, rises at each, and ends where the stored memory says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, memory_model
from mlsd_cards.study import Collection
from tests.helpers.study import NOW, TODAY, Made, due, empty_collection, fill, ms, wait

OTHER = (*DEFAULT_PARAMETERS[:20], 0.4)
DAY_MS = 86_400_000


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


@pytest.mark.parametrize("name", SCHEDULER_NAMES)
def test_the_curve_follows_the_answers(collection: Collection, name: str) -> None:
    fill(collection, [Made()], {"Deck": Options(scheduler=name, parameters=OTHER)})
    for days, rating in ((0, 3), (3, 3), (10, 1), (2, 4)):
        wait(collection, days=days)
        collection.session().answer_card(CardId(10), rating)
    wait(collection, days=6)
    info = collection.card_info(CardId(10))
    curve = info.curve
    assert curve is not None
    assert info.scheduler == name
    assert [rating for _, rating in curve.answers] == [3, 3, 1, 4]
    assert [begun for begun, _ in curve.parts] == [moment for moment, _ in curve.answers]
    assert curve.parts[-1][1] == pytest.approx(info.stability)
    model = memory_model(OTHER)
    assert info.recall == pytest.approx(model.retrievability(info.stability or 0, 6))
    for begun, _ in curve.parts:
        assert curve.recall(begun) == 1
        assert curve.recall(begun + DAY_MS) < 1
    assert curve.recall(curve.begins_ms - 1) == 1
    assert curve.recall(curve.falls_to_wanted_ms()) == pytest.approx(curve.retention, rel=1e-6)
    assert curve.ends_ms > curve.now_ms


def test_a_card_without_answers_has_no_curve_until_something_is_known(collection: Collection) -> None:
    brought = due(TODAY + 4, 10, stability=12.0, difficulty=5.0)
    fill(collection, [Made(), Made([due()]), Made([brought])])
    assert collection.card_info(CardId(10)).curve is None
    assert collection.card_info(CardId(20)).recall is None
    info = collection.card_info(CardId(30))
    assert info.curve is not None
    assert info.curve.answers == ()
    assert len(info.curve.parts) == 1
    assert abs(info.curve.begins_ms - (ms(NOW) - 6 * DAY_MS)) < DAY_MS
    assert info.recall is not None
    assert 0.9 < info.recall < 1


def test_parameters_that_cannot_be_used_still_show_a_card(collection: Collection) -> None:
    fill(collection, [Made([due(stability=12.0, difficulty=5.0)])], {"Deck": Options(parameters=(1.0,) * 22)})
    assert collection.card_info(CardId(10)).recall is not None
