"""Practice scenarios (`scenarios/<id>.yaml`) and the placement bank (`placement.yaml`) of a deck source."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlsd_cards.formats.source_entry import Entry
from mlsd_cards.formats.source_model import Citation, Option
from mlsd_cards.formats.source_parse import TOPIC_ID, parse_citations, parse_option
from mlsd_cards.formats.source_yaml import SourceError, read_yaml

SCENARIO_ID = re.compile(r"s\d{2}-[a-z0-9]+(-[a-z0-9]+)*")
PLACEMENT_ID = re.compile(r"p\d{2,3}")
SHARED_RUBRIC = 10
"""How many rubric items every scenario shares unless it brings a full list of its own."""

Report = Callable[[SourceError], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What the interviewer tells when a requirement is asked for, and what follows from it."""

    req: str
    ask: tuple[str, ...]  # words by which a question is recognised
    answer: str
    implies: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number to be estimated; `tolerance` is a fraction."""

    ask: str
    value: float
    unit: str
    tolerance: float
    working: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A design decision with good, accepted and poor ways to take it."""

    topic: str
    good: tuple[str, ...]
    also: tuple[str, ...] = ()
    poor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricItem:
    """One thing that is scored 0 absent, 1 named, 2 justified; `trains` are ids of the notes that teach it."""

    id: str
    text: str
    req: str = ""
    trains: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A practice interview as written."""

    id: str
    title: str
    level: int
    minutes: int
    brief: str
    hidden: tuple[Hidden, ...]
    estimates: tuple[Estimate, ...]
    decisions: tuple[Decision, ...]
    rubric: tuple[RubricItem, ...]
    shared_rubric: bool  # whether the items that all scenarios share are scored as well
    pitfalls: tuple[str, ...]
    followups: tuple[str, ...] = ()
    model_answer: tuple[str, ...] = ()  # the steps of a strong answer, each with its minutes
    source: tuple[Citation, ...] = ()
    file: Path = Path()
    line: int = 0

    @property
    def rubric_size(self) -> int:
        """How many rubric items are scored."""
        return len(self.rubric) + (SHARED_RUBRIC if self.shared_rubric else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementItem:
    """A question of the quick route; "I don't know" is added by the program."""

    id: str
    topic: str
    difficulty: float
    front: str
    options: tuple[Option, ...]
    source: tuple[Citation, ...] = ()
    file: Path = Path()
    line: int = 0


def load_scenarios(root: Path, report: Report) -> Iterator[Scenario]:
    """Yield the scenarios of a deck folder by file name; what cannot be read is handed to `report`."""
    for file in sorted((root / "scenarios").glob("*.yaml")):
        try:
            yield parse_scenario(Entry(read_yaml(file), file, "the scenario"))
        except SourceError as error:
            report(error)


def parse_scenario(entry: Entry) -> Scenario:
    """Return one scenario.

    Raises:
        SourceError: a key is missing, unknown or of the wrong form.
    """
    entry.rule = "L24"
    scenario_id = entry.text("id")
    if not SCENARIO_ID.fullmatch(scenario_id):
        entry.fail(f"the id must have the form s01-slug, not {scenario_id[:60]}", entry.line_of("id"))
    entry.what = scenario_id
    rubric = tuple(_rubric_item(item) for item in entry.entries("rubric"))
    base = entry.one_of("rubric_base", ("shared", "own")) if entry.has("rubric_base") else ""
    scenario = Scenario(
        id=scenario_id,
        title=entry.text("title"),
        level=entry.whole("level"),
        minutes=entry.whole("minutes"),
        brief=entry.text("brief"),
        hidden=tuple(_hidden(item) for item in entry.entries("hidden")),
        estimates=tuple(_estimate(item) for item in entry.entries("estimates")),
        decisions=tuple(_decision(item) for item in entry.entries("decisions")),
        rubric=rubric,
        shared_rubric=base == "shared" or (not base and len(rubric) < SHARED_RUBRIC),
        pitfalls=entry.texts("pitfalls"),
        followups=entry.texts("followups"),
        model_answer=entry.texts("model_answer"),
        source=parse_citations(entry, "sources"),
        file=entry.path,
        line=entry.line,
    )
    entry.finish()
    return scenario


def _hidden(entry: Entry) -> Hidden:
    found = Hidden(
        req=entry.text("req"),
        ask=entry.texts("ask"),
        answer=entry.text("answer"),
        implies=entry.texts("implies"),
        line=entry.line,
    )
    entry.finish()
    return found


def _estimate(entry: Entry) -> Estimate:
    found = Estimate(
        ask=entry.text("ask"),
        value=entry.number("value"),
        unit=entry.text("unit"),
        tolerance=entry.percent("tolerance"),
        working=entry.text("working"),
        line=entry.line,
    )
    entry.finish()
    return found


def _decision(entry: Entry) -> Decision:
    found = Decision(
        topic=entry.text("topic"),
        good=entry.texts("good"),
        also=entry.texts("also"),
        poor=entry.texts("poor"),
    )
    entry.finish()
    return found


def _rubric_item(entry: Entry) -> RubricItem:
    found = RubricItem(
        id=entry.text("id"),
        text=entry.text("text"),
        req=entry.optional("req"),
        trains=entry.texts("trains"),
        line=entry.line,
    )
    entry.finish()
    return found


def load_shared_rubric(root: Path, report: Report) -> tuple[RubricItem, ...]:
    """Return the items of `rubric.yaml`, which all scenarios share; none where there is no such file."""
    file = root / "rubric.yaml"
    if not file.is_file():
        return ()
    try:
        entry = Entry(read_yaml(file), file, "the shared rubric", "L24")
        items = tuple(_rubric_item(item) for item in entry.entries("rubric"))
        entry.finish()
    except SourceError as error:
        report(error)
        return ()
    return items


def load_placement(root: Path, report: Report) -> Iterator[PlacementItem]:
    """Yield the items of `placement.yaml` in file order; what cannot be read is handed to `report`."""
    file = root / "placement.yaml"
    if not file.is_file():
        return
    try:
        entry = Entry(read_yaml(file), file, "the placement bank")
        trees = entry.trees("items")
        entry.finish()
    except SourceError as error:
        report(error)
        return
    for tree in trees:
        try:
            yield _placement_item(Entry(tree, file, "a placement item"))
        except SourceError as error:
            report(error)


def _placement_item(entry: Entry) -> PlacementItem:
    entry.rule = "L23"
    item_id = entry.text("id")
    if not PLACEMENT_ID.fullmatch(item_id):
        entry.fail(f"the id must have the form p01, not {item_id[:60]}", entry.line_of("id"))
    entry.what = item_id
    topic = entry.text("topic")
    if not TOPIC_ID.fullmatch(topic):
        entry.fail("`topic` must be the id of a topic", entry.line_of("topic"))
    item = PlacementItem(
        id=item_id,
        topic=topic,
        difficulty=entry.number("difficulty"),
        front=entry.text("front"),
        options=tuple(parse_option(option) for option in entry.entries("options")),
        source=parse_citations(entry, "source"),
        file=entry.path,
        line=entry.line,
    )
    entry.finish()
    return item
