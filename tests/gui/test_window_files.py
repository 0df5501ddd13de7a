"""Files in and out through the real window: several in turn, cancelled, into a named deck, and exported."""

import pytest
from helpers import editions
from helpers.window_desk import CONTROL, Desk, package
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QLineEdit, QProgressBar, QWidget

from mlsd_cards.study import Collection
from mlsd_cards.ui.dialogs.export import FORMS, Wish
from mlsd_cards.ui.exports import Exports
from mlsd_cards.ui.screens.import_ import FILTERS, State


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def test_several_files_follow_each_other_and_a_bad_one_does_not_stop_them(desk, tmp_path):
    broken = tmp_path / "broken.apkg"
    broken.write_bytes(b"no deck at all")
    desk.window.open_files(
        [package(tmp_path, "one", 2, "First"), broken, package(tmp_path, "two", 3, "Second")]
    )
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    assert "(1 of 3)" in screen._page._title.text()
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    desk.until(lambda: not desk.window.ctx.jobs.busy)
    assert desk.find("importConfirmButton").text() == "Next file"
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.READY)
    added, refused, ready = screen._page.queue.said
    assert (added, ready) == ("2 notes added.", "ready")
    assert "broken.apkg" in refused
    assert "(3 of 3)" in screen._page._title.text()
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    totals = {row.name: row.total for row in desk.window.ctx.col.deck_rows()}
    assert (totals["First"], totals["Second"]) == (2, 3)
    desk.until(lambda: not desk.window.ctx.jobs.busy)
    desk.click("importConfirmButton")  # Study now
    assert desk.window.screen_name == "review"
    assert desk.window.review._card.deck == "Second"


def test_a_running_import_holds_the_window_and_cancelling_it_leaves_nothing(desk, tmp_path):
    path = package(tmp_path, "large", 6000)
    desk.window.open_files([path])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY, 60_000)
    before = desk.window.ctx.col.deck_rows()
    media_before = sorted(p.name for p in desk.window.ctx.col.media_dir.iterdir())
    desk.click("importConfirmButton")
    assert desk.window.ctx.jobs.busy
    assert not desk.find("navToday").isEnabled()
    desk.key("t")
    assert desk.window.screen_name == "import"
    assert desk.find("importCancelButton").isEnabled()
    assert desk.find("progressBar", QProgressBar).isVisible()
    desk.click("importCancelButton")
    desk.until(lambda: not desk.window.ctx.jobs.busy, 60_000)
    assert screen.state is State.READY
    assert "cancelled" in desk.toast
    assert desk.window.ctx.col.deck_rows() == before
    assert sorted(p.name for p in desk.window.ctx.col.media_dir.iterdir()) == media_before
    assert desk.window.ctx.col.undo_label is None
    assert desk.find("navToday").isEnabled()
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE, 60_000)
    assert {row.name: row.total for row in desk.window.ctx.col.deck_rows()}["Brought in"] == 6000


def test_closing_the_window_in_the_middle_of_an_import_keeps_nothing_of_it(desk, tmp_path):
    desk.window.open_files([package(tmp_path, "large", 6000)])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY, 60_000)
    desk.click("importConfirmButton")
    desk.window.close()
    with Collection.open(desk.window.home, desk.clock) as collection:
        assert "Brought in" not in {row.name for row in collection.deck_rows()}
        assert collection.check() == []


def test_a_deck_is_exported_through_the_dialogs(desk, tmp_path):
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("exportButton").isVisible())
    desk.key("e", CONTROL | Qt.KeyboardModifier.ShiftModifier)
    dialog = desk.find("exportDialog", QWidget)
    assert dialog.isVisible()
    form = dialog.findChild(QWidget, "exportFormat")
    form.setCurrentIndex(1)
    assert not dialog.findChild(QAbstractButton, "exportProgressBox").isEnabled()
    dialog.findChild(QAbstractButton, "exportSave").click()
    chooser = dialog.findChild(QFileDialog, "exportFileDialog")
    out = tmp_path / "mine.csv"
    chooser.fileSelected.emit(str(out))
    chooser.close()
    desk.until(lambda: out.exists() and desk.toast.startswith("Wrote mine.csv"))
    assert "Where is the data" in out.read_text(encoding="utf-8")


def test_an_export_that_cannot_be_written_is_said_in_one_sentence(desk, tmp_path):
    Exports(desk.window.ctx, desk.window).write(Wish(FORMS[1]), tmp_path / "nowhere" / "mine.csv")
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(QWidget, "errorDialog")))
    dialog = next(d for d in desk.window.findChildren(QWidget, "errorDialog") if d.isVisible())
    words = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    assert "mine.csv" in words or "nowhere" in words
    assert dialog.findChild(QAbstractButton, "errorFold") is None
    dialog.close()


def test_a_text_file_goes_into_the_deck_that_is_typed(desk, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("one question,one answer\ntwo questions,two answers\n", encoding="utf-8")
    desk.window.open_files([path])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    edit = desk.find("importDeckEdit", QLineEdit)
    assert edit.isVisible()
    assert not desk.find("importProgressMine").isVisible()
    edit.setFocus()
    desk.qtbot.keyClicks(edit, "My deck::td")  # letters that are keys elsewhere
    assert edit.text() == "My deck::td"
    assert desk.window.screen_name == "import"
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    totals = {row.name: row.total for row in desk.window.ctx.col.deck_rows()}
    assert totals["My deck::td"] == 2


def test_learning_progress_comes_only_if_it_is_ones_own(desk, tmp_path):
    path = editions.package(tmp_path / "studied.apkg", {"a": ("q", "a")}, review=True)
    desk.window.open_files([package(tmp_path, "plain", 1)])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    assert not desk.find("importProgressMine").isVisible()
    assert screen._page.with_progress is False
    desk.window.open_files([path])
    desk.until(lambda: screen.state is State.READY)
    assert desk.find("importProgressNew").isChecked()
    assert screen._page.with_progress is False
    mine = desk.find("importProgressMine")
    desk.qtbot.mouseClick(mine, Qt.MouseButton.LeftButton, pos=QPoint(10, mine.height() // 2))
    assert screen._page.with_progress is True
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    (card,) = desk.window.ctx.col.search("deck:Deck").ids
    assert desk.window.ctx.col.card_info(card).state == "review"


def test_the_file_dialog_offers_what_can_be_read(desk):
    from mlsd_cards.formats import READERS, reader

    known = {suffix for name in READERS for suffix in reader(name).SUFFIXES}
    offered = {word.strip("*()") for word in FILTERS.partition(";;")[0].split() if "*" in word}
    assert offered == known
    desk.click("importButton")
    chooser = desk.find("importFileDialog", QFileDialog)
    assert chooser.isVisible()
    chooser.close()
