"""`delete`, `suspend`, `unsuspend`, `bury`, `flag`, `forget`, `due-date`: acts by id, each one undo step."""

from collections.abc import Callable
from typing import Annotated

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection

_Cards = Annotated[list[int], typer.Argument(metavar="CARD...", help="Card ids.")]


def _act(act: Callable[[Collection], int], what: str) -> None:
    with context().writing() as collection:
        changed = act(collection)
    things = what if changed == 1 else f"{what}s"
    context().emit({"changed": changed}, lambda: f"{changed} {things} changed")


@app.command("delete")
def delete(notes: Annotated[list[int], typer.Argument(metavar="NOTE...", help="Note ids.")]) -> None:
    """Delete notes with their cards; the answers stay in the log."""
    _act(lambda collection: collection.delete_notes(map(NoteId, notes)), "note")


@app.command("suspend")
def suspend(cards: _Cards) -> None:
    """Hide cards until they are unsuspended."""
    _act(lambda collection: collection.suspend_cards(map(CardId, cards)), "card")


@app.command("unsuspend")
def unsuspend(cards: _Cards) -> None:
    """Show suspended cards again, with the due date they had."""
    _act(lambda collection: collection.unsuspend_cards(map(CardId, cards)), "card")


@app.command("bury")
def bury(cards: _Cards) -> None:
    """Hide cards until tomorrow."""
    _act(lambda collection: collection.bury_cards(map(CardId, cards)), "card")


@app.command("flag")
def flag(
    card: Annotated[int, typer.Argument(metavar="CARD", help="Card id.")],
    number: Annotated[int, typer.Argument(metavar="N", help="1 to 7, or 0 for none.")],
) -> None:
    """Give a card a flag."""
    _act(lambda collection: collection.set_flag([CardId(card)], number), "card")


@app.command("forget")
def forget(cards: _Cards) -> None:
    """Make cards new again, behind all other new ones; their answers stay in the log."""
    _act(lambda collection: collection.forget(map(CardId, cards)), "card")


@app.command("due-date")
def due_date(
    cards: _Cards,
    when: Annotated[
        str,
        typer.Argument(
            metavar="WHEN",
            help="Days from today: 5, or 60-90 for a day in between; ! after it sets the interval too.",
        ),
    ],
) -> None:
    """Make cards due as reviews on another day. Example: mlsd-cards due-date 1700000000000 60-90!"""
    _act(lambda collection: collection.set_due_date(map(CardId, cards), when), "card")
