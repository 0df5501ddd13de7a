"""A profile with the built-in deck, and commands that are run within this process."""

from datetime import datetime
from pathlib import Path

import pytest

from mlsd_cards.cli import main
from mlsd_cards.study import Collection, FixedClock
from tests.helpers.commands import NOW, Done, Run, copied


@pytest.fixture(scope="session")
def built_in_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed profile that was just made."""
    home = tmp_path_factory.mktemp("profile") / "home"
    Collection.open(home, FixedClock(datetime.fromisoformat(NOW))).close()
    return home


@pytest.fixture
def home(built_in_profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile of one's own, which commands use unless told otherwise; the clock stands still."""
    monkeypatch.setenv("MLSD_CARDS_NOW", NOW)
    place = copied(built_in_profile, tmp_path / "home")
    monkeypatch.setenv("MLSD_CARDS_HOME", str(place))
    return place


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with the words given."""

    def command(*words: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return command
