"""What is done to the chosen cards: each act by its key, one undo step, and the list shows it."""

import pytest
from helpers.window_desk import CONTROL, NONE, NOW, Desk, package
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QMenu, QWidget

from mlsd_cards.study import Collection, FixedClock, browsing, parse_moment
from mlsd_cards.ui.screens import browse_acts

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    home = tmp_path / "home"
    with Collection.open(home, FixedClock(parse_moment(NOW))) as collection:
        collection.import_file(package(tmp_path, "zalpha", 8))
    made = Desk(qtbot, home)
    made.window.open_in_browse("zalpha")
    made.screen = made.window._screens["browse"]
    made.until(lambda: made.screen.model.rowCount() == 8)
    made.col = made.window.ctx.col
    yield made
    made.window.close()


def choose(desk, first: int, last: int) -> list[int]:
    """Click the row `first`, then with Shift the row `last`; return the chosen cards."""
    table = desk.screen.table
    for number, keys in ((first, NONE), (last, SHIFT)):
        at = table.visualRect(table.cards.index(number, 0)).center()
        desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, at)
    assert table.chosen == list(table.cards.ids[first : last + 1])
    table.setFocus()
    return table.chosen


def undone(desk, label: str) -> None:
    assert desk.col.undo_label == label
    desk.key(Qt.Key.Key_Z, CONTROL)


def infos(desk, cards):
    return [desk.col.card_info(card) for card in cards]


def answer(desk, text: str) -> QWidget:
    dialog = desk.find("askDialog", QWidget)
    box = dialog.findChild(QWidget, "askInput")
    if isinstance(box, QComboBox):
        box.setCurrentText(text)
    else:
        assert isinstance(box, QLineEdit)
        box.selectAll()
        desk.qtbot.keyClicks(box, text)
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, "askConfirm"), Qt.MouseButton.LeftButton)
    if not dialog.isVisible():
        desk.until(lambda: desk.window.findChild(QWidget, "askDialog") is None)
        desk.window.activateWindow()
        desk.until(desk.window.isActiveWindow)
        desk.screen.table.setFocus()
    return dialog


@pytest.mark.parametrize(
    ("key", "keys", "label", "done"),
    [
        (Qt.Key.Key_J, CONTROL, "Suspend", lambda info: info.suspended),
        (Qt.Key.Key_J, CONTROL | SHIFT, "Bury", lambda info: info.buried),
        (Qt.Key.Key_K, CONTROL, "Mark", lambda info: "marked" in info.tags),
        (Qt.Key.Key_3, CONTROL, "Set flag", lambda info: info.flag == 3),
    ],
)
def test_what_a_key_does_to_several_it_takes_off_again(desk, key, keys, label, done):
    cards = choose(desk, 1, 3)
    before = desk.col.undo_label
    desk.key(key, keys)
    assert [done(info) for info in infos(desk, cards)] == [True] * 3
    desk.until(lambda: all(done(info) for info in infos(desk, cards)))
    assert desk.screen.table.chosen == cards
    desk.qtbot.wait(20)  # the list has heard of it
    desk.key(key, keys)
    assert not any(done(info) for info in infos(desk, cards))
    desk.key(Qt.Key.Key_Z, CONTROL)
    assert all(done(info) for info in infos(desk, cards))
    undone(desk, label)
    assert not any(done(info) for info in infos(desk, cards))
    assert desk.col.undo_label == before


def test_deleting_notes_is_one_step_and_comes_back_whole(desk):
    cards = choose(desk, 2, 6)
    desk.key(Qt.Key.Key_Delete, CONTROL)
    desk.until(lambda: desk.screen.model.rowCount() == 3)
    assert desk.toast == "5 notes deleted"
    assert desk.screen.table.current_card is not None
    desk.click("toastButton")
    desk.until(lambda: desk.screen.model.rowCount() == 8)
    assert len(infos(desk, cards)) == 5


def test_a_text_being_written_of_a_deleted_note_is_let_go(desk):
    choose(desk, 0, 0)
    desk.qtbot.wait(60)
    desk.screen.editor.form.fields[0].setPlainText("never mind")
    desk.key(Qt.Key.Key_Delete, CONTROL)
    desk.until(lambda: desk.screen.model.rowCount() == 7)
    assert desk.col.undo_label == "Delete notes"


