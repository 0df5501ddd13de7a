"""The tables of a deck folder: schedules, one line a card, and answers, one line each and only ever added to."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlsd_cards.domain.cards import Buried, CardState
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.formats.folder_text import quote, unquote
from mlsd_cards.formats.limits import ID, SECONDS

SCHEDULE_COLUMNS = (
    "note", "card", "state", "due", "interval", "ease", "steps", "repetitions", "reps", "lapses", "flag",
    "suspended", "buried", "stability", "difficulty", "last_answer", "drill", "position", "id", "created",
    "note_id", "note_created",
)  # fmt: skip
ANSWER_COLUMNS = (
    "moment", "note", "card", "rating", "kind", "interval", "last_interval", "factor", "milliseconds"
)  # fmt: skip

_LAST_DATE = datetime.date.max.toordinal()
_MAX = 10**12
_MOST_FLOAT = 1e9
_STATES = frozenset(map(str, CardState))
_BURIED = frozenset(map(str, Buried))
_KINDS = frozenset(map(str, ReviewKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledCard:
    """A line of the table of schedules: a card whose note is known by its guid, and that note's number and time."""

    guid: str
    card: ExchangeCard
    note_id: int
    note_created_ms: int


def schedule_lines(cards: Iterable[ExchangeCard], notes: Mapping[int, tuple[str, int]]) -> Iterator[str]:
    """Yield the lines of the table; `notes` gives guid and time of creation by note."""
    yield "\t".join(SCHEDULE_COLUMNS)
    for card in sorted(cards, key=lambda card: (notes[card.note_id][0], card.ordinal, card.id)):
        guid, created_ms = notes[card.note_id]
        due = "" if card.due_at_ms is None else str(card.due_at_ms)
        values: tuple[Any, ...] = (
            quote(guid), card.ordinal + 1, card.state, due or _date(card.due_date), card.interval_days,
            card.ease_permille, card.steps_left, card.repetitions, card.reps, card.lapses, card.flag,
            "yes" if card.suspended else "", card.buried, card.stability, card.difficulty, card.last_answer_ms,
            _date(card.drill_date), card.position, card.id, card.created_ms, card.note_id, created_ms,
        )  # fmt: skip
        yield "\t".join("" if value is None else str(value) for value in values)


def answer_files(
    reviews: Iterable[ExchangeReview], cards: Mapping[int, tuple[str, int]]
) -> dict[str, list[str]]:
    """Return the lines of each year's answers; `cards` gives guid and ordinal by card."""
    found: dict[str, list[str]] = {}
    for review in sorted(reviews):
        guid, ordinal = cards[review.card_id]
        lines = found.setdefault(_year(review.id), ["\t".join(ANSWER_COLUMNS)])
        lines.append(
            f"{review.id}\t{quote(guid)}\t{ordinal + 1}\t{review.rating}\t{review.kind}\t{review.interval}\t"
            f"{review.last_interval}\t{review.factor}\t{review.milliseconds}"
        )
    return found


def _year(moment_ms: int) -> str:
    if not 0 <= moment_ms <= SECONDS * 1000:
        return "0000"
    return f"{datetime.datetime.fromtimestamp(moment_ms / 1000, datetime.UTC).year:04}"


def _date(ordinal: int | None) -> str:
    return "" if ordinal is None else datetime.date.fromordinal(min(max(ordinal, 1), _LAST_DATE)).isoformat()


# Reading


class TableError(ValueError):
    """A line of a table that cannot be read."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


def rows(lines: Iterable[str], columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column) of a table; columns may stand in any order, others are passed over.

    Raises:
        TableError: The first line names no column, or a line has more cells than columns.
    """
    names: list[str] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n").removeprefix("\ufeff")
        if not line or line.startswith("<<<<<<<") or line.startswith(">>>>>>>") or line == "=======":
            continue  # blank, or left by a merge that kept both sides
        cells = line.split("\t")
        if not names:
            names = cells
            if not set(names) >= set(columns[:2]):
                raise TableError(number, f"does not begin with the columns {', '.join(columns[:2])}")
        elif cells != names:
            if len(cells) > len(names):
                raise TableError(number, f"has {len(cells)} cells for {len(names)} columns")
            yield number, dict(zip(names, cells, strict=False))


