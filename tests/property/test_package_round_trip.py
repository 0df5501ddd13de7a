"""Packages: what the writer writes, the reader reads back; the same data always gives the same bytes."""

import dataclasses
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, ReviewOrder, parent_names
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangePreset,
    ReadOptions,
    WriteOptions,
)
from mlsd_cards.formats import apkg, apkg_writer
from mlsd_cards.rendering.text import media_names
from tests.helpers.packages import CREATED_DATE, MEDIA, NOW_MS, OPTIONS, packages

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def written(data: ExchangeData, folder: Path, options: WriteOptions = OPTIONS) -> ExchangeData:
    """Return the data after it went through a package."""
    path = folder / "out.apkg"
    assert apkg_writer.write(data, path, options) == []
    return apkg.read(path, ReadOptions(work_dir=folder, now_ms=NOW_MS))


def notes_of(data: ExchangeData) -> list[tuple[Any, ...]]:
    names = {int(note_type.id): note_type.name for note_type in data.note_types}
    return sorted(
        (
            note.guid,
            names[note.note_type_id],
            note.fields,
            sorted(note.tags),
            note.created_ms,
            note.modified_ms,
        )
        for note in data.notes
    )


def logged_answers(data: ExchangeData) -> dict[int, int | None]:
    """Return the last answer that counted, by card, of cards with reviews."""
    last: dict[int, int | None] = {}
    for review in sorted(data.reviews):
        cramming = review.kind == "drill" or (review.kind == "early" and not review.factor)
        if review.rating and not cramming:
            last[review.card_id] = review.id
        else:
            last.setdefault(review.card_id, None)
    return last


def cards_of(data: ExchangeData, last_answers: dict[int, int | None]) -> dict[tuple[str, int], ExchangeCard]:
    """Return the cards by note and ordinal, without the ids that differ from file to file."""
    guids = {note.id: note.guid for note in data.notes}
    found = {}
    for card in data.cards:
        last = last_answers.get(card.id, card.last_answer_ms)
        found[guids[card.note_id], card.ordinal] = card._replace(
            id=0,
            note_id=0,
            deck_id=0,
            created_ms=0,
            buried="" if card.suspended else card.buried,
            last_answer_ms=None if card.state == "new" or last is None else last // 1000 * 1000,
        )
    return found


def reviews_of(data: ExchangeData) -> list[tuple[Any, ...]]:
    guids = {note.id: note.guid for note in data.notes}
    cards = {card.id: (guids[card.note_id], card.ordinal) for card in data.cards}
    return [
        (
            review.id, cards[review.card_id], review.rating, review.kind.replace("drill", "early"),
            review.interval, review.last_interval, review.milliseconds,
            0 if review.kind == "drill" else review.factor,
        )
        for review in sorted(data.reviews)
    ]  # fmt: skip


def decks_of(data: ExchangeData) -> dict[tuple[str, int], tuple[str, str]]:
    """Return name and description of the deck that each card lies in."""
    guids = {note.id: note.guid for note in data.notes}
    decks = {deck.id: (deck.name, deck.description) for deck in data.decks}
    return {(guids[card.note_id], card.ordinal): decks[card.deck_id] for card in data.cards}


@SETTINGS
@given(drawing=st.data())
def test_notes_cards_and_reviews_are_read_back(drawing: st.DataObject, folder: Path) -> None:
    data = drawing.draw(packages(folder))
    back = written(data, folder)
    assert not back.warnings
    assert notes_of(back) == notes_of(data)
    assert cards_of(back, {}) == cards_of(data, logged_answers(data))
    assert reviews_of(back) == reviews_of(data)
    assert decks_of(back) == decks_of(data)
    names = {deck.name for deck in back.decks}
    assert all(parent in names for name in names for parent in parent_names(name))


@SETTINGS
@given(drawing=st.data())
def test_without_progress_nothing_of_it_is_left(drawing: st.DataObject, folder: Path) -> None:
    data = drawing.draw(packages(folder))
    back = written(data, folder, dataclasses.replace(OPTIONS, scheduling=False))
    assert back.reviews == []
    for card in back.cards:
        assert (card.state, card.reps, card.lapses, card.flag, card.suspended, card.buried) == (
            "new", 0, 0, 0, False, "",
        )  # fmt: skip
    assert not {"leech", "marked"} & {tag for note in back.notes for tag in note.tags}
    order = [card.position for card in back.cards]
    assert sorted(set(order)) == list(range(1, len(data.notes) + 1))


