"""What vectors leave open in `sm2`, `anki-sm2` and `fsrs`."""

from dataclasses import replace
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.scheduling import SCHEDULER_NAMES, SchedulingContext, is_leech, scheduler
from mlsd_cards.scheduling.fsrs import elapsed_days
from mlsd_cards.scheduling.steps import Steps

DAY_MS = 86_400_000
TODAY = 100


def context(*, until: int = 50_000, **options: Any) -> SchedulingContext:
    known = {name: options.pop(name) for name in ("fuzz_factor", "last_answer_day") if name in options}
    return SchedulingContext(
        now_ms=(TODAY + 1) * DAY_MS - until * 1000,
        today=TODAY,
        until_next_day_s=until,
        options=Options(**options),
        **known,
    )


def review(**fields: Any) -> Schedule:
    values: dict[str, Any] = {
        "state": CardState.REVIEW,
        "due_day": TODAY,
        "interval_days": 10,
        "ease_permille": 2500,
        "last_answer_ms": (TODAY - 10) * DAY_MS,
        "reps": 4,
    }
    return Schedule(**values | fields)


def test_schedulers_are_found_by_name() -> None:
    for name in SCHEDULER_NAMES:
        assert scheduler(name).next_states(Schedule(), context())[3].schedule.reps == 1
    with pytest.raises(InputError, match="“sm3” is not a scheduler; there are: sm2, anki-sm2, fsrs"):
        scheduler("sm3")


@pytest.mark.parametrize("rating", [0, 5, -1])
def test_there_are_four_ratings(rating: int) -> None:
    states = scheduler("sm2").next_states(Schedule(), context())
    with pytest.raises(InputError, match="A rating is 1, 2, 3 or 4"):
        states[rating]


@pytest.mark.parametrize(
    ("threshold", "leeches"),
    [(8, [8, 12, 16, 20]), (1, list(range(1, 21))), (5, [5, 8, 11, 14, 17, 20]), (0, []), (-1, [])],
)
def test_leeches_come_at_the_threshold_and_then_at_each_half(threshold: int, leeches: list[int]) -> None:
    assert [lapses for lapses in range(21) if is_leech(lapses, threshold)] == leeches


@pytest.mark.parametrize("name", SCHEDULER_NAMES)
def test_a_leech_is_suspended_only_where_asked_and_only_after_again(name: str) -> None:
    before = review(lapses=7, repetitions=3, stability=10.0, difficulty=5.0)
    for suspend in (False, True):
        states = scheduler(name).next_states(before, context(leech_threshold=8, leech_suspend=suspend))
        assert (states.again.leech, states.again.suspend) == (True, suspend)
        assert not any(states[rating].leech or states[rating].suspend for rating in (2, 3, 4))


# sm2


def test_a_drill_keeps_everything_but_repetitions_of_answers() -> None:
    first = scheduler("sm2").next_states(Schedule(), context()).hard
    assert (first.interval, first.label, first.log_interval) == (0, "today", 1)
    drill = scheduler("sm2").next_states(first.schedule, context())
    for rating in (1, 2, 3, 4):
        after = drill[rating]
        assert after.kind is ReviewKind.DRILL
        assert after.interval == (0 if rating < 3 else 1)
        assert after.schedule == replace(
            first.schedule,
            reps=2,
            drill_day=TODAY if rating < 3 else None,
            last_answer_ms=context().now_ms,
        )


def test_an_unfinished_drill_ends_at_the_rollover() -> None:
    before = review(repetitions=2, interval_days=6, drill_day=TODAY - 1)
    after = scheduler("sm2").next_states(before, context()).good
    assert after.kind is ReviewKind.REVIEW
    assert (after.schedule.interval_days, after.schedule.drill_day) == (15, None)


def test_sm2_intervals_never_pass_the_maximum() -> None:
    states = scheduler("sm2").next_states(review(repetitions=5), context(maximum_interval=3))
    assert [states[rating].schedule.interval_days for rating in (1, 2, 3, 4)] == [1, 3, 3, 3]


# Steps


@pytest.mark.parametrize(
    ("minutes", "left", "hard"),
    [
        ((1.0, 10.0), 2, 330),
        ((1.0, 10.0), 1, 600),
        ((1.0, 10.0), 9, 330),
        ((1.0, 10.0), 0, 600),
        ((10.0,), 1, 900),
        ((4320.0,), 1, 345_600),
        ((1440.0, 4320.0), 2, 172_800),
        ((1440.0, 2880.0), 2, 172_800),
        ((), 0, None),
    ],
)
def test_hard_repeats_a_step_or_goes_half_way(
    minutes: tuple[float, ...], left: int, hard: int | None
) -> None:
    assert Steps(minutes, left).hard_s() == hard


