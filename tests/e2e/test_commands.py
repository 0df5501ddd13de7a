"""Commands as people and programs run them: processes, pipes, encodings, and what a start costs."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mlsd_cards.cli import COMMANDS
from mlsd_cards.study import Collection, FixedClock
from tests.helpers.commands import NOW, ROOT, Pipe, copied, environment, run

NOT_FOR_COUNTS = {
    "PySide6", "pyqtgraph", "rich", "sqlalchemy", "fsrs", "genanki", "latex2mathml", "markdown_it", "pygments", "yaml",
    "zstandard", "nh3", "numpy", "asyncio",
}  # fmt: skip
_LIST_MODULES = """
import contextlib, io, json, sys
from mlsd_cards.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    status = main()
print(json.dumps([status, sorted({name.partition('.')[0] for name in sys.modules})]))
"""


@pytest.fixture(scope="module")
def built_in_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("profile") / "home"
    Collection.open(home, FixedClock(datetime.fromisoformat(NOW))).close()
    return home


@pytest.fixture
def home(built_in_profile: Path, tmp_path: Path) -> Path:
    return copied(built_in_profile, tmp_path / "home")


def modules_of(home: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES, *words],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    status, names = json.loads(done.stdout)
    assert status == 0
    return set(names)


@pytest.mark.parametrize("words", [("due",), ("decks",), ("answer", "1", "3"), ("settings",), ("--help",)])
def test_a_command_starts_without_what_it_does_not_need(home: Path, words: tuple[str, ...]) -> None:
    assert modules_of(home, *words) & NOT_FOR_COUNTS == set()


@pytest.mark.parametrize("words", [("next",), ("card", "1"), ("search", "data"), ("check",), ("backup",)])
def test_no_command_starts_the_window(home: Path, words: tuple[str, ...]) -> None:
    assert modules_of(home, *words) & {"PySide6", "pyqtgraph", "rich", "numpy", "genanki"} == set()


def test_a_first_day(tmp_path: Path) -> None:
    home = tmp_path / "first"
    assert run(home, "due").out.startswith("20 new")
    card = run(home, "next", "--json").json["card"]
    assert run(home, "answer", str(card), "3").out == f"card {card}: due 2026-12-01.\n"
    assert run(home, "due", "--json").json["new"] == 19
    assert run(home, "undo").out == "Undone: Answer card\n"
    assert run(home, "due", "--json").json["new"] == 20
    assert {path.name for path in home.iterdir()} >= {"collection.db", "media"}


def test_the_profile_is_the_one_named(tmp_path: Path) -> None:
    data = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    assert run(None, "--home", tmp_path / "a", "due", env=data).status == 0
    assert run(tmp_path / "b", "due", env=data).status == 0
    assert (tmp_path / "a" / "collection.db").exists()
    assert (tmp_path / "b" / "collection.db").exists()
    if sys.platform.startswith("linux"):
        assert not (tmp_path / "data").exists()
        assert run(None, "due", env=data).status == 0
        assert (tmp_path / "data" / "mlsd-cards" / "collection.db").exists()


def test_the_console_script_is_the_module() -> None:
    import tomllib

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"mlsd-cards": "mlsd_cards.__main__:main"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_pipes_speak_utf8_whatever_the_system_speaks(home: Path, encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding}
    refused = run(home, "due", "--deck", "Größe ∑", "--json", env=env)
    assert refused.kind == "not-found"
    assert "“Größe ∑”" in refused.said()
    deck = run(home, "review", "--lines", text="größe ∑\n", env=env)
    assert "“größe ∑”" in deck.out


def test_words_that_are_no_text_are_shown_as_they_can_be(home: Path) -> None:
    if os.name != "posix":
        pytest.skip("words are text on this system")
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"mlsd_cards", b"import", b"no\xff.apkg", b"--json"],
        env=environment(home),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "not-a-deck"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="shell pipes")
@pytest.mark.parametrize("words", ["decks --json", "search ''", "card 1 2 3 4 5 6 7 8 9 --json", "--help"])
def test_who_stops_reading_gets_no_complaint(home: Path, words: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m mlsd_cards {words} | true"],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_reader_that_goes_away_ends_a_review_quietly(home: Path) -> None:
    with Pipe(home) as pipe:
        assert pipe.next()["card"] == 1
        assert pipe.process.stdout is not None
        pipe.process.stdout.close()
        pipe.send("answer 1 3")
        pipe.send("next")
        assert pipe.process.stderr is not None
        assert pipe.process.wait(60) == 1
        assert pipe.process.stderr.read() == ""
    assert (
        run(home, "card", "1", "--json").json["reps"] == 1
    )  # the answer was stored before its reply was written


def test_each_reply_comes_at_once(home: Path) -> None:
    with Pipe(home) as pipe:
        for _ in range(3):
            card = pipe.next()
            assert pipe.ask(f"answer {card['card']} 4").startswith("ack ")
        assert pipe.ask("now 2026-12-01T09:00:00+01:00") == "ok"
        assert pipe.next()["card"] is not None
        assert pipe.end() == 0


@pytest.mark.skipif(os.name != "posix", reason="a key press is a signal")
def test_an_interrupted_review_ends_without_a_traceback(home: Path) -> None:
    def heed_interrupts() -> None:  # a shell's background job ignores them, and hands that on
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with Pipe(home, preexec=heed_interrupts) as pipe:
        assert pipe.ask("answer 1 3").startswith("ack ")
        pipe.process.send_signal(signal.SIGINT)
        assert pipe.process.wait(60) == 130
        assert pipe.process.stderr is not None
        assert pipe.process.stderr.read().strip() == ""
    assert run(home, "card", "1", "--json").json["reps"] == 1


def test_without_a_fixed_clock_it_is_now(home: Path) -> None:
    answered = run(home, "answer", "1", "3", "--json", now=None)
    if answered.status:  # this computer's clock is behind the built-in test time
        assert answered.kind == "invalid"
    else:
        assert abs(answered.json["review"] / 1000 - datetime.now().timestamp()) < 3600  # noqa: DTZ005


@pytest.mark.parametrize("name", list(COMMANDS))
def test_no_command_shows_a_traceback_for_odd_words(home: Path, tmp_path: Path, name: str) -> None:
    for words in (
        (),
        ("\x7f", "--json"),
        ("--home",),
        ("", ""),
        ("--", "--", "--"),
        ("9" * 400,),
        ("-1", "-2", "-3"),
    ):
        done = run(home, name, *words, cwd=tmp_path)  # `backup` takes an odd word for the file to write
        assert done.status in (0, 1, 2), (name, words, done)
        assert "Traceback" not in done.err
        assert "Something inside" not in done.err, (name, words)
