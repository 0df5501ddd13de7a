"""A day's list and whole sittings beside those of the real Anki, card by card."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling.queue import DayQueue, QueueCard, QueueDeck, build_queue, siblings_to_bury
from tests.oracle.anki_scheduling import TODAY, Anki, options_json

pytest.importorskip("anki", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

NAMES = ("A", "A::B", "A::B::C", "A::D")


ORDERS = [each for each in ReviewOrder if each is not ReviewOrder.RETRIEVABILITY_ASCENDING]
# New cards and reviews a day; most leave room, or most lists would be empty.
LIMITS = [(20, 200), (20, 200), (20, 200), (2, 5), (3, 4), (20, 6), (1, 200), (0, 200), (20, 0)]


@pytest.fixture(scope="module")
def anki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anki]:
    process = Anki(tmp_path_factory.mktemp("anki"))
    yield process
    process.close()


def tree_of(chance: random.Random) -> dict[str, Options]:
    shared = Options(
        scheduler="anki-sm2",
        learning_steps=chance.choice([(1.0, 10.0), (15.0,), ()]),
        relearning_steps=chance.choice([(10.0,), (2.0, 25.0), ()]),
        new_ignore_review_limit=chance.random() < 0.3,
        new_mix=chance.choice(list(Mix)),
        interday_learning_mix=chance.choice(list(Mix)),
        review_order=chance.choice(ORDERS),
        new_gather=chance.choice(list(NewGather)),
        new_sort=chance.choice(list(NewSort)),
    )
    tree = {}
    for name in NAMES:
        new, reviews = chance.choice(LIMITS)
        # Decks differ, or gathering leaves out every sibling that an answer might bury.
        burying = chance.randrange(4)
        tree[name] = replace(
            shared,
            new_per_day=new,
            reviews_per_day=reviews,
            bury_new=burying > 0,
            bury_reviews=burying > 1,
            bury_interday_learning=burying > 2,
        )
    return tree


def cards_of(chance: random.Random) -> list[dict[str, Any]]:
    """Return cards of which no two are alike to any order: what chance decides, Anki decides otherwise."""
    places = [(note, template) for note in range(1, 9) for template in range(3)]
    chosen = chance.sample(places, chance.randint(10, len(places)))
    ranks = [chance.sample(range(len(chosen)), len(chosen)) for _ in range(3)]
    made = []
    for number, (note, template) in enumerate(chosen):
        first, second, third = (rank[number] for rank in ranks)
        values = {
            "card": number + 1,
            "note": note,
            "template": template,
            "deck": chance.choice(NAMES),
            "state": chance.choice(["new", "new", "review", "review", "relearning", "learning"]),
            "position": note,
            "interval_days": 3 + second,
            "ease_permille": 1500 + 50 * third,
            "steps_left": 1,
            "reps": 3,
        }
        if values["state"] == "learning":
            values |= {"due_in": 60 * chance.randint(-10, 45) + 20 + first, "ease_permille": 0}
            values["interval_days"] = 0
        elif values["state"] != "new":
            values["due_days"] = 1 - first
        made.append(values)
    return made


def light(values: dict[str, Any], now: int) -> QueueCard:
    due_in = values.get("due_in")
    return QueueCard(
        card_id=CardId(values["card"]),
        note_id=NoteId(values["note"]),
        deck_id=DeckId(NAMES.index(values["deck"]) + 1),
        ordinal=values["template"],
        state=CardState(values["state"]),
        position=values["position"],
        due_day=TODAY + values["due_days"] if "due_days" in values else None,
        due_at_ms=None if due_in is None else (now + due_in) * 1000,
        interval_days=values["interval_days"],
        ease_permille=values["ease_permille"],
        reps=values["reps"],
    )


def is_same_list(queue: DayQueue, look: dict[str, Any]) -> None:
    """Compare order and counts; learning cards that come in the same second may come in any order.

    Here many are answered within one second. Where Anki puts one among its equals is left to a binary search.
    """
    if queue.current() is None:
        queue.refresh(look["now"] * 1000)
    moments = dict(zip(queue._waiting, queue._places, strict=True))
    ours, theirs = (
        [f"at {moments[card_id]}" if card_id in moments else card_id for card_id in order]
        for order in (queue.order, look["order"])
    )
    assert ours == theirs
    assert sorted(queue.order) == sorted(look["order"])
    counts = queue.counts()
    assert [counts.new, counts.learning, counts.review] == look["counts"]


@pytest.mark.parametrize("seed", range(150))
def test_a_sitting_goes_as_in_anki(anki: Anki, seed: int) -> None:
    chance = random.Random(seed)
    tree, made, chosen = tree_of(chance), cards_of(chance), chance.choice(["A", "A", *NAMES])
    given_ratings = chance.choices([1, 2, 3, 4], [4, 1, 4, 1], k=30)
    decks = {name: options_json(options) for name, options in tree.items()}
    found = anki.ask(do="sitting", decks=decks, cards=made, chosen=chosen, ratings=given_ratings)
    now = found["looks"][0]["now"]
    next_day_at_ms = (now + found["until"]) * 1000
    cards = {CardId(values["card"]): light(values, now) for values in made}
    ours = [QueueDeck(id=DeckId(i), name=name, options=tree[name]) for i, name in enumerate(NAMES, 1)]
    inside = [deck for deck in ours if f"{deck.name}::".startswith(f"{chosen}::")]
    queue = build_queue(
        cards.values(), inside, inside[0], now_ms=now * 1000, today=TODAY, next_day_at_ms=next_day_at_ms
    )
    buried: set[CardId] = set()
    for look, rating in zip(found["looks"], [*given_ratings, 0], strict=False):
        if buried & set(look["order"]):
            break  # Anki leaves a card in its list that it has buried; ours goes at once
        is_same_list(queue, look)
        if "answer" not in look:
            break
        given_answer = look["answer"]["card"]
        card = cards[CardId(look["order"][0])]
        due_in = given_answer["due_in"]
        after = card._replace(
            state=CardState(given_answer["state"]),
            due_day=None if given_answer["due_days"] is None else TODAY + given_answer["due_days"],
            due_at_ms=None if due_in is None else (look["answer"]["start"] + due_in) * 1000,
        )
        siblings = [
            other
            for other in cards.values()
            if other.note_id == card.note_id and other is not card and other.card_id not in buried
        ]
        options = ours[card.deck_id - 1].options
        put_off = siblings_to_bury(queue.kind(card.card_id), siblings, options, TODAY)
        # Anki also buries siblings that are not due yet, which no list of today would show.
        as_due = [each._replace(due_day=each.due_day and min(each.due_day, TODAY)) for each in siblings]
        in_anki = siblings_to_bury(queue.kind(card.card_id), as_due, options, TODAY)
        assert set(in_anki) - set(put_off) == {
            each.card_id for each in siblings if each.card_id in in_anki and (each.due_day or 0) > TODAY
        }
        buried.update(in_anki)
        assert sorted(buried) == sorted(look["buried"])
        cards[card.card_id] = after
        assert rating > 0
        queue.answer(card.card_id, after, look["answer"]["end"] * 1000, put_off)
