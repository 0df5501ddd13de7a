"""`check`, `backup`, `settings`: care of the store."""

from pathlib import Path
from typing import Annotated

import typer

from mlsd_cards.cli import EXIT_FAILED
from mlsd_cards.cli.app import app, context


@app.command("check")
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended; a backup is made first.")
    ] = False,
) -> int:
    """Look for faults in the collection: damaged pages, cards without notes, missing media."""
    opened = context().writing() if repair else context().reading()
    with opened as collection:
        problems = collection.check(repair=repair)
    context().emit({"problems": problems}, lambda: "\n".join(problems) or "No problems found.")
    if not problems:
        return 0
    typer.echo(f"mlsd-cards: {len(problems)} problems found.", err=True)
    return EXIT_FAILED


@app.command("backup")
def backup(
    out: Annotated[Path | None, typer.Argument(help="File to write; otherwise the backups folder.")] = None,
) -> None:
    """Write a verified copy of the collection."""
    with context().reading() as collection:
        made = collection.backup(out)
        size = made.stat().st_size
    context().emit({"backup": str(made), "bytes": size}, lambda: f"{made}: {size} bytes")


@app.command("settings")
def settings(
    key: Annotated[str | None, typer.Argument(help="Name of a setting.")] = None,
    value: Annotated[str | None, typer.Argument(help="New value; lists are separated by blanks.")] = None,
    deck: Annotated[str | None, typer.Option(help="The preset of this deck.")] = None,
) -> None:
    """Show or set settings. Example: mlsd-cards settings new_per_day 10 --deck "ML system design"."""
    if key is not None and value is not None:
        with context().writing() as collection:
            collection.set_setting(key, value, deck)
            shown = collection.settings(deck)
    else:
        with context().reading() as collection:
            shown = collection.settings(deck)
    if key is not None:
        shown = {key: collection.setting_of(shown, key)}
    context().emit(
        {"settings": shown}, lambda: "\n".join(f"{name} = {_plain(v)}" for name, v in shown.items())
    )


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(str(v).removesuffix(".0") for v in value)
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
