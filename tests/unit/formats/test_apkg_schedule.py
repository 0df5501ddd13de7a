"""Anki packages: schedules, reviews, decks and presets."""

from pathlib import Path
from typing import Any

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import CARD, CREATED_DATE, DECK, NOTE, NOW_MS, card, deck, model
from helpers.anki_reading import read, read_card, read_db

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview


def test_a_review_card_is_due_on_a_date_counted_from_the_creation_date(tmp_path: Path) -> None:
    found = read_card(
        tmp_path,
        type=2,
        queue=2,
        due=100,
        ivl=30,
        factor=2350,
        reps=7,
        lapses=2,
        flags=8 + 3,
        mod=1_650_000_000,
    )
    assert found == ExchangeCard(
        CARD,
        NOTE,
        DECK,
        0,
        "review",
        5,
        CREATED_DATE + 100,
        interval_days=30,
        ease_permille=2350,
        reps=7,
        lapses=2,
        flag=3,
        created_ms=CARD,
        modified_ms=1_650_000_000_000,
    )


@pytest.mark.parametrize(
    ("west", "zone", "date"),
    [
        (0, 600, CREATED_DATE),
        (-720, 0, CREATED_DATE + 1),  # twelve hours east it is after midnight
        (780, 0, CREATED_DATE - 1),
        (None, 720, CREATED_DATE + 1),
        (None, 0, CREATED_DATE),
        (99_999, 0, CREATED_DATE),
    ],
)
def test_the_creation_date_is_that_of_its_zone(
    west: int | None, zone: int, date: int, tmp_path: Path
) -> None:
    db = anki.collection(cards=[card(type=2, queue=2, due=0)], config={"creationOffset": west})
    (found,) = read(anki.package(tmp_path / "a.apkg", db), tmp_path, zone_offset_minutes=zone).cards
    assert found.due_date == date


def test_learning_cards_are_due_at_a_moment_or_on_a_day(tmp_path: Path) -> None:
    soon = read_card(tmp_path, type=1, queue=1, due=1_650_000_000, left=2003)
    assert (soon.state, soon.due_at_ms, soon.due_date, soon.steps_left) == (
        "learning",
        1_650_000_000_000,
        None,
        3,
    )
    later = read_card(tmp_path, type=3, queue=3, due=8, left=1001)
    assert (later.state, later.due_at_ms, later.due_date, later.steps_left) == (
        "relearning",
        None,
        CREATED_DATE + 8,
        1,
    )


def test_a_review_card_with_a_moment_is_due_on_that_day(tmp_path: Path) -> None:
    found = read_card(tmp_path, type=2, queue=1, due=anki.CREATED_S + 10 * 86_400)
    assert (found.due_date, found.due_at_ms) == (CREATED_DATE + 10, None)


def test_new_cards_keep_their_place_and_others_the_one_they_had(tmp_path: Path) -> None:
    cards = [
        card(1, due=77),
        card(2, ord=1, type=2, queue=2, data='{"pos":12}'),
        card(3, ord=2, type=2, queue=2),
        card(4, ord=3, type=2, queue=2),
    ]
    templates = [(f"Card {n}", "{{Front}}", "{{Back}}") for n in range(4)]
    data = read_db(tmp_path, cards=cards, models=[model(templates=templates)], config={"nextPos": 500})
    assert [found.position for found in data.cards] == [77, 12, 500, 501]
    assert data.cards[0].due_date is None


@pytest.mark.parametrize(
    ("queue", "suspended", "buried"),
    [(-1, True, ""), (-2, False, "sibling"), (-3, False, "hand"), (2, False, "")],
)
def test_suspended_and_buried_cards_keep_their_schedule(
    queue: int, suspended: bool, buried: str, tmp_path: Path
) -> None:
    found = read_card(tmp_path, type=2, queue=queue, due=9)
    assert (found.suspended, found.buried, found.due_date) == (suspended, buried, CREATED_DATE + 9)


def test_memory_comes_from_the_card_s_data(tmp_path: Path) -> None:
    found = read_card(tmp_path, type=2, queue=2, data='{"s":12.5,"d":4.25,"dr":0.9,"lrt":1650000000}')
    assert (found.stability, found.difficulty, found.last_answer_ms) == (12.5, 4.25, 1_650_000_000_000)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{}",
        "nonsense",
        "[1]",
        '{"s":1}',
        '{"s":"1","d":2}',
        '{"s":1e999,"d":5}',
        '{"s":NaN,"d":5}',
        '{"s":-1,"d":5}',
        '{"s":true,"d":5}',
        '{"s":' + "1" * 5000 + ',"d":5}',
        "[" * 5000,
        " " * 20_000,
    ],
)
def test_memory_that_is_no_number_is_left_out(data: str, tmp_path: Path) -> None:
    found = read_card(tmp_path, type=2, queue=2, data=data)
    assert (found.stability, found.difficulty) == (None, None)


