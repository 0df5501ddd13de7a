"""The same cards in the real Anki as in a collection of ours."""

from collections.abc import Sequence
from typing import Any

from helpers.study import TODAY
from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.study import Collection

TYPES = {CardState.NEW: 0, CardState.LEARNING: 1, CardState.REVIEW: 2, CardState.RELEARNING: 3}


def copied_into(anki: Any, ours: Collection, ids: Sequence[CardId]) -> list[int]:
    """Put our cards into an Anki collection; return their ids there."""
    made = []
    for card_id in ids:
        note = anki.new_note(anki.models.by_name("Basic"))
        note["Front"] = str(card_id)
        anki.add_note(note, 1)
        made.append(note.card_ids()[0])
        mine, theirs = ours.card(card_id), anki.get_card(made[-1])
        schedule = mine.schedule
        theirs.type = TYPES[schedule.state]
        theirs.queue = -1 if mine.suspended else -3 if mine.buried else theirs.type
        if schedule.due_day is not None:
            theirs.due = anki.sched.today + schedule.due_day - TODAY
        elif schedule.due_at_ms is not None:
            theirs.due = schedule.due_at_ms // 1000
        theirs.ivl, theirs.factor = schedule.interval_days, schedule.ease_permille
        theirs.left, theirs.reps, theirs.lapses = schedule.steps_left, schedule.reps, schedule.lapses
        anki.update_card(theirs)
    return made
