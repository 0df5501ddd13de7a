"""Turns Anki's deck options, in JSON or protobuf, into our presets.

Source: ankitects/anki proto/anki/deck_config.proto and rslib/src/deckconfig/schema11.rs; ranges outside of
which a value counts as broken: rslib/src/deckconfig/mod.rs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.protowire import Message

_MIXES = (Mix.MIX, Mix.AFTER, Mix.BEFORE)
_REVIEW_ORDERS = {
    3: ReviewOrder.INTERVALS_ASCENDING,
    4: ReviewOrder.INTERVALS_DESCENDING,
    5: ReviewOrder.EASE_ASCENDING,
    7: ReviewOrder.RETRIEVABILITY_ASCENDING,
    12: ReviewOrder.RELATIVE_OVERDUE,
}
_NEW_GATHERS = {
    1: NewGather.LOWEST_POSITION,
    2: NewGather.HIGHEST_POSITION,
    3: NewGather.LOWEST_POSITION,
    4: NewGather.LOWEST_POSITION,
}
_NEW_SORTS_BY_TEMPLATE = (0, 2)
_PARAMETER_COUNTS = (17, 19, 21)
_LONGEST_STEP = 14 * 24 * 60.0  # minutes
_MOST_STEPS = 50
_LEECH_SUSPENDS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionOptions:
    """Options that Anki keeps for the whole collection and we keep in each preset."""

    fsrs: bool = False
    new_ignore_review_limit: bool = False
    short_term_with_steps: bool = False


@dataclass(slots=True, kw_only=True)
class _Raw:
    """Values as Anki stores them, not yet checked."""

    learning_steps: Sequence[float]
    relearning_steps: Sequence[float]
    parameters: Sequence[Sequence[float]]  # FSRS 6, 5, 4: the first that is not empty counts
    new_per_day: int
    reviews_per_day: int
    starting_ease: float
    easy_bonus: float
    hard_multiplier: float
    lapse_multiplier: float
    interval_modifier: float
    maximum_interval: int
    minimum_lapse_interval: int
    graduating_interval: int
    easy_interval: int
    leech_action: int
    leech_threshold: int
    answer_seconds: int
    bury_new: bool
    bury_reviews: bool
    bury_interday_learning: bool
    desired_retention: float
    historical_retention: float
    new_mix: int
    interday_learning_mix: int
    review_order: int
    new_gather: int
    new_sort: int


def options_from_json(preset: Mapping[str, Any], whole: CollectionOptions) -> Options:
    """Return the options that one entry of the JSON column `dconf` stands for."""
    new, rev, lapse = (_object(preset, part) for part in ("new", "rev", "lapse"))
    intervals = js.reals(new, "ints")
    return _checked(
        _Raw(
            learning_steps=js.reals(new, "delays") if "delays" in new else (1.0, 10.0),
            relearning_steps=js.reals(lapse, "delays") if "delays" in lapse else (10.0,),
            parameters=[js.reals(preset, key) for key in ("fsrsParams6", "fsrsParams5", "fsrsWeights")],
            new_per_day=js.integer(new, "perDay", 20),
            reviews_per_day=js.integer(rev, "perDay", 200),
            starting_ease=js.real(new, "initialFactor", 2500) / 1000,
            easy_bonus=js.real(rev, "ease4", 1.3),
            hard_multiplier=js.real(rev, "hardFactor", 1.2),
            lapse_multiplier=js.real(lapse, "mult"),
            interval_modifier=js.real(rev, "ivlFct", 1.0),
            maximum_interval=js.integer(rev, "maxIvl", 36500),
            minimum_lapse_interval=js.integer(lapse, "minInt", 1),
            graduating_interval=int(intervals[0]) if len(intervals) >= 2 else 1,
            easy_interval=int(intervals[1]) if len(intervals) >= 2 else 4,
            leech_action=js.integer(lapse, "leechAction", 1),
            leech_threshold=js.integer(lapse, "leechFails", 8),
            answer_seconds=js.integer(preset, "maxTaken", 60),
            bury_new=js.flag(new, "bury"),
            bury_reviews=js.flag(rev, "bury"),
            bury_interday_learning=js.flag(preset, "buryInterdayLearning"),
            desired_retention=js.real(preset, "desiredRetention", 0.9),
            historical_retention=js.real(preset, "sm2Retention", 0.9),
            new_mix=js.integer(preset, "newMix"),
            interday_learning_mix=js.integer(preset, "interdayLearningMix"),
            review_order=js.integer(preset, "reviewOrder"),
            new_gather=js.integer(preset, "newGatherPriority"),
            new_sort=js.integer(preset, "newSortOrder"),
        ),
        whole,
    )


def options_from_proto(
    data: bytes, place: Place, whole: CollectionOptions, *, ease_scale: int = 1
) -> Options:
    """Return the options that a `DeckConfig.Config` message stands for; schema 15 keeps 100 times the ease.

    Raises:
        FileFormatError: `damaged` where it is not one.
    """
    message = Message(data, place)
    return _checked(
        _Raw(
            learning_steps=message.reals(1),
            relearning_steps=message.reals(2),
            parameters=[message.reals(number) for number in (6, 5, 3)],
            new_per_day=message.integer(9),
            reviews_per_day=message.integer(10),
            starting_ease=message.real(11) / ease_scale,
            easy_bonus=message.real(12),
            hard_multiplier=message.real(13),
            lapse_multiplier=message.real(14),
            interval_modifier=message.real(15),
            maximum_interval=message.integer(16),
            minimum_lapse_interval=message.integer(17),
            graduating_interval=message.integer(18),
            easy_interval=message.integer(19),
            leech_action=message.integer(21),
            leech_threshold=message.integer(22),
            answer_seconds=message.integer(24),
            bury_new=bool(message.integer(27)),
            bury_reviews=bool(message.integer(28)),
            bury_interday_learning=bool(message.integer(29)),
            desired_retention=message.real(37),
            historical_retention=message.real(40),
            new_mix=message.integer(30),
            interday_learning_mix=message.integer(31),
            review_order=message.integer(33),
            new_gather=message.integer(34),
            new_sort=message.integer(32),
        ),
        whole,
    )


def default_options(whole: CollectionOptions) -> Options:
    """Return Anki's options for a deck whose preset is not there."""
    return options_from_json({}, whole)


