"""Filtered decks keep no cards: exports and imports pass them by, and nothing is put into one by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.study import NEW_CARD, TODAY, Made, due, dump, empty_collection, fill

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.filtered import FilterTerm
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection, filtered

NAME = "Cram"


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "one") as made:
        fill(made, [Made([due(TODAY + 5, 30)]), Made([NEW_CARD]), Made([due()])])
        filtered.create(made, NAME, [FilterTerm(search="nid:1,2")])
        yield made


@pytest.mark.parametrize("deck", [None, "Deck", NAME])
def test_cards_go_out_in_their_home_deck_with_their_own_due_date(
    col: Collection, tmp_path: Path, deck: str | None
) -> None:
    report = col.export(tmp_path / "out.apkg", deck=deck)
    assert report.cards == (2 if deck == NAME else 3)
    with empty_collection(tmp_path / "two") as other:
        fill(other, [], {"Elsewhere": Options()})
        other.import_file(tmp_path / "out.apkg")
        assert [row.name for row in other.deck_rows()] == ["Deck", "Elsewhere"]
        first = other.card(other.search('"one 1"').ids[0])
        assert first.schedule.due_day == TODAY + 5
        assert first.schedule.interval_days == 30


def test_an_import_puts_no_card_into_a_filtered_deck_of_the_same_name(
    col: Collection, tmp_path: Path
) -> None:
    with empty_collection(tmp_path / "two") as other:
        fill(other, [Made([NEW_CARD])], {NAME: Options()})
        other.add_note({"One": "fresh", "Two": "b", "Three": "c"}, note_type="Three-sided", deck=NAME)
        other.export(tmp_path / "in.apkg")
    before = dump(col)["borrowed_cards"]
    col.import_file(tmp_path / "in.apkg")
    assert dump(col)["borrowed_cards"] == before
    home = {col.card_info(key).deck for key in col.search("fresh").ids}
    assert home == {f"{NAME}+"}
    assert col.check(full=True) == []


def test_cards_are_not_kept_in_a_filtered_deck_by_hand(col: Collection) -> None:
    before = dump(col)
    with pytest.raises(InputError, match="filtered deck"):
        col.add_note({"One": "a", "Two": "b", "Three": "c"}, note_type="Three-sided", deck=NAME)
    with pytest.raises(InputError, match="filtered deck"):
        col.edit_note(NoteId(3), fields={}, deck=NAME)
    with pytest.raises(InputError, match="choose another name"):
        filtered.create(col, "default", [FilterTerm(search="")])
    assert dump(col) == before