def test_a_delay_that_passes_the_rollover_becomes_days() -> None:
    options = {"learning_steps": (10.0, 1440.0), "scheduler": "anki-sm2"}
    inside = scheduler("anki-sm2").next_states(Schedule(), context(until=601, **options)).again
    assert (inside.interval, inside.schedule.due_day) == (-600, None)
    outside = scheduler("anki-sm2").next_states(Schedule(), context(until=600, **options)).again
    assert (outside.interval, outside.label) == (1, "1d")
    assert (outside.schedule.due_day, outside.schedule.due_at_ms) == (TODAY + 1, None)
    assert outside.schedule.state is CardState.LEARNING
    assert outside.log_interval == 1


def test_fuzz_of_a_delay_is_hidden_from_the_button() -> None:
    options = {"learning_steps": (1.0, 60.0), "fuzz_factor": 0.999}
    states = scheduler("anki-sm2").next_states(Schedule(), context(**options))
    now = context().now_ms
    assert states.again.interval == -60
    assert states.again.schedule.due_at_ms == now + (60 + 14) * 1000
    assert states.good.schedule.due_at_ms == now + (3600 + 299) * 1000


# anki-sm2


def test_a_relearning_card_without_steps_goes_back_to_review() -> None:
    before = review(state=CardState.RELEARNING, due_day=None, due_at_ms=1, interval_days=7, steps_left=1)
    states = scheduler("anki-sm2").next_states(before, context(relearning_steps=()))
    assert [states[rating].interval for rating in (1, 2, 3, 4)] == [7, 7, 7, 8]
    assert {states[rating].schedule.state for rating in (1, 2, 3, 4)} == {CardState.REVIEW}
    assert states.good.log_last_interval == 0


def test_a_review_card_without_due_day_or_ease_is_on_time_with_the_starting_ease() -> None:
    odd = review(due_day=None, ease_permille=0)
    usual = scheduler("anki-sm2").next_states(review(), context())
    for rating in (1, 2, 3, 4):
        got = scheduler("anki-sm2").next_states(odd, context())[rating]
        assert got.interval == usual[rating].interval
        assert got.log_factor == usual[rating].log_factor


def test_only_hard_and_again_lift_an_ease_to_the_floor() -> None:
    states = scheduler("anki-sm2").next_states(review(ease_permille=1000), context())
    eases = [states[rating].schedule.ease_permille for rating in (1, 2, 3, 4)]
    assert eases == [1300, 1300, 1000, 1150]


def test_an_early_answer_counts_as_on_time() -> None:
    early = scheduler("anki-sm2").next_states(review(due_day=TODAY + 5), context())
    assert early.good.interval == scheduler("anki-sm2").next_states(review(), context()).good.interval


# fsrs


def known(**fields: Any) -> Schedule:
    return review(**{"stability": 10.0, "difficulty": 5.0} | fields)


def test_elapsed_days_are_differences_of_day_numbers() -> None:
    assert elapsed_days(known(), context(last_answer_day=TODAY - 11)) == 11
    assert elapsed_days(known(), context(last_answer_day=TODAY + 1)) == 0
    assert elapsed_days(known(last_answer_ms=(TODAY - 10) * DAY_MS), context()) == 10
    assert elapsed_days(known(last_answer_ms=(TODAY - 10) * DAY_MS - 1), context()) == 11
    assert elapsed_days(known(last_answer_ms=None), context()) == 10
    assert elapsed_days(known(last_answer_ms=None, due_day=None), context()) == 0


def test_the_day_handed_in_outweighs_the_count_of_seconds() -> None:
    """An answer at 4:30 before clocks go forward is 23.5 hours before the next day's 5:00."""
    near = context(last_answer_day=TODAY - 1)
    far = context(last_answer_day=TODAY - 300)
    algorithm = scheduler("fsrs")
    assert (
        algorithm.next_states(known(), near).good.interval < algorithm.next_states(known(), far).good.interval
    )


def test_a_card_without_memory_gets_one_from_ease_and_interval() -> None:
    good = scheduler("fsrs").next_states(review(), context(last_answer_day=TODAY - 10)).good
    assert good.interval > 10
    assert good.schedule.stability is not None


