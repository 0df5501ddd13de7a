"""Lint rules about the placement bank, L23, and about practice scenarios, L24."""

from collections import Counter
from collections.abc import Iterator

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats.source_arithmetic import evaluate
from mlsd_cards.formats.source_model import ERROR, WARNING, Citation, DeckSource, Problem
from mlsd_cards.formats.source_practice import SHARED_RUBRIC, PlacementItem, RubricItem, Scenario
from mlsd_cards.formats.source_rules_facts import REQUIREMENTS
from mlsd_cards.formats.source_text import plain

OPTIONS = 4
MAX_LENGTH_RATIO = 1.5
CHI_SQUARE_95 = 7.815
"""95 % point of χ² with 3 degrees of freedom. Source: Pearson 1900, any table of the distribution."""


MODEL_ANSWER = 4, 8
"""How many steps the outline of a model answer has, at least and at most."""


def rubric_findings(items: tuple[RubricItem, ...], deck: DeckSource) -> Iterator[Problem]:
    """Yield what the rubric that all scenarios share names wrongly."""
    for item in items:
        for message in _item_of_rubric_faults(item, {note.number for note in deck.notes}):
            yield Problem(
                file="rubric.yaml", line=item.line, card="", rule="L24", level=ERROR, message=message
            )
    if len(items) != SHARED_RUBRIC:
        message = f"{len(items)} items, expected {SHARED_RUBRIC}"
        yield Problem(file="rubric.yaml", line=0, card="", rule="L24", level=ERROR, message=message)


def _item_of_rubric_faults(item: RubricItem, numbers: set[str]) -> Iterator[str]:
    if not item.trains:
        yield f"the rubric item {item.id} names no notes that train it (`trains`)"
    for name in item.trains:
        if name not in numbers:
            yield f"the rubric item {item.id} is trained by {name}, which is not the number of a note"


def scenario_findings(scenario: Scenario, deck: DeckSource) -> Iterator[Problem]:
    """Yield what a scenario lacks, names wrongly or computes wrongly."""
    numbers = {note.number for note in deck.notes}
    for item in scenario.rubric:
        for message in _item_of_rubric_faults(item, numbers):
            yield _scenario_problem(scenario, deck, item.line, message)
    counts = (
        ("hidden answers", len(scenario.hidden), 8, 14),
        ("estimates", len(scenario.estimates), 3, 6),
        ("rubric items", scenario.rubric_size, 10, 14),
        ("pitfalls", len(scenario.pitfalls), 2, 99),
        ("steps in the model answer", len(scenario.model_answer), *MODEL_ANSWER),
    )
    for what, count, low, high in counts:
        if not low <= count <= high:
            wanted = f"at least {low}" if high == 99 else f"{low} to {high}"
            yield _scenario_problem(scenario, deck, scenario.line, f"{count} {what}, expected {wanted}")
    asked = [(hidden.req, hidden.line) for hidden in scenario.hidden]
    for requirement, line in (*asked, *((item.req, item.line) for item in scenario.rubric)):
        if requirement and requirement not in REQUIREMENTS:
            yield _scenario_problem(scenario, deck, line, f"{requirement} is not one of R01 to R30")
    for estimate in scenario.estimates:
        if fault := _estimate_fault(estimate.working, estimate.value, estimate.tolerance):
            yield _scenario_problem(scenario, deck, estimate.line, fault)
    for key in _unknown_sources(scenario.source, deck):
        yield _scenario_problem(scenario, deck, scenario.line, f"the source {key} is not in sources.yaml")


def _estimate_fault(working: str, value: float, tolerance: float) -> str:
    try:
        found = evaluate(working)
    except InputError as error:
        return str(error)
    wrong = abs(found - value) > tolerance * abs(value)
    return f"the working gives {found:g}, but `value` is {value:g}" if wrong else ""


def _unknown_sources(citations: tuple[Citation, ...], deck: DeckSource) -> list[str]:
    keys = (citation.key for citation in citations)
    return [key for key in keys if key not in deck.references and not key.startswith("https://")]


def _scenario_problem(scenario: Scenario, deck: DeckSource, line: int, message: str) -> Problem:
    file = deck.relative(scenario.file)
    return Problem(file=file, line=line, card=scenario.id, rule="L24", level=ERROR, message=message)


def placement_findings(items: list[PlacementItem], deck: DeckSource) -> Iterator[Problem]:
    """Yield placement items that can be guessed from their form, and an uneven spread of right answers."""
    topics = {topic.id for topic in deck.topics}
    seen: set[str] = set()
    for item in items:
        unknown = (f"the source {key} is not in sources.yaml" for key in _unknown_sources(item.source, deck))
        for message in (*_item_faults(item), *_identity_faults(item, seen, topics), *unknown):
            yield _item_problem(item, deck, ERROR, message)
        seen.add(item.id)
    places = Counter(_right_place(item) for item in items)
    if items and _chi_square([places[place] for place in range(OPTIONS)]) > CHI_SQUARE_95:
        spread = ", ".join(str(places[place]) for place in range(OPTIONS))
        yield _item_problem(items[0], deck, WARNING, f"right answers stand unevenly at A to D: {spread}")


def _identity_faults(item: PlacementItem, seen: set[str], topics: set[str]) -> Iterator[str]:
    if item.id in seen:
        yield f"{item.id} is given twice"
    if item.topic not in topics:
        yield f"the topic {item.topic} is not in deck.yaml"


def _item_faults(item: PlacementItem) -> Iterator[str]:
    if len(item.options) != OPTIONS:
        yield f'{len(item.options)} options, expected {OPTIONS}; "I don\'t know" is added by the program'
        return
    if sum(option.right for option in item.options) != 1:
        yield "exactly one option needs `right: true`"
    lengths = [len(plain(option.text)) for option in item.options]
    if max(lengths) > MAX_LENGTH_RATIO * min(lengths):
        yield f"the longest option has {max(lengths)} signs, more than 1.5 times {min(lengths)}"


def _right_place(item: PlacementItem) -> int:
    return next((place for place, option in enumerate(item.options) if option.right), -1)


def _chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts) if expected else 0.0


def _item_problem(item: PlacementItem, deck: DeckSource, level: str, message: str) -> Problem:
    file = deck.relative(item.file)
    return Problem(file=file, line=item.line, card=item.id, rule="L23", level=level, message=message)
