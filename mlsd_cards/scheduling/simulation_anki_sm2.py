"""`anki-sm2` for many cards at once: the rules of `scheduling.anki_sm2` in columns."""

import numpy as np
from numpy import float32

from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.anki_sm2 import MINIMUM_EASE, ease_permille
from mlsd_cards.scheduling.fuzz import clamp, f32
from mlsd_cards.scheduling.simulation_columns import (
    LEARNING,
    NO_DAY,
    RELEARNING,
    REVIEW,
    Columns,
    Flags,
    Floats,
    Ints,
    Singles,
    StepTable,
    leeches,
)
from mlsd_cards.scheduling.simulation_fuzz import chosen, fuzzed, half_up

_CHANGES = np.array([0, -0.2, -0.15, 0, 0.15], dtype=np.float32)  # by rating


def eases_after(ease: Ints, rating: Ints, options: Options) -> Ints:
    """Return what `anki_sm2.ease_after` returns of each ease in thousandths."""
    moved = eases_in_use(ease, options) + _CHANGES[rating]
    bounded = np.where(rating < 3, np.maximum(moved, float32(MINIMUM_EASE)), moved)
    return half_up(bounded * float32(1000))


def eases_in_use(ease: Ints, options: Options) -> Singles:
    """Return eases in single precision; a card without one has that of a start."""
    known = np.where(ease == 0, ease_permille(options.starting_ease), ease)
    return (known / 1000).astype(np.float32)


class AnkiSm2Columns:
    """`AnkiSm2` for the cards of one preset."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._max = max(1, options.maximum_interval)
        self._learning, self._relearning = (
            StepTable(options.learning_steps),
            StepTable(options.relearning_steps),
        )

    def answer(self, cards: Columns, rating: Ints, factor: Floats | None, day: int) -> Flags:
        """Answer each card once, in place; return which became leeches. `factor` is None without fuzz."""
        leech = np.zeros(len(rating), dtype=bool)
        review, relearning = cards.state == REVIEW, cards.state == RELEARNING
        passed, lapsed = np.flatnonzero(review & (rating > 1)), np.flatnonzero(review & (rating == 1))
        if len(passed):
            self._passed(cards, passed, rating[passed], factor, day)
        if len(lapsed):
            leech[lapsed] = self._lapsed(cards, lapsed, factor, day)
        for at, work in ((relearning, self._relearn), (~(review | relearning), self._learn)):
            places = np.flatnonzero(at)
            if len(places):
                work(cards, places, rating[places], factor, day)
        cards.reps += 1
        return leech

    def _learn(self, cards: Columns, at: Ints, rating: Ints, factor: Floats | None, day: int) -> None:
        options, steps = self._options, self._learning
        left = np.where(cards.state[at] == LEARNING, cards.left[at], steps.count)
        seconds, after = steps.delays(left, rating)
        done = (rating == 4) | (seconds < 0)
        stay, go = at[~done], at[done]
        cards.state[stay] = LEARNING
        cards.left[stay] = after[~done]
        cards.step_in(stay, seconds[~done], factor, day)
        first = np.where(rating[done] == 4, options.easy_interval, options.graduating_interval)
        cards.review_in(go, self._fuzzed(first.astype(np.float64), 1, chosen(factor, go)), day)
        cards.ease[go] = ease_permille(f32(options.starting_ease))
        cards.lapses[go] = 0

    def _relearn(self, cards: Columns, at: Ints, rating: Ints, factor: Floats | None, day: int) -> None:
        seconds, after = self._relearning.delays(cards.left[at], rating)
        done = (rating == 4) | (seconds < 0)
        stay, go = at[~done], at[done]
        again = stay[rating[~done] == 1]
        cards.interval[again] = self._lapse_interval(cards, again, factor)
        cards.left[stay] = after[~done]
        cards.step_in(stay, seconds[~done], factor, day)
        cards.review_in(go, cards.interval[go] + (rating[done] == 4), day)

    def _lapsed(self, cards: Columns, at: Ints, factor: Floats | None, day: int) -> Flags:
        options, steps = self._options, self._relearning
        cards.lapses[at] += 1
        cards.ease[at] = eases_after(cards.ease[at], np.ones(len(at), dtype=np.int64), options)
        interval = self._lapse_interval(cards, at, factor)
        if not steps.count:
            cards.review_in(at, interval, day)
        else:
            cards.interval[at] = interval
            cards.state[at] = RELEARNING
            cards.left[at] = steps.count
            cards.step_in(at, np.full(len(at), steps.again_s), factor, day)
        return leeches(cards.lapses[at], options.leech_threshold)

    def _lapse_interval(self, cards: Columns, at: Ints, factor: Floats | None) -> Ints:
        scaled = np.maximum(cards.interval[at], 1).astype(np.float32) * float32(
            self._options.lapse_multiplier
        )
        return np.maximum(1, self._fuzzed(scaled, self._options.minimum_lapse_interval, chosen(factor, at)))

    def _passed(self, cards: Columns, at: Ints, rating: Ints, factor: Floats | None, day: int) -> None:
        options = self._options
        present = cards.interval[at]
        current = np.maximum(present, 1).astype(np.float32)
        due = np.where(cards.due_day[at] == NO_DAY, day, cards.due_day[at])
        late = np.maximum(0, day - due).astype(np.float32)
        ease = eases_in_use(cards.ease[at], options)
        spread = chosen(factor, at)
        multiplier = float32(options.hard_multiplier)
        growing = bool(multiplier > 1)
        hard = self._constrained(current * multiplier, present + 1 if growing else 0, spread)
        good = self._constrained(
            (current + late / float32(2)) * ease, hard + 1 if growing else present + 1, spread
        )
        bonus = (current + late) * ease * float32(options.easy_bonus)
        easy = self._constrained(bonus, good + 1, spread)
        cards.ease[at] = eases_after(cards.ease[at], rating, options)
        cards.review_in(at, np.choose(rating - 2, (hard, good, easy)), day)

    def _constrained(self, interval: Singles, low: Ints | int, factor: Floats | None) -> Ints:
        return self._fuzzed(interval * float32(self._options.interval_modifier), low, factor)

    def _fuzzed(self, interval: Floats | Singles, low: Ints | int, factor: Floats | None) -> Ints:
        bound = clamp(low, 1, self._max) if isinstance(low, int) else np.clip(low, 1, self._max)
        return fuzzed(interval, bound, self._max, factor)
