"""Work that needs no profile: scheduling vectors, and checking and building deck sources."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.errors import FileFormatError, InputError, NotFound
from mlsd_cards.study.clock import system_clock

if TYPE_CHECKING:
    from mlsd_cards.domain.exchange import ExportReport
    from mlsd_cards.formats.source_lint import LintReport
    from mlsd_cards.formats.source_survey import DatedFact, Survey
    from mlsd_cards.scheduling.vectors import VectorReport


def run_vector_file(path: Path) -> "VectorReport":
    """Run a file of scheduling vectors through the schedulers.

    Raises:
        NotFound: there is no such file. InputError: it does not hold vectors.
    """
    from mlsd_cards.scheduling.vectors import run_vectors

    try:
        with path.open(encoding="utf-8") as lines:
            return run_vectors(lines)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as scheduling vectors: {error}.") from None


def lint_source(path: Path, references: Path | None = None) -> "LintReport":
    """Check deck sources against the rules for cards, and for runs of words in common with `references`.

    Raises:
        NotFound: there is nothing at `path` or `references`. FileFormatError: the folder or file is no deck
        source, or the references are none.
    """
    from mlsd_cards.formats.source_lint import lint

    _must_exist(path)
    return lint(path, today=system_clock().now().date(), references=references)


def stale_facts(path: Path, days: int) -> "list[DatedFact]":
    """Return the notes of deck sources whose fact is dated more than `days` days ago, oldest first.

    Raises:
        InputError: `days` is negative. NotFound: there is nothing at `path`. FileFormatError: the folder or
        file is no deck source.
    """
    from mlsd_cards.formats.source_survey import stale

    if days < 0:
        raise InputError(f"{days} days is no age; give 0 or more.")
    _must_exist(path)
    return stale(path, today=system_clock().now().date(), days=days)


def survey_source(path: Path) -> "Survey":
    """Return coverage, lengths of answers and age of sources of deck sources, in figures.

    Raises:
        NotFound: there is nothing at `path`. FileFormatError: the folder or file is no deck source.
    """
    from mlsd_cards.formats.source_survey import survey

    _must_exist(path)
    return survey(path, today=system_clock().now().date())


def build_source(path: Path, out: Path) -> "ExportReport":
    """Build an Anki package from deck sources, without a profile.

    Raises:
        NotFound: there is nothing at `path`. FileFormatError: it is no deck source, or `out` no `.apkg`.
    """
    import tempfile

    from mlsd_cards.domain.exchange import ExportReport, WriteOptions
    from mlsd_cards.formats import apkg_writer, source

    _must_exist(path)
    if out.suffix.lower() != ".apkg":
        raise FileFormatError(
            "unsupported", f"{out.name} does not end in .apkg, the only format that build writes."
        )
    clock = system_clock()
    with tempfile.TemporaryDirectory(prefix="mlsd-cards-") as folder:
        data = source.exchange(path, clock.now_ms(), Path(folder))
        offset = clock.now().utcoffset() or timedelta()
        options = WriteOptions(
            now_ms=clock.now_ms(),
            created_date=datetime.fromtimestamp(clock.now_ms() / 1000, UTC).date().toordinal(),
            created_offset_minutes=int(offset.total_seconds()) // 60,
            scheduling=False,
        )
        warnings = apkg_writer.write(data, out, options)
    return ExportReport(
        notes=len(data.notes),
        cards=len(data.cards),
        media=len(data.media),
        reviews=0,
        bytes=out.stat().st_size,
        warnings=warnings,
    )


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise NotFound(f"There is nothing at {path}.")
