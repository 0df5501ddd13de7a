"""Filtered decks beside those of the real Anki: what they take, in which order, and what answers in them do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import Buried, CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.store import filtered as filtered_store
from mlsd_cards.store import reviews
from mlsd_cards.study import Collection, custom, filtered
from tests.helpers.anki_twin import TYPES, copied_into
from tests.helpers.study import NEW_CARD, NOW, TODAY, Made, due, empty_collection, fill, learning

anki_collection = pytest.importorskip("anki.collection", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

CARDS = [
    Made([NEW_CARD]),
    Made([due(TODAY + 3, 30, ease_permille=2300, reps=7, lapses=1)]),
    Made([due(TODAY - 3, 20, reps=7, lapses=4)]),
    Made([due(TODAY - 9, 4, reps=7)], more={"suspended": True}),
    Made([due(TODAY - 9, 5, reps=7)], more={"buried": Buried.BY_HAND, "buried_until_day": TODAY + 1}),
    Made([due(TODAY, 40, ease_permille=1310, lapses=2)]),
    Made([due(TODAY + 29, 31, ease_permille=2650, lapses=3)]),
    Made([due(TODAY + 90, 33, lapses=5)]),
    Made([NEW_CARD]),
    Made([learning(NOW + timedelta(minutes=3))]),
]
IDS = [CardId(10 * number) for number in range(1, len(CARDS) + 1)]
ORDERS = {
    FilterOrder.INTERVALS_ASCENDING: 2,
    FilterOrder.INTERVALS_DESCENDING: 3,
    FilterOrder.MOST_LAPSES: 4,
    FilterOrder.ADDED: 5,
    FilterOrder.DUE: 6,
    FilterOrder.ADDED_REVERSED: 7,
}
KINDS = ("learn", "review", "relearn", "early", "manual", "rescheduled")


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as made:
        fill(made, CARDS, {"Deck": Options(scheduler="anki-sm2", fuzz=False)})
        yield made


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Any]:
    opened = anki_collection.Collection(str(tmp_path / "collection.anki2"))
    opened.db.execute("update col set crt = crt - 100 * 86400")  # due days are counted from there
    opened.close()
    opened = anki_collection.Collection(str(tmp_path / "collection.anki2"))
    opened.set_config("loadBalancerEnabled", False)
    yield opened
    opened.close()


def build(anki: Any, search: str, order: int, reschedule: bool = True, limit: int = 99) -> int:
    """Make a filtered deck in Anki and return its id."""
    deck = anki.sched.get_or_create_filtered_deck(0)
    del deck.config.search_terms[:]
    deck.config.search_terms.add(search=search, limit=limit, order=order)
    deck.config.reschedule = reschedule
    made = anki.sched.add_or_update_filtered_deck(deck).id
    anki.decks.select(made)
    return int(made)


def lent(col: Collection) -> list[int]:
    with col.store.read() as conn:
        return [each.card_id for each in filtered_store.borrowed(conn)]


def answer(anki: Any, card_id: int, rating: int) -> None:
    card = anki.get_card(card_id)
    card.start_timer()
    states = anki._backend.get_scheduling_states(card_id)
    anki.sched.answer_card(anki.sched.build_answer(card=card, states=states, rating=rating - 1))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("search", ["-is:learn", "is:review", "prop:due<=30 -is:learn"])
def test_the_same_cards_are_taken_in_the_same_order(
    ours: Collection, anki: Any, order: FilterOrder, search: str
) -> None:
    if search == "-is:learn" and order not in (FilterOrder.ADDED, FilterOrder.ADDED_REVERSED):
        search = "is:review -is:learn"  # among new cards Anki orders by chance, or as if positions were days
    ids = copied_into(anki, ours, IDS)
    deck = build(anki, search, ORDERS[order])
    theirs = anki.db.list("select id from cards where did = ? order by due", deck)
    filtered.create(ours, "Cram", [FilterTerm(search=search, order=order)])
    mine = [ids[IDS.index(CardId(key))] for key in lent(ours)]
    assert mine == theirs


@pytest.mark.parametrize("rating", [1, 2, 3, 4])
@pytest.mark.parametrize("number", [2, 3, 6, 7, 8, 1])
def test_an_answer_that_counts_does_the_same(ours: Collection, anki: Any, rating: int, number: int) -> None:
    ids = copied_into(anki, ours, IDS)
    key, card_id = ids[number - 1], IDS[number - 1]
    deck = build(anki, f"cid:{key}", 5)
    answer(anki, key, rating)
    filtered.create(ours, "Cram", [FilterTerm(search=f"cid:{card_id}")])
    ours.session("Cram").answer(rating)
    theirs, mine = anki.get_card(key), ours.card(card_id).schedule
    assert bool(lent(ours)) == (theirs.did == deck)
    assert (TYPES[mine.state], mine.ease_permille, mine.reps, mine.lapses) == (
        theirs.type,
        theirs.factor,
        theirs.reps,
        theirs.lapses,
    )
    early = (ours.card(card_id).schedule.due_day or 0) and number in (2, 7, 8) and rating > 1
    if early:  # not fuzzed in Anki either
        assert mine.interval_days == theirs.ivl
        assert mine.due_day is not None
        assert mine.due_day - TODAY == theirs.due - anki.sched.today
    else:
        assert abs(mine.interval_days - theirs.ivl) <= 3 + 0.2 * theirs.ivl
    with ours.store.read() as conn:
        entry = next(iter(reviews.iter_entries(conn)))
    row = anki.db.first("select ease, type, factor from revlog")
    assert [entry.rating, entry.kind.value, entry.factor] == [row[0], KINDS[row[1]], row[2]]


@pytest.mark.parametrize("rating", [1, 2, 3, 4])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_look_that_does_not_count_does_the_same(
    ours: Collection, anki: Any, rating: int, number: int
) -> None:
    ids = copied_into(anki, ours, IDS)
    key, card_id = ids[number - 1], IDS[number - 1]
    deck = build(anki, f"cid:{key}", 5, reschedule=False)
    before = ours.card(card_id)
    answer(anki, key, rating)
    filtered.create(ours, "Cram", [FilterTerm(search=f"cid:{card_id}")], reschedule=False)
    ours.session("Cram").answer(rating)
    theirs = anki.get_card(key)
    assert ours.card(card_id) == before
    assert bool(lent(ours)) == (theirs.did == deck)
    assert (theirs.ivl, theirs.reps) == (before.schedule.interval_days, before.schedule.reps)
    with ours.store.read() as conn:
        entry = next(iter(reviews.iter_entries(conn)))
    row = anki.db.first("select ease, type, factor, ivl, lastIvl from revlog")
    mine = [entry.rating, entry.kind.value, entry.factor, entry.interval, entry.last_interval]
    assert mine == [row[0], KINDS[row[1]], row[2], row[3], row[4]]


@pytest.mark.parametrize("way", ["forgot_days", "review_ahead_days", "preview_days", "cram"])
def test_custom_study_takes_the_same_cards(ours: Collection, anki: Any, way: str) -> None:
    from anki.scheduler import CustomStudyRequest

    ids = copied_into(anki, ours, IDS)
    answer(anki, ids[2], 1)
    ours.session().answer_card(IDS[2], 1)
    request = CustomStudyRequest(deck_id=1)
    if way == "cram":
        request.cram.kind, request.cram.card_limit = request.cram.CRAM_KIND_REVIEW, 100
        custom.by_state(ours, "Deck", custom.Cram.REVIEW)
    else:
        setattr(request, way, 5)
        {
            "forgot_days": custom.forgotten,
            "review_ahead_days": custom.ahead,
            "preview_days": lambda col, deck, days: custom.preview_new(col, deck, 999),
        }[way](ours, "Deck", 5)
    anki.sched.custom_study(request)
    session = anki.decks.by_name("Custom Study Session")
    theirs = anki.db.list("select id from cards where did = ?", session["id"])
    assert {ids[IDS.index(CardId(key))] for key in lent(ours)} == set(theirs)
    assert filtered.filtered_deck(ours, custom.SESSION).filter.reschedule == session["resched"]
