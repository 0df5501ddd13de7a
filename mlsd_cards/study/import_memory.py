"""What is remembered of imported cards that come without FSRS memory."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence

from mlsd_cards.domain.cards import CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeReview, StoredReviews
from mlsd_cards.study.days import Day
from mlsd_cards.study.memories import completed


def remembering(
    cards: Sequence[ExchangeCard],
    entries: Sequence[ExchangeReview],
    options_of: Callable[[ExchangeCard], Options],
    day: Day,
) -> list[ExchangeCard]:
    """Return cards, each that comes without memory with that of its `entries`, else of interval and ease."""
    without: defaultdict[Options, dict[int, Schedule]] = defaultdict(dict)
    for card in cards:
        if card.state != CardState.NEW.value and (card.stability is None or card.difficulty is None):
            without[options_of(card)][card.id] = _schedule(card)
    remembered: dict[int, Schedule] = {}
    for options, schedules in without.items():
        remembered.update(completed(schedules, _log_rows(entries, schedules), options, day))
    return [_with(card, remembered[card.id]) if card.id in remembered else card for card in cards]


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
