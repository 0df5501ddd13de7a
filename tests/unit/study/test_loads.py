"""A sitting weighs the days ahead where a preset asks for it, and keeps up with its own answers."""

from collections import Counter

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from tests.helpers.study import TODAY, Made, due, empty_collection, fill

WORDS = "normal normal normal normal reduced minimum minimum"


@pytest.fixture
def collection(tmp_path):
    with empty_collection(tmp_path) as collection:
        yield collection


def test_easy_days_are_written_in_words(collection):
    collection.set_setting("easy_days", WORDS)
    assert collection.settings()["easy_days"] == [1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    collection.set_setting("easy_days", "normal " * 7)
    assert collection.settings()["easy_days"] == []
    for wrong in ("normal", "busy " * 7, WORDS + " normal"):
        with pytest.raises(InputError, match="seven words, Monday first"):
            collection.set_setting("easy_days", wrong)


def test_answers_of_one_sitting_spread_over_the_days(tmp_path):
    most = {}
    for balanced in (False, True):
        with empty_collection(tmp_path / str(balanced)) as collection:
            options = Options(scheduler="anki-sm2", load_balance=balanced)
            fill(collection, [Made([due(TODAY, 20, ease_permille=2500)])] * 60, {"Deck": options})
            session = collection.session()
            days = Counter(session.answer_card(CardId(10 * note), 3).interval for note in range(1, 61))
            assert sum(days.values()) == 60
            assert len(days) > 3
            most[balanced] = max(days.values())
    assert most[True] < most[False]
