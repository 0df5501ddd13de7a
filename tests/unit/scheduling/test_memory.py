"""FSRS memory: parameters, formulas, what a log tells, and moving between schedulers."""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling.conversion import converted
from mlsd_cards.scheduling.fitting import ENOUGH_ITEMS, fit, fit_items
from mlsd_cards.scheduling.history import memory_of, usable_history, with_memory
from mlsd_cards.scheduling.memory import (
    DEFAULT_PARAMETERS,
    Memory,
    clipped_parameters,
    coded_difficulty,
    difficulty_code,
    memory_model,
)
from mlsd_cards.scheduling.replay import days_of

DAY_MS = 86_400_000
FSRS = Options(scheduler="fsrs")


def day_of(moment_ms: int) -> int:
    return moment_ms // DAY_MS


def row(
    day: float, kind: str = "review", rating: int = 3, interval: int = 5, factor: int = 2500
) -> ReviewLogEntry:
    return ReviewLogEntry(
        id=ReviewId(int(day * DAY_MS)),
        card_id=CardId(1),
        rating=rating,
        kind=ReviewKind(kind),
        interval=interval,
        last_interval=0,
        factor=factor,
        milliseconds=0,
    )


def card(**fields: Any) -> Schedule:
    values = {"state": CardState.REVIEW, "due_day": 50, "interval_days": 20, "ease_permille": 2500}
    return Schedule(**values | fields)


# Parameters


def test_parameters_are_brought_within_their_bounds() -> None:
    assert clipped_parameters() == clipped_parameters(DEFAULT_PARAMETERS) == DEFAULT_PARAMETERS
    low, high = clipped_parameters((-1e9,) * 21), clipped_parameters((1e9,) * 21)
    assert low[:5] == (0.001, 0.001, 0.001, 0.001, 1.0)
    assert low[20] == 0.1
    assert high[:5] == (100, 100, 100, 100, 10)
    assert high[16:] == (6, 2, 2, 0.8, 0.8)


