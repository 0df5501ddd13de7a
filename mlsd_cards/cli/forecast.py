"""`fit` and `simulate`: what the own answers say about memory, and what is to come."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mlsd_cards.cli.app import app, context

if TYPE_CHECKING:
    from mlsd_cards.study.fitting import FitReport
    from mlsd_cards.study.forecasting import Forecast, ForecastDay

_MONTH = 30


@app.command("fit")
def fit(
    deck: Annotated[
        str | None, typer.Option(help="Only this deck and those below it with its preset.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Store the parameters in the preset if they are better.")
    ] = False,
) -> None:
    """Fit FSRS to your own reviews, imported ones too. Example: mlsd-cards fit --deck "ML system design"."""
    here = context()
    with here.writing() if apply else here.reading() as collection:
        report = collection.fit(deck, apply=apply, progress=here.progress())
    here.emit(asdict(report), lambda: _told(report))


def _told(report: "FitReport") -> str:
    lines = [
        report.message,
        f"Log loss: {report.log_loss_before:.4f} before, {report.log_loss_after:.4f} with the new parameters.",
        f"RMSE: {report.rmse_before:.4f} before, {report.rmse_after:.4f} with the new parameters.",
        f"Reviews: {report.reviews}",
        "Parameters: " + " ".join(f"{value:.4f}" for value in report.parameters),
        *report.warnings,
    ]
    if report.applied:
        lines.append("Stored in the preset; `mlsd-cards undo` takes that back.")
    return "\n".join(lines)


@app.command("simulate")
def simulate(
    deck: Annotated[str | None, typer.Option(help="Only this deck and those below it.")] = None,
    days: Annotated[int, typer.Option(help="How many days, from today on.")] = 365,
    scheduler: Annotated[
        str, typer.Option(help="sm2, anki-sm2 or fsrs for all cards; otherwise each deck's own.")
    ] = "",
    seed: Annotated[int, typer.Option(help="The same seed gives the same forecast.")] = 0,
) -> None:
    """Forecast reviews, minutes and recall, day by day. Example: mlsd-cards simulate --days 90 --scheduler fsrs.

    Nothing is written.
    """
    here = context()
    with here.reading() as collection:
        found = collection.simulate(deck, days=days, scheduler=scheduler, seed=seed, progress=here.progress())
    here.emit(asdict(found), lambda: _foretold(found))


def _foretold(found: "Forecast") -> str:
    lines = [f"{found.cards} cards take part. Each line is a day, at the mean of {_MONTH} days:"]
    for start in range(0, len(found.days), _MONTH):
        lines.append(_line(found.days[start : start + _MONTH]))
    return "\n".join(lines)


def _line(days: "tuple[ForecastDay, ...]") -> str:
    count, recall = len(days), days[-1].recall
    return (
        f"{days[0].date}: {sum(each.reviews for each in days) / count:.1f} reviews, "
        f"{sum(each.new for each in days) / count:.1f} new, "
        f"{sum(each.minutes for each in days) / count:.1f} minutes"
        + ("" if recall is None else f", recall {recall:.1%} at the end")
    )
