"""Set due date, forget and grade now in the window: by keys and clicks, with plain errors, and taken back."""

import pytest
from helpers.window_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def dialog(desk, name):
    return desk.window.findChild(QDialog, name)


def opened(desk, name):
    desk.until(lambda: dialog(desk, name) is not None and dialog(desk, name).isVisible())
    return dialog(desk, name)


def closed(desk, name):
    """Wait until a dialog is gone and the keys are the window's again."""
    desk.until(lambda: dialog(desk, name) is None)
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    desk.until(lambda: desk.window.review._card is not None)


def part(found, name, kind=QAbstractButton):
    shown = found.findChild(kind, name)
    assert shown is not None, name
    return shown


def test_a_due_date_is_written_refused_in_plain_words_corrected_and_taken_back(desk):
    desk.review()
    card = desk.card
    desk.key(Qt.Key.Key_D, CONTROL_SHIFT)
    found = opened(desk, "askDialog")
    line = part(found, "askInput", QLineEdit)
    desk.until(line.hasFocus)
    line.selectAll()
    desk.qtbot.keyClicks(line, "soon")
    desk.qtbot.mouseClick(part(found, "askConfirm"), Qt.MouseButton.LeftButton)
    trouble = part(found, "askTrouble", QLabel)
    assert trouble.isVisible()
    assert "“soon” is not a due date" in trouble.text()
    assert found.isVisible()
    line.selectAll()
    desk.qtbot.keyClicks(line, "9!")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    closed(desk, "askDialog")
    desk.until(lambda: desk.card != card)
    schedule = desk.window.ctx.col.card(card).schedule
    assert schedule.interval_days == 9
    assert schedule.due_day == desk.window.ctx.col.today_number() + 9
    assert desk.toast == "Due date set"
    desk.key("u")
    desk.until(lambda: desk.window.review._card is not None)
    assert desk.window.ctx.col.card(card).schedule.due_day is None


def test_a_dialog_given_up_changes_nothing(desk):
    desk.review()
    card = desk.card
    for key, name in ((Qt.Key.Key_D, "askDialog"), (Qt.Key.Key_G, "gradeDialog")):
        desk.key(key, CONTROL_SHIFT)
        found = opened(desk, name)
        desk.qtbot.keyClick(found, Qt.Key.Key_Escape)
        closed(desk, name)
    assert desk.card == card
    assert desk.window.ctx.col.undo_label is None


def test_a_card_that_was_answered_is_forgotten(desk):
    desk.review()
    card = desk.card
    desk.key(Qt.Key.Key_D, CONTROL_SHIFT)
    line = part(opened(desk, "askDialog"), "askInput", QLineEdit)
    line.selectAll()
    desk.qtbot.keyClicks(line, "0")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    closed(desk, "askDialog")
    assert desk.card == card
    assert desk.window.ctx.col.card(card).schedule.state == "review"
    desk.key(Qt.Key.Key_N, CONTROL_ALT)
    desk.until(lambda: desk.window.ctx.col.card(card).schedule.state == "new")
    assert desk.toast == "Card made new again"


@pytest.mark.parametrize("by_key", [True, False])
def test_a_card_is_graded_without_its_answer(desk, by_key):
    desk.review()
    card = desk.card
    desk.key(Qt.Key.Key_G, CONTROL_SHIFT)
    found = opened(desk, "gradeDialog")
    if by_key:
        desk.qtbot.keyClick(found, Qt.Key.Key_4)
    else:
        desk.qtbot.mouseClick(part(found, "gradeNowEasy"), Qt.MouseButton.LeftButton)
    closed(desk, "gradeDialog")
    desk.until(lambda: desk.card != card)
    assert [entry.rating for entry in desk.window.ctx.col.card_info(card).reviews] == [4]
    assert desk.toast == "1 card graded Easy"
    assert desk.answers == 1
    desk.key("u")
    desk.until(lambda: desk.answers == 0)


def test_chosen_cards_are_graded_in_browse(desk):
    desk.window.open_in_browse("is:new")
    table = desk.window._screens["browse"].table
    desk.until(lambda: table.cards.rowCount() > 3)
    table.setFocus()
    table.selectRow(0)
    desk.until(lambda: len(table.chosen) == 1)
    card = table.chosen[0]
    desk.key(Qt.Key.Key_G, CONTROL_SHIFT)
    desk.qtbot.mouseClick(part(opened(desk, "gradeDialog"), "gradeNowGood"), Qt.MouseButton.LeftButton)
    desk.until(lambda: desk.answers == 1)
    assert [entry.rating for entry in desk.window.ctx.col.card_info(card).reviews] == [3]
    assert desk.toast == "1 card graded Good"