def test_older_parameters_are_carried_over() -> None:
    five = clipped_parameters(DEFAULT_PARAMETERS[:19])
    assert five == (*DEFAULT_PARAMETERS[:19], 0.0, 0.5)
    four = clipped_parameters(DEFAULT_PARAMETERS[:17])
    assert four[:4] == DEFAULT_PARAMETERS[:4]
    assert four[4] == pytest.approx(6.4133 + 2 * 0.8334)
    assert four[5] == pytest.approx(math.log(3 * 0.8334 + 1) / 3)
    assert four[6] == pytest.approx(3.5194)
    assert four[17:] == (0.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize("count", [0, 17, 19, 21])
def test_older_parameters_are_carried_over_as_fsrs_itself_does(count: int) -> None:
    package = pytest.importorskip("fsrs_rs_python")
    expected = package.check_and_fill_parameters(list(DEFAULT_PARAMETERS[:count]))
    assert clipped_parameters(DEFAULT_PARAMETERS[:count]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        (1.0,),
        (1.0,) * 20,
        (1.0,) * 22,
        (*DEFAULT_PARAMETERS[:20], float("nan")),
        (float("inf"), *DEFAULT_PARAMETERS[1:]),
        (*(1.0,) * 5, -1.0, *(1.0,) * 11),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"FSRS .*\.$"):
        clipped_parameters(wrong)


def test_difficulty_codes_lie_below_every_ease() -> None:
    assert (difficulty_code(1.0), difficulty_code(10.0)) == (100, 1100)
    assert coded_difficulty(100) == pytest.approx(1.0)
    assert coded_difficulty(1100) == pytest.approx(10.0)


def test_memory_stays_within_bounds_whatever_comes_in() -> None:
    model = memory_model(())
    for stability in (0.0, -5.0, 1e-9, 1e9):
        for difficulty in (-3.0, 0.0, 99.0):
            for rating in (1, 2, 3, 4):
                for days in (-1, 0, 1, 10**9):
                    after = model.after(Memory(stability, difficulty), rating, days)
                    assert 0.001 <= after.stability <= 36500
                    assert 1 <= after.difficulty <= 10


def test_the_interval_is_when_recall_has_fallen_to_the_wanted_retention() -> None:
    model = memory_model(())
    assert model.interval(10.0, 0.9) == pytest.approx(10.0)
    assert model.retrievability(10.0, 10) == pytest.approx(0.9)
    assert model.overdue(10.0, 20, 0.9) == pytest.approx(2.0)


# Logs


def used(log: Sequence[ReviewLogEntry]) -> tuple[list[int], bool] | None:
    found = usable_history(log)
    return None if found is None else ([day_of(each.id) for each in found.rows], found.complete)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([], None),
        ([row(1, "learn", interval=-600), row(2), row(3)], ([1, 2, 3], True)),
        ([row(1), row(2)], ([1, 2], False)),
        # Of two learning phases the newer counts.
        ([row(1, "learn"), row(2), row(3, "learn"), row(4)], ([3, 4], True)),
        ([row(1, "learn"), row(2, "learn"), row(3)], ([1, 2, 3], True)),
        # A reset cuts off what was before.
        ([row(1, "learn"), row(2, "manual", 0, 0, 0), row(3)], ([3], False)),
        ([row(1), row(2, "manual", 0, 0, 0), row(3, "learn"), row(4)], ([3, 4], True)),
        ([row(1, "learn"), row(2), row(3, "manual", 0, 0, 0)], None),
        # Other acts upon the schedule do not.
        ([row(1, "learn"), row(2, "manual", 0, 5, 2500), row(3)], ([1, 3], True)),
        ([row(1, "learn"), row(2, "rescheduled", 0, 5, 2500), row(3)], ([1, 3], True)),
        # Cramming counts nowhere, early answers do.
        ([row(1, "learn"), row(2, "early", 3, 5, 0), row(3)], ([1, 3], True)),
        ([row(1, "learn"), row(2, "early", 3, 5, 2500), row(3)], ([1, 2, 3], True)),
        # Where the start is unknown, the first answer with a whole day's interval begins.
        ([row(1, "relearn", 1, -600), row(2, "relearn", 3, -86400), row(3)], ([2, 3], False)),
        ([row(1, "relearn", 1, -600)], None),
        ([row(1, "learn"), row(1.5, "drill", 2, 1), row(2)], ([1, 1, 2], True)),
        # Learning that follows something else of the past ends there.
        ([row(1), row(2, "learn"), row(3)], ([2, 3], True)),
    ],
)
def test_the_usable_part_of_a_log(log: list[ReviewLogEntry], expected: tuple[list[int], bool] | None) -> None:
    assert used(log) == expected


def test_a_complete_log_is_replayed() -> None:
    model = memory_model(())
    expected = model.after(model.after(model.after(None, 3, 0), 2, 0), 4, 7)
    log = [row(1, "learn", 3), row(1.4, "drill", 2), row(8, rating=4)]
    assert memory_of(card(), FSRS, log, day_of) == expected


@pytest.mark.parametrize(("factor", "ease"), [(2200, 2.2), (0, 2.5)])
def test_an_incomplete_log_starts_from_its_first_ease(factor: int, ease: float) -> None:
    model = memory_model(())
    expected = model.after(model.from_interval(5, ease, 0.9), 3, 9)
    assert memory_of(card(), FSRS, [row(1, factor=factor), row(10)], day_of) == expected


def test_an_incomplete_log_of_fsrs_starts_from_its_difficulty() -> None:
    start = memory_of(card(), FSRS, [row(1, factor=600, interval=-90_000)], day_of)
    assert start is not None
    assert start.stability == pytest.approx(1.0)
    assert start.difficulty == pytest.approx(5.5)


def test_memory_that_a_card_brings_is_kept() -> None:
    known = card(stability=3.0, difficulty=4.0)
    assert memory_of(known, FSRS, [row(1, "learn"), row(2)], day_of) == (3.0, 4.0)


def test_new_cards_and_cards_without_interval_have_no_memory() -> None:
    assert memory_of(Schedule(), FSRS, [row(1, "learn")], day_of) is None
    assert memory_of(card(interval_days=0), FSRS, [], day_of) is None
    assert with_memory(card(interval_days=0), FSRS, [], day_of) == card(interval_days=0)


