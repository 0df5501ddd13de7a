"""Review logs that are passed on without being looked at entry by entry come out as those that are."""

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from helpers import anki_packages as anki
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.exchange import ExchangeData, StoredReviews
from mlsd_cards.formats import apkg_writer
from mlsd_cards.store import reviews
from mlsd_cards.store.whole_log import WholeLog
from mlsd_cards.study import Collection
from tests.helpers.anki_reading import read
from tests.helpers.packages import OPTIONS, packages
from tests.helpers.study import empty_collection, fill

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
LOG = st.lists(
    st.fixed_dictionaries(
        {
            "card_id": st.sampled_from([anki.CARD, anki.CARD + 1, anki.CARD + 2]),
            "ease": st.integers(0, 4),
            "type": st.integers(0, 5),
            "factor": st.sampled_from([0, 2500]),
            "time": st.integers(0, 60_000),
        }
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def rows(package: Path, sql: str) -> list[tuple[Any, ...]]:
    database = package.with_suffix(".db")
    with zipfile.ZipFile(package) as archive:
        database.write_bytes(archive.read("collection.anki2"))
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def made_collection(home: Path) -> Collection:
    collection = empty_collection(home)
    fill(collection, [])
    return collection


def everything(collection: Collection) -> list[CardId]:
    return list(collection.search("deck:*").ids)


@SETTINGS
@given(st.data())
def test_a_log_goes_out_as_a_whole_as_it_does_card_by_card(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name, made_collection(Path(name) / "home") as collection:
        folder = Path(name)
        drawn = data.draw(packages(folder))
        apkg_writer.write(drawn, folder / "in.apkg", OPTIONS)
        collection.import_file(folder / "in.apkg")
        whole, chosen = folder / "whole.apkg", folder / "chosen.apkg"
        report = collection.export(whole)
        assert collection.export(chosen, cards=everything(collection)).reviews == report.reviews
        assert report.reviews == len(drawn.reviews)
        for table in ("notes", "cards", "revlog"):
            wanted = f"SELECT * FROM {table} ORDER BY id"
            assert rows(whole, wanted) == rows(chosen, wanted)


def test_a_log_of_ours_is_the_same_as_numbers(folder: Path) -> None:
    entries = [
        {"card_id": anki.CARD, "ease": 3, "type": kind, "factor": 2500, "time": kind} for kind in range(6)
    ]
    with made_collection(folder / "home") as collection:
        collection.import_file(package(folder, entries))
        with collection.store.read() as conn:
            first, last = reviews.bounds(conn) or (0, 0)
            log = WholeLog(collection.store.database, first, last, count=reviews.count(conn))
            assert reviews.has_all(conn, log)
        told = [
            (number, card, rating, log.kinds[kind], *rest)
            for batch in log.batches()
            for number, card, rating, kind, *rest in batch
        ]
        assert told == list(log) == log[:]
        assert list(log.ids()) == [entry.id for entry in log]
        assert len(log) == len(told) == 6


def package(folder: Path, log: list[dict[str, Any]], *more: dict[str, Any]) -> Path:
    cards = [
        anki.card(anki.CARD + place, type=2, queue=2, due=3, ivl=4, factor=2500, reps=1, ord=0, nid=number)
        for place, number in enumerate((anki.NOTE, anki.NOTE + 1, anki.NOTE + 2))
    ]
    notes = [anki.note(anki.NOTE + place) for place in range(3)]
    entries = [anki.review(1_650_000_000_000 + place, **entry) for place, entry in enumerate(log)]
    contents = anki.collection(notes=notes, cards=cards, reviews=[*entries, *more])
    return anki.package(folder / "deck.apkg", contents)


@SETTINGS
@given(LOG)
def test_a_sound_log_reads_as_one_in_which_something_is_left_out(log: list[dict[str, Any]]) -> None:
    found: list[ExchangeData] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found.append(read(package(folder, log), folder))
        orphan = anki.review(1_650_000_000_999, card_id=1)
        found.append(read(package(folder, log, orphan), folder))
        sound, mended = found
        assert isinstance(sound.reviews, StoredReviews)
        assert not isinstance(mended.reviews, StoredReviews)
        assert list(sound.reviews) == list(mended.reviews) == list(sound.reviews)
        assert [entry.id for entry in mended.reviews] == list(sound.reviews.ids())
        assert sound.reviews[-1:] == mended.reviews[-1:]
        assert (sound.reviews.first, sound.reviews.last) == (mended.reviews[0].id, mended.reviews[-1].id)
        assert sound.cards == mended.cards  # their last answers come from the log
        assert [warning for warning in mended.warnings if "review" in warning]


def test_a_log_that_ends_after_tomorrow_or_has_no_card_is_looked_at(folder: Path) -> None:
    entry = {"card_id": anki.CARD, "ease": 3, "type": 1, "factor": 2500, "time": 1}
    late = anki.review(anki.NOW_MS + 3 * 86_400_000)
    data = read(package(folder, [entry], late), folder)
    assert not isinstance(data.reviews, StoredReviews)
    assert len(data.reviews) == 2
    assert data.reviews[-1].id < late["id"]


def test_what_was_imported_is_taken_back_and_brought_again(folder: Path) -> None:
    log = [{"card_id": anki.CARD, "ease": 3, "type": 1, "factor": 2500, "time": 9}] * 3
    with made_collection(folder / "home") as collection:
        path = package(folder, log)
        assert collection.import_file(path).reviews == 3
        assert collection.import_file(path).notes_unchanged == 3
        assert len(collection.card_info(CardId(anki.CARD)).reviews) == 3
        assert collection.undo() is not None
        assert everything(collection) == []
        assert collection.redo() is not None
        assert len(collection.card_info(CardId(anki.CARD)).reviews) == 3
        assert collection.check() == []
