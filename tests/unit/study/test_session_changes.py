"""A sitting goes on while things change: prepared cards, acts beside answers, undo, answers out of turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound, StaleCard
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection
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
    wait,
)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


# Prepared cards


def test_the_prepared_card_is_the_one_that_comes(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()]), Made()])
    session = collection.session()
    assert session.peek(3) is None
    session.prepare()
    coming = session.peek(3)
    assert coming is not None
    assert "question_page" in vars(coming)
    session.answer(3)
    assert session.current is coming
    assert session.peek(3) is None


def test_a_prepared_sibling_of_a_leech_is_shown_with_the_tag(collection: Collection) -> None:
    together = Options(bury_reviews=False, leech_threshold=1)
    fill(collection, [Made([due(), due()])], {"Deck": together})
    session = collection.session()
    first = shown(session)
    session.prepare()
    assert session.peek(1) is not None
    assert session.answer(1).leech
    assert shown(session) == 21 - first
    assert session.current is not None
    assert "leech" in session.current.answer_html


def test_what_is_prepared_follows_from_an_answer_now_not_from_when_the_card_was_shown(
    collection: Collection,
) -> None:
    steps = Options(scheduler="anki-sm2", learning_steps=(1.0,), fuzz=False)
    fill(collection, [Made([learning(NOW)]), Made([due()])], {"Deck": steps})
    session = collection.session()
    assert shown(session) == 10
    wait(collection, seconds=120)
    session.prepare()
    coming = session.peek(1)  # a minute after it was shown is past already, a minute from now is not
    assert coming is not None
    session.answer(1)
    assert session.current is coming


def test_prepared_cards_are_forgotten_when_anything_changes(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    other = 30 - first
    for act in (
        lambda: collection.set_flag([CardId(other)], 4),
        lambda: collection.toggle_mark(NoteId(other // 10)),
        lambda: collection.undo(),
        lambda: collection.set_setting("new_per_day", "3"),
    ):
        session.prepare()
        assert session.peek(3) is not None
        act()
        assert session.peek(3) is None
        session.prepare()  # in vain until the list is built anew
        assert session.peek(3) is None
        session.refresh()
        assert shown(session) == first
    session.answer(3)
    assert session.current is not None
    assert session.current.card.flag == 4


def test_what_changed_behind_the_back_of_a_sitting_is_shown_as_it_is_now(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    session.prepare()
    collection.toggle_mark(NoteId((30 - first) // 10))
    session.answer(3)
    assert session.current is not None
    assert "marked" in session.current.answer_html


def test_a_card_that_changed_since_it_was_shown_is_not_answered(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    first = shown(session)
    collection.set_flag([CardId(first)], 2)
    before = dump(collection)
    with pytest.raises(StaleCard):
        session.answer(3)
    assert dump(collection) == before
    session.refresh()
    assert shown(session) == first
    session.answer(3)
    assert collection.card(CardId(first)).schedule.interval_days == 13


def test_two_sittings_do_not_answer_a_card_twice(collection: Collection) -> None:
    fill(collection, [Made([due()])])
    one, two = collection.session(), collection.session()
    assert shown(one) == shown(two) == 10
    one.answer(3)
    with pytest.raises(StaleCard):
        two.answer(3)
    two.refresh()
    assert two.current is None


# Acts beside answers


def test_the_card_on_show_stays_while_others_change(collection: Collection) -> None:
    fill(collection, [Made(), Made(), *([Made([due()])] * 4)])
    session = collection.session()
    for _ in range(6):
        first = shown(session)
        collection.set_flag([CardId(first)], 1)
        session.refresh()
        assert shown(session) == first
        session.answer(3)
    assert session.current is None


def test_undo_shows_the_card_again_that_was_answered(collection: Collection) -> None:
    fill(collection, [Made(), Made(), *([Made([due()])] * 4)])
    session = collection.session()
    given = []
    for _ in range(6):
        given.append(shown(session))
        session.answer(3)
    for done, card_id in zip(range(5, -1, -1), reversed(given), strict=True):
        assert collection.undo() == "Answer card"
        session.refresh()
        assert shown(session) == card_id
        assert session.progress == (done, 6)
    collection.redo()
    session.refresh()
    assert session.progress == (1, 6)
    session.answer(3)
    assert session.progress == (2, 6)
    assert collection.redo_label is None


def test_an_answer_given_again_after_undo_counts_once(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    session = collection.session()
    shown(session)
    for rating in (1, 2, 3):
        session.answer(rating)
        collection.undo()
        session.refresh()
    session.answer(3)
    assert session.progress == (1, 2)
    # without a look in between
    collection.undo()
    second = shown(session)
    session.answer(3)
    assert collection.card(CardId(second)).schedule.reps == 4
    assert session.progress[0] == 1


def test_thirty_answers_and_thirty_undos_leave_nothing(collection: Collection) -> None:
    fill(collection, [*([Made([due()])] * 20), *([Made([NEW_CARD, due()])] * 10)])
    before = dump(collection)
    session = collection.session()
    for number in range(30):
        shown(session)
        session.answer(1 + number % 4, 1000)
        wait(collection, seconds=20)
    assert dump(collection) != before
    for _ in range(30):
        assert collection.undo() == "Answer card"
    assert collection.undo() is None
    assert dump(collection) == before


# Answering out of turn


def test_any_card_can_be_answered(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due(TODAY + 9)]), Made(more={"suspended": True}), Made([due()])])
    session = collection.session()
    first = shown(session)
    early = session.answer_card(CardId(20), 3)
    assert early.interval == 13
    suspended = session.answer_card(CardId(30), 4)
    assert suspended.interval == 1
    assert collection.card(CardId(30)).suspended
    assert shown(session) == first
    session.answer_card(CardId(50 - first), 3)
    assert shown(session) == first
    assert session.counts.review == 1
    session.answer_card(CardId(first), 3)
    assert session.current is None


@pytest.mark.parametrize("card", [99, 0, -5, 1 << 62, 1 << 63, 1 << 90])
def test_a_card_that_does_not_exist_is_not_found(collection: Collection, card: int) -> None:
    fill(collection, [Made()])
    with pytest.raises(NotFound, match=str(card)):
        collection.session().answer_card(CardId(card), 3)


@pytest.mark.parametrize("rating", [0, 5, -1, 1 << 70])
def test_a_rating_is_one_to_four(collection: Collection, rating: int) -> None:
    fill(collection, [Made()])
    session = collection.session()
    with pytest.raises(InputError, match="rating"):
        session.answer_card(CardId(10), rating)
    with pytest.raises(InputError, match="rating"):
        session.answer(rating)
    assert collection.card(CardId(10)).schedule.state is CardState.NEW


def test_the_time_an_answer_took_is_bounded(collection: Collection) -> None:
    fill(collection, [Made(), Made()])
    session = collection.session()
    with pytest.raises(InputError, match="-1 milliseconds"):
        session.answer_card(CardId(10), 3, -1)
    session.answer_card(CardId(10), 3, 1 << 80)
    session.answer_card(CardId(20), 3, 1234)
    assert collection.card_info(CardId(10)).reviews[0].milliseconds == 60_000
    assert collection.card_info(CardId(20)).reviews[0].milliseconds == 1234


def test_there_is_nothing_to_answer_when_nothing_is_shown(collection: Collection) -> None:
    fill(collection, [])
    with pytest.raises(NotFound):
        collection.session().answer(3)
