"""What happens around the cards: focus, held keys, marks, menus, messages, links, and the end of a sitting."""

import pytest
from helpers.window_desk import CONTROL, NONE, NOW, Desk
from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QPlainTextEdit, QWidget

from mlsd_cards.study import Collection, FixedClock, parse_moment
from mlsd_cards.ui.actions import ACTIONS
from mlsd_cards.ui.theme import DARK, LIGHT


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


# -- keys and focus ----------------------------------------------------------------------------------


def test_a_held_key_grades_once():
    """Qt repeats an action's key only where the action says so; none that changes a card does."""
    repeating = {row.id for row in ACTIONS if row.repeats}
    assert repeating == {"zoom_in", "zoom_out", "scroll_down", "scroll_up"}


def test_repeats_of_a_held_key_do_nothing_to_the_next_card(desk):
    desk.review()
    desk.key(Qt.Key.Key_Space)
    desk.key("3")
    card = desk.card
    focused = QApplication.focusWidget() or desk.window
    for key, text in ((Qt.Key.Key_3, "3"), (Qt.Key.Key_Space, " "), (Qt.Key.Key_Return, "\r")):
        for _ in range(5):
            QApplication.sendEvent(focused, QKeyEvent(QEvent.Type.KeyPress, key, NONE, text, True))
    assert desk.card == card
    assert not desk.window.review._answer_shown
    assert desk.answers == 1


def test_space_presses_the_button_that_was_reached_by_tab_and_leaves_it_afterwards(desk):
    desk.review()
    desk.key(Qt.Key.Key_Space)
    again = desk.find("gradeAgain")
    again.setFocus(Qt.FocusReason.TabFocusReason)
    desk.until(again.hasFocus)
    first = desk.card
    desk.key(Qt.Key.Key_Space)
    rows = desk.window.ctx.col.card_info(first).reviews
    assert [entry.rating for entry in rows] == [1]
    assert not again.hasFocus()
    undo = desk.find("undoHint")
    assert not undo.hasFocus()
    desk.key(Qt.Key.Key_Space)
    assert desk.window.review._answer_shown


def test_a_click_leaves_the_keys_with_the_card(desk):
    desk.review()
    desk.click("showAnswerButton")
    desk.click("gradeGood")
    assert desk.answers == 1
    desk.key(Qt.Key.Key_Space)
    desk.key(Qt.Key.Key_Return)
    assert desk.answers == 2


def test_no_focus_ever_rests_on_a_hidden_button(desk):
    desk.review()
    for _ in range(3):
        desk.key(Qt.Key.Key_Space)
        desk.key("3")
        focused = QApplication.focusWidget()
        assert focused is None or (focused.isVisible() and not isinstance(focused, QAbstractButton))


def test_the_card_does_not_move_and_its_view_keeps_its_size(desk):
    desk.review()
    view = desk.find("cardView", QWidget)
    before = view.geometry()
    desk.key(Qt.Key.Key_Space)
    desk.qtbot.wait(50)
    assert view.geometry() == before


def test_card_text_grows_and_shrinks_and_that_is_remembered(desk, qtbot):
    desk.review()
    desk.key(Qt.Key.Key_Plus, CONTROL)
    desk.key(Qt.Key.Key_Plus, CONTROL)
    assert desk.window.review._view.zoomFactor() == pytest.approx(1.21)
    desk.window.close()
    again = Desk(qtbot, desk.window.home)
    again.review()
    assert again.window.review._view.zoomFactor() == pytest.approx(1.21)
    again.key(Qt.Key.Key_0, CONTROL)
    assert again.window.review._view.zoomFactor() == pytest.approx(1.0)
    again.window.close()


# -- marks, menu, messages ---------------------------------------------------------------------------


def test_flag_and_mark_are_seen_and_taken_off_again_and_the_side_stays(desk):
    desk.review()
    desk.key(Qt.Key.Key_Space)
    marks, card = desk.find("marksLabel", QLabel), desk.card
    assert not marks.isVisible()
    desk.key(Qt.Key.Key_3, CONTROL)
    desk.key("*")
    assert marks.text() == "⚑ Green   ★ Marked"
    assert marks.isVisible()
    assert desk.window.review._answer_shown
    desk.key(Qt.Key.Key_3, CONTROL)
    desk.key("*")
    assert not marks.isVisible()
    assert desk.card == card
    desk.key("3")
    assert desk.answers == 1


def test_more_opens_a_menu_whose_entries_act(desk):
    desk.review()
    card = desk.card
    desk.key("m")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if action.text() == "Suspend card")
    entry.trigger()
    menu.close()
    assert desk.window.ctx.col.card_info(card).suspended
    assert desk.card != card


def test_the_toast_says_what_happened_and_its_undo_works(desk):
    desk.review()
    card = desk.card
    desk.key("-")
    assert desk.toast == "Card buried until tomorrow"
    assert desk.card != card
    assert desk.window.ctx.col.card_info(card).buried
    desk.click("toastButton")
    assert not desk.window.ctx.col.card_info(card).buried
    assert desk.toast == "Undone: Bury"
    assert desk.find("toastButton").text() == "Redo"
    desk.click("toastButton")
    assert desk.window.ctx.col.card_info(card).buried


def test_the_toast_stays_inside_a_narrow_window(desk):
    desk.window.resize(900, 560)
    desk.window.ctx.messages.say("A rather long sentence that has to be broken. " * 8, "Undo")
    toast = desk.find("toast", QWidget)
    assert desk.window.rect().contains(toast.geometry())
    desk.window.ctx.messages.say("Short")
    assert toast.width() < 300
    assert not desk.find("toastButton").isVisible()


