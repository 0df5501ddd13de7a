"""Studying all decks at once: as Anki would with one deck above all others that has no limits."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlsd_cards.domain.decks import Options
from mlsd_cards.study import Collection, FixedClock, StudySession
from tests.helpers.study import NEW_CARD, Made, due, empty_collection, fill

DECKS = {
    "Beta": (2, 3),
    "Alpha": (3, 2),
    "Alpha::Inner": (1, 9),
    "Gamma": (0, 1),
    "gamma2": (20, 200),
}


def order(session: StudySession) -> list[tuple[int, int]]:
    """The list of today as pairs of note and template."""
    return [(card_id // 10, card_id % 10) for card_id in session._queue.order]


def ours(home: Path, spec: list[tuple[int, list[int | None]]], shared: dict[str, bool]) -> Collection:
    collection = empty_collection(home)
    options = {
        name: Options(new_per_day=new, reviews_per_day=reviews, **shared)
        for name, (new, reviews) in DECKS.items()
    }
    made = [
        Made([NEW_CARD if day is None else due(day, interval=day) for day in days], deck)
        for deck, days in spec
    ]
    fill(collection, made, options)
    return collection


def ankis(
    home: Path, spec: list[tuple[int, list[int | None]]], shared: dict[str, bool]
) -> list[tuple[int, int]]:
    collection_module = pytest.importorskip("anki.collection")
    col = collection_module.Collection(str(home / "collection.anki2"))
    try:
        model = col.models.by_name("Basic (and reversed card)")
        made: dict[int, tuple[int, int]] = {}
        ids = []
        for name, (new, reviews) in {"": (9999, 9999), **DECKS}.items():
            deck_id = col.decks.id(f"All::{name}" if name else "All")
            config = col.decks.add_config(f"preset {name}")
            config["new"]["perDay"], config["rev"]["perDay"] = new, reviews
            config["new"]["bury"], config["rev"]["bury"] = shared["bury_new"], shared["bury_reviews"]
            config["buryInterdayLearning"] = shared["bury_interday_learning"]
            col.decks.update_config(config)
            deck = col.decks.get(deck_id)
            deck["conf"] = config["id"]
            col.decks.save(deck)
            ids.append(deck_id)
        for number, (deck, days) in enumerate(spec, 1):
            note = col.new_note(model)
            note.fields = [f"one {number}", f"two {number}"]
            col.add_note(note, ids[deck])
            for place, card in enumerate(note.cards()):
                made[card.id] = (number, place)
                if days[place] is not None:
                    card.type, card.queue, card.ivl, card.factor = 2, 2, days[place], 2500
                    card.due = col.sched.today - 60 + days[place]
                    col.update_card(card)
        col.decks.select(ids[0])
        queued = col.sched.get_queued_cards(fetch_limit=1000)
        return [made[card.card.id] for card in queued.cards]
    finally:
        col.close()


SPEC: list[tuple[int, list[int | None]]] = [
    # deck, then for each of two cards its due day, or none for a new card
    (1, [None, None]),
    (1, [None, 50]),
    (1, [41, None]),
    (1, [42, 43]),
    (1, [44, 61]),
    (2, [None, None]),
    (2, [None, None]),
    (2, [45, None]),
    (3, [None, None]),
    (3, [None, None]),
    (3, [46, 47]),
    (3, [48, None]),
    (2, [49, 80]),
    (4, [None, 30]),
    (4, [31, None]),
    (5, [None, None]),
    (5, [32, 33]),
    (5, [None, 34]),
]


@pytest.mark.oracle
@pytest.mark.parametrize("bury", [True, False])
def test_everything_is_listed_as_anki_lists_a_deck_above_all(tmp_path: Path, bury: bool) -> None:
    shared = {"bury_new": bury, "bury_reviews": bury, "bury_interday_learning": bury}
    expected = ankis(tmp_path, SPEC, shared)
    with ours(tmp_path / "ours", SPEC, shared) as collection:
        assert order(collection.session()) == expected


def test_everything_shows_what_the_decks_at_the_top_show(tmp_path: Path) -> None:
    shared = {"bury_new": True, "bury_reviews": True, "bury_interday_learning": True}
    with ours(tmp_path, SPEC, shared) as collection:
        tops = [order(collection.session(name)) for name in DECKS if "::" not in name]
        assert sorted(order(collection.session())) == sorted(card for cards in tops for card in cards)


def test_without_decks_there_is_nothing_to_study(tmp_path: Path) -> None:
    clock = FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with empty_collection(tmp_path, clock) as collection:
        session = collection.session()
        assert session.current is None
        assert session.counts.total == 0
        assert collection.today().topics == ()
        assert session.finished().answered == 0


def test_how_everything_is_ordered_is_asked_of_the_default_preset(tmp_path: Path) -> None:
    shared = {"bury_new": False, "bury_reviews": False, "bury_interday_learning": False}
    with ours(tmp_path, SPEC, shared) as collection:
        before = collection.session()
        collection.set_setting("new_mix", "before")
        after = collection.session()
        new = {
            (number, place)
            for number, (_, days) in enumerate(SPEC, 1)
            for place in (0, 1)
            if days[place] is None
        }
        came_new = [card in new for card in order(after)]
        assert came_new == sorted(came_new, reverse=True)
        assert sorted(order(after)) == sorted(order(before))
        assert replace(after.counts) == before.counts
