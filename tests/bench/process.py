"""Starts programs for benchmarks: whole runs, runs up to a line of output, and talks through a pipe."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import IO

from tests.bench.measure import SideFailed

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LONGEST_S = 900


def environment(caches: Path) -> dict[str, str]:
    """Return the environment of the programs: compiled modules kept in `caches`, Qt without a screen.

    Compiled modules are kept for every side alike, as they are where a program is installed.
    """
    changed = {
        "PYTHONPYCACHEPREFIX": str(caches),
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONHASHSEED": "0",
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        changed["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # root cannot set it up
    dropped = ("PYTHONDONTWRITEBYTECODE", "MLSD_CARDS_NOW", "MLSD_CARDS_HOME")
    return {key: value for key, value in os.environ.items() if key not in dropped} | changed


def our_command(home: Path, *words: str) -> list[str]:
    """Return the command line that runs one of our commands on a profile."""
    return [sys.executable, "-m", "mlsd_cards", "--home", str(home), *words]


def child(name: str, *words: str) -> list[str]:
    """Return the command line that runs one of the programs beside this file."""
    return [sys.executable, str(HERE / f"{name}.py"), *words]


def whole(command: Sequence[str], env: dict[str, str]) -> list[float]:
    """Run a program to its end and return how long that took, in milliseconds.

    Raises:
        SideFailed: it did not end well.
    """
    start = perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    took = (perf_counter() - start) * 1000
    if done.returncode:
        raise SideFailed(f"exit {done.returncode}: {(done.stderr.strip() or done.stdout.strip())[-300:]}")
    return [took]


class Talk:
    """A running program that is written lines to and answers each with one line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._writing: IO[str] = process.stdin
        self._reading: IO[str] = process.stdout

    def ask(self, line: str) -> str:
        """Return the answer to `line`.

        Raises:
            SideFailed: the program answers no more, or with an error.
        """
        self._writing.write(f"{line}\n")
        self._writing.flush()
        reply = self._reading.readline()
        if not reply or reply.startswith("error"):
            raise SideFailed(f"“{line}” was answered with “{reply.strip()}”")
        return reply.strip()

    def line(self) -> str:
        """Return the next line of the program.

        Raises:
            SideFailed: there is none.
        """
        reply = self._reading.readline()
        if not reply:
            raise SideFailed("the program ended without a word")
        return reply.strip()


@contextmanager
def talking(command: Sequence[str], env: dict[str, str]) -> Iterator[Talk]:
    """Run a program to talk to; when the block ends, its input is closed and its end is waited for."""
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Talk(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def until(word: str, command: Sequence[str], env: dict[str, str]) -> list[float]:
    """Return the milliseconds from starting a program until it prints a line that begins with `word`."""
    start = perf_counter()
    with talking(command, env) as talk:
        while not talk.line().startswith(word):
            pass
        return [(perf_counter() - start) * 1000]


def lines_of(word: str, command: Sequence[str], env: dict[str, str]) -> list[float]:
    """Run a program and return the numbers of the lines `WORD NUMBER` that it prints until `done`."""
    found: list[float] = []
    with talking(command, env) as talk:
        while (line := talk.line()) != "done":
            if line.startswith(f"{word} "):
                found.append(float(line.split()[1]))
    return found
