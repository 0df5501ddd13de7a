"""Each form of vector, worked out by hand: needs no data from elsewhere."""

import copy
import json
from typing import Any

import pytest

from mlsd_cards.scheduling.vectors import VectorFailure, run_vectors

DAY = 86_400
PARAMETERS = [0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835]
PARAMETERS += [0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542]

# Wozniak 1990: first interval 1, second 6, then times the ease; a failure starts again and is drilled.
SM2: dict[str, Any] = {
    "id": "sm2",
    "scheduler": "sm2",
    "preset": {"maximum_interval": 36500, "leech_threshold": 8, "leech_suspend": False},
    "before": {"state": "new"},
    "steps": [
        {
            "t": 20 * DAY + 50,
            "rating": 3,
            "fuzz_factor": None,
            "expect": {
                "buttons": [0, 0, 1, 1],
                "next_intervals": [1, 1, 1, 1],
                "leech": False,
                "card": {
                    "state": "review",
                    "repetitions": 1,
                    "due_day": 21,
                    "ease_permille": 2500,
                    "due_t": None,
                },
                "log": {"kind": "learn", "interval": 1, "factor": 2500},
            },
        },
        {
            "t": 21 * DAY,
            "set": {"ease_permille": 2000},
            "rating": 1,
            "fuzz_factor": None,
            "expect": {
                "buttons": [0, 0, 6, 6],
                "leech": False,
                "card": {"state": "review", "repetitions": 1, "due_day": 22, "drill_day": 21, "lapses": 1},
                "log": {"kind": "review", "interval": 1},
            },
        },
    ],
}

# The first stability is the parameter of the rating; at a retention of 0.9 the interval is the stability.
FSRS: dict[str, Any] = {
    "id": "fsrs",
    "scheduler": "fsrs",
    "preset": {
        "learning_steps": [1, 10],
        "relearning_steps": [10],
        "maximum_interval": 36500,
        "leech_threshold": 8,
        "leech_suspend": False,
        "parameters": PARAMETERS,
        "desired_retention": 0.9,
        "short_term_with_steps": True,
    },
    "before": {"state": "new"},
    "steps": [
        {
            "t": 20 * DAY + 17_734,
            "rating": 4,
            "fuzz_factor": None,
            "expect": {
                "buttons": [-60, -330, -600, 8],
                "labels": ["<1m", "<6m", "<10m", "8d"],
                "memory": [[0.212, 6.4133], [1.2931, 5.11217], [2.3065, 2.1181], [8.2956, 1.0]],
                "leech": False,
                "card": {
                    "state": "review",
                    "interval_days": 8,
                    "due_day": 28,
                    "due_t": None,
                    "last_t": "any",
                },
                "log": {"kind": "learn", "interval": 8, "last_interval": 0, "factor": 100},
            },
        }
    ],
}

MEMORY: dict[str, Any] = {
    "kind": "memory",
    "parameters": PARAMETERS,
    "historical_retention": 0.9,
}
NO_MEMORY = MEMORY | {"id": "none", "card": {"state": "new"}, "log": [], "expect": None}
# Learned yesterday with Good and nothing since: the memory of a first Good.
LOGGED: dict[str, Any] = MEMORY | {
    "id": "logged",
    "card": {"state": "review", "interval_days": 2, "due_day": 23, "ease_permille": 2500, "last_t": 20 * DAY},
    "log": [{"t": 20 * DAY, "rating": 3, "kind": "learn", "interval": 2, "last_interval": 0, "factor": 211}],
    "expect": {"stability": 2.3065, "difficulty": 2.118104},
}

# Made on 23 February 2020; 504 days later it is 11 July 2021, and the day ends at 4 on the 12th.
TIMING: dict[str, Any] = {
    "id": "timing",
    "kind": "timing",
    "zone": "UTC",
    "rollover_hour": 4,
    "created": 1_582_430_400,
    "created_minutes_west": 0,
    "now": 1_626_049_250,
    "expect": {"day": 504, "next_day_at": 1_626_062_400},
}

OPTIONS = {
    "new_per_day": 20,
    "reviews_per_day": 200,
    "new_ignore_review_limit": False,
    "bury_new": True,
    "bury_reviews": True,
    "bury_interday_learning": True,
    "new_mix": "after",
    "interday_learning_mix": "mix",
    "review_order": "intervals_descending",
    "new_gather": "lowest_position",
    "new_sort": "template",
    "learn_ahead": 1200,
    "child_limits": {"new_per_day": 1, "reviews_per_day": 200},
}


def a_card(number: int, note: int, **values: Any) -> dict[str, Any]:
    return {
        "card": number,
        "note": note,
        "template": 0,
        "deck": "A",
        "state": "new",
        "position": number,
    } | values


