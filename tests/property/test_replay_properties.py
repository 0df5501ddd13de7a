"""Memories of many cards worked out at once are those worked out one by one."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling.fitting import fit_items, history_items
from mlsd_cards.scheduling.history import memory_of
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, Memory, memory_model
from mlsd_cards.scheduling.plain_memory import memory_after
from mlsd_cards.scheduling.replay import KIND_CODES, LEARN, OTHER_KIND, complete_histories, days_of, replayed
from mlsd_cards.scheduling.timing import DayBoundary

HOUR_MS = 3_600_000
BEGIN_MS = 1_700_000_000_000
END_MS = BEGIN_MS + 3 * 365 * 24 * HOUR_MS
ZONES = (
    UTC,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Australia/Lord_Howe"),
    timezone(timedelta(hours=5, minutes=45)),
)

entries = st.builds(
    ReviewLogEntry,
    id=st.one_of(st.integers(BEGIN_MS, END_MS - 1), st.integers(BEGIN_MS, BEGIN_MS + 40 * HOUR_MS)).map(
        ReviewId
    ),
    card_id=st.integers(1, 5).map(CardId),
    rating=st.sampled_from([0, 1, 2, 3, 3, 3, 4]),
    kind=st.sampled_from([*ReviewKind, ReviewKind.REVIEW, ReviewKind.REVIEW, ReviewKind.LEARN]),
    interval=st.sampled_from([-100_000, -86_400, -600, 0, 1, 3, 40, 36_500]),
    last_interval=st.just(0),
    factor=st.sampled_from([0, 0, 50, 100, 640, 1100, 1300, 2500, 4000]),
    milliseconds=st.just(0),
)
logs = st.lists(entries, max_size=60, unique_by=lambda entry: entry.id)
parameters = st.one_of(
    st.just(()),
    st.tuples(*(st.floats(0.0, 3 * value + 0.5) for value in DEFAULT_PARAMETERS)),
    st.tuples(*(st.floats(0.0, 3 * value + 0.5) for value in DEFAULT_PARAMETERS[:19])),
)


def boundary(zone: object, rollover_hour: int) -> DayBoundary:
    return DayBoundary(
        created_date=date(2023, 11, 1).toordinal(),
        rollover_hour=rollover_hour,
        zone=zone,  # type: ignore[arg-type]
    )


def rows_of(log: list[ReviewLogEntry]) -> list[tuple[int, ...]]:
    return [
        (e.card_id, e.id, e.rating, KIND_CODES.get(e.kind, OTHER_KIND), e.interval, e.factor) for e in log
    ]


@settings(max_examples=150, deadline=None)
@given(logs, parameters, st.sampled_from(ZONES), st.integers(0, 23), st.floats(0.5, 0.99))
def test_all_at_once_is_one_by_one(log, parameters, zone, rollover_hour, retention):
    day_of = boundary(zone, rollover_hour).day_of_moment
    options = Options(scheduler="fsrs", parameters=parameters, historical_retention=retention)
    by_card = defaultdict(list)
    for entry in sorted(log, key=lambda entry: entry.id):
        by_card[entry.card_id].append(entry)
    card = Schedule(state=CardState.REVIEW)  # no interval: nothing but the log can tell
    expected = {key: memory_of(card, options, own, day_of) for key, own in by_card.items()}
    # In the order in which they were drawn, which is none.
    found = replayed(rows_of(log), memory_model(parameters), retention, day_of, before_ms=END_MS)
    assert {key for key, memory in expected.items() if memory} == set(found.card_ids)
    for key, stability, difficulty, last_ms in zip(
        found.card_ids, found.stability, found.difficulty, found.last_answer_ms, strict=True
    ):
        assert (stability, difficulty) == pytest.approx(tuple(expected[key]), rel=1e-4)
        assert last_ms == max(
            e.id for e in by_card[key] if e.rating and not (e.kind is ReviewKind.EARLY and not e.factor)
        )


@settings(max_examples=100, deadline=None)
@given(logs, st.sampled_from(ZONES), st.integers(0, 23))
def test_what_is_learnt_from_many_cards_is_what_is_learnt_from_each(log, zone, rollover_hour):
    day_of = boundary(zone, rollover_hour).day_of_moment
    by_card = defaultdict(list)
    for entry in sorted(log, key=lambda entry: entry.id):
        by_card[entry.card_id].append(entry)
    odd = [(1, 0, 3, LEARN, 1, 0), (1, END_MS, 3, LEARN, 1, 0), (9, 2**62, 3, LEARN, 1, 0)]
    histories, left_out = complete_histories([*rows_of(log), *odd], day_of, before_ms=END_MS)
    items = sorted(item for answers in histories for item in history_items(*answers))
    assert items == fit_items(by_card.values(), day_of)
    assert left_out == 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(BEGIN_MS, END_MS), min_size=1, max_size=40),
    st.sampled_from(ZONES),
    st.integers(0, 23),
)
def test_days_of_many_moments_are_those_of_each(moments, zone, rollover_hour):
    import numpy as np

    day_of = boundary(zone, rollover_hour).day_of_moment
    assert days_of(np.array(moments), day_of).tolist() == [day_of(moment) for moment in moments]


def test_every_quarter_hour_around_a_change_of_clocks_is_told_right():
    import numpy as np

    for zone in ZONES:
        for change in (datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 10, 27, tzinfo=UTC)):
            begin = int(change.timestamp() * 1000) - 24 * HOUR_MS
            moments = list(range(begin, begin + 60 * HOUR_MS, HOUR_MS // 4 - 1))
            for rollover_hour in (0, 2, 3, 4):
                day_of = boundary(zone, rollover_hour).day_of_moment
                assert days_of(np.array(moments), day_of).tolist() == [day_of(each) for each in moments]


def test_impossible_moments_are_left_out():
    day_of = boundary(UTC, 4).day_of_moment
    good = [(1, BEGIN_MS, 3, 1, -600, 0), (1, BEGIN_MS + 72 * HOUR_MS, 3, OTHER_KIND, 3, 2500)]
    bad = [
        (1, -(2**62), 1, OTHER_KIND, 1, 2500),
        (1, 0, 1, OTHER_KIND, 1, 2500),
        (1, END_MS, 1, OTHER_KIND, 1, 2500),
        (1, 2**62, 1, OTHER_KIND, 1, 2500),
        (2, 2**62, 3, OTHER_KIND, 1, 2500),
    ]
    clean = replayed(good, memory_model(()), 0.9, day_of, before_ms=END_MS)
    mixed = replayed([*bad, *good], memory_model(()), 0.9, day_of, before_ms=END_MS)
    assert mixed == clean
    assert clean.card_ids == [1]
    assert replayed(bad, memory_model(()), 0.9, day_of, before_ms=END_MS).card_ids == []
    assert replayed([], memory_model(()), 0.9, day_of, before_ms=END_MS).card_ids == []


@settings(max_examples=150, deadline=None)
@given(
    parameters,
    st.none() | st.builds(Memory, st.floats(0.0001, 40_000), st.floats(0.5, 11)),
    st.integers(1, 4),
    st.sampled_from([-3, 0, 0, 1, 2, 9, 80, 4000]),
)
def test_plain_arithmetic_is_the_package(parameters, before, rating, days):
    model = memory_model(parameters)
    assert tuple(memory_after(model, before, rating, days)) == pytest.approx(
        tuple(model.after(before, rating, days)), rel=1e-9
    )
