"""Lint rule L26, the list of words: a deck folder with a `words.txt` uses no other words than those in it.

The list holds one word a line, in small letters unless it is always written otherwise; lines with # are notes.
A deck without the list is checked only for one spelling (see `source_rules`).
"""

import re
from collections.abc import Iterator, Set
from pathlib import Path

from mlsd_cards.formats.source_model import WARNING, SourceNote
from mlsd_cards.formats.source_rules import Finding, line_of_text, texts_of
from mlsd_cards.formats.source_text import FORMULA, plain

FILE = "words.txt"

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*")
_CODE = re.compile(r"`[^`]*`")
_LONG = 3  # shorter ones are units and signs


def words_of(markdown: str) -> list[str]:
    """Return the words of a text that a dictionary could know; code and formulas are left out."""
    return [
        word.replace("’", "'")
        for word in _WORD.findall(FORMULA.sub(" ", plain(_CODE.sub(" ", markdown))))
        if len(word) >= _LONG
    ]


def read_words(root: Path) -> frozenset[str] | None:
    """Return the words of a deck folder's list, None where it has none."""
    file = root / FILE
    if not file.is_file():
        return None
    lines = (line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def word_findings(note: SourceNote, known: Set[str]) -> Iterator[Finding]:
    """Yield the first word of each text that is in no form in the list."""
    for key, text in texts_of(note).items():
        strange = next((word for word in words_of(text) if not _is_known(word, known)), "")
        if strange:
            message = f"“{strange}” is not in {FILE}: correct it, or add it there"
            yield "L26", WARNING, line_of_text(note, key), message


def _is_known(word: str, known: Set[str]) -> bool:
    owner = word.removesuffix("'s")
    return any(form in known for form in (word, owner, word.lower(), owner.lower()))
