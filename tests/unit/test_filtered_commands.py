"""`filtered create`, `rebuild`, `empty`, `delete`: by the words a person types."""

from pathlib import Path

import pytest

from mlsd_cards.cli import main
from tests.helpers.commands import NOW, Done, Run
from tests.helpers.study import Made, due, empty_collection, fill


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a profile with the cards 10, 20, 30 in notes 1, 2, 3."""
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLSD_CARDS_NOW", NOW)
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made(), Made([due(330, 30)]), Made([due(331, 12)])])

    def command(*words: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Done(status, *capsys.readouterr())

    return command


def test_a_filtered_deck_from_its_making_to_its_end(run: Run) -> None:
    assert run("filtered", "create", "Cram", "prop:ivl>0", "--no-reschedule", "--json").json == {"cards": 2}
    assert run("search", "deck:Cram", "--json").json["ids"] == [20, 30]
    assert run("filtered", "empty", "Cram", "--json").json == {"cards": 2}
    assert run("search", "deck:filtered", "--json").json["ids"] == []
    assert run("filtered", "rebuild", "Cram", "--json").json == {"cards": 2}
    assert run("filtered", "delete", "Cram").out == "2 cards went home\n"
    assert [deck["name"] for deck in run("decks", "--json").json["decks"]].count("Cram") == 0
    assert run("undo", "--json").json["undone"] == "Delete deck"
    assert run("search", "deck:Cram", "--json").json["ids"] == [20, 30]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("create", "Cram", "is:"), 1),
        (("create", "Cram", "deck:nowhere"), 1),
        (("create", "Cram", "", "--limit", "0"), 1),
        (("create", "Cram", "", "--order", "sideways"), 2),
        (("rebuild", "Deck"), 1),
        (("empty", "Nowhere"), 1),
        (("create", "Cram"), 2),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], status: int) -> None:
    done = run("filtered", *words)
    assert done.status == status
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) >= 1
