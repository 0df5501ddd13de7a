"""Runs commands: within the test's process, or in one of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-11-30T09:00:00+01:00"


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stands on standard output: exactly one JSON object, in one line."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1, self.out
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def kind(self) -> str:
        """The kind of the error on standard output, whose message stands on standard error too."""
        error = self.json["error"]
        assert set(error) == {"kind", "message"}
        assert error["message"] in self.err
        return str(error["kind"])

    def said(self) -> str:
        """The one plain sentence of a refusal."""
        assert self.err.startswith("mlsd-cards: ")
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("mlsd-cards: ").strip()


Run = Callable[..., Done]
"""Runs a command with the words given."""


def environment(home: Path | None, now: str | None = NOW, **more: str) -> dict[str, str]:
    """The environment of a command: this checkout, a profile, a fixed clock."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLSD_CARDS_")}
    kept["PYTHONPATH"] = str(ROOT)
    if home is not None:
        kept["MLSD_CARDS_HOME"] = str(home)
    if now is not None:
        kept["MLSD_CARDS_NOW"] = now
    return kept | more


def run(
    home: Path | None,
    *words: str | Path,
    now: str | None = NOW,
    text: str | bytes = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mlsd_cards", *map(str, words)],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        env=environment(home, now, **(env or {})),
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class Pipe:
    """A `review --lines` process: one reply for each line."""

    def __init__(
        self,
        home: Path,
        *words: str,
        now: str | None = NOW,
        preexec: Any = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-m", "mlsd_cards", "review", "--lines", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment(home, now, **(env or {})),
            preexec_fn=preexec,
        )

    def send(self, line: str) -> None:
        """Write a line and do not wait."""
        stdin: IO[str] | None = self.process.stdin
        assert stdin is not None
        stdin.write(line + "\n")
        stdin.flush()

    def reply(self) -> str:
        """Return the next reply, empty at the end."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().removesuffix("\n")

    def ask(self, line: str) -> str:
        """Write a line and return its reply."""
        self.send(line)
        return self.reply()

    def next(self) -> Any:
        """Return the card that would be shown now, None if there is none."""
        return json.loads(self.ask("next"))

    def end(self) -> int:
        """Close the pipe and return the exit status."""
        _, _ = self.process.communicate(timeout=60)
        return self.process.returncode

    def __enter__(self) -> "Pipe":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def copied(profile: Path, target: Path) -> Path:
    """A copy of a closed profile."""
    shutil.copytree(profile, target)
    return target
