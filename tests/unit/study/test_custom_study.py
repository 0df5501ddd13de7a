"""The six ways of custom study: what each offers, and that today's higher limits end with the day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from helpers.study import NEW_CARD, NOW, TODAY, Made, due, dump, empty_collection, fill, ms, shown, wait

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.store import filtered as filtered_store
from mlsd_cards.study import Collection, custom, filtered

FEW = Options(new_per_day=1, reviews_per_day=2, new_ignore_review_limit=True)
AGES = {"created_ms": ms(NOW - timedelta(days=3))}


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def taken(col: Collection) -> list[int]:
    with col.store.read() as conn:
        return [each.card_id for each in filtered_store.borrowed(conn)]


def left(col: Collection, deck: str | None = None) -> tuple[int, int]:
    counts = col.session(deck).counts
    return counts.new, counts.review


def test_more_new_cards_and_reviews_are_for_today_and_for_the_decks_around(col: Collection) -> None:
    decks = {"A": replace(FEW, new_per_day=2), "A::B": FEW, "A::C": FEW}
    fill(col, [Made([state], deck=deck) for deck in (2, 3) for state in [NEW_CARD] * 9 + [due()] * 9], decks)
    assert left(col, "A::B") == (1, 2)
    custom.more(col, "A::B", new=3)
    assert col.undo_label == "Custom study"
    assert left(col, "A::B") == (4, 2)
    assert left(col, "A") == (5, 2)
    custom.more(col, "A::B", reviews=5)
    assert left(col, "A::B") == (4, 7)
    assert left(col, "A::C") == (1, 2)
    custom.more(col, None, new=1)
    assert left(col, "A::C") == (2, 2)
    wait(col, days=1)
    assert left(col, "A::B") == (1, 2)
    wait(col, days=-1)
    for expected in ((4, 7), (4, 2), (1, 2)):
        col.undo()
        assert left(col, "A::B") == expected
    assert col.settings("A::B")["new_per_day"] == 1


@pytest.mark.parametrize("numbers", [{}, {"new": -1}, {"new": 10_000}, {"reviews": 10_000}])
def test_limits_that_cannot_be_raised_so(col: Collection, numbers: dict[str, int]) -> None:
    fill(col, [Made([due()])])
    before = dump(col)
    with pytest.raises(InputError):
        custom.more(col, "Deck", **numbers)
    with pytest.raises(NotFound):
        custom.more(col, "Nowhere", new=1)
    assert dump(col) == before


def test_what_the_limits_keep_back_and_which_tags_there_are(col: Collection) -> None:
    fill(
        col,
        [Made([NEW_CARD], tags=["b"]) for _ in range(5)] + [Made([due()], tags=["a::x"]) for _ in range(5)],
        {"Deck": FEW},
    )
    found = custom.offer(col, "Deck")
    assert (found.hidden_new, found.hidden_reviews, found.tags) == (4, 3, ("a::x", "b"))
    assert custom.offer(col, None).tags == ("a::x", "b")
    custom.ahead(col, "Deck", 1)
    with pytest.raises(InputError, match="filtered"):
        custom.offer(col, custom.SESSION)


def test_forgotten_cards_are_looked_at_again_and_stay_as_they_are(col: Collection) -> None:
    fill(col, [Made([due()]) for _ in range(4)])
    session = col.session()
    failed = shown(session)
    session.answer(1)
    session.answer(3)
    wait(col, days=3)
    assert custom.forgotten(col, "Deck", 4) == 1
    assert taken(col) == [failed]
    before = dump(col)["cards"]
    session = col.session(custom.SESSION)
    session.answer(3)
    assert session.current is None
    assert dump(col)["cards"] == before
    with pytest.raises(InputError, match="No cards"):
        custom.forgotten(col, "Deck", 2)


def test_reviews_ahead_come_by_due_date_and_count(col: Collection) -> None:
    fill(col, [Made([due(TODAY + day, 30)]) for day in (5, 1, 9, 3)] + [Made([NEW_CARD])])
    assert custom.ahead(col, "Deck", 5) == 3
    assert taken(col) == [20, 40, 10]
    session = col.session(custom.SESSION)
    session.answer(3)
    schedule = col.card(20).schedule
    assert schedule.due_day is not None
    assert schedule.due_day > TODAY + 30
    assert taken(col) == [40, 10]


def test_new_cards_are_previewed_and_stay_new(col: Collection) -> None:
    fill(col, [Made([NEW_CARD]), Made([NEW_CARD], more=AGES), Made([NEW_CARD], more=AGES), Made([due()])])
    assert custom.preview_new(col, "Deck", 4) == 2
    assert taken(col) == [20, 30]
    session = col.session(custom.SESSION)
    session.answer(3)
    session.answer(4)
    assert session.current is None
    assert left(col) == (3, 1)
    assert custom.preview_new(col, "Deck", 9999) == 3


@pytest.mark.parametrize(
    ("which", "with_tags", "without_tags", "expected", "counts"),
    [
        (custom.Cram.NEW, [], [], {10, 30}, True),
        (custom.Cram.DUE, [], [], {20}, True),
        (custom.Cram.REVIEW, [], [], {20, 40}, True),
        (custom.Cram.ALL, [], [], {10, 20, 30, 40}, False),
        (custom.Cram.ALL, ["a", "b_b"], [], {10, 20, 40}, False),
        (custom.Cram.ALL, ["a"], ["b_b"], {10}, False),
        (custom.Cram.ALL, [], ["a", "b_b"], {30}, False),
    ],
)
def test_cards_by_state_and_tag(
    col: Collection,
    which: custom.Cram,
    with_tags: list[str],
    without_tags: list[str],
    expected: set[int],
    counts: bool,
) -> None:
    fill(
        col,
        [
            Made([NEW_CARD], tags=["a"]),
            Made([due()], tags=["a::c", "b_b"]),
            Made([NEW_CARD], tags=["bxb"]),
            Made([due(TODAY + 9)], tags=["B_b"]),
        ],
    )
    custom.by_state(col, "Deck", which, with_tags=with_tags, without_tags=without_tags)
    assert set(taken(col)) == expected
    assert filtered.filtered_deck(col, custom.SESSION).filter.reschedule is counts
    if len(expected) > 1:
        assert custom.by_state(col, "Deck", which, 1, with_tags=with_tags, without_tags=without_tags) == 1


def test_the_session_is_made_anew_each_time_and_undo_brings_the_old_one_back(col: Collection) -> None:
    fill(col, [Made([NEW_CARD]), Made([due()])])
    custom.by_state(col, "Deck", custom.Cram.NEW)
    before = dump(col)
    custom.by_state(col, "Deck", custom.Cram.DUE)
    assert taken(col) == [20]
    assert [row.name for row in col.deck_rows()] == [custom.SESSION, "Deck"]
    col.undo()
    assert dump(col) == before
    assert taken(col) == [10]


def test_only_the_deck_that_was_meant_is_searched(col: Collection) -> None:
    fill(
        col,
        [Made([due()], deck=number) for number in (1, 2, 3)],
        {'A_"B" \\*': FEW, 'AxB" \\*': FEW, "C": FEW},
    )
    custom.by_state(col, 'a_"b" \\*', custom.Cram.DUE)
    assert taken(col) == [10]
    custom.by_state(col, None, custom.Cram.DUE)
    assert sorted(taken(col)) == [10, 20, 30]


def test_an_ordinary_deck_of_that_name_is_left_alone(col: Collection) -> None:
    fill(col, [Made([due()])], {custom.SESSION: FEW})
    with pytest.raises(InputError, match="ordinary deck"):
        custom.by_state(col, None, custom.Cram.DUE)


@pytest.mark.parametrize("days", [0, -1, 10_000])
def test_days_that_are_none(col: Collection, days: int) -> None:
    fill(col, [Made([due()])])
    for kind in (custom.forgotten, custom.ahead, custom.preview_new):
        with pytest.raises(InputError):
            kind(col, "Deck", days)