@pytest.mark.parametrize(
    "before",
    [
        review(interval_days=0),
        review(interval_days=0, stability=5.0),
        review(interval_days=0, difficulty=5.0),
        Schedule(stability=9.0, difficulty=9.0),
    ],
)
def test_a_card_of_which_nothing_is_known_is_answered_for_the_first_time(before: Schedule) -> None:
    states = scheduler("fsrs").next_states(before, context(learning_steps=()))
    memory = [states[rating].schedule.stability for rating in (1, 2, 3, 4)]
    assert memory == [0.212, 1.2931, 2.3065, 8.2956]


SHORT: dict[str, Any] = {
    "parameters": (
        *(0.01, 0.02, 0.03, 0.04, 6.4, 0.8, 3.0, 0.001, 1.8, 0.1, 0.7, 1.4, 0.06),
        *(0.2, 1.6, 0.6, 1.8, 0.5, 0.09, 0.06, 0.15),
    )
}


def test_short_intervals_stay_within_the_day_where_no_step_decides() -> None:
    states = scheduler("fsrs").next_states(Schedule(), context(learning_steps=(), **SHORT))
    assert [states[rating].interval for rating in (1, 2, 3)] == [-864, -1728, -2592]
    assert states.again.schedule.state is CardState.LEARNING
    assert states.again.schedule.due_at_ms == context().now_ms + 864_000
    assert (states.easy.interval, states.easy.schedule.state) == (2, CardState.REVIEW)


def test_from_half_a_day_on_intervals_are_days() -> None:
    parameters = (0.5001, 0.4999, *SHORT["parameters"][2:])
    states = scheduler("fsrs").next_states(
        Schedule(), context(learning_steps=(), parameters=parameters, until=86_400)
    )
    assert (states.again.interval, states.hard.interval) == (1, -43191)


def test_steps_decide_unless_the_preset_says_otherwise() -> None:
    last = Schedule(state=CardState.LEARNING, due_at_ms=1, steps_left=1, stability=0.01, difficulty=5.0,
                    last_answer_ms=context().now_ms)  # fmt: skip
    with_steps = context(last_answer_day=TODAY, **SHORT)
    assert scheduler("fsrs").next_states(last, with_steps).good.interval == 1
    short = context(last_answer_day=TODAY, short_term_with_steps=True, **SHORT)
    good = scheduler("fsrs").next_states(last, short).good
    assert good.interval < 0
    assert (good.schedule.state, good.schedule.steps_left) == (CardState.LEARNING, 1)


def test_a_lapse_without_steps_stays_within_the_day_where_memory_is_short() -> None:
    before = known(stability=0.02, interval_days=1)
    short = context(last_answer_day=TODAY, relearning_steps=(), **SHORT)
    again = scheduler("fsrs").next_states(before, short).again
    assert again.interval < 0
    assert (again.schedule.state, again.schedule.steps_left) == (CardState.RELEARNING, 0)
    assert (again.schedule.interval_days, again.schedule.lapses) == (1, 1)
    relearning = scheduler("fsrs").next_states(again.schedule, replace(short, last_answer_day=TODAY))
    assert relearning.good.schedule.state is CardState.RELEARNING
    assert relearning.good.schedule.steps_left == 0
    assert relearning.good.kind is ReviewKind.RELEARN


def test_parameters_without_same_day_answers_never_stay_within_the_day() -> None:
    parameters = (*SHORT["parameters"][:17], 0.0, *SHORT["parameters"][18:])
    states = scheduler("fsrs").next_states(Schedule(), context(learning_steps=(), parameters=parameters))
    assert [states[rating].interval for rating in (1, 2, 3)] == [1, 1, 1]


def test_graduation_gives_the_starting_ease_and_review_changes_it() -> None:
    easy = scheduler("fsrs").next_states(Schedule(lapses=3), context()).easy
    assert (easy.schedule.ease_permille, easy.schedule.lapses) == (2500, 0)
    states = scheduler("fsrs").next_states(known(), context(last_answer_day=TODAY - 10))
    eases = [states[rating].schedule.ease_permille for rating in (1, 2, 3, 4)]
    assert eases == [2300, 2350, 2500, 2650]


def test_every_log_row_of_fsrs_tells_a_difficulty() -> None:
    states = scheduler("fsrs").next_states(Schedule(), context())
    assert all(100 <= states[rating].log_factor <= 1100 for rating in (1, 2, 3, 4))
