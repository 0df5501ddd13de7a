"""The decks that come with the program pass their own lint and begin where an interview begins."""

from pathlib import Path

from mlsd_cards import paths
from mlsd_cards.formats import source
from mlsd_cards.formats.source_lint import lint


def test_the_built_in_decks_have_no_errors() -> None:
    report = lint(paths.decks_dir())
    assert [problem for problem in report.problems if problem.level == "error"] == []
    assert report.passed


def test_the_first_new_card_asks_where_the_data_is(tmp_path: Path) -> None:
    data = source.exchange(paths.decks_dir(), 0, tmp_path)
    first = min(data.cards, key=lambda card: (card.position, card.ordinal))
    shown = next(note for note in data.notes if note.id == first.note_id)
    assert shown.fields[0] == "Where is the data, and how can you reach it?"
    assert data.decks[0].name == "ML system design"
    assert data.warnings == []
    assert all((tmp_path / name).is_file() for name in data.media)
