"""Reads plain text with lines that begin `Q:` and `A:`, as SuperMemo 7 exports it and as people write it.

Several `Q:` lines are one question, several `A:` lines one answer; lines without a mark go on. A blank line ends
a card where the next one begins `Q:`. `I:` holds the schedule: answers, lapses, ease, interval in days and day of
the last answer. Source: mnemosyne-proj/mnemosyne `libmnemosyne/file_formats/supermemo_7_txt.py` (facts).
"""

import datetime
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ReadOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.csv_text import BOM, encoding_of, lines, opened
from mlsd_cards.formats.text_deck import FORWARD, TextDeck

NAME = "questions and answers"
SUFFIXES: tuple[str, ...] = ()

_SNIFF_BYTES = 64 * 1024
_NOT_PLAIN = (".csv", ".tsv", ".md", ".yaml", ".yml", ".json", ".xml")  # what these hold is said elsewhere
_QUESTION, _ANSWER, _SCHEDULE, _ITEM = "Q:", "A:", "I:", "O:"
_VALUE = re.compile(r"(REP|LAP|EF|INT|LAST)=([\d.]{1,20})(?!\S)", re.ASCII)
_SIGN = re.compile(r"&#(\d{1,7});", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LEAST_EASE, _MOST_EASE = 1300, 9999
_LONGEST_DAYS = 36_500
_LAST_SIGN = 0x10FFFF
_CENTURY_BEGINS = 70  # of years with two digits: 70 is 1970, 69 is 2069
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000


def sniff(path: Path) -> bool:
    """Whether the file is text whose first line with anything on it asks, and that answers below."""
    if not path.is_file() or path.suffix.lower() in _NOT_PLAIN:
        return False
    with path.open("rb") as file:
        start = file.read(_SNIFF_BYTES)
    text = start.decode(encoding_of(path), "ignore").lstrip(BOM).lstrip()
    if not text.startswith(_QUESTION) or "\0" in text:
        return False
    return any(line.startswith(_ANSWER) for line in text.splitlines())


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return a note for each question with an answer, with its schedule where one is given.

    Raises:
        FileFormatError: `not-a-deck` where nothing is asked, `damaged` where it is no text, or `limit`.
        Cancelled: By `progress`.
    """
    place = Place(path, "the file")
    deck = TextDeck(place, options, progress, name=NAME)
    number = deck.deck([options.deck_name or path.stem])
    today = options.now_ms // _DAY_MS + _EPOCH
    with opened(place) as file:
        for item in _items(lines(file, place)):
            question, answer = "\n".join(item.question).strip(), "\n".join(item.answer).strip()
            if not answer and not item.answered:
                deck.left_out["a question has no answer"] += 1
                continue
            where = f"the card at line {item.line:,}"
            fields = _html(question), _html(answer)
            note = deck.add(FORWARD, fields, number, (path.stem, question), where=where)
            if note is not None and item.schedule:
                deck.data.cards.append(_scheduled(deck.new_card(note, 0), item.schedule, today))
    return deck.finished()


@dataclass(slots=True)
class _Item:
    """A card of the file; `line` counts from 1."""

    line: int
    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    answered: bool = False
    schedule: dict[str, str] = field(default_factory=dict)


def _items(source: Iterator[str]) -> Iterator[_Item]:
    item: _Item | None = None
    for number, raw in enumerate(source, 1):
        line = raw.removeprefix(BOM).rstrip()
        mark, text = line[:2], line[2:].strip()
        if mark == _QUESTION:
            if item is None or item.answered or not item.question[-1]:
                if item is not None:
                    yield item
                item = _Item(number)
            item.question.append(text)
        elif item is None:
            continue
        elif mark == _ANSWER:
            item.answered = True
            item.answer.append(text)
        elif item.answered and mark == _SCHEDULE and "INT=" in text:
            item.schedule = dict(_VALUE.findall(text))
        elif not (item.schedule and mark == _ITEM):
            (item.answer if item.answered else item.question).append(line)
    if item is not None:
        yield item


def _html(text: str) -> str:
    """Return plain text as HTML; numbers of signs, as SuperMemo writes those that its code page lacks, are signs."""
    text = _CONTROLS.sub("", _SIGN.sub(_sign, text))
    return html.escape(text, quote=False).replace("\n", "<br>")


def _sign(found: re.Match[str]) -> str:
    code = int(found[1])
    return chr(code) if code <= _LAST_SIGN and not 0xD800 <= code <= 0xDFFF else found[0]


def _scheduled(card: ExchangeCard, told: dict[str, str], today: int) -> ExchangeCard:
    """Return a card with the schedule of its line; one that was never answered is new.

    Where the day of the last answer is not told the card is due `today` (an ordinal).
    """
    reps = round(_number(told.get("REP"), 0, 100_000))
    if not reps:
        return card
    interval = max(round(_number(told.get("INT"), 1, _LONGEST_DAYS)), 1)
    last = _day(told.get("LAST", ""))
    ease = _number(told.get("EF"), 0, 100) * 1000
    return card._replace(
        state="review",
        due_date=today if last is None else min(last + interval, datetime.date.max.toordinal()),
        interval_days=interval,
        ease_permille=min(max(round(ease), _LEAST_EASE), _MOST_EASE) if ease else 2500,
        reps=reps,
        lapses=round(_number(told.get("LAP"), 0, 100_000)),
        last_answer_ms=None if last is None or last <= _EPOCH else (last - _EPOCH) * _DAY_MS + _DAY_MS // 2,
    )


def _number(text: str | None, low: float, high: float) -> float:
    try:
        return min(max(float(text or low), low), high)
    except ValueError:
        return low


def _day(text: str) -> int | None:
    """Return the ordinal of a day such as `27.01.06`, None where it is none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    day, month, year = map(int, parts)
    if year < 100:
        year += 1900 if year >= _CENTURY_BEGINS else 2000
    try:
        return datetime.date(year, month, day).toordinal()
    except ValueError:
        return None
