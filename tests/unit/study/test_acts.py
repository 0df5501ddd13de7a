"""Acts on cards and notes: each is one step that undo takes back, and all or nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Buried, CardId
from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection
from tests.helpers.study import NEW_CARD, TODAY, Made, due, dump, empty_collection, fill

Act = Callable[[Collection], object]


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        fill(made, [Made([NEW_CARD, due()]), Made(tags=("Marked", "kept")), Made()])
        yield made


@pytest.mark.parametrize(
    ("act", "label", "result"),
    [
        (lambda col: col.bury_cards([CardId(10), CardId(20)]), "Bury", 2),
        (lambda col: col.bury_notes([NoteId(1)]), "Bury", 2),
        (lambda col: col.suspend_cards([CardId(11)]), "Suspend", 1),
        (lambda col: col.suspend_notes([NoteId(1), NoteId(3)]), "Suspend", 3),
        (lambda col: col.set_flag([CardId(10)], 7), "Set flag", 1),
        (lambda col: col.toggle_mark(NoteId(1)), "Mark", True),
        (lambda col: col.toggle_mark(NoteId(2)), "Mark", False),
        (lambda col: col.delete_notes([NoteId(1), NoteId(2)]), "Delete notes", 2),
    ],
)
def test_an_act_is_one_step(collection: Collection, act: Act, label: str, result: object) -> None:
    before = dump(collection)
    told: list[Changed] = []
    collection.on_changed(told.append)
    assert act(collection) == result
    assert len(told) == 1
    assert dump(collection) != before
    assert collection.undo_label == label
    assert collection.undo() == label
    assert dump(collection) == before
    assert collection.redo() == label
    assert collection.undo() == label
    assert collection.undo() is None


@pytest.mark.parametrize("missing", [99, -1, 1 << 63, 1 << 100])
@pytest.mark.parametrize(
    "act",
    [
        lambda col, key: col.bury_cards([CardId(10), CardId(key)]),
        lambda col, key: col.suspend_cards([CardId(10), CardId(key)]),
        lambda col, key: col.unsuspend_cards([CardId(10), CardId(key)]),
        lambda col, key: col.set_flag([CardId(10), CardId(key)], 1),
        lambda col, key: col.delete_notes([NoteId(1), NoteId(key)]),
    ],
)
def test_where_one_thing_is_missing_nothing_is_done(
    collection: Collection, act: Callable[[Collection, int], object], missing: int
) -> None:
    before = dump(collection)
    with pytest.raises(NotFound, match=str(missing)):
        act(collection, missing)
    assert dump(collection) == before
    assert collection.undo_label is None


@pytest.mark.parametrize("flag", [-1, 8, 1 << 70])
def test_flags_are_zero_to_seven(collection: Collection, flag: int) -> None:
    with pytest.raises(InputError, match="0 to 7"):
        collection.set_flag([CardId(10)], flag)


def test_an_act_that_changes_nothing_is_no_step(collection: Collection) -> None:
    collection.suspend_cards([CardId(10)])
    assert collection.suspend_cards([CardId(10)]) == 0
    assert collection.unsuspend_cards([CardId(11)]) == 0
    assert collection.set_flag([CardId(11)], 0) == 0
    collection.undo()
    assert collection.undo_label is None


def test_what_is_hidden_is_not_counted(collection: Collection) -> None:
    # The due card keeps its new sibling away.
    assert (collection.today().new, collection.today().review) == (2, 1)
    collection.bury_cards([CardId(11)])
    assert (collection.today().new, collection.today().review) == (3, 0)
    card = collection.card(CardId(11))
    assert (card.buried, card.buried_until_day) == (Buried.BY_HAND, TODAY + 1)
    assert collection.card_info(CardId(11)).buried
    collection.suspend_notes([NoteId(2)])
    assert (collection.today().new, collection.today().review) == (2, 0)
    collection.unsuspend_cards([CardId(20)])
    assert collection.today().new == 3


def test_a_mark_is_taken_off_in_any_case_and_other_tags_stay(collection: Collection) -> None:
    assert collection.toggle_mark(NoteId(2)) is False
    assert collection.card_info(CardId(20)).tags == ("kept",)
    assert collection.toggle_mark(NoteId(2)) is True
    assert set(collection.card_info(CardId(20)).tags) == {"kept", "marked"}


def test_deleted_notes_take_their_cards_along_and_leave_their_answers(collection: Collection) -> None:
    collection.session().answer_card(CardId(11), 3)
    collection.delete_notes([NoteId(1)])
    for key in (10, 11):
        with pytest.raises(NotFound):
            collection.card_info(CardId(key))
    assert collection.today().answered_today == 1
    collection.undo()
    assert len(collection.card_info(CardId(11)).reviews) == 1
