"""The table of commands, and what they share: the profile, JSON or text, and how a collection is opened."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from mlsd_cards import __version__
from mlsd_cards.domain.errors import CollectionLocked, InputError
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.study import Collection, system_clock


@dataclass(frozen=True, slots=True)
class Context:
    """What the words common to all commands said."""

    home: Path | None
    as_json: bool

    @contextmanager
    def writing(self) -> Iterator[Collection]:
        """Open the collection for changes.

        Raises:
            CollectionLocked: another program holds the profile.
        """
        with Collection.open(self.home, system_clock()) as collection:
            yield collection

    @contextmanager
    def reading(self) -> Iterator[Collection]:
        """Open the collection to look only; that works beside a running program too."""
        try:
            collection = Collection.open(self.home, system_clock())
        except CollectionLocked:
            collection = Collection.open(self.home, system_clock(), read_only=True)
        with collection:
            yield collection

    def emit(self, data: dict[str, Any], text: Callable[[], str]) -> None:
        """Print `data` as one JSON object, or the words that `text` makes."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, default=str))
        elif words := text():
            print(words)

    def progress(self) -> Progress:
        """Return a progress line for long work: on standard error, only on a terminal."""
        return _show_progress if sys.stderr.isatty() else no_progress


def _show_progress(what: str, done: int, total: int) -> None:
    end = "\n" if total and done >= total else ""
    print(
        f"\r\x1b[K{what} · {done} of {total}" if total else f"\r\x1b[K{what}",
        end=end,
        file=sys.stderr,
        flush=True,
    )


# The base of every complaint about wrong words, whichever click Typer brings along.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])
_running: list[Context] = []


def context() -> Context:
    """Return what the words common to all commands said, for the running command."""
    return _running[-1]


app = typer.Typer(
    name="mlsd-cards",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command, or with deck files as words, the window opens. "
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 the profile is in use.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mlsd-cards {__version__}")
        raise typer.Exit


@app.callback()
def _all_commands(
    home: Annotated[
        Path | None,
        typer.Option(help="Profile folder; otherwise MLSD_CARDS_HOME, otherwise the user's data folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Daily review of cards for machine-learning system-design interviews.

    A first day: `mlsd-cards due` says what is due, `mlsd-cards next` shows the card, `mlsd-cards answer CARD 3`
    records a Good. `mlsd-cards import deck.apkg` brings a community deck in, and `mlsd-cards export mine.apkg`
    takes one out.

    --home DIR and --json may stand before or after the words of every command; -- ends the options.
    """


def run(words: list[str], home: str | None, as_json: bool) -> int:
    """Run the command that `words` name and return its exit status."""
    import importlib

    from mlsd_cards.cli import COMMANDS, EXIT_USAGE, print_error

    chosen = COMMANDS.get(words[0]) if words else None
    for module in [chosen] if chosen else dict.fromkeys(COMMANDS.values()):
        importlib.import_module(f"mlsd_cards.cli.{module}")  # registers its commands
    _running.append(Context(Path(home) if home else None, as_json))
    try:
        result = app(words, prog_name="mlsd-cards", standalone_mode=False)
    except _UsageError as error:
        error.show()
        if as_json:
            print_error(InputError(error.format_message()))
        return EXIT_USAGE
    except typer.Abort:
        return 130
    finally:
        _running.pop()
    return result if isinstance(result, int) else 0
