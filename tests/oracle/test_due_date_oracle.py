"""Due dates set by hand, and cards made new again, beside what the real Anki makes of the same cards."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.cards import Buried, CardId, CardState, Schedule
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.store import reviews
from mlsd_cards.study import Collection
from mlsd_cards.study.due_dates import parse_when
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
]
IDS = [CardId(10 * number) for number in range(1, len(CARDS) + 1)]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as made:
        fill(made, CARDS, {"Deck": Options(scheduler="anki-sm2")})
        yield made


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Any]:
    opened = anki_collection.Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def seen(ours: Collection) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for card in map(ours.card, IDS):
        schedule = card.schedule
        hidden = card.suspended or bool(card.buried)
        delay = None if schedule.due_day is None else schedule.due_day - TODAY
        counters = (schedule.interval_days, schedule.ease_permille, schedule.reps, schedule.lapses)
        rows.append((TYPES[schedule.state], hidden, delay, *counters))
    with ours.store.read() as conn:
        entries = list(reviews.iter_entries(conn))
    return rows + [
        (IDS.index(e.card_id), e.rating, e.kind.value, e.interval, e.last_interval, e.factor) for e in entries
    ]


def seen_in_anki(anki: Any, ids: list[int]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for card in map(anki.get_card, ids):
        delay = card.due - anki.sched.today if card.type == 2 else None
        rows.append((card.type, card.queue < 0, delay, card.ivl, card.factor, card.reps, card.lapses))
    kinds = ("learn", "review", "relearn", "early", "manual", "rescheduled")
    log = anki.db.all("select cid, ease, type, ivl, lastIvl, factor from revlog order by id")
    return rows + [(ids.index(row[0]), row[1], kinds[row[2]], *row[3:]) for row in log]


@pytest.mark.parametrize("when", ["0", "0!", "1", "20", "20!", "300-300!", "7!"])
def test_a_due_date_changes_the_same(ours: Collection, anki: Any, when: str) -> None:
    ids = copied_into(anki, ours, IDS)
    anki.sched.set_due_date(ids, when)
    ours.set_due_date(IDS, when)
    assert seen(ours) == seen_in_anki(anki, ids)


def test_forgetting_changes_the_same(ours: Collection, anki: Any) -> None:
    ids = copied_into(anki, ours, IDS)
    anki.sched.schedule_cards_as_new(ids)
    ours.forget(IDS)
    assert seen(ours) == seen_in_anki(anki, ids)
    places = [anki.get_card(card).due for card in ids]
    assert places == sorted(set(places))
    assert sorted(IDS, key=lambda card: ours.card(card).position) == IDS


@pytest.mark.parametrize("when", ["", "-1", "a", "5!!", "1-2-3", " 5 ", "5-", "!", "99999999999"])
def test_the_same_texts_are_refused(ours: Collection, anki: Any, when: str) -> None:
    ids = copied_into(anki, ours, IDS)
    refusal = pytest.importorskip("anki.errors").InvalidInput
    with pytest.raises(refusal):
        anki.sched.set_due_date(ids, when)
    with pytest.raises(InputError):
        parse_when(when)


@pytest.mark.parametrize("when", ["5", "90-60", "60-90!", "3-3"])
def test_the_same_range_is_meant(ours: Collection, anki: Any, when: str) -> None:
    ids = copied_into(anki, ours, IDS)
    anki.sched.set_due_date(ids, when)
    ours.set_due_date(IDS, when)
    meant = parse_when(when)
    assert all(meant.first <= anki.get_card(card).due - anki.sched.today <= meant.last for card in ids)
    days = [ours.card(card).schedule.due_day for card in IDS]
    assert all(day is not None and meant.first <= day - TODAY <= meant.last for day in days)
