"""Answers in a filtered deck: those that count send cards home, those that do not change nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from helpers.filtered import ANKI, NAME, build, lent, rows, walk
from helpers.study import (
    NEW_CARD,
    NOW,
    TODAY,
    Made,
    due,
    dump,
    empty_collection,
    fill,
    interday,
    learning,
    ms,
    shown,
    wait,
)

from mlsd_cards.domain.cards import Buried, CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import StaleCard
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.study import Collection, filtered


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


# Answers that count


def test_answers_count_and_a_review_goes_home(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due(TODAY + 3)])], {"Deck": ANKI})
    build(col)
    session = col.session(NAME)
    assert shown(session) == 10
    session.answer(3)
    assert lent(col) == [20]
    assert shown(session) == 20
    session.answer(3)
    assert session.current is None
    assert lent(col) == []
    assert [entry.kind for card in (10, 20) for entry in col.card_info(CardId(card)).reviews] == [
        ReviewKind.REVIEW,
        ReviewKind.EARLY,
    ]


def test_a_failed_card_stays_until_it_has_graduated(col: Collection) -> None:
    fill(col, [Made([due(interval=30)]), Made([due(), due()])], {"Deck": ANKI})
    build(col, "nid:1")
    session = col.session(NAME)
    session.answer(1)
    assert lent(col) == [10]
    assert session.counts.learning == 1
    wait(col, minutes=11)
    session = col.session(NAME)
    assert shown(session) == 10
    session.answer(3)
    assert lent(col) == []
    assert col.card(CardId(10)).schedule.state is CardState.REVIEW
    assert col.card(CardId(10)).deck_id == 1


def test_a_new_card_learns_its_steps_in_the_filtered_deck(col: Collection) -> None:
    fill(col, [Made([NEW_CARD])], {"Deck": ANKI})
    build(col)
    session = col.session(NAME)
    for _ in range(2):
        assert lent(col) == [10]
        assert shown(session) == 10
        session.answer(3)
        wait(col, minutes=11)
        session.move_on()
    assert lent(col) == []
    assert col.card(CardId(10)).schedule.state is CardState.REVIEW


def test_a_card_of_sm2_stays_while_its_drill_lasts(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    build(col)
    session = col.session(NAME)
    session.answer(1)
    assert lent(col) == [10, 20]
    session.answer(4)
    assert lent(col) == [10]
    assert shown(session) == 10
    session.answer(3)
    assert session.current is None
    assert lent(col) == []


def test_learning_cards_that_were_borrowed_are_shown_in_their_place(col: Collection) -> None:
    soon = learning(NOW + timedelta(hours=3))
    fill(col, [Made([due()]), Made([soon]), Made([interday(TODAY + 4)]), Made([NEW_CARD])], {"Deck": ANKI})
    build(col)
    assert walk(col.session(NAME), 4) == [10, 20, 30, 40]


def test_siblings_at_home_are_put_off_but_not_those_in_the_filtered_deck(col: Collection) -> None:
    fill(col, [Made([due(), due(), due()])])
    build(col, "card:1 or card:2")
    session = col.session(NAME)
    session.answer(4)
    assert shown(session) == 11
    assert [col.card(CardId(key)).buried for key in (11, 12)] == [Buried.NO, Buried.SIBLING]


def test_undo_brings_a_card_back_into_the_filtered_deck(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    build(col)
    before = dump(col)
    session = col.session(NAME)
    session.answer(4)
    col.undo()
    assert dump(col) == before
    session.refresh()
    assert shown(session) == 10


@pytest.mark.parametrize("scheduler", ["sm2", "anki-sm2", "fsrs"])
def test_an_early_answer_never_earns_more_than_one_on_time(tmp_path: Path, scheduler: str) -> None:
    earned = {}
    for early in (29, 10, 0):
        with empty_collection(tmp_path / str(early)) as col:
            fill(
                col,
                [Made([due(TODAY + early, 30, last_answer_ms=ms(NOW - timedelta(days=30 - early)))])],
                {"Deck": Options(scheduler=scheduler, fuzz=False)},
            )
            build(col)
            card = col.session(NAME).current
            assert card is not None
            earned[early] = card.intervals
    for early in (29, 10):
        assert all(a <= b for a, b in zip(earned[early], earned[0], strict=True))


# Answers that change nothing


def cram(col: Collection) -> list[int]:
    fill(
        col,
        [
            Made([due()]),
            Made([due(TODAY + 40, 50)]),
            Made([NEW_CARD]),
            Made([learning(NOW + timedelta(minutes=5))]),
            Made([interday()]),
        ],
        {"Deck": ANKI},
    )
    build(col, reschedule=False)
    return lent(col)


def test_cramming_leaves_cards_and_limits_as_they_were_and_logs_what_no_scheduler_learns_from(
    col: Collection,
) -> None:
    ids = cram(col)
    before = dump(col)
    limits = col.settings("Deck")
    session = col.session(NAME)
    current = session.current
    assert current is not None
    assert current.labels == ("<1m", "<10m", "(end)", "(end)")
    session.answer(1, 4000)
    session.answer(2)
    rest = walk(session)
    assert sorted(set(rest)) == ids[:]
    after = dump(col)
    assert after["cards"] == before["cards"]
    assert after["notes"] == before["notes"]
    assert after["borrowed_cards"] == []
    assert col.settings("Deck") == limits
    entries = [entry for key in ids for entry in col.card_info(CardId(key)).reviews]
    assert len(entries) == len(ids) + 2
    assert {(entry.kind, entry.factor) for entry in entries} == {(ReviewKind.EARLY, 0)}
    assert col.today().answered_today == len(ids) + 2
    assert rows(col)["Deck"][:3] == (1, 2, 1)


def test_again_and_hard_come_back_after_their_delays(col: Collection) -> None:
    fill(col, [Made([due()]), Made([due()])])
    build(col, reschedule=False)
    session = col.session(NAME)
    session.answer(1)
    assert shown(session) == 20
    wait(col, seconds=61)
    session.answer(3)
    assert shown(session) == 10
    session.answer(2)
    session = col.session(NAME)
    assert session.counts.learning == 1
    wait(col, minutes=11)
    session.move_on()
    assert shown(session) == 10
    session.answer(3)
    assert session.current is None
    assert lent(col) == []


def test_what_is_crammed_stays_due_and_an_ordinary_answer_leaves_it_in_the_cram(col: Collection) -> None:
    fill(col, [Made([due()])])
    build(col, reschedule=False)
    col.session().answer(4)
    assert lent(col) == [10]
    assert shown(col.session(NAME)) == 10


def test_cramming_puts_no_sibling_off_and_undo_takes_it_back(col: Collection) -> None:
    fill(col, [Made([due(), due()])])
    build(col, "card:1", reschedule=False)
    before = dump(col)
    session = col.session(NAME)
    session.answer(3)
    assert col.card(CardId(11)).buried is Buried.NO
    assert col.undo_label == "Answer card"
    col.undo()
    assert dump(col) == before
    session.refresh()
    assert shown(session) == 10


def test_a_card_that_went_home_meanwhile_is_not_crammed(col: Collection) -> None:
    fill(col, [Made([due()])])
    build(col, reschedule=False)
    session = col.session(NAME)
    assert shown(session) == 10
    filtered.empty(col, NAME)
    before = dump(col)
    with pytest.raises(StaleCard):
        session.answer(3)
    assert dump(col) == before
