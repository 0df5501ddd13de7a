"""Checks deck sources against the rules for cards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mlsd_cards.formats.source import load, problem_of
from mlsd_cards.formats.source_cards import SourceCard, cards_of
from mlsd_cards.formats.source_copied import copied_findings, read_references
from mlsd_cards.formats.source_lock import LockedId, append_ids, read_lock
from mlsd_cards.formats.source_model import ERROR, WARNING, DeckSource, Problem, SourceNote
from mlsd_cards.formats.source_practice import load_placement, load_scenarios, load_shared_rubric
from mlsd_cards.formats.source_rules import Finding, wording_findings
from mlsd_cards.formats.source_rules_deck import (
    TopicCoverage,
    coverage,
    coverage_findings,
    duplicate_facts,
    duplicate_fronts,
    id_findings,
    unused_media,
)
from mlsd_cards.formats.source_rules_facts import fact_findings, reference_findings
from mlsd_cards.formats.source_rules_practice import placement_findings, rubric_findings, scenario_findings
from mlsd_cards.formats.source_words import read_words, word_findings
from mlsd_cards.formats.source_yaml import SourceError

MAX_WARNING_SHARE = 0.02
"""More warnings than this share of the cards fail the check, as errors do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What the lint found; problems are ordered by file and line."""

    cards: int
    notes: int = 0
    problems: tuple[Problem, ...] = ()
    coverage: tuple[TopicCoverage, ...] = field(default=())

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return sum(problem.level == ERROR for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many problems are warnings."""
        return sum(problem.level == WARNING for problem in self.problems)

    @property
    def passed(self) -> bool:
        """Whether the deck may be published: no error, and warnings for at most 2 % of the cards."""
        return self.errors == 0 and self.warnings <= MAX_WARNING_SHARE * self.cards


def lint(path: Path, *, today: date | None = None, references: Path | None = None) -> LintReport:
    """Return what breaks the rules in a deck folder or a single topic file.

    Notes that cannot be read are problems of the rule `form`; the age of `as_of` is judged only where
    `today` is given, what is copied only where `references` are (see `source_copied`).

    Raises:
        SourceError: the deck file, or the single topic file, is no deck source at all.
        NotFound, FileFormatError: the references cannot be read.
    """
    deck = load(path, strict=False)
    by_note = [(note, cards_of(note)) for note in deck.notes]
    all_cards = [card for _, made in by_note for card in made]
    problems = [*deck.problems, *_note_problems(deck, by_note, today), *_lock_problems(deck)]
    problems += duplicate_fronts(all_cards, deck)
    problems += duplicate_facts(all_cards, deck)
    problems += unused_media(deck)
    problems += _practice_problems(deck)
    if (listed := read_words(deck.root)) is not None:
        problems += [
            _problem(deck, note, each, None) for note in deck.notes for each in word_findings(note, listed)
        ]
    if references is not None:
        known = read_references(references)
        problems += [
            _problem(deck, note, each, None) for note in deck.notes for each in copied_findings(note, known)
        ]
    covered: list[TopicCoverage] = []
    for topic in deck.topics:
        covered.append(coverage(topic, [card for card in all_cards if card.note.topic == topic.id]))
        problems += coverage_findings(topic, covered[-1], deck)
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.rule))
    return LintReport(
        cards=len(all_cards), notes=len(by_note), problems=tuple(problems), coverage=tuple(covered)
    )


def _note_problems(
    deck: DeckSource, by_note: list[tuple[SourceNote, list[SourceCard]]], today: date | None
) -> Iterator[Problem]:
    for reference in deck.references.values():
        for rule, level, line, message in reference_findings(reference):
            file = deck.relative(reference.file)
            yield Problem(file=file, line=line, card="", rule=rule, level=level, message=message)
    for note, cards in by_note:
        for card, finding in wording_findings(note, cards):
            yield _problem(deck, note, finding, card)
        for finding in fact_findings(note, deck, today):
            yield _problem(deck, note, finding, None)


def _problem(deck: DeckSource, note: SourceNote, finding: Finding, card: SourceCard | None) -> Problem:
    rule, level, line, message = finding
    name = card.name if card is not None else note.id
    return Problem(
        file=deck.relative(note.file), line=line, card=name, rule=rule, level=level, message=message
    )


def _practice_problems(deck: DeckSource) -> list[Problem]:
    if deck.single:
        return []
    faults: list[SourceError] = []
    problems: list[Problem] = []
    scenarios = list(load_scenarios(deck.root, faults.append))
    for scenario in scenarios:
        problems += scenario_findings(scenario, deck)
    if any(scenario.shared_rubric for scenario in scenarios):
        problems += rubric_findings(load_shared_rubric(deck.root, faults.append), deck)
    problems += placement_findings(list(load_placement(deck.root, faults.append)), deck)
    return [*problems, *(problem_of(fault, deck) for fault in faults)]


def _lock_problems(deck: DeckSource) -> Iterator[Problem]:
    locked: Mapping[str, LockedId] = {}
    try:
        locked = read_lock(deck.root)
    except SourceError as error:
        yield problem_of(error, deck)
    yield from id_findings(deck, locked)


def update_lock(path: Path) -> list[str]:
    """Append the ids of a deck folder that `ids.lock` does not have yet; returns them as `topic-nnn`.

    Raises:
        InputError: a published id is gone without being retired, or a retired one is used again.
        SourceError: the deck or the list cannot be read.
    """
    return append_ids(load(path))
