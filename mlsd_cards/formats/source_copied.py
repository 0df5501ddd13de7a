"""Lint rule L25: no run of eight words in common with a reference text.

Reference texts are a folder of `.txt` and `.md` files, or one `.ngrams` file that holds only digests of their
runs of words, so that texts which may not be passed on can still be compared with.

Source: file layout of our own: the signature, then the sorted digests, five bytes each, big-endian.
"""

from collections.abc import Iterable, Iterator, Set
from hashlib import blake2b
from pathlib import Path

from mlsd_cards.domain.errors import FileFormatError, NotFound
from mlsd_cards.formats.source_model import ERROR, SourceNote
from mlsd_cards.formats.source_rules import Finding, line_of_text, texts_of
from mlsd_cards.formats.source_text import plain, words

RUN = 8
"""How many words in a row count as copied."""
SIGNATURE = b"mlsd-ngrams 1\n"
_BYTES = 5


def runs(text: str) -> Iterator[str]:
    """Yield every run of eight words of plain text, in lower case."""
    found = [word.casefold() for word in words(text)]
    for start in range(len(found) - RUN + 1):
        yield " ".join(found[start : start + RUN])


def digest(run: str) -> bytes:
    """Return the digest of one run of words."""
    return blake2b(run.encode(), digest_size=_BYTES).digest()


def read_references(path: Path) -> frozenset[bytes]:
    """Return the digests of all runs of words of reference texts.

    Raises:
        NotFound: there is nothing at `path`. FileFormatError: it is neither a folder nor a file of digests.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in (".txt", ".md") and file.is_file())
        return frozenset(
            digest(run) for file in files for run in runs(file.read_text(encoding="utf-8", errors="replace"))
        )
    if not path.is_file():
        raise NotFound(f"There are no reference texts at {path}.")
    data = path.read_bytes()
    body = data.removeprefix(SIGNATURE)
    if len(body) == len(data) or len(body) % _BYTES:
        raise FileFormatError("not-a-deck", f"{path.name} holds no digests of reference texts.")
    return frozenset(body[at : at + _BYTES] for at in range(0, len(body), _BYTES))


def write_references(digests: Iterable[bytes], out: Path) -> None:
    """Write digests as a `.ngrams` file; the same digests give the same bytes."""
    out.write_bytes(SIGNATURE + b"".join(sorted(set(digests))))


def copied_findings(note: SourceNote, references: Set[bytes]) -> Iterator[Finding]:
    """Yield the texts of a note that share a run of eight words with a reference text."""
    for key, text in texts_of(note).items():
        shared = next((run for run in runs(plain(text)) if digest(run) in references), "")
        if shared:
            yield "L25", ERROR, line_of_text(note, key), f"“{shared}” stands in a reference text too"
