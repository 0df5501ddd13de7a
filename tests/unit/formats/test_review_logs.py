"""A review log that stays in its file is a sequence like any other, and is nobody's own table."""

import itertools
from pathlib import Path

import pytest
from helpers import anki_packages as anki
from helpers.anki_packages import NOW_MS, card, note, review

from mlsd_cards.domain.exchange import ReadOptions, StoredReviews
from mlsd_cards.formats import apkg


@pytest.fixture
def log(tmp_path: Path) -> StoredReviews:
    db = anki.collection(notes=[note()], cards=[card()], reviews=[review(NOW_MS + n) for n in range(5)])
    work = tmp_path / "work"
    work.mkdir()
    path = anki.package(tmp_path / "deck.apkg", db)
    reviews = apkg.read(path, ReadOptions(work_dir=work, now_ms=NOW_MS + 100)).reviews
    assert isinstance(reviews, StoredReviews)
    return reviews


def test_a_log_in_a_file_is_a_sequence(log: StoredReviews) -> None:
    whole = list(log)
    assert len(log) == len(whole) == 5
    assert [each.id for each in whole] == list(log.ids()) == [NOW_MS + n for n in range(5)]
    assert (log[0], log[-1], log[1:3]) == (whole[0], whole[-1], whole[1:3])
    assert log == whole
    assert log != whole[1:]
    assert log != 5
    batches = itertools.chain.from_iterable(log.batches())
    assert [row[0] for row in batches] == [each.id for each in whole]


def test_a_log_in_a_foreign_file_is_no_table_of_ours(log: StoredReviews) -> None:
    assert log.database() is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(log)
