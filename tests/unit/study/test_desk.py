"""What a sitting reads: the tree with its limits, and of a crowd of new cards only the first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardState
from mlsd_cards.domain.decks import NewGather, Options
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.study import Collection
from mlsd_cards.study.desk import find_deck, look
from tests.helpers.study import NEW_CARD, Made, due, empty_collection, fill


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def new_rows(collection: Collection) -> list[int]:
    return sorted(row.card_id for row in look(collection).rows if row.state is CardState.NEW)


def test_few_of_many_new_cards_are_read(collection: Collection) -> None:
    fill(collection, [Made()] * 500, {"Deck": Options(new_per_day=10)})
    assert new_rows(collection) == [
        10 * number for number in range(1, 50)
    ]  # 3 a card, 20 more, without the last
    assert collection.session().counts.new == 10


def test_the_last_come_first_where_the_preset_gathers_from_the_end(collection: Collection) -> None:
    options = Options(new_per_day=10, new_gather=NewGather.HIGHEST_POSITION)
    fill(collection, [Made()] * 500, {"Deck": options})
    assert min(new_rows(collection)) == 4520
    assert collection.session().current is not None
    assert collection.session()._queue.order[0] == 5000


def test_all_are_read_where_siblings_could_make_the_first_too_few(collection: Collection) -> None:
    notes = [Made([due(), *([NEW_CARD] * 2)])] * 60 + [Made()] * 30
    fill(collection, notes, {"Deck": Options(new_per_day=10)})
    assert len(new_rows(collection)) == 150
    assert collection.session().counts.new == 10


def test_all_are_read_where_all_share_one_position(collection: Collection) -> None:
    fill(collection, [Made(more={"position": 7})] * 100, {"Deck": Options(new_per_day=10)})
    assert len(new_rows(collection)) == 100


def test_all_are_read_where_presets_gather_from_different_ends(collection: Collection) -> None:
    decks = {"A": Options(new_gather=NewGather.HIGHEST_POSITION, new_per_day=1), "B": Options(new_per_day=1)}
    fill(collection, [Made(deck=1 + number % 2) for number in range(200)], decks)
    assert len(new_rows(collection)) == 200


def test_no_new_cards_are_read_for_a_deck_without_room(collection: Collection) -> None:
    fill(collection, [Made()] * 9 + [Made([due()])], {"Deck": Options(new_per_day=0)})
    assert new_rows(collection) == []
    finished = collection.session("Deck").finished()
    assert finished.hidden_new == 9


def test_a_deck_holds_those_below_it_and_not_those_that_begin_alike(collection: Collection) -> None:
    names = ["A", "a::B", "AB", "A::B::C", "A::Bee"]
    fill(collection, [Made(deck=number) for number in range(1, 6)], {name: Options() for name in names})
    desk = look(collection)
    inside = {deck.name: sorted(each.name for each in desk.inside(deck)) for deck in desk.decks.values()}
    assert inside == {
        "A": ["A", "A::B::C", "A::Bee", "a::B"],
        "a::B": ["A::B::C", "a::B"],
        "AB": ["AB"],
        "A::B::C": ["A::B::C"],
        "A::Bee": ["A::Bee"],
    }
    assert [row.total for row in collection.deck_rows()] == [4, 2, 1, 1, 1]


def test_what_was_done_below_counts_above(collection: Collection) -> None:
    fill(collection, [Made(deck=1), Made(deck=2)], {"A": Options(), "A::B": Options()})
    collection.session("A::B").answer(3)
    tree = {deck.name: deck.new_done for deck in look(collection).tree.values()}
    assert tree == {"A": 1, "A::B": 1}
    collection.session("A").answer(3)
    tree = {deck.name: deck.new_done for deck in look(collection).tree.values()}
    assert tree == {"A": 2, "A::B": 1}


def test_a_deck_is_found_by_its_name_in_any_case(collection: Collection) -> None:
    fill(collection, [], {"Größe::Straße": Options()})
    decks = look(collection).decks
    assert find_deck(decks, "GRÖSSE::strasse").name == "Größe::Straße"
    with pytest.raises(NotFound, match="“Größe”"):
        find_deck(decks, "Größe")
