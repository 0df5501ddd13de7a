"""Presets by real clicks: a copy is made, given to a deck, renamed, reset, left and deleted; each can be undone."""

import pytest
from helpers.window_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLabel, QLineEdit

from mlsd_cards.study import presets
from mlsd_cards.ui.dialogs.presets import shared_by

DECK = "ML system design"
PART = "ML system design::Batch and stream"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def seen(desk, name):
    desk.until(lambda: any(each.isVisible() for each in desk.window.findChildren(QDialog, name)))
    return next(each for each in desk.window.findChildren(QDialog, name) if each.isVisible())


def click(desk, dialog, name):
    made = dialog.findChild(QAbstractButton, name)
    desk.until(made.isEnabled)
    desk.qtbot.mouseClick(made, Qt.MouseButton.LeftButton)


def options(desk, row: int = 0):
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("deckOptionsButton").isVisible())
    for _ in range(row):
        desk.key(Qt.Key.Key_Down)
    desk.click("deckOptionsButton")
    return seen(desk, "presetDialog")


def opened(desk, row: int = 0):
    click(desk, options(desk, row), "presetsButton")
    return seen(desk, "presetsDialog")


def names(desk):
    return {use.name: len(use.decks) for use in presets.all_presets(desk.window.ctx.col)}


def said(dialog):
    return dialog.findChild(QLabel, "presetShared").text()


def test_a_copy_is_made_used_renamed_reset_and_deleted(desk):
    col = desk.window.ctx.col
    dialog = opened(desk, row=1)
    before = names(desk)["Default"]
    assert said(dialog).startswith(f"Used by {DECK}, ")
    assert not dialog.findChild(QAbstractButton, "presetUse").isEnabled()
    assert not dialog.findChild(QAbstractButton, "presetDelete").isEnabled()
    click(desk, dialog, "presetDuplicate")
    assert said(dialog) == "No deck uses it."
    click(desk, dialog, "presetUse")
    desk.until(lambda: names(desk) == {"Default": before - 1, "Default (copy)": 1})
    desk.until(lambda: said(dialog) == "Used by ML system design › Batch and stream.")
    click(desk, dialog, "presetRename")
    asked = seen(desk, "askDialog")
    line = asked.findChild(QLineEdit, "askInput")
    line.selectAll()
    desk.qtbot.keyClicks(line, "default")
    click(desk, asked, "askConfirm")
    assert "“default” already" in asked.findChild(QLabel, "askTrouble").text()
    line.selectAll()
    desk.qtbot.keyClicks(line, "Streams")
    click(desk, asked, "askConfirm")
    desk.until(lambda: "Streams" in names(desk))
    click(desk, dialog, "presetsClose")
    again = seen(desk, "presetDialog")
    assert again.findChild(QLabel, "presetReach").text() == "For ML system design › Batch and stream."
    line = again.findChild(QLineEdit, "preset_new_per_day")
    line.selectAll()
    desk.qtbot.keyClicks(line, "5")
    click(desk, again, "presetSave")
    desk.until(lambda: col.settings(PART)["new_per_day"] == 5)
    assert col.settings(DECK)["new_per_day"] == 20
    desk.until(
        lambda: not any(each.isVisible() for each in desk.window.findChildren(QDialog, "presetDialog"))
    )
    desk.click("deckOptionsButton")
    click(desk, seen(desk, "presetDialog"), "presetsButton")
    dialog = seen(desk, "presetsDialog")
    click(desk, dialog, "presetReset")
    desk.until(lambda: col.settings(PART)["new_per_day"] == 20)
    desk.until(dialog.findChild(QAbstractButton, "presetReset").isEnabled)
    choice = dialog.findChild(QComboBox, "presetChoice")
    choice.setFocus()
    desk.qtbot.keyClick(choice, Qt.Key.Key_Home)
    click(desk, dialog, "presetUse")
    desk.until(lambda: names(desk)["Default"] == before)
    desk.until(choice.isEnabled)
    choice.setFocus()
    desk.qtbot.keyClick(choice, Qt.Key.Key_End)
    click(desk, dialog, "presetDelete")
    desk.until(lambda: list(names(desk)) == ["Default"])
    for _ in range(4):
        col.undo()
    assert names(desk) == {"Default": before - 1, "Streams": 1}


def test_what_is_not_saved_is_not_lost(desk):
    dialog = options(desk)
    line = dialog.findChild(QLineEdit, "preset_new_per_day")
    line.selectAll()
    desk.qtbot.keyClicks(line, "5")
    click(desk, dialog, "presetsButton")
    assert dialog.findChild(QLabel, "presetTrouble").text() == "Save or cancel what you changed here first."
    assert line.text() == "5"
    assert not desk.window.findChildren(QDialog, "presetsDialog")


def test_who_shares_a_preset_in_words():
    assert shared_by(()) == "No deck uses it."
    assert shared_by(("A::B",)) == "Used by A › B."
    assert shared_by(("A", "B")) == "Used by A and B."
    assert shared_by(("A", "B", "C")) == "Used by A, B and C."
    assert shared_by(("A", "B", "C", "D")) == "Used by A, B, C and 1 other deck."
