"""Cards graded without being shown: one act, any state, and nothing at all where one cannot be graded."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Buried, CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.filtered import FilterTerm
from mlsd_cards.store import filtered as filtered_store
from mlsd_cards.study import Collection, filtered
from mlsd_cards.study.grading import grade_now
from tests.helpers.study import (
    NEW_CARD,
    NOW,
    TODAY,
    Made,
    due,
    dump,
    empty_collection,
    fill,
    learning,
    shown,
    tags,
    wait,
)


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def ids(*numbers: int) -> list[CardId]:
    return [CardId(number) for number in numbers]


@pytest.mark.parametrize("scheduler", ["sm2", "anki-sm2", "fsrs"])
@pytest.mark.parametrize("rating", [1, 2, 3, 4])
def test_any_card_is_graded_as_if_it_were_shown_now(col: Collection, scheduler: str, rating: int) -> None:
    states = [NEW_CARD, due(), due(TODAY + 9, 30), learning(NOW + timedelta(minutes=5))]
    fill(col, [Made([state]) for state in states], {"Deck": Options(scheduler=scheduler)})
    before = dump(col)
    session = col.session()
    expected = [session.answer_card(card, rating).interval for card in ids(10, 20, 30, 40)]
    schedules = [col.card(card).schedule for card in ids(10, 20, 30, 40)]
    for _ in expected:
        col.undo()
    assert dump(col) == before
    assert grade_now(col, ids(10, 20, 30, 40), rating) == 4
    assert [col.card(card).schedule for card in ids(10, 20, 30, 40)] == schedules
    assert col.today().answered_today == 4
    assert col.undo() == "Grade now"
    assert dump(col) == before


def test_hidden_cards_come_back_and_a_sitting_goes_on(col: Collection) -> None:
    hidden = {"suspended": True}, {"buried": Buried.BY_HAND, "buried_until_day": TODAY + 1}
    fill(col, [Made([due()], more=hidden[0]), Made([due()], more=hidden[1]), Made([due()]), Made([due()])])
    session = col.session()
    first = shown(session)
    grade_now(col, ids(10, 20, first), 3)
    assert not col.card(CardId(10)).suspended
    assert col.card(CardId(20)).buried is Buried.NO
    session.refresh()
    assert shown(session) not in (10, 20, first)
    assert session.counts.review == 1


def test_siblings_are_put_off_but_those_that_are_graded_too_are_graded(col: Collection) -> None:
    fill(col, [Made([due(), due(), due()])])
    assert grade_now(col, ids(10, 11, 10), 3) == 2
    assert [bool(col.card(card).buried) for card in ids(10, 11, 12)] == [False, False, True]
    assert col.card(CardId(11)).schedule.due_day != TODAY


def test_a_card_that_a_filtered_deck_has_goes_home(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    filtered.create(col, "Some", [FilterTerm(search="cid:10")])
    grade_now(col, ids(10), 3)
    with col.store.read() as conn:
        assert filtered_store.borrowed(conn) == []
    assert col.check(full=True) == []


def test_a_leech_is_marked_and_suspended_as_its_preset_says(col: Collection) -> None:
    fill(
        col,
        [Made([due(lapses=7)])],
        {"Deck": Options(leech_suspend=True, leech_threshold=8, scheduler="anki-sm2")},
    )
    grade_now(col, ids(10), 1)
    assert "leech" in tags(col, 1)
    assert col.card(CardId(10)).suspended


@pytest.mark.parametrize(
    ("cards", "rating", "refusal"),
    [((10, 99), 3, NotFound), ((-1,), 3, NotFound), ((10,), 0, InputError), ((10,), 5, InputError)],
)
def test_nothing_is_graded_if_one_cannot_be(
    col: Collection, cards: tuple[int, ...], rating: int, refusal: type[Exception]
) -> None:
    fill(col, [Made([due()])])
    before = dump(col)
    with pytest.raises(refusal):
        grade_now(col, ids(*cards), rating)
    assert dump(col) == before


def test_a_clock_that_is_wrong_grades_nothing(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    col.session().answer(3)
    wait(col, days=-9)
    before = dump(col)
    with pytest.raises(InputError, match="clock"):
        grade_now(col, ids(10, 20), 3)
    assert dump(col) == before


def test_many_are_one_act(col: Collection) -> None:
    fill(col, [Made([due()])] * 300)
    before = dump(col)
    assert grade_now(col, (CardId(10 * number) for number in range(1, 301)), 3) == 300
    assert {col.card(CardId(10 * n)).schedule.state for n in (1, 300)} == {CardState.REVIEW}
    assert col.session().counts.review == 0
    col.undo()
    assert dump(col) == before
