"""Rows of imported cards under the scheduler of their deck, and what imported reviews add to the days' counts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers.editions import package
from helpers.importing import empty_collection, rows
from hypothesis import given
from hypothesis import strategies as st

from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store.schema import CardRow
from mlsd_cards.study.import_rows import card_row, count_reviews

CREATED = datetime(2029, 1, 1, tzinfo=UTC).date().toordinal()
BOUNDARY = DayBoundary(created_date=CREATED, rollover_hour=4, zone=UTC)
TODAY = 100
NEW = ExchangeCard(7, 1, 5, 0, created_ms=1, modified_ms=2)
REVIEW = NEW._replace(
    state="review",
    due_date=CREATED + 130,
    interval_days=30,
    ease_permille=2100,
    reps=5,
    lapses=1,
    stability=9.5,
)
STEP = NEW._replace(state="learning", due_at_ms=1_900_000_000_000, steps_left=2, reps=1)


def row(card: ExchangeCard, scheduler: str) -> CardRow:
    return card_row(card, 70, 10, 50, 3, BOUNDARY, TODAY, scheduler)


@pytest.mark.parametrize("scheduler", ["anki-sm2", "fsrs"])
@pytest.mark.parametrize("card", [NEW, REVIEW, STEP, REVIEW._replace(state="relearning", steps_left=1)])
def test_ankis_schedulers_take_a_card_as_it_is(card: ExchangeCard, scheduler: str) -> None:
    made = row(card, scheduler)
    assert (made.id, made.note_id, made.deck_id, made.position) == (70, 10, 50, 3)
    same = (
        "state",
        "interval_days",
        "ease_permille",
        "steps_left",
        "reps",
        "lapses",
        "stability",
        "due_at_ms",
    )
    assert [getattr(made, name) for name in same] == [getattr(card, name) for name in same]
    assert made.due_day == (card.due_date and card.due_date - CREATED)


def test_sm2_has_no_steps_so_a_card_in_learning_begins_again() -> None:
    made = row(STEP, "sm2")
    assert (made.state, made.due_day, made.due_at_ms, made.steps_left) == ("new", None, None, 0)


@pytest.mark.parametrize(("interval", "repetitions"), [(1, 1), (5, 1), (6, 2), (30, 2)])
def test_sm2_takes_a_review_with_the_repetitions_that_its_interval_shows(
    interval: int, repetitions: int
) -> None:
    made = row(REVIEW._replace(interval_days=interval), "sm2")
    assert (made.state, made.due_day, made.repetitions, made.ease_permille) == (
        "review",
        130,
        repetitions,
        2100,
    )


def test_sm2_takes_a_card_that_is_relearned_as_due_today() -> None:
    relearned = STEP._replace(state="relearning", interval_days=10, ease_permille=0)
    made = row(relearned, "sm2")
    assert (made.state, made.due_day, made.due_at_ms, made.ease_permille) == ("review", TODAY, None, 2500)


def test_sm2_keeps_its_own_progress() -> None:
    own = REVIEW._replace(repetitions=4, drill_date=CREATED + TODAY)
    made = row(own, "sm2")
    assert (made.repetitions, made.drill_day, made.ease_permille) == (4, TODAY, 2100)


def test_a_buried_card_comes_back_tomorrow() -> None:
    made = row(REVIEW._replace(buried="hand", suspended=True, flag=3), "anki-sm2")
    assert (made.buried, made.buried_until_day, made.suspended, made.flag) == ("hand", TODAY + 1, 1, 3)


MOMENTS = st.integers(0, 99 * 24 * 60).map(
    lambda minute: datetime(2029, 1, 1, 4, tzinfo=UTC) + timedelta(minutes=minute)
)
ANSWERS = st.tuples(
    MOMENTS,
    st.integers(1, 4),  # card
    st.integers(0, 4),
    st.sampled_from(["learn", "review", "relearn", "early", "drill", "manual", "rescheduled"]),
    st.integers(0, 2**53),
)
DECKS = {1: DeckId(11), 2: DeckId(11), 3: DeckId(12)}  # the fourth card did not come along


@given(st.lists(ANSWERS, max_size=30))
def test_every_answer_is_counted_once_on_its_day(answers: list[tuple[datetime, int, int, str, int]]) -> None:
    entries = [
        ExchangeReview(round(moment.timestamp() * 1000), card, rating, kind, 1, 1, 2500, milliseconds)
        for moment, card, rating, kind, milliseconds in answers
    ]
    counts = count_reviews(DECKS, entries, BOUNDARY, TODAY)
    counted = [
        (moment, card, rating, ms) for moment, card, rating, _, ms in answers if rating and card in DECKS
    ]
    assert sum(number for number, _ in counts.values()) == len(counted)
    assert sum(total for _, total in counts.values()) == sum(ms for *_, ms in counted)
    for moment, card, rating, _ in counted:
        day = BOUNDARY.day_number(round(moment.timestamp() * 1000))
        assert any(key[0] == day and key[1] == DECKS[card] and key[3] == rating for key in counts)


def test_what_was_answered_elsewhere_today_uses_up_no_limit_of_today() -> None:
    moment = round(datetime(2029, 4, 11, 12, tzinfo=UTC).timestamp() * 1000)
    assert BOUNDARY.day_number(moment) == TODAY
    entries = [ExchangeReview(moment, 1, 3, "review", 1, 1, 2500, 9)]
    assert count_reviews(DECKS, entries, BOUNDARY, TODAY) == {(TODAY, DeckId(11), "learning", 3): (1, 9)}


def test_a_backup_is_made_before_many_notes_join_work_of_ones_own(tmp_path: Path) -> None:
    many = package(tmp_path / "many.apkg", {f"g{number}": ("x", "") for number in range(150)})
    with empty_collection(tmp_path / "home") as collection:
        collection.import_file(package(tmp_path / "few.apkg", {"a": ("a", "")}, review=True))
        assert not list(collection.home.glob("backups/*.db"))
        collection.import_file(many)
        assert len(list(collection.home.glob("backups/*"))) == 1
        assert rows(collection, "SELECT count(*) FROM notes") == [(151,)]
