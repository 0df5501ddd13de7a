"""Real sittings on real collections show the cards that Anki shows, count as it counts, and list as it lists."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import Card, CardId, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import (
    Deck,
    DeckId,
    Mix,
    NewGather,
    NewSort,
    Options,
    Preset,
    PresetId,
    ReviewOrder,
)
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.study import Collection, FixedClock
from tests.helpers.shared import vectors_dir
from tests.helpers.study import a_note, empty_collection, three_sided

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENUMS = {
    "new_mix": Mix,
    "interday_learning_mix": Mix,
    "review_order": ReviewOrder,
    "new_gather": NewGather,
    "new_sort": NewSort,
}


def vectors(name: str) -> list[dict[str, Any]]:
    lines = (vectors_dir() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def options_of(vector: dict[str, Any]) -> Options:
    values = {**vector["options"], **vector.get("preset", {})}
    learn_ahead, _ = values.pop("learn_ahead"), values.pop("child_limits", None)
    assert learn_ahead == 1200
    read = {name: ENUMS[name](value) if name in ENUMS else value for name, value in values.items()}
    for name in ("learning_steps", "relearning_steps"):
        if name in read:
            read[name] = tuple(map(float, read[name]))
    return Options(scheduler="anki-sm2", fuzz=False, **read)


def card_of(values: dict[str, Any], deck: DeckId) -> Card:
    state, due_t = CardState(values["state"]), values.get("due_t")
    reviewed = state is CardState.REVIEW
    return Card(
        id=CardId(values["card"]),
        note_id=NoteId(values["note"]),
        deck_id=deck,
        ordinal=values["template"],
        position=values.get("position") or 0,
        schedule=Schedule(
            state=state,
            due_day=values.get("due_day"),
            due_at_ms=None if due_t is None else due_t * 1000,
            interval_days=values.get("interval_days", 0),
            ease_permille=2500 if reviewed else 0,
            steps_left=0 if reviewed or state is CardState.NEW else 1,
            reps=3 if reviewed else values.get("reps", 0),
        ),
    )


def made(home: Path, vector: dict[str, Any]) -> Collection:
    """The collection of a vector: days of 24 hours that begin at midnight, from 1970."""
    collection = empty_collection(home, FixedClock(at(vector["t"])), made=EPOCH)
    collection.set_setting("rollover_hour", "0")
    options = options_of(vector)
    limits = vector["options"].get("child_limits")
    names = sorted({vector["deck"], *(card["deck"] for card in vector["cards"])})
    ids = {name: DeckId(number) for number, name in enumerate(names, 1)}
    with collection.store.transaction(Op.OTHER) as tx:
        notes.put_note_type(tx, three_sided())
        for name, key in ids.items():
            own = replace(options, **limits) if limits and name == "A::B" else options
            decks.put_preset(tx, Preset(id=PresetId(key), name=name, options=own))
            decks.put_deck(tx, Deck(id=key, name=name, preset_id=PresetId(key)))
        notes.put_notes(tx, [a_note(number) for number in {card["note"] for card in vector["cards"]}])
        cards.put_cards(tx, [card_of(card, ids[card["deck"]]) for card in vector["cards"]])
    return collection


def at(t: int) -> datetime:
    return EPOCH + timedelta(seconds=t)


def test_a_days_list_is_the_one_that_anki_makes(tmp_path: Path) -> None:
    for vector in vectors("queue"):
        with made(tmp_path / vector["id"], vector) as collection:
            session = collection.session(vector["deck"])
            counts = session.counts
            expect = vector["expect"]
            assert session._queue.order == expect["order"], vector["id"]
            assert (counts.new, counts.learning, counts.review) == (
                expect["new"],
                expect["learning"],
                expect["review"],
            ), vector["id"]


@pytest.mark.parametrize("prepared", [False, True])
def test_a_sitting_goes_as_in_anki(tmp_path: Path, prepared: bool) -> None:
    for vector in vectors("session"):
        with made(tmp_path / vector["id"], vector) as collection:
            clock = collection.clock
            assert isinstance(clock, FixedClock)
            session = collection.session(vector["deck"])
            for step in vector["steps"]:
                clock.set(at(step["t"]))
                session.move_on()
                shown, counts, expect = session.current, session.counts, step["expect"]
                seen = (shown and shown.card_id, counts.new, counts.learning, counts.review)
                assert seen == (expect["card"], expect["new"], expect["learning"], expect["review"]), vector[
                    "id"
                ]
                if shown is not None:
                    if prepared:
                        session.prepare()
                    clock.set(at(step["answered_t"]))
                    session.answer(step["rating"])
