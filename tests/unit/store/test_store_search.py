"""What searches refuse, how they order, and that the text index never changes what is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.errors import InputError, SearchError
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, notes
from mlsd_cards.store.collection import Store
from mlsd_cards.store.search import ORDERS, search
from tests.unit.store.store_making import (
    a_card,
    a_note,
    filled,
)
from tests.unit.store.store_searching import ENV, EVERY, find, searchable


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with searchable(tmp_path_factory.mktemp("search")) as store:
        yield store


BAD = {
    "()": (0, "brackets"),
    "dog ()": (4, "brackets"),
    "(dog": (0, "never closed"),
    "dog)": (3, "closing bracket"),
    'dog "cat': (4, "quote"),
    'dog"': (3, "quote"),
    '""': (0, "quotes"),
    'deck:""': (5, "quotes"),
    "or": (0, "`or`"),
    "dog or": (4, "`or`"),
    "dog or or cat": (7, "`or`"),
    "dog AND or cat": (8, "`or`"),
    "and dog": (0, "`and`"),
    "(dog or)": (5, "`or`"),
    r"a\b": (0, r"`\b`"),
    "dog\\": (0, "backslash"),
    "is:foo": (0, "is:"),
    "dog is:": (4, "is:"),
    "flag:8": (0, "0 to 7"),
    "flag:": (0, "0 to 7"),
    "flag:-1": (0, "0 to 7"),
    "nid:x": (0, "commas"),
    "cid:1,": (0, "commas"),
    "did:²": (0, "commas"),
    "nid:1_0": (0, "commas"),
    "nid:99999999999999999999": (0, "commas"),
    "prop:foo=1": (0, "prop:"),
    "prop:ivl": (0, "prop:"),
    "prop:ivl=x": (0, "whole number"),
    "prop:ease=x": (0, "number"),
    "rated:x": (0, "days"),
    "rated:1:5": (0, "1, 2, 3 or 4"),
    "added:": (0, "days"),
    "dupe:1": (0, "dupe:"),
    "dupe:x,dog": (0, "dupe:"),
    "re:[": (0, "regular expression"),
    "tag:re:[": (0, "regular expression"),
    "front:re:[": (0, "regular expression"),
    "w:": (0, "word"),
    "foo:bar": (0, "`foo:`"),
    "dog http://x": (4, "`http:`"),
    "(" * 60 + "dog" + ")" * 60: (50, "deeper"),
    "x" * 20_001: (20_000, "longer"),
}


@pytest.mark.parametrize("text", BAD)
def test_a_faulty_search_is_refused_with_its_place_and_part(store: Store, text: str) -> None:
    position, part = BAD[text]
    with pytest.raises(SearchError) as caught:
        find(store, text)
    assert caught.value.position == position
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")


def test_values_are_bound_and_never_part_of_a_statement(store: Store) -> None:
    for text in ("'; DROP TABLE notes; --", '"x\' OR 1=1"', "deck:'*", "tag:%", 'front:"a\' b"'):
        assert find(store, text) == []
    assert find(store, "") == EVERY


def test_notes_not_indexed_yet_are_found_all_the_same(tmp_path: Path) -> None:
    with filled(tmp_path, 0) as store:
        with store.transaction(Op.IMPORT) as tx:
            notes.add_notes(tx, [a_note(key, f"word{key} example", "b") for key in range(1, 40)])
            cards.put_cards(tx, [a_card(key) for key in range(1, 40)])
        with store.transaction(Op.EDIT_NOTE) as tx:
            notes.put_notes(tx, [a_note(7, "changed example", "b")])

        def look() -> None:
            assert find(store, "example") == list(range(1, 40))
            assert find(store, "word12") == [12]
            assert find(store, "word7") == []
            assert find(store, "changed") == [7]

        look()
        stages: list[tuple[int, int]] = []
        assert store.index_texts(lambda what, done, total: stages.append((done, total)), slice_size=15) == 38
        assert stages == [(15, 38), (30, 38), (38, 38)]
        look()
        assert store.index_texts() == 0
        assert store.undo() is Op.EDIT_NOTE  # indexing is no act
        assert find(store, "word7") == [7]
        assert find(store, "changed") == []
        store.redo()
        look()


def test_a_deleted_note_is_no_longer_found_and_comes_back(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        with store.transaction(Op.DELETE_NOTES) as tx:
            notes.delete_notes(tx, [NoteId(3)])
        assert find(store, '"front 3"') == []
        store.undo()
        assert find(store, '"front 3"') == [3]


def test_an_index_that_knows_too_much_does_no_harm(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        for text in ("first words", "second words", "third words"):
            with store.transaction(Op.EDIT_NOTE) as tx:
                notes.put_notes(tx, [a_note(1, text, "b")])
        assert find(store, "first") == []
        assert find(store, "second words") == []
        assert find(store, "third") == [1]


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_sorts_both_ways(store: Store, order: str) -> None:
    with store.read() as conn:
        _, up = search(conn, "", ENV, order=order)
        _, down = search(conn, "", ENV, order=f"-{order}")
    assert sorted(up) == EVERY
    assert down == up[::-1]


def test_orders_and_limits(store: Store) -> None:
    with store.read() as conn:
        assert search(conn, "is:review", ENV, order="due") == (5, [5, 6, 7, 2, 3])
        assert search(conn, "is:review", ENV, order="-due", limit=2) == (5, [3, 2])
        assert search(conn, "dog", ENV, limit=0) == (5, [])
        assert search(conn, "nid:1,2,3", ENV, order="text") == (5, [2, 9, 1, 8, 3])
        with pytest.raises(InputError, match="nonsense"):
            search(conn, "", ENV, order="nonsense")


def test_the_current_deck_may_be_none(store: Store) -> None:
    with store.read() as conn:
        assert search(conn, "deck:current", ENV._replace(current_deck=None)) == (0, [])
        assert search(conn, "deck:current", ENV._replace(current_deck=DeckId(2)))[1] == [2, 3, 4, 9]
