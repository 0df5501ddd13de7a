"""Load balancing and easy days stay within the room of fuzz, avoid full days and spare easy ones."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import SchedulingContext, scheduler
from mlsd_cards.scheduling.balance import DayLoads, wants_loads
from mlsd_cards.scheduling.fuzz import fuzz_bounds, fuzz_factor, fuzzed
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, simulate

TODAY = 100
SUNDAY_OFF = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)
shares = st.sampled_from([0.0, 0.5, 1.0])


@given(
    interval=st.floats(1, 400),
    factor=st.floats(0, 1, exclude_max=True),
    weekday=st.integers(0, 6),
    due=st.dictionaries(st.integers(1, 120), st.integers(0, 500)),
    easy_days=st.one_of(st.just(()), st.tuples(*[shares] * 7)),
    balanced=st.booleans(),
)
def test_an_interval_stays_within_the_room_of_fuzz(interval, factor, weekday, due, easy_days, balanced):
    loads = DayLoads(weekday=weekday, due=due, balanced=balanced, easy_days=easy_days)
    first, last = fuzz_bounds(interval, 1, 36500)
    chosen = fuzzed(interval, 1, 36500, factor, loads)
    assert first <= chosen <= last
    assert chosen == fuzzed(interval, 1, 36500, factor, loads)


def test_nothing_asked_for_is_chosen_like_fuzz():
    loads = DayLoads(weekday=0, due={9: 500})
    for reps in range(200):
        factor = fuzz_factor(1, reps)
        assert fuzzed(10, 1, 36500, factor, loads) == fuzzed(10, 1, 36500, factor)


def test_chance_that_rounds_up_to_one_takes_the_last_day():
    assert DayLoads(weekday=0, due={}).choose(8, 12, 1.0) == 12


def test_a_full_day_is_avoided_and_an_empty_one_taken():
    due = {8: 60, 9: 60, 10: 60, 11: 3, 12: 60}
    loads = DayLoads(weekday=0, due=due, balanced=True)
    drawn = Counter(fuzzed(10, 1, 36500, fuzz_factor(card, 1), loads) for card in range(500))
    assert drawn[11] > 450


def test_intervals_above_ninety_days_are_not_balanced():
    loads = DayLoads(weekday=0, due={day: 999 for day in range(95, 101)}, balanced=True)
    for card in range(100):
        factor = fuzz_factor(card, 1)
        assert fuzzed(100, 1, 36500, factor, loads) == fuzzed(100, 1, 36500, factor)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (Options(), False),
        (Options(load_balance=True), True),
        (Options(load_balance=True, fuzz=False), False),
        (Options(easy_days=SUNDAY_OFF), True),
        (Options(easy_days=(1.0,) * 7), False),
    ],
)
def test_days_are_weighed_only_where_that_is_asked_for(options, wanted):
    assert wants_loads(options) is wanted


@pytest.mark.parametrize("name", ["anki-sm2", "fsrs"])
def test_the_schedulers_use_the_loads(name):
    card = Schedule(
        state=CardState.REVIEW,
        due_day=TODAY,
        interval_days=20,
        ease_permille=2500,
        stability=20.0,
        difficulty=5.0,
        reps=4,
        last_answer_ms=0,
    )
    context = SchedulingContext(
        now_ms=20 * 86_400_000, today=TODAY, until_next_day_s=40_000, options=Options(), fuzz_factor=0.47
    )
    plain = scheduler(name).next_states(card, context).good.interval
    full = DayLoads(weekday=0, due={plain: 10_000}, balanced=True)
    assert scheduler(name).next_states(card, replace(context, loads=full)).good.interval != plain


def loads_of_year(options, days=120):
    cards = [SimulatedCard(id=card, schedule=Schedule(), options=options) for card in range(1, 1201)]
    limits = [DayLimits(new_per_day=20, reviews_per_day=9999)]
    run = simulate(cards, limits, today=0, now_ms=0, days=days, seed=3, weekday=0)
    return [day.reviews for day in islice(run, days)]


@pytest.mark.parametrize("name", ["anki-sm2", "fsrs"])
def test_an_easy_sunday_has_less_than_half_the_mean_load(name):
    # Cards that come back tomorrow or the day after leave no choice: only longer intervals can spare a day.
    options = Options(scheduler=name, easy_days=SUNDAY_OFF, graduating_interval=4, easy_interval=6)
    reviews = loads_of_year(options)[60:]
    sundays = [count for day, count in enumerate(reviews, 60) if day % 7 == 6]
    assert sum(sundays) / len(sundays) < 0.5 * sum(reviews) / len(reviews)


def test_balanced_days_vary_less():
    def spread(reviews):
        mean = sum(reviews) / len(reviews)
        return sum((count - mean) ** 2 for count in reviews) / mean

    plain = Options(scheduler="anki-sm2")
    assert spread(loads_of_year(replace(plain, load_balance=True))[60:]) < spread(loads_of_year(plain)[60:])
