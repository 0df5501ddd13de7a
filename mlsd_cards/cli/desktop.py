"""`desktop install` and `desktop remove`: the program in the menu and the file manager."""

from pathlib import Path

import typer

from mlsd_cards.cli.app import app, context

desktop_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The program in the desktop's menu and file manager, for this account.",
)
app.add_typer(desktop_app, name="desktop")


@desktop_app.command("install")
def install() -> None:
    """Add a menu entry, and open .apkg and .colpkg files with the program."""
    from mlsd_cards.study import desktop

    _say("written", desktop.install())


@desktop_app.command("remove")
def remove() -> None:
    """Take the menu entry and the file types away again."""
    from mlsd_cards.study import desktop

    _say("removed", desktop.remove())


def _say(word: str, files: list[Path]) -> None:
    lines = [f"{word}: {file}" for file in files] or ["Nothing was installed."]
    context().emit({"files": [str(file) for file in files]}, lambda: "\n".join(lines))
