"""What is remembered of imported cards that come without FSRS memory.

Of a few it is worked out within the import. Of many it is left for later, as is the text index: the import notes in
a setting, which is taken back with it, that memories are wanting, and whoever needs them completes them first.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import DeckId, Options
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview, StoredReviews
from mlsd_cards.domain.progress import Progress
from mlsd_cards.store import cards, decks, reviews, settings
from mlsd_cards.study.days import Day
from mlsd_cards.study.memories import completed

if TYPE_CHECKING:
    import sqlite3

    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened

AT_ONCE = 300
"""Up to this many cards get their memory within the import; more are left for later."""

_CARDS_AT_ONCE = 20_000
_REMEMBERING = "Working out what you remember"


def left_for_later(tx: "Transaction", cards: Sequence[ExchangeCard]) -> bool:
    """Whether so many cards come without memory that it is worked out later, which is noted then."""
    if next(islice(filter(_lacks_memory, cards), AT_ONCE, None), None) is None:
        return False
    settings.put(tx, settings.MEMORIES_WANTING, True)
    return True


def complete_wanting(collection: "Opened", progress: Progress) -> None:
    """Work out the memories that imports left for later, some cards in each transaction.

    A card that was answered meanwhile keeps what the answer left. `progress` may stop the work in between.
    """
    day = collection.day()
    with collection.store.read() as conn:
        by_options = _decks_by_options(conn)
        wanting = [
            (options, ids[start : start + _CARDS_AT_ONCE])
            for options, deck_ids in by_options.items()
            for ids in [cards.without_memory(conn, deck_ids)]
            for start in range(0, len(ids), _CARDS_AT_ONCE)
        ]
    done, total = 0, sum(len(ids) for _, ids in wanting)
    for options, ids in wanting:
        progress(_REMEMBERING, done, total)
        with collection.store.read() as conn:
            schedules = cards.schedules_without_memory(conn, ids)
            rows = reviews.memory_rows(conn, ids)
            told = completed(schedules, rows, options, day)
        with collection.store.maintenance() as tx:
            cards.put_memories(tx, told)
        done += len(ids)
    with collection.store.maintenance() as tx:
        settings.remove(tx, settings.MEMORIES_WANTING)


def remembering(
    cards: Sequence[ExchangeCard],
    entries: Sequence[ExchangeReview],
    options_of: Callable[[ExchangeCard], Options],
    day: Day,
) -> list[ExchangeCard]:
    """Return cards, each that comes without memory with that of its `entries`, else of interval and ease."""
    without: defaultdict[Options, dict[int, Schedule]] = defaultdict(dict)
    for card in cards:
        if _lacks_memory(card):
            without[options_of(card)][card.id] = _schedule(card)
    remembered: dict[int, Schedule] = {}
    for options, schedules in without.items():
        remembered.update(completed(schedules, _log_rows(entries, schedules), options, day))
    return [_with(card, remembered[card.id]) if card.id in remembered else card for card in cards]


def _lacks_memory(card: ExchangeCard) -> bool:
    return card.state != CardState.NEW.value and (card.stability is None or card.difficulty is None)


def _decks_by_options(conn: "sqlite3.Connection") -> dict[Options, list[DeckId]]:
    """Return the decks by what memory depends on."""
    presets = decks.presets(conn)
    found: dict[Options, list[DeckId]] = {}
    for key, deck in decks.decks(conn).items():
        found.setdefault(presets[deck.preset_id].options, []).append(key)
    return found


def _schedule(card: ExchangeCard) -> Schedule:
    """Return what of a card's schedule tells of its memory."""
    return Schedule(
        state=CardState(card.state),
        interval_days=card.interval_days,
        ease_permille=card.ease_permille,
        last_answer_ms=card.last_answer_ms,
    )


def _with(card: ExchangeCard, schedule: Schedule) -> ExchangeCard:
    return card._replace(
        stability=schedule.stability,
        difficulty=schedule.difficulty,
        last_answer_ms=schedule.last_answer_ms,
    )


def _log_rows(entries: Sequence[ExchangeReview], ids: Container[int]) -> Iterator[tuple[int, ...]]:
    """Yield the entries of cards in the form from which memory is worked out."""
    from mlsd_cards.scheduling.replay import KIND_CODES, OTHER_KIND

    codes = {kind.value: code for kind, code in KIND_CODES.items()}
    if isinstance(entries, StoredReviews):
        numbers = [codes.get(kind, OTHER_KIND) for kind in entries.kinds]
        for batch in entries.batches():
            yield from [
                (card_id, moment, rating, numbers[place], interval, factor)
                for moment, card_id, rating, place, interval, _, factor, _ in batch
                if card_id in ids
            ]
        return
    for moment, card_id, rating, kind, interval, _, factor, _ in entries:
        if card_id in ids:
            yield card_id, moment, rating, codes.get(kind, OTHER_KIND), interval, factor