CARDS = [
    a_card(1, 1, deck="A::B"),
    a_card(2, 2, deck="A::B"),
    a_card(3, 3, state="review", position=None, due_day=19, interval_days=5),
    a_card(4, 4, state="review", position=None, due_day=20, interval_days=50),
    a_card(5, 5, state="learning", position=None, due_t=20 * DAY + 10, reps=1),
]
# Learning first, then the longest interval, then new ones, of which the child deck may give one.
QUEUE: dict[str, Any] = {
    "id": "queue",
    "kind": "queue",
    "t": 20 * DAY + 60,
    "deck": "A",
    "options": OPTIONS,
    "cards": CARDS,
    "expect": {"order": [5, 4, 3, 1], "new": 1, "learning": 1, "review": 2},
}
SESSION: dict[str, Any] = QUEUE | {
    "id": "session",
    "kind": "session",
    "preset": {"learning_steps": [1, 10], "relearning_steps": [10]},
    "steps": [
        {
            "t": 20 * DAY + 60,
            "answered_t": 20 * DAY + 65,
            "rating": 4,
            "expect": {"card": 5, "new": 1, "learning": 1, "review": 2},
        },
        {
            "t": 20 * DAY + 70,
            "answered_t": 20 * DAY + 75,
            "rating": 3,
            "expect": {"card": 4, "new": 1, "learning": 0, "review": 2},
        },
        {  # the next day: the other review is still due, and the child deck may give one new card again
            "t": 21 * DAY + 70,
            "answered_t": 21 * DAY + 75,
            "rating": 3,
            "expect": {"card": 3, "new": 1, "learning": 0, "review": 1},
        },
    ],
}


def failures(vector: dict[str, Any]) -> list[VectorFailure]:
    report = run_vectors([json.dumps(vector), ""])
    assert report.cases == 1
    return report.failed


@pytest.mark.parametrize(
    "vector", [SM2, FSRS, NO_MEMORY, LOGGED, TIMING, QUEUE, SESSION], ids=lambda each: each["id"]
)
def test_a_vector_worked_out_by_hand_passes(vector: dict[str, Any]) -> None:
    assert failures(vector) == []


@pytest.mark.parametrize(
    ("vector", "step", "path", "wrong", "field"),
    [
        (SM2, 0, ("buttons",), [0, 0, 1, 2], "buttons"),
        (SM2, 0, ("next_intervals",), [1, 1, 1, 2], "next_intervals"),
        (SM2, 1, ("card", "drill_day"), None, "card.drill_day"),
        (SM2, 1, ("log", "kind"), "learn", "log.kind"),
        (SM2, 0, ("leech",), True, "leech"),
        (FSRS, 0, ("buttons",), [-60, -330, -600, 9], "buttons"),
        (FSRS, 0, ("labels",), ["<1m", "<6m", "<10m", "9d"], "labels"),
        (FSRS, 0, ("memory",), [[0.3, 6.4133]], "memory.1"),
        (FSRS, 0, ("card", "due_t"), 5, "card.due_t"),
        (FSRS, 0, ("log", "interval"), 9, "log.interval"),
        (FSRS, 0, ("log", "factor"), 103, "log.factor"),
        (SESSION, 1, ("card",), 3, "card"),
        (SESSION, 2, ("review",), 2, "review"),
    ],
)
def test_a_step_with_a_wrong_value_is_noticed(
    vector: dict[str, Any], step: int, path: tuple[str, ...], wrong: Any, field: str
) -> None:
    changed = copy.deepcopy(vector)
    place = changed["steps"][step]["expect"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    failed = failures(changed)
    assert field in [each.field for each in failed]
    assert {(each.id, each.step) for each in failed} == {(vector["id"], step)}


@pytest.mark.parametrize(
    ("vector", "expect", "field"),
    [
        (NO_MEMORY, {"stability": 45.0, "difficulty": 5.0}, "memory"),
        (LOGGED, None, "memory"),
        (LOGGED, {"stability": 2.4, "difficulty": 2.118104}, "memory"),
        (TIMING, {"day": 505, "next_day_at": 1_626_062_400}, "day"),
        (TIMING, {"day": 504, "next_day_at": 1_626_062_401}, "next_day_at"),
        (QUEUE, {"order": [5, 3, 4, 1], "new": 1, "learning": 1, "review": 2}, "order"),
        (QUEUE, {"order": [5, 4, 3, 1], "new": 2, "learning": 1, "review": 2}, "new"),
    ],
)
def test_a_wrong_expectation_is_noticed(vector: dict[str, Any], expect: Any, field: str) -> None:
    assert [each.field for each in failures(vector | {"expect": expect})] == [field]
