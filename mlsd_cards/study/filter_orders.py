"""In which order a filtered deck takes the cards that its search finds.

Source: ankitects/anki `rslib/src/storage/card/filtered.rs` (facts).
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.cards import CardId, CardState, QueueCard
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.filtered import FilterOrder
from mlsd_cards.scheduling.fuzz import day_hash
from mlsd_cards.store import cards, decks, filtered

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day

_DAY_MS = 86_400_000
_KNOWN = 0.9  # what is remembered on the due day, where no memory says better
_BARELY_LATE = 0.001  # of days: tells cards due today apart by their intervals

Key = Callable[[QueueCard], Any]


def in_order(
    conn: sqlite3.Connection, rows: Iterable[QueueCard], order: FilterOrder, day: "Day"
) -> list[CardId]:
    """Return the ids of cards in an order; what is left open comes as the day's hash has it, new cards by position."""
    found = list(rows)
    key = _key(conn, found, order, day)

    def whole(row: QueueCard) -> tuple[Any, ...]:
        tie = row.position if row.state is CardState.NEW else day_hash(row.card_id, day.number)
        return key(row), tie, row.card_id

    return [row.card_id for row in sorted(found, key=whole)]


def _key(conn: sqlite3.Connection, rows: list[QueueCard], order: FilterOrder, day: "Day") -> Key:
    ids = [row.card_id for row in rows]
    match order:
        case FilterOrder.OLDEST_SEEN:
            newest = filtered.newest_entries(conn, ids)
            return lambda row: newest.get(row.card_id, -1)
        case FilterOrder.RANDOM:
            return lambda row: day_hash(row.card_id, day.number)
        case FilterOrder.INTERVALS_ASCENDING:
            return lambda row: row.interval_days
        case FilterOrder.INTERVALS_DESCENDING:
            return lambda row: -row.interval_days
        case FilterOrder.MOST_LAPSES:
            lapses = cards.lapses_of(conn, ids)
            return lambda row: -lapses[row.card_id]
        case FilterOrder.ADDED:
            return lambda row: (row.note_id, row.ordinal)
        case FilterOrder.ADDED_REVERSED:
            return lambda row: (-row.note_id, row.ordinal)
        case FilterOrder.DUE:
            return lambda row: _due(row, day)
        case _:
            recall = _recall(conn, day)
            sign = 1 if order is FilterOrder.RETRIEVABILITY_ASCENDING else -1
            return lambda row: sign * recall(row)


def _due(row: QueueCard, day: "Day") -> tuple[int, int, int]:
    """Return when a card is due, new cards behind all others."""
    if row.state is CardState.NEW:
        return 1, row.position, row.ordinal
    if row.due_at_ms is not None:
        return 0, row.due_at_ms, row.ordinal
    return 0, day.now_ms + ((row.due_day or 0) - day.number) * _DAY_MS, row.ordinal


def _recall(conn: sqlite3.Connection, day: "Day") -> Callable[[QueueCard], float]:
    """Return what tells how likely a card is remembered now: by FSRS, else by how much of its interval has passed."""
    from mlsd_cards.scheduling.memory import memory_model

    presets = decks.presets(conn)
    options = {
        deck.id: presets[deck.preset_id].options if deck.preset_id in presets else Options()
        for deck in decks.decks(conn).values()
    }
    models = {key: memory_model(each.parameters) for key, each in options.items() if each.scheduler == "fsrs"}

    def likely(row: QueueCard) -> float:
        if row.state is CardState.NEW:
            return 1.0
        model = models.get(row.deck_id)
        if model is not None and row.stability is not None and row.last_answer_ms is not None:
            elapsed = max(0, day.number - day.boundary.day_of_moment(row.last_answer_ms))
            return model.retrievability(row.stability, elapsed)
        interval = max(1, row.interval_days)
        late = day.number - (day.number if row.due_day is None else row.due_day) + _BARELY_LATE
        return float(_KNOWN ** max(0.0, 1 + late / interval))

    return likely
