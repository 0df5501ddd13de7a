"""Scenarios and the placement bank: read, and checked only where they exist."""

from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.formats.source import exchange
from mlsd_cards.formats.source_lint import LintReport, lint
from mlsd_cards.formats.source_practice import load_scenarios
from tests.helpers.sources import note, put, write_deck

HIDDEN = [
    {
        "req": f"R{number:02d}",
        "ask": ["data", "where"],
        "answer": f"Answer {number}.",
        "implies": ["a component"],
    }
    for number in range(1, 9)
]
ESTIMATES = [
    {"ask": f"Estimate {n}", "value": 600000, "unit": "reads/s", "tolerance": "10%", "working": "3000 * 200"}
    for n in range(3)
]
SCENARIO: dict[str, Any] = {
    "id": "s01-card-fraud",
    "title": "Card-payment fraud",
    "level": 3,
    "minutes": 45,
    "brief": "A payment switch wants to stop stolen-card payments.",
    "hidden": HIDDEN,
    "estimates": ESTIMATES,
    "decisions": [{"topic": "serving", "good": ["online service"], "also": [], "poor": ["nightly batch"]}],
    "rubric": [
        {"id": "r1", "req": "R01", "text": "Asks early", "trains": ["serve-001"]},
        {"id": "r2", "text": "Fixes p99", "trains": ["serve-001"]},
    ],
    "pitfalls": ["accuracy as metric", "one global threshold"],
    "model_answer": ["0–8 min: asks", "8–13 min: estimates", "13–33 min: decides", "33–45 min: closes"],
    "sources": [{"key": "book", "at": "ch. 1"}],
}


SHARED = [{"id": f"c{number}", "text": f"Shared {number}", "trains": ["serve-001"]} for number in range(10)]


def check(folder: Path, **changes: Any) -> LintReport:
    write_deck(folder, note())
    put(folder / "rubric.yaml", {"rubric": SHARED})
    put(folder / "scenarios" / "s01-card-fraud.yaml", {**SCENARIO, **changes})
    return lint(folder)


def test_a_full_scenario_has_no_problem_and_is_read_as_written(tmp_path: Path) -> None:
    assert check(tmp_path).problems == ()
    (scenario,) = load_scenarios(tmp_path, lambda error: pytest.fail(str(error)))
    assert (scenario.id, scenario.minutes, scenario.rubric_size) == ("s01-card-fraud", 45, 12)
    assert scenario.hidden[0].ask == ("data", "where")
    assert scenario.decisions[0].poor == ("nightly batch",)


OWN = [{"id": f"r{number}", "text": "Text", "trains": ["serve-001"]} for number in range(12)]


@pytest.mark.parametrize("changes", [{"rubric": OWN}, {"rubric": OWN, "rubric_base": "own"}])
def test_a_full_list_replaces_the_shared_rubric(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert check(tmp_path, **changes).problems == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": HIDDEN[:7]},
        {"hidden": HIDDEN * 2},
        {"hidden": [*HIDDEN[:7], {**HIDDEN[7], "req": "R99"}]},
        {"estimates": ESTIMATES[:2]},
        {"estimates": [*ESTIMATES, {**ESTIMATES[0], "value": 500000}]},
        {"estimates": [*ESTIMATES, {**ESTIMATES[0], "working": "import os"}]},
        {"estimates": [*ESTIMATES, {**ESTIMATES[0], "tolerance": "ten"}]},
        {"rubric": OWN, "rubric_base": "shared"},
        {"rubric": OWN[:9], "rubric_base": "own"},
        {"rubric": [{"id": "r1", "req": "R31", "text": "x", "trains": ["serve-001"]}]},
        {"rubric": [{"id": "r1", "text": "x"}]},
        {"rubric": [{"id": "r1", "text": "x", "trains": ["serve-099"]}]},
        {"model_answer": ["0–45 min: talks"]},
        {"model_answer": "talks"},
        {"pitfalls": ["one"]},
        {"sources": [{"key": "unknown"}]},
        {"id": "fraud"},
        {"brief": ""},
        {"colour": "blue"},
    ],
)
def test_what_a_scenario_lacks_is_found(tmp_path: Path, changes: dict[str, Any]) -> None:
    report = check(tmp_path, **changes)
    assert {(p.rule, p.level, p.file) for p in report.problems} == {
        ("L24", "error", "scenarios/s01-card-fraud.yaml")
    }


