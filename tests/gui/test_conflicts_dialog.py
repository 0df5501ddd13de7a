"""Both texts of a conflict side by side, in the real window: chosen one by one, for all, later, and undone."""

import pytest
from helpers import editions
from helpers.window_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QWidget

from mlsd_cards.study import conflicts
from mlsd_cards.ui.dialogs.conflicts import differences, readable
from mlsd_cards.ui.screens.import_ import State

TEXTS = {"a": ("question a", "answer a"), "b": ("question b", "answer b"), "c": ("question c", "answer c")}
NEWER = {key: (question, f"{answer}<br>and <b>more</b>") for key, (question, answer) in TEXTS.items()}


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    col = made.window.ctx.col
    col.import_file(editions.package(tmp_path / "1.apkg", TEXTS))
    for guid in TEXTS:
        editions.edit(col, guid, TEXTS[guid][0], f"my {guid}")
    yield made
    made.window.close()


def bring(desk, path) -> QWidget:
    """Import a file by clicks and return the dialog of its conflicts."""
    desk.window.open_files([path])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE and not desk.window.ctx.jobs.busy)
    link = desk.find("importLink0")
    assert link.text().startswith("Settle conflicts")
    desk.until(link.isVisible)
    desk.click("importLink0")
    desk.until(lambda: desk.window.findChild(QWidget, "conflictsDialog") is not None)
    return desk.find("conflictsDialog", QWidget)


def press(desk, dialog: QWidget, name: str) -> None:
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


def text(dialog: QWidget, name: str) -> str:
    return dialog.findChild(QPlainTextEdit, name).toPlainText()


def answers(desk) -> list[str]:
    return [editions.found(desk.window.ctx.col, guid).fields[1] for guid in TEXTS]


def test_texts_are_chosen_one_by_one_and_then_for_all(desk, tmp_path):
    dialog = bring(desk, editions.package(tmp_path / "2.apkg", NEWER, edition=2))
    col = desk.window.ctx.col
    assert text(dialog, "conflictMine") == "my a"
    assert text(dialog, "conflictTheirs") == "answer a\nand more"
    assert dialog.findChild(QLabel, "conflictsHeading").text() == "Conflict 1 of 3"
    press(desk, dialog, "conflictsNext")
    assert text(dialog, "conflictMine") == "my b"
    press(desk, dialog, "conflictTake")
    desk.until(lambda: dialog.findChild(QLabel, "conflictsHeading").text() == "Conflict 2 of 2")
    assert answers(desk) == ["my a", NEWER["b"][1], "my c"]
    press(desk, dialog, "conflictsAll")
    keep = dialog.findChild(QAbstractButton, "conflictKeep")
    assert keep.text() == "Keep mine in all"
    press(desk, dialog, "conflictKeep")
    desk.until(lambda: conflicts.count(col) == 0)
    desk.until(lambda: desk.window.findChild(QWidget, "conflictsDialog") is None)
    assert answers(desk) == ["my a", NEWER["b"][1], "my c"]
    assert "2 conflicts settled" in desk.toast
    desk.click("toastButton")
    desk.until(lambda: conflicts.count(col) == 2)
    assert desk.window._screens["import"].state is State.DONE
    desk.window.ctx.actions["undo"].trigger()
    desk.until(lambda: conflicts.count(col) == 3 and not desk.window.ctx.jobs.busy)
    assert answers(desk) == ["my a", "my b", "my c"]
    desk.window.ctx.actions["undo"].trigger()
    desk.until(lambda: desk.window._screens["import"].state is State.READY)
    assert conflicts.count(col) == 0


def test_what_is_left_for_later_waits_on_today(desk, tmp_path):
    dialog = bring(desk, editions.package(tmp_path / "2.apkg", NEWER, edition=2))
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    desk.until(lambda: desk.window.findChild(QWidget, "conflictsDialog") is None)
    desk.window.show_screen("today")
    panel = desk.find("conflictPanel", QWidget)
    desk.until(panel.isVisible)
    assert desk.find("conflictPanelHeading", QLabel).text() == "3 conflicts to decide"
    desk.click("showConflictsButton")
    browse = desk.window._screens["browse"]
    desk.until(lambda: browse.isVisible() and len(browse.model.ids) == 3)
    desk.window.show_screen("today")
    desk.click("settleConflictsButton")
    desk.until(lambda: desk.window.findChild(QWidget, "conflictsDialog") is not None)
    dialog = desk.find("conflictsDialog", QWidget)
    press(desk, dialog, "conflictsAll")
    press(desk, dialog, "conflictTake")
    desk.until(lambda: not panel.isVisible())
    assert answers(desk) == [NEWER[guid][1] for guid in TEXTS]


def test_before_any_import_today_says_nothing_of_conflicts(desk):
    desk.until(lambda: desk.window.today.today is not None)
    assert not desk.find("conflictPanel", QWidget).isVisible()


def test_markup_is_shown_only_where_nothing_else_differs():
    assert readable("<b>a</b>", "a") == ("<b>a</b>", "a")
    assert readable("<b>a</b>", "b<br>c") == ("a", "b\nc")


def test_what_differs_is_marked_in_the_places_of_the_document():
    mine, theirs = "😀 the old cache", "😀 the new big cache"
    own, new = differences(mine, theirs)
    units = theirs.encode("utf-16-le")
    assert own == [(7, 10)]
    assert "".join(units[2 * a : 2 * b].decode("utf-16-le") for a, b in new).strip() == "new big"
    assert differences("same", "same") == ([], [])
