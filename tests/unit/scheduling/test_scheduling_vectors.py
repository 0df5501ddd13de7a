"""Every vector passes, and the runner notices every value that differs."""

import copy
import json
import random
from collections.abc import Iterator
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
        return value + 2 + abs(value) // 1000
    if isinstance(value, str):
        return value + "!"
    return 987654 if value is None else [1]


Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where the single values of an expectation lie, down to the items of lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [place for key, each in items for place in leaves(each, (*path, key))]
    if inner:
        yield from inner
    elif path and value != "any" and path[0] != "anki_next_day_at":
        yield path


def put(target: Any, path: Path) -> None:
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = other(target[path[-1]])


@pytest.mark.parametrize("name", FILES)
def test_every_expected_value_is_compared(name: str) -> None:
    chance = random.Random(name)
    # A memory that is expected to be none has a test of its own.
    vectors = [vector for vector in map(json.loads, lines_of(name)) if expects(vector) != [None]]
    for vector in chance.sample(vectors, 8):
        places = [(step, path) for step, each in enumerate(expects(vector)) for path in leaves(each)]
        assert places
        for step, path in chance.sample(places, min(12, len(places))):
            wrong = copy.deepcopy(vector)
            put(expects(wrong)[step], path)
            failed = run_vectors([json.dumps(wrong)]).failed
            field = "memory" if name == "memory" else path[0]
            hits = [each for each in failed if each.step == step and each.field.split(".")[0] == field]
            assert hits, (vector["id"], step, path)
            assert {each.id for each in failed} == {vector["id"]}


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
