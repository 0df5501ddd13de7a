"""Deck options by real clicks and keys: what is shown, refused, saved as one act, and taken back."""

from dataclasses import replace

import pytest
from helpers.window_desk import CONTROL, Desk
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
)

from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.study import preset_preview
from mlsd_cards.ui.dialogs.preset import PresetDialog
from mlsd_cards.ui.dialogs.preset_more import MORE_FIELDS
from mlsd_cards.ui.dialogs.preset_parts import FIELDS, text_of

DECK = "ML system design"
PART = "ML system design::Batch and stream"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def dialog_of(desk) -> PresetDialog:
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(PresetDialog)))
    made = next(d for d in desk.window.findChildren(PresetDialog) if d.isVisible())
    desk.until(made.isActiveWindow)
    return made


def from_decks(desk, row: int = 0) -> PresetDialog:
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("deckOptionsButton").isVisible())
    for _ in range(row):
        desk.key(Qt.Key.Key_Down)
    desk.click("deckOptionsButton")
    return dialog_of(desk)


def write(desk, dialog, key: str, text: str) -> QLineEdit:
    line = dialog.findChild(QLineEdit, f"preset_{key}")
    assert line.isVisible(), key
    line.setFocus()
    line.selectAll()
    desk.qtbot.keyClick(line, Qt.Key.Key_Delete)
    desk.qtbot.keyClicks(line, text)
    return line


def choose(desk, dialog, key: str, words: str) -> None:
    combo = dialog.findChild(QComboBox, f"preset_{key}")
    combo.setFocus()
    if combo.findText(words) < combo.currentIndex():
        desk.qtbot.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(combo.count()):
        if combo.currentText() == words:
            return
        desk.qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == words


def save(desk, dialog) -> None:
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, "presetSave"), Qt.MouseButton.LeftButton)


def intervals(dialog) -> list[str]:
    names = ("again", "hard", "good", "easy")
    return [dialog.findChild(QLabel, f"presetPreview_{name}").text() for name in names]


def closed(desk) -> bool:
    if any(d.isVisible() for d in desk.window.findChildren(QDialog, "presetDialog")):
        return False
    desk.window.activateWindow()  # without a screen nobody gives the focus back
    return desk.window.isActiveWindow()


def test_a_value_that_cannot_be_used_is_said_in_the_dialog_which_stays_open(desk):
    col = desk.window.ctx.col
    dialog = from_decks(desk)
    before, label = col.settings(DECK), col.undo_label
    write(desk, dialog, "new_per_day", "many")
    problem = dialog.findChild(QLabel, "presetProblem_new_per_day")
    assert problem.text() == "New cards per day is a whole number from 0 to 9999, not “many”."
    assert problem.isVisible()
    assert intervals(dialog) == ["–"] * 4
    dialog.findChild(QLineEdit, "preset_maximum_interval").setFocus()
    save(desk, dialog)
    assert dialog.isVisible()
    assert dialog.findChild(QLineEdit, "preset_new_per_day").hasFocus()
    assert col.settings(DECK) == before
    write(desk, dialog, "new_per_day", "7")
    assert not problem.isVisible()
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert col.settings(DECK) == before | {"new_per_day": 7}
    assert desk.toast == "Options saved"
    desk.key("z", CONTROL)
    assert col.settings(DECK) == before
    assert col.undo_label == label


def test_o_in_a_review_changes_what_the_buttons_offer_and_one_undo_takes_all_of_it_back(desk):
    col = desk.window.ctx.col
    desk.review()
    desk.until(lambda: desk.window.review._card is not None)
    deck = desk.window.review._card.deck
    before, card, labels = col.settings(deck), desk.card, desk.window.review._card.labels
    desk.key(Qt.Key.Key_Space)
    desk.key("o")
    dialog = dialog_of(desk)
    assert not dialog.findChild(QLineEdit, "preset_learning_steps").isVisible()  # SM-2 has no steps
    choose(desk, dialog, "scheduler", "SM-2 as in Anki")
    write(desk, dialog, "learning_steps", "2m 16m")
    line = write(desk, dialog, "easy_interval", "9")
    desk.until(lambda: intervals(dialog) == ["<2m", "<9m", "<16m", "9d"])
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.until(lambda: closed(desk) and desk.window.review._card is not None)
    after = col.settings(deck)
    assert {key for key in after if after[key] != before[key]} == {
        "preset",  # shared before, now its own
        "scheduler",
        "learning_steps",
        "easy_interval",
    }
    assert desk.card == card
    assert desk.window.review._answer_shown
    assert desk.window.review._card.labels[:3] == ("<2m", "<9m", "<16m")
    desk.key("u")
    desk.until(lambda: desk.window.review._card is not None and desk.window.review._card.labels == labels)
    assert col.settings(deck) == before


