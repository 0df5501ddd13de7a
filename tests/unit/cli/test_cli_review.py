"""`review --lines`: one reply for each line."""

import io
import json
import sys
from pathlib import Path

import pytest

from mlsd_cards.study import Collection, system_clock
from tests.helpers.commands import Run


@pytest.fixture
def lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> "Lines":
    return Lines(run, monkeypatch)


class Lines:
    """Sends lines to a review and returns its replies."""

    def __init__(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run = run
        self._monkeypatch = monkeypatch

    def __call__(self, *sent: str, deck: str = "") -> list[str]:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in sent)))
        done = self._run("review", "--lines", *(["--deck", deck] if deck else []))
        assert (done.status, done.err) == (0, "")
        return list(done.out.splitlines())


def test_cards_and_answers(lines: Lines, run: Run) -> None:
    first = run("next", "--json").json
    shown, ack, following, again = lines("next", f"answer {first['card']} 3 1234", "next", "next")
    assert json.loads(shown) == first
    card = run("card", str(first["card"]), "--json").json
    assert ack == f"ack {card['reviews'][0]['id']}"
    assert card["reviews"][0]["milliseconds"] == 1234
    assert following == again
    assert json.loads(following)["card"] != first["card"]
    assert run("next", "--json").json == json.loads(following)


def test_undo_shows_the_card_again(lines: Lines, run: Run) -> None:
    first = run("next", "--json").json["card"]
    replies = lines("undo", f"answer {first} 1", "next", "undo", "next", "undo", f"answer {first} 3", "undo")
    assert replies[0].startswith("error not-found There is nothing to undo")
    assert replies[1].startswith("ack ")
    assert json.loads(replies[2])["card"] != first
    assert (replies[3], json.loads(replies[4])["card"]) == ("undone", first)
    assert replies[5] == replies[0]
    assert (replies[6], replies[7]) == (replies[1], "undone")  # the same moment: the number is free again


def test_every_wrong_line_gets_an_error_and_it_goes_on(lines: Lines, home: Path) -> None:
    sent = {
        "answer": "invalid",
        "answer 1": "invalid",
        "answer 1 2 3 4": "invalid",
        "answer x 3": "invalid",
        "answer 1 x": "invalid",
        "answer 1 3 x": "invalid",
        "answer 1 3 -1": "invalid",
        "answer 1 9": "invalid",
        "answer 1 3.0": "invalid",
        f"answer 1 {'9' * 5000}": "invalid",
        "answer 999999 3": "not-found",
        "answer -1 3": "not-found",
        "answer 99999999999999999999999999 3": "not-found",
        "NEXT": "invalid",
        "next card": "invalid",
        "now": "invalid",
        "now tomorrow": "invalid",
        "now 2026-11-30T10:00": "invalid",
        "now 0001-01-01T00:00Z": "invalid",
        "quit": "invalid",
        "“\udcff\x00”": "invalid",
        "now " + "9" * 100_000: "invalid",
        "x" * 100_000: "invalid",
    }
    replies = lines(*sent, "next")
    assert len(replies) == len(sent) + 1
    for (line, kind), reply in zip(sent.items(), replies, strict=False):
        word, said_kind, message = reply.split(" ", 2)
        assert (word, said_kind) == ("error", kind), line
        assert len(message) < 400
    assert json.loads(replies[-1])["card"] == 1
    with Collection.open(home, system_clock()) as collection:
        assert collection.today().answered_today == 0


def test_blank_lines_are_passed_over(lines: Lines) -> None:
    assert len(lines("", "   ", "next", "\t", "next")) == 2


def test_the_fixed_clock_is_moved(lines: Lines, run: Run) -> None:
    replies = lines(
        "answer 1 1",
        "now 2026-12-01T03:59:59+01:00",
        "answer 2 4",
        "now 2026-12-01T04:00:00+01:00",
        "answer 3 4",
        "now 2026-11-29T04:00:00+01:00",
        "answer 4 4",
        "now 2026-11-20T04:00:00+01:00",
        "answer 5 4",
        "next",
        "now 2026-12-02T04:00:00+01:00",
        "answer 5 4",
    )
    assert [reply.split()[0] for reply in replies] == [
        "ack", "ok", "ack", "ok", "ack", "ok", "ack", "ok", "error", *replies[9].split()[:1], "ok", "ack"
    ]  # fmt: skip
    assert "days behind" in replies[8]
    acks = [int(reply.split()[1]) for reply in replies if reply.startswith("ack")]
    assert acks == sorted(set(acks))
    dues = [run("card", str(key), "--json").json["due"] for key in range(1, 6)]
    assert dues == ["2026-12-01", "2026-12-01", "2026-12-02", "2026-12-02", "2026-12-03"]


def test_the_real_clock_is_not_moved(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLSD_CARDS_NOW")
    (reply,) = lines("now 2026-12-01T03:59:59+01:00")
    assert reply.startswith("error invalid The clock can be moved only")


def test_a_deck_is_studied_to_its_end(lines: Lines, run: Run) -> None:
    run("settings", "new_per_day", "2")
    deck = run("decks", "--json").json["decks"][1]["name"]
    cards = [json.loads(reply)["card"] for reply in lines("next", deck=deck)]
    replies = lines(f"answer {cards[0]} 2", "next", deck=deck)
    second = json.loads(replies[1])["card"]
    replies = lines(f"answer {second} 4", "next", f"answer {cards[0]} 3", "next", "next", deck=deck)
    assert json.loads(replies[1])["card"] == cards[0]  # the final drill
    assert replies[3:] == ["null", "null"]


def test_an_unknown_deck_ends_it(run: Run) -> None:
    done = run("review", "--lines", "--deck", "Nothing", "--json")
    assert (done.status, done.kind) == (1, "not-found")