def test_memory_is_kept_within_its_range(tmp_path: Path) -> None:
    found = read_card(tmp_path, type=2, queue=2, data='{"s":1e9,"d":99}')
    assert (found.stability, found.difficulty) == (36500.0, 10.0)


def test_the_last_answer_comes_from_the_log_where_the_card_does_not_say(tmp_path: Path) -> None:
    base = 1_650_000_000_000
    reviews = [
        anki.review(base),
        anki.review(base + 10),
        anki.review(base + 20, type=3, factor=0),  # cramming
        anki.review(base + 30, ease=0, type=4, factor=2500),  # due date set by hand
    ]
    (found,) = read_db(tmp_path, cards=[card(type=2, queue=2)], reviews=reviews).cards
    assert found.last_answer_ms == base + 10
    reviews.append(anki.review(base + 40, ease=0, type=4, factor=0))  # forgotten
    (found,) = read_db(tmp_path, cards=[card(type=2, queue=2)], reviews=reviews).cards
    assert found.last_answer_ms is None


def test_reviews_keep_all_their_numbers(tmp_path: Path) -> None:
    base = 1_650_000_000_000
    kinds = ["learn", "review", "relearn", "early", "manual", "rescheduled"]
    rows = [anki.review(base + n, type=n, ivl=-600, lastIvl=3, factor=700, time=99) for n in range(6)]
    data = read_db(tmp_path, reviews=rows)
    assert data.reviews == [
        ExchangeReview(base + n, CARD, 3, kind, -600, 3, 700, 99) for n, kind in enumerate(kinds)
    ]


def test_reviews_of_absent_cards_and_from_the_future(tmp_path: Path) -> None:
    rows = [anki.review(5, 999), anki.review(1_650_000_000_000), anki.review(NOW_MS + 9 * 86_400_000)]
    data = read_db(tmp_path, reviews=rows)
    assert [r.id for r in data.reviews] == [1_650_000_000_000, 1_650_000_000_001]
    assert len(data.warnings) == 2


