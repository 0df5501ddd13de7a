"""The real Anki in a process of its own: reads one JSON request a line, writes one answer a line.

It is started with `ANKI_TEST_MODE=1`, which switches fuzz off, and `TZ=UTC`. Time does not pass here: where
days are to pass, the card's moments are moved back instead.
"""

import json
import os
import sys
import time
from typing import Any

from anki.collection import Collection  # isort: skip  # the others need it loaded
from anki import deck_config_pb2
from anki.cards import Card, FSRSMemoryState

DAY = 86_400
CREATED_DAYS_AGO = 15_000
TYPES = {"new": 0, "learning": 1, "review": 2, "relearning": 3}
STATES = {number: name for name, number in TYPES.items()}
KINDS = ("learn", "review", "relearn", "early", "manual", "rescheduled")
ORDERS = deck_config_pb2.DeckConfig.Config
REVIEW_ORDERS = {
    "due_day_deck": "REVIEW_CARD_ORDER_DAY_THEN_DECK",
    "intervals_ascending": "REVIEW_CARD_ORDER_INTERVALS_ASCENDING",
    "intervals_descending": "REVIEW_CARD_ORDER_INTERVALS_DESCENDING",
    "ease_ascending": "REVIEW_CARD_ORDER_EASE_ASCENDING",
    "relative_overdue": "REVIEW_CARD_ORDER_RELATIVE_OVERDUENESS",
}
GATHER = {
    "deck": "NEW_CARD_GATHER_PRIORITY_DECK",
    "lowest_position": "NEW_CARD_GATHER_PRIORITY_LOWEST_POSITION",
    "highest_position": "NEW_CARD_GATHER_PRIORITY_HIGHEST_POSITION",
}
SORT = {"template": "NEW_CARD_SORT_ORDER_TEMPLATE", "no_sort": "NEW_CARD_SORT_ORDER_NO_SORT"}
MIX = {
    "mix": "REVIEW_MIX_MIX_WITH_REVIEWS",
    "after": "REVIEW_MIX_AFTER_REVIEWS",
    "before": "REVIEW_MIX_BEFORE_REVIEWS",
}


def now() -> int:
    """Return the seconds of Anki's clock, which in this mode stands two hours back from 2 to 4 UTC."""
    moment = time.time()
    return int(moment) - (7200 if 2 <= time.gmtime(moment).tm_hour < 4 else 0)


def set_rollover(col: Collection, hour: int) -> None:
    preferences = col.get_preferences()
    preferences.scheduling.rollover = hour
    col.set_preferences(preferences)


def set_preset(col: Collection, preset: dict[str, Any], options: dict[str, Any]) -> None:
    preset["new"] |= {
        "bury": options["bury_new"],
        "delays": options["learning_steps"],
        "initialFactor": round(options["starting_ease"] * 1000),
        "ints": [options["graduating_interval"], options["easy_interval"], 0],
        "perDay": options["new_per_day"],
    }
    preset["rev"] |= {
        "bury": options["bury_reviews"],
        "ease4": options["easy_bonus"],
        "ivlFct": options["interval_modifier"],
        "maxIvl": options["maximum_interval"],
        "perDay": options["reviews_per_day"],
        "hardFactor": options["hard_multiplier"],
    }
    preset["lapse"] |= {
        "delays": options["relearning_steps"],
        "leechAction": 0 if options["leech_suspend"] else 1,
        "leechFails": options["leech_threshold"],
        "minInt": options["minimum_lapse_interval"],
        "mult": options["lapse_multiplier"],
    }
    preset |= {
        "buryInterdayLearning": options["bury_interday_learning"],
        "newMix": ORDERS.ReviewMix.Value(MIX[options["new_mix"]]),
        "interdayLearningMix": ORDERS.ReviewMix.Value(MIX[options["interday_learning_mix"]]),
        "reviewOrder": ORDERS.ReviewCardOrder.Value(REVIEW_ORDERS[options["review_order"]]),
        "newGatherPriority": ORDERS.NewCardGatherPriority.Value(GATHER[options["new_gather"]]),
        "newSortOrder": ORDERS.NewCardSortOrder.Value(SORT[options["new_sort"]]),
        "fsrsParams6": options["parameters"],
        "desiredRetention": options["desired_retention"],
    }
    col.decks.update_config(preset)
    col.set_config("fsrs", options["scheduler"] == "fsrs")
    col.set_config("fsrsShortTermWithStepsEnabled", options["short_term_with_steps"])
    col.set_config("newCardsIgnoreReviewLimit", options["new_ignore_review_limit"])


