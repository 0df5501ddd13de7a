"""FSRS memory is kept for every card under every scheduler: by answers, imports, changes of scheduler or parameters."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import Cancelled, InputError
from mlsd_cards.domain.reviews import ReviewId, ReviewKind, ReviewLogEntry
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.history import memory_of, suggested_memory
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS
from mlsd_cards.store import cards, reviews
from mlsd_cards.study import Collection, settings
from tests.helpers import anki_packages as packages
from tests.helpers.study import NOW, TODAY, Made, due, dump, empty_collection, fill, ms, wait

OTHER_PARAMETERS = tuple(value * 0.8 + 0.01 for value in DEFAULT_PARAMETERS)
DAY_MS = 86_400_000


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


def told(collection: Collection, card_id: int, options: Options) -> tuple[float, ...] | None:
    """What the log of a card tells, reckoned one answer after the other."""
    log = collection.card_info(CardId(card_id)).reviews
    schedule = replace(collection.card(CardId(card_id)).schedule, stability=None, difficulty=None)
    memory = memory_of(schedule, options, log, collection.boundary.day_of_moment)
    return memory and tuple(memory)


def kept(collection: Collection, card_id: int) -> tuple[float, ...] | None:
    schedule = collection.card(CardId(card_id)).schedule
    if schedule.stability is None or schedule.difficulty is None:
        return None
    return schedule.stability, schedule.difficulty


def entry(card_id: int, days_ago: float, rating: int = 3, kind: str = "review") -> ReviewLogEntry:
    return ReviewLogEntry(
        id=ReviewId(ms(NOW) - int(days_ago * DAY_MS) + card_id),
        card_id=CardId(card_id),
        rating=rating,
        kind=ReviewKind(kind),
        interval=3,
        last_interval=1,
        factor=2500,
        milliseconds=0,
    )


def put_log(collection: Collection, *log: ReviewLogEntry) -> None:
    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        reviews.add_rows(tx, [reviews.review_row(replace(each, installation=0)) for each in log])


# Answers


@pytest.mark.parametrize("name", SCHEDULER_NAMES)
def test_every_answer_moves_what_is_remembered(collection: Collection, name: str) -> None:
    options = Options(scheduler=name, parameters=OTHER_PARAMETERS, fuzz=False)
    fill(collection, [Made()] * 3, {"Deck": options})
    moved = set()
    for turn, days in enumerate((0, 0, 1, 2, 0, 9, 30, 30)):
        wait(collection, days=days, minutes=7)
        for card_id, ratings in {10: (3, 3, 4), 20: (1, 3, 2), 30: (2, 4, 1)}.items():
            answered = collection.session().answer_card(CardId(card_id), ratings[turn % 3])
            assert answered.review
            memory = kept(collection, card_id)
            assert memory == pytest.approx(told(collection, card_id, options), rel=1e-4)
            moved.add(memory)
    assert len(moved) > 20


@pytest.mark.parametrize("name", ["sm2", "anki-sm2"])
def test_an_answer_to_a_card_without_memory_begins_with_its_log_or_its_ease(
    collection: Collection, name: str
) -> None:
    options = Options(scheduler=name)
    fill(
        collection, [Made([due(interval=8)]), Made([due(interval=8, ease_permille=1700)])], {"Deck": options}
    )
    put_log(collection, entry(10, 20, kind="learn"), entry(10, 9), entry(10, 5, 1))
    without_log = suggested_memory(collection.card(CardId(20)).schedule, options)
    for card_id in (10, 20):
        collection.session().answer_card(CardId(card_id), 3)
    assert kept(collection, 10) == pytest.approx(told(collection, 10, options), rel=1e-4)
    assert without_log is not None
    after = kept(collection, 20)
    assert after is not None
    assert after[0] > without_log.stability


def test_parameters_that_cannot_be_used_do_not_stop_other_schedulers(collection: Collection) -> None:
    fill(collection, [Made()], {"Deck": Options(parameters=(1.0, 2.0))})
    collection.session().answer_card(CardId(10), 4)
    assert kept(collection, 10) == told(collection, 10, Options())
    before = dump(collection)
    with pytest.raises(InputError, match=r"FSRS has 21 parameters .*, not 2\."):
        collection.set_setting("scheduler", "fsrs")
    assert dump(collection) == before
    collection.set_setting("scheduler", "anki-sm2")
    assert kept(collection, 10) is not None


def test_a_reset_forgets(collection: Collection) -> None:
    fill(collection, [Made()])
    collection.session().answer_card(CardId(10), 3)
    collection.forget([CardId(10)])
    assert kept(collection, 10) is None
    wait(collection, days=2)
    collection.session().answer_card(CardId(10), 4)
    assert kept(collection, 10) == pytest.approx(told(collection, 10, Options()))


# Another scheduler, other parameters


@pytest.mark.parametrize("name", ["anki-sm2", "fsrs"])
def test_cards_without_memory_get_it_with_another_scheduler(collection: Collection, name: str) -> None:
    fill(collection, [Made([due()]), Made([due(interval=30)]), Made()])
    put_log(collection, entry(10, 20, kind="learn"), entry(10, 9))
    expected = told(collection, 10, Options())
    before = dump(collection)
    collection.set_setting("scheduler", name)
    assert kept(collection, 10) == pytest.approx(expected)
    assert kept(collection, 20) == suggested_memory(due(interval=30), Options())
    assert kept(collection, 30) is None
    assert collection.undo() == Op.SETTINGS
    assert dump(collection) == before


@pytest.mark.parametrize("name", SCHEDULER_NAMES)
def test_other_parameters_have_memories_worked_out_anew_in_one_act(collection: Collection, name: str) -> None:
    options = Options(scheduler=name)
    brought = due(stability=5.0, difficulty=6.0)
    fill(
        collection,
        [Made([brought]), Made([brought]), Made(), Made([brought], 2)],
        {"A": options, "B": options},
    )
    put_log(collection, entry(10, 20, kind="learn"), entry(10, 9), entry(40, 20, kind="learn"))
    before = dump(collection)
    settings.change_options(collection, "A", {"parameters": " ".join(map(str, OTHER_PARAMETERS))})
    new = replace(options, parameters=OTHER_PARAMETERS)
    assert kept(collection, 10) == pytest.approx(told(collection, 10, new), rel=1e-4)
    assert kept(collection, 10) != pytest.approx(told(collection, 10, options), rel=1e-2)
    assert kept(collection, 20) == (5.0, 6.0)  # brought without a log: nothing tells better
    assert kept(collection, 30) is None
    assert kept(collection, 40) == (5.0, 6.0)  # of another deck
    for card_id in (10, 20, 30, 40):
        schedule = collection.card(CardId(card_id)).schedule
        assert (schedule.due_day, schedule.interval_days) in ((TODAY, 5), (None, 0))
    after = dump(collection)
    assert collection.undo() == Op.SETTINGS
    assert dump(collection) == before
    collection.redo()
    assert dump(collection) == after
    assert collection.undo() == Op.SETTINGS
    assert collection.undo_label is None


def test_other_options_leave_memories_alone(collection: Collection) -> None:
    fill(collection, [Made([due(stability=5.0, difficulty=6.0)])])
    put_log(collection, entry(10, 20, kind="learn"), entry(10, 9))
    settings.change_options(collection, "Deck", {"desired_retention": "0.8", "new_per_day": "3"})
    settings.change_options(collection, "Deck", {"parameters": " ".join(map(str, DEFAULT_PARAMETERS))})
    assert kept(collection, 10) == (5.0, 6.0)


def test_a_change_that_is_cancelled_leaves_everything_as_it_was(collection: Collection) -> None:
    fill(collection, [Made([due()])] * 5)
    before, seen = dump(collection), []

    def progress(what: str, done: int, total: int) -> None:
        seen.append((done, total))
        if done == total:
            raise Cancelled("Saving the options was cancelled.")

    with pytest.raises(Cancelled):
        settings.change_options(collection, "Deck", {"scheduler": "fsrs"}, progress)
    assert seen == [(0, 5), (5, 5)]
    assert dump(collection) == before
    assert collection.undo_label is None


def test_answers_of_the_future_and_without_order_are_left_out_and_the_log_stays(
    collection: Collection,
) -> None:
    fill(collection, [Made([due()]), Made([due()])])
    good = [entry(10, 20, kind="learn"), entry(10, 9), entry(10, 2, 1)]
    put_log(collection, good[2], good[0], good[1])  # as they may arrive
    put_log(
        collection,
        replace(entry(10, -4000, 1), id=ReviewId(2**60)),
        entry(10, -9, 1),
        entry(20, -9, 1, "learn"),
    )
    before = dump(collection)["reviews"]
    collection.set_setting("scheduler", "fsrs")
    schedule = collection.card(CardId(10)).schedule
    expected = memory_of(due(), Options(), good, collection.boundary.day_of_moment)
    assert kept(collection, 10) == pytest.approx(expected and tuple(expected))
    assert schedule.last_answer_ms == good[2].id
    assert kept(collection, 20) == suggested_memory(due(), Options())
    assert dump(collection)["reviews"] == before


def test_a_clock_put_back_two_days_counts_no_day_twice(collection: Collection) -> None:
    fill(collection, [Made()], {"Deck": Options(scheduler="anki-sm2")})
    collection.session().answer_card(CardId(10), 4)
    wait(collection, days=5)
    collection.session().answer_card(CardId(10), 3)
    wait(collection, days=-2)
    collection.session().answer_card(CardId(10), 3)
    log = collection.card_info(CardId(10)).reviews
    assert [each.id for each in log] == sorted(each.id for each in log)
    assert kept(collection, 10) == pytest.approx(told(collection, 10, Options()), rel=1e-4)
    before = kept(collection, 10)
    settings.change_options(
        collection, "Deck", {"scheduler": "fsrs", "parameters": " ".join(map(str, OTHER_PARAMETERS))}
    )
    settings.change_options(collection, "Deck", {"parameters": ""})
    assert kept(collection, 10) == pytest.approx(before, rel=1e-4)


# Imports


def package(tmp_path: Path, reviewed: bool) -> Path:
    first = packages.NOW_MS - 60 * DAY_MS
    revlog = [
        packages.review(first + day * DAY_MS, 101, ease=rating, type=kind, ivl=4, lastIvl=1, factor=2500)
        for day, rating, kind in ((0, 3, 0), (1, 2, 1), (9, 3, 1), (30, 1, 1))
    ]
    content = packages.collection(
        notes=[packages.note(n, (f"front {n}", "back")) for n in (1, 2, 3, 4)],
        cards=[
            packages.card(101, 1, type=2, queue=2, due=100, ivl=9, factor=2100, reps=4),
            packages.card(102, 2, type=2, queue=2, due=100, ivl=40, factor=1900, reps=4),
            packages.card(103, 3, type=0, queue=0, due=3),
            packages.card(104, 4, type=2, queue=2, due=100, ivl=40, reps=2, data='{"s":7.5,"d":3.25}'),
        ],
        reviews=revlog if reviewed else (),
    )
    return packages.package(tmp_path / "deck.apkg", content)


@pytest.mark.parametrize("reviewed", [True, False])
def test_imported_cards_bring_or_get_their_memory(
    collection: Collection, tmp_path: Path, reviewed: bool
) -> None:
    fill(collection, [Made()])
    collection.import_file(package(tmp_path, reviewed))
    with collection.store.read() as conn:
        by_front = {
            front: CardId(key)
            for key, front in conn.execute(
                "SELECT c.id, substr(n.fields, 1, 7) FROM cards c JOIN notes n ON n.id = c.note_id "
                "WHERE n.fields LIKE 'front %'"
            )
        }
        found = cards.cards_by_ids(conn, by_front.values())
    schedules = {front: found[key].schedule for front, key in by_front.items()}
    assert kept(collection, by_front["front 4"]) == (7.5, 3.25)
    assert kept(collection, by_front["front 3"]) is None
    assert schedules["front 3"].state is CardState.NEW
    for front in ("front 1", "front 2"):
        assert kept(collection, by_front[front]) == pytest.approx(
            told(collection, by_front[front], Options()), rel=1e-4
        )
    last = schedules["front 1"].last_answer_ms
    assert last == (packages.NOW_MS - 30 * DAY_MS if reviewed else None)


def test_without_progress_nothing_is_remembered(collection: Collection, tmp_path: Path) -> None:
    fill(collection, [Made()])
    collection.import_file(package(tmp_path, True), scheduling=False)
    with collection.store.read() as conn:
        count, known = conn.execute("SELECT count(*), count(stability) FROM cards").fetchone()
    assert count >= 4
    assert known == 0
