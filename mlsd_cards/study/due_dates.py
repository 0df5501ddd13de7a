"""Acts on the schedules of cards by hand: a due date is set, or a card is made new again.

Both bring a suspended or buried card back, and home from a filtered deck, and leave a `manual` entry in the
review log.
Source: ankitects/anki `rslib/src/scheduler/reviews.rs` and `rslib/src/scheduler/new.rs` (facts).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Buried, Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling.fuzz import fuzz_factor, half_up
from mlsd_cards.scheduling.sm2 import SECOND_INTERVAL, STARTING_EASE
from mlsd_cards.store import cards, decks, filtered, reviews
from mlsd_cards.study.acts import found_cards

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

FARTHEST_DAYS = 36500
_WHEN = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?(!?)")


@dataclass(frozen=True, slots=True)
class When:
    """In how many days cards are due: `first` to `last`, both included, 0 is today.

    With `sets_interval` the delay becomes the interval of review cards too.
    """

    first: int
    last: int
    sets_interval: bool

    def days(self, card_id: CardId, today: int) -> int:
        """Return the delay of a card: by chance within the range, on one day always the same."""
        return self.first + math.floor(fuzz_factor(card_id, today) * (1 + self.last - self.first))


def parse_when(text: str) -> When:
    """Return what `5`, `60-90` or either with a trailing `!` means; the two ends may stand in any order.

    Raises:
        InputError: it is none of these, or too far away.
    """
    match = _WHEN.fullmatch(text)
    if match is None:
        raise InputError(
            f"“{text}” is not a due date; write days from today, such as 5 or 60-90, with ! to set the interval too."
        )
    one = int(match[1])
    other = one if match[2] is None else int(match[2])
    if max(one, other) > FARTHEST_DAYS:
        raise InputError(f"The due date “{text}” is too far away: at most {FARTHEST_DAYS} days from today.")
    return When(min(one, other), max(one, other), bool(match[3]))


def set_due_date(collection: "Opened", ids: Iterable[CardId], when: str) -> int:
    """Make cards due in some days from today, as reviews; return how many there were.

    Raises:
        InputError: `when` is not a due date, or the clock is wrong. NotFound: there is no such card.
    """
    delay = parse_when(when)
    day = _right_day(collection)
    with collection.store.transaction(Op.SET_DUE) as tx:
        known = found_cards(tx, ids)
        options = _options(tx, known)
        after = {
            card.id: _in_review(
                card, delay.days(card.id, day.number), delay.sets_interval, day, options[card.id]
            )
            for card in known.values()
        }
        _write(collection, tx, known, after, day)
    return len(known)


def forget(collection: "Opened", ids: Iterable[CardId]) -> int:
    """Make cards new again, behind all other new ones; return how many there were.

    Cards of one note share a position. Counters and past answers stay.

    Raises:
        NotFound: there is no such card. InputError: the clock is wrong.
    """
    day = _right_day(collection)
    with collection.store.transaction(Op.FORGET) as tx:
        known = found_cards(tx, ids)
        first = cards.highest_position(tx.conn) + 1
        places = {
            note_id: place
            for place, note_id in enumerate(dict.fromkeys(c.note_id for c in known.values()), first)
        }
        after = {
            card.id: replace(
                card,
                position=places[card.note_id],
                schedule=Schedule(reps=card.schedule.reps, lapses=card.schedule.lapses),
            )
            for card in known.values()
        }
        _write(collection, tx, known, after, day)
    return len(known)


def _right_day(collection: "Opened") -> "Day":
    day = collection.day()
    if day.warning:
        raise InputError(day.warning)
    return day


def _options(tx: "Transaction", known: Mapping[CardId, Card]) -> dict[CardId, Options]:
    """Return for each card the options of its deck's preset."""
    tree, presets = decks.decks(tx.conn), decks.presets(tx.conn)
    found: dict[CardId, Options] = {}
    for card in known.values():
        deck = tree.get(card.deck_id)
        preset = presets.get(deck.preset_id) if deck else None
        found[card.id] = preset.options if preset else Options()
    return found


def _in_review(card: Card, days: int, sets_interval: bool, day: "Day", options: Options) -> Card:
    before = card.schedule
    known = before.state in (CardState.REVIEW, CardState.RELEARNING) and not sets_interval
    interval = max(1, before.interval_days if known else days)
    by_sm2 = options.scheduler == "sm2"
    repetitions = before.repetitions
    if by_sm2:
        repetitions = max(repetitions, 1 + (interval >= SECOND_INTERVAL))
    ease = before.ease_permille or (STARTING_EASE if by_sm2 else half_up(options.starting_ease * 1000))
    schedule = replace(
        before,
        state=CardState.REVIEW,
        due_day=day.number + days,
        due_at_ms=None,
        interval_days=interval,
        ease_permille=ease,
        steps_left=0,
        repetitions=repetitions,
        drill_day=None,
    )
    return replace(card, schedule=schedule)


def _write(
    collection: "Opened",
    tx: "Transaction",
    before: Mapping[CardId, Card],
    after: Mapping[CardId, Card],
    day: "Day",
) -> None:
    shown = [
        replace(card, suspended=False, buried=Buried.NO, buried_until_day=0, modified_ms=day.now_ms)
        for card in after.values()
    ]
    cards.put_cards(tx, shown)
    filtered.send_home(tx, after)
    for card in after.values():
        entry = ReviewLogEntry(
            id=reviews.next_review_id(tx.conn, day.now_ms, passed_over_ms=day.passed_over_ms),
            card_id=card.id,
            rating=0,
            kind=ReviewKind.MANUAL,
            interval=card.schedule.interval_days,
            last_interval=before[card.id].schedule.interval_days,
            factor=card.schedule.ease_permille,
            milliseconds=0,
            installation=collection.store.installation,
        )
        reviews.add_entry(tx, entry)