def put(col: Collection, card: Card, values: dict[str, Any]) -> None:
    """Write a schedule; its days count from today, its moments in seconds from now."""
    card.type = TYPES[values["state"]]
    intraday = values.get("due_in") is not None
    card.queue = 2 if card.type == 2 else 0 if card.type == 0 else 1 if intraday else 3
    if card.type:
        card.due = now() + values["due_in"] if intraday else col.sched.today + values["due_days"]
    else:
        card.due = values.get("position", 0)
    card.ivl, card.factor = values.get("interval_days", 0), values.get("ease_permille", 0)
    card.left, card.reps, card.lapses = (values.get(name, 0) for name in ("steps_left", "reps", "lapses"))
    if values.get("stability") is not None:
        card.memory_state = FSRSMemoryState(stability=values["stability"], difficulty=values["difficulty"])
        card.last_review_time = now() - values["days_since"] * DAY
    col.update_card(card)


def pass_days(col: Collection, card_id: int, days: int) -> None:
    card = col.get_card(card_id)
    if card.type:
        card.due -= days * DAY if card.queue == 1 else days
    if card.last_review_time:
        card.last_review_time -= days * DAY
    col.update_card(card)


def state(values: Any) -> dict[str, Any]:
    normal = values.normal
    kind = normal.WhichOneof("kind")
    found: dict[str, Any] = {"state": kind}
    review = normal.relearning.review if kind == "relearning" else normal.review
    learning = normal.relearning.learning if kind == "relearning" else normal.learning
    if kind in ("review", "relearning"):
        found |= {"days": review.scheduled_days, "ease": review.ease_factor, "lapses": review.lapses}
    if kind in ("learning", "relearning"):
        found |= {"seconds": learning.scheduled_secs, "steps_left": learning.remaining_steps}
    if "lapses" in found:
        found["leech"] = review.leeched
    holder = review if kind == "review" else learning
    if holder.HasField("memory_state"):
        found["memory"] = [holder.memory_state.stability, holder.memory_state.difficulty]
    return found


def stored(col: Collection, card_id: int, start: int) -> dict[str, Any]:
    card = col.get_card(card_id)
    memory = card.memory_state
    return {
        "state": STATES[card.type],
        "suspended": card.queue == -1,
        "due_in": card.due - start if card.queue == 1 or (card.queue == -1 and card.due > 10**9) else None,
        "due_days": card.due - col.sched.today if card.queue in (2, 3) else None,
        "interval_days": card.ivl,
        "ease_permille": card.factor,
        "steps_left": card.left,
        "reps": card.reps,
        "lapses": card.lapses,
        "memory": [memory.stability, memory.difficulty] if memory else None,
    }


def answer(col: Collection, card_id: int, states: Any, rating: int) -> dict[str, Any]:
    """Answer a card; `start` and `end` are the seconds between which that was done."""
    start = now()
    card = col.get_card(card_id)
    card.start_timer()
    col.sched.answer_card(col.sched.build_answer(card=card, states=states, rating=rating - 1))
    end = now()
    row = col.db.first("select id, ivl, lastIvl, factor, type from revlog order by id desc limit 1")
    assert start - 1 <= row[0] // 1000 <= end + 1, "Anki's clock is not the one that is reckoned with"
    log = {"interval": row[1], "last_interval": row[2], "factor": row[3], "kind": KINDS[row[4]]}
    return {"start": start, "end": end, "card": stored(col, card_id, start), "log": log}


def look(col: Collection, card_id: int) -> tuple[Any, int, int]:
    """Return the next states, and the seconds of now and until the next day for which they hold."""
    while True:
        start = now()
        states = col._backend.get_scheduling_states(card_id)
        cutoff = col.sched.day_cutoff
        if now() == start:
            return states, start, cutoff - start