@SETTINGS
@given(drawing=st.data())
def test_note_types_and_media_are_read_back(drawing: st.DataObject, folder: Path) -> None:
    data = drawing.draw(packages(folder))
    back = written(data, folder)
    ours = {note_type.name: note_type for note_type in data.note_types}
    for theirs in back.note_types:
        mine = ours[theirs.name]
        assert theirs.foreign_id == mine.foreign_id or not mine.foreign_id
        latex = (mine.latex_pre, mine.latex_post) if mine.latex_pre else (theirs.latex_pre, theirs.latex_post)
        assert theirs == dataclasses.replace(
            mine,
            id=theirs.id,
            foreign_id=theirs.foreign_id,
            modified_ms=mine.modified_ms or NOW_MS,
            latex_pre=latex[0],
            latex_post=latex[1],
        )
    wanted = {name for name in MEDIA if name.startswith("_")}
    wanted |= {name for note in data.notes for field in note.fields for name in media_names(field)} & set(
        MEDIA
    )
    assert set(back.media) == wanted
    for name, item in back.media.items():
        assert item.sha256 == data.media[name].sha256
        assert item.path.read_bytes() == MEDIA[name]


OPTION_VALUES = st.builds(
    Options,
    scheduler=st.sampled_from(["fsrs", "anki-sm2"]),
    new_per_day=st.integers(0, 9999),
    reviews_per_day=st.integers(0, 9999),
    learning_steps=st.lists(st.sampled_from([0.5, 1.0, 10.0, 1440.0]), max_size=4).map(tuple),
    relearning_steps=st.lists(st.sampled_from([0.25, 10.0, 60.0]), max_size=3).map(tuple),
    graduating_interval=st.integers(1, 99),
    easy_interval=st.integers(1, 99),
    starting_ease=st.sampled_from([1.31, 2.5, 2.345, 5.0]),
    easy_bonus=st.sampled_from([1.0, 1.3, 5.0]),
    hard_multiplier=st.sampled_from([0.5, 1.2, 1.3]),
    interval_modifier=st.sampled_from([0.5, 1.0, 2.0]),
    lapse_multiplier=st.sampled_from([0.0, 0.35, 1.0]),
    minimum_lapse_interval=st.integers(1, 9),
    maximum_interval=st.integers(1, 36500),
    leech_threshold=st.integers(1, 20),
    leech_suspend=st.booleans(),
    parameters=st.sampled_from([(), tuple(number / 7 for number in range(1, 22))]),
    desired_retention=st.sampled_from([0.7, 0.9, 0.99]),
    historical_retention=st.sampled_from([0.7, 0.9]),
    bury_new=st.booleans(),
    bury_reviews=st.booleans(),
    bury_interday_learning=st.booleans(),
    new_mix=st.sampled_from(Mix),
    interday_learning_mix=st.sampled_from(Mix),
    review_order=st.sampled_from(ReviewOrder),
    new_gather=st.sampled_from(NewGather),
    new_sort=st.sampled_from(NewSort),
    maximum_answer_seconds=st.integers(1, 600),
)


@SETTINGS
@given(drawing=st.data(), chosen=OPTION_VALUES, name=st.sampled_from(["Default", "Mine", "Ünï"]))
def test_presets_are_read_back(drawing: st.DataObject, chosen: Options, name: str, folder: Path) -> None:
    data = drawing.draw(packages(folder, notes=2))
    data.decks = [ExchangeDeck(id=deck.id, name=deck.name, preset_id=4) for deck in data.decks]
    data.presets = [ExchangePreset(id=4, name=name, options=chosen)]
    back = written(data, folder)
    presets = {preset.id: preset for preset in back.presets}
    used = {deck.id: deck.preset_id for deck in back.decks}
    for card in back.cards:
        preset = presets[used[card.deck_id]]
        parameters = tuple(round(number, 6) for number in chosen.parameters)
        assert preset.name == name
        assert preset.options == dataclasses.replace(chosen, parameters=parameters)


@SETTINGS
@given(drawing=st.data(), progress=st.booleans())
def test_the_same_data_gives_the_same_bytes(drawing: st.DataObject, progress: bool, folder: Path) -> None:
    data = drawing.draw(packages(folder))
    options = dataclasses.replace(OPTIONS, scheduling=progress)
    digests = set()
    for name in ("one.apkg", "another.apkg"):
        apkg_writer.write(data, folder / name, options)
        digests.add(hashlib.sha256((folder / name).read_bytes()).hexdigest())
        # the order in which files are found must not matter
        data.media = dict(reversed(data.media.items()))
    assert len(digests) == 1


@pytest.mark.parametrize("offset", [-720, -210, 0, 345, 840])
def test_due_dates_keep_their_date_in_every_zone(offset: int, folder: Path) -> None:
    from mlsd_cards.domain.exchange import ExchangeNote
    from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES

    data = ExchangeData(note_types=[STOCK_NOTE_TYPES[0]], decks=[ExchangeDeck(id=1, name="D")])
    data.notes = [ExchangeNote(1, "g", 1, ("q", "a"))]
    data.cards = [
        ExchangeCard(
            1, 1, 1, 0, state="review", due_date=CREATED_DATE + 10, interval_days=3, ease_permille=2500
        )
    ]
    options = dataclasses.replace(OPTIONS, created_offset_minutes=offset)
    assert written(data, folder, options).cards[0].due_date == CREATED_DATE + 10
