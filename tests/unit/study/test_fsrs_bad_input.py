"""Settings and logs that make no sense end in a clear sentence or a safe value; the log is never rewritten."""

import json
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling import SchedulingContext, scheduler
from mlsd_cards.scheduling.memory import Memory, memory_model
from mlsd_cards.study import Collection, preset_preview, settings
from tests.helpers.study import Made, due, dump, empty_collection, fill, wait


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        fill(opened, [Made(), Made([due()])], {"Deck": Options(scheduler="fsrs")})
        yield opened


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("learning_steps", "10x", "“10x” is not a step"),
        ("learning_steps", "1m 10x", "“10x” is not a step"),
        ("relearning_steps", "ten", "“ten” is not a step"),
        ("relearning_steps", "1e9d", "“1e9d” is not a step"),
        ("desired_retention", "1.2", "a number from 0.7 to 0.99, not “1.2”"),
        ("desired_retention", "90%", "a number from 0.7 to 0.99, not “90%”"),
        ("historical_retention", "-0.5", "a number from 0.5 to 0.99"),
        ("graduating_interval", "0", "a whole number from 1 to 36500, not “0”"),
        ("easy_interval", "0", "a whole number from 1 to 36500"),
        ("maximum_interval", "0", "a whole number from 1 to 36500"),
        ("minimum_lapse_interval", "0", "a whole number from 1 to 36500"),
        ("parameters", "one two", "17, 19 or 21 numbers"),
        ("parameters", "1 2", "FSRS has 21 parameters (19 or 17 in older versions), not 2"),
        ("parameters", " ".join(["1"] * 22), "not 22"),
        ("parameters", " ".join(["1e999"] * 21), "finite"),
        ("parameters", " ".join(["-9"] * 17), "parameter 5 is -9"),
    ],
)
def test_settings_that_make_no_sense_are_refused_and_nothing_changes(
    collection: Collection, key: str, text: str, said: str
) -> None:
    before = dump(collection)
    for act in (
        lambda: collection.set_setting(key, text, "Deck"),
        lambda: settings.change_options(collection, "Deck", {"new_per_day": "3", key: text}),
    ):
        with pytest.raises(InputError) as refused:
            act()
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)
    assert said in preset_preview.problems({key: text}, {})[key]
    assert dump(collection) == before


def stored(collection: Collection, **options: Any) -> None:
    """Write options as another version may have."""
    with collection.store.maintenance() as tx:
        tx.conn.execute("UPDATE presets SET options = ?", (json.dumps(options),))


def test_a_preset_of_a_newer_version_works_with_what_is_known_of_it(
    collection: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    stored(
        collection,
        scheduler="fsrs",
        review_order="phase_of_the_moon",
        learning_steps=["soon"],
        parameters=None,
        new_per_day="many",
        wind="north",
        desired_retention=0.85,
    )
    with caplog.at_level(logging.WARNING):
        shown = collection.settings("Deck")
    assert "review_order" in caplog.text
    assert (shown["scheduler"], shown["desired_retention"]) == ("fsrs", 0.85)
    usual = Options()
    assert shown["review_order"] == usual.review_order
    assert shown["new_per_day"] == usual.new_per_day
    assert shown["learning_steps"] == list(usual.learning_steps)
    assert shown["parameters"] == []
    assert collection.session("Deck").answer(3).interval


def test_a_scheduler_of_a_newer_version_is_named_and_can_be_left(collection: Collection) -> None:
    stored(collection, scheduler="fsrs-9")
    before = dump(collection)
    with pytest.raises(InputError, match="“fsrs-9” is not a scheduler; there are: sm2, anki-sm2, fsrs"):
        collection.session("Deck").answer(3)
    assert dump(collection)["reviews"] == before["reviews"]
    collection.set_setting("scheduler", "fsrs", "Deck")
    assert collection.card(CardId(20)).schedule.stability is not None
    assert collection.session("Deck").answer(3).interval


def test_parameters_of_a_newer_version_are_named_and_can_be_replaced(collection: Collection) -> None:
    stored(collection, scheduler="fsrs", parameters=[0.5] * 25)
    with pytest.raises(InputError, match="not 25"):
        collection.session("Deck").answer(3)
    with pytest.raises(InputError, match="not 25"):
        collection.fit("Deck")
    collection.set_setting("parameters", "", "Deck")
    assert collection.session("Deck").answer(3).interval


@pytest.mark.parametrize("retention", [-1.0, 0.0, 1.0, 1.2, 1e9])
def test_retentions_out_of_bounds_still_give_intervals(retention: float) -> None:
    model = memory_model(())
    assert 0 < model.interval(10.0, retention) < math.inf
    assert 0 < model.overdue(10.0, 5, retention) < math.inf
    memory = model.from_interval(20, 2.5, retention)
    assert 0.001 <= memory.stability <= 36500
    assert 1 <= memory.difficulty <= 10
    options = Options(scheduler="fsrs", desired_retention=retention, historical_retention=retention)
    context = SchedulingContext(now_ms=10**12, today=50, until_next_day_s=9, options=options)
    states = scheduler("fsrs").next_states(due(40, 10), context)
    assert all(1 <= states[rating].schedule.interval_days <= 36500 for rating in (1, 2, 3, 4))


def test_memory_that_makes_no_sense_is_brought_within_bounds() -> None:
    model = memory_model(())
    assert 0 <= model.retrievability(0.0, 9) <= 1
    assert 0 <= model.retrievability(-4.0, 9) <= 1
    after = model.after(Memory(-4.0, 99.0), 3, -7)
    assert 0.001 <= after.stability <= 36500
    assert 1 <= after.difficulty <= 10


def test_an_interval_of_zero_days_is_lived_with(collection: Collection) -> None:
    options = Options(scheduler="fsrs")
    for state in (CardState.REVIEW, CardState.RELEARNING, CardState.LEARNING):
        schedule = Schedule(state=state, due_day=50, interval_days=0, ease_permille=0)
        context = SchedulingContext(now_ms=10**12, today=50, until_next_day_s=9, options=options)
        states = scheduler("fsrs").next_states(schedule, context)
        assert all((states[rating].schedule.stability or 0) > 0 for rating in (1, 2, 3, 4))


def test_a_clock_far_behind_records_nothing_and_says_so(collection: Collection) -> None:
    collection.session("Deck").answer(3)
    wait(collection, days=-2)
    assert collection.session("Deck").answer_card(CardId(20), 3).interval  # as after a journey
    wait(collection, days=-3)
    before = dump(collection)
    with pytest.raises(InputError, match="days behind your newest answer"):
        collection.session("Deck").answer_card(CardId(20), 3)
    assert dump(collection) == before
