"""Reads decks of hashcards: Markdown files with lines that begin `Q:`, `A:` and `C:`, one or a folder of them.

`C:` begins a text whose parts in square brackets are asked for, one card each. `name` in a TOML head names the
deck, else the file does. Its progress lies in a database under hashes of the texts and does not come along.
Source: eudoxia0/hashcards, README and `src/parser.rs` (facts).
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import quoted
from mlsd_cards.formats.markdown_files import MarkdownFiles, any_sniffs, front_matter
from mlsd_cards.formats.markdown_text import MOST_DELETIONS, Deletion, MarkdownText, shown_text
from mlsd_cards.formats.text_deck import CLOZE, FORWARD, TextDeck

NAME = "hashcards"
SUFFIXES: tuple[str, ...] = ()

_QUESTION, _ANSWER, _CLOZE = "Q:", "A:", "C:"
_RULE = "---"
_BRACKET = re.compile(r"!\[|\\[\[\]]|[\[\]]")


def sniff(path: Path) -> bool:
    """Whether the path is a Markdown file with cards in it, or a folder with such a file."""
    return any_sniffs(path, _is_deck)


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a file or of all files below a folder.

    Media are copied below `options.work_dir`; on any error nothing stays there.

    Raises:
        FileFormatError: `not-a-deck`, `damaged`, `limit` or `unsafe`.
        Cancelled: By `progress`.
    """
    files = MarkdownFiles(path)
    deck = TextDeck(files.place, options, progress, name=NAME)
    for file, text in files.texts(progress):
        head, body = front_matter(text)
        above, name = list(file.parts[:-1]), file.stem
        if told := _told_name(head):
            above, name = [], told
        if files.whole:
            above = [options.deck_name or files.root.name, *above]
        elif options.deck_name:
            name = options.deck_name
        markdown = MarkdownText(image_name=partial(files.image_name, text=file))
        _Reading(deck, markdown, file, [*above, name]).add(body)
    data = deck.finished()
    files.take_media(data, options, progress)
    return data


def _told_name(head: str) -> str:
    """Return the name that the head of a file gives its deck, empty where it gives none."""
    try:
        name = tomllib.loads(head).get("name", "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return ""
    return name.strip() if isinstance(name, str) else ""


@dataclass(slots=True)
class _Part:
    """A text that begins with a mark; `line` counts from 1."""

    mark: str
    line: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def _parts(text: str) -> Iterator[_Part]:
    """Yield the marked texts of a file; what stands before the first, or after a rule, belongs to none."""
    part: _Part | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith((_QUESTION, _ANSWER, _CLOZE)):
            if part is not None:
                yield part
            part = _Part(line[:2], number, [line[2:]])
        elif line.strip() == _RULE:
            if part is not None:
                yield part
            part = None
            yield _Part(_RULE, number, [])
        elif part is not None:
            part.lines.append(line)
    if part is not None:
        yield part


def _is_deck(text: str) -> bool:
    """Whether a text holds an answer to a question, or something to fill in."""
    before = ""
    for part in _parts(text):
        if part.mark == _ANSWER and before == _QUESTION:
            return True
        if part.mark == _CLOZE and part.lines[0][:1] in ("", " ", "\t") and _deletions(part.text)[1]:
            return True
        before = part.mark
    return False


@dataclass(slots=True)
class _Reading:
    """One file being turned into notes."""

    deck: TextDeck
    markdown: MarkdownText
    file: Path
    names: list[str]

    def add(self, text: str) -> None:
        """Add the notes of the file; what is half a card is left out."""
        question: _Part | None = None
        number = 0
        for part in _parts(text):
            number = number or self.deck.deck(self.names)
            if part.mark == _ANSWER:
                if question is None:
                    self.deck.left_out["an answer has no question before it"] += 1
                else:
                    self._add_basic(question, part, number)
                question = None
                continue
            if question is not None:
                self.deck.left_out["a question has no answer"] += 1
            question = part if part.mark == _QUESTION else None
            if part.mark == _CLOZE:
                self._add_cloze(part, number)
        if question is not None:
            self.deck.left_out["a question has no answer"] += 1

    def _where(self, part: _Part) -> str:
        return f"the card at line {part.line:,} of {quoted(self.file.name)}"

    def _add_basic(self, question: _Part, answer: _Part, number: int) -> None:
        fields = self.markdown.to_html(question.text), self.markdown.to_html(answer.text)
        identity = (self.file.stem, question.text)
        self.deck.add(FORWARD, fields, number, identity, where=self._where(question))

    def _add_cloze(self, part: _Part, number: int) -> None:
        text, deletions = _deletions(part.text)
        if not deletions:
            self.deck.left_out["a text to fill in has nothing in brackets"] += 1
            return
        fields = self.markdown.to_html(text, deletions), ""
        self.deck.add(
            CLOZE, fields, number, (self.file.stem, shown_text(text, deletions)), where=self._where(part)
        )


def _deletions(text: str) -> tuple[str, list[Deletion]]:
    r"""Return what stands in square brackets, numbered from 1, and the text to which their places belong.

    Brackets of pictures and those after a backslash are text; of nested ones the innermost counts.
    """
    found: list[Deletion] = []
    opened = -1
    in_picture = False
    for bracket in _BRACKET.finditer(text):
        sign = bracket[0]
        if sign == "![":
            in_picture = True
        elif sign == "[":
            opened = bracket.start()
        elif sign == "]" and in_picture:
            in_picture = False
        elif sign == "]" and opened >= 0:
            inner = text[opened + 1 : bracket.start()]
            if inner.strip() and len(found) < MOST_DELETIONS:
                found.append(Deletion(start=opened, end=bracket.end(), text=inner, number=len(found) + 1))
            opened = -1
    return text, found
