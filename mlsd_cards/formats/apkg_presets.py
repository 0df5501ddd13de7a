"""Presets as entries of the JSON column `dconf` of an Anki collection: the inverse of `anki_presets`.

Source: ankitects/anki rslib/src/deckconfig/schema11.rs.
"""

from typing import Any

from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, ReviewOrder

_MIXES = {Mix.MIX: 0, Mix.AFTER: 1, Mix.BEFORE: 2}
_REVIEW_ORDERS = {
    ReviewOrder.DUE_DAY_DECK: 1,
    ReviewOrder.INTERVALS_ASCENDING: 3,
    ReviewOrder.INTERVALS_DESCENDING: 4,
    ReviewOrder.EASE_ASCENDING: 5,
    ReviewOrder.RETRIEVABILITY_ASCENDING: 7,
    ReviewOrder.RELATIVE_OVERDUE: 12,
}
_NEW_GATHERS = {NewGather.DECK: 0, NewGather.LOWEST_POSITION: 1, NewGather.HIGHEST_POSITION: 2}
_NEW_SORTS = {NewSort.TEMPLATE: 0, NewSort.NO_SORT: 1}
_LEECH_SUSPENDS, _LEECH_TAGS_ONLY = 0, 1


def preset_json(preset_id: int, name: str, options: Options, modified_s: int) -> dict[str, Any]:
    """Return the entry of `dconf` that stands for a preset."""
    return {
        "id": preset_id,
        "name": name,
        "mod": modified_s,
        "usn": -1,
        "maxTaken": options.maximum_answer_seconds,
        "autoplay": True,
        "timer": 0,
        "replayq": True,
        "dyn": False,
        "new": {
            "bury": options.bury_new,
            "delays": list(options.learning_steps),
            "initialFactor": round(options.starting_ease * 1000),
            "ints": [options.graduating_interval, options.easy_interval, 0],
            "order": 1,
            "perDay": options.new_per_day,
        },
        "rev": {
            "bury": options.bury_reviews,
            "ease4": options.easy_bonus,
            "ivlFct": options.interval_modifier,
            "maxIvl": options.maximum_interval,
            "perDay": options.reviews_per_day,
            "hardFactor": options.hard_multiplier,
        },
        "lapse": {
            "delays": list(options.relearning_steps),
            "leechAction": _LEECH_SUSPENDS if options.leech_suspend else _LEECH_TAGS_ONLY,
            "leechFails": options.leech_threshold,
            "minInt": options.minimum_lapse_interval,
            "mult": options.lapse_multiplier,
        },
        "buryInterdayLearning": options.bury_interday_learning,
        "newMix": _MIXES[options.new_mix],
        "interdayLearningMix": _MIXES[options.interday_learning_mix],
        "reviewOrder": _REVIEW_ORDERS[options.review_order],
        "newGatherPriority": _NEW_GATHERS[options.new_gather],
        "newSortOrder": _NEW_SORTS[options.new_sort],
        "fsrsParams6": list(options.parameters),
        "desiredRetention": options.desired_retention,
        "sm2Retention": options.historical_retention,
    }
