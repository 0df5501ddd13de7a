"""`simulate`: the same seed tells the same, limits hold, and what is foretold follows from memory and options."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.cli import main
from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import Cancelled, InputError, NotFound
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.memory import Memory, memory_model
from mlsd_cards.scheduling.simulation import DayLimits, SimulatedCard, SimulatedDay, simulate
from mlsd_cards.study import Collection
from mlsd_cards.study.forecasting import Forecast
from tests.helpers.commands import NOW as COMMAND_NOW
from tests.helpers.study import (
    NEW_CARD,
    NOW,
    TODAY,
    Made,
    due,
    dump,
    empty_collection,
    fill,
    learning,
    ms,
    shown,
    wait,
)

FSRS = Options(scheduler="fsrs")


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """A deck in a deck with 40 new cards, and one beside them with 30 due ones; a limit of five new a day."""
    with empty_collection(tmp_path / "home") as opened:
        limited = Options(new_per_day=5, reviews_per_day=8, bury_new=False)
        made = [*[Made()] * 20, *[Made(deck=2)] * 20, *[Made((due(TODAY - n),), deck=3) for n in range(30)]]
        fill(opened, made, {"A": limited, "A::B": Options(new_per_day=9), "C": limited})
        yield opened


def days_of(cards: list[SimulatedCard], limits: DayLimits, days: int, seed: int = 1) -> list[SimulatedDay]:
    return list(simulate(cards, [limits], today=TODAY, now_ms=ms(NOW), days=days, seed=seed))


def total(found: Forecast) -> int:
    return sum(each.reviews for each in found.days)


def test_the_same_seed_tells_the_same_and_nothing_is_written(collection: Collection) -> None:
    before = dump(collection)
    first = collection.simulate(days=60, seed=7)
    assert collection.simulate(days=60, seed=7) == first
    assert collection.simulate(days=60, seed=8).days != first.days
    assert collection.simulate(days=20, seed=7).days == first.days[:20]
    assert dump(collection) == before
    assert [each.date for each in first.days[:2]] == [str(NOW.date()), str(NOW.date() + timedelta(days=1))]
    assert date.fromisoformat(first.days[-1].date) - NOW.date() == timedelta(days=59)


@pytest.mark.parametrize("scheduler", ["", *SCHEDULER_NAMES])
def test_limits_hold_and_every_new_card_is_met_once(collection: Collection, scheduler: str) -> None:
    found = collection.simulate(days=90, scheduler=scheduler)
    assert found.cards == 70
    assert sum(each.new for each in found.days) == 40
    assert all(each.new <= 5 and each.reviews <= 16 for each in found.days)  # two outermost decks
    assert found.days[0].new == 5  # the limit of A counts for A::B too
    assert found.days[0].reviews == 8  # the backlog of C
    assert all(each.recall is not None and 0 < each.recall <= 1 for each in found.days)
    assert all((each.minutes > 0) is (each.reviews + each.new > 0) for each in found.days)
    assert collection.simulate("c", days=3).cards == 30
    assert collection.simulate("A::B", days=1).days[0].new == 9


def test_what_was_done_today_is_not_done_again(collection: Collection) -> None:
    session = collection.session("A")
    shown(session)
    session.answer(3, 4000)
    assert collection.simulate("A", days=1).days[0].new == 4


def test_suspended_cards_do_not_take_part(collection: Collection) -> None:
    collection.suspend_notes(map(NoteId, range(1, 21)))
    found = collection.simulate("A", days=30)
    assert (found.cards, sum(each.new for each in found.days)) == (20, 20)


def test_an_empty_collection_has_nothing_to_come(tmp_path: Path) -> None:
    with empty_collection(tmp_path / "home") as collection:
        found = collection.simulate(days=2)
    assert [(each.reviews, each.new, each.minutes, each.recall) for each in found.days] == [
        (0, 0, 0, None)
    ] * 2


def test_the_pace_is_ones_own(collection: Collection) -> None:
    usual = collection.simulate("C", days=1).days[0]
    assert usual.minutes >= 8 * 12 / 60
    for _ in range(2):
        for deck in ("A", "C"):
            session = collection.session(deck)
            while session.current is not None:
                session.answer(4, 2000)
        wait(collection, days=1)
    own = collection.simulate("C", days=1).days[0]
    assert own.reviews == usual.reviews
    assert own.minutes == pytest.approx(usual.minutes / 6, rel=0.6)  # 2 seconds, not 12; repeats differ


def test_wrong_words_are_refused(collection: Collection) -> None:
    for wrong in (0, -1, 3651):
        with pytest.raises(InputError, match=f"1 to 3650 days, not {wrong}"):
            collection.simulate(days=wrong)
    for seed in (-1, 1 << 63):
        with pytest.raises(InputError, match="A seed is a whole number"):
            collection.simulate(seed=seed)
    with pytest.raises(InputError, match="“sm3” is not a scheduler"):
        collection.simulate(scheduler="sm3")
    with pytest.raises(NotFound, match="no deck “D”"):
        collection.simulate("D")


def test_it_stops_when_asked(collection: Collection) -> None:
    def cancel(what: str, done: int, total: int) -> None:
        if (what, done) == ("Simulating days", 5):
            raise Cancelled(what)

    with pytest.raises(Cancelled):
        collection.simulate(progress=cancel)


def test_more_retention_costs_more_and_brings_more(collection: Collection) -> None:
    def at(retention: str) -> Forecast:
        for deck in ("A", "A::B", "C"):
            collection.set_setting("desired_retention", retention, deck)
        return collection.simulate(days=240, scheduler="fsrs")

    low, high = at("0.8"), at("0.95")
    assert total(high) > 1.3 * total(low)
    means = [sum(each.recall or 0 for each in found.days[60:]) / 180 for found in (low, high)]
    assert 0.8 < means[0] < means[1] < 1


def test_forgetting_without_reviews_follows_the_formula() -> None:
    memory = Memory(10.0, 5.0)
    card = SimulatedCard(id=1, schedule=due(TODAY, 10), options=FSRS, last_day=TODAY - 10, memory=memory)
    found = days_of([card], DayLimits(5, 0), 20)
    expected = [memory_model(()).retrievability(10.0, 10 + day) for day in range(20)]
    assert [each.recall for each in found] == pytest.approx(expected)
    assert found[0].recall == pytest.approx(0.9)
    assert not any(each.reviews or each.answers for each in found)


def test_cards_fail_as_often_as_memory_says() -> None:
    """With one answer a day for everything, repeats on the same day tell how many failed."""
    options = replace(FSRS, relearning_steps=(10.0,), fuzz=False)
    cards = [
        SimulatedCard(
            id=n, schedule=due(TODAY, 10), options=options, last_day=TODAY - 10, memory=Memory(10.0, 5.0)
        )
        for n in range(3000)
    ]
    day = days_of(cards, DayLimits(0, 9999), 1)[0]
    assert day.reviews == 3000
    assert (day.answers - 3000) / 3000 == pytest.approx(0.1, abs=0.025)  # four standard deviations


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(SCHEDULER_NAMES),
    kinds=st.lists(st.sampled_from(["new", "due", "learning", "far"]), max_size=12),
    new=st.integers(0, 4),
    reviews=st.integers(0, 6),
    free=st.booleans(),
    seed=st.integers(0, 2**63 - 1),
    leech=st.booleans(),
)
def test_any_mixture_keeps_its_limits(
    name: str, kinds: list[str], new: int, reviews: int, free: bool, seed: int, leech: bool
) -> None:
    made = {"new": NEW_CARD, "due": due(TODAY - 3), "learning": learning(NOW), "far": due(TODAY + 9, 30)}
    options = Options(scheduler=name, leech_threshold=1, leech_suspend=leech)
    cards = [SimulatedCard(id=n, schedule=made[kind], options=options) for n, kind in enumerate(kinds)]
    found = days_of(cards, DayLimits(new, reviews, free), 25, seed)
    assert [each.day for each in found] == list(range(TODAY, TODAY + 25))
    for each in found:
        assert each.new <= new
        assert each.reviews <= reviews
        assert free or each.new + each.reviews <= reviews
        assert each.answers >= each.new + each.reviews
    assert sum(each.new for each in found) <= kinds.count("new")


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLSD_CARDS_NOW", COMMAND_NOW)
    words = ["simulate", "--days", "45", "--scheduler", "fsrs", "--seed", "3"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["days"]) == 45
    assert set(found["days"][0]) == {"date", "reviews", "new", "minutes", "recall"}
    assert found["days"][0]["new"] == 20
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 3  # what it is, and two lines of days
    assert main(["simulate", "--days", "0"]) == 1
    assert "1 to 3650 days" in capsys.readouterr().err


def test_a_card_with_endless_steps_goes_on_the_next_day() -> None:
    options = replace(FSRS, learning_steps=(1.0,) * 60, parameters=(), short_term_with_steps=False)
    anki = replace(options, scheduler="anki-sm2")
    card = SimulatedCard(id=1, schedule=Schedule(), options=anki)
    found = days_of([card], DayLimits(5, 100), 4)
    assert found[0].new == 1
    assert [each.answers for each in found[:2]] == [20, 20]


def test_limits_that_a_deck_has_of_its_own_hold_and_those_of_today_do_not(collection: Collection) -> None:
    collection.set_setting("new_per_day_deck", "2", "A")
    collection.set_setting("new_today", "0", "A")
    assert [each.new for each in collection.simulate("A", days=3).days] == [2, 2, 2]
