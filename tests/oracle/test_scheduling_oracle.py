"""The real Anki and our `anki-sm2` and `fsrs`, given the same answers to the same cards."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import NextStates, Outcome, SchedulingContext, scheduler
from tests.oracle.anki_scheduling import TODAY, Anki, AnkiEnded, options_json

pytest.importorskip("anki", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

DAY = 86_400
EXAMPLES = settings(max_examples=100, deadline=None)


@pytest.fixture(scope="module")
def anki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anki]:
    process = Anki(tmp_path_factory.mktemp("anki"))
    yield process
    process.close()


steps = st.lists(st.sampled_from([0.5, 1.0, 7.3, 10.0, 60.0, 600.0, 1440.0, 4000.0]), max_size=3).map(tuple)


def thousandths(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(round(low * 1000), round(high * 1000)).map(lambda value: value / 1000)


def presets(name: str) -> st.SearchStrategy[Options]:
    return st.builds(
        Options,
        scheduler=st.just(name),
        learning_steps=steps,
        relearning_steps=steps,
        graduating_interval=st.integers(1, 10),
        easy_interval=st.integers(1, 30),
        starting_ease=thousandths(1.31, 5),
        easy_bonus=thousandths(1, 5),
        hard_multiplier=thousandths(0.5, 1.3),
        interval_modifier=thousandths(0.5, 2),
        lapse_multiplier=thousandths(0, 1),
        minimum_lapse_interval=st.integers(1, 5),
        maximum_interval=st.sampled_from([1, 7, 90, 36500]),
        leech_threshold=st.integers(1, 5),
        leech_suspend=st.sampled_from([False, False, False, True]),
        desired_retention=thousandths(0.71, 0.98),
        short_term_with_steps=st.booleans(),
    )


some_starts = st.fixed_dictionaries(
    {
        "state": st.just("review"),
        "due_days": st.integers(-40, 40),
        "interval_days": st.integers(1, 900),
        "ease_permille": st.integers(1300, 4000),
        "reps": st.integers(1, 20),
        "lapses": st.integers(0, 6),
        "stability": st.integers(1, 60_000).map(lambda value: value / 100),
        "difficulty": st.integers(100, 1000).map(lambda value: value / 100),
        "days_since": st.integers(0, 400),
    }
)
starts = some_starts | st.none() | some_starts
# Long lives with many failures: short ones hardly ever come to relearning or to a second leech.
answers = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 9, 100]), st.sampled_from([3, 1, 2, 4, 1])), min_size=10, max_size=18
)


def schedule_at_start(start: dict[str, Any] | None, *, memory: bool) -> tuple[Schedule, int | None]:
    """Return our schedule of a start, and the day of its last answer."""
    if start is None:
        return Schedule(), None
    names = ("interval_days", "ease_permille", "reps", "lapses")
    known = Schedule(
        state=CardState.REVIEW,
        due_day=TODAY + start["due_days"],
        last_answer_ms=(TODAY - start["days_since"]) * DAY * 1000,
        **{name: start[name] for name in names},
    )
    if memory:
        known = replace(known, stability=start["stability"], difficulty=start["difficulty"])
    return known, TODAY - start["days_since"]


def context_of(options: Options, today: int, until: int, last_day: int | None) -> SchedulingContext:
    now_ms = ((today + 1) * DAY - until) * 1000
    return SchedulingContext(
        now_ms=now_ms, today=today, until_next_day_s=until, options=options, last_answer_day=last_day
    )


def button(seconds: int, until: int) -> int:
    return -seconds if seconds < until else (seconds - until) // DAY + 1


def check_state(ours: Outcome, theirs: dict[str, Any], until: int, *, near: bool) -> None:
    """Compare one rating's outcome with what Anki would do."""
    after = ours.schedule
    assert after.state.value == theirs["state"]
    if after.state is CardState.REVIEW:
        assert ours.interval == theirs["days"]
    else:
        expected = button(theirs["seconds"], until)
        # Delays that FSRS reckons may be a second off, those of steps may not: both are within this.
        assert ours.interval == expected or (near and expected < 0 and abs(ours.interval - expected) <= 1)
        assert after.steps_left == theirs["steps_left"]
    if after.state in (CardState.REVIEW, CardState.RELEARNING):
        assert after.interval_days == theirs["days"]
        assert after.ease_permille == round(theirs["ease"] * 1000)
        assert after.lapses == theirs["lapses"]
        assert ours.leech == theirs["leech"]
    if near:
        assert [after.stability, after.difficulty] == [
            pytest.approx(theirs["memory"][0], rel=2e-4),
            pytest.approx(theirs["memory"][1], abs=1e-4),
        ]


