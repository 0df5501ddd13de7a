"""`fit`: what the own answers say about memory."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mlsd_cards.cli.app import app, context

if TYPE_CHECKING:
    from mlsd_cards.study.fitting import FitReport


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
