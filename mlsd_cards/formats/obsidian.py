"""Reads flashcards of Obsidian's plugin “spaced repetition”: a note, or all notes of a vault or folder.

A note holds cards if it has the tag `#flashcards` (or another that the vault's settings name), or schedules. The
part of the tag after a slash names the deck, else folder and note do. Due dates, intervals and eases come along.
Source: st3v3nmw/obsidian-spaced-repetition `docs/docs/en/flashcards`, `src/note/note-question-parser.ts` (facts).
"""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import quoted
from mlsd_cards.formats.markdown_files import MarkdownFiles, any_sniffs, front_matter
from mlsd_cards.formats.markdown_text import MarkdownText, shown_text
from mlsd_cards.formats.obsidian_text import Flashcard, deletions_of, flashcards
from mlsd_cards.formats.obsidian_vault import Habits, habits_of, has_plugin, vault_of
from mlsd_cards.formats.text_deck import CLOZE, TextDeck

NAME = "obsidian notes"
SUFFIXES: tuple[str, ...] = ()

_SCHEDULE = "<!--SR:!"
_HEAD_TAGS = re.compile(r"^tags?:[^\n]*(?:\n[ \t]*-[^\n]*)*", re.MULTILINE | re.IGNORECASE)


def sniff(path: Path) -> bool:
    """Whether the path is a note with flashcards, or a folder with such a note or with the plugin's settings."""
    if path.is_dir() and has_plugin(path):
        return True
    return any_sniffs(path, partial(_is_deck, habits=Habits()))


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a file or of all files below a folder, with the schedules of their cards.

    Media are copied below `options.work_dir`; on any error nothing stays there.

    Raises:
        FileFormatError: `not-a-deck`, `damaged`, `limit` or `unsafe`.
        Cancelled: By `progress`.
    """
    vault = path if path.is_dir() else vault_of(path)
    files = MarkdownFiles(path, root=vault)
    habits = habits_of(vault, files.place)
    deck = TextDeck(files.place, options, progress, name=NAME)
    root = options.deck_name or (files.root.name if files.whole else "")
    for file, text in files.texts(progress):
        head, body = front_matter(text)
        tags = _Tags(habits, head, body)
        if not (tags.any or habits.by_folder or _SCHEDULE in body):
            continue
        markdown = MarkdownText(
            image_name=partial(files.image_name, text=file, anywhere=True), breaks=True, wiki=True
        )
        above = file.parts[:-1] if files.whole else ()
        names = [root] if root and not files.whole else [*filter(None, (root,)), *above, file.stem]
        _Reading(deck, markdown, file, names, root).add(body, tags, habits)
    data = deck.finished()
    files.take_media(data, options, progress)
    return data


def _is_deck(text: str, habits: Habits) -> bool:
    head, body = front_matter(text)
    if _SCHEDULE not in body and not _Tags(habits, head, body).any:
        return False
    return next(flashcards(body, habits.separators), None) is not None


class _Tags:
    """The tags of a note that say that it holds cards, and for which deck. `any`: there is one.

    A deck is a tuple of its parts below the tag: empty where the tag names none.
    """

    def __init__(self, habits: Habits, head: str, body: str) -> None:
        names = "|".join(map(re.escape, sorted(habits.tags, key=len, reverse=True)))
        self._tag = re.compile(rf"(?<!\S)#(?:{names})(/[^\s#]{{1,500}})?(?=\s|\Z)", re.IGNORECASE)
        bare = re.compile(
            rf"(?<![^\s,\[\"'#])(?:{names})(/[^\s,#\]\"']{{1,500}})?(?=[\s,\]\"']|\Z)", re.IGNORECASE
        )
        in_head = [
            found for block in _HEAD_TAGS.findall(head) for found in bare.finditer(block.partition(":")[2])
        ]
        self._by_line: list[tuple[int, tuple[str, ...]]] = []  # the first tag of each line, from line 1
        line = position = 0
        for found in self._tag.finditer(body):
            line += body.count("\n", position, found.start())
            position = found.start()
            if not self._by_line or self._by_line[-1][0] <= line:
                self._by_line.append((line + 1, _parts(found)))
        first = in_head[0] if in_head else self._tag.search(body)
        self._current = () if first is None or habits.by_folder else _parts(first)
        self.any = first is not None
        self._place = 0

    def deck_of(self, card: Flashcard) -> tuple[str, ...]:
        """Return the deck of a card; cards are asked for in their order.

        A tag that stands in a card is the card's own; others hold until the next.
        """
        last = card.line + card.text.count("\n")
        while self._place < len(self._by_line) and self._by_line[self._place][0] <= last:
            line, deck = self._by_line[self._place]
            if line < card.line:
                self._current = deck
            self._place += 1
        own = self._tag.search(card.text)
        return self._current if own is None else _parts(own)

    def without(self, text: str) -> str:
        """Return a text without such tags."""
        return self._tag.sub("", text).strip() if "#" in text else text


def _parts(tag: re.Match[str]) -> tuple[str, ...]:
    return tuple(part for part in (tag[1] or "").split("/") if part)


@dataclass(slots=True)
class _Reading:
    """One note of Obsidian being turned into notes here."""

    deck: TextDeck
    markdown: MarkdownText
    file: Path
    names: list[str]  # parts of the deck's name where no tag tells
    root: str

    def add(self, text: str, tags: _Tags, habits: Habits) -> None:
        """Add the cards of the note."""
        for card in flashcards(text, habits.separators):
            below = tags.deck_of(card)
            tagged = [*filter(None, (self.root,)), *below] if below and not habits.by_folder else self.names
            self._add(card, tags, self.deck.deck(tagged))

    def _add(self, card: Flashcard, tags: _Tags, deck: int) -> None:
        where = f"the card at line {card.line:,} of {quoted(self.file.name)}"
        if card.kind == CLOZE:
            text = tags.without(card.front)
            deletions = deletions_of(text)
            fields, asked = (self.markdown.to_html(text, deletions), ""), shown_text(text, deletions)
        else:
            asked = tags.without(card.front)
            fields = self.markdown.to_html(asked), self.markdown.to_html(tags.without(card.back))
        identity = ("id", card.block_id) if card.block_id else (self.file.stem, asked)
        note = self.deck.add(card.kind, fields, deck, identity, where=where)
        if note is None or not any(card.schedules):
            return
        for place, ordinal in enumerate(card.ordinals):
            new = self.deck.new_card(note, ordinal)
            told = card.schedules[place] if place < len(card.schedules) else None
            self.deck.data.cards.append(new if told is None else told.put_into(new))
