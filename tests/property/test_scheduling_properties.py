"""What holds for every state, preset and moment."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import SCHEDULER_NAMES, NextStates, SchedulingContext, scheduler
from mlsd_cards.scheduling.conversion import converted
from mlsd_cards.scheduling.describe import interval_label
from mlsd_cards.scheduling.fuzz import f32, fuzz_bounds, fuzz_factor, fuzzed
from mlsd_cards.scheduling.memory import Memory, memory_model

DAY_MS = 86_400_000
TODAY = 5_000
EXAMPLES = settings(max_examples=100, deadline=None)

factors = st.builds(fuzz_factor, st.integers(1, 2**41), st.integers(0, 500))
steps = st.lists(st.sampled_from([0.5, 1.0, 10.0, 60.0, 600.0, 1440.0, 4320.0]), max_size=3).map(tuple)
presets = st.builds(
    Options,
    scheduler=st.sampled_from(SCHEDULER_NAMES),
    learning_steps=steps,
    relearning_steps=steps,
    graduating_interval=st.integers(1, 10),
    easy_interval=st.integers(1, 30),
    starting_ease=st.floats(1.31, 5),
    easy_bonus=st.floats(1, 5),
    hard_multiplier=st.floats(0.5, 1.3),
    interval_modifier=st.floats(0.5, 2),
    lapse_multiplier=st.floats(0, 1),
    minimum_lapse_interval=st.integers(1, 5),
    maximum_interval=st.integers(1, 36500),
    leech_threshold=st.integers(0, 9),
    leech_suspend=st.booleans(),
    desired_retention=st.floats(0.7, 0.99),
    short_term_with_steps=st.booleans(),
)


@st.composite
def schedules(draw: st.DrawFn, scheduler_name: str | None = None) -> Schedule:
    state = draw(st.sampled_from(CardState))
    if scheduler_name == "sm2":
        state = CardState.NEW if state is CardState.NEW else CardState.REVIEW
    if state is CardState.NEW:
        return Schedule(reps=draw(st.integers(0, 9)))
    intraday = state in (CardState.LEARNING, CardState.RELEARNING) and draw(st.booleans())
    last_day = draw(st.integers(TODAY - 3000, TODAY))
    memory = draw(st.booleans())
    return Schedule(
        state=state,
        due_day=None if intraday else draw(st.integers(TODAY - 2000, TODAY + 50)),
        due_at_ms=TODAY * DAY_MS if intraday else None,
        interval_days=draw(st.integers(0, 36500)),
        ease_permille=draw(st.sampled_from([0, 1300, 2500, 4200])),
        steps_left=0 if state is CardState.REVIEW else draw(st.integers(0, 4)),
        repetitions=draw(st.integers(0, 9)),
        drill_day=draw(st.sampled_from([None, TODAY - 1, TODAY])),
        stability=draw(st.floats(0.001, 36500)) if memory else None,
        difficulty=draw(st.floats(1, 10)) if memory else None,
        last_answer_ms=last_day * DAY_MS + draw(st.integers(0, DAY_MS - 1)),
        reps=draw(st.integers(1, 99)),
        lapses=draw(st.integers(0, 20)),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Schedule, SchedulingContext]:
    options = draw(presets)
    until = draw(st.integers(1, 86400))
    context = SchedulingContext(
        now_ms=(TODAY + 1) * DAY_MS - until * 1000,
        today=TODAY,
        until_next_day_s=until,
        options=options,
        fuzz_factor=draw(st.none() | factors),
    )
    return draw(schedules(options.scheduler)), context


def outcomes(schedule: Schedule, context: SchedulingContext) -> NextStates:
    return scheduler(context.options.scheduler).next_states(schedule, context)


@EXAMPLES
@given(situations())
def test_the_answer_is_the_preview(situation: tuple[Schedule, SchedulingContext]) -> None:
    schedule, context = situation
    first, second = outcomes(schedule, context), outcomes(schedule, context)
    assert first == second
    for rating in (1, 2, 3, 4):
        outcome = first[rating]
        if context.options.scheduler != "sm2":
            assert outcome.log_interval == outcome.interval
            assert outcome.label == interval_label(outcome.interval)
        if outcome.interval > 0 and outcome.kind is not ReviewKind.DRILL:
            assert outcome.schedule.due_day == context.today + outcome.interval


@EXAMPLES
@given(situations())
def test_every_outcome_is_a_sound_schedule(situation: tuple[Schedule, SchedulingContext]) -> None:
    before, context = situation
    states = outcomes(before, context)
    for rating in (1, 2, 3, 4):
        outcome = states[rating]
        after = outcome.schedule
        assert after.state is not CardState.NEW
        assert (after.due_day is None) != (after.due_at_ms is None)
        assert after.due_day is None or after.due_day >= min(context.today, before.due_day or context.today)
        assert after.due_at_ms is None or after.due_at_ms >= context.now_ms
        assert after.reps == before.reps + 1
        assert after.last_answer_ms == context.now_ms
        assert after.interval_days >= 0
        assert after.steps_left >= 0
        if after.state is CardState.REVIEW:
            assert after.steps_left == 0
        assert outcome.suspend <= outcome.leech <= (rating == 1)
        assert after.lapses - before.lapses in ({0, 1} if rating == 1 else {0}) or after.lapses == 0


@EXAMPLES
@given(situations())
def test_a_delay_never_passes_the_rollover(situation: tuple[Schedule, SchedulingContext]) -> None:
    before, context = situation
    states = outcomes(before, context)
    next_day_at = context.now_ms + context.until_next_day_s * 1000
    for rating in (1, 2, 3, 4):
        outcome = states[rating]
        if outcome.interval < 0:
            assert -outcome.interval < context.until_next_day_s
            assert outcome.schedule.due_at_ms is not None
            if context.fuzz_factor is None:
                assert outcome.schedule.due_at_ms < next_day_at


@EXAMPLES
@given(situations())
def test_reviews_grow_with_the_rating_up_to_the_maximum(
    situation: tuple[Schedule, SchedulingContext],
) -> None:
    before, context = situation
    options = context.options
    before = replace(
        before, state=CardState.REVIEW, drill_day=None, due_day=before.due_day or TODAY, due_at_ms=None
    )
    states = outcomes(before, context)
    hard, good, easy = (states[rating].schedule.interval_days for rating in (2, 3, 4))
    assert max(hard, good, easy) <= options.maximum_interval
    assert hard <= good <= easy
    strict = options.scheduler == "fsrs" or (
        options.scheduler == "anki-sm2" and f32(options.hard_multiplier) > 1
    )
    if strict:
        assert good > hard or good == options.maximum_interval
    if options.scheduler != "sm2":
        assert easy > good or easy == options.maximum_interval


@EXAMPLES
@given(situations())
def test_graduation_never_passes_the_maximum(situation: tuple[Schedule, SchedulingContext]) -> None:
    before, context = situation
    assume(before.state in (CardState.NEW, CardState.LEARNING))
    states = outcomes(before, context)
    for rating in (1, 2, 3, 4):
        after = states[rating].schedule
        if after.state is CardState.REVIEW and states[rating].kind is ReviewKind.LEARN:
            assert 1 <= after.interval_days <= context.options.maximum_interval


@EXAMPLES
@given(st.lists(st.integers(1, 4), max_size=60), st.integers(1, 36500))
def test_sm2_as_a_life(ratings: list[int], maximum: int) -> None:
    """EF follows W90 alone: a floor of 1.3, no change by a failure, drills change nothing."""
    options = Options(maximum_interval=maximum)
    schedule, today, ease, repetitions = Schedule(), TODAY, 2500, 0
    for rating in ratings:
        context = SchedulingContext(
            now_ms=today * DAY_MS, today=today, until_next_day_s=86400, options=options
        )
        after = scheduler("sm2").next_states(schedule, context)[rating].schedule
        if schedule.drill_day == today:
            assert replace(after, reps=0, drill_day=None, last_answer_ms=0) == replace(
                schedule, reps=0, drill_day=None, last_answer_ms=0
            )
        elif rating == 1:
            repetitions = 1
            assert (after.repetitions, after.interval_days) == (1, 1)
        else:
            ease = max(1300, ease + {2: -140, 3: 0, 4: 100}[rating])
            repetitions += 1
            raw = {1: 1, 2: 6}.get(repetitions, math.ceil(schedule.interval_days * ease / 1000 - 1e-9))
            assert after.interval_days == min(raw, maximum)
        assert after.ease_permille == ease >= 1300
        assert after.repetitions == repetitions
        assert (after.drill_day == today) == (rating < 3)
        schedule = after
        if after.drill_day is None:
            today = after.due_day or today


@EXAMPLES
@given(
    st.floats(0, 50_000, allow_nan=False),
    st.integers(1, 36500),
    st.integers(1, 36500),
    st.none() | factors,
)
def test_fuzz_stays_in_its_room(interval: float, low: int, high: int, factor: float | None) -> None:
    found = fuzzed(interval, low, high, factor)
    assert min(low, high) <= found <= high
    first, last = fuzz_bounds(interval, low, high)
    assert min(low, high) <= first <= last <= high
    if factor is not None:
        assert first <= found <= last


@EXAMPLES
@given(st.integers(0, 2**63 - 1), st.integers(0, 10_000))
def test_fuzz_factors_are_numbers_below_one_with_24_bits(card_id: int, reps: int) -> None:
    factor = fuzz_factor(card_id, reps)
    assert 0 <= factor < 1
    assert f32(factor) == factor
    assert factor == fuzz_factor(card_id, reps)


# FSRS against its formulas, written down once more

BOUNDS: list[tuple[float, float]] = [
    *[(0.001, 100.0)] * 4,
    *[(1, 10), (0.001, 4), (0.001, 4), (0.001, 0.75), (0, 4.5), (0, 0.8), (0.001, 3.5), (0.001, 5)],
    *[(0.001, 0.25), (0.001, 0.9), (0, 4), (0, 1), (1, 6), (0, 2), (0, 2), (0, 0.8), (0.1, 0.8)],
]
parameters = st.tuples(*(st.floats(low, high) for low, high in BOUNDS))


def clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def by_formula(w: tuple[float, ...], before: Memory | None, grade: int, t: int) -> Memory:
    def start(g: int) -> float:
        return w[4] - math.exp(w[5] * (g - 1)) + 1

    if before is None:
        return Memory(clamp(w[grade - 1], 0.001, 36500), clamp(start(grade), 1, 10))
    s, d = before
    factor = 0.9 ** (-1 / w[20]) - 1
    r = (1 + factor * t / s) ** -w[20]
    damped = d - w[6] * (grade - 3) * (10 - d) / 9
    new_d = clamp(w[7] * start(4) + (1 - w[7]) * damped, 1, 10)
    if t == 0:
        k = math.exp(w[17] * (grade - 3 + w[18])) * s ** -w[19]
        new_s = s * (max(k, 1) if grade >= 2 else k)
    elif grade == 1:
        forgotten = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * math.exp(w[14] * (1 - r))
        new_s = min(forgotten, s / math.exp(w[17] * w[18]))
    else:
        growth = math.exp(w[8]) * (11 - d) * s ** -w[9] * (math.exp(w[10] * (1 - r)) - 1)
        new_s = s * (1 + growth * (w[15] if grade == 2 else 1) * (w[16] if grade == 4 else 1))
    return Memory(clamp(new_s, 0.001, 36500), new_d)


@EXAMPLES
@given(
    parameters,
    st.none() | st.builds(Memory, st.floats(0.001, 36500), st.floats(1, 10)),
    st.integers(1, 4),
    st.integers(0, 20_000),
)
def test_memory_follows_its_formulas(
    w: tuple[float, ...], before: Memory | None, grade: int, days: int
) -> None:
    got = memory_model(w).after(before, grade, days)
    assert got == pytest.approx(by_formula(w, before, grade, days), rel=1e-9)


@EXAMPLES
@given(parameters, st.floats(0.001, 36500), st.floats(0.7, 0.99), st.integers(0, 40_000))
def test_recall_falls_and_intervals_are_its_inverse(
    w: tuple[float, ...], stability: float, retention: float, days: int
) -> None:
    model = memory_model(w)
    assert 0 < model.retrievability(stability, days + 1) <= model.retrievability(stability, days) <= 1
    interval = model.interval(stability, retention)
    factor = 0.9 ** (-1 / w[20]) - 1
    assert (1 + factor * interval / stability) ** -w[20] == pytest.approx(retention, rel=1e-6)
    memory = model.from_interval(interval, 2.5, retention)
    assert memory.stability == pytest.approx(clamp(max(interval, 0.001) * stability / interval, 0.001, 36500))


@EXAMPLES
@given(schedules(), st.sampled_from(SCHEDULER_NAMES), st.sampled_from(SCHEDULER_NAMES))
def test_changing_the_scheduler_keeps_days_and_intervals(before: Schedule, source: str, to: str) -> None:
    if source == "sm2":
        before = replace(before, state=CardState.REVIEW, due_day=before.due_day or TODAY, due_at_ms=None)
    after: Any = converted(before, source, Options(scheduler=to), today=TODAY, day_of=lambda ms: ms // DAY_MS)
    assert (after.interval_days, after.reps, after.lapses) == (
        before.interval_days,
        before.reps,
        before.lapses,
    )
    if after.state is CardState.NEW:
        assert (after.due_day, after.due_at_ms) == (None, None)
    elif to == "sm2" and before.due_at_ms is not None and source != "sm2":
        assert (after.due_day, after.due_at_ms) == (TODAY, None)
    else:
        assert (after.due_day, after.due_at_ms) == (before.due_day, before.due_at_ms)
    if source != to:
        assert after.drill_day is None or source != "sm2"
        kept = (after.stability, after.difficulty) == (before.stability, before.difficulty)
        forgotten = after.state is CardState.NEW and after.stability is after.difficulty is None
        assert to == "fsrs" or kept or forgotten
    context = SchedulingContext(
        now_ms=TODAY * DAY_MS + 1, today=TODAY, until_next_day_s=80_000, options=Options(scheduler=to)
    )
    assert outcomes(after, context)[3].schedule.reps == before.reps + 1
