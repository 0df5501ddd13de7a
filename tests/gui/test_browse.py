"""Browse: searching as one types, the list that reads only what is seen, sorting, columns, names, editing in place."""

from collections.abc import Sequence

import pytest
from helpers.window_desk import CONTROL, NONE, NOW, Desk, package
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit, QWidget

from mlsd_cards.study import Collection, FixedClock, browsing, parse_moment
from mlsd_cards.study.browsing import BrowseRow
from mlsd_cards.ui.screens.browse_model import COLUMNS, WINDOW, BrowseModel
from mlsd_cards.ui.screens.browse_parts import joined, term, toggled
from mlsd_cards.ui.theme import Theme

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def row(card: int) -> BrowseRow:
    words = {"deck": "A::B", "note_type": "T", "template": "C", "state": "review", "due": "2026-11-24"}
    numbers = dict.fromkeys(("position", "ease_permille", "reps", "lapses", "created_ms", "modified_ms"), 0)
    return BrowseRow(
        card=card, note=card, question=f"question {card}", **words, **numbers, tags=(), interval_days=7,
        stability=None, difficulty=None, flag=0, suspended=False, buried=False, marked=False,
    )  # fmt: skip


class Shelf:
    """Rows of many cards, and how many of them were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, ids: Sequence[int]) -> dict[int, BrowseRow]:
        self.asked.append(len(ids))
        return {card: row(card) for card in ids if card % 1000}


@pytest.fixture
def desk(qtbot, tmp_path):
    home = tmp_path / "home"
    with Collection.open(home, FixedClock(parse_moment(NOW))) as collection:
        collection.import_file(package(tmp_path, "zalpha", 12))
    made = Desk(qtbot, home)
    yield made
    made.window.close()


def browse(desk, search: str | None = None):
    if search is None:
        desk.click("navBrowse")
    else:
        desk.window.open_in_browse(search)
    screen = desk.window._screens["browse"]
    desk.until(lambda: screen._shown_query == screen.query)
    return screen


def count(desk) -> str:
    return desk.find("browseCount", QLabel).text().split(" · ")[0]


def questions(screen) -> list[str]:
    return [screen.model.index(number, 0).data() for number in range(screen.model.rowCount())]


# -- the list ----------------------------------------------------------------------------------------


def test_the_list_is_a_model(qtmodeltester):
    model = BrowseModel(Shelf(), FixedClock(parse_moment(NOW)), Theme("light"))
    qtmodeltester.check(model)
    model.set_ids(list(range(300)))
    qtmodeltester.check(model)
    model.set_ids([])
    qtmodeltester.check(model)


def test_of_a_hundred_thousand_cards_only_those_are_read_that_are_looked_at():
    shelf = Shelf()
    model = BrowseModel(shelf, FixedClock(parse_moment(NOW)), Theme("light"))
    model.set_ids(range(100_000))
    assert model.rowCount() == 100_000
    assert shelf.asked == []
    for number in (*range(60), *range(99_940, 100_000)):
        for column in range(len(COLUMNS)):
            model.index(number, column).data()
    assert sum(shelf.asked) <= 3 * WINDOW
    for number in range(0, 100_000, WINDOW):
        model.row(number)
    assert len(model._windows) < 100  # what was left behind is not kept
    assert model.index(7, 0).data() == "question 7"
    assert model.index(7, 2).data() == "today"
    assert model.index(1000, 0).data() == "(deleted)"


def test_neighbours_are_chosen_as_one_range():
    model = BrowseModel(Shelf(), FixedClock(parse_moment(NOW)), Theme("light"))
    model.set_ids(range(100_000))
    chosen = model.rows_as_selection(range(100_000))
    assert chosen.count() == 1
    assert model.rows_as_selection([1, 2, 3, 9]).count() == 2
    assert model.rows_as_selection([]).count() == 0


# -- the words of a search ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Plain", "two words", 'a "quote"', "star*", "under_score", "back\\slash", "(x)", "A::B"]
)
def test_a_name_of_the_list_finds_itself(tmp_path, name):
    with Collection.open(tmp_path / "home", FixedClock(parse_moment(NOW))) as collection:
        collection.import_file(package(tmp_path, "named", 2, deck=name))
        assert collection.search(term("deck", name)).count == 2


def test_a_clicked_name_replaces_joins_or_turns_round():
    assert joined("is:due", "tag:x", NONE) == "tag:x"
    assert joined("is:due", "tag:x", CONTROL) == "is:due tag:x"
    assert joined("a or b", "tag:x", CONTROL) == "(a or b) tag:x"
    assert joined("is:due", "tag:x", SHIFT) == "is:due or tag:x"
    assert joined("is:due", "tag:x", ALT) == "-tag:x"
    assert joined("  ", "tag:x", CONTROL) == "tag:x"


def test_a_chip_is_put_in_and_taken_out_and_leaves_the_rest():
    assert toggled("", "is:due") == "is:due"
    assert toggled('"two  words"', "is:due") == '"two  words" is:due'
    assert toggled('"two  words" is:due x', "is:due") == '"two  words" x'
    assert toggled("is:due", "is:due") == ""
    assert toggled("-is:due", "is:due") == "-is:due is:due"


# -- searching ---------------------------------------------------------------------------------------


def test_a_search_is_found_as_it_is_typed(desk):
    screen = browse(desk)
    every = desk.window.ctx.col.search("").count
    assert count(desk) == f"{every:,} cards"
    desk.key(Qt.Key.Key_F, CONTROL)
    line = desk.find("searchEdit", QLineEdit)
    assert line.hasFocus()
    desk.qtbot.keyClicks(line, "zalpha question")
    desk.until(lambda: screen._shown_query == "zalpha question")
    assert count(desk) == f"12 of {every:,}"
    assert len(questions(screen)) == 12
    desk.key(Qt.Key.Key_Return)
    assert screen.table.hasFocus()
    assert screen.table.current_card == screen.model.ids[0]


def test_a_faulty_search_says_what_is_wrong_and_leaves_the_list(desk):
    screen = browse(desk, "zalpha")
    before = questions(screen)
    desk.find("searchEdit", QLineEdit).setFocus()
    desk.qtbot.keyClicks(desk.find("searchEdit", QLineEdit), " flag:9")
    trouble = desk.find("searchTrouble", QLabel)
    desk.until(trouble.isVisible)
    assert "flag" in trouble.text()
    assert questions(screen) == before
    desk.find("searchEdit", QLineEdit).clear()
    desk.until(lambda: not trouble.isVisible())


def test_nothing_found_says_what_to_do_next(desk):
    screen = browse(desk, "zalpha tag:nowhere")
    assert screen.model.rowCount() == 0
    assert "No card is found" in desk.find("browseEmpty", QLabel).text()
    assert desk.find("browseEmpty", QLabel).isVisible()


def test_a_slash_anywhere_begins_a_search_and_letters_stay_in_it(desk):
    desk.key("/")
    line = desk.find("searchEdit", QLineEdit)
    assert line.hasFocus()
    desk.qtbot.keyClicks(line, "t@e-i*1")
    assert line.text() == "t@e-i*1"
    assert desk.window.screen_name == "browse"
    desk.key(Qt.Key.Key_Escape)
    assert desk.window._screens["browse"].table.hasFocus()


def test_chips_search_and_show_that_they_do(desk):
    screen = browse(desk, "zalpha")
    desk.click("chipNew")
    desk.until(lambda: screen._shown_query == "zalpha is:new")
    assert desk.find("chipNew").isChecked()
    assert screen.model.rowCount() == 12
    desk.click("chipDue")
    desk.until(lambda: screen._shown_query == "zalpha is:new is:due")
    assert screen.model.rowCount() == 0
    desk.click("chipNew")
    desk.click("chipDue")
    desk.until(lambda: screen._shown_query == "zalpha")
    assert not desk.find("chipNew").isChecked()


def test_names_beside_the_list_search(desk):
    screen = browse(desk, "")
    if screen._side_panel.isHidden():
        desk.click("browseSidesButton")
    tree = screen.sides
    desk.until(tree.isVisible)
    decks = next(i for i in tree._indexes() if i.data() == "Decks")
    tree.setExpanded(decks, True)
    index = next(
        decks.model().index(number, 0, decks)
        for number in range(decks.model().rowCount(decks))
        if decks.model().index(number, 0, decks).data() == "Brought in"
    )
    tree.scrollTo(index)
    desk.qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, NONE, tree.visualRect(index).center())
    desk.until(lambda: screen._shown_query == 'deck:"Brought in"')
    assert screen.model.rowCount() == 12
    tree.setFocus()
    desk.key(Qt.Key.Key_R, CONTROL | SHIFT)
    assert not tree.isVisible()


# -- sorting, columns, what is remembered ------------------------------------------------------------


def click_heading(desk, screen, name: str) -> None:
    header = screen.table.horizontalHeader()
    number = next(n for n, column in enumerate(COLUMNS) if column.name == name)
    at = header.sectionViewportPosition(number) + header.sectionSize(number) // 2
    desk.qtbot.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, NONE, header.rect().center().__class__(at, 10)
    )


def test_headings_sort_both_ways(desk):
    screen = browse(desk, "zalpha")
    click_heading(desk, screen, "question")
    desk.until(lambda: questions(screen) == sorted(questions(screen)) and screen._order == "text")
    click_heading(desk, screen, "question")
    desk.until(lambda: questions(screen) == sorted(questions(screen), reverse=True))
    assert screen._order == "-text"


def test_columns_are_chosen_and_remembered_with_order_and_place(desk, qtbot):
    screen = browse(desk, "zalpha")
    menu = screen.table.column_menu()
    next(entry for entry in menu.actions() if entry.text() == "Tags").trigger()
    next(entry for entry in menu.actions() if entry.text() == "Ease").trigger()
    click_heading(desk, screen, "due")
    shown = screen.table.shown_columns
    assert "tags" in shown
    assert "ease" not in shown
    desk.window.close()
    again = Desk(qtbot, desk.window.home)
    assert again.window.screen_name == "browse"
    later = again.window._screens["browse"]
    assert later.table.shown_columns == shown
    assert later._order == "due"
    again.window.close()


def test_searches_are_saved_and_forgotten(desk):
    screen = browse(desk, "zalpha is:new")
    screen._save_search()
    dialog = desk.find("askDialog", QWidget)
    line = dialog.findChild(QLineEdit, "askInput")
    line.setText("Mine")
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, "askConfirm"), Qt.MouseButton.LeftButton)
    desk.until(lambda: ("Mine", "zalpha is:new") in screen._saved())
    desk.until(lambda: any(i.data() == "Saved searches" for i in screen.sides._indexes()))
    screen.sides.forgotten.emit("Mine")
    assert screen._saved() == []


# -- editing in place --------------------------------------------------------------------------------


def test_going_on_to_the_next_card_saves_what_was_written(desk):
    screen = browse(desk, "zalpha")
    card = screen.table.current_card
    field = desk.find("fieldFront", QPlainTextEdit)
    desk.until(lambda: bool(field.toPlainText()))
    field.setFocus()
    field.selectAll()
    desk.qtbot.keyClicks(field, "zalpha rewritten")
    screen.table.setFocus()
    desk.key(Qt.Key.Key_N, CONTROL)
    col = desk.window.ctx.col
    desk.until(lambda: col.card_info(card).fields["Front"] == "zalpha rewritten")
    assert col.undo_label == "Edit note"
    assert desk.toast == "Note saved"
    assert screen.table.current_card != card
    desk.until(lambda: "zalpha rewritten" in questions(screen))
    desk.click("toastButton")
    desk.until(lambda: "zalpha rewritten" not in questions(screen))
    assert col.card_info(card).fields["Front"] != "zalpha rewritten"


def test_leaving_the_screen_and_closing_the_window_save_too(desk):
    screen = browse(desk, "zalpha")
    col, card = desk.window.ctx.col, screen.table.current_card
    field = desk.find("fieldBack", QPlainTextEdit)
    field.setPlainText("kept one")
    desk.window.show_screen("today")
    assert col.card_info(card).fields["Back"] == "kept one"
    browse(desk, "zalpha")
    desk.find("fieldBack", QPlainTextEdit).setPlainText("kept two")
    home = desk.window.home
    desk.window.close()
    with Collection.open(home, FixedClock(parse_moment(NOW))) as collection:
        assert collection.card_info(card).fields["Back"] == "kept two"


def test_control_enter_saves_and_the_keyboard_stays_in_the_field(desk):
    screen = browse(desk, "zalpha")
    card = screen.table.current_card
    field = desk.find("fieldBack", QPlainTextEdit)
    desk.until(field.isVisible)
    field.setFocus()
    desk.qtbot.keyClicks(field, "more ")
    desk.key(Qt.Key.Key_Return, CONTROL)
    assert desk.window.ctx.col.card_info(card).fields["Back"].startswith("more ")
    desk.qtbot.wait(200)
    assert field.hasFocus()
    assert not screen.editor.is_changed


def test_the_preview_shows_what_is_being_written(desk):
    screen = browse(desk, "zalpha")
    desk.key(Qt.Key.Key_P, CONTROL | SHIFT)
    desk.until(lambda: screen.editor.preview.view is not None and screen.editor.preview.view.is_ready)
    assert screen.editor.preview.isVisible()
    assert "zalpha question" in (screen.editor.preview.view._side or "")
    desk.click("browseEditTab")
    assert not screen.editor.preview.isVisible()


def test_the_list_follows_changes_from_elsewhere(desk):
    screen = browse(desk, "zalpha")
    col = desk.window.ctx.col
    second = screen.model.ids[1]
    screen.table.setCurrentIndex(screen.model.index(1, 0))
    col.delete_notes([browsing.note_ids(col, [screen.model.ids[0]])[0]])
    desk.until(lambda: screen.model.rowCount() == 11)
    assert screen.table.current_card == second  # the same card stays chosen
    assert screen.table.chosen == [second]
    col.undo()
    desk.until(lambda: screen.model.rowCount() == 12)
    assert screen.table.current_card == second


def test_every_part_has_a_name_for_screen_readers(desk):
    screen = browse(desk, "zalpha")
    for widget in screen.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            named = widget.accessibleName() or widget.objectName().startswith("qt_")
            assert named, f"{type(widget).__name__} {widget.objectName()}"
    assert QApplication.focusWidget() is not None
