"""No word is cut off, and no control is smaller than it wants to be, at any size of the window."""

from pathlib import Path

import pytest
from helpers.screens import sample_package
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

from mlsd_cards.domain.errors import CollectionLocked
from mlsd_cards.study import FixedClock, parse_moment
from mlsd_cards.ui.app import build_window, trouble_window
from mlsd_cards.ui.main_window import MINIMUM_SIZE, MainWindow
from mlsd_cards.ui.screens.import_ import State
from mlsd_cards.ui.widgets import ElidedLabel

NOW = "2026-11-24T10:00:00+01:00"
SIZES = [(1280, 820), (1024, 640), MINIMUM_SIZE]


def cut(window: QWidget) -> list[str]:
    """Return the words of `window` that have too little room, and what lies beyond their parent's edges."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text() or isinstance(label, ElidedLabel):
            continue
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        if label.height() < needed:
            found.append(f"“{label.text()}” needs {needed} px of height and has {label.height()}")
        if not label.wordWrap() and label.width() < label.sizeHint().width():
            found.append(f"“{label.text()}” needs {label.sizeHint().width()} px and has {label.width()}")
    for control in window.findChildren(QAbstractButton):
        if not control.isVisible():
            continue
        least = control.minimumSizeHint()
        if control.width() < least.width() or control.height() < least.height():
            found.append(f"“{control.text()}” is too small")
        parent = control.parentWidget()
        if parent is not None and not parent.rect().contains(control.geometry()):
            found.append(f"“{control.text()}” lies beyond its parent")
    for area in window.findChildren(QScrollArea):
        if area.isVisible() and area.widget().width() > area.viewport().width():
            found.append("a page is wider than the window")
    return found


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def window(request, qtbot, tmp_path):
    made = build_window(tmp_path / "home", FixedClock(parse_moment(NOW)))
    assert isinstance(made, MainWindow)
    qtbot.addWidget(made)
    made.resize(*request.param)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def test_today_and_decks(window, qtbot):
    qtbot.waitUntil(lambda: bool(window.today.today), timeout=10_000)
    qtbot.wait(20)
    assert cut(window) == []
    window.show_screen("decks")
    qtbot.waitUntil(lambda: window._screens["decks"].model.rowCount() > 0, timeout=10_000)
    qtbot.wait(20)
    assert cut(window) == []


def test_browse_and_the_editor(window, qtbot):
    window.open_in_browse("")
    screen = window._screens["browse"]
    qtbot.waitUntil(lambda: screen.model.rowCount() > 0, timeout=10_000)
    screen.show_sides(True)
    qtbot.wait(100)
    assert cut(window) == []
    window.open_in_browse("flag:9 and")
    qtbot.wait(20)
    assert cut(window) == []
    for action, name in (("browse_edit", "editDialog"), ("add", "addDialog"), ("browse_due", "askDialog")):
        window.ctx.actions[action].trigger()
        dialog = window.findChild(QWidget, name)
        qtbot.waitUntil(dialog.isVisible)
        qtbot.wait(250)
        assert cut(dialog) == [], name
        assert dialog.height() <= window.height()
        dialog.close()


def test_import_before_and_after(window, qtbot, tmp_path: Path):
    window.open_files([sample_package(tmp_path)])
    screen = window._screens["import"]
    qtbot.waitUntil(lambda: screen.state is State.READY, timeout=15_000)
    qtbot.wait(20)
    assert cut(window) == []
    confirm = window.findChild(QAbstractButton, "importConfirmButton")
    confirm.click()
    qtbot.waitUntil(lambda: screen.state is State.DONE, timeout=15_000)
    qtbot.wait(20)
    assert cut(window) == []
    place = confirm.mapTo(window, confirm.rect().bottomRight())
    assert window.rect().contains(place)  # what is to be done next is seen without scrolling


def test_review_and_its_end(window, qtbot):
    window.show_screen("review")
    qtbot.waitUntil(lambda: window.review._card is not None, timeout=10_000)
    assert cut(window) == []
    window.review.show_answer()
    assert cut(window) == []
    while window.review._card is not None:
        window.review.show_answer()
        window.review.grade(3)
    qtbot.wait(20)
    assert cut(window) == []


def test_dialogs(window, qtbot):
    window.show_screen("review")
    qtbot.waitUntil(lambda: window.review._card is not None, timeout=10_000)
    for action, name in (("help", "keysDialog"), ("export", "exportDialog"), ("info", "cardInfoDialog")):
        window.ctx.actions[action].trigger()
        dialog = window.findChild(QWidget, name)
        qtbot.waitUntil(dialog.isVisible)
        qtbot.wait(20)
        assert cut(dialog) == [], name
        assert dialog.height() <= window.height()
        dialog.close()


def test_trouble(qtbot, tmp_path):
    error = CollectionLocked("The profile /home/someone/with/a/long/name is in use by process 4711. " * 3)
    made = trouble_window(error, tmp_path)
    qtbot.addWidget(made)
    for size in ((800, 500), (10, 10)):
        made.resize(*size)
        with qtbot.waitExposed(made):
            made.show()
        qtbot.wait(20)
        assert cut(made) == []


def test_toasts_of_any_length(window, qtbot):
    for text in ("Short", "A rather long sentence that has to be broken. " * 6):
        window.ctx.messages.say(text, "Undo")
        qtbot.wait(20)
        assert cut(window.ctx.messages.toast) == []
