"""Makes the digests of reference texts that the built-in decks are compared with.

    python -m tests.helpers.reference_texts TEXTS OUT.ngrams

TEXTS is a folder of the texts, which are not passed on: here those of the system design primer, mercari's
patterns for machine learning systems, alirezadir's interview notes, and the chapters on inference and training of
the Machine Learning Engineering book.
"""

import sys
from pathlib import Path

from mlsd_cards.formats.source_copied import read_references, write_references


def main(arguments: list[str]) -> None:
    """Read a folder of texts and write their digests."""
    texts, out = (Path(each) for each in arguments)
    write_references(read_references(texts), out)


if __name__ == "__main__":
    main(sys.argv[1:])