def test_the_words_say_which_decks_change_and_which_keep_their_options(desk):
    col = desk.window.ctx.col
    others = len(col.deck_rows()) - 1
    dialog = from_decks(desk)
    assert dialog.findChild(QLabel, "presetReach").text() == (
        f"For ML system design and {others} other decks with the same options."
    )
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    desk.until(lambda: closed(desk))
    dialog = from_decks(desk, 1)
    words = dialog.findChild(QLabel, "presetReach").text()
    assert words == (
        f"For ML system design › Batch and stream. {others} other decks had them too and keep them as they are."
    )
    write(desk, dialog, "reviews_per_day", "50")
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert col.settings(PART)["reviews_per_day"] == 50
    assert col.settings(DECK)["reviews_per_day"] == 200
    assert preset_preview.deck_preset(col, PART).left == ()
    assert PART not in preset_preview.deck_preset(col, DECK).changed


def test_escape_and_a_save_without_a_change_write_nothing(desk):
    col = desk.window.ctx.col
    before, label = col.settings(DECK), col.undo_label
    dialog = from_decks(desk)
    write(desk, dialog, "new_per_day", "3")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    desk.until(lambda: closed(desk))
    save(desk, from_decks(desk))
    desk.until(lambda: closed(desk))
    assert col.settings(DECK) == before
    assert col.undo_label == label


def test_a_new_scheduler_takes_the_cards_over_without_moving_a_due_date(desk):
    col = desk.window.ctx.col
    session = col.session()
    cards = []
    for _ in range(5):
        cards.append(session.current.card_id)
        session.answer(3, 1000)
    due = [col.card_info(card).due for card in cards]
    dialog = from_decks(desk)
    choose(desk, dialog, "scheduler", "FSRS")
    assert dialog.findChild(QLineEdit, "preset_desired_retention").isVisible()
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert [col.card_info(card).due for card in cards] == due
    assert all(col.card_info(card).stability for card in cards)


def test_siblings_that_are_buried_only_in_part_stay_so_until_it_is_chosen(desk):
    col = desk.window.ctx.col
    col.set_setting("bury_reviews", "false", DECK)
    dialog = from_decks(desk)
    assert dialog.findChild(QComboBox, "preset_bury_new").currentText() == "As it is now (only some)"
    write(desk, dialog, "new_per_day", "5")
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert [col.settings(DECK)[key] for key in ("bury_new", "bury_reviews")] == [True, False]
    dialog = from_decks(desk)
    choose(desk, dialog, "bury_new", "As it is now (only some)")
    desk.qtbot.keyClick(dialog.findChild(QComboBox, "preset_bury_new"), Qt.Key.Key_Up)
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert not any(col.settings(DECK)[key] for key in ("bury_new", "bury_reviews", "bury_interday_learning"))


def test_what_the_collection_refuses_is_said_in_the_dialog(desk):
    ctx = desk.window.ctx
    preset = replace(preset_preview.deck_preset(ctx.col, DECK), deck="Nowhere")
    dialog = PresetDialog(ctx, preset, desk.window)
    dialog.open()
    write(desk, dialog, "new_per_day", "5")
    save(desk, dialog)
    trouble = dialog.findChild(QLabel, "presetTrouble")
    desk.until(trouble.isVisible)
    assert "Nowhere" in trouble.text()
    assert dialog.isVisible()
    assert dialog.findChild(QAbstractButton, "presetSave").isEnabled()
    dialog.close()


def test_a_key_pressed_twice_opens_one_dialog(desk):
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("deckOptionsButton").isVisible())
    for _ in range(2):
        desk.window.ctx.actions["deck_options"].trigger()
    dialog = dialog_of(desk)
    assert desk.window.findChildren(PresetDialog) == [dialog]
    dialog.close()


