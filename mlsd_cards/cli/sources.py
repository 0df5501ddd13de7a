"""`schedule --vectors`, `source lint`, `source build`: work that needs no profile."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mlsd_cards.cli import EXIT_FAILED
from mlsd_cards.cli.app import app, context
from mlsd_cards.study import build_source, lint_source, run_vector_file, stale_facts, survey_source

source_app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Deck sources: check them, build a package from them."
)
app.add_typer(source_app, name="source")


@app.command("schedule")
def schedule(
    vectors: Annotated[Path, typer.Option(help="A .jsonl file of scheduling cases.")],
) -> int:
    """Run scheduling vectors through the schedulers and list every field that differs."""
    report = run_vector_file(vectors)
    data = {
        "cases": report.cases,
        "steps": report.steps,
        "failed": [asdict(failure) for failure in report.failed],
    }

    def text() -> str:
        lines = [f"{report.cases} cases, {report.steps} steps, {len(report.failed)} failed"]
        lines += [
            f"{f.id} step {f.step} {f.field}: expected {f.expected}, got {f.got}" for f in report.failed
        ]
        return "\n".join(lines)

    context().emit(data, text)
    if not report.failed:
        return 0
    typer.echo(f"mlsd-cards: {len(report.failed)} checks failed.", err=True)
    return EXIT_FAILED


@source_app.command("lint")
def lint(
    path: Annotated[Path, typer.Argument(help="A deck-source folder or one of its files.")],
    stale: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Also list facts dated more than DAYS days ago.")
    ] = None,
    survey: Annotated[
        bool, typer.Option("--survey", help="Also print coverage, lengths of answers and age of sources.")
    ] = False,
    references: Annotated[
        Path | None,
        typer.Option(help="Texts that must not be copied from: a folder of .txt and .md files, or .ngrams."),
    ] = None,
) -> int:
    """Check deck sources against the rules for cards."""
    report = lint_source(path, references)
    data: dict[str, Any] = {
        "cards": report.cards,
        "problems": [asdict(problem) for problem in report.problems],
    }
    more: list[str] = []
    if stale is not None:
        facts = stale_facts(path, stale)
        data["stale"] = [asdict(fact) | {"as_of": fact.as_of.isoformat()} for fact in facts]
        more += [f"{fact.file}:{fact.line}: {fact.card} is of {fact.as_of:%Y-%m}" for fact in facts]
        more.append(f"{len(facts)} facts dated more than {stale} days ago")
    if survey:
        figures = survey_source(path)
        data["survey"] = {
            "coverage": [place._asdict() | {"cards": cards} for place, cards in figures.coverage.items()],
            "lengths": dict(figures.lengths),
            "sources": dict(figures.sources),
        }
        more += _survey_lines(data["survey"])

    def text() -> str:
        lines = [f"{p.file}:{p.line}: {p.level} {p.rule} {p.card}: {p.message}" for p in report.problems]
        lines += more
        return "\n".join([*lines, f"{report.cards} cards, {len(report.problems)} problems"])

    context().emit(data, text)
    if report.passed:
        return 0
    typer.echo(f"mlsd-cards: {path} does not pass the check.", err=True)
    return EXIT_FAILED


def _survey_lines(figures: dict[str, Any]) -> list[str]:
    lines = ["cards by topic, level and requirement:"]
    for place in figures["coverage"]:
        requirement = f", {place['requirement']}" if place["requirement"] else ""
        lines.append(f"  {place['topic']}, level {place['level']}{requirement}: {place['cards']}")
    lines.append("cards by words in the answer:")
    lines += [f"  {words}: {cards}" for words, cards in figures["lengths"].items()]
    lines.append("sources by when their text was opened:")
    return [*lines, *(f"  {age}: {sources}" for age, sources in figures["sources"].items())]


@source_app.command("build")
def build(
    path: Annotated[Path, typer.Argument(help="A deck-source folder.")],
    out: Annotated[Path, typer.Argument(help="The package to write (.apkg).")],
) -> None:
    """Build an Anki package from deck sources, without a profile."""
    report = build_source(path, out)
    data = {
        "cards": report.cards,
        "notes": report.notes,
        "media": report.media,
        "bytes": report.bytes,
        "problems": [],
    }
    context().emit(data, lambda: f"{out}: {report.notes} notes, {report.cards} cards, {report.bytes} bytes")
