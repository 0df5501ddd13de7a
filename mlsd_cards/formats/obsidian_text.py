"""Finds the flashcards in a note of Obsidian, as its plugin “spaced repetition” writes them.

A line with `::` or `:::` is a card, or lines around one that is `?` or `??`, or lines with `==deletions==`; a
blank line ends it. `:::` and `??` ask both ways. A comment `<!--SR:!due,interval,ease-->` holds the schedule of
each of its cards in turn. Source: st3v3nmw/obsidian-spaced-repetition `src/parser.ts`, `src/data/constants.ts`,
`src/utils/comment-parser.ts`, `docs/docs/en/flashcards` (facts).
"""

import datetime
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlsd_cards.domain.exchange import ExchangeCard
from mlsd_cards.formats.markdown_text import MOST_DELETIONS, Deletion
from mlsd_cards.formats.text_deck import BOTH_WAYS, CLOZE, FORWARD

_COMMENT, _SCHEDULE, _END = "<!--", "<!--SR:", "-->"
_CALLOUT = "> [!sr|card-metadata]"
_SCHEDULES = re.compile(r"<!--SR:((?:(?!-->).){0,5000})-->")
_SCHEDULE_LINE = re.compile(r"(?:>[ \t]*)?\s?<!--SR:(?:(?!-->).){0,5000}-->")
_BLOCK_ID = re.compile(r"[ \n]\^([A-Za-z0-9-]{1,100})\s*\Z")
_BULLET = re.compile(r"\A\s*(?:[-*+]|\d{1,4}[.)])\s+(?:\[.\]\s+)?")
_CODE = re.compile(r"^(```|~~~)[^\n]*\n(?:(?!\1)[^\n]*\n)*?\1|`[^`\n]+`", re.MULTILINE)
_DELETION = re.compile(
    r"==(?:(\d{1,3});;)?(?=\S)((?:(?!==|;;)[^\n]){1,5000}?)(?:;;((?:(?!==|;;)[^\n]){1,500}))?=="
    r"(?:\^\[([^\[\]\n]{1,500})\])?(?:\[\^(\d{1,3}|[ash]{1,50})\])?"
)
_LEAST_EASE, _MOST_EASE = 1300, 9999
_LONGEST_DAYS = 36_500
_NEVER = datetime.date(2000, 1, 1)  # the due date of a card that was not asked yet, beside siblings that were
_LEARNING, _RELEARNING = 1, 3  # states of FSRS in the plugin
_DAY_MS = 86_400_000
_EPOCH = datetime.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The signs that make a text a card; users may choose others. An empty `end` is a blank line."""

    forward: str = "::"
    both_ways: str = ":::"
    forward_line: str = "?"
    both_ways_line: str = "??"
    end: str = ""


@dataclass(slots=True, kw_only=True)
class Flashcard:
    """A card, or several: `kind` is that of a note. `deletions` belong to `front`; `line` counts from 1.

    `text` is all of it as it stands in the note. `schedules` are those of its cards in turn, None for a new one.
    """

    kind: str
    front: str
    back: str
    line: int
    text: str
    block_id: str = ""
    deletions: list[Deletion] = field(default_factory=list)
    schedules: list["Scheduled | None"] = field(default_factory=list)

    @property
    def ordinals(self) -> list[int]:
        """The ordinals of its cards in the order in which schedules are kept."""
        if self.kind == CLOZE:
            return sorted({each.number - 1 for each in self.deletions})
        return [0, 1] if self.kind == BOTH_WAYS else [0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """When a card is due again, how long after its last answer, and what is known of the memory of it."""

    due: datetime.date
    interval_days: int
    ease_permille: int = 0
    state: str = "review"
    stability: float | None = None
    difficulty: float | None = None
    reps: int = 1
    lapses: int = 0

    def put_into(self, card: ExchangeCard) -> ExchangeCard:
        """Return a card with this schedule."""
        due = self.due.toordinal()
        last = max(due - self.interval_days - _EPOCH, 1) * _DAY_MS + _DAY_MS // 2
        return card._replace(
            state=self.state,
            due_date=due,
            interval_days=self.interval_days,
            ease_permille=self.ease_permille,
            steps_left=0 if self.state == "review" else 1,
            stability=self.stability,
            difficulty=self.difficulty,
            reps=self.reps,
            lapses=self.lapses,
            last_answer_ms=last,
        )


def flashcards(text: str, signs: Separators) -> Iterator[Flashcard]:
    """Yield the cards of a note without its head, in their order."""
    for kind, line, lines in _raw_cards(text.split("\n"), signs):
        found = _flashcard(kind, line, lines, signs)
        if found is not None:
            yield found


def _raw_cards(lines: list[str], signs: Separators) -> Iterator[tuple[str, int, list[str]]]:
    """Yield kind, number of the first line (from 1) and lines of each card."""
    kind, held, first = "", list[str](), 0
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith(_COMMENT) and not line.startswith(_SCHEDULE):
            number = _after_comment(lines, number)
            continue
        if _ends(line, kind, signs):
            if kind:
                yield kind, first + 1, held
            kind, held = "", []
            number += 1
            continue
        if not held:
            first = number
        inline = _inline_kind(line, signs)
        if inline and not kind:
            after = _after_schedule(lines, number + 1)
            yield inline, number + 1, lines[number:after]
            held, number = [], after
            continue
        after = _after_code(lines, number)
        if after == number + 1:
            kind = kind or _kind_of(line, held, signs)
        held += lines[number:after]
        number = after
    if kind:
        yield kind, first + 1, held


def _ends(line: str, kind: str, signs: Separators) -> bool:
    """Whether a line ends a card: a blank one, or the sign for it."""
    if signs.end and kind:
        return line.strip() == signs.end
    return not line.strip() or (bool(signs.end) and line.strip() == signs.end)


def _kind_of(line: str, held: list[str], signs: Separators) -> str:
    """Return what a line makes of the lines above it and itself; empty where it makes nothing of them."""
    trimmed = line.strip()
    if trimmed in (signs.forward_line, signs.both_ways_line):
        if not any(map(str.strip, held)):
            return ""
        return FORWARD if trimmed == signs.forward_line else BOTH_WAYS
    return CLOZE if "==" in line and deletions_of(line) else ""


def _inline_kind(line: str, signs: Separators) -> str:
    for sign, kind in ((signs.both_ways, BOTH_WAYS), (signs.forward, FORWARD)):
        place = line.find(sign) if sign else -1
        if place >= 0 and not (line.count("`", 0, place) % 2 and line.count("`", place) % 2):
            return kind
    return ""


def _after_comment(lines: list[str], number: int) -> int:
    while number < len(lines) and _END not in lines[number]:
        number += 1
    return number + 1


def _after_schedule(lines: list[str], number: int) -> int:
    """Return the number of the line after the schedule that may stand below a card on one line."""
    if number < len(lines) and lines[number].startswith(_SCHEDULE):
        return number + 1
    if number < len(lines) and lines[number].startswith(_CALLOUT):
        for after in range(number, min(number + 5, len(lines))):
            if _SCHEDULE in lines[after]:
                return after + 1
    return number


def _after_code(lines: list[str], number: int) -> int:
    """Return the number of the line after a block of code that begins here, else of the next line."""
    fence = lines[number][:3]
    if fence not in ("```", "~~~"):
        return number + 1
    for after in range(number + 1, len(lines)):
        if lines[after].startswith(fence):
            return after + 1
    return len(lines)


def _flashcard(kind: str, line: int, lines: list[str], signs: Separators) -> Flashcard | None:
    raw = "\n".join(lines)
    schedules = _schedules(raw)
    text = "\n".join(each for each in lines if not each.startswith(_CALLOUT))
    text = _SCHEDULE_LINE.sub("", text).rstrip()
    block_id = ""
    if marked := _BLOCK_ID.search(text):
        block_id, text = marked[1], text[: marked.start()].rstrip()
    card = Flashcard(
        kind=kind, front=text, back="", line=line, text=raw, block_id=block_id, schedules=schedules
    )
    if kind == CLOZE:
        card.deletions = deletions_of(text)
        return card if card.deletions else None
    sides = _sides(kind, text, signs)
    if sides is None:
        return None
    card.front, card.back = sides
    return card


def _sides(kind: str, text: str, signs: Separators) -> tuple[str, str] | None:
    lines = text.split("\n")
    mark = signs.forward_line if kind == FORWARD else signs.both_ways_line
    for number, line in enumerate(lines):
        if number and line.strip() == mark:
            return "\n".join(lines[:number]).strip(), "\n".join(lines[number + 1 :]).strip()
    front, sign, back = text.partition(signs.forward if kind == FORWARD else signs.both_ways)
    return (_BULLET.sub("", front).strip(), back.strip()) if sign else None


def deletions_of(text: str) -> list[Deletion]:
    """Return the deletions of a text outside of code; those without a number are numbered in their order."""
    if "==" not in text:
        return []
    code = [found.span() for found in _CODE.finditer(text)] if "`" in text or "~~~" in text else []
    found: list[Deletion] = []
    place = 0
    for each in _DELETION.finditer(text):
        while place < len(code) and code[place][1] <= each.start():
            place += 1
        if place < len(code) and code[place][0] < each.end():
            continue
        if len(found) >= MOST_DELETIONS:
            break
        told = each[1] or (each[5] if each[5] and each[5].isdecimal() else "")
        number = int(told) if told and 1 <= int(told) <= MOST_DELETIONS else len(found) + 1
        hint = (each[3] or each[4] or "").strip()
        found.append(Deletion(start=each.start(), end=each.end(), text=each[2], number=number, hint=hint))
    return found


# Schedules


def _schedules(text: str) -> list[Scheduled | None]:
    """Return the schedules that a comment holds, in their order."""
    found = _SCHEDULES.search(text)
    if found is None:
        return []
    return [_scheduled(each.strip().split(",")) for each in found[1].split("!") if each.strip()]


def _scheduled(parts: list[str]) -> Scheduled | None:
    if parts[0] == "fsrs":
        return _fsrs(parts[1:])
    due, interval = _date(parts[0]), _number(parts[1:2], 0, _LONGEST_DAYS)
    ease = _number(parts[2:3], 0, 1000) * 10
    if due is None or due == _NEVER:
        return None
    return Scheduled(
        due=due,
        interval_days=max(round(interval), 1),
        ease_permille=min(max(round(ease), _LEAST_EASE), _MOST_EASE) if ease else 0,
    )


def _fsrs(parts: list[str]) -> Scheduled | None:
    """Read due moment, interval, stability, difficulty, state, answers, lapses of a card under FSRS."""
    due = _date(parts[0]) if parts else None
    state = round(_number(parts[4:5], 0, _RELEARNING))
    stability, difficulty = _number(parts[2:3], 0, _LONGEST_DAYS), _number(parts[3:4], 0, 10)
    if due is None or not state:
        return None
    known = stability > 0 and difficulty >= 1
    names = {_LEARNING: "learning", _RELEARNING: "relearning"}
    return Scheduled(
        due=due,
        interval_days=0 if state == _LEARNING else max(round(_number(parts[1:2], 0, _LONGEST_DAYS)), 1),
        state=names.get(state, "review"),
        stability=max(stability, 0.001) if known else None,
        difficulty=difficulty if known else None,
        reps=max(round(_number(parts[5:6], 0, 100_000)), 1),
        lapses=round(_number(parts[6:7], 0, 100_000)),
    )


def _number(parts: list[str], low: float, high: float) -> float:
    """Return the number that the first of the parts is, within bounds; the lower one where it is none."""
    try:
        value = float(parts[0]) if parts and len(parts[0]) < 40 else low
    except ValueError:
        return low
    return min(max(value, low), high) if math.isfinite(value) else low


def _date(text: str) -> datetime.date | None:
    """Return a date in one of the ways in which the plugin wrote it; a time of day is left out."""
    text = text.strip()[:24]
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        pass
    if day := re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", text, re.ASCII):
        return _made(int(day[3]), int(day[2]), int(day[1]))
    if day := re.fullmatch(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4})", text, re.ASCII):
        months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return _made(int(day[3]), months.index(day[1]) + 1, int(day[2])) if day[1] in months else None
    return None


def _made(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
