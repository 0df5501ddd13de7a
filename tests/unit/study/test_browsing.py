"""Finding cards, and everything about one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.errors import InputError, NotFound, SearchError
from mlsd_cards.study import Collection
from tests.helpers.study import NEW_CARD, NOW, TODAY, Made, due, empty_collection, fill, learning


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def test_a_limit_shortens_the_list_and_not_the_count(collection: Collection) -> None:
    fill(collection, [Made([due(TODAY - number)]) for number in range(5)])
    found = collection.search("is:due", order="due", limit=2)
    assert (found.count, list(found.ids)) == (5, [50, 40])
    assert found.milliseconds > 0
    assert list(collection.search("is:due", order="-due").ids) == [10, 20, 30, 40, 50]
    assert list(collection.search("three 3").ids) == [30]
    assert (collection.search("", limit=0).count, list(collection.search("", limit=0).ids)) == (5, [])
    assert list(collection.search("", limit=1 << 80).ids) == [10, 20, 30, 40, 50]


def test_a_search_that_cannot_be_understood_says_where(collection: Collection) -> None:
    fill(collection, [])
    with pytest.raises(SearchError):
        collection.search('"open')
    with pytest.raises(InputError, match="colour"):
        collection.search("", order="colour")


def test_everything_about_a_card(collection: Collection) -> None:
    fill(collection, [Made([NEW_CARD, due(lapses=2)], tags=("b", "a"), more={"flag": 3})])
    answered = collection.session().answer_card(CardId(11), 3, 2500)
    info = collection.card_info(CardId(11))
    assert (info.card, info.note, info.guid, info.deck) == (11, 1, "guid1", "Deck")
    assert (info.note_type, info.template, info.ordinal) == ("Three-sided", "Card 2", 1)
    assert info.fields == {"One": "one 1", "Two": "two 1", "Three": "three 1"}
    assert info.tags == ("b", "a")
    assert (info.state, info.due, info.interval_days) == ("review", "2026-03-15", 13)
    assert (info.ease_permille, info.reps, info.lapses, info.flag) == (2500, 4, 2, 3)
    assert (info.suspended, info.buried) == (False, False)
    assert info.question_html == "2: two 1"
    assert info.answer_html == "2: two 1<hr>two 1 b a"
    (entry,) = info.reviews
    assert (entry.id, entry.rating, entry.milliseconds) == (answered.review, 3, 2500)
    sibling = collection.card_info(CardId(10))
    assert (sibling.state, sibling.due, sibling.buried, sibling.reviews) == ("new", "", True, ())


def test_due_moments_and_days_at_the_end_of_the_calendar(collection: Collection) -> None:
    far_day = Schedule(state=CardState.REVIEW, due_day=10**8, interval_days=10**8)
    early_day = Schedule(state=CardState.REVIEW, due_day=-(10**8), interval_days=1)
    far_moment = Schedule(state=CardState.LEARNING, due_at_ms=10**17, steps_left=1)
    fill(collection, [Made([learning(NOW + timedelta(minutes=5)), far_day, early_day]), Made([far_moment])])
    dues = [collection.card_info(CardId(key)).due for key in (10, 11, 12, 20)]
    assert dues == [
        "2026-03-02T09:05:00+00:00",
        "9999-12-31",
        "0001-01-01",
        "9999-12-31T23:59:59.999999+00:00",
    ]


@pytest.mark.parametrize("card", [0, 12, -3, 1 << 63])
def test_a_card_that_is_not_there(collection: Collection, card: int) -> None:
    fill(collection, [Made()])
    with pytest.raises(NotFound, match=f"There is no card {card}"):
        collection.card_info(CardId(card))


def test_cards_are_shown_without_scripts(collection: Collection) -> None:
    fill(collection, [Made()])
    from dataclasses import replace

    from mlsd_cards.domain.changes import Op
    from mlsd_cards.store import notes
    from tests.helpers.study import a_note

    bad = ("<script>x</script><b onclick=x>bold</b>", "<img src=http://example.org/x.png>", "")
    with collection.store.transaction(Op.EDIT_NOTE) as tx:
        notes.put_notes(tx, [replace(a_note(1), fields=bad)])
    info = collection.card_info(CardId(10))
    assert "script" not in info.question_html + info.answer_html
    assert "onclick" not in info.question_html
    assert "<b>bold</b>" in info.question_html
    current = collection.session().current
    assert current is not None
    assert current.question_html == info.question_html
    assert current.answer_html == info.answer_html
