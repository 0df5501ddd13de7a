"""Cards that are graded without being shown, beside what the real Anki makes of the same cards."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import Buried, CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.store import reviews
from mlsd_cards.study import Collection, grading
from tests.helpers.anki_twin import TYPES, copied_into
from tests.helpers.study import NOW, TODAY, Made, due, empty_collection, fill, learning

anki_collection = pytest.importorskip("anki.collection", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

RELEARNING = Schedule(
    state=CardState.RELEARNING,
    due_day=TODAY + 1,
    interval_days=5,
    ease_permille=2100,
    steps_left=1,
    reps=9,
    lapses=2,
)
CARDS = [
    Made(),
    Made([due(TODAY + 3, 30, ease_permille=2300, reps=7, lapses=1)]),
    Made([learning(NOW + timedelta(minutes=3))]),
    Made([RELEARNING]),
    Made([due(TODAY - 3, 30, reps=7)], more={"suspended": True}),
    Made([due(TODAY - 9, 4, reps=7)], more={"buried": Buried.BY_HAND, "buried_until_day": TODAY + 1}),
    Made([due(TODAY, 40, ease_permille=1310)]),
]
IDS = [CardId(10 * number) for number in range(1, len(CARDS) + 1)]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as made:
        fill(made, CARDS, {"Deck": Options(scheduler="anki-sm2", fuzz=False, load_balance=False)})
        yield made


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Any]:
    opened = anki_collection.Collection(str(tmp_path / "collection.anki2"))
    opened.set_config("loadBalancerEnabled", False)
    yield opened
    opened.close()


def near(ours: int, theirs: int) -> bool:
    """Whether intervals are the same but for fuzz, which Anki adds to those of 3 days and more."""
    return ours == theirs if theirs < 3 else abs(ours - theirs) <= 3 + 0.2 * theirs


@pytest.mark.parametrize("rating", [1, 2, 3, 4])
def test_grading_changes_the_same(ours: Collection, anki: Any, rating: int) -> None:
    ids = copied_into(anki, ours, IDS)
    anki._backend.grade_now(card_ids=ids, rating=rating - 1)
    assert grading.grade_now(ours, IDS, rating) == len(IDS)
    kinds = ("learn", "review", "relearn", "early", "manual", "rescheduled")
    log = anki.db.all("select cid, ease, type, factor from revlog order by id")
    with ours.store.read() as conn:
        entries = list(reviews.iter_entries(conn))
    assert [(IDS.index(e.card_id), e.rating, e.kind.value, e.factor) for e in entries] == [
        (ids.index(row[0]), row[1], kinds[row[2]], row[3]) for row in log
    ]
    for mine, theirs in zip(map(ours.card, IDS), map(anki.get_card, ids), strict=True):
        schedule = mine.schedule
        assert (TYPES[schedule.state], schedule.ease_permille, schedule.reps, schedule.lapses) == (
            theirs.type,
            theirs.factor,
            theirs.reps,
            theirs.lapses,
        ), mine.id
        assert near(schedule.interval_days, theirs.ivl), mine.id
        assert (mine.suspended, bool(mine.buried)) == (theirs.queue == -1, theirs.queue in (-2, -3)), mine.id
    tree = anki.decks.get(1)
    with ours.store.read() as conn:
        done = reviews.done_today(conn, TODAY)[ours.card(IDS[0]).deck_id]
    hidden = 2  # Anki forgets to count those that were suspended or buried
    assert (done.new, done.reviews) == (tree["newToday"][1], tree["revToday"][1] + hidden)
