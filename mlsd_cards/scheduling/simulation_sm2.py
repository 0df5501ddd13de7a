"""`sm2` for many cards at once: the rules of `scheduling.sm2` in columns."""

import numpy as np

from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.simulation_columns import NO_DAY, Columns, Flags, Floats, Ints, leeches
from mlsd_cards.scheduling.sm2 import (
    FIRST_INTERVAL,
    MINIMUM_EASE,
    SECOND_INTERVAL,
    STARTING_EASE,
    ease_change,
)

_CHANGES = np.array([0, 0, *map(ease_change, (3, 4, 5))])  # by rating


class Sm2Columns:
    """`Sm2` for the cards of one preset."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def answer(self, cards: Columns, rating: Ints, factor: Floats | None, day: int) -> Flags:
        """Answer each card once, in place; return which became leeches. There is no fuzz."""
        drill = cards.drill_day == day
        failed = rating == 1
        lapsed = failed & ~drill & (cards.repetitions > 0)
        ease = np.where(cards.ease == 0, STARTING_EASE, cards.ease)
        ease = np.where(failed, ease, np.maximum(MINIMUM_EASE, ease + _CHANGES[rating]))
        repetitions = np.where(failed, 1, cards.repetitions + 1)
        interval = -(-cards.interval * ease // 1000)
        interval[repetitions == 2] = SECOND_INTERVAL
        interval[failed | (repetitions == 1)] = FIRST_INTERVAL
        interval = np.minimum(interval, max(1, self._options.maximum_interval))

        cards.lapses += lapsed
        cards.reps += 1
        at = np.flatnonzero(~drill)
        cards.review_in(at, interval[at], day)
        cards.ease[at] = ease[at]
        cards.repetitions[at] = repetitions[at]
        again = rating < 3
        cards.drill_day[:] = np.where(again, day, NO_DAY)
        cards.comes[:] = np.where(again, day, cards.due_day)
        leech: Flags = lapsed & leeches(cards.lapses, self._options.leech_threshold)
        return leech
