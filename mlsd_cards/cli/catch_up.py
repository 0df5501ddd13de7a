"""`catch-up`: after a break, a plan by which waiting reviews are worked off, and how far it has come."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.study import backlog

if TYPE_CHECKING:
    from mlsd_cards.study.backlog import CatchingUp


@app.command("catch-up")
def catch_up(
    start: Annotated[bool, typer.Option("--start", help="Let the proposed plan hold from today on.")] = False,
    end: Annotated[bool, typer.Option("--end", help="End the plan that holds.")] = False,
) -> None:
    """Show, start or end the plan for reviews that waited: so many a day, no new cards, done by a day."""
    if start and end:
        raise InputError("A plan is either started or ended.")
    if not start and not end:
        with context().reading() as collection:
            found = backlog.catching_up(collection)
    else:
        with context().writing() as collection:
            if end:
                if not backlog.end(collection):
                    raise NotFound("No catch-up plan holds today.")
            else:
                proposal = backlog.catching_up(collection).proposal
                if proposal is None:
                    raise NotFound("There is no plan to start: few cards wait, or one holds already.")
                backlog.start(collection, proposal.plan)
            found = backlog.catching_up(collection)
    context().emit(_data(found), lambda: _told(found))


def _data(found: "CatchingUp") -> dict[str, Any]:
    return {
        name: None
        if known is None
        else {
            "waiting": known.waiting,
            "reviews_per_day": known.plan.reviews_per_day,
            "until": known.date,
        }
        for name, known in (("proposal", found.proposal), ("plan", found.followed))
    }


def _told(found: "CatchingUp") -> str:
    if found.followed is not None:
        plan = found.followed
        return f"{plan.waiting} reviews wait: at most {plan.plan.reviews_per_day} a day, no new cards until {plan.date}"
    if found.proposal is not None:
        offer = found.proposal
        return (
            f"{offer.waiting} reviews waited: at most {offer.plan.reviews_per_day} a day are done by {offer.date}, "
            "with no new cards until then (--start)"
        )
    return "No backlog"
