"""Filtered decks: what they borrow, how it is shown and answered, and that everything finds its way home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.filtered import NAME, build, lent, rows, walk
from helpers.study import (
    NEW_CARD,
    TODAY,
    Made,
    due,
    dump,
    empty_collection,
    fill,
    shown,
    wait,
)

from mlsd_cards.domain.cards import Buried, CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound, SearchError
from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection, filtered


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


# What is borrowed


def test_hidden_cards_and_those_of_other_filtered_decks_stay_out(col: Collection) -> None:
    hidden = Made([due()], more={"suspended": True})
    buried = Made([due()], more={"buried": Buried.BY_HAND, "buried_until_day": TODAY + 1})
    fill(col, [Made([due()]), hidden, buried, Made([NEW_CARD]), Made([due(TODAY + 9)])])
    filtered.create(col, "First", [FilterTerm(search="is:new")])
    assert build(col) == 2
    assert lent(col) == [40, 10, 50]
    with pytest.raises(InputError, match="No cards"):
        filtered.create(col, "Third", [FilterTerm(search="")])
    assert "Third" not in rows(col)


def test_two_searches_fill_a_deck_one_behind_the_other_and_no_card_comes_twice(col: Collection) -> None:
    fill(col, [Made([NEW_CARD]), Made([due()]), Made([NEW_CARD]), Made([due()])])
    terms = [
        FilterTerm(search="is:due", order=FilterOrder.ADDED_REVERSED, limit=1),
        FilterTerm(search="", order=FilterOrder.ADDED, limit=3),
    ]
    assert filtered.create(col, NAME, terms) == 4
    assert lent(col) == [40, 10, 20, 30]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (FilterOrder.INTERVALS_ASCENDING, [40, 20, 10, 30]),
        (FilterOrder.INTERVALS_DESCENDING, [30, 10, 20, 40]),
        (FilterOrder.MOST_LAPSES, [20, 40, 30, 10]),
        (FilterOrder.ADDED, [10, 20, 30, 40]),
        (FilterOrder.ADDED_REVERSED, [40, 30, 20, 10]),
        (FilterOrder.DUE, [30, 10, 20, 40]),
        (FilterOrder.RETRIEVABILITY_ASCENDING, [20, 10, 30, 40]),
        (FilterOrder.RETRIEVABILITY_DESCENDING, [40, 30, 10, 20]),
    ],
)
def test_orders(col: Collection, order: FilterOrder, expected: list[int]) -> None:
    fill(
        col,
        [
            Made([due(TODAY - 4, 20, lapses=0)]),
            Made([due(TODAY - 3, 3, lapses=9)]),
            Made([due(TODAY - 5, 90, lapses=1)]),
            Made([due(TODAY + 2, 2, lapses=3)]),
        ],
    )
    build(col, order=order)
    assert lent(col) == expected


def test_the_oldest_seen_come_first_and_chance_is_the_same_all_day(col: Collection) -> None:
    fill(col, [Made([due()]) for _ in range(12)])
    session = col.session()
    answered = []
    for _ in range(3):
        answered.append(shown(session))
        session.answer(4)
        wait(col, seconds=5)
    build(col, order=FilterOrder.OLDEST_SEEN)
    assert lent(col)[-3:] == answered
    filtered.change(col, NAME, [FilterTerm(search="", order=FilterOrder.RANDOM)], reschedule=True)
    first = lent(col)
    assert first != sorted(first)
    filtered.rebuild(col, NAME)
    assert lent(col) == first


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ([], InputError),
        ([FilterTerm(search="")] * 3, InputError),
        ([FilterTerm(search="", limit=0)], InputError),
        ([FilterTerm(search="", limit=100_000)], InputError),
        ([FilterTerm(search="prop:what>1")], SearchError),
        ([FilterTerm(search="deck:none")], InputError),
    ],
)
def test_what_cannot_be_built_changes_nothing(
    col: Collection, terms: list[FilterTerm], error: type[Exception]
) -> None:
    fill(col, [Made([due()])])
    before = dump(col)
    with pytest.raises(error):
        filtered.create(col, NAME, terms)
    assert dump(col) == before
    assert col.undo_label is None


@pytest.mark.parametrize("name", ["", " ", "Deck", "deck", "A::", "Other::Inside"])
def test_names_that_cannot_be_used(col: Collection, name: str) -> None:
    fill(col, [Made([due()]), Made([due()])])
    filtered.create(col, "Other", [FilterTerm(search="", limit=1)])
    with pytest.raises(InputError):
        filtered.create(col, name, [FilterTerm(search="")])


# Each act is one step


def test_every_act_is_one_step_that_undo_takes_back_and_redo_does_again(col: Collection) -> None:
    fill(col, [Made([due()]), Made([NEW_CARD])])
    states = [dump(col)]
    acts = (
        ("Build filtered deck", lambda: build(col)),
        ("Empty filtered deck", lambda: filtered.empty(col, NAME)),
        ("Rebuild filtered deck", lambda: filtered.rebuild(col, NAME)),
        ("Delete deck", lambda: filtered.delete(col, NAME)),
    )
    for label, act in acts:
        assert act() == 2
        assert col.undo_label == label
        states.append(dump(col))
    assert states[4] == states[0]
    assert states[3] == states[1]
    for state in states[-2::-1]:
        col.undo()
        assert dump(col) == state
    for state in states[1:]:
        col.redo()
        assert dump(col) == state
    assert col.check(full=True) == []


def test_acts_on_a_deck_that_is_not_filtered_are_refused(col: Collection) -> None:
    fill(col, [Made([due()])])
    for act in (filtered.rebuild, filtered.empty, filtered.delete, filtered.filtered_deck):
        with pytest.raises(NotFound):
            act(col, "Deck")


# Where the cards are


def test_lent_cards_are_in_their_filtered_deck_and_not_at_home_but_everything_has_them(
    col: Collection,
) -> None:
    fill(col, [Made([due()]), Made([NEW_CARD]), Made([due()])])
    build(col, "nid:1,2")
    found = rows(col)
    assert found["Deck"] == (0, 0, 1, 3)
    assert found[NAME] == (1, 0, 1, 2)
    assert col.today().review == 2
    assert col.today().new == 1
    assert walk(col.session("Deck"), 4) == [30]
    assert sorted(walk(col.session(), 4)) == [10, 20]
    assert lent(col) == []  # answered elsewhere, they went home


def test_new_cards_at_home_come_though_all_before_them_are_lent(col: Collection) -> None:
    fill(col, [Made([NEW_CARD]) for _ in range(300)], {"Deck": Options(new_per_day=2)})
    build(col, limit=290)
    assert rows(col)["Deck"][0] == 2
    assert walk(col.session("Deck"), 4) == [2910, 2920]


def test_deck_searches_find_lent_cards_at_home_and_where_they_are(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    build(col, "nid:1")
    assert list(col.search("deck:Deck").ids) == [10, 20]
    assert list(col.search(f"deck:{NAME}").ids) == [10]
    assert list(col.search("deck:filtered").ids) == [10]
    assert list(col.search("-deck:filtered").ids) == [20]


def test_deleted_cards_leave_and_come_back_with_undo(col: Collection) -> None:
    fill(col, [Made([due(), due()]), Made([due()])])
    build(col)
    before = dump(col)
    col.delete_notes([NoteId(1)])
    assert lent(col) == [20]
    col.undo()
    assert dump(col) == before
    assert col.check(full=True) == []


@pytest.mark.parametrize("act", ["forget", "set_due_date"])
def test_a_card_whose_date_is_set_goes_home(col: Collection, act: str) -> None:
    fill(col, [Made([due()]), Made([due()])])
    build(col)
    if act == "forget":
        col.forget([CardId(10)])
    else:
        col.set_due_date([CardId(10)], "5")
    assert lent(col) == [20]