@pytest.mark.parametrize("items", [SHARED[:9], [*SHARED[:9], {**SHARED[9], "trains": []}]])
def test_the_shared_rubric_is_checked_where_a_scenario_uses_it(tmp_path: Path, items: list[Any]) -> None:
    check(tmp_path)
    put(tmp_path / "rubric.yaml", {"rubric": items})
    assert {(p.rule, p.file) for p in lint(tmp_path).problems} == {("L24", "rubric.yaml")}
    put(tmp_path / "scenarios" / "s01-card-fraud.yaml", {**SCENARIO, "rubric": OWN})
    assert lint(tmp_path).problems == ()


def test_a_scenario_is_a_note_of_its_own_kind_after_all_cards(tmp_path: Path) -> None:
    check(tmp_path, followups=["And at night?"])
    work = tmp_path / "work"
    work.mkdir()
    data = exchange(tmp_path, 1000, work)
    made = data.notes[-1]
    note_type = next(found for found in data.note_types if found.id == made.note_type_id)
    assert note_type.name == "mlsd-scenario"
    assert [deck.name for deck in data.decks if deck.id == made.deck_id] == ["Test deck::Practice interviews"]
    cards = [card for card in data.cards if card.note_id == made.id]
    assert [card.ordinal for card in cards] == [0, 1, 2, 3]
    assert min(card.position for card in cards) > max(c.position for c in data.cards if c.note_id != made.id)
    fields = dict(zip(note_type.field_names, made.fields, strict=True))
    assert fields["Hidden"].count("<tr>") == 8
    assert "600,000 reads/s" in fields["Estimates"]
    assert fields["Rubric"].count("<li>") == 12
    assert "Nightly batch." in fields["Decisions"]
    assert made.tags[:3] == ("scenario", "level::3", "req::R01")


def test_a_changed_scenario_keeps_its_guid_and_changes_its_version(tmp_path: Path) -> None:
    found = []
    for changes in ({}, {}, {"brief": "Another brief."}):
        check(tmp_path, **changes)
        work = tmp_path / f"work{len(found)}"
        work.mkdir()
        found.append(exchange(tmp_path, 1000, work).notes[-1])
    assert len({made.guid for made in found}) == 1
    assert found[0].fields == found[1].fields
    assert found[0].fields[-1] != found[2].fields[-1]


def item(number: int, right: int = 0, **changes: Any) -> dict[str, Any]:
    options: list[dict[str, Any]] = [{"text": f"choice {n}", "why": "It waits too long."} for n in range(4)]
    options[right] = {"text": "choice r", "right": True}
    made = {
        "id": f"p{number:02d}",
        "topic": "serve",
        "difficulty": -0.5,
        "front": "What now?",
        "options": options,
    }
    return {**made, **changes}


def placement(folder: Path, *items: dict[str, Any]) -> list[tuple[str, str]]:
    write_deck(folder, note())
    put(folder / "placement.yaml", {"items": list(items)})
    return [(problem.rule, problem.level) for problem in lint(folder).problems]


def test_placement_items_are_even_in_form_and_place(tmp_path: Path) -> None:
    assert placement(tmp_path, *(item(number, right=number % 4) for number in range(1, 17))) == []
    assert placement(tmp_path, *(item(number) for number in range(1, 17))) == [("L23", "warning")]


@pytest.mark.parametrize(
    "changes",
    [
        {"options": item(1)["options"][:3]},
        {"options": [*item(1)["options"][:3], {"text": "a choice that is much longer", "why": "No."}]},
        {"options": [*item(1)["options"][:3], {"text": "choice 3", "right": True}]},
        {"options": [*item(1)["options"][:3], {"text": "choice 3"}]},
        {"topic": "unknown"},
        {"id": "first"},
        {"difficulty": "hard"},
        {"source": [{"key": "unknown"}]},
    ],
)
def test_placement_items_that_can_be_guessed_are_found(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert placement(tmp_path, item(1, **changes)) == [("L23", "error")]


def test_a_placement_id_stands_once(tmp_path: Path) -> None:
    assert placement(tmp_path, item(1), item(1, right=1)) == [("L23", "error")]
