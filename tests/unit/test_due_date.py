"""Cards whose due date is set by hand, and cards made new again: what changes, what stays, what undo restores."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Buried, CardId, CardState
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.reviews import ReviewKind, ReviewLogEntry
from mlsd_cards.store import reviews
from mlsd_cards.study import Collection
from mlsd_cards.study.due_dates import parse_when
from tests.helpers.study import NOW, TODAY, Made, due, dump, empty_collection, fill, learning

NEW, REVIEW, HIDDEN, DRILLED, STEPS = map(CardId, (10, 20, 30, 40, 50))
ALL = [NEW, REVIEW, HIDDEN, DRILLED, STEPS]


@pytest.fixture(params=["sm2", "anki-sm2", "fsrs"])
def collection(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Collection]:
    """One card of each kind; number 30 is suspended and buried."""
    with empty_collection(tmp_path / "home") as made:
        notes = [
            Made(),
            Made([due(TODAY + 3, 30, ease_permille=2300, lapses=1)]),
            Made(
                [due(TODAY - 3, 30)],
                more={"suspended": True, "buried": Buried.BY_HAND, "buried_until_day": 99},
            ),
            Made([due(TODAY + 1, 1, repetitions=1, drill_day=TODAY)]),
            Made([learning(NOW + timedelta(minutes=3))]),
        ]
        fill(made, notes, {"Deck": Options(scheduler=request.param)})
        yield made


def log(collection: Collection, card: CardId) -> list[ReviewLogEntry]:
    with collection.store.read() as conn:
        return reviews.entries_of_card(conn, card)


def test_cards_are_due_on_the_day_and_only_new_ones_get_an_interval(collection: Collection) -> None:
    assert collection.set_due_date(ALL, "20") == 5
    found = [collection.card(card) for card in ALL]
    assert {(c.schedule.state, c.schedule.due_day, c.schedule.due_at_ms) for c in found} == {
        (CardState.REVIEW, TODAY + 20, None)
    }
    assert [c.schedule.interval_days for c in found] == [20, 30, 30, 1, 20]
    assert [c.schedule.ease_permille for c in found] == [2500, 2300, 2500, 2500, 2500]
    assert [c.schedule.reps for c in found] == [0, 3, 3, 3, 1]
    assert all((c.schedule.drill_day, c.schedule.steps_left) == (None, 0) for c in found)
    assert not any(c.suspended or c.buried or c.buried_until_day for c in found)
    assert collection.check() == []


def test_a_trailing_mark_sets_the_interval_too(collection: Collection) -> None:
    collection.set_due_date(ALL, "60-90!")
    for card in ALL:
        schedule = collection.card(card).schedule
        assert schedule.due_day is not None
        assert 60 <= schedule.interval_days == schedule.due_day - TODAY <= 90
    collection.set_due_date(ALL, "0!")
    assert {collection.card(card).schedule.interval_days for card in ALL} == {1}
    assert {collection.card(card).schedule.due_day for card in ALL} == {TODAY}


def test_each_act_leaves_a_manual_entry(collection: Collection) -> None:
    collection.set_due_date([REVIEW, NEW], "7!")
    collection.forget([REVIEW])
    rows = [(e.rating, e.kind, e.interval, e.last_interval, e.factor) for e in log(collection, REVIEW)]
    assert rows == [(0, ReviewKind.MANUAL, 7, 30, 2300), (0, ReviewKind.MANUAL, 0, 7, 0)]
    assert [(e.interval, e.last_interval, e.factor) for e in log(collection, NEW)] == [(7, 0, 2500)]


def test_forgotten_cards_are_new_and_last_and_their_answers_stay(collection: Collection) -> None:
    assert collection.forget([HIDDEN, REVIEW, HIDDEN]) == 2
    found = [collection.card(card) for card in (HIDDEN, REVIEW)]
    assert {c.schedule.state for c in found} == {CardState.NEW}
    assert not any(c.suspended or c.buried for c in found)
    assert [(c.schedule.interval_days, c.schedule.due_day, c.schedule.lapses) for c in found] == [
        (0, None, 0),
        (0, None, 1),
    ]
    assert collection.card(NEW).position < found[0].position < found[1].position
    session = collection.session()
    assert session.current is not None
    card = session.current.card_id
    session.answer(3, 1000)
    before = log(collection, card)
    assert before[-1].rating == 3
    collection.forget([card])
    assert log(collection, card)[:-1] == before
    assert collection.check() == []


@pytest.mark.parametrize("act", ["forget", "due"])
def test_one_act_is_one_undo_step(collection: Collection, act: str) -> None:
    before = dump(collection)
    if act == "forget":
        collection.forget(ALL)
    else:
        collection.set_due_date(ALL, "60-90!")
    after = dump(collection)
    assert after != before
    assert collection.undo() == {"forget": "Forget cards", "due": "Set due date"}[act]
    assert dump(collection) == before
    assert collection.undo_label is None
    collection.redo()
    assert dump(collection) == after


@pytest.mark.parametrize("act", ["forget", "0"])
def test_such_cards_are_studied_on_with_every_rating(collection: Collection, act: str) -> None:
    for rating in (1, 2, 3, 4):
        if act == "forget":
            collection.forget([REVIEW])
        else:
            collection.forget([REVIEW])
            collection.set_due_date([REVIEW], act)
        collection.suspend_cards([card for card in ALL if card != REVIEW])
        session = collection.session()
        assert session.current is not None
        assert session.current.card_id == REVIEW
        assert session.current.state == ("new" if act == "forget" else "review")
        session.answer(rating, 1000)
        assert collection.card(REVIEW).schedule.reps > 3
    assert collection.check() == []


def test_sm2_multiplies_an_interval_that_was_set(tmp_path: Path) -> None:
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made()])
        made.set_due_date([NEW], "60!")
        assert made.card(NEW).schedule.repetitions == 2
        made.move_clock((NOW + timedelta(days=60)).isoformat())
        session = made.session()
        session.answer(3, 1000)
        assert made.card(NEW).schedule.interval_days == 150


def test_cards_of_a_note_share_their_new_place(tmp_path: Path) -> None:
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made([due(), due()]), Made([due()])])
        made.forget(map(CardId, (11, 20, 10)))
        places = [made.card(CardId(card)).position for card in (10, 11, 20)]
        assert places == [1, 1, 2]


def test_a_range_is_spread_and_the_same_each_time(tmp_path: Path) -> None:
    ids = [CardId(10 * number) for number in range(1, 201)]
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made() for _ in ids])
        made.set_due_date(ids, "60-90")
        first = [made.card(card).schedule.due_day for card in ids]
        made.undo()
        made.set_due_date(reversed(ids), "90-60")
        assert [made.card(card).schedule.due_day for card in ids] == first
        assert set(first) == set(range(TODAY + 60, TODAY + 91))


@pytest.mark.parametrize(
    "when",
    ["", " ", "-1", "a", "5!!", "1-2-3", " 5 ", "5-", "!", "5.5", "٥", "5\n", "36501", "1-99999", "9" * 99],
)
def test_what_is_no_due_date_is_refused(when: str) -> None:
    with pytest.raises(InputError, match="due date") as refused:
        parse_when(when)
    assert refused.value.kind == "invalid"


def test_an_unknown_card_leaves_all_as_it_was(collection: Collection) -> None:
    before = dump(collection)
    for missing in (7, -1, 1 << 70):
        with pytest.raises(NotFound, match=f"There is no card {missing}"):
            collection.set_due_date([NEW, CardId(missing)], "5")
        with pytest.raises(NotFound, match=f"There is no card {missing}"):
            collection.forget([NEW, CardId(missing)])
    assert dump(collection) == before
    assert collection.undo_label is None


def test_nothing_is_logged_by_a_clock_that_is_wrong(collection: Collection) -> None:
    collection.set_due_date([NEW], "0")
    collection.move_clock((NOW - timedelta(days=9)).isoformat())
    before = dump(collection)
    with pytest.raises(InputError, match="clock"):
        collection.forget([NEW])
    with pytest.raises(InputError, match="clock"):
        collection.set_due_date([NEW], "1")
    assert dump(collection) == before
