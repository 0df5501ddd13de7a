"""`fsrs` for many cards at once: the rules of `scheduling.fsrs` in columns."""

import numpy as np

from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling import DAY_S
from mlsd_cards.scheduling.anki_sm2 import ease_permille
from mlsd_cards.scheduling.fsrs import WITHIN_DAY
from mlsd_cards.scheduling.memory import memory_model
from mlsd_cards.scheduling.replay import memories_after
from mlsd_cards.scheduling.simulation_anki_sm2 import eases_after
from mlsd_cards.scheduling.simulation_columns import (
    LEARNING,
    RELEARNING,
    REVIEW,
    Columns,
    Flags,
    Floats,
    Ints,
    StepTable,
    leeches,
)
from mlsd_cards.scheduling.simulation_fuzz import bounds, chosen, fuzzed, half_up

_RATINGS = np.array([[1], [2], [3], [4]])


class FsrsColumns:
    """`Fsrs` for the cards of one preset.

    Raises:
        InputError: the preset's parameters cannot be used.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._max = max(1, options.maximum_interval)
        self._model = memory_model(options.parameters)
        self._days_per_stability = self._model.interval(1.0, options.desired_retention)
        self._learning, self._relearning = (
            StepTable(options.learning_steps),
            StepTable(options.relearning_steps),
        )

    def answer(self, cards: Columns, rating: Ints, factor: Floats | None, day: int) -> Flags:
        """Answer each card once, in place; return which became leeches. `factor` is None without fuzz."""
        elapsed = np.maximum(0, day - cards.answered).astype(np.float64)
        stability, difficulty = memories_after(
            self._model, cards.stability, cards.difficulty, _RATINGS, elapsed
        )
        days = stability * self._days_per_stability
        leech = np.zeros(len(rating), dtype=bool)
        review, relearning = cards.state == REVIEW, cards.state == RELEARNING
        passed, lapsed = np.flatnonzero(review & (rating > 1)), np.flatnonzero(review & (rating == 1))
        if len(passed):
            self._passed(cards, passed, rating[passed], days[:, passed], factor, day)
        if len(lapsed):
            leech[lapsed] = self._lapsed(cards, lapsed, days[0, lapsed], factor, day)
        for at, steps in ((relearning, self._relearning), (~(review | relearning), self._learning)):
            places = np.flatnonzero(at)
            if len(places):
                self._stepped(cards, places, rating[places], days[:, places], steps, factor, day)
        place = np.arange(len(rating))
        cards.stability[:] = stability[rating - 1, place]
        cards.difficulty[:] = difficulty[rating - 1, place]
        cards.answered[:] = day
        cards.reps += 1
        return leech

    # Review

    def _passed(
        self, cards: Columns, at: Ints, rating: Ints, days: Floats, factor: Floats | None, day: int
    ) -> None:
        present, spread = cards.interval[at], chosen(factor, at)
        _, hard_days, good_days, easy_days = days
        hard = fuzzed(hard_days, np.maximum(1, self._low(hard_days, present)), self._max, spread)
        good = fuzzed(good_days, np.maximum(hard + 1, self._low(good_days, present)), self._max, spread)
        easy = fuzzed(easy_days, np.maximum(good + 1, self._low(easy_days, present)), self._max, spread)
        cards.ease[at] = eases_after(cards.ease[at], rating, self._options)
        cards.review_in(at, np.choose(rating - 2, (hard, good, easy)), day)

    def _low(self, interval: Floats, present: Ints) -> Ints:
        highest = bounds(interval, 1, self._max)[1]
        kept = np.where(present <= highest, present, 0)
        return np.where(half_up(interval) > present, present + 1, kept)

    def _lapsed(self, cards: Columns, at: Ints, days: Floats, factor: Floats | None, day: int) -> Flags:
        steps, options = self._relearning, self._options
        cards.lapses[at] += 1
        cards.ease[at] = eases_after(cards.ease[at], np.ones(len(at), dtype=np.int64), options)
        cards.interval[at] = np.maximum(1, half_up(days))
        cards.state[at] = RELEARNING
        cards.left[at] = steps.count
        if steps.count:
            cards.step_in(at, np.full(len(at), steps.again_s), factor, day)
        else:
            short = (days < WITHIN_DAY) & self._model.within_day
            cards.step_in(at[short], _seconds(days[short]), factor, day)
            cards.review_in(at[~short], cards.interval[at[~short]], day)
        return leeches(cards.lapses[at], options.leech_threshold)

    # Steps

    def _stepped(
        self,
        cards: Columns,
        at: Ints,
        rating: Ints,
        days: Floats,
        steps: StepTable,
        factor: Floats | None,
        day: int,
    ) -> None:
        relearning = steps is self._relearning
        if not relearning:
            fresh = cards.state[at] != LEARNING
            cards.left[at[fresh]] = steps.count
            cards.state[at] = LEARNING
        left = cards.left[at]
        seconds, after = steps.delays(left, rating)
        if not relearning:  # a last step that leads nowhere leaves the count as it is
            after = np.where((rating == 3) & (seconds < 0), left, after)
        own, spread = days[rating - 1, np.arange(len(at))], chosen(factor, at)
        whole = np.maximum(1, half_up(own))
        stepless = (seconds < 0) & (rating < 4)
        short = stepless & (own < WITHIN_DAY) & self._stays_within_day(steps)
        seconds = np.where(short, _seconds(own), seconds)
        low = np.where(rating == 4, self._easy_low(days[2], spread), 1)
        interval = fuzzed(whole.astype(np.float64), low, self._max, spread)
        if relearning:
            cards.interval[at[stepless]] = interval[stepless]
            lapsed = (rating == 1) & ~stepless
            cards.interval[at[lapsed]] = whole[lapsed]
        stays = short | ~(stepless | (rating == 4))
        stay, go = at[stays], at[~stays]
        cards.left[stay] = np.maximum(0, after[stays])
        cards.step_in(stay, seconds[stays], factor, day)
        if not relearning:
            cards.ease[go] = ease_permille(self._options.starting_ease)
            cards.lapses[go] = 0
        cards.review_in(go, interval[~stays], day)

    def _easy_low(self, good_days: Floats, factor: Floats | None) -> Ints:
        return fuzzed(good_days, 1, self._max, factor) + 1

    def _stays_within_day(self, steps: StepTable) -> bool:
        wanted = steps.count == 0 or self._options.short_term_with_steps
        return self._model.within_day and wanted


def _seconds(days: Floats) -> Ints:
    return np.floor(days * DAY_S).astype(np.int64)