def test_without_a_log_ease_and_interval_tell() -> None:
    memory = memory_of(card(ease_permille=0), FSRS, [], day_of)
    assert memory == memory_of(card(ease_permille=2500), FSRS, [], day_of)
    assert memory is not None
    assert memory.stability == pytest.approx(20.0)


def test_the_moment_of_the_last_answer_is_taken_from_the_log_where_it_is_unknown() -> None:
    log = [row(1, "learn"), row(4), row(5, "early", 3, 5, 0), row(6, "rescheduled", 0)]
    assert with_memory(card(), FSRS, log, day_of).last_answer_ms == 4 * DAY_MS
    assert with_memory(card(last_answer_ms=7), FSRS, log, day_of).last_answer_ms == 7
    assert with_memory(card(), FSRS, [], day_of).last_answer_ms is None


def test_reviews_older_than_the_collection_keep_their_distance() -> None:
    log = [row(-20, "learn"), row(-10), row(-2)]
    later = [replace(each, id=ReviewId(each.id + 100 * DAY_MS)) for each in log]
    assert memory_of(card(), FSRS, log, day_of) == memory_of(card(), FSRS, later, day_of)


# From one scheduler to another


def convert(schedule: Schedule, source: str, to: str, log: Sequence[ReviewLogEntry] = ()) -> Schedule:
    return converted(schedule, source, Options(scheduler=to), today=40, log=log, day_of=day_of)


def test_the_same_scheduler_changes_nothing() -> None:
    assert convert(card(drill_day=40), "sm2", "sm2") == card(drill_day=40)


@pytest.mark.parametrize(("source", "to"), [("sm9", "sm2"), ("sm2", "sm9")])
def test_unknown_schedulers_are_refused(source: str, to: str) -> None:
    with pytest.raises(InputError, match="“sm9” is not a scheduler"):
        convert(card(), source, to)


def test_to_fsrs_memory_comes_from_the_log_and_the_drill_ends() -> None:
    log = [row(1, "learn"), row(6)]
    after = convert(card(repetitions=2, drill_day=40), "sm2", "fsrs", log)
    assert (after.due_day, after.interval_days, after.repetitions, after.drill_day) == (50, 20, 0, None)
    assert (after.stability, after.difficulty) == memory_of(card(), FSRS, log, day_of)


@pytest.mark.parametrize(
    ("ease", "interval", "expected"), [(0, 20, 2500), (0, 0, 0), (1000, 20, 1300), (1900, 20, 1900)]
)
def test_to_anki_sm2_ease_is_mended_and_memory_kept(ease: int, interval: int, expected: int) -> None:
    before = card(ease_permille=ease, interval_days=interval, stability=3.0, difficulty=4.0)
    after = convert(before, "fsrs", "anki-sm2")
    assert after == replace(before, ease_permille=expected)


def test_from_sm2_to_anki_sm2() -> None:
    after = convert(card(repetitions=2, drill_day=40), "sm2", "anki-sm2")
    assert after == card()
    again = convert(card(repetitions=0, interval_days=0, reps=2, lapses=1), "sm2", "anki-sm2")
    assert (again.state, again.due_day, again.reps, again.lapses) == (CardState.NEW, None, 2, 1)


@pytest.mark.parametrize(("interval", "repetitions"), [(0, 0), (1, 1), (5, 1), (6, 2), (400, 2)])
def test_to_sm2_repetitions_follow_the_interval(interval: int, repetitions: int) -> None:
    after = convert(card(interval_days=interval, stability=3.0, difficulty=4.0), "fsrs", "sm2")
    assert after == card(interval_days=interval, repetitions=repetitions, stability=3.0, difficulty=4.0)


def test_to_sm2_ease_has_a_floor_and_a_start() -> None:
    assert convert(card(ease_permille=0), "fsrs", "sm2").ease_permille == 2500
    assert convert(card(ease_permille=1200), "anki-sm2", "sm2").ease_permille == 1300


