"""`filtered`: decks that borrow what a search finds. Each command is one undo step."""

from collections.abc import Callable
from typing import Annotated

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.study import Collection, filtered

filtered_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Filtered decks: they borrow the cards that a search finds; once answered these go home.",
)
app.add_typer(filtered_app, name="filtered")

_Deck = Annotated[str, typer.Argument(metavar="DECK", help="Name of a filtered deck.")]


def _act(act: Callable[[Collection], int], said: str) -> None:
    with context().writing() as collection:
        cards = act(collection)
    context().emit({"cards": cards}, lambda: f"{cards} {'card' if cards == 1 else 'cards'} {said}")


@filtered_app.command("create")
def create(
    deck: Annotated[str, typer.Argument(metavar="DECK", help="Name of the new deck.")],
    search: Annotated[str, typer.Argument(metavar="QUERY", help="Which cards, in the search language.")],
    limit: Annotated[int, typer.Option(help="At most so many cards.")] = 100,
    order: Annotated[FilterOrder, typer.Option(help="Which cards first.")] = FilterOrder.DUE,
    reschedule: Annotated[
        bool, typer.Option(help="Whether answers count, or leave due dates as they are.")
    ] = True,
) -> None:
    """Make a filtered deck and fill it. Example: mlsd-cards filtered create Cram "tag:serving" --no-reschedule"""
    term = FilterTerm(search=search, limit=limit, order=order)
    _act(lambda made: filtered.create(made, deck, [term], reschedule=reschedule), "borrowed")


@filtered_app.command("rebuild")
def rebuild(deck: _Deck) -> None:
    """Send the cards of a filtered deck home and let it borrow anew."""
    _act(lambda made: filtered.rebuild(made, deck), "borrowed")


@filtered_app.command("empty")
def empty(deck: _Deck) -> None:
    """Send all cards of a filtered deck home."""
    _act(lambda made: filtered.empty(made, deck), "went home")


@filtered_app.command("delete")
def delete(deck: _Deck) -> None:
    """Send all cards of a filtered deck home and delete it."""
    _act(lambda made: filtered.delete(made, deck), "went home")
