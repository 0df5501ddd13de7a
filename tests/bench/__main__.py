"""`python -m tests.bench [NAME…] [--notes N] [--rounds N]`: prints how fast things are, beside limits and Anki."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.bed import Bed
from tests.bench.figures import GROUPS, chosen
from tests.bench.measure import Result, report, run


def main() -> int:
    """Measure what the words ask for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    groups = ", ".join(GROUPS)
    parser.add_argument(
        "names", nargs="*", help=f"groups ({groups}) or parts of names of figures; otherwise all"
    )
    parser.add_argument("--notes", type=int, default=10_000, help="size of the made-up collection")
    parser.add_argument("--rounds", type=int, default=7, help="rounds, each side once in each")
    parser.add_argument("--folder", type=Path, help="where to work; by default a temporary folder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    words = parser.parse_args()
    results: list[Result] = []
    with (
        tempfile.TemporaryDirectory(prefix="mlsd-cards-bench-", dir=words.folder) as folder,
        Bed(Path(folder), words.notes) as bed,
    ):
        notes, cards, reviews = bed.counts
        print(f"{notes} notes, {cards} cards, {reviews} reviews, {words.rounds} rounds", file=sys.stderr)
        for figure in chosen(bed, words.names):
            print(f"… {figure.name}", file=sys.stderr, flush=True)
            results.append(run(figure, words.rounds))
    report(results, as_json=words.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
