"""The figures of a deck source: what they count, and how old its facts and sources are."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from mlsd_cards.formats.source_survey import Place, stale, survey
from mlsd_cards.formats.source_yaml import SourceError
from tests.helpers.sources import GOLDEN, note, write_deck

TODAY = date(2026, 11, 24)


def test_old_facts_are_listed_oldest_first_with_where_they_stand(tmp_path: Path) -> None:
    folder = write_deck(
        tmp_path,
        note("basic", as_of="2026-11"),
        note("basic", 2, as_of="2024-02"),
        note("cloze", 3, as_of="2025-11"),
        note("cloze", 4),
    )
    found = stale(folder, today=TODAY, days=365)
    assert [fact.as_of for fact in found] == [date(2024, 2, 1), date(2025, 11, 1)]
    first = found[0]
    lines = (folder / first.file).read_text(encoding="utf-8").splitlines()
    assert "2024-02" in lines[first.line - 1]
    assert first.days == 1027
    assert [fact.as_of for fact in stale(folder, today=TODAY, days=388)] == [date(2024, 2, 1)]
    assert len(stale(folder, today=TODAY, days=387)) == 2


def test_each_card_is_counted_in_its_topic_level_and_requirement(tmp_path: Path) -> None:
    folder = write_deck(tmp_path, note("requirement"), note("basic", 2))
    found = survey(folder, today=TODAY)
    assert sum(found.lengths.values()) == 5  # the overview, three answers, and the basic card
    assert sum(count for place, count in found.coverage.items() if place.requirement) == 4
    assert sum(count for place, count in found.coverage.items() if not place.requirement) == 1
    assert all(isinstance(place, Place) and place.level in (1, 2, 3) for place in found.coverage)


def test_sources_are_told_apart_by_when_their_text_was_opened() -> None:
    references = yaml.safe_load((GOLDEN / "sources.yaml").read_text(encoding="utf-8"))
    opened = sum("checked" in each for each in references.values())
    found = survey(GOLDEN, today=TODAY).sources
    assert 0 < opened < len(references)
    assert found == {"within a year": opened, "cited from the publication": len(references) - opened}
    later = survey(GOLDEN, today=date(2036, 1, 1)).sources
    assert "within a year" not in later
    assert later.get("cited from the publication", 0) == found.get("cited from the publication", 0)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    for work in (lambda: stale(tmp_path, today=TODAY, days=1), lambda: survey(tmp_path, today=TODAY)):
        with pytest.raises(SourceError):
            work()