def test_a_card_that_becomes_new_has_nothing_to_remember() -> None:
    learning = Schedule(
        state=CardState.LEARNING, due_at_ms=9, steps_left=2, reps=1, stability=3.0, difficulty=4.0
    )
    after = convert(learning, "fsrs", "sm2")
    assert (after.state, after.stability, after.difficulty) == (CardState.NEW, None, None)
    after = convert(card(repetitions=0, stability=3.0, difficulty=4.0), "sm2", "anki-sm2")
    assert (after.state, after.stability, after.difficulty) == (CardState.NEW, None, None)


def test_to_sm2_steps_end() -> None:
    new = Schedule(ease_permille=2000)
    assert convert(new, "anki-sm2", "sm2") == new
    learning = Schedule(state=CardState.LEARNING, due_at_ms=9, steps_left=2, reps=1)
    assert convert(learning, "anki-sm2", "sm2") == Schedule(reps=1)
    relearning = card(state=CardState.RELEARNING, due_day=None, due_at_ms=9, steps_left=1)
    assert convert(relearning, "anki-sm2", "sm2") == card(due_day=40, repetitions=2)
    interday = card(state=CardState.RELEARNING, due_day=43, steps_left=1)
    assert convert(interday, "anki-sm2", "sm2") == card(due_day=43, repetitions=2)
    again = card(state=CardState.LEARNING, due_day=None, due_at_ms=9, steps_left=1)
    assert convert(again, "anki-sm2", "sm2") == card(due_day=40, repetitions=2)


# Fitting


def test_items_hold_all_reviews_up_to_theirs_in_order_of_time() -> None:
    first = [row(1, "learn", 1), row(1.2, "learn", 3), row(4), row(9, "early", 3, 5, 0), row(10, rating=2)]
    second = [row(2, "learn", 4), row(8)]
    incomplete = [row(1), row(5)]
    items = fit_items([first, second, incomplete, []], day_of)
    assert [(day_of(item.moment_ms), item.reviews) for item in items] == [
        (4, ((1, 0), (3, 0), (3, 3))),
        (8, ((4, 0), (3, 6))),
        (10, ((1, 0), (3, 0), (3, 3), (2, 6))),
    ]


def logs(cards: int) -> list[list[ReviewLogEntry]]:
    return [
        [
            row(first, "learn", 1 + first % 4),
            *(row(first + 3**step, rating=1 + (first + step) % 4) for step in range(5)),
        ]
        for first in range(cards)
    ]


def test_too_few_items_are_refused_unless_asked() -> None:
    pytest.importorskip("fsrs_rs_python")
    items = fit_items(logs(5), day_of)
    refused = fit(items, FSRS)
    assert (refused.improved, refused.parameters, refused.loss_before) == (False, (), None)
    assert f"{len(items)} reviews" in refused.message
    assert str(ENOUGH_ITEMS) in refused.message
    assert fit(items, FSRS, asked=True).loss_before is not None
    assert fit([], FSRS, asked=True).loss_before is None


def test_new_parameters_are_taken_only_where_they_are_better() -> None:
    pytest.importorskip("fsrs_rs_python")
    items = fit_items(logs(100), day_of)
    assert len(items) >= ENOUGH_ITEMS
    first = fit(items, FSRS)
    assert first.improved
    assert first.loss_before is not None
    assert first.loss_after is not None
    assert first.loss_after < first.loss_before
    assert clipped_parameters(first.parameters) == first.parameters
    again = fit(items, replace(FSRS, parameters=first.parameters))
    assert (again.improved, again.parameters) == (False, first.parameters)
    assert "kept" in again.message


def test_a_missing_package_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsrs_rs_python", None)
    with pytest.raises(InputError, match="needs the Python package fsrs-rs-python"):
        fit(fit_items(logs(5), day_of), FSRS, asked=True)


def test_days_of_moments_that_lie_millennia_apart_are_asked_one_by_one():
    moments = np.array([-(10**15), 5, 10**15], dtype=np.int64)
    asked = []

    def day_of(moment):
        asked.append(moment)
        return moment // 86_400_000

    assert days_of(moments, day_of).tolist() == [moment // 86_400_000 for moment in moments.tolist()]
    assert asked == moments.tolist()