def test_nothing_to_undo_is_said(desk):
    desk.key(Qt.Key.Key_Z, CONTROL)
    assert desk.toast == "There is nothing to undo"


def test_replaying_a_card_without_sound_is_said(desk):
    desk.review()
    desk.key("r")
    assert desk.toast == "This card has no sound"


def test_every_key_stands_on_the_page_of_keys(desk):
    desk.key("?")
    dialog = desk.find("keysDialog", QWidget)
    assert dialog.isVisible()
    words = {label.text() for label in dialog.findChildren(QLabel)}
    assert {row.text.rstrip("…") for row in ACTIONS} <= words
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


class Browser(QObject):
    """Stands in for the system's browser."""

    def __init__(self):
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


def test_a_link_opens_only_after_the_user_agrees(desk):
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")
    try:
        address = QUrl("https://example.org/a%20b?c=%3Cd%3E&e=1")
        for answer, opened in (("linkCancel", []), ("linkOpen", [address.toString()])):
            desk.window.ctx.messages.ask_link(address)
            dialog = next(d for d in desk.window.findChildren(QWidget, "linkDialog") if d.isVisible())
            shown = dialog.findChild(QPlainTextEdit, "linkAddress").toPlainText()
            assert shown == "https://example.org/a%20b?c=%3Cd%3E&e=1"
            dialog.findChild(QAbstractButton, answer).click()
            assert browser.opened == opened
    finally:
        QDesktopServices.unsetUrlHandler("https")


def test_the_scheme_of_the_settings_is_taken_and_can_change(qtbot, tmp_path):
    with Collection.open(tmp_path / "home", FixedClock(parse_moment(NOW))) as collection:
        collection.set_setting("theme", "dark")
    desk = Desk(qtbot, tmp_path / "home")
    assert desk.window.ctx.theme.tokens is DARK
    assert DARK.bg in desk.window.styleSheet()
    desk.window.ctx.theme.choose("light")
    assert LIGHT.bg in desk.window.styleSheet()
    desk.window.close()


# -- the end of a sitting ----------------------------------------------------------------------------


def finish(desk) -> None:
    for _ in range(400):
        if desk.window.review._card is None:
            return
        desk.key(Qt.Key.Key_Space)
        desk.key("3")
    raise AssertionError("the sitting does not end")


def test_the_last_page_says_what_was_done_and_takes_the_last_answer_back(desk):
    desk.review()
    finish(desk)
    page = desk.find("finishedPage", QWidget)
    assert page.isVisible()
    assert desk.find("finishedHeading", QLabel).text() == "Done for today"
    assert f"{desk.answers} answers" in desk.find("finishedLines", QLabel).text()
    assert "new cards" in desk.find("finishedHidden", QLabel).text()
    assert not desk.find("showAnswerButton").isVisible()
    done = desk.answers
    desk.key("u")
    assert not page.isVisible()
    assert desk.answers == done - 1
    desk.key(Qt.Key.Key_Space)
    desk.key("3")
    assert page.isVisible()
    desk.key(Qt.Key.Key_Space)
    assert desk.window.screen_name == "today"
    desk.until(lambda: desk.window.findChild(QLabel, "savedLabel").text() == "Saved · 10:00")


def test_today_says_that_all_is_done_and_offers_nothing_dead(desk):
    desk.review()
    finish(desk)
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: not desk.find("startReviewButton").isVisible())
    words = {label.text() for label in desk.window.today.findChildren(QLabel) if label.isVisible()}
    assert "All done" in words
    desk.key(Qt.Key.Key_Space)
    assert desk.window.screen_name == "today"


def test_a_learning_card_comes_back_by_itself(qtbot, tmp_path):
    with Collection.open(tmp_path / "home", FixedClock(parse_moment(NOW))) as collection:
        collection.set_setting("scheduler", "anki-sm2", "ML system design")
        collection.set_setting("new_per_day", "1", "ML system design")
        collection.set_setting("learning_steps", "60 120", "ML system design")
    desk = Desk(qtbot, tmp_path / "home")
    desk.review()
    card = desk.card
    desk.key(Qt.Key.Key_Space)
    desk.key("1")
    page = desk.find("finishedPage", QWidget)
    assert page.isVisible()
    assert desk.find("finishedHeading", QLabel).text() == "Done for now"
    assert "comes at 11:0" in desk.find("finishedLines", QLabel).text()
    desk.clock.set(parse_moment("2026-11-24T11:10:00+01:00"))
    desk.window.review._finished.go_on.emit()
    assert not page.isVisible()
    assert desk.card == card
    desk.window.close()


def test_a_clock_that_was_put_back_is_accepted_by_a_click(desk):
    desk.review()
    desk.key(Qt.Key.Key_Space)
    desk.key("3")
    desk.key(Qt.Key.Key_Escape)
    accept = desk.find("acceptClockButton")
    assert not accept.isVisible()
    desk.clock.set(parse_moment("2026-11-10T10:00:00+01:00"))
    desk.window.today.refresh()
    desk.until(accept.isVisible)
    assert "14 days behind" in desk.window.ctx.col.clock_warning()
    desk.click("acceptClockButton")
    desk.until(lambda: not accept.isVisible())
    assert desk.window.ctx.col.clock_warning() == ""