def _checked(raw: _Raw, whole: CollectionOptions) -> Options:
    return Options(
        scheduler="fsrs" if whole.fsrs else "anki-sm2",
        new_per_day=_within(raw.new_per_day, 0, 9999, 20),
        reviews_per_day=_within(raw.reviews_per_day, 0, 9999, 200),
        new_ignore_review_limit=whole.new_ignore_review_limit,
        learning_steps=_steps(raw.learning_steps),
        relearning_steps=_steps(raw.relearning_steps),
        graduating_interval=_within(raw.graduating_interval, 1, 36500, 1),
        easy_interval=_within(raw.easy_interval, 1, 36500, 4),
        starting_ease=_real_within(raw.starting_ease, 1.31, 5.0, 2.5),
        easy_bonus=_real_within(raw.easy_bonus, 1.0, 5.0, 1.3),
        hard_multiplier=_real_within(raw.hard_multiplier, 0.5, 1.3, 1.2),
        interval_modifier=_real_within(raw.interval_modifier, 0.5, 2.0, 1.0),
        lapse_multiplier=_real_within(raw.lapse_multiplier, 0.0, 1.0, 0.0),
        minimum_lapse_interval=_within(raw.minimum_lapse_interval, 1, 36500, 1),
        maximum_interval=_within(raw.maximum_interval, 1, 36500, 36500),
        leech_threshold=_within(raw.leech_threshold, 1, 9999, 8),
        leech_suspend=raw.leech_action == _LEECH_SUSPENDS,
        parameters=_parameters(raw.parameters),
        desired_retention=_real_within(raw.desired_retention, 0.7, 0.99, 0.9),
        historical_retention=_real_within(raw.historical_retention, 0.7, 0.97, 0.9),
        short_term_with_steps=whole.short_term_with_steps,
        bury_new=raw.bury_new,
        bury_reviews=raw.bury_reviews,
        bury_interday_learning=raw.bury_interday_learning,
        new_mix=_mix(raw.new_mix),
        interday_learning_mix=_mix(raw.interday_learning_mix),
        review_order=_REVIEW_ORDERS.get(raw.review_order, ReviewOrder.DUE_DAY_DECK),
        new_gather=_NEW_GATHERS.get(raw.new_gather, NewGather.DECK),
        new_sort=NewSort.TEMPLATE if raw.new_sort in _NEW_SORTS_BY_TEMPLATE else NewSort.NO_SORT,
        maximum_answer_seconds=_within(raw.answer_seconds, 1, 9999, 60),
    )


def _object(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def _within(value: int, low: int, high: int, default: int) -> int:
    return value if low <= value <= high else default


def _real_within(value: float, low: float, high: float, default: float) -> float:
    """Return `value` rounded to what 32 bits hold, `default` where it is out of range or not a number."""
    rounded = round(value, 6) if math.isfinite(value) else math.nan
    return rounded if low <= rounded <= high else default


def _steps(minutes: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(step, 4) for step in minutes[:_MOST_STEPS] if 0 < step <= _LONGEST_STEP)


def _parameters(candidates: Sequence[Sequence[float]]) -> tuple[float, ...]:
    chosen = next((numbers for numbers in candidates if numbers), ())
    if len(chosen) not in _PARAMETER_COUNTS or not all(map(math.isfinite, chosen)):
        return ()
    return tuple(round(number, 6) for number in chosen)


def _mix(value: int) -> Mix:
    return _MIXES[value] if 0 <= value < len(_MIXES) else Mix.MIX
