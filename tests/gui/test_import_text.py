"""A text file in the real window: what was guessed is seen, corrected by keys and clicks, and then imported so."""

import pytest
from helpers.window_desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from mlsd_cards.ui.screens.import_ import State


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def opened(desk, path):
    desk.window.open_files([path])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    return screen


def choose(desk, screen, name: str, words: str) -> None:
    """Go to an entry by the arrow keys; each step reads the file anew and leaves the keyboard where it is."""
    combo = desk.find(name, QComboBox)
    combo.setFocus()
    wanted = combo.findText(words)
    assert wanted >= 0
    while combo.currentIndex() != wanted:
        before = screen._preview
        desk.qtbot.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < wanted else Qt.Key.Key_Up)
        desk.until(lambda before=before: screen.state is State.READY and screen._preview is not before)
        assert combo.hasFocus()


def cells(screen) -> list[str]:
    return [each.text() for each in screen._page.text._rows.findChildren(QLabel) if not each.isHidden()]


def test_a_guess_is_corrected_and_the_file_is_imported_as_shown(desk, tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes("Question;Answer\nhéron;a bird\ncarpe;a fish\n".encode("cp1252"))
    screen = opened(desk, path)
    desk.until(lambda: len(cells(screen)) == 6)
    assert cells(screen) == ["Question", "Answer", "héron", "a bird", "carpe", "a fish"]
    header = desk.find("importHeader")
    assert header.isChecked()
    desk.qtbot.mouseClick(header, Qt.MouseButton.LeftButton, pos=QPoint(8, header.height() // 2))
    desk.until(lambda: screen.state is State.READY and "Column 1" in cells(screen))
    assert screen._preview.report.notes_new == 3
    desk.qtbot.mouseClick(header, Qt.MouseButton.LeftButton, pos=QPoint(8, header.height() // 2))
    desk.until(lambda: screen.state is State.READY and screen._preview.report.notes_new == 2)
    choose(desk, screen, "importColumn0", "Answer")
    desk.until(lambda: screen.state is State.READY and screen._preview.table.columns[0] == 2)
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    fields = {
        desk.window.ctx.col.card_info(c).fields["Front"] for c in desk.window.ctx.col.search("deck:words").ids
    }
    assert fields == {"a bird", "a fish"}


def test_a_wrong_encoding_can_be_taken_back(desk, tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes("héron,a bird\n".encode("cp1252"))
    screen = opened(desk, path)
    combo = desk.find("importEncoding", QComboBox)
    assert combo.currentText() == "Western European"
    combo.setFocus()
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    desk.until(lambda: screen.state is State.REFUSED)
    assert "utf-8" in desk.find("importRefusal", QLabel).text()
    assert combo.isVisible()
    combo.setCurrentIndex(3)
    combo.activated.emit(3)
    desk.until(lambda: screen.state is State.READY)
    desk.until(lambda: "héron" in cells(screen))
    assert not desk.find("importRefusal", QLabel).isVisible()


def test_sample_cards_are_turned_and_leafed_through(desk, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("one,first answer\ntwo,second answer\n", encoding="utf-8")
    samples = opened(desk, path)._page.samples
    assert "one" in samples.shown_html
    assert not desk.find("importSampleBack").isEnabled()
    desk.click("importSampleTurn")
    assert "first answer" in samples.shown_html
    desk.click("importSampleNext")
    assert "two" in samples.shown_html
    assert "second answer" not in samples.shown_html
    assert not desk.find("importSampleNext").isEnabled()


def test_files_that_follow_come_without_asking(desk, tmp_path):
    files = []
    for number in range(3):
        path = tmp_path / f"words{number}.csv"
        path.write_text(f"question {number},answer\n", encoding="utf-8")
        files.append(path)
    files.insert(1, tmp_path / "absent.csv")
    screen = opened(desk, files[0])
    desk.window.open_files(files)
    desk.until(lambda: screen.state is State.READY)
    box = desk.window.findChild(QAbstractButton, "importAllBox")
    desk.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    desk.click("importConfirmButton")
    desk.until(lambda: screen._number == 3 and screen.state is State.DONE)
    said = screen._page.queue.said
    assert [words == "1 note added." for words in said] == [True, False, True, True]
    assert "absent.csv" in said[1]
    assert desk.find("importQueue", QWidget).isVisible()