def test_the_wheel_scrolls_the_page_and_changes_no_setting(desk):
    dialog = from_decks(desk)
    choose(desk, dialog, "scheduler", "FSRS")
    combo = dialog.findChild(QComboBox, "preset_scheduler")
    bar = dialog.findChild(QScrollArea).verticalScrollBar()
    desk.until(lambda: bar.maximum() > 0)
    middle = combo.rect().center()
    wheel = QWheelEvent(
        QPointF(middle),
        QPointF(combo.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, wheel)
    assert combo.currentText() == "FSRS"
    dialog.close()


def test_every_setting_is_named_explained_and_shows_what_can_be_typed_again(desk):
    col = desk.window.ctx.col
    preset = preset_preview.deck_preset(col, DECK)
    dialog = from_decks(desk)
    assert len(FIELDS) <= 12
    for row in dialog.rows:
        assert row.input.accessibleName().startswith(row.field.title)
        assert row.changes() == {}
        if row.field.key != "easy_days":
            assert row.input.accessibleDescription() == row.field.about
    for field in (*FIELDS, *MORE_FIELDS):
        for key in field.keys:
            texts = {key: text_of(preset.options, key)}
            assert preset_preview.problems(texts, {}) == {}
    dialog.close()


@pytest.mark.parametrize("scheduler", ["sm2", "anki-sm2", "fsrs"])
def test_the_preview_is_what_a_sitting_offers_a_new_card(desk, scheduler):
    col = desk.window.ctx.col
    texts = {"scheduler": scheduler, "learning_steps": "3m 2h", "easy_interval": "6"}
    shown = preset_preview.preview(preset_preview.deck_preset(col, DECK).options, texts | {"fuzz": "false"})
    preset_preview.change_options(col, DECK, texts | {"fuzz": "false"})
    assert col.session(DECK).current.labels == shown


def test_several_options_are_changed_together_or_not_at_all(desk):
    col = desk.window.ctx.col
    before = col.settings(DECK)
    with pytest.raises(InputError, match="leech_threshold is a whole number"):
        preset_preview.change_options(col, DECK, {"new_per_day": "1", "leech_threshold": "x"})
    with pytest.raises(NotFound, match="no setting “nonsense”"):
        preset_preview.change_options(col, DECK, {"new_per_day": "1", "nonsense": "x"})
    assert col.settings(DECK) == before


def test_steps_are_shown_in_the_unit_in_which_they_are_whole():
    from mlsd_cards.domain.decks import Options

    options = Options(learning_steps=(0.5, 10.0, 90.0, 120.0, 1440.0))
    assert text_of(options, "learning_steps") == "30s 10m 90m 2h 1d"


def test_limits_of_one_deck_are_set_beside_its_options_as_one_act(desk):
    col = desk.window.ctx.col
    dialog = from_decks(desk)
    before = col.settings(DECK)
    write(desk, dialog, "new_today", "many")
    problem = dialog.findChild(QLabel, "presetProblem_limits")
    assert problem.isVisible()
    assert problem.text().startswith("New cards of this deck today is a whole number from 0 to 9999")
    save(desk, dialog)
    assert dialog.isVisible()
    assert dialog.findChild(QLineEdit, "preset_new_today").hasFocus()
    write(desk, dialog, "new_today", "3")
    assert not problem.isVisible()
    write(desk, dialog, "reviews_per_day_deck", "70")
    write(desk, dialog, "new_per_day", "9")
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    assert col.settings(DECK) == before | {"new_today": 3, "reviews_per_day_deck": 70, "new_per_day": 9}
    assert col.today(DECK).new == 3
    again = from_decks(desk)
    assert again.findChild(QLineEdit, "preset_new_today").text() == "3"
    write(desk, again, "new_today", "")
    save(desk, again)
    desk.until(lambda: closed(desk))
    assert col.settings(DECK)["new_today"] is None
    col.undo()
    col.undo()
    assert col.settings(DECK) == before


def test_more_settings_come_when_asked_for_and_easy_days_are_saved(desk):
    col = desk.window.ctx.col
    col.set_setting("scheduler", "anki-sm2", DECK)
    dialog = from_decks(desk)
    assert not dialog.findChild(QComboBox, "preset_load_balance").isVisible()
    assert sum(row.isVisibleTo(dialog) for row in dialog.rows) <= 12
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, "presetMore"), Qt.MouseButton.LeftButton)
    assert not dialog.findChild(QAbstractButton, "presetMore").isVisible()
    desk.until(dialog.findChild(QComboBox, "preset_review_order").hasFocus)
    choose(desk, dialog, "load_balance", "Yes")
    choose(desk, dialog, "easy_sunday", "Minimum")
    write(desk, dialog, "easy_bonus", "9")
    save(desk, dialog)
    problem = dialog.findChild(QLabel, "presetProblem_easy_bonus")
    assert problem.isVisible()
    assert problem.text().startswith("Easy bonus")
    write(desk, dialog, "easy_bonus", "1.5")
    save(desk, dialog)
    desk.until(lambda: closed(desk))
    saved = col.settings(DECK)
    assert saved["load_balance"] is True
    assert saved["easy_days"] == [1.0] * 6 + [0.0]
    assert saved["easy_bonus"] == 1.5
    again = from_decks(desk)
    desk.qtbot.mouseClick(again.findChild(QAbstractButton, "presetMore"), Qt.MouseButton.LeftButton)
    assert again.findChild(QComboBox, "preset_easy_sunday").currentText() == "Minimum"
    choose(desk, again, "scheduler", "SM-2 as first published")
    assert not again.findChild(QComboBox, "preset_easy_sunday").isVisible()
    assert again.findChild(QComboBox, "preset_review_order").isVisible()
