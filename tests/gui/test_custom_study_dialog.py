"""Custom study and filtered decks in the real window: the ways in, what they build, and the ways out."""

import pytest
from helpers.window_desk import CONTROL, Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QRadioButton, QWidget

from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.study import custom, filtered
from mlsd_cards.ui.screens.deck_model import DECK_ROLE

WAYS = ("moreNew", "moreReviews", "forgotten", "ahead", "previewNew", "byState")


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def answer_some(desk, count: int, rating: int = 3) -> None:
    session = desk.window.ctx.col.session()
    for _ in range(count):
        session.answer(rating, 2000)


def decks(desk):
    desk.window.show_screen("decks")
    screen = desk.window._screens["decks"]
    desk.until(lambda: screen.model.rowCount() > 0)
    return screen


def dialog_of(desk, name: str) -> QDialog:
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(QDialog, name)))
    made = next(d for d in desk.window.findChildren(QDialog, name) if d.isVisible())
    desk.until(made.isActiveWindow)
    return made


def press(desk, dialog, name: str) -> None:
    found = dialog.findChild(QAbstractButton, name)
    assert found is not None, name
    desk.qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def pick(desk, dialog, way: str) -> None:
    made = dialog.findChild(QAbstractButton, f"custom_{way}")
    desk.qtbot.mouseClick(made, Qt.MouseButton.LeftButton, pos=made.rect().center())


def write(desk, dialog, name: str, text: str) -> None:
    line = dialog.findChild(QLineEdit, name)
    line.setFocus()
    line.selectAll()
    desk.qtbot.keyClicks(line, text)
    assert line.text() == text


def gone(desk) -> None:
    """Wait until no dialog is open any more."""
    desk.until(lambda: not any(d.isVisible() for d in desk.window.findChildren(QDialog)))


def back(desk) -> None:
    """Give the window the focus again, which without a screen nobody does when a dialog closes."""
    desk.window.activateWindow()
    desk.until(lambda: QApplication.activeWindow() is desk.window)


def sitting(desk, name: str | None):
    desk.until(lambda: desk.window.screen_name == "review" and desk.window.review._session is not None)
    assert desk.window.review._deck == name
    return desk.window.review._session


def test_each_way_is_three_clicks_from_the_decks_and_begins_a_sitting(desk):
    col = desk.window.ctx.col
    answer_some(desk, 4, 1)
    answer_some(desk, 6, 4)
    for way in WAYS:
        screen = decks(desk)
        screen._tree.setCurrentIndex(screen.model.deck_index("ML system design"))
        desk.click("customStudyButton")
        dialog = dialog_of(desk, "customStudyDialog")
        pick(desk, dialog, way)
        press(desk, dialog, "customStart")
        limits = way in ("moreNew", "moreReviews")
        session = sitting(desk, "ML system design" if limits else custom.SESSION)
        back(desk)
        if not limits:
            assert session.counts.total > 0, way
        assert col.undo_label == "Custom study"


def test_more_new_cards_are_counted_at_once_and_undo_takes_them_back(desk):
    col = desk.window.ctx.col
    new = col.session("ML system design").counts.new
    decks(desk)
    desk.key("c")
    dialog = dialog_of(desk, "customStudyDialog")
    write(desk, dialog, "customNumber", "7")
    desk.key(Qt.Key.Key_Return)
    assert sitting(desk, "ML system design").counts.new == new + 7
    desk.until(lambda: "More new cards" in desk.toast)
    back(desk)
    desk.key("z", CONTROL)
    desk.until(lambda: col.session("ML system design").counts.new == new)


@pytest.mark.parametrize("text", ["", "0", "-3", "many", "10000", "1.5"])
def test_a_number_that_is_none_is_said_in_the_dialog(desk, text):
    decks(desk)
    desk.key("c")
    dialog = dialog_of(desk, "customStudyDialog")
    pick(desk, dialog, "ahead")
    line = dialog.findChild(QLineEdit, "customNumber")
    line.setText(text)
    press(desk, dialog, "customStart")
    trouble = dialog.findChild(QLabel, "customTrouble")
    assert trouble.isVisible()
    assert "whole number from 1 to 9999" in trouble.text()
    assert dialog.isVisible()
    desk.key(Qt.Key.Key_Escape)


def test_finding_nothing_is_said_in_the_dialog_and_changes_nothing(desk):
    col = desk.window.ctx.col
    before = col.undo_label
    decks(desk)
    desk.key("c")
    dialog = dialog_of(desk, "customStudyDialog")
    pick(desk, dialog, "byState")
    write(desk, dialog, "customTags", "no-such-tag")
    press(desk, dialog, "customStart")
    trouble = dialog.findChild(QLabel, "customTrouble")
    desk.until(trouble.isVisible)
    assert trouble.text() == filtered.NOTHING_FOUND
    assert col.undo_label == before
    desk.key(Qt.Key.Key_Escape)
    gone(desk)


def test_the_numbers_of_the_ways_are_kept_apart(desk):
    decks(desk)
    desk.key("c")
    dialog = dialog_of(desk, "customStudyDialog")
    write(desk, dialog, "customNumber", "33")
    pick(desk, dialog, "ahead")
    assert dialog.findChild(QLineEdit, "customNumber").text() == "1"
    pick(desk, dialog, "moreNew")
    assert dialog.findChild(QLineEdit, "customNumber").text() == "33"
    assert not dialog.findChild(QLineEdit, "customTags").isVisible()
    desk.key(Qt.Key.Key_Escape)


