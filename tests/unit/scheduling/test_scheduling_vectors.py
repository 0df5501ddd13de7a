"""Every vector passes, and the runner notices every value that differs."""

import copy
import json
from typing import Any

import pytest
from helpers.shared import vectors_dir

from mlsd_cards.domain.errors import InputError
from mlsd_cards.scheduling.vector_check import Checker, is_close_button
from mlsd_cards.scheduling.vectors import run_vectors

FILES = (
    "sm2",
    "anki_sm2",
    "anki_sm2_fuzz",
    "fsrs",
    "fsrs_fuzz",
    "memory",
    "timing",
    "queue",
    "session",
)


def lines_of(name: str) -> list[str]:
    return (vectors_dir() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", FILES)
def test_every_vector_passes(name: str) -> None:
    lines = lines_of(name)
    report = run_vectors(lines)
    assert report.failed == []
    assert report.cases == len(lines)
    assert report.steps == sum(len(json.loads(line).get("steps", [None])) for line in lines)


def other(value: Any) -> Any:
    """Return a value that is wrong beyond every tolerance."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 2
    if isinstance(value, str):
        return value + "!"
    if value is None:
        return 987654
    return [other(value[0]), *value[1:]] if value else [1]


def paths_of(expect: dict[str, Any]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for name, value in expect.items():
        if name == "anki_next_day_at":
            continue
        inner = [(name, key) for key in value] if isinstance(value, dict) else [(name,)]
        paths += [path for path in inner if _at(expect, path) != "any"]
    return paths


def _at(expect: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        expect = expect[key]
    return expect


@pytest.mark.parametrize("name", FILES)
def test_every_expected_value_is_compared(name: str) -> None:
    vector = json.loads(lines_of(name)[1])
    places = [(step, path) for step, each in enumerate(expects(vector)) for path in paths_of(each)]
    assert places
    for step, path in places[:60]:
        wrong = copy.deepcopy(vector)
        target = _at(expects(wrong)[step], path[:-1])
        target[path[-1]] = other(target[path[-1]])
        failed = run_vectors([json.dumps(wrong)]).failed
        assert any(each.id == vector["id"] and each.step == step for each in failed), (step, path)


def expects(vector: dict[str, Any]) -> list[dict[str, Any]]:
    return [step["expect"] for step in vector["steps"]] if "steps" in vector else [vector["expect"]]


def test_memory_is_compared_within_its_tolerances() -> None:
    for expected, got, right in (
        ((100.0, 5.0), (100.019, 5.00009), True),
        ((100.0, 5.0), (100.021, 5.0), False),
        ((100.0, 5.0), (100.0, 5.00011), False),
        ((100.0, 5.0), (None, None), False),
        ((100.0, 5.0), (100.0, None), False),
        ((100.0, 5.0), (float("nan"), 5.0), False),
    ):
        checker = Checker()
        checker.memory(0, "memory", expected, got)
        assert (checker.failed == []) is right, (expected, got)


@pytest.mark.parametrize(
    ("expected", "got", "right"),
    [
        (-600, -601, True),
        (-600, -599, True),
        (-600, -602, False),
        (3, 3, True),
        (3, 4, False),
        (-1, 1, False),
        (-1, 0, True),
    ],
)
def test_delays_of_fsrs_may_be_a_second_off_but_days_may_not(expected: int, got: int, right: bool) -> None:
    assert is_close_button(expected, got) is right


def test_a_label_of_a_delay_a_second_off_follows_the_expected_delay() -> None:
    vector = json.loads(lines_of("fsrs")[0])
    expect = vector["steps"][0]["expect"]
    assert expect["buttons"][0] == -60
    expect["buttons"][0], expect["labels"][0] = -59, "<59s"
    assert run_vectors([json.dumps(vector)]).failed == []
    expect["labels"][0] = "<1m"
    assert [each.field for each in run_vectors([json.dumps(vector)]).failed] == ["labels"]


def test_a_memory_where_none_is_expected_is_a_failure() -> None:
    vector = json.loads(lines_of("memory")[0])
    vector["expect"] = None
    assert [each.field for each in run_vectors([json.dumps(vector)]).failed] == ["memory"]
    vector["card"]["interval_days"], vector["log"] = 0, []
    assert run_vectors([json.dumps(vector)]).failed == []


def test_a_sitting_ends_at_the_first_card_that_differs_but_counts_all_steps() -> None:
    vector = json.loads(lines_of("session")[0])
    vector["steps"][0]["expect"]["card"] = None
    report = run_vectors([json.dumps(vector)])
    assert report.steps == len(vector["steps"])
    assert [(each.step, each.field) for each in report.failed] == [(0, "card")]


def test_a_sitting_that_passes_the_rollover_gets_a_new_list() -> None:
    vector = {
        "id": "overnight",
        "kind": "session",
        "t": 864000,
        "deck": "A",
        "options": {"learn_ahead": 1200, "bury_new": True, "bury_reviews": True},
        "preset": {"learning_steps": [], "relearning_steps": []},
        "cards": [
            {"card": 1, "note": 1, "template": 0, "deck": "A", "state": "review", "due_day": 10},
            {"card": 2, "note": 1, "template": 1, "deck": "A", "state": "new", "position": 1},
        ],
        "steps": [
            {
                "t": 864000,
                "expect": {"card": 1, "new": 0, "learning": 0, "review": 1},
                "answered_t": 864010,
                "rating": 4,
            },
            {"t": 864010, "expect": {"card": None, "new": 0, "learning": 0, "review": 0}},
            {
                "t": 864000 + 86400,
                "expect": {"card": 2, "new": 1, "learning": 0, "review": 0},
                "answered_t": 864000 + 86410,
                "rating": 3,
            },
        ],
    }
    assert run_vectors([json.dumps(vector)]).failed == []


def test_empty_lines_are_passed_over() -> None:
    report = run_vectors(["", "  \n"])
    assert (report.cases, report.steps, report.failed) == (0, 0, [])


CASE = '{"id":"x","scheduler":"sm2","preset":{},"before":{"state":"new"},"steps":[%s]}'


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[]",
        "null",
        "3",
        '{"id":1}',
        '{"id":1,"kind":"dream"}',
        '{"id":1,"kind":"timing","zone":"Mars/Olympus","rollover_hour":4,"created":0,"created_minutes_west":0}',
        '{"id":"x","scheduler":"sm9","preset":{},"before":{},"steps":[]}',
        '{"id":"x","scheduler":"fsrs","preset":{"parameters":[1]},"before":{},'
        '"steps":[{"t":1,"rating":1,"fuzz_factor":null}]}',
        CASE % '{"t":1,"rating":0,"fuzz_factor":null}',
        CASE % '{"t":1,"rating":5,"fuzz_factor":null}',
        CASE % '{"t":1e999,"rating":1,"fuzz_factor":null}',
        CASE % '{"t":"soon","rating":1,"fuzz_factor":null}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_vector_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        run_vectors([line])
