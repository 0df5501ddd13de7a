"""Today, Decks and Import in the real window, by keys and clicks, on a real collection and a real package."""

from pathlib import Path

import pytest
from helpers.screens import sample_package
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView, QTreeView, QWidget

from mlsd_cards.study import FixedClock, parse_moment
from mlsd_cards.ui.app import build_window
from mlsd_cards.ui.main_window import MainWindow
from mlsd_cards.ui.screens.import_ import State
from mlsd_cards.ui.screens.topics_model import DECK_ROLE

NOW = "2026-11-24T10:00:00+01:00"


@pytest.fixture
def window(qtbot, tmp_path):
    made = build_window(tmp_path / "home", FixedClock(parse_moment(NOW)))
    assert isinstance(made, MainWindow)
    qtbot.addWidget(made)
    made.resize(1280, 820)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=5000)
    yield made
    made.close()


def find(window: QWidget, name: str, kind: type[QWidget] = QAbstractButton) -> QWidget:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, window: QWidget, name: str) -> None:
    qtbot.mouseClick(find(window, name), Qt.MouseButton.LeftButton)


def texts(screen: QWidget) -> str:
    return "\n".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())


def open_sample(qtbot, window: MainWindow, folder: Path) -> QWidget:
    window.open_files([sample_package(folder)])
    screen = window._screens["import"]
    qtbot.waitUntil(lambda: screen.state is State.READY, timeout=10_000)
    return screen


def test_a_package_is_seen_before_it_is_brought_in(qtbot, window, tmp_path):
    screen = open_sample(qtbot, window, tmp_path)
    before = window.ctx.col.deck_rows()
    shown = texts(screen)
    assert "system-design-primer.apkg" in shown
    assert "What does a write-through cache guarantee?" in screen._page.samples.shown_html
    assert "will not run" in shown
    assert before[0].name == "ML system design"
    assert all(row.name.split("::")[0] == "ML system design" for row in before)
    press(qtbot, window, "importConfirmButton")
    qtbot.waitUntil(lambda: screen.state is State.DONE, timeout=10_000)
    rows = {row.name: row for row in window.ctx.col.deck_rows()}
    assert rows["System Design"].total == 3
    assert rows["System Design::Caching"].new == 2
    assert window.ctx.col.search('deck:"System Design" stampede').count == 1


def test_an_import_is_taken_back_by_one_undo(qtbot, window, tmp_path):
    screen = open_sample(qtbot, window, tmp_path)
    before = window.ctx.col.deck_rows()
    press(qtbot, window, "importConfirmButton")
    qtbot.waitUntil(lambda: screen.state is State.DONE, timeout=10_000)
    qtbot.waitUntil(lambda: not window.ctx.jobs.busy, timeout=10_000)
    window.ctx.actions["undo"].trigger()
    qtbot.waitUntil(lambda: window.ctx.col.deck_rows() == before, timeout=10_000)
    assert window.ctx.col.search('deck:"System Design" stampede').count == 0


def test_leaving_without_importing_writes_nothing(qtbot, window, tmp_path):
    open_sample(qtbot, window, tmp_path)
    before = window.ctx.col.deck_rows()
    press(qtbot, window, "importCancelButton")
    assert window.screen_name != "import"
    assert window.ctx.col.deck_rows() == before
    assert window.ctx.col.undo_label is None


def test_a_file_that_is_no_deck_is_refused_in_one_sentence(qtbot, window, tmp_path):
    broken = tmp_path / "broken.apkg"
    broken.write_bytes(b"PK\x03\x04 but nothing more")
    window.open_files([broken])
    screen = window._screens["import"]
    qtbot.waitUntil(lambda: screen.state is State.REFUSED, timeout=10_000)
    assert "broken.apkg" in texts(screen)
    assert "Traceback" not in texts(screen)


def test_a_file_dropped_on_the_window_opens_the_import(qtbot, window, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(sample_package(tmp_path)))])
    drop = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    assert window.screen_name == "import"
    qtbot.waitUntil(lambda: window._screens["import"].state is State.READY, timeout=10_000)


def test_a_topic_is_studied_by_a_click(qtbot, window):
    table = find(window, "topicsTable", QTableView)
    qtbot.waitUntil(lambda: table.model().rowCount() > 1, timeout=5000)
    row = next(
        number
        for number in range(table.model().rowCount())
        if table.model().index(number, 0).data(DECK_ROLE) == "ML system design::Requirement questions"
    )
    index = table.model().index(row, 0)
    table.scrollTo(index)
    qtbot.waitUntil(lambda: table.viewport().rect().contains(table.visualRect(index).center()))
    place = table.visualRect(index).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.screen_name == "review"
    assert window.review._deck == "ML system design::Requirement questions"


def test_a_deck_is_studied_from_the_tree_by_enter(qtbot, window):
    qtbot.keyClick(window.focusWidget() or window, "d")
    assert window.screen_name == "decks"
    tree = find(window, "deckTree", QTreeView)
    qtbot.waitUntil(lambda: tree.model().rowCount() == 1, timeout=5000)
    tree.setCurrentIndex(tree.model().index(0, 0))
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.screen_name == "review", timeout=5000)


def test_the_window_comes_back_where_it_was(qtbot, tmp_path):
    for first in (True, False):
        made = build_window(tmp_path / "home", FixedClock(parse_moment(NOW)))
        qtbot.addWidget(made)
        made.show()
        qtbot.waitExposed(made)
        if not first:
            assert made.height() == 640
        made.resize(made.width(), 640)
        qtbot.waitUntil(lambda w=made: w.height() == 640)
        made.close()


def test_every_control_can_be_named_by_a_screen_reader(window):
    from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QHeaderView, QLineEdit

    kinds = (QAbstractButton, QAbstractItemView, QLineEdit, QCheckBox)
    nameless = [
        f"{type(control).__name__} {control.objectName()}"
        for kind in kinds
        for control in window.findChildren(kind)
        if not isinstance(control, QHeaderView)
        and not control.accessibleName()
        and not getattr(control, "text", str)()
        and not control.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_a_damaged_collection_is_said_plainly_and_kept(qtbot, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "collection.db").write_bytes(b"this is no database" * 100)
    made = build_window(home, FixedClock(parse_moment(NOW)))
    qtbot.addWidget(made)
    made.show()
    assert not isinstance(made, MainWindow)
    shown = texts(made)
    assert "damaged" in shown.lower()
    assert [p for p in home.iterdir() if p.name.startswith("collection.damaged")]
    made.close()
