"""The words of the command line: what is common to all commands, and when the window opens instead."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mlsd_cards.cli import COMMANDS, is_command_line, split_globals
from mlsd_cards.domain.errors import InputError
from mlsd_cards.study import Collection, FixedClock, parse_moment
from tests.helpers.commands import NOW, Run


@pytest.mark.parametrize(
    ("words", "rest", "home", "as_json"),
    [
        (["due"], ["due"], None, False),
        (["--json", "due"], ["due"], None, True),
        (["due", "--json"], ["due"], None, True),
        (["--home", "x", "due", "--deck", "D"], ["due", "--deck", "D"], "x", False),
        (["due", "--home=x", "--json"], ["due"], "x", True),
        (["due", "--home", "--json"], ["due"], "--json", False),
        (["search", "--", "--json", "--home", "x"], ["search", "--", "--json", "--home", "x"], None, False),
        (["--json", "search", "--", "-a", "--"], ["search", "--", "-a", "--"], None, True),
        (["due", "--home", "a", "--home", "b"], ["due"], "b", False),
        ([], [], None, False),
    ],
)
def test_home_and_json_may_stand_anywhere_before_the_dashes(
    words: Sequence[str], rest: Sequence[str], home: str | None, as_json: bool
) -> None:
    assert split_globals(words) == (rest, home, as_json)


@pytest.mark.parametrize("words", [["due", "--home"], ["--home"], ["--home=", "due"], ["--home", "", "due"]])
def test_home_needs_a_folder(words: Sequence[str], run: Run) -> None:
    with pytest.raises(InputError):
        split_globals(words)
    assert is_command_line(words)
    done = run(*words)
    assert (done.status, done.said()) == (2, "--home needs a folder.")
    assert run("--json", *words).kind == "invalid"


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], False),
        (["--home", "x"], False),
        (["deck.apkg"], False),
        (["/some/where/deck.apkg", "other.csv"], False),
        (["."], False),
        (["--", "due"], False),
        (["due"], True),
        (["--home", "x", "due"], True),
        (["--help"], True),
        (["-h"], True),
        (["--version"], True),
        (["--json"], True),
        (["--colour"], True),
        (["dew"], True),
        (["source", "lint", "x.yaml"], True),
    ],
)
def test_the_window_opens_where_no_command_is_named(words: Sequence[str], command: bool) -> None:
    assert is_command_line(words) is command


@pytest.mark.parametrize("words", [["--help"], ["-h"], *([name, "--help"] for name in COMMANDS)])
def test_help_teaches(run: Run, words: Sequence[str]) -> None:
    done = run(*words)
    assert (done.status, done.err) == (0, "")
    assert "Usage: mlsd-cards" in done.out
    assert len(done.out.split()) > 20


@pytest.mark.parametrize("name", ["import", "export", "due", "answer", "settings", "search"])
def test_help_gives_examples(run: Run, name: str) -> None:
    assert f"mlsd-cards {name}" in run(name, "--help").out.split("Example", 1)[1].replace("\n  ", " ")


def test_the_list_of_commands_is_whole(run: Run) -> None:
    shown = run("--help").out.split("Commands:", 1)[1].split("\n\n", 1)[0]
    assert {line.split()[0] for line in shown.splitlines() if line[:2] == "  " and line[2] != " "} == set(
        COMMANDS
    )


def test_the_version(run: Run) -> None:
    done = run("--version")
    assert (done.status, done.out.split()[0], done.err) == (0, "mlsd-cards", "")


@pytest.mark.parametrize(
    "words",
    [
        ["dew"],
        ["due", "extra"],
        ["due", "--colour"],
        ["answer", "1"],
        ["answer", "one", "3"],
        ["answer", "1", "3", "--milliseconds", "soon"],
        ["search"],
        ["search", "-tag:x"],
        ["search", "a", "--limit", "-1"],
        ["card"],
        ["card", "x"],
        ["import"],
        ["review"],
        ["decks", "tree"],
        ["source"],
        ["source", "lint"],
        ["schedule"],
        ["--deck", "x", "due"],
        ["settings", "a", "b", "c"],
    ],
)
def test_wrong_usage_is_status_two(run: Run, words: Sequence[str]) -> None:
    done = run(*words)
    assert done.status == 2
    assert "Usage:" in done.err
    assert "Traceback" not in done.err
    asked = run("--json", *words)
    assert asked.status == 2
    assert asked.json["error"]["kind"] == "invalid"


@pytest.mark.parametrize("before", [True, False])
def test_another_profile_is_named_before_or_after_the_words(
    run: Run, home: Path, tmp_path: Path, before: bool
) -> None:
    other = ["--home", str(tmp_path / "other"), "--json"]
    done = (
        run(*other, "settings", "new_per_day", "3") if before else run("settings", "new_per_day", "3", *other)
    )
    assert done.json == {"settings": {"new_per_day": 3}}
    assert (tmp_path / "other" / "collection.db").exists()
    assert run("settings", "new_per_day", "--json").json == {"settings": {"new_per_day": 20}}


def test_after_two_dashes_words_may_begin_with_one(run: Run) -> None:
    every = run("search", "", "--json").json["count"]
    done = run("search", "--json", "--", "-deck:nothing")
    assert done.json["count"] == every
    assert run("card", "--json", "--", "-5").kind == "not-found"
    assert run("answer", "--json", "--", "1", "-3").kind == "invalid"


def test_a_profile_in_use_is_read_and_not_written(run: Run, home: Path) -> None:
    with Collection.open(home, FixedClock(parse_moment(NOW))):
        for words in (
            ["due"], ["next"], ["decks"], ["search", ""], ["card", "1"], ["settings"], ["check"],
            ["export", home.parent / "out.csv"], ["backup", home.parent / "copy.db"],
        ):  # fmt: skip
            assert run(*words, "--json").status == 0, words
        for words in (
            ["answer", "1", "3"], ["undo"], ["settings", "fuzz", "off"], ["review", "--lines"],
            ["import", home.parent / "out.csv"], ["check", "--repair"],
        ):  # fmt: skip
            done = run(*words, "--json")
            assert (done.status, done.kind) == (3, "locked"), words
            assert "in use by process" in done.said()
    assert run("answer", "1", "3").status == 0


def test_a_bug_is_a_sentence_and_its_traceback_is_in_the_log(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlsd_cards.study import overview

    def broken(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(overview, "today", broken)
    done = run("due", "--json")
    assert done.status == 1
    assert done.kind == "invalid"
    assert "secret" not in done.out + done.err
    assert "errors.log" in done.said()
    assert "a secret detail" in (home / "log" / "errors.log").read_text(encoding="utf-8")
    (home / "log" / "errors.log").unlink()
    (home / "log").rmdir()
    (home / "log").write_text("in the way")
    assert "could not be written" in run("due").said()
