"""`decks` and `due`: the deck tree, and today's work."""

from typing import Annotated

import typer

from mlsd_cards.cli.app import app, context

decks_app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
app.add_typer(decks_app, name="decks")


@decks_app.callback(invoke_without_command=True)
def decks(ctx: typer.Context) -> None:
    """Show the deck tree with today's counts; subdecks count with their deck."""
    if ctx.invoked_subcommand is None:
        _list_decks()


@decks_app.command("list")
def list_decks() -> None:
    """Show the deck tree with today's counts; the same as `decks` alone."""
    _list_decks()


def _list_decks() -> None:
    with context().reading() as collection:
        rows = collection.deck_rows()
    data = {
        "decks": [
            {
                "id": r.id,
                "name": r.name,
                "new": r.new,
                "learning": r.learning,
                "review": r.review,
                "total": r.total,
            }
            for r in rows
        ]
    }

    def text() -> str:
        width = max((len(r.name) for r in rows), default=4)
        lines = [f"{'deck':{width}}  {'new':>5} {'learn':>5} {'due':>5} {'cards':>6}"]
        lines += [f"{r.name:{width}}  {r.new:5} {r.learning:5} {r.review:5} {r.total:6}" for r in rows]
        return "\n".join(lines)

    context().emit(data, text)


@app.command("due")
def due(deck: Annotated[str | None, typer.Option(help="Only this deck and its subdecks.")] = None) -> None:
    """Say how much is due today. Example: mlsd-cards due --deck "ML system design"."""
    with context().reading() as collection:
        today = collection.today(deck)
    data = {"new": today.new, "learning": today.learning, "review": today.review, "minutes": today.minutes}
    context().emit(
        data,
        lambda: (
            f"{today.new} new, {today.learning} learning, {today.review} to review: about {today.minutes} minutes"
        ),
    )
