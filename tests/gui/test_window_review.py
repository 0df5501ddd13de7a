"""The review screen in the real window, by keys and clicks, on a real collection."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QWidget

from mlsd_cards.study import FixedClock, parse_moment
from mlsd_cards.ui.app import build_window
from mlsd_cards.ui.main_window import MainWindow

NOW = "2026-11-24T10:00:00+01:00"


class Desk:
    """A window with the built-in decks, and what its collection says of them."""

    def __init__(self, qtbot, home: Path):
        self.qtbot = qtbot
        self.home = home
        window = build_window(home, FixedClock(parse_moment(NOW)))
        assert isinstance(window, MainWindow)
        self.window = window
        qtbot.addWidget(window)
        window.resize(1280, 820)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5000)

    @property
    def col(self):
        return self.window.ctx.col

    def key(self, key: Qt.Key | str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        target = self.window.focusWidget() or self.window
        self.qtbot.keyClick(target, key, modifier)

    def start(self) -> None:
        button = self.window.findChild(QAbstractButton, "startReviewButton")
        self.qtbot.waitUntil(button.isVisible, timeout=5000)
        self.key(Qt.Key.Key_Space)
        self.qtbot.waitUntil(lambda: self.window.screen_name == "review", timeout=5000)

    def counts(self) -> tuple[int, int, int]:
        names = ("countNew", "countLearning", "countReview")
        new, learning, review = (int(self.window.findChild(QLabel, name).text()) for name in names)
        return new, learning, review

    def rows(self, sql: str) -> list[tuple]:
        conn = sqlite3.connect(f"file:{self.home / 'collection.db'}?mode=ro", uri=True)
        try:
            return conn.execute(sql).fetchall()
        finally:
            conn.close()

    def one(self, sql: str) -> int:
        return self.rows(sql)[0][0]

    def current(self) -> int:
        return self.window.review._card.card_id

    def assert_counts_agree(self) -> None:
        today = self.col.today()
        assert self.counts() == (today.new, today.learning, today.review)


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def test_twenty_cards_by_keyboard_alone(desk):
    assert desk.col.today().new == 20
    desk.start()
    for number in range(20):
        assert desk.one("SELECT count(*) FROM reviews") == number
        desk.key(Qt.Key.Key_Space)
        desk.key(str(1 + number % 4) if number % 4 > 1 else "3")
        desk.assert_counts_agree()
    assert desk.one("SELECT count(*) FROM reviews") == 20
    assert desk.col.today().new == 0
    assert desk.window.findChild(QWidget, "finishedPage").isVisible()
    desk.key(Qt.Key.Key_Escape)
    assert desk.window.screen_name == "today"


def test_failed_and_hard_cards_come_back_at_the_end_of_the_day(desk):
    desk.start()
    first = desk.current()
    desk.key(Qt.Key.Key_Space)
    desk.key("1")
    for _ in range(19):
        desk.key(Qt.Key.Key_Space)
        desk.key("3")
    assert desk.counts() == (0, 1, 0)
    assert desk.current() == first
    desk.key(Qt.Key.Key_Space)
    desk.key("4")
    assert desk.window.findChild(QWidget, "finishedPage").isVisible()


@pytest.mark.parametrize("key", ["1", "2", "3", "4"])
def test_a_grade_key_never_acts_before_the_answer_is_shown(desk, key):
    desk.start()
    card = desk.current()
    desk.key(key)
    assert desk.current() == card
    assert desk.one("SELECT count(*) FROM reviews") == 0


@pytest.mark.parametrize(("rating", "name"), [(3, "gradeGood"), (4, "gradeEasy")])
def test_what_the_button_says_is_what_is_stored(desk, rating, name):
    desk.start()
    card = desk.current()
    desk.key(Qt.Key.Key_Space)
    button = desk.window.findChild(QAbstractButton, name)
    assert "1\u202fd" in button.accessibleName()
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    due = date.fromisoformat(desk.col.card_info(card).due)
    assert due == date(2026, 11, 24) + timedelta(days=1)
    assert desk.rows(f"SELECT rating, interval FROM reviews WHERE card_id = {card}") == [(rating, 1)]


def test_undo_and_redo_of_an_answer(desk):
    desk.start()
    card = desk.current()
    before = desk.rows("SELECT * FROM cards ORDER BY id")
    desk.key(Qt.Key.Key_Space)
    desk.key("3")
    after = desk.rows("SELECT * FROM cards ORDER BY id")
    assert desk.current() != card
    desk.key("u")
    assert desk.current() == card
    assert desk.rows("SELECT * FROM cards ORDER BY id") == before
    assert desk.one("SELECT count(*) FROM reviews") == 0
    desk.assert_counts_agree()
    desk.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert desk.rows("SELECT * FROM cards ORDER BY id") == after
    assert desk.one("SELECT count(*) FROM reviews") == 1
    desk.assert_counts_agree()


CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize(
    ("key", "modifier", "sql"),
    [
        ("-", None, "SELECT count(*) FROM cards WHERE buried_until_day > 0"),
        ("=", None, "SELECT count(*) FROM cards WHERE buried_until_day > 0"),
        ("@", None, "SELECT count(*) FROM cards WHERE suspended"),
        ("!", None, "SELECT count(*) FROM cards WHERE suspended"),
        ("*", None, "SELECT count(*) FROM notes WHERE tags LIKE '% marked %'"),
        (Qt.Key.Key_5, CONTROL, "SELECT count(*) FROM cards WHERE flag = 5"),
        (Qt.Key.Key_Delete, CONTROL, "SELECT 106 - count(*) FROM notes"),
    ],
    ids=["bury card", "bury note", "suspend card", "suspend note", "mark", "flag", "delete"],
)
def test_each_act_has_its_key_and_its_undo(desk, key, modifier, sql):
    desk.start()
    notes = desk.one("SELECT count(*) FROM notes")
    sql = sql.replace("106", str(notes))
    assert desk.one(sql) == 0
    desk.key(key, modifier or Qt.KeyboardModifier.NoModifier)
    assert desk.one(sql) == (6 if key in ("=", "!") else 1)
    desk.assert_counts_agree()
    desk.key("u")
    assert desk.one(sql) == 0
    desk.assert_counts_agree()


def test_an_answer_that_cannot_be_stored_is_taken_back_and_said(desk):
    desk.start()
    card = desk.current()
    desk.key(Qt.Key.Key_Space)
    desk.col.store._conn.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(desk.home / "collection.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # another program writes and does not let go
    desk.key("3")
    assert desk.current() == card
    assert desk.one("SELECT count(*) FROM reviews") == 0
    assert desk.window.findChildren(QWidget, "errorDialog") or desk.window.ctx.messages.toast.isVisible()
    other.execute("ROLLBACK")
    other.close()
    for dialog in desk.window.findChildren(QDialog):
        dialog.close()
    desk.key("3")
    assert desk.one("SELECT count(*) FROM reviews") == 1
    assert desk.current() != card


def test_closing_in_the_middle_of_an_answer_loses_nothing(qtbot, tmp_path):
    first = Desk(qtbot, tmp_path / "home")
    first.start()
    for _ in range(3):
        first.key(Qt.Key.Key_Space)
        first.key("3")
    first.key(Qt.Key.Key_Space)  # an answer is shown and not graded
    card = first.current()
    first.window.close()
    second = Desk(qtbot, tmp_path / "home")
    assert second.one("SELECT count(*) FROM reviews") == 3
    second.start()
    assert second.current() == card
    assert second.counts() == (17, 0, 0)
    second.window.close()


def test_card_info_opens_and_closes_by_key(desk):
    desk.start()
    desk.key("i")
    dialog = desk.window.findChild(QWidget, "cardInfoDialog")
    assert dialog.isVisible()
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
