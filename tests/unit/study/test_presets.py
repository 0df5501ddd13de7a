"""Presets: who uses which, chosen, copied, renamed, reset, deleted; each is one act that undo takes back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options, Preset, PresetId
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.store import decks
from mlsd_cards.study import Collection, presets
from tests.helpers.study import Made, due, dump, empty_collection, fill

TREE = {
    "A": Options(new_per_day=3),
    "A::B": Options(new_per_day=4, scheduler="fsrs"),
    "Z": Options(easy_bonus=2.0, fuzz=False),
}
A, B, Z = PresetId(1), PresetId(2), PresetId(3)


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        fill(made, [Made([due()], deck=deck) for deck in (1, 2, 3)], TREE)
        yield made


def used(col: Collection) -> dict[str, tuple[str, ...]]:
    return {each.name: each.decks for each in presets.all_presets(col)}


def taken_back(col: Collection, before: dict[str, list[tuple[object, ...]]]) -> bool:
    after = dump(col)
    assert after != before
    assert col.undo() == "Change settings"
    back = dump(col) == before
    assert col.redo() == "Change settings"
    assert dump(col) == after
    return back


def test_who_uses_which(col: Collection) -> None:
    assert used(col) == {"A": ("A",), "A::B": ("A::B",), "Z": ("Z",)}
    assert [each.is_default for each in presets.all_presets(col)] == [True, False, False]
    assert presets.preset_of(col, "a::b").id == B
    with pytest.raises(NotFound):
        presets.preset_of(col, "Nowhere")


def test_a_deck_takes_those_below_it_along_that_share_its_preset(col: Collection) -> None:
    before = dump(col)
    assert presets.use(col, "A", Z) == 1
    assert used(col) == {"A": (), "A::B": ("A::B",), "Z": ("A", "Z")}
    assert taken_back(col, before)
    assert presets.use(col, "A::B", Z) == 1
    assert presets.use(col, "A", A) == 2
    assert used(col) == {"A": ("A", "A::B"), "A::B": (), "Z": ("Z",)}
    label = dump(col)
    assert presets.use(col, "A", A) == 0
    assert dump(col) == label


def test_a_preset_with_another_scheduler_takes_the_cards_over(col: Collection) -> None:
    before = dump(col)
    presets.use(col, "Z", B)
    schedule = col.card(CardId(30)).schedule
    assert schedule.stability is not None
    assert schedule.due_day is not None
    assert col.check(full=True) == []
    assert taken_back(col, before)


def test_a_copy_has_the_same_options_and_a_free_name(col: Collection) -> None:
    before = dump(col)
    copy = presets.duplicate(col, Z)
    assert (copy.name, copy.options, copy.decks) == ("Z (copy)", TREE["Z"], ())
    assert taken_back(col, before)
    assert presets.duplicate(col, Z).name == "Z (copy 2)"
    assert presets.duplicate(col, copy.id, "  My   own ").name == "My own"
    presets.use(col, "A", copy.id)
    col.set_setting("new_per_day", "9", "A")
    assert col.settings("Z")["new_per_day"] == 20


def test_a_name_is_changed_also_in_its_letter_case(col: Collection) -> None:
    before = dump(col)
    presets.rename(col, A, "Exam")
    assert list(used(col)) == ["Exam", "A::B", "Z"]
    assert taken_back(col, before)
    presets.rename(col, A, "EXAM")
    assert col.settings("A")["preset"] == "EXAM"
    label = dump(col)
    presets.rename(col, A, "EXAM")
    assert dump(col) == label


@pytest.mark.parametrize("name", ["", "  ", "z", "A::b", "x" * 101])
def test_names_that_cannot_be_used(col: Collection, name: str) -> None:
    before = dump(col)
    with pytest.raises(InputError):
        presets.rename(col, A, name)
    if name.strip():
        with pytest.raises(InputError):
            presets.duplicate(col, A, name)
    assert dump(col) == before


def test_resetting_keeps_the_scheduler_only(col: Collection) -> None:
    before = dump(col)
    assert presets.reset(col, B)
    assert presets.preset_of(col, "A::B").options == Options(scheduler="fsrs")
    assert taken_back(col, before)
    assert not presets.reset(col, B)


def test_only_what_no_deck_uses_is_deleted_and_never_the_default(col: Collection) -> None:
    with pytest.raises(InputError, match="The deck “Z” uses “Z”"):
        presets.delete(col, Z)
    presets.use(col, "A", Z)
    with pytest.raises(InputError, match="default preset"):
        presets.delete(col, A)
    copy = presets.duplicate(col, B)
    before = dump(col)
    presets.delete(col, copy.id)
    assert copy.name not in used(col)
    assert taken_back(col, before)


@pytest.mark.parametrize(
    "act",
    [
        lambda col, key: presets.use(col, "A", key),
        presets.duplicate,
        lambda col, key: presets.rename(col, key, "New"),
        presets.reset,
        presets.delete,
    ],
)
def test_a_preset_that_is_gone(col: Collection, act: Callable[[Collection, PresetId], object]) -> None:
    before = dump(col)
    with pytest.raises(NotFound):
        act(col, PresetId(77))
    assert dump(col) == before


def test_the_setting_chooses_a_preset_or_makes_a_copy_of_that_name(col: Collection) -> None:
    before = dump(col)
    col.set_setting("preset", "z", "A")
    assert col.settings("A")["preset"] == "Z"
    assert taken_back(col, before)
    col.set_setting("preset", "Fresh", "Z")
    assert used(col) == {"A": (), "A::B": ("A::B",), "Fresh": ("Z",), "Z": ("A",)}
    assert col.settings("Z")["easy_bonus"] == 2.0
    with pytest.raises(InputError):
        col.set_setting("preset", " ", "Z")
    with pytest.raises(NotFound):
        col.set_setting("preset", "Z")
    presets.rename(col, Z, "Same")
    with col.store.transaction(Op.OTHER) as tx:
        decks.put_preset(tx, Preset(id=PresetId(50), name="same"))
    with pytest.raises(InputError, match="2 presets"):
        col.set_setting("preset", "Same", "Z")
