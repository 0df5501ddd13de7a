"""Report or improve: with keys, a text that names the card lands on the clipboard."""

import pytest
from helpers.window_desk import CONTROL, Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def test_the_words_and_the_card_are_copied(desk):
    desk.review()
    info = desk.window.ctx.col.card_info(desk.card)
    desk.key("I", CONTROL | ALT)
    desk.until(lambda: desk.window.findChild(QDialog, "reportDialog") is not None)
    words = desk.find("reportWords", QPlainTextEdit)
    desk.until(words.hasFocus)
    desk.qtbot.keyClicks(words, "The number is old.")
    assert "The number is old." in desk.find("reportText", QPlainTextEdit).toPlainText()
    desk.click("reportCopy")
    text = QApplication.clipboard().text()
    assert info.fields["Id"] in text
    assert info.fields["Version"] in text
    assert text.rstrip().endswith("The number is old.")
    desk.click("reportClose")
    desk.until(lambda: desk.window.findChild(QDialog, "reportDialog") is None)
    assert desk.answers == 0
