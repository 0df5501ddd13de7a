"""Many cards answered at once: the same as the schedulers answer them one by one, and whole forecasts too."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling import SCHEDULER_NAMES, SchedulingContext, is_leech, scheduler
from mlsd_cards.scheduling.fuzz import fuzz_bounds, fuzz_factor, fuzzed
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, Memory, memory_model
from mlsd_cards.scheduling.replay import memories_after
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, simulate
from mlsd_cards.scheduling.simulation_balanced import Ahead
from mlsd_cards.scheduling.simulation_columns import HALF_DAY_S, NO_DAY, STATES, columns, leeches
from mlsd_cards.scheduling.simulation_fuzz import bounds, fuzz_factors
from mlsd_cards.scheduling.simulation_fuzz import fuzzed as many_fuzzed
from mlsd_cards.scheduling.simulation_run import in_columns
from tests.helpers.plain_simulation import PlainRun

DAY, NOW_MS = 500, 500 * 86_400_000
NO_SAME_DAY = (*DEFAULT_PARAMETERS[:17], 0.0, *DEFAULT_PARAMETERS[18:])
SHORT = (0.01, 0.02, 0.03, 0.2, *DEFAULT_PARAMETERS[4:])  # the first intervals lie within the day

steps = st.lists(st.sampled_from([0.5, 1.0, 10.0, 60.0, 718.0, 720.0, 1440.0, 4000.0]), max_size=3).map(tuple)
options_of = st.builds(
    Options,
    scheduler=st.sampled_from(SCHEDULER_NAMES),
    learning_steps=steps,
    relearning_steps=steps,
    graduating_interval=st.integers(1, 20),
    easy_interval=st.integers(1, 40),
    starting_ease=st.sampled_from([1.31, 2.0, 2.5, 3.333]),
    easy_bonus=st.sampled_from([1.0, 1.3, 2.15]),
    hard_multiplier=st.sampled_from([0.5, 1.0, 1.2, 1.3]),
    interval_modifier=st.sampled_from([0.5, 0.93, 1.0, 1.7]),
    lapse_multiplier=st.sampled_from([0.0, 0.33, 1.0]),
    minimum_lapse_interval=st.integers(1, 6),
    maximum_interval=st.sampled_from([0, 1, 30, 365, 36500]),
    leech_threshold=st.sampled_from([0, 1, 2, 5, 8]),
    leech_suspend=st.booleans(),
    fuzz=st.booleans(),
    parameters=st.sampled_from([(), NO_SAME_DAY, SHORT]),
    desired_retention=st.sampled_from([0.7, 0.9, 0.97]),
    short_term_with_steps=st.booleans(),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """A card as it may stand on `DAY`, whatever scheduler made it so."""
    state = draw(st.sampled_from(CardState))
    interval = draw(st.integers(0 if state is not CardState.REVIEW else 1, 3000))
    has_memory = draw(st.booleans())
    due_day = draw(st.one_of(st.none(), st.integers(DAY - 400, DAY + 3)))
    return Schedule(
        state=state,
        due_day=due_day,
        due_at_ms=NOW_MS if due_day is None else None,
        interval_days=interval,
        ease_permille=draw(st.sampled_from([0, 1300, 1450, 2500, 2650, 3333])),
        steps_left=draw(st.integers(0, 4)),
        repetitions=draw(st.integers(0, 6)),
        drill_day=draw(st.sampled_from([None, None, DAY - 1, DAY] if due_day is not None else [None])),
        stability=draw(st.floats(0.0005, 40_000)) if has_memory else None,
        difficulty=draw(st.floats(0.5, 11)) if has_memory else None,
        last_answer_ms=draw(st.sampled_from([None, 1])),
        reps=draw(st.integers(0, 100)),
        lapses=draw(st.integers(0, 20)),
    )


def _of(options: Options, schedule: Schedule) -> Schedule:
    return (
        schedule if options.scheduler == "sm2" else replace(schedule, drill_day=None)
    )  # as cards are carried over


@settings(max_examples=300, deadline=None)
@given(
    options=options_of,
    cards=st.lists(st.tuples(schedules(), st.integers(1, 4), st.integers(0, 300)), min_size=1, max_size=8),
)
@example(  # a learning step that fuzz carries into the next day
    options=Options(scheduler="anki-sm2", learning_steps=(718.0,)),
    cards=[(Schedule(reps=reps), 1, 0) for reps in range(30)],
)
def test_many_are_answered_as_each_one_is(options: Options, cards: list[tuple[Schedule, int, int]]) -> None:
    befores = [_of(options, schedule) for schedule, _, _ in cards]
    last_days = [DAY - since for _, _, since in cards]
    ratings = [rating for _, rating, _ in cards]
    factor = None
    if options.fuzz:
        factor = fuzz_factors(range(len(cards)), [before.reps for before in befores])
    table = columns(befores, [options] * len(cards), [DAY] * len(cards), last_days)
    leech = in_columns(options).answer(table, np.array(ratings), factor, DAY)
    for place, (before, rating) in enumerate(zip(befores, ratings, strict=True)):
        context = SchedulingContext(
            now_ms=NOW_MS,
            today=DAY,
            until_next_day_s=HALF_DAY_S,
            options=options,
            fuzz_factor=fuzz_factor(place, before.reps) if options.fuzz else None,
            last_answer_day=last_days[place],
        )
        outcome = scheduler(options.scheduler).next_states(before, context)[rating]
        after = outcome.schedule
        in_steps = after.due_day is None and after.due_at_ms is not None
        assert STATES[table.state[place]] is after.state or options.scheduler == "sm2"  # its drill keeps it
        assert table.due_day[place] == (NO_DAY if after.due_day is None else after.due_day)
        assert table.interval[place] == after.interval_days
        assert table.ease[place] == after.ease_permille
        assert table.left[place] == after.steps_left
        assert table.repetitions[place] == after.repetitions
        assert table.reps[place] == after.reps
        assert table.lapses[place] == after.lapses
        assert bool(table.drill_day[place] == DAY) is (after.drill_day == DAY)
        assert bool(leech[place]) is outcome.leech
        if after.drill_day == DAY:
            assert table.comes[place] == DAY
        elif in_steps:
            assert table.comes[place] == DAY + (after.due_at_ms - NOW_MS >= 1000 * HALF_DAY_S)
        else:
            assert table.comes[place] == after.due_day
        if options.scheduler == "fsrs":
            assert table.stability[place] == pytest.approx(after.stability, rel=1e-9)
            assert table.difficulty[place] == pytest.approx(after.difficulty, rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    intervals=st.lists(st.floats(0.5, 40_000), min_size=1, max_size=5),
    low=st.integers(-1, 500),
    high=st.sampled_from([1, 7, 400, 36500]),
    factor=st.floats(0, 1, exclude_max=True),
)
def test_fuzz_is_that_of_one_card(intervals: list[float], low: int, high: int, factor: float) -> None:
    many = np.array(intervals)
    first, last = bounds(many, low, high)
    assert [*zip(first.tolist(), last.tolist(), strict=True)] == [
        fuzz_bounds(each, low, high) for each in intervals
    ]
    for chance in (factor, None):
        found = many_fuzzed(many, low, high, None if chance is None else np.full(len(many), chance))
        assert found.tolist() == [fuzzed(each, low, high, chance) for each in intervals]


@given(st.lists(st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 10**6)), max_size=5))
def test_factors_are_those_of_one_card(keys: list[tuple[int, int]]) -> None:
    found = fuzz_factors([card for card, _ in keys], [reps for _, reps in keys])
    assert found.tolist() == [fuzz_factor(*key) for key in keys]


@given(
    before=st.one_of(st.none(), st.tuples(st.floats(0.0001, 40_000), st.floats(0, 12))),
    rating=st.integers(1, 4),
    elapsed=st.integers(0, 5000),
)
def test_memory_is_that_of_one_card(before: tuple[float, float] | None, rating: int, elapsed: int) -> None:
    expected = memory_model(()).after(Memory(*before) if before else None, rating, elapsed)
    stability, difficulty = (np.array([value]) for value in before or (np.nan, np.nan))
    found = memories_after(memory_model(()), stability, difficulty, np.array([rating]), np.array([elapsed]))
    assert [float(each[0]) for each in found] == pytest.approx([*expected], rel=1e-9)


@pytest.mark.parametrize("threshold", [0, 1, 2, 3, 8])
def test_leeches_are_those_of_one_card(threshold: int) -> None:
    lapses = np.arange(30)
    assert leeches(lapses, threshold).tolist() == [is_leech(each, threshold) for each in range(30)]


def test_days_ahead_are_counted_from_the_present_one() -> None:
    ahead = Ahead({7: 3, 12: 1}, 5)
    assert dict(ahead) == {2: 3, 7: 1}
    assert (len(ahead), ahead.get(3)) == (2, 0)


def test_an_unknown_scheduler_is_refused() -> None:
    with pytest.raises(InputError, match="“sm3” is not a scheduler"):
        in_columns(Options(scheduler="sm3"))


@settings(max_examples=60, deadline=None)
@given(
    presets=st.lists(options_of, min_size=1, max_size=3, unique=True),
    loads=st.sampled_from([{}, {"load_balance": True}, {"easy_days": (1.0, 0.5, 1.0, 0.0, 1.0, 1.0, 1.0)}]),
    cards=st.lists(st.tuples(schedules(), st.integers(0, 2), st.integers(0, 60)), max_size=10),
    limits=st.lists(
        st.builds(
            DayLimits,
            new_per_day=st.integers(0, 4),
            reviews_per_day=st.integers(0, 8),
            new_ignore_review_limit=st.booleans(),
            new_done=st.integers(0, 2),
            reviews_done=st.integers(0, 2),
        ),
        min_size=1,
        max_size=2,
    ),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_forecast_is_that_of_one_card_after_the_other(presets, loads, cards, limits, seed) -> None:
    # Weighed days are those of the last preset alone: between presets the order within a day is not fixed.
    presets = [replace(each, **loads) for each in presets[-1:]] if loads else presets
    made = [
        SimulatedCard(
            id=number,
            schedule=_of(presets[number % len(presets)], schedule),
            options=presets[number % len(presets)],
            limits=place % len(limits),
            last_day=None if since > 50 else DAY - since,
            memory=Memory(5.0, 6.0) if since % 2 else None,
        )
        for number, (schedule, place, since) in enumerate(cards)
    ]
    run = PlainRun(made, limits, DAY, NOW_MS, seed, 2)
    expected = [run.lived(day) for day in range(DAY, DAY + 40)]
    found = [*simulate(made, limits, today=DAY, now_ms=NOW_MS, days=40, seed=seed, weekday=2)]
    assert [each[:4] for each in found] == [each[:4] for each in expected]
    recalls = [[-1.0 if each.recall is None else each.recall for each in days] for days in (found, expected)]
    assert recalls[0] == pytest.approx(recalls[1], rel=1e-6)


@pytest.mark.parametrize(("name", "balanced"), [*itertools.product(SCHEDULER_NAMES, (False, True))])
def test_a_forecast_of_many_cards_is_that_of_one_after_the_other(name: str, balanced: bool) -> None:
    options = Options(scheduler=name, load_balance=balanced, leech_threshold=2, leech_suspend=True)
    due = [
        Schedule(
            state=CardState.REVIEW,
            due_day=DAY - number % 7,
            interval_days=1 + number % 40,
            ease_permille=2300,
        )
        for number in range(150)
    ]
    made = [
        SimulatedCard(id=number, schedule=each, options=options)
        for number, each in enumerate([*due, *[Schedule()] * 60])
    ]
    limits = [DayLimits(new_per_day=9, reviews_per_day=60)]
    run = PlainRun(made, limits, DAY, NOW_MS, 5, 0)
    expected = [run.lived(day) for day in range(DAY, DAY + 120)]
    found = [*simulate(made, limits, today=DAY, now_ms=NOW_MS, days=120, seed=5)]
    assert [each[:4] for each in found] == [each[:4] for each in expected]
    assert sum(each.reviews for each in found) > 300
