"""Answers survive: killed processes, full disks, a second program."""

import json
import os
import random
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.study import Collection, FixedClock
from tests.helpers.commands import NOW, Pipe, copied, run
from tests.helpers.study import dump

ROUNDS = 20
ANSWERS = 40


@pytest.fixture(scope="module")
def built_in_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("profile") / "home"
    Collection.open(home, FixedClock(datetime.fromisoformat(NOW))).close()
    return home


@pytest.fixture
def home(built_in_profile: Path, tmp_path: Path) -> Path:
    return copied(built_in_profile, tmp_path / "home")


def review_count(home: Path, moment: datetime) -> int:
    with Collection.open(home, FixedClock(moment)) as collection, collection.store.read() as conn:
        return int(conn.execute("SELECT count(*) FROM reviews").fetchone()[0])


def answers_of(chance: random.Random) -> list[tuple[int, int]]:
    return [(chance.randrange(1, 100), chance.randrange(1, 5)) for _ in range(ANSWERS)]


def killed_round(home: Path, moment: datetime, answers: list[tuple[int, int]], wanted: int) -> list[str]:
    """Send all answers at once, kill the process when `wanted` are acknowledged, return all acknowledgements."""
    with Pipe(home, now=moment.isoformat()) as pipe:
        pipe.send("\n".join(f"answer {card} {rating} 1500" for card, rating in answers))
        replies = [pipe.reply() for _ in range(wanted)]
        os.kill(pipe.process.pid, signal.SIGKILL)
        while reply := pipe.reply():
            replies.append(reply)
        assert pipe.process.wait() == -signal.SIGKILL
    return replies


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_no_acknowledged_answer_is_lost_when_the_process_is_killed(home: Path, tmp_path: Path) -> None:
    """Whatever the moment: what is on disk is exactly what undisturbed answering would have left."""
    chance = random.Random(20261130)
    moment = datetime.fromisoformat(NOW)
    cut_short = 0
    for number in range(ROUNDS):
        moment += timedelta(hours=7)
        control = copied(home, tmp_path / f"control{number}")
        answers = answers_of(chance)
        replies = killed_round(home, moment, answers, chance.randrange(ANSWERS))
        with Collection.open(control, FixedClock(moment)) as undisturbed:
            before = len(dump(undisturbed)["reviews"])
            with Collection.open(home, FixedClock(moment)) as collection:
                stored = dump(collection)
                assert collection.check(full=True) == []
                following = collection.session().current
            kept = len(stored["reviews"]) - before
            assert len(replies) <= kept <= len(replies) + 1  # the one under way may have got through
            cut_short += kept < ANSWERS
            session = undisturbed.session()
            given = [session.answer_card(CardId(card), rating, 1500) for card, rating in answers[:kept]]
            assert replies == [f"ack {answer.review}" for answer in given[: len(replies)]]
            assert dump(undisturbed) == stored
            expected = undisturbed.session().current
        assert (following and following.card_id) == (expected and expected.card_id)
        shown = run(home, "next", "--json", now=moment.isoformat()).json
        assert shown["card"] == (expected and expected.card_id)
    assert cut_short > ROUNDS // 2


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="limits of another process can be set on Linux only"
)
def test_on_a_full_disk_nothing_is_acknowledged_and_it_goes_on_when_there_is_room(home: Path) -> None:
    import resource

    moment = datetime.fromisoformat(NOW)
    with Pipe(home) as pipe:
        first = pipe.next()
        assert pipe.ask(f"answer {first['card']} 3").startswith("ack ")
        second = pipe.next()
        before = resource.prlimit(pipe.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pipe.process.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        for line in (f"answer {second['card']} 1", "undo", f"answer {second['card']} 4"):
            reply = pipe.ask(line)
            assert reply.startswith("error disk "), reply
            assert "full" in reply
        assert pipe.next() == second
        resource.prlimit(pipe.process.pid, resource.RLIMIT_FSIZE, before)
        assert pipe.next() == second
        assert pipe.ask(f"answer {second['card']} 3").startswith("ack ")
        third = pipe.next()
        assert third["card"] not in (first["card"], second["card"])
        assert pipe.ask("undo") == "undone"
        assert pipe.next() == second
        assert pipe.end() == 0
    assert review_count(home, moment) == 1
    assert run(home, "check", "--json").json == {"problems": []}
    assert run(home, "card", str(second["card"]), "--json").json["reps"] == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of file sizes")
def test_a_command_on_a_full_disk_says_so_and_changes_nothing(home: Path) -> None:
    import resource
    import subprocess

    from tests.helpers.commands import environment

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    done = subprocess.run(
        [sys.executable, "-m", "mlsd_cards", "answer", "1", "3", "--json"],
        env=environment(home),
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "disk"
    assert "Traceback" not in done.stderr
    assert review_count(home, datetime.fromisoformat(NOW)) == 0


def test_a_second_program_reads_but_does_not_write(home: Path) -> None:
    with Pipe(home) as pipe:
        first = pipe.next()
        done = run(home, "answer", str(first["card"]), "3", "--json")
        assert (done.status, done.kind) == (3, "locked")
        assert f"process {pipe.process.pid}" in done.said()
        with Pipe(home) as other:
            assert other.end() == 3
        assert run(home, "due", "--json").json["new"] == 20
        assert pipe.ask(f"answer {first['card']} 3").startswith("ack ")
        assert run(home, "due", "--json").json["new"] == 19
        assert run(home, "next", "--json").json == pipe.next()
        pipe.process.kill()
        pipe.process.wait()
        # Nothing is left behind that would keep the next one out.
        assert run(home, "answer", str(first["card"]), "4", "--json").status == 0


def test_the_end_of_the_input_is_the_end(home: Path) -> None:
    with Pipe(home) as pipe:
        assert pipe.end() == 0
    last = run(home, "review", "--lines", text="next")  # a last line without an end
    assert (last.status, last.json["card"]) == (0, 1)
    garbled = run(home, "review", "--lines", text=b"\xff\xfe\x00\nnext\r\nanswer 1 3")
    replies = garbled.out.splitlines()
    assert (garbled.status, len(replies)) == (0, 3)
    assert replies[0].startswith("error invalid ")
    assert replies[2].startswith("ack ")
