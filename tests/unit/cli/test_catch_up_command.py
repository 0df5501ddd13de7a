"""`catch-up`, and limits and presets through `settings`: by the words a person types."""

from pathlib import Path

import pytest

from mlsd_cards.cli import main
from tests.helpers.commands import NOW, Done, Run
from tests.helpers.study import Made, due, empty_collection, fill


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a profile where 120 cards are a month late."""
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLSD_CARDS_NOW", NOW)
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made([due(300 + n % 9, 9)]) for n in range(120)] + [Made()] * 5)

    def command(*words: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Done(status, *capsys.readouterr())

    return command


def test_a_plan_is_shown_started_followed_and_ended(run: Run) -> None:
    offered = run("catch-up", "--json").json
    assert offered["plan"] is None
    assert offered["proposal"]["waiting"] == 120
    assert offered["proposal"]["reviews_per_day"] == 20
    assert f"done by {offered['proposal']['until']}" in run("catch-up").out
    before = set(run("due", "--json").json)
    started = run("catch-up", "--start", "--json").json
    assert started == {"proposal": None, "plan": offered["proposal"]}
    shown = run("due", "--json").json
    assert set(shown) == before
    assert (shown["new"], shown["review"]) == (0, 20)
    assert run("catch-up", "--start", "--json").kind == "not-found"
    assert "120 reviews wait" in run("catch-up").out
    assert run("catch-up", "--end", "--json").json == offered
    assert run("catch-up", "--end", "--json").kind == "not-found"
    assert run("undo", "--json").json["undone"]
    assert run("catch-up", "--json").json == started


def test_both_at_once_are_refused(run: Run) -> None:
    assert run("catch-up", "--start", "--end", "--json").kind == "invalid"


def test_limits_and_presets_are_settings_of_a_deck(run: Run) -> None:
    assert run("settings", "new_today", "--deck", "Deck").out == "new_today = none\n"
    assert run("settings", "new_today", "2", "--deck", "Deck", "--json").json["settings"] == {"new_today": 2}
    assert run("due", "--deck", "Deck", "--json").json["new"] <= 2
    assert run("settings", "new_today", "none", "--deck", "Deck", "--json").json["settings"] == {
        "new_today": None
    }
    assert run("settings", "preset", "Exam", "--deck", "Deck").out == "preset = Exam\n"
    assert run("settings", "new_today", "2", "--json").kind == "not-found"
