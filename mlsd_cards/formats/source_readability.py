"""The school grade that a text asks of its reader."""

import re

from mlsd_cards.formats.source_text import FORMULA

MIN_WORDS = 10
"""Shorter texts get no grade: one long term would decide it."""

_SENTENCE = re.compile(r"[.?!:;]+(?:\s|$)|\n")
_WORD = re.compile(r"[A-Za-z]+")
# An e that is not spoken: in served and cache, but not in needed, table and caches.
_SILENT_ENDING = re.compile(r"(?<=[a-z]{2})(?:([^aeioutd])ed|([^aeiousxzcghl])es|([^aeioul])e)$")
_VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """Return the Flesch–Kincaid grade of plain text, 0 for texts of fewer than 10 words.

    Parts of a hyphenated word count as words, abbreviations in capitals as one syllable; colons and
    semicolons end a sentence.

    Source: Kincaid, Fishburne, Rogers, Chissom 1975, "Derivation of new readability formulas for Navy
    enlisted personnel": 0.39 × words/sentences + 11.8 × syllables/words − 15.59.
    """
    shown = FORMULA.sub(" sum ", text)
    words = _WORD.findall(shown)
    if len(words) < MIN_WORDS:
        return 0.0
    sentences = sum(1 for part in _SENTENCE.split(shown) if _WORD.search(part))
    syllables = sum(count_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def count_syllables(word: str) -> int:
    """Return about how many syllables an English word has, at least one."""
    if word.isupper():
        return 1
    return max(1, len(_VOWELS.findall(_SILENT_ENDING.sub(r"\1\2\3", word.lower()))))
