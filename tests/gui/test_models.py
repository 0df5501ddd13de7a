"""The models behind tables and trees hold what Qt asks of a model, and say the right words."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor

from mlsd_cards.domain.reviews import ReviewKind, ReviewLogEntry
from mlsd_cards.study import CardInfo, DeckRow, FixedClock, parse_moment
from mlsd_cards.ui.dialogs.card_info import ReviewsModel
from mlsd_cards.ui.screens import deck_model, topics_model
from mlsd_cards.ui.screens.deck_model import DeckModel
from mlsd_cards.ui.screens.topics_model import TopicsModel
from mlsd_cards.ui.theme import LIGHT, Theme

DISPLAY = Qt.ItemDataRole.DisplayRole


def row(
    number: int, name: str, new: int = 0, learning: int = 0, review: int = 0, total: int = 10, seen: int = 0
):
    return DeckRow(id=number, name=name, new=new, learning=learning, review=review, total=total, seen=seen)


DECKS = (
    row(1, "A", 5, 1, 2, 30, 15),
    row(2, "A::B", 5, 1, 2, 20),
    row(3, "A::B::C", 1, 0, 0, 5),
    row(4, "A::D"),
    row(5, "E"),
    row(6, "F::G"),  # F itself is no deck
)


def test_the_deck_tree_is_a_model(qtmodeltester):
    model = DeckModel(Theme("light"))
    qtmodeltester.check(model)
    model.set_rows(DECKS)
    qtmodeltester.check(model)
    model.set_rows(())
    qtmodeltester.check(model)


def test_decks_lie_inside_each_other():
    model = DeckModel(Theme("light"))
    model.set_rows(DECKS)
    tops = [model.index(i, 0).data() for i in range(model.rowCount())]
    assert tops == ["A", "E", "F"]
    inner = model.deck_index("A::B::C")
    assert inner.data() == "C"
    assert inner.parent().data() == "B"
    assert inner.parent().parent().parent() == QModelIndex()
    assert inner.siblingAtColumn(1).data() == "1"
    assert model.deck_index("F").siblingAtColumn(4).data() == "0"
    assert not model.deck_index("nowhere").isValid()
    assert not model.deck_index("").isValid()
    assert model.deck_index("A::D").data(deck_model.DECK_ROLE) == "A::D"


def test_counts_are_coloured_only_where_there_is_something():
    model = DeckModel(Theme("light"))
    model.set_rows(DECKS)
    inks = [
        model.deck_index("A").siblingAtColumn(n).data(Qt.ItemDataRole.ForegroundRole) for n in range(1, 5)
    ]
    assert inks == [QColor(c) for c in (LIGHT.easy_text, LIGHT.again_text, LIGHT.good_text, LIGHT.muted)]
    assert model.deck_index("E").siblingAtColumn(1).data(Qt.ItemDataRole.ForegroundRole) == QColor(
        LIGHT.muted
    )
    spoken = model.deck_index("A").siblingAtColumn(3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "2 to review"


def test_topics_are_a_model(qtmodeltester):
    model = TopicsModel()
    qtmodeltester.check(model)
    model.set_rows(DECKS)
    qtmodeltester.check(model)


def test_topics_say_what_is_due_and_seen():
    model = TopicsModel()
    model.set_rows(DECKS[:1])
    words = [model.index(0, n).data() for n in range(4)]
    assert words == ["A", "30", "8", "50 %"]
    assert model.index(0, 3).data(topics_model.SHARE_ROLE) == 0.5
    assert model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole) == "5 new, 1 learning, 2 to review"
    model.set_rows((row(9, "Empty", total=0),))
    assert model.index(0, 3).data() == "0 %"
    assert model.index(0, 3).data(topics_model.SHARE_ROLE) == 0.0


@pytest.fixture
def reviews():
    entries = tuple(
        ReviewLogEntry(
            id=i, card_id=1, rating=r, kind=k, interval=iv, last_interval=0, factor=f, milliseconds=ms
        )
        for i, r, k, iv, f, ms in (
            (1_795_500_000_000, 1, ReviewKind.LEARN, -60, 0, 4000),
            (1_795_586_400_000, 4, ReviewKind.REVIEW, 9, 2650, 12_340),
            (1_795_590_000_000, 0, ReviewKind.MANUAL, 0, 0, 0),
        )
    )
    words = {
        "guid": "g",
        "deck": "D",
        "note_type": "T",
        "template": "C",
        "state": "review",
        "due": "2026-12-01",
    }
    numbers = dict.fromkeys(
        ("card", "note", "note_type_id", "ordinal", "reps", "lapses", "flag", "added_ms"), 1
    )
    sides = dict.fromkeys(("question_html", "answer_html", "css"), "")
    info = CardInfo(
        **words,
        **numbers,
        **sides,
        fields={},
        tags=(),
        interval_days=9,
        ease_permille=2650,
        stability=None,
        difficulty=None,
        suspended=False,
        buried=False,
        reviews=entries,
    )
    return ReviewsModel(info, FixedClock(parse_moment("2026-11-24T14:00:00+01:00")))


def test_past_answers_are_a_model(reviews, qtmodeltester):
    qtmodeltester.check(reviews)


def test_past_answers_stand_newest_first_in_local_time(reviews):
    table = [[reviews.index(r, c).data() for c in range(6)] for r in range(3)]
    assert [line[1] for line in table] == ["", "Easy", "Again"]
    assert table[1][3:] == ["9 days", "2.65", "12.3 s"]
    assert table[2][3:] == ["60 seconds", "", "4.0 s"]
    assert table[0][0] == "25 November 2026, 08:00"
