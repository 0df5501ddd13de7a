"""Settings: bounds, plain errors, one step each; presets of decks; from one scheduler to another."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.store import decks
from mlsd_cards.study import Collection
from mlsd_cards.study.own_limits import KEYS
from tests.helpers.study import NOW, TODAY, Made, due, dump, empty_collection, fill, interday, learning

TREE = {"A": Options(), "A::B": Options(), "Z": Options()}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def share_one_preset(collection: Collection) -> None:
    from dataclasses import replace

    from mlsd_cards.domain.changes import Op
    from mlsd_cards.domain.decks import PresetId

    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        known = decks.decks(tx.conn).values()
        decks.put_deck(tx, *(replace(deck, preset_id=PresetId(1)) for deck in known))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("new_per_day", "0", 0),
        ("new_per_day", "9999", 9999),
        ("reviews_per_day", " 50 ", 50),
        ("scheduler", "anki-sm2", "anki-sm2"),
        ("learning_steps", "1 10", [1.0, 10.0]),
        ("learning_steps", "30s, 10m, 2h 1d", [0.5, 10.0, 120.0, 1440.0]),
        ("learning_steps", "", []),
        ("relearning_steps", "0.5", [0.5]),
        ("starting_ease", "1.31", 1.31),
        ("hard_multiplier", "1.3", 1.3),
        ("lapse_multiplier", "0", 0.0),
        ("desired_retention", "0.99", 0.99),
        ("maximum_interval", "36500", 36500),
        ("leech_suspend", "YES", True),
        ("fuzz", "off", False),
        ("new_mix", "before", "before"),
        ("review_order", "relative_overdue", "relative_overdue"),
        ("new_gather", "highest_position", "highest_position"),
        ("new_sort", "no_sort", "no_sort"),
        ("parameters", "", []),
        ("parameters", " ".join(["1"] * 21), [1.0] * 21),
        ("rollover_hour", "23", 23),
        ("theme", "dark", "dark"),
    ],
)
def test_a_setting_is_set_shown_and_undone(collection: Collection, key: str, text: str, value: Any) -> None:
    fill(collection, [Made()])
    before, shown_before = dump(collection), collection.settings()
    collection.set_setting(key, text)
    assert collection.settings()[key] == value
    if value != shown_before[key]:
        assert collection.undo() == "Change settings"
    assert dump(collection) == before
    assert collection.settings() == shown_before


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("new_per_day", "-1", "a whole number from 0 to 9999"),
        ("new_per_day", "10000", "a whole number from 0 to 9999"),
        ("new_per_day", "1.5", "a whole number from 0 to 9999"),
        ("new_per_day", "", "a whole number from 0 to 9999"),
        ("new_per_day", "nan", "a whole number"),
        ("new_per_day", "9" * 5000, "a whole number"),
        ("starting_ease", "1.3", "a number from 1.31 to 5"),
        ("starting_ease", "nan", "a number from 1.31 to 5"),
        ("starting_ease", "inf", "a number from 1.31 to 5"),
        ("desired_retention", "1", "a number from 0.7 to 0.99"),
        ("scheduler", "sm17", "one of sm2, anki-sm2, fsrs"),
        ("fuzz", "maybe", "true or false"),
        ("learning_steps", "1 -5", "“-5” is not a step"),
        ("learning_steps", "0", "“0” is not a step"),
        ("learning_steps", "nan", "“nan” is not a step"),
        ("learning_steps", "s", "“s” is not a step"),
        ("learning_steps", "366d", "“366d” is not a step"),
        ("parameters", "1 2 3", "not 3"),
        ("parameters", "nan " * 21, "finite"),
        ("parameters", "a b", "17, 19 or 21 numbers"),
        ("new_mix", "shuffle", "one of mix, after, before"),
        ("rollover_hour", "24", "a whole number from 0 to 23"),
        ("theme", "pink", "system, light, dark"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(
    collection: Collection, key: str, text: str, said: str
) -> None:
    fill(collection, [Made()])
    before = dump(collection)
    with pytest.raises(InputError) as refused:
        collection.set_setting(key, text)
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")
    assert dump(collection) == before
    assert collection.undo_label is None


def test_unknown_settings_and_decks_are_named(collection: Collection) -> None:
    fill(collection, [Made()])
    with pytest.raises(
        NotFound,
        match="no setting “colour”; there are: rollover_hour, theme, watch_downloads, clock_is_right, sch",
    ):
        collection.set_setting("colour", "red")
    with pytest.raises(NotFound, match="no setting “theme”; there are: scheduler"):
        collection.set_setting("theme", "dark", "Deck")
    with pytest.raises(NotFound, match="no deck “X”"):
        collection.set_setting("fuzz", "off", "X")
    with pytest.raises(NotFound, match="no deck “X”"):
        collection.settings("X")
    with pytest.raises(NotFound, match="no setting “colour”"):
        collection.setting_of(collection.settings(), "colour")


def test_every_option_can_be_set(collection: Collection) -> None:
    fill(collection, [Made()])
    shown = collection.settings("Deck")
    assert set(shown) == {field.name for field in fields(Options)} | {*KEYS, "preset"}
    for key, value in shown.items():
        text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
        collection.set_setting(key, text, "Deck")
    assert collection.settings("Deck") == shown
    assert collection.undo_label is None  # nothing was changed


# Presets


def test_a_deck_that_shares_its_preset_gets_its_own_with_the_decks_below_it(collection: Collection) -> None:
    fill(collection, [Made(deck=deck) for deck in (1, 2, 3)], TREE)
    share_one_preset(collection)
    before = dump(collection)
    collection.set_setting("new_per_day", "5", "a")
    assert {deck: collection.settings(deck)["new_per_day"] for deck in TREE} == {"A": 5, "A::B": 5, "Z": 20}
    assert collection.settings()["new_per_day"] == 20
    collection.set_setting("new_per_day", "7", "A")  # its own by now: no other preset is made
    with collection.store.read() as conn:
        assert sorted(decks.presets(conn)) == [1, 2, 3, 4]
    collection.set_setting("new_per_day", "9")
    assert {deck: collection.settings(deck)["new_per_day"] for deck in TREE} == {"A": 7, "A::B": 7, "Z": 9}
    for _ in range(3):
        collection.undo()
    assert dump(collection) == before


def test_a_deck_below_can_differ_from_the_one_above(collection: Collection) -> None:
    fill(collection, [Made(deck=deck) for deck in (1, 2, 2, 3)], TREE)
    share_one_preset(collection)
    collection.set_setting("new_per_day", "1", "A::B")
    assert [row.new for row in collection.deck_rows()] == [2, 1, 1]
    collection.set_setting("new_per_day", "0", "A")  # of the decks below only those that still share it
    assert {deck: collection.settings(deck)["new_per_day"] for deck in TREE} == {"A": 0, "A::B": 1, "Z": 20}


# From one scheduler to another


def test_another_scheduler_changes_no_due_date_and_no_interval(collection: Collection) -> None:
    fill(
        collection,
        [Made([due(TODAY + 3, 9), due(TODAY - 1, 30, ease_permille=1300)], 1), Made([due()], 3)],
        TREE,
    )
    collection.session("Z").answer(3)
    before, untouched = dump(collection), collection.card(CardId(20)).schedule
    for name in ("fsrs", "anki-sm2", "sm2", "anki-sm2", "fsrs", "sm2"):
        collection.set_setting("scheduler", name, "A")
        for card, (day, interval) in {10: (TODAY + 3, 9), 11: (TODAY - 1, 30)}.items():
            schedule = collection.card(CardId(card)).schedule
            assert (schedule.due_day, schedule.interval_days) == (day, interval)
            assert schedule.stability is not None  # under every scheduler
            assert schedule.difficulty is not None
    assert collection.card(CardId(20)).schedule == untouched
    for _ in range(6):
        collection.undo()
    assert dump(collection) == before


def test_fsrs_remembers_from_the_log(collection: Collection) -> None:
    fill(collection, [Made(), Made([due()])])
    session = collection.session()
    session.answer_card(CardId(10), 4)
    session.answer_card(CardId(20), 3)
    collection.set_setting("scheduler", "fsrs")
    stability = collection.card(CardId(10)).schedule.stability
    assert stability == pytest.approx(8.2956)  # the parameter for a first answer Easy
    assert collection.card(CardId(20)).schedule.stability is not None
    shown = collection.session().answer_card(CardId(20), 3)
    assert shown.interval > 0


def test_cards_in_learning_go_to_sm2_by_its_rules(collection: Collection) -> None:
    relearning = Schedule(
        state=CardState.RELEARNING, due_at_ms=learning(NOW).due_at_ms, interval_days=4, ease_permille=2000
    )
    made = [Made([learning(NOW)]), Made([interday(TODAY)]), Made([relearning])]
    fill(collection, made, {"Deck": Options(scheduler="anki-sm2")})
    collection.set_setting("scheduler", "sm2")
    states = [collection.card(CardId(key)).schedule for key in (10, 20, 30)]
    assert [schedule.state for schedule in states] == ["new", "new", "review"]
    assert (states[2].due_day, states[2].due_at_ms, states[2].repetitions) == (TODAY, None, 1)
    counts = collection.session().counts
    assert (counts.new, counts.learning, counts.review) == (2, 0, 1)
