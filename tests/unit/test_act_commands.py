"""`suspend`, `unsuspend`, `bury`, `flag`, `forget`, `due-date`, `grade`, `delete`: by the words a person types."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlsd_cards.cli import main
from mlsd_cards.study import Collection
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


def card(run: Run, number: int) -> dict[str, object]:
    shown = run("card", str(number), "--json").json
    assert isinstance(shown, dict)
    return shown


def test_suspending_and_back_keeps_the_due_date(run: Run) -> None:
    before = card(run, 20)
    assert run("suspend", "20", "30", "--json").json == {"changed": 2}
    assert card(run, 20) == before | {"suspended": True}
    assert run("search", "is:suspended", "--json").json["ids"] == [20, 30]
    assert run("suspend", "20", "--json").json == {"changed": 0}
    assert run("unsuspend", "20", "10", "--json").json == {"changed": 1}
    assert card(run, 20) == before


def test_a_buried_card_is_back_tomorrow(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("bury", "20", "--json").json == {"changed": 1}
    assert card(run, 20)["buried"]
    monkeypatch.setenv("MLSD_CARDS_NOW", "2026-12-01T09:00:00+01:00")
    assert run("search", "is:buried", "--json").json["ids"] == []


def test_a_flag_is_set_and_taken_off(run: Run) -> None:
    assert run("flag", "20", "3", "--json").json == {"changed": 1}
    assert card(run, 20)["flag"] == 3
    assert run("flag", "20", "8", "--json").kind == "invalid"
    assert run("flag", "20", "0").out == "1 card changed\n"
    assert card(run, 20)["flag"] == 0


def test_a_due_date_is_set(run: Run) -> None:
    assert run("due-date", "10", "20", "5!", "--json").json == {"changed": 2}
    assert [card(run, number)["due"] for number in (10, 20)] == ["2026-12-05"] * 2
    assert [card(run, number)["interval_days"] for number in (10, 20)] == [5, 5]
    assert run("due-date", "30", "60-90").out == "1 card changed\n"
    assert "2027-01-29" <= str(card(run, 30)["due"]) <= "2027-02-28"
    assert card(run, 30)["interval_days"] == 12


def test_cards_are_graded_due_or_not(run: Run) -> None:
    assert run("grade", "10", "20", "4", "--json").json == {"changed": 2}
    assert [entry["rating"] for entry in card(run, 20)["reviews"]] == [4]  # type: ignore[attr-defined]
    assert run("grade", "20", "5", "--json").kind == "invalid"


def test_forgetting_keeps_the_log(run: Run) -> None:
    run("answer", "20", "3")
    answers = card(run, 20)["reviews"]
    assert isinstance(answers, list)
    assert run("forget", "20", "--json").json == {"changed": 1}
    after = card(run, 20)
    assert (after["state"], after["due"], after["interval_days"]) == ("new", "", 0)
    kept = after["reviews"]
    assert isinstance(kept, list)
    assert kept[:-1] == answers
    assert (kept[-1]["kind"], kept[-1]["rating"]) == ("manual", 0)


def test_deleting_notes(run: Run) -> None:
    assert run("delete", "1", "3", "--json").json == {"changed": 2}
    assert [run("card", number, "--json").status for number in ("10", "20", "30")] == [1, 0, 1]
    assert run("card", "10", "--json").kind == "not-found"


WORDS = [
    ("suspend", "20"),
    ("bury", "20"),
    ("flag", "20", "2"),
    ("forget", "20"),
    ("due-date", "20", "3"),
    ("grade", "20", "3"),
    ("delete", "2"),
]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_each_is_one_undo_step(run: Run, words: tuple[str, ...]) -> None:
    before = card(run, 20)
    assert run(*words, "--json").json == {"changed": 1}
    assert run("undo", "--json").json["undone"]
    assert card(run, 20) == before


@pytest.mark.parametrize("words", [*WORDS, ("unsuspend", "20")], ids=lambda words: words[0])
@pytest.mark.parametrize("wrong", ["7777777", "9" * 40])
def test_what_is_not_there_is_named_and_nothing_changes(run: Run, words: tuple[str, ...], wrong: str) -> None:
    before = card(run, 20)
    more = (words[1], wrong) if words[0] != "flag" else (wrong,)
    done = run(words[0], *more, *words[2:], "--json")
    assert (done.status, done.kind) == (1, "not-found")
    assert wrong in done.said()
    assert card(run, 20) == before


@pytest.mark.parametrize("when", ["soon", "5!!", "1-2-3", "40000"])
def test_a_wrong_date_is_told_of(run: Run, when: str) -> None:
    done = run("due-date", "20", when, "--json")
    assert (done.status, done.kind) == (1, "invalid")
    assert when in done.said()


@pytest.mark.parametrize("words", [("suspend",), ("due-date", "5"), ("flag", "20"), ("delete", "x")])
def test_too_few_words_are_a_wrong_use(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, "--json").status == 2


def test_the_facade_takes_any_iterable(tmp_path: Path) -> None:
    acts: list[Callable[[Collection], int]] = [
        lambda made: made.forget(iter([])),
        lambda made: made.set_due_date(iter([]), "5"),
    ]
    with empty_collection(tmp_path / "home") as made:
        assert [act(made) for act in acts] == [0, 0]
