"""A backlog after a break: when a plan is proposed, what holds while it is followed, and that it keeps its promise."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.study import Collection, backlog, custom
from mlsd_cards.study.catch_up import CatchUp
from tests.helpers.study import NEW_CARD, NOW, TODAY, Made, due, dump, empty_collection, fill, interday, wait

OWN = Options(new_ignore_review_limit=True)
TREE = {"A": OWN, "A::B": OWN, "C": OWN}


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path) as made:
        yield made


def month_away(col: Collection, tree: Mapping[str, Options] = TREE, cards: int = 600) -> None:
    """Cards that came due on the days of a month without a review, and new ones."""
    chance = random.Random(7)
    intervals = [chance.choice([1, 2, 4, 8, 15, 30, 70]) for _ in range(cards)]
    decks = len(tree)
    fill(
        col,
        [
            Made([due(TODAY - n % 31, days)], deck=1 + n % decks, more={"position": n})
            for n, days in enumerate(intervals)
        ]
        + [Made(deck=1 + n % decks) for n in range(80)],
        tree,
    )


def proposed(col: Collection) -> backlog.Proposal:
    found = backlog.catching_up(col)
    assert found.followed is None
    assert found.proposal is not None
    return found.proposal


def live_a_day(col: Collection, chance: random.Random, share: float) -> int:
    """Answer everything that one day offers; return how many reviews that were."""
    session = col.session()
    reviews = 0
    while (card := session.current) is not None:
        reviews += session.answer(3 if chance.random() < share else 1).card > 0 and card.kind == "review"
        wait(col, seconds=9)
        assert card.kind != "new"
        if session.current is None and session.finished().next_learning_ms is not None:
            wait(col, minutes=11)
            session.refresh()
    return reviews


@pytest.mark.parametrize(("scheduler", "share"), [("sm2", 0.85), ("anki-sm2", 0.95), ("fsrs", 0.9)])
def test_a_plan_that_is_followed_is_done_on_the_promised_day(
    col: Collection, scheduler: str, share: float
) -> None:
    month_away(col, {name: replace(options, scheduler=scheduler) for name, options in TREE.items()})
    plan = proposed(col)
    assert plan.waiting == 600
    assert plan.plan.reviews_per_day <= 200
    assert date.fromisoformat(plan.date) - NOW.date() <= timedelta(days=25)
    backlog.start(col, plan.plan)
    chance = random.Random(1)
    for day in range(plan.plan.first_day, plan.plan.last_day + 1):
        assert col.today_number() == day
        assert col.today().new == 0
        assert live_a_day(col, chance, share) <= plan.plan.reviews_per_day
        followed = backlog.catching_up(col).followed
        assert followed is not None
        col.clock.set(NOW + timedelta(days=day + 1 - TODAY))  # type: ignore[attr-defined]
    assert date.fromordinal(col.boundary.ordinal_of_day(plan.plan.last_day)).isoformat() == plan.date
    assert followed.waiting == 0
    assert backlog.catching_up(col) == backlog.CatchingUp()
    assert col.today().new == 40  # the limits of A with A::B, and of C


def test_starting_is_one_act_that_changes_neither_cards_nor_presets(col: Collection) -> None:
    month_away(col)
    before = dump(col)
    plan = proposed(col)
    assert dump(col) == before
    backlog.start(col, plan.plan)
    after = dump(col)
    assert {name for name in after if after[name] != before[name]} == {"settings"}
    assert (col.today().new, col.today().review) == (0, plan.plan.reviews_per_day)
    assert col.today().catching_up
    assert col.undo() == "Start catch-up plan"
    assert dump(col) == before
    assert col.today().new == 40
    assert col.redo() == "Start catch-up plan"
    assert backlog.end(col)
    assert not backlog.end(col)
    assert col.undo() == "End catch-up plan"
    assert dump(col) == after


def test_the_limit_is_one_for_all_decks_together_and_each_alone(col: Collection) -> None:
    month_away(col)
    backlog.start(col, CatchUp(reviews_per_day=30, first_day=TODAY, last_day=TODAY + 9))
    assert [row.review for row in col.deck_rows()] == [30, 30, 30]
    assert [row.new for row in col.deck_rows()] == [0, 0, 0]
    session = col.session("C")
    for _ in range(12):
        session.answer(3)
    assert [row.review for row in col.deck_rows()] == [18, 18, 18]
    assert col.session().counts.review == col.session("A::B").counts.review == 18


def test_the_most_urgent_come_first(col: Collection) -> None:
    late = [due(TODAY - 9, 100), due(TODAY - 9, 3), due(TODAY - 2, 1), due(TODAY, 1)]
    fill(col, [Made([state]) for state in late])
    backlog.start(col, CatchUp(reviews_per_day=2, first_day=TODAY, last_day=TODAY))
    session = col.session()
    seen = []
    while session.current is not None:
        seen.append(session.current.card_id)
        session.answer(4)
    assert seen == [20, 30]


def test_custom_study_lets_more_through_while_a_plan_holds(col: Collection) -> None:
    month_away(col)
    backlog.start(col, CatchUp(reviews_per_day=30, first_day=TODAY, last_day=TODAY + 9))
    custom.more(col, None, new=3, reviews=5)
    counts = col.session("C").counts
    assert (counts.new, counts.review) == (3, 35)
    assert col.session().counts.review == 35


def test_it_ends_by_itself_after_its_last_day(col: Collection) -> None:
    month_away(col)
    backlog.start(col, CatchUp(reviews_per_day=30, first_day=TODAY, last_day=TODAY + 1))
    wait(col, days=1)
    assert col.today().review == 30
    wait(col, days=1)
    assert not col.today().catching_up
    assert col.today().new == 40
    assert proposed(col).waiting > 500


def test_nothing_is_proposed_where_nothing_is_wrong(col: Collection) -> None:
    fill(col, [Made([due(TODAY)])] * 300 + [Made([due(TODAY - 3)])] * (backlog.LEAST_LATE - 1))
    assert backlog.catching_up(col) == backlog.CatchingUp()


def test_nothing_is_proposed_where_so_many_are_usual(col: Collection) -> None:
    fill(col, [Made([due(TODAY - 3)])] * 160, {"Deck": Options(reviews_per_day=90)})
    session = col.session()
    for _ in range(90):
        session.answer(4)
    wait(col, days=1)
    assert col.today().late == 70
    assert backlog.catching_up(col).proposal is None
    wait(col, days=60)
    assert backlog.catching_up(col).proposal is not None


@pytest.mark.parametrize("waiting", [60, 3000])
def test_few_or_very_many(col: Collection, waiting: int) -> None:
    fill(col, [Made([due(TODAY - n % 40, 20)]) for n in range(waiting)])
    plan = proposed(col).plan
    assert 20 <= plan.reviews_per_day <= max(200, waiting / 10)
    assert plan.last_day < TODAY + backlog.LONGEST_DAYS


def test_a_low_limit_is_kept_if_it_ends_at_all_and_else_exceeded(col: Collection) -> None:
    fill(col, [Made([due(TODAY - 9, 50)])] * 600, {"Deck": Options(reviews_per_day=25)})
    assert proposed(col).plan.reviews_per_day <= 30
    with empty_collection(col.home / "other") as other:
        fill(other, [Made([due(TODAY - 9, 50)])] * 600, {"Deck": Options(reviews_per_day=3)})
        plan = proposed(other).plan
        assert plan.reviews_per_day >= 20
        assert plan.last_day < TODAY + backlog.LONGEST_DAYS


def test_hidden_cards_do_not_wait_and_learning_ones_do(col: Collection) -> None:
    fill(
        col,
        [Made([due(TODAY - 5)], more={"suspended": True})] * 500
        + [Made([interday(TODAY - 2)])] * 60
        + [Made([NEW_CARD])] * 500,
    )
    assert proposed(col).waiting == 60


@pytest.mark.parametrize(
    "plan",
    [
        CatchUp(reviews_per_day=0, first_day=TODAY, last_day=TODAY + 5),
        CatchUp(reviews_per_day=9, first_day=TODAY - 9, last_day=TODAY - 1),
        CatchUp(reviews_per_day=9, first_day=TODAY + 1, last_day=TODAY + 9),
        CatchUp(reviews_per_day=9, first_day=TODAY, last_day=TODAY + 61),
    ],
)
def test_plans_that_cannot_be_followed(col: Collection, plan: CatchUp) -> None:
    month_away(col, cards=60)
    before = dump(col)
    with pytest.raises(InputError):
        backlog.start(col, plan)
    assert dump(col) == before
