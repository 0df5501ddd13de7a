"""Card info: what it tells of memory, and the drawn forgetting curve, by keys and mouse."""

from datetime import timedelta

import pytest
from helpers.window_desk import Desk
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from mlsd_cards.domain.cards import CardId
from mlsd_cards.study import FixedClock
from mlsd_cards.ui.dialogs.card_info import CardInfoDialog
from mlsd_cards.ui.forgetting_chart import ForgettingChart


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def answered_card(col) -> CardId:
    """Answer one card on several days, the last one some days ago."""
    clock = FixedClock(col.clock.now())
    col.clock = clock
    card = col.session().current.card_id
    for days, rating in ((0, 3), (2, 3), (9, 1), (1, 4)):
        clock.set(clock.now() + timedelta(days=days))
        col.session().answer_card(card, rating, 4000)
    clock.set(clock.now() + timedelta(days=6))
    return card


def shown(desk, card) -> CardInfoDialog:
    ctx = desk.window.ctx
    dialog = CardInfoDialog(ctx.col.card_info(card), ctx.col.clock, ctx.theme, desk.window)
    dialog.open()
    desk.until(dialog.isActiveWindow)
    return dialog


def words(dialog) -> str:
    return "\n".join(each.text() for each in dialog.findChildren(QLabel))


def test_a_card_with_answers_tells_its_memory_and_every_answer(desk):
    col = desk.window.ctx.col
    card = answered_card(col)
    dialog = shown(desk, card)
    info, text = col.card_info(card), words(dialog)
    assert f"{info.recall:.0%}" in text
    assert f"{info.difficulty:.1f}" in text
    assert f"{info.stability:,.1f} days" in text
    assert "Ease" in text
    table = dialog.findChild(QWidget, "cardInfoTable")
    assert table.model().rowCount() == len(info.reviews) == 4
    chart = dialog.findChild(ForgettingChart)
    assert chart.isVisible()
    assert chart.accessibleName() == "Forgetting curve"
    description = chart.accessibleDescription()
    assert description.startswith(f"Recall now {info.recall:.0%}. It falls to 90% on ")
    assert [name for name in ("Good", "Again", "Easy") if name in description] == ["Good", "Again", "Easy"]


def test_under_fsrs_the_ease_that_does_not_count_is_not_told(desk):
    col = desk.window.ctx.col
    card = answered_card(col)
    col.set_setting("scheduler", "fsrs", col.card_info(card).deck)
    assert "Ease" not in words(shown(desk, card)).split("\n")


def test_the_curve_is_walked_by_keys_and_asked_by_the_mouse(desk):
    card = answered_card(desk.window.ctx.col)
    chart = shown(desk, card).findChild(ForgettingChart)
    marks = chart.marks()
    assert all(chart.rect().toRectF().contains(mark) for mark in marks)
    assert [mark.x() for mark in marks] == sorted(mark.x() for mark in marks)
    assert marks[0].y() < marks[2].y()  # after nine days less is known than at first
    chart.setFocus()
    desk.until(chart.hasFocus)
    for expected in (0, 1, 2, 3, 3):
        desk.qtbot.keyClick(chart, Qt.Key.Key_Right)
        assert chart._chosen == expected
    assert "Easy, recall" in chart.text_of(3)
    desk.qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart._chosen == 2
    chart.clearFocus()
    assert chart._chosen == -1
    for index in (1, 2):
        point = chart.marks()[index]
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            point,
            chart.mapToGlobal(point),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(chart, moved)
        assert chart._chosen == index


def test_the_curve_is_drawn_in_the_colours_of_the_theme(desk):
    card = answered_card(desk.window.ctx.col)
    chart = shown(desk, card).findChild(ForgettingChart)
    image = chart.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    tokens = desk.window.ctx.theme.tokens
    assert {tokens.accent.lower(), tokens.again.lower(), tokens.good.lower()} <= colors


def test_a_new_card_has_no_curve(desk):
    col = desk.window.ctx.col
    dialog = shown(desk, col.session().current.card_id)
    assert dialog.findChild(ForgettingChart) is None
    assert "No answers yet" in words(dialog)
    assert "as a new card" in words(dialog)


def test_nothing_is_cut_off_in_a_small_window(desk):
    desk.window.resize(1024, 640)
    dialog = shown(desk, answered_card(desk.window.ctx.col))
    assert dialog.height() <= desk.window.height()
    for each in dialog.findChildren(QLabel):
        if each.isVisible() and each.text():
            assert each.height() >= each.heightForWidth(each.width()) or not each.wordWrap(), each.text()
    assert dialog.findChild(ForgettingChart).height() >= 130
