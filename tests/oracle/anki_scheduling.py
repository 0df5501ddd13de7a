"""Asks the real Anki, which runs in a process of its own, what it would do with a card or a day's list."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlsd_cards.domain.decks import Options

TODAY = 15_000  # the day number that Anki's collection has


class AnkiEnded(AssertionError):
    """Anki stopped with an error."""


class Anki:
    """Anki in a process of its own: its fuzz is switched off where it is loaded.

    It is started when it is first asked, and anew after an error, with an empty collection.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **request: Any) -> Any:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self.close()
            raise AnkiEnded(self._errors.read_text(encoding="utf-8")[-9000:])
        return json.loads(line)

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None

    @property
    def _errors(self) -> Path:
        return self._folder / f"{self._count}.txt"

    def _start(self) -> "subprocess.Popen[str]":
        self._count += 1
        home = self._folder / str(self._count)
        home.mkdir()
        program = Path(__file__).with_name("anki_scheduling_child.py")
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(program), str(home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | {"ANKI_TEST_MODE": "1", "TZ": "UTC"},
                text=True,
                encoding="utf-8",
            )
        return self._process


def options_json(options: Options) -> dict[str, Any]:
    """Return options as the process understands them."""
    return asdict(options)