def test_the_first_scheduler_had_three_buttons_while_learning(tmp_path: Path) -> None:
    base = 1_650_000_000_000
    rows = [anki.review(base + n, ease=n % 5, type=n // 5) for n in range(20)]
    old = read_db(tmp_path, cards=[card(type=2, queue=2)], reviews=rows, config={"schedVer": 1})
    ratings = [[r.rating for r in old.reviews[n * 5 : n * 5 + 5]] for n in range(4)]
    assert ratings == [[0, 1, 3, 4, 4], [0, 1, 2, 3, 4], [0, 1, 3, 4, 4], [0, 1, 2, 3, 4]]


def test_the_first_scheduler_kept_lapsed_cards_as_review_cards(tmp_path: Path) -> None:
    lapsed = card(type=2, queue=1, due=1_650_000_000, left=1001, ivl=3)
    (found,) = read_db(tmp_path, cards=[lapsed], config={"schedVer": 1}).cards
    assert (found.state, found.due_at_ms, found.steps_left) == ("relearning", 1_650_000_000_000, 1)


FILTERED = DECK + 5


def filtered_decks() -> list[dict[str, Any]]:
    return [deck(1, "Default"), deck(), deck(FILTERED, "Cram", dyn=1, resched=True, terms=[])]


def test_cards_of_filtered_decks_go_home(tmp_path: Path) -> None:
    cram = card(did=FILTERED, odid=DECK, due=-99, odue=40, type=2, queue=2)
    data = read_db(tmp_path, cards=[cram], decks=filtered_decks())
    (found,) = data.cards
    assert (found.deck_id, found.filtered_deck_id, found.due_date) == (DECK, FILTERED, CREATED_DATE + 40)
    assert {(d.name, d.filtered) for d in data.decks} == {("Deck", False), ("Cram", True)}
    assert data.notes[0].deck_id == DECK


def test_a_filtered_deck_becomes_ordinary_where_a_home_is_missing(tmp_path: Path) -> None:
    cram = card(did=FILTERED, odid=DECK + 77, due=-99, odue=40, type=2, queue=2)
    (found,) = read_db(tmp_path, cards=[cram], decks=filtered_decks()).cards
    assert (found.deck_id, found.filtered_deck_id, found.due_date) == (FILTERED, 0, CREATED_DATE + 40)


def test_previewed_learning_cards_of_the_first_scheduler_become_new(tmp_path: Path) -> None:
    decks = [deck(1, "Default"), deck(), deck(FILTERED, "Cram", dyn=True, resched=False, terms=[])]
    cram = card(did=FILTERED, odid=DECK, type=1, queue=1, due=1_650_000_000)
    (found,) = read_db(tmp_path, cards=[cram], decks=decks, config={"schedVer": 1}).cards
    assert (found.state, found.due_at_ms, found.due_date) == ("new", None, None)


def test_cards_in_an_absent_deck_go_to_the_default_one(tmp_path: Path) -> None:
    data = read_db(tmp_path, cards=[card(did=12345)], decks=[deck()])
    assert data.cards[0].deck_id == 1
    assert ("Default", 1) in {(d.name, d.id) for d in data.decks}


def test_decks_above_come_along(tmp_path: Path) -> None:
    decks = [deck(2, "A", desc="about A"), deck(3, "A::B"), deck(DECK, "A::B::C"), deck(9, "Other")]
    data = read_db(tmp_path, decks=decks)
    assert [(d.name, d.description) for d in data.decks] == [("A", "about A"), ("A::B", ""), ("A::B::C", "")]


def test_presets_carry_the_options(tmp_path: Path) -> None:
    preset = {
        "name": "Mine",
        "maxTaken": 30,
        "new": {"delays": [2, 20], "perDay": 7, "initialFactor": 2100, "ints": [3, 6, 0], "bury": True},
        "rev": {"perDay": 55, "ease4": 1.5, "ivlFct": 0.9, "maxIvl": 400, "hardFactor": 1.1, "bury": True},
        "lapse": {"delays": [15], "leechAction": 0, "leechFails": 5, "minInt": 2, "mult": 0.5},
        "reviewOrder": 5,
        "newMix": 2,
        "newGatherPriority": 1,
        "newSortOrder": 1,
        "desiredRetention": 0.85,
        "fsrsParams6": [0.5] * 21,
    }
    decks = [deck(1, "Default"), deck(conf=77)]
    data = read_db(tmp_path, decks=decks, presets={"77": preset}, config={"fsrs": True})
    (found,) = data.presets
    options = found.options
    assert (found.id, found.name, data.decks[0].preset_id) == (77, "Mine", 77)
    assert (options.scheduler, options.parameters, options.desired_retention) == ("fsrs", (0.5,) * 21, 0.85)
    assert (options.learning_steps, options.relearning_steps) == ((2.0, 20.0), (15.0,))
    assert (options.new_per_day, options.reviews_per_day, options.starting_ease) == (7, 55, 2.1)
    assert (options.graduating_interval, options.easy_interval, options.maximum_interval) == (3, 6, 400)
    assert (options.easy_bonus, options.interval_modifier, options.hard_multiplier) == (1.5, 0.9, 1.1)
    assert (options.leech_suspend, options.leech_threshold, options.lapse_multiplier) == (True, 5, 0.5)
    assert (options.bury_new, options.bury_reviews, options.maximum_answer_seconds) == (True, True, 30)
    assert (options.review_order, options.new_mix, options.new_gather, options.new_sort) == (
        "ease_ascending",
        "before",
        "lowest_position",
        "no_sort",
    )


def test_an_absent_preset_is_replaced_by_the_default_one(tmp_path: Path) -> None:
    presets = {"1": {"name": "Default", "new": {"perDay": 3, "delays": []}}}
    data = read_db(tmp_path, decks=[deck(conf=77)], presets=presets)
    (found,) = data.presets
    assert (found.id, found.options.new_per_day, found.options.learning_steps) == (77, 3, ())
    (found,) = read_db(tmp_path, presets={}).presets
    assert found.options.scheduler == "anki-sm2"


def test_memory_on_cards_tells_fsrs_where_the_file_does_not_say(tmp_path: Path) -> None:
    remembered = [card(type=2, queue=2, data='{"s":3,"d":5}')]
    for config, cards, scheduler in (
        ({}, remembered, "fsrs"),
        ({"fsrs": False}, remembered, "anki-sm2"),
        ({"fsrs": True}, [card()], "fsrs"),
        ({}, [card()], "anki-sm2"),
    ):
        (found,) = read_db(tmp_path, cards=cards, config=config).presets
        assert found.options.scheduler == scheduler
