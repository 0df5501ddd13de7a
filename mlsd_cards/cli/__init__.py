"""The command line. One module per group of commands; each enters through `mlsd_cards.study`."""

import io
import json
import os
import sys
from collections.abc import Sequence

from mlsd_cards.domain.errors import CollectionLocked, InputError, MlsdError

COMMANDS = {
    "import": "exchange",
    "inspect": "exchange",
    "export": "exchange",
    "decks": "decks",
    "due": "decks",
    "filtered": "filtered",
    "next": "review",
    "answer": "review",
    "review": "review",
    "undo": "review",
    "search": "find",
    "card": "find",
    "edit": "acts",
    "add": "acts",
    "delete": "acts",
    "suspend": "acts",
    "unsuspend": "acts",
    "bury": "acts",
    "flag": "acts",
    "forget": "acts",
    "due-date": "acts",
    "grade": "acts",
    "catch-up": "catch_up",
    "check": "care",
    "backup": "care",
    "settings": "care",
    "fit": "forecast",
    "simulate": "forecast",
    "schedule": "sources",
    "source": "sources",
    "desktop": "desktop",
}
"""Each command and the module that holds it."""

EXIT_FAILED, EXIT_USAGE, EXIT_LOCKED = 1, 2, 3
_SWITCHES = {"--help", "-h", "--version", "--json"}


def split_globals(words: Sequence[str]) -> tuple[list[str], str | None, bool]:
    """Return the words without `--home` and `--json`, the profile folder named, and whether JSON is wanted.

    Both may stand before or after the other words; `--` ends the options.

    Raises:
        InputError: no folder follows `--home`.
    """
    rest: list[str] = []
    home: str | None = None
    as_json = False
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word == "--":
            return [*rest, "--", *pending], home, as_json
        if word == "--json":
            as_json = True
        elif word == "--home":
            home = pending.pop(0) if pending else ""
        elif word.startswith("--home="):
            home = word.removeprefix("--home=")
        else:
            rest.append(word)
        if home == "":
            raise InputError("--home needs a folder.")
    return rest, home, as_json


def is_command_line(words: Sequence[str]) -> bool:
    """Whether `words` ask for a command; otherwise they name files to open in the window, or nothing."""
    try:
        rest, _, as_json = split_globals(words)
    except InputError:
        return True
    if not rest:
        return as_json
    first = rest[0]
    if first in COMMANDS or first in _SWITCHES or first.startswith("-"):
        return first != "--"
    return not os.path.exists(first) and not os.path.splitext(first)[1]


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit status: 0 done, 1 refused, 2 wrong usage, 3 profile in use."""
    _speak_utf8()
    try:
        rest, home, as_json = split_globals(words)
    except InputError as error:
        report_error(error, "--json" in words)
        return EXIT_USAGE
    try:
        status = _run(rest, home, as_json)
        sys.stdout.flush()  # a reader that has gone is met here, not after the end
        return status
    except MlsdError as error:
        report_error(error, as_json)
        return EXIT_LOCKED if isinstance(error, CollectionLocked) else EXIT_FAILED
    except BrokenPipeError:
        # Nobody reads on: what is left goes nowhere, and quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (a bug must reach the user as a sentence, never as a traceback)
        _report_bug(error, home, as_json)
        return EXIT_FAILED


def _speak_utf8() -> None:
    """Read and write UTF-8 through pipes whatever the system's encoding; nothing in a text stops a command."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(
                encoding=encoding, errors="replace" if stream is sys.stdin else "backslashreplace"
            )


def _run(rest: list[str], home: str | None, as_json: bool) -> int:
    from mlsd_cards.cli.app import run

    return run(rest, home, as_json)


def report_error(error: MlsdError, as_json: bool) -> None:
    """Say what was refused: a sentence on standard error, with `--json` also one object on standard output."""
    print(f"mlsd-cards: {error}", file=sys.stderr)
    if as_json:
        print_error(error)


def print_error(error: MlsdError) -> None:
    """Print an error as one JSON object."""
    print(json.dumps({"error": {"kind": error.kind, "message": str(error)}}, ensure_ascii=False))


def _report_bug(error: BaseException, home: str | None, as_json: bool) -> None:
    """Write the traceback into the profile's log folder and say where it is."""
    import traceback
    from pathlib import Path

    from mlsd_cards.paths import profile_dir

    folder = profile_dir(Path(home) if home else None) / "log"
    message = f"Something inside the program failed ({type(error).__name__}); nothing half done was kept."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "errors.log").open("a", encoding="utf-8") as log:
            traceback.print_exception(error, file=log)
        message += f" Details are in {folder / 'errors.log'}."
    except OSError:
        message += " Details could not be written to the log folder."
    report_error(MlsdError(message), as_json)