def scheduled(number: int, cells: Mapping[str, str]) -> ScheduledCard:
    """Return the card of a line; its ids are those of the table.

    Raises:
        TableError: A cell holds something other than expected.
    """
    whole, real, day = _readers(number, cells)
    due = cells.get("due", "")
    at = due.isdigit()
    card = ExchangeCard(
        id=whole("id", 0, ID),
        note_id=0,
        deck_id=0,
        ordinal=whole("card", 1, 1_000_000) - 1,
        state=_one_of(number, cells, "state", _STATES) or CardState.NEW.value,
        position=whole("position", 0, _MAX),
        due_date=None if at else day("due"),
        due_at_ms=whole("due", 0, SECONDS * 1000) if at else None,
        interval_days=whole("interval", 0, 10**7),
        ease_permille=whole("ease", 0, 10**6),
        steps_left=whole("steps", 0, 10**6),
        reps=whole("reps", 0, 10**9),
        lapses=whole("lapses", 0, 10**9),
        flag=whole("flag", 0, 7),
        suspended=bool(cells.get("suspended")),
        buried=_one_of(number, cells, "buried", _BURIED),
        stability=real("stability"),
        difficulty=real("difficulty"),
        last_answer_ms=whole("last_answer", 0, SECONDS * 1000) if cells.get("last_answer") else None,
        created_ms=whole("created", 0, SECONDS * 1000),
        repetitions=whole("repetitions", 0, 10**9),
        drill_date=day("drill"),
    )
    if card.state == CardState.NEW.value:
        card = card._replace(due_date=None, due_at_ms=None)
    elif card.due_date is None and card.due_at_ms is None:
        raise TableError(number, "says of a card that is not new no day on which it is due")
    created = whole("note_created", 0, SECONDS * 1000)
    return ScheduledCard(
        guid=unquote(cells["note"]), card=card, note_id=whole("note_id", 0, ID), note_created_ms=created
    )


def answer(number: int, cells: Mapping[str, str]) -> tuple[str, int, ExchangeReview]:
    """Return guid, ordinal and answer of a line; the answer's card is 0.

    Raises:
        TableError: A cell holds something other than expected.
    """
    whole, _, _ = _readers(number, cells)
    kind = _one_of(number, cells, "kind", _KINDS) or ReviewKind.REVIEW.value
    values = (whole("interval", -_MAX, _MAX), whole("last_interval", -_MAX, _MAX), whole("factor", 0, _MAX))
    review = ExchangeReview(
        whole("moment", 1, ID), 0, whole("rating", 0, 4), kind, *values, whole("milliseconds", 0, _MAX)
    )
    return unquote(cells["note"]), whole("card", 1, 1_000_000) - 1, review


_Whole = Callable[[str, int, int], int]


def _readers(
    number: int, cells: Mapping[str, str]
) -> tuple[_Whole, Callable[[str], float | None], Callable[[str], int | None]]:
    def whole(name: str, least: int, most: int) -> int:
        text = cells.get(name, "")
        if not text:
            return max(least, 0)
        if not text.removeprefix("-").isdecimal() or len(text) > 20 or not least <= int(text) <= most:
            raise TableError(number, f"gives the {name} {text[:30]}, no whole number from {least} to {most}")
        return int(text)

    def real(name: str) -> float | None:
        text = cells.get(name, "")
        try:
            value = float(text) if text else None
        except ValueError:
            value = -1.0
        if value is not None and not 0 <= value <= _MOST_FLOAT:
            raise TableError(number, f"gives the {name} {text[:30]}, which is no number")
        return value

    def day(name: str) -> int | None:
        text = cells.get(name, "")
        try:
            return datetime.date.fromisoformat(text).toordinal() if text else None
        except ValueError:
            raise TableError(number, f"gives the {name} {text[:30]}, which is no date") from None

    return whole, real, day


def _one_of(number: int, cells: Mapping[str, str], name: str, known: frozenset[str]) -> str:
    text = cells.get(name, "")
    if text and text not in known:
        raise TableError(
            number, f"gives the {name} {text[:30]}; expected one of {', '.join(filter(None, sorted(known)))}"
        )
    return text
