"""Days of a sitting: the rollover at four in the local morning, changes of the clock, and clocks that go wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, StaleCard
from mlsd_cards.store import reviews
from mlsd_cards.store.schema import ReviewRow
from mlsd_cards.study import Collection, Counts, FixedClock
from tests.helpers.study import NOW, TODAY, Made, due, dump, empty_collection, fill, ms

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def set_clock(collection: Collection, moment: datetime) -> None:
    assert isinstance(collection.clock, FixedClock)
    collection.clock.set(moment)


def berlin(home: Path, moment: str) -> Collection:
    return empty_collection(home, FixedClock(datetime.fromisoformat(moment).replace(tzinfo=BERLIN)))


@pytest.mark.parametrize(
    ("evening", "before", "after"),
    [
        ("2026-03-02T22:00", "2026-03-03T03:59:59", "2026-03-03T04:00:00"),
        ("2026-03-28T22:00", "2026-03-29T03:59:59", "2026-03-29T04:00:00"),  # the clock goes forward at two
        ("2026-10-24T22:00", "2026-10-25T03:59:59", "2026-10-25T04:00:00"),  # the clock goes back at three
    ],
)
def test_the_day_changes_at_four_in_the_local_morning(
    tmp_path: Path, evening: str, before: str, after: str
) -> None:
    with berlin(tmp_path, evening) as collection:
        fill(collection, [Made([due(collection.today_number())])] * 3, {"Deck": Options()})
        today = collection.today_number()
        session = collection.session()
        session.answer(3)
        assert session.current is not None
        set_clock(collection, datetime.fromisoformat(before).replace(tzinfo=BERLIN))
        assert collection.today_number() == today
        session.answer(3)
        assert session.current is not None
        last = session.current.card_id
        set_clock(collection, datetime.fromisoformat(after).replace(tzinfo=BERLIN))
        assert collection.today_number() == today + 1
        state = dump(collection)
        with pytest.raises(StaleCard, match="new day"):
            session.answer(3)
        assert dump(collection) == state
        assert session.current is not None
        assert session.current.card_id == last
        answered = session.answer(3)
        assert answered.due == (datetime.fromisoformat(after) + timedelta(days=13)).date().isoformat()


def test_intraday_learning_over_the_hour_that_is_skipped(tmp_path: Path) -> None:
    steps = Options(scheduler="anki-sm2", learning_steps=(60.0,), fuzz=False)
    with berlin(tmp_path, "2026-03-29T01:30") as collection:
        fill(collection, [Made()], {"Deck": steps})
        session = collection.session()
        assert session.current is not None
        assert session.current.intervals[0] == -3600  # 03:30 by the wall clock, still today
        assert session.answer(1).due == "2026-03-29T01:30:00+00:00"
        set_clock(collection, datetime(2026, 3, 29, 3, 10, tzinfo=BERLIN))
        session.move_on()
        assert session.current is not None  # within the look-ahead
        assert session.current.intervals[0] == 1  # an hour later it is tomorrow


def test_the_rollover_hour_is_a_setting(collection: Collection) -> None:
    fill(collection, [Made([due(TODAY + 1)])])
    set_clock(collection, datetime(2026, 3, 2, 23, tzinfo=UTC))
    assert collection.today().review == 0
    collection.set_setting("rollover_hour", "0")
    set_clock(collection, datetime(2026, 3, 3, 0, tzinfo=UTC))
    assert collection.today().review == 1
    collection.undo()
    assert collection.today().review == 0


def test_a_journey_west_lives_no_day_twice(collection: Collection) -> None:
    fill(collection, [Made([due()]), Made([due()]), Made([due(TODAY + 1)])])
    tokyo, honolulu = timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))
    set_clock(collection, datetime(2026, 3, 3, 5, tzinfo=tokyo))  # day 61 there
    session = collection.session()
    assert session.counts.review == 3
    assert session.answer(3).due == "2026-03-16"
    set_clock(collection, datetime(2026, 3, 2, 10, 30, tzinfo=honolulu))  # half an hour later, still day 60
    session.move_on()
    assert collection.today_number() == TODAY + 1
    assert session.counts.review == 2
    assert session.answer(3).due == "2026-03-16"
    assert collection.clock_warning() == ""


@pytest.mark.parametrize("days", [1, 2])
def test_a_clock_put_back_by_up_to_two_days_stays_on_the_newest_day(
    collection: Collection, days: int
) -> None:
    fill(collection, [Made([due()])] * 3)
    session = collection.session()
    first = session.answer(3)
    set_clock(collection, NOW - timedelta(days=days))
    session.move_on()
    second = session.answer(3)
    assert second.due == first.due
    assert second.review == first.review + 1
    assert collection.today().answered_today == 2
    assert collection.today().clock_warning == ""
    assert collection.session().counts == Counts(new=0, learning=0, review=1)


def test_a_clock_put_back_by_more_records_nothing_until_accepted(collection: Collection) -> None:
    fill(collection, [Made([due()])] * 3)
    session = collection.session()
    first = session.answer_card(CardId(10), 3)
    back = NOW - timedelta(days=3)
    set_clock(collection, back)
    state = dump(collection)
    assert "3 days behind" in collection.today().clock_warning
    assert collection.settings()["clock_is_right"] is False
    fresh = collection.session()
    for answer in (lambda: fresh.answer_card(CardId(20), 3), lambda: session.answer_card(CardId(20), 3)):
        with pytest.raises(InputError, match="3 days behind"):
            answer()
    assert dump(collection) == state
    with pytest.raises(InputError, match="only be set to true"):
        collection.set_setting("clock_is_right", "false")
    collection.set_setting("clock_is_right", "true")
    assert collection.settings()["clock_is_right"] is True
    assert collection.today_number() == TODAY - 3
    second = collection.session().answer_card(CardId(20), 3)
    assert second.review == ms(back) < first.review
    assert second.due == "2026-03-12"
    third = collection.session().answer_card(CardId(30), 3)
    assert third.review == second.review + 1
    assert collection.clock_warning() == ""
    set_clock(collection, back + timedelta(days=1))
    assert collection.today_number() == TODAY - 2


def test_imported_answers_of_the_future_neither_stop_the_clock_nor_push_the_log(
    collection: Collection,
) -> None:
    fill(collection, [Made([due()])] * 2)
    future, beyond = ms(NOW + timedelta(days=900)), (1 << 63) - 1
    with collection.store.transaction(Op.IMPORT) as tx:
        reviews.add_rows(
            tx, [ReviewRow(key, 10, 3, "review", 5, 5, 2500, 0, 0) for key in (ms(NOW), future, beyond)]
        )
    assert collection.clock_warning() == ""
    assert collection.today_number() == TODAY
    first = collection.session().answer_card(CardId(10), 3)
    assert first.review == ms(NOW) + 1
    assert collection.session().answer_card(CardId(20), 3).review == ms(NOW) + 2
    assert collection.clock_warning() == ""


def test_a_hidden_card_comes_back_the_next_day(collection: Collection) -> None:
    fill(collection, [Made([due()])] * 2)
    collection.bury_cards([CardId(10)])
    assert collection.session().counts.review == 1
    set_clock(collection, datetime(2026, 3, 3, 3, 59, tzinfo=UTC))
    assert collection.session().counts.review == 1
    set_clock(collection, datetime(2026, 3, 3, 4, tzinfo=UTC))
    assert collection.session().counts.review == 2