def test_cards_move_to_another_deck(desk):
    cards = choose(desk, 0, 2)
    target = next(name for name in browsing.names(desk.col).decks if name != "Brought in")
    desk.key(Qt.Key.Key_D, CONTROL)
    answer(desk, target)
    assert {info.deck for info in infos(desk, cards)} == {target}
    undone(desk, "Change deck")
    assert {info.deck for info in infos(desk, cards)} == {"Brought in"}


def test_tags_are_put_on_and_taken_off(desk):
    cards = choose(desk, 0, 1)
    desk.key(Qt.Key.Key_A, CONTROL | SHIFT)
    answer(desk, "one two::three")
    assert {info.tags for info in infos(desk, cards)} == {("one", "two::three")}
    desk.key(Qt.Key.Key_A, CONTROL | SHIFT | ALT)
    answer(desk, "ONE")
    assert {info.tags for info in infos(desk, cards)} == {("two::three",)}
    undone(desk, "Change tags")
    undone(desk, "Change tags")
    assert {info.tags for info in infos(desk, cards)} == {()}


def test_a_due_date_that_is_none_is_told_in_the_dialog_which_stays(desk):
    cards = choose(desk, 0, 1)
    desk.key(Qt.Key.Key_D, CONTROL | SHIFT)
    dialog = answer(desk, "soon")
    trouble = dialog.findChild(QLabel, "askTrouble")
    assert trouble.isVisible()
    assert "soon" in trouble.text()
    answer(desk, "5")
    assert {info.due for info in infos(desk, cards)} == {"2026-11-29"}
    desk.until(lambda: desk.screen.model.index(0, 2).data() == "29 Nov")
    desk.key(Qt.Key.Key_N, CONTROL | ALT)
    assert {info.state for info in infos(desk, cards)} == {"new"}
    undone(desk, "Forget cards")
    undone(desk, "Set due date")


def test_all_and_the_others(desk):
    table = desk.screen.table
    chosen = set(choose(desk, 0, 2))
    desk.key(Qt.Key.Key_S, CONTROL | ALT)
    assert set(table.chosen) == set(table.cards.ids) - chosen
    desk.key(Qt.Key.Key_A, CONTROL | ALT)
    assert table.chosen_count == 8
    desk.until(lambda: "8 cards chosen" in desk.find("browseMessage", QLabel).text())


def test_many_cards_are_changed_beside_the_interface(desk, monkeypatch):
    monkeypatch.setattr(browse_acts, "AT_ONCE", 3)
    cards = choose(desk, 0, 7)
    desk.key(Qt.Key.Key_J, CONTROL)
    desk.until(lambda: all(info.suspended for info in infos(desk, cards)))
    desk.until(lambda: desk.toast == "8 cards suspended")
    assert desk.screen.table.chosen == cards


def test_the_menu_lists_the_acts_and_they_act(desk):
    cards = choose(desk, 0, 0)
    desk.click("browseMore")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [entry.text() for entry in menu.actions()]
    assert {"Edit note…", "Change deck…", "Flag", "Columns", "Save this search…"} <= set(texts)
    next(entry for entry in menu.actions() if entry.text().startswith("Suspend")).trigger()
    menu.close()
    assert desk.col.card_info(cards[0]).suspended


def test_card_info_and_double_click(desk):
    choose(desk, 1, 1)
    desk.key("i")
    dialog = desk.find("cardInfoDialog", QWidget)
    desk.until(dialog.isVisible)
    dialog.close()
    table = desk.screen.table
    at = table.visualRect(table.cards.index(1, 0)).center()
    desk.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, NONE, at)
    editor = desk.find("editDialog", QWidget)
    desk.until(editor.isVisible)
    assert editor._card == table.current_card
    editor.close()


def test_without_a_chosen_card_an_act_says_so(desk):
    desk.screen.table.clearSelection()
    desk.key(Qt.Key.Key_J, CONTROL)
    assert desk.toast == "Choose a card first"
    assert desk.col.undo_label == "Import"
