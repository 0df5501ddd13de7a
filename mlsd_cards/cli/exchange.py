"""`import`, `inspect`, `export`: files in and out."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mlsd_cards.cli import EXIT_FAILED
from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.errors import CollectionError, MlsdError
from mlsd_cards.domain.exchange import ImportReport

_COUNTS = (
    "notes_new", "notes_updated", "notes_unchanged", "notes_skipped", "cards", "note_types", "decks", "media", "reviews"
)  # fmt: skip
_TEXTS_AT_ONCE = 20_000  # nobody waits for the collection in between


def _row(path: Path, report: ImportReport) -> dict[str, Any]:
    return {
        "file": str(path),
        **{key: getattr(report, key) for key in _COUNTS},
        "warnings": list(report.warnings),
    }


def _text(rows: Sequence[dict[str, Any]]) -> str:
    lines: list[str] = []
    for row in rows:
        if "error" in row:
            lines.append(f"{row['file']}: {row['error']['message']}")
            continue
        lines.append(
            f"{row['file']}: {row['notes_new']} new, {row['notes_updated']} updated, "
            f"{row['notes_unchanged']} unchanged, {row['notes_skipped']} skipped; "
            f"{row['cards']} cards, {row['media']} media, {row['reviews']} reviews"
        )
        lines += [f"  {warning}" for warning in row["warnings"]]
    return "\n".join(lines)


@app.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Deck files: .apkg, .colpkg, .csv, .tsv, .txt, CrowdAnki folder or .json, "
            "Mnemosyne .cards or .xml, deck source .yaml, deck folder or .md."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    no_scheduling: Annotated[
        bool,
        typer.Option(
            "--no-scheduling", help="Leave out the progress that the file holds: every card is new."
        ),
    ] = False,
    deck: Annotated[str | None, typer.Option(help="Deck for notes of files that name none.")] = None,
) -> int:
    """Bring deck files in. Each is read and judged whole, then written in one step that `undo` takes back.

    Example: mlsd-cards import system-design.apkg --no-scheduling
    """
    rows: list[dict[str, Any]] = []
    failed: list[MlsdError] = []
    with context().writing() as collection:
        for path in files:
            try:
                report = collection.import_file(
                    path,
                    scheduling=not no_scheduling,
                    deck=deck or "",
                    dry_run=dry_run,
                    progress=context().progress(),
                )
                rows.append(_row(path, report))
            except MlsdError as error:
                failed.append(error)
                rows.append({"file": str(path), "error": {"kind": error.kind, "message": str(error)}})
        if not dry_run and not any(isinstance(error, CollectionError) for error in failed):
            collection.index_texts(slice_size=_TEXTS_AT_ONCE)  # on a full disk it can wait
    if failed and len(files) == 1:
        raise failed[0]
    context().emit({"files": rows}, lambda: _text(rows))
    if not failed:
        return 0
    typer.echo(f"mlsd-cards: {len(failed)} of {len(files)} files were not imported: {failed[0]}", err=True)
    return EXIT_FAILED


@app.command("inspect")
def inspect(file: Annotated[Path, typer.Argument(help="A deck file.")]) -> None:
    """Say what a deck file holds, and what is unsafe in it, without writing anything."""
    with context().reading() as collection:
        report = collection.inspect(file, progress=context().progress())
    row = _row(file, report) | {
        "layout": report.layout,
        "scripts": report.scripts,
        "remote_references": report.remote_references,
        "unsafe_names": list(report.unsafe_names),
    }

    def text() -> str:
        return (
            f"{_text([row])}\n  layout {report.layout}; {report.scripts} with scripts (which never run), "
            f"{report.remote_references} references to the network, {len(report.unsafe_names)} unsafe names"
        )

    context().emit(
        {"files": [row]} | {k: row[k] for k in ("layout", "scripts", "remote_references", "unsafe_names")},
        text,
    )


@app.command("export")
def export(
    out: Annotated[
        Path,
        typer.Argument(
            help="File to write; its ending chooses the format: .apkg, .colpkg, .csv, .txt, .yaml."
        ),
    ],
    deck: Annotated[str | None, typer.Option(help="Only this deck and its subdecks.")] = None,
    search: Annotated[str | None, typer.Option(help="Only cards that this search finds.")] = None,
    scheduling: Annotated[bool, typer.Option(help="With your progress.")] = True,
    media: Annotated[bool, typer.Option(help="With pictures and sounds.")] = True,
    presets: Annotated[
        bool | None, typer.Option(help="With the options of decks; unless told, if progress is put in.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="“folder” writes Markdown files to edit and to keep in git.")
    ] = "",
) -> None:
    """Write decks to a file that Anki opens. Example: mlsd-cards export ranking.apkg --search tag:ranking."""
    with context().reading() as collection:
        report = collection.export(
            out,
            deck=deck,
            search=search,
            scheduling=scheduling,
            media=media,
            presets=presets,
            form=form,
            progress=context().progress(),
        )
    data = {key: value for key, value in asdict(report).items() if key != "warnings"}
    data["warnings"] = list(report.warnings)

    def text() -> str:
        lines = [
            f"{out}: {report.notes} notes, {report.cards} cards, {report.media} media, {report.bytes} bytes"
        ]
        return "\n".join([*lines, *(f"  {warning}" for warning in report.warnings)])

    context().emit(data, text)
