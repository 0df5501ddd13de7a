"""Daily limits of one deck, for every day and for today: what a sitting offers, and when they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.filtered import FilterTerm
from mlsd_cards.study import Collection, custom, filtered, own_limits
from tests.helpers.study import NEW_CARD, Made, due, dump, empty_collection, fill, wait

FEW = Options(new_per_day=4, reviews_per_day=6, new_ignore_review_limit=True)
TREE = {"A": FEW, "A::B": FEW, "A::C": FEW}


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        fill(
            made,
            [Made([state], deck=deck) for deck in (2, 3) for state in [NEW_CARD] * 9 + [due()] * 9],
            TREE,
        )
        yield made


def left(col: Collection, deck: str | None = None) -> tuple[int, int]:
    counts = col.session(deck).counts
    return counts.new, counts.review


def row(col: Collection, deck: str) -> tuple[int, int]:
    found = next(row for row in col.deck_rows() if row.name == deck)
    return found.new, found.review


def test_of_fifty_new_and_three_hundred_due_exactly_what_the_limits_say_is_shown(tmp_path: Path) -> None:
    with empty_collection(tmp_path / "fifty") as col:
        fill(col, [Made()] * 50 + [Made([due()])] * 300, {"Deck": Options(new_ignore_review_limit=True)})
        assert left(col) == (20, 200)
        col.set_setting("new_today", "30", "Deck")
        col.set_setting("reviews_today", "250", "Deck")
        assert left(col) == (30, 250)
        wait(col, days=1)
        assert left(col) == (20, 200)


def test_a_limit_of_one_deck_replaces_that_of_its_preset_there_only(col: Collection) -> None:
    col.set_setting("new_per_day_deck", "2", "a::b")
    col.set_setting("reviews_per_day_deck", "3", "A::B")
    assert left(col, "A::B") == row(col, "A::B") == (2, 3)
    assert left(col, "A::C") == row(col, "A::C") == (4, 6)
    assert left(col, "A") == (4, 6)
    assert col.today("A::B").new == 2
    wait(col, days=1)
    assert left(col, "A::B") == (2, 3)
    shown = col.settings("A::B")
    assert (shown["new_per_day"], shown["new_per_day_deck"]) == (4, 2)


def test_a_deck_above_still_holds_back_and_can_be_raised(col: Collection) -> None:
    col.set_setting("new_per_day_deck", "9", "A::B")
    assert left(col, "A::B") == (9, 6)
    assert left(col, "A") == (4, 6)
    col.set_setting("new_per_day_deck", "20", "A")
    assert left(col, "A") == (13, 6)


def test_what_holds_today_comes_before_what_always_holds_and_is_gone_tomorrow(col: Collection) -> None:
    col.set_setting("new_per_day_deck", "2", "A::B")
    col.set_setting("new_today", "0", "A::B")
    assert left(col, "A::B") == (0, 6)
    wait(col, days=1)
    assert left(col, "A::B") == (2, 6)
    assert col.settings("A::B")["new_today"] is None
    col.set_setting("reviews_today", "1", "A::B")
    assert left(col, "A::B") == (2, 1)
    assert col.settings("A::B")["new_today"] is None


def test_what_was_done_today_counts_and_more_comes_on_top(col: Collection) -> None:
    col.set_setting("new_today", "0", "A::B")
    col.set_setting("reviews_today", "3", "A::B")
    session = col.session("A::B")
    session.answer(3)
    assert left(col, "A::B") == (0, 2)
    assert left(col, "A") == (4, 5)
    custom.more(col, "A::B", reviews=2)
    assert left(col, "A::B") == (0, 4)


def test_each_change_is_one_act_that_undo_takes_back(col: Collection) -> None:
    states = [dump(col)]
    for key in own_limits.KEYS:
        col.set_setting(key, "7", "A::B")
        states.append(dump(col))
    for expected in reversed(states[:-1]):
        assert col.undo() == "Change settings"
        assert dump(col) == expected
    for expected in states[1:]:
        assert col.redo() == "Change settings"
        assert dump(col) == expected


@pytest.mark.parametrize("word", ["none", " NONE ", ""])
def test_a_limit_is_lifted_and_leaves_nothing_behind(col: Collection, word: str) -> None:
    before = dump(col)
    for key in own_limits.KEYS:
        col.set_setting(key, "7", "A::B")
        col.set_setting(key, word, "A::B")
    assert dump(col) == before
    label = col.undo_label
    col.set_setting("new_today", word, "A::B")
    assert col.undo_label == label


@pytest.mark.parametrize("text", ["-1", "10000", "1.5", "many", "١٢", "99999999999999999999"])
@pytest.mark.parametrize("key", list(own_limits.KEYS))
def test_what_is_no_limit_is_refused(col: Collection, key: str, text: str) -> None:
    before = dump(col)
    with pytest.raises(InputError, match=f"{key} is a whole number from 0 to 9999, or none"):
        col.set_setting(key, text, "A::B")
    assert dump(col) == before


def test_several_change_as_one_act_or_not_at_all(col: Collection) -> None:
    before = dump(col)
    with pytest.raises(InputError):
        own_limits.change(col, "A::B", {"new_today": "1", "reviews_today": "x"})
    with pytest.raises(NotFound):
        own_limits.change(col, "A::B", {"new_per_week": "1"})
    assert dump(col) == before
    assert own_limits.change(col, "A::B", {"new_today": "1", "reviews_per_day_deck": "2"})
    assert left(col, "A::B") == (1, 2)
    col.undo()
    assert dump(col) == before


def test_a_limit_of_one_deck_needs_a_deck_that_exists_and_keeps_cards(col: Collection) -> None:
    with pytest.raises(NotFound):
        col.set_setting("new_today", "1")
    with pytest.raises(NotFound):
        col.set_setting("new_today", "1", "Nowhere")
    term = FilterTerm(search="deck:A::B", limit=3)
    filtered.create(col, "Some", [term])
    with pytest.raises(InputError, match="filtered deck"):
        col.set_setting("new_today", "1", "Some")


def test_a_preset_that_changes_leaves_the_limits_of_the_deck(col: Collection) -> None:
    col.set_setting("new_per_day_deck", "2", "A::B")
    col.set_setting("new_per_day", "8", "A::B")
    col.set_setting("reviews_per_day", "8", "A::B")
    assert left(col, "A::B") == (2, 8)


def test_limits_go_with_their_deck(col: Collection) -> None:
    from mlsd_cards.domain.changes import Op
    from mlsd_cards.domain.decks import Deck, DeckId, PresetId
    from mlsd_cards.store import decks, limits

    with col.store.transaction(Op.OTHER, undoable=False) as tx:
        decks.put_deck(tx, Deck(id=DeckId(9), name="Gone", preset_id=PresetId(1)))
    col.set_setting("new_today", "1", "Gone")
    with col.store.transaction(Op.DELETE_DECK) as tx:
        decks.delete_decks(tx, [DeckId(9)])
    with col.store.read() as conn:
        assert limits.own_limits(conn) == {}
    assert col.check(full=True) == []
    col.undo()
    assert col.settings("Gone")["new_today"] == 1


def test_limits_of_a_deck_go_with_a_package_and_those_of_a_past_day_end(
    col: Collection, tmp_path: Path
) -> None:
    col.set_setting("new_per_day_deck", "2", "A::B")
    col.set_setting("reviews_today", "5", "A::B")
    col.export(tmp_path / "decks.apkg")
    for days, today in ((0, 5), (1, None)):
        with empty_collection(tmp_path / f"after {days}") as other:
            fill(other, [], {"Default": Options()})
            wait(other, days=days)
            other.import_file(tmp_path / "decks.apkg")
            shown = other.settings("A::B")
            assert (shown["new_per_day_deck"], shown["reviews_today"]) == (2, today)
            assert other.settings("A::C")["new_per_day_deck"] is None