def life(col: Collection, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer one card again and again, with whole days in between."""
    set_rollover(col, request["rollover"])
    set_preset(col, col.decks.config_dict_for_deck_id(1), request["options"])
    note = col.new_note(col.models.by_name("Basic"))
    note["Front"] = "front"
    col.add_note(note, 1)
    card = note.cards()[0]
    put(col, card, request["card"])
    steps = []
    for days, rating in request["answers"]:
        pass_days(col, card.id, days)
        states, _, until = look(col, card.id)
        step = {
            "until": until,
            "states": [state(getattr(states, name)) for name in ("again", "hard", "good", "easy")],
            "labels": [text.translate({0x2068: "", 0x2069: ""}) for text in col.sched.describe_next_states(states)],
        } | answer(col, card.id, states, rating)  # fmt: skip
        steps.append(step)
        if step["card"]["suspended"]:
            break
    col.remove_notes([note.id])
    return steps


def sitting(col: Collection, request: dict[str, Any]) -> dict[str, Any]:
    """Build a day's list in a tree of decks and answer its first card again and again."""
    set_rollover(col, (time.gmtime(now()).tm_hour + 12) % 24)
    decks = {}
    for name, options in request["decks"].items():
        decks[name] = col.decks.id(name)
        preset = col.decks.add_config(name)
        deck = col.decks.get(decks[name])
        deck["conf"] = preset["id"]
        col.decks.update(deck)
        set_preset(col, preset, options)
    model = three_templates(col)
    notes: dict[int, Any] = {}
    ids: dict[int, int] = {}
    for values in request["cards"]:
        if values["note"] not in notes:
            note = notes[values["note"]] = col.new_note(model)
            note.fields[0] = str(values["note"])
            col.add_note(note, decks[values["deck"]])
        card = notes[values["note"]].cards()[values["template"]]
        card.did = decks[values["deck"]]
        put(col, card, values)
        ids[card.id] = values["card"]
    spare = [c.id for note in notes.values() for c in note.cards() if c.id not in ids]
    if spare:
        col.remove_cards_and_orphaned_notes(spare)
    col.decks.select(decks[request["chosen"]])
    looks = [seen(col, ids)]
    for rating in request["ratings"]:
        queued = col.sched.get_queued_cards(fetch_limit=1).cards
        if not queued:
            break
        looks[-1]["answer"] = answer(col, queued[0].card.id, queued[0].states, rating)
        buried = [ids[card_id] for card_id in col.db.list("select id from cards where queue = -2")]
        looks[-1]["buried"] = buried
        looks.append(seen(col, ids))
        if set(buried) & set(looks[-1]["order"]):
            break  # Anki's list still holds a card that it has buried, and ends with an error when it comes
    answered = {"looks": looks, "until": col.sched.day_cutoff - now()}
    col.remove_notes([note.id for note in notes.values()])
    col.decks.remove([decks[min(decks)]])
    for preset in col.decks.all_config()[1:]:
        col.decks.remove_config(preset["id"])
    return answered


def seen(col: Collection, ids: dict[int, int]) -> dict[str, Any]:
    start = now()
    queued = col.sched.get_queued_cards(fetch_limit=1000)
    counts = [queued.new_count, queued.learning_count, queued.review_count]
    return {"now": start, "order": [ids[each.card.id] for each in queued.cards], "counts": counts}


def three_templates(col: Collection) -> Any:
    if (known := col.models.by_name("Three")) is None:
        made = col.models.new("Three")
        col.models.add_field(made, col.models.new_field("Front"))
        for number in range(3):
            template = col.models.new_template(f"T{number}")
            template["qfmt"] = f"{number}: {{{{Front}}}}"
            col.models.add_template(made, template)
        col.models.add(made)
        known = col.models.by_name("Three")
    return known


def main() -> None:
    col = Collection(os.path.join(sys.argv[1], "collection.anki2"))
    col.crt = col.crt - CREATED_DAYS_AGO * DAY
    try:
        for line in sys.stdin:
            request = json.loads(line)
            reply = {"life": life, "sitting": sitting}[request["do"]](col, request)
            print(json.dumps(reply), flush=True)
    finally:
        col.close()


if __name__ == "__main__":
    main()
