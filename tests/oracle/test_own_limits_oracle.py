"""Limits that a deck has of its own, and for today, beside what the real Anki offers under the same limits."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.deck_limits import OwnLimits
from mlsd_cards.domain.decks import DeckId, Options
from mlsd_cards.store import limits
from mlsd_cards.study import Collection
from tests.helpers.study import NEW_CARD, TODAY, Made, due, empty_collection, fill

anki_collection = pytest.importorskip("anki.collection", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

NAMES = ("A", "A::B", "A::B::C", "A::D")
NEW, DUE = 8, 9
PLACES = [deck for deck in range(1, len(NAMES) + 1) for _ in range(NEW + DUE)]
STATES = [NEW_CARD] * NEW + [due()] * DUE


@pytest.fixture(scope="module")
def anki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    opened = anki_collection.Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    model = opened.models.by_name("Basic")
    for place, name in enumerate(NAMES):
        deck_id = opened.decks.id(name)
        deck = opened.decks.get(deck_id)
        deck["conf"] = opened.decks.add_config(name)["id"]
        opened.decks.update(deck)
        for number, state in enumerate(STATES):
            note = opened.new_note(model)
            note["Front"] = f"{place} {number}"
            opened.add_note(note, deck_id)
            if state is not NEW_CARD:
                card = note.cards()[0]
                card.type = card.queue = 2
                card.due, card.ivl, card.factor = opened.sched.today, 5, 2500
                opened.update_card(card)
    yield opened
    opened.close()


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as made:
        yield made


def chosen_limits(chance: random.Random, place: int) -> OwnLimits:
    def some() -> int | None:
        return chance.choice([None, None, 0, 2, 5, 7, 30])

    return OwnLimits(
        deck_id=DeckId(place + 1),
        new_per_day=some(),
        reviews_per_day=some(),
        day=TODAY - chance.choice([0, 0, 1]),
        new_today=some(),
        reviews_today=some(),
    )


def tell(anki: Any, name: str, options: Options, own: OwnLimits) -> None:
    deck = anki.decks.by_name(name)
    preset = anki.decks.get_config(deck["conf"])
    preset["new"]["perDay"], preset["rev"]["perDay"] = options.new_per_day, options.reviews_per_day
    anki.decks.update_config(preset)
    day = anki.sched.today + own.day - TODAY
    deck["newLimit"], deck["reviewLimit"] = own.new_per_day, own.reviews_per_day
    for key, limit in (("newLimitToday", own.new_today), ("reviewLimitToday", own.reviews_today)):
        deck[key] = None if limit is None else {"limit": limit, "today": day}
    anki.decks.update(deck)
    anki.set_config("newCardsIgnoreReviewLimit", options.new_ignore_review_limit)


@pytest.mark.parametrize("seed", range(60))
def test_the_same_limits_let_the_same_number_through(ours: Collection, anki: Any, seed: int) -> None:
    chance = random.Random(seed)
    ignoring = chance.random() < 0.5
    tree = {
        name: Options(
            new_per_day=chance.choice([3, 6, 20]),
            reviews_per_day=chance.choice([5, 12, 200]),
            new_ignore_review_limit=ignoring,
        )
        for name in NAMES
    }
    own = [chosen_limits(chance, place) for place in range(len(NAMES))]
    fill(ours, [Made([STATES[i % len(STATES)]], deck=deck) for i, deck in enumerate(PLACES)], tree)
    with ours.store.transaction(Op.SETTINGS) as tx:
        limits.put_limits(tx, own)
    for name, each in zip(NAMES, own, strict=True):
        tell(anki, name, tree[name], each)
    for name in NAMES:
        anki.decks.select(anki.decks.by_name(name)["id"])
        theirs = anki.sched.get_queued_cards(fetch_limit=1)
        counts = ours.session(name).counts
        assert (counts.new, counts.review) == (theirs.new_count, theirs.review_count), name