def check_answer(ours: Outcome, step: dict[str, Any], today: int, now_ms: int, *, near: bool) -> None:
    """Compare what was stored after an answer, and the row of the log."""
    card, log, after = step["card"], step["log"], ours.schedule
    assert (after.state.value, ours.suspend) == (card["state"], card["suspended"])
    for name in ("interval_days", "ease_permille", "steps_left", "reps", "lapses"):
        assert getattr(after, name) == card[name], name
    if card["due_days"] is not None:
        assert after.due_day == today + card["due_days"]
    elif not card["suspended"]:
        assert after.due_at_ms is not None
        room = step["end"] - step["start"] + near
        assert -near <= card["due_in"] - (after.due_at_ms - now_ms) // 1000 <= room
    assert ours.kind.value == log["kind"]
    delay_off = 1 if near else 0
    for got, expected in (
        (ours.log_interval, log["interval"]),
        (ours.log_last_interval, log["last_interval"]),
    ):
        assert got == expected or (expected < 0 and abs(got - expected) <= delay_off)
    assert abs(ours.log_factor - log["factor"]) <= delay_off


def buttons(states: NextStates) -> list[int]:
    return [states[rating].interval for rating in (1, 2, 3, 4)]


def is_close_call(schedule: Schedule, context: SchedulingContext) -> bool:
    """Whether single precision, in which Anki reckons memory, could round a day differently."""
    found = []
    for share in (-2e-5, 2e-5):
        moved = schedule
        if schedule.stability is not None:
            moved = replace(schedule, stability=schedule.stability * (1 + share))
        options = context.options
        options = replace(options, desired_retention=options.desired_retention * (1 - share / 10))
        found.append(buttons(scheduler("fsrs").next_states(moved, replace(context, options=options))))
    return any(first != second and max(first, second) > 0 for first, second in zip(*found, strict=True))


@EXAMPLES
@given(presets("anki-sm2"), starts, answers, st.integers(0, 23))
def test_anki_sm2_lives_a_life_as_anki_does(
    anki: Anki, options: Options, start: dict[str, Any] | None, given_answers: Any, rollover: int
) -> None:
    plain = {**(start or {"state": "new"}), "stability": None}
    request = {"options": options_json(options), "rollover": rollover, "card": plain}
    steps_of_anki = anki.ask(do="life", answers=given_answers, **request)
    schedule, last_day = schedule_at_start(start, memory=False)
    today = TODAY
    for (days, rating), step in zip(given_answers, steps_of_anki, strict=False):
        today += days
        context = context_of(options, today, step["until"], last_day)
        states = scheduler("anki-sm2").next_states(schedule, context)
        for number, theirs in enumerate(step["states"], 1):
            check_state(states[number], theirs, step["until"], near=False)
        assert [states[number].label for number in (1, 2, 3, 4)] == step["labels"]
        check_answer(states[rating], step, today, context.now_ms, near=False)
        schedule, last_day = states[rating].schedule, today
    suspended = steps_of_anki[-1]["card"]["suspended"]
    assert len(steps_of_anki) == len(given_answers) or suspended


@EXAMPLES
@given(presets("fsrs"), starts, answers, st.integers(0, 23))
def test_fsrs_lives_a_life_as_anki_does(
    anki: Anki, options: Options, start: dict[str, Any] | None, given_answers: Any, rollover: int
) -> None:
    options = replace(options, maximum_interval=36_500)
    request = {"options": options_json(options), "rollover": rollover, "card": start or {"state": "new"}}
    try:
        steps_of_anki = anki.ask(do="life", answers=given_answers, **request)
    except AnkiEnded as error:
        # Without fuzz, Anki stops where Easy has to lie above the maximum interval.
        assume("min > max" not in str(error))
        raise
    schedule, last_day = schedule_at_start(start, memory=True)
    today = TODAY
    for (days, rating), step in zip(given_answers, steps_of_anki, strict=False):
        today += days
        context = context_of(options, today, step["until"], last_day)
        assume(not is_close_call(schedule, context))
        states = scheduler("fsrs").next_states(schedule, context)
        for number, theirs in enumerate(step["states"], 1):
            check_state(states[number], theirs, step["until"], near=True)
        check_answer(states[rating], step, today, context.now_ms, near=True)
        # Anki keeps memory rounded: the next answer starts from what it kept.
        kept = step["card"]["memory"]
        schedule = replace(states[rating].schedule, stability=kept[0], difficulty=kept[1])
        last_day = today
    assert len(steps_of_anki) == len(given_answers) or steps_of_anki[-1]["card"]["suspended"]
