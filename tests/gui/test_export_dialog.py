"""The export dialog: what goes out is counted before, every form is written, and what cannot be is said."""

import zipfile
from pathlib import Path

import pytest
from helpers.window_desk import Desk
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLabel, QLineEdit, QWidget

from mlsd_cards.ui.dialogs.export import FORMS, ExportDialog, Wish
from mlsd_cards.ui.exports import Exports


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


@pytest.fixture
def dialog(desk):
    desk.window.ctx.actions["export"].trigger()
    return desk.window.findChild(ExportDialog)


def part(dialog: QWidget, name: str, kind: type = QWidget):
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def estimate(desk: Desk, dialog: QWidget) -> str:
    words = part(dialog, "exportEstimate", QLabel)
    desk.until(lambda: words.text() != "Counting…", 20_000)
    return words.text()


def choose(dialog: QWidget, name: str, text: str) -> None:
    combo = part(dialog, name, QComboBox)
    combo.setCurrentIndex(combo.findText(text))
    assert combo.currentText() == text


def save(dialog: QWidget, out: Path) -> None:
    part(dialog, "exportSave", QAbstractButton).click()
    chooser = part(dialog, "exportFileDialog", QFileDialog)
    chooser.fileSelected.emit(str(out))
    chooser.close()


def test_what_goes_out_is_counted_before(desk, dialog):
    total = sum(row.total for row in desk.window.ctx.col.deck_rows() if "::" not in row.name)
    assert f"{total:,} cards" in estimate(desk, dialog)
    assert " kB." in estimate(desk, dialog) or " MB." in estimate(desk, dialog)
    choose(dialog, "exportDeck", "Cards that a search finds")
    search = part(dialog, "exportSearch", QLineEdit)
    assert search.isVisible()
    assert not part(dialog, "exportSave").isEnabled()
    desk.qtbot.keyClicks(search, "cid:1,2")
    assert "2 cards" in estimate(desk, dialog)
    assert part(dialog, "exportSave").isEnabled()
    search.setText("((")
    assert "(" in estimate(desk, dialog)
    assert not part(dialog, "exportSave").isEnabled()
    search.setText("nowheresaid")
    assert estimate(desk, dialog) == "There are no such cards."
    assert not part(dialog, "exportSave").isEnabled()
    dialog.reject()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix or "folder")
def test_every_form_is_written_and_says_what_it_has_room_for(desk, dialog, form, tmp_path):
    choose(dialog, "exportFormat", form.text)
    for name, room in (
        ("exportProgressBox", form.progress),
        ("exportMediaBox", form.media),
        ("exportPresetsBox", form.presets),
    ):
        assert part(dialog, name).isEnabled() is room
    assert part(dialog, "exportDeck").isEnabled() is not form.whole
    out = tmp_path / f"out{form.suffix}"
    save(dialog, out)
    desk.until(lambda: desk.toast.startswith(f"Wrote {out.name}"), 30_000)
    assert out.is_dir() is not bool(form.suffix)
    assert ("AnkiDroid" in desk.toast) is (form.suffix == ".apkg")


def test_the_boxes_decide_what_is_written(desk, dialog, tmp_path):
    part(dialog, "exportMediaBox", QAbstractButton).click()
    part(dialog, "exportPresetsBox", QAbstractButton).click()
    assert "media" not in estimate(desk, dialog)
    out = tmp_path / "out.apkg"
    save(dialog, out)
    desk.until(lambda: desk.toast.startswith("Wrote out.apkg"), 30_000)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["collection.anki2", "media"]


def test_chosen_cards_are_offered_first(desk):
    ids = [1, 2, 3]
    Exports(desk.window.ctx, desk.window).ask("", str(desk.window.home), ids)
    dialog = desk.window.findChild(ExportDialog)
    assert part(dialog, "exportDeck", QComboBox).currentText() == "The 3 chosen cards"
    assert "3 cards" in estimate(desk, dialog)
    assert dialog.wish.cards == ids
    choose(dialog, "exportDeck", "All decks")
    assert dialog.wish.cards is None
    dialog.reject()


def test_a_folder_that_holds_something_else_is_refused_in_a_sentence(desk, tmp_path):
    (tmp_path / "mine" / "decks").mkdir(parents=True)
    folder = next(form for form in FORMS if not form.suffix)
    Exports(desk.window.ctx, desk.window).write(Wish(folder), tmp_path / "mine")
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(QWidget, "errorDialog")))
    shown = next(d for d in desk.window.findChildren(QWidget, "errorDialog") if d.isVisible())
    assert "not exported from here" in "\n".join(each.text() for each in shown.findChildren(QLabel))
    shown.close()
