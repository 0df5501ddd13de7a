"""Sittings of any shape: counts agree everywhere, buttons keep their word, undo takes everything back."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.store import cards
from mlsd_cards.study import Collection, Counts, FixedClock, StudySession
from tests.helpers.study import (
    NEW_CARD,
    NOW,
    TODAY,
    Made,
    due,
    dump,
    empty_collection,
    fill,
    interday,
    learning,
)

DECKS = ("A", "A::B", "A::B::C", "Z")

SCHEDULERS = ("sm2", "anki-sm2", "fsrs")

# Each option is on only where those of the kinds gathered later are on too. Otherwise two siblings can be in the
# list of which the answered one, become a learning card, would keep the other out of a list that is built anew.
siblings_options = st.integers(0, 3).map(
    lambda on: {"bury_new": on > 0, "bury_reviews": on > 1, "bury_interday_learning": on > 2}
)


@st.composite
def options(draw: st.DrawFn, shared: Mapping[str, bool]) -> Options:
    return Options(
        scheduler=draw(st.sampled_from(SCHEDULERS)),
        new_per_day=draw(st.sampled_from([0, 1, 2, 3, 20])),
        reviews_per_day=draw(st.sampled_from([0, 1, 3, 5, 200])),
        learning_steps=draw(st.sampled_from([(1.0, 10.0), (), (5.0,), (30.0, 2000.0)])),
        relearning_steps=draw(st.sampled_from([(10.0,), (), (1500.0,)])),
        new_mix=draw(st.sampled_from(Mix)),
        interday_learning_mix=draw(st.sampled_from(Mix)),
        review_order=draw(st.sampled_from(ReviewOrder)),
        new_gather=draw(st.sampled_from(NewGather)),
        new_sort=draw(st.sampled_from(NewSort)),
        new_ignore_review_limit=draw(st.booleans()),
        leech_threshold=draw(st.sampled_from([1, 8])),
        leech_suspend=draw(st.booleans()),
        **shared,
    )


schedules = st.one_of(
    st.just(NEW_CARD),
    st.builds(
        due,
        st.integers(TODAY - 9, TODAY + 3),
        st.integers(1, 30),
        lapses=st.integers(0, 3),
    ),
    st.builds(due, st.integers(TODAY + 1, TODAY + 6), drill_day=st.just(TODAY)),
    st.integers(-60, 60).map(lambda minutes: learning(NOW + timedelta(minutes=minutes))),
    st.integers(TODAY - 1, TODAY + 1).map(interday),
)
some_notes = st.lists(
    st.builds(Made, st.lists(schedules, min_size=1, max_size=3), st.integers(1, len(DECKS))),
    min_size=1,
    max_size=12,
)


@st.composite
def collections(draw: st.DrawFn) -> tuple[list[Made], dict[str, Options]]:
    shared = draw(siblings_options)
    return draw(some_notes), {name: draw(options(shared)) for name in DECKS}


moves = st.one_of(
    st.tuples(st.just("answer"), st.integers(1, 4)),
    st.tuples(st.just("answer"), st.integers(1, 4)),
    st.tuples(st.just("answer"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["undo", "redo", "bury", "suspend", "flag", "mark"]), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 11, 60, 1440])),
)


def counted(session: StudySession, collection: Collection, deck: str | None) -> None:
    """Check that everybody counts alike."""
    fresh = collection.session(deck).counts
    assert session.counts == fresh
    today = collection.today(deck)
    assert Counts(new=today.new, learning=today.learning, review=today.review) == fresh
    rows = {row.name: row for row in collection.deck_rows()}
    if deck is not None:
        row = rows[deck]
        assert Counts(new=row.new, learning=row.learning, review=row.review) == fresh
    assert today.topics == tuple(rows.values())


def act(collection: Collection, session: StudySession, move: str, amount: int) -> None:
    shown = session.current
    if move == "wait":
        assert isinstance(collection.clock, FixedClock)
        collection.clock.set(collection.clock.now() + timedelta(minutes=amount))
    elif move == "undo":
        collection.undo()
    elif move == "redo":
        collection.redo()
    elif shown is None:
        return
    elif move == "answer":
        session.answer(amount, 1000)
        return
    elif move == "bury":
        collection.bury_cards([shown.card_id])
    elif move == "suspend":
        collection.suspend_notes([shown.note_id])
    elif move == "flag":
        collection.set_flag([shown.card_id], 3)
    else:
        collection.toggle_mark(shown.note_id)
    session.refresh()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(collections(), st.sampled_from([None, *DECKS]), st.lists(moves, max_size=14))
def test_all_places_count_alike_at_every_step(
    made: tuple[list[Made], dict[str, Options]], deck: str | None, steps: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, empty_collection(Path(folder)) as collection:
        fill(collection, *made)
        session = collection.session(deck)
        counted(session, collection, deck)
        for move, amount in steps:
            act(collection, session, move, amount)
            counted(session, collection, deck)
            assert (session.current is None) or session.counts.total > 0
            if session.counts.total == 0:
                assert session.current is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    collections(),
    st.sampled_from([None, "A"]),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=14),
)
def test_what_a_button_says_is_stored_and_what_was_prepared_comes(
    made: tuple[list[Made], dict[str, Options]], deck: str | None, answers: list[tuple[int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, empty_collection(Path(folder)) as collection:
        fill(collection, *made)
        session = collection.session(deck)
        for rating, minutes in answers:
            shown = session.current
            if shown is None:
                break
            assert isinstance(collection.clock, FixedClock)
            collection.clock.set(collection.clock.now() + timedelta(minutes=minutes))
            session.prepare()
            peeked = session.peek(rating)
            answered = session.answer(rating, 1000)
            assert answered.interval == shown.intervals[rating - 1]
            stored = collection.card(shown.card_id).schedule
            if minutes == 0:
                assert stored == shown.outcomes[rating].schedule
            entry = collection.card_info(shown.card_id).reviews[-1]
            assert (entry.id, entry.rating) == (answered.review, rating)
            assert entry.interval == shown.outcomes[rating].log_interval
            following = session.current
            if peeked is not None and not answered.leech:
                assert following is peeked
                with collection.store.read() as conn:
                    assert following.card == cards.card(conn, following.card_id)
            elif following is not None and not answered.leech:
                assert following.card_id == shown.card_id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(collections(), st.lists(moves.filter(lambda move: move[0] not in ("undo", "redo")), max_size=20))
def test_undo_takes_everything_back_and_redo_does_it_again(
    made: tuple[list[Made], dict[str, Options]], steps: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, empty_collection(Path(folder)) as collection:
        fill(collection, *made)
        session = collection.session()
        states = [dump(collection)]
        for move, amount in steps:
            act(collection, session, move, amount)
            if (now := dump(collection)) != states[-1]:
                states.append(now)
        for state in reversed(states[:-1]):
            assert collection.undo() is not None
            session.refresh()
            assert dump(collection) == state
            counted(session, collection, None)
        assert collection.undo() is None
        for state in states[1:]:
            assert collection.redo() is not None
            assert dump(collection) == state
        assert collection.redo() is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_notes, siblings_options, st.lists(st.integers(1, 4), max_size=30), st.integers(0, 2))
def test_of_a_hundred_thousand_new_cards_only_the_first_need_be_read(
    made: list[Made], shared: Mapping[str, bool], ratings: list[int], room: int
) -> None:
    """The rows that are left out change nothing: the same order as with all rows."""
    crowd = [replace(each, schedules=(NEW_CARD,) * 3) for each in made for _ in range(9)]
    chosen = {name: Options(new_per_day=room + place, **shared) for place, name in enumerate(DECKS)}
    with tempfile.TemporaryDirectory() as folder, empty_collection(Path(folder)) as collection:
        fill(collection, [*made, *crowd], chosen)
        from mlsd_cards.study import desk

        for deck in (None, *DECKS):
            desk_now = desk.look(collection)
            with collection.store.read() as conn:
                every = desk._read(conn, desk_now.tree, desk_now.day, None, ())
            found = desk_now.decks and (desk.find_deck(desk_now.decks, deck) if deck else None)
            whole = replace(desk_now, rows=every)
            assert desk_now.queue(found).order == whole.queue(found).order
        session = collection.session()
        for rating in ratings:
            if session.current is not None:
                session.answer(rating)
                counted(session, collection, None)