def test_a_filtered_deck_is_built_by_keys_rebuilt_emptied_changed_and_deleted(desk):
    col = desk.window.ctx.col
    screen = decks(desk)
    desk.key("f")
    dialog = dialog_of(desk, "filteredDeckDialog")
    write(desk, dialog, "filteredName", "Mine")
    write(desk, dialog, "filteredSearch1", "is:new")
    write(desk, dialog, "filteredLimit1", "12")
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: screen.current_deck == "Mine")
    assert "12 cards borrowed" in desk.toast
    index = screen.model.deck_index("Mine")
    assert index.data() == "Mine · filtered"
    assert not desk.find("customStudyButton").isVisible()
    back(desk)
    desk.click("emptyDeckButton")
    desk.until(lambda: "12 cards went home" in desk.toast)
    assert filtered.filtered_deck(col, "Mine").cards == 0
    screen._tree.setFocus()
    desk.key("r")
    desk.until(lambda: filtered.filtered_deck(col, "Mine").cards == 12)
    desk.until(lambda: "12 cards borrowed" in desk.toast)
    desk.click("deckOptionsButton")
    dialog = dialog_of(desk, "filteredDeckDialog")
    assert dialog.findChild(QLineEdit, "filteredSearch1").text() == "is:new"
    write(desk, dialog, "filteredLimit1", "5")
    press(desk, dialog, "filteredCounts")
    press(desk, dialog, "filteredSecond")
    write(desk, dialog, "filteredLimit2", "3")
    press(desk, dialog, "filteredBuild")
    desk.until(lambda: filtered.filtered_deck(col, "Mine").cards == 8)
    made = filtered.filtered_deck(col, "Mine").filter
    assert made.reschedule is False
    assert made.terms == (
        FilterTerm(search="is:new", limit=5, order=FilterOrder.DUE),
        FilterTerm(search="is:new", limit=3, order=FilterOrder.ADDED),
    )
    gone(desk)
    back(desk)
    desk.click("deckOptionsButton")
    press(desk, dialog_of(desk, "filteredDeckDialog"), "filteredDelete")
    desk.until(lambda: "Deck deleted; 8 cards went home" in desk.toast)
    desk.until(lambda: not screen.model.deck_index("Mine").isValid())
    back(desk)
    desk.key("z", CONTROL)
    desk.until(lambda: screen.model.deck_index("Mine").isValid())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("filteredSearch1", "is:nonsense", "is:"),
        ("filteredLimit1", "many", "whole number"),
        ("filteredLimit1", "0", "1 to 99,999"),
        ("filteredName", "ML system design", "already"),
    ],
)
def test_what_cannot_be_built_is_said_in_the_dialog(desk, name, text, expected):
    col = desk.window.ctx.col
    rows = [row.name for row in col.deck_rows()]
    decks(desk)
    desk.click("filteredDeckButton")
    dialog = dialog_of(desk, "filteredDeckDialog")
    write(desk, dialog, "filteredSearch1", "is:new")
    write(desk, dialog, name, text)
    press(desk, dialog, "filteredBuild")
    trouble = dialog.findChild(QLabel, "filteredTrouble")
    desk.until(trouble.isVisible)
    assert expected in trouble.text()
    assert [row.name for row in col.deck_rows()] == rows
    desk.key(Qt.Key.Key_Escape)


def test_cramming_in_the_window_changes_no_due_date_and_its_end_offers_no_custom_study(desk):
    col = desk.window.ctx.col
    answer_some(desk, 3, 4)
    ids = list(col.search("-is:new").ids)
    before = [col.card(key) for key in ids]
    filtered.create(col, "Cram", [FilterTerm(search="-is:new", limit=3)], reschedule=False)
    desk.window.show_screen("review", "Cram")
    desk.until(lambda: desk.window.review._card is not None)
    for left in (2, 1, 0):
        desk.key(Qt.Key.Key_Space)
        assert desk.window.review._bottom.grades[2].isVisible()
        desk.key("3")
        desk.until(lambda left=left: filtered.filtered_deck(col, "Cram").cards == left)
    desk.until(lambda: desk.find("finishedPage", QWidget).isVisible())
    assert not desk.find("finishedCustomButton").isVisible()
    assert [col.card(key) for key in ids] == before


def test_the_page_at_the_end_offers_custom_study_for_the_deck(desk):
    col = desk.window.ctx.col
    deck = next(row.name for row in col.deck_rows() if "::" in row.name and 0 < row.total <= 30)
    col.set_setting("new_per_day", "0", deck)
    desk.window.show_screen("review", deck)
    desk.until(lambda: desk.find("finishedCustomButton").isVisible())
    desk.click("finishedCustomButton")
    dialog = dialog_of(desk, "customStudyDialog")
    assert any(deck.replace("::", " › ") in each.text() for each in dialog.findChildren(QLabel))
    press(desk, dialog, "customStart")
    desk.until(lambda: desk.window.review._card is not None)
    assert desk.window.review._session.counts.new == 10


def test_every_field_can_be_reached_and_has_a_name(desk):
    decks(desk)
    for opened, name in (("c", "customStudyDialog"), ("f", "filteredDeckDialog")):
        desk.window._screens["decks"]._tree.setFocus()
        desk.key(opened)
        dialog = dialog_of(desk, name)
        for kind in (QAbstractButton, QLineEdit):
            for each in dialog.findChildren(kind):
                if each.isVisible() and not (isinstance(each, QRadioButton) and not each.isChecked()):
                    assert each.objectName(), each
                    assert each.accessibleName(), each.objectName()
                    assert each.focusPolicy() & Qt.FocusPolicy.TabFocus, each.objectName()
        desk.key(Qt.Key.Key_Escape)
        gone(desk)
        back(desk)
    assert desk.window._screens["decks"]._tree.currentIndex().data(DECK_ROLE)
