"""Get decks by real clicks and keys: the catalogue, its links, and what then arrives in the downloads folder."""

import shutil
import sys

import pytest
from helpers.window_desk import Desk, package
from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QTreeView,
    QWidget,
)

from mlsd_cards.study.catalogue import NO_LICENCE, public_decks
from mlsd_cards.ui.downloads import DownloadsWatch, arrived, downloads_watch
from mlsd_cards.ui.screens.import_ import State


class Browser(QObject):
    """Stands in for the system's browser."""

    def __init__(self):
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(bytes(url.toEncoded().data()).decode())


@pytest.fixture
def browser():
    made = Browser()
    QDesktopServices.setUrlHandler("https", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("https")


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("the downloads folder can be moved by the environment on Linux only")
    folder = tmp_path / "My downloads"
    folder.mkdir()
    settings = tmp_path / "config"
    settings.mkdir()
    (settings / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{folder}"\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    assert place == str(folder)
    return folder


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def dialogs(desk):
    return [each for each in desk.window.findChildren(QDialog, "getDecksDialog") if each.isVisible()]


def get_decks(desk):
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("getDecksButton").isVisible())
    desk.click("getDecksButton")
    desk.until(lambda: bool(dialogs(desk)))
    return dialogs(desk)[0]


def click(desk, dialog, name):
    desk.qtbot.mouseClick(dialog.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


def text(dialog, name):
    return dialog.findChild(QLabel, name).text()


def said(dialog):
    return {each.text() for each in dialog.findChildren(QLabel) if each.isVisible()}


def watch(desk) -> DownloadsWatch:
    return desk.window.findChild(DownloadsWatch)


def opened_a_page(desk):
    """Open the page of the first deck and close the window of decks."""
    dialog = get_decks(desk)
    click(desk, dialog, "getDecksOpen")
    click(desk, dialog, "getDecksClose")
    desk.until(lambda: not dialogs(desk))
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)


def settled(desk):
    """Wait until the watch has looked at everything."""
    desk.until(lambda: not watch(desk)._timer.isActive() and not desk.window.ctx.jobs._jobs)


def test_every_deck_is_shown_with_what_is_known_of_it(desk):
    dialog = get_decks(desk)
    tree, shown = dialog.findChild(QTreeView), public_decks()
    desk.until(tree.hasFocus)
    assert tree.model().rowCount() == len(shown)
    for deck in shown:
        assert text(dialog, "getDecksName") == deck.name
        assert text(dialog, "getDecksLink") == deck.link
        facts = {deck.holds, deck.quality, f"{deck.cards:,}", deck.licence or NO_LICENCE}
        desk.until(lambda facts=facts: facts <= said(dialog))
        desk.qtbot.keyClick(tree, Qt.Key.Key_Down)
    spoken = tree.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{shown[0].name}, {shown[0].topic}"
    assert tree.model().index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == f"{shown[0].cards} cards"


def test_a_topic_leaves_only_its_decks(desk):
    dialog = get_decks(desk)
    topic, tree = dialog.findChild(QComboBox, "getDecksTopic"), dialog.findChild(QTreeView)
    topic.setFocus()
    desk.qtbot.keyClick(topic, Qt.Key.Key_End)
    wanted = topic.currentData()
    names = [deck.name for deck in public_decks() if deck.topic == wanted]
    assert [tree.model().index(row, 0).data() for row in range(tree.model().rowCount())] == names
    assert text(dialog, "getDecksName") == names[0]
    desk.qtbot.keyClick(topic, Qt.Key.Key_Home)
    assert tree.model().rowCount() == len(public_decks())


def test_the_whole_of_it_works_by_keyboard(desk, browser, downloads):
    desk.window.show_screen("decks")
    desk.until(lambda: desk.find("getDecksButton").isVisible())
    desk.key(Qt.Key.Key_G)
    desk.until(lambda: bool(dialogs(desk)))
    dialog = dialogs(desk)[0]
    desk.until(dialog.findChild(QTreeView).hasFocus)
    desk.key(Qt.Key.Key_Down)
    desk.key(Qt.Key.Key_Return)
    assert browser.opened == [public_decks()[1].link]
    reached = set()
    for _ in range(12):
        desk.key(Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget().objectName())
    assert {"getDecksList", "getDecksTopic", "getDecksWatch", "getDecksClose", "getDecksOpen"} <= reached
    for each in dialog.findChildren(QWidget):
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible() and each.objectName():
            assert each.accessibleName() or isinstance(each, QCheckBox), each.objectName()
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: not dialogs(desk))


def test_every_link_reaches_the_browser_as_it_is_written(desk, browser, downloads):
    dialog = get_decks(desk)
    tree = dialog.findChild(QTreeView)
    desk.until(tree.hasFocus)
    for _ in public_decks():
        desk.qtbot.keyClick(tree, Qt.Key.Key_Return)
        desk.qtbot.keyClick(tree, Qt.Key.Key_Down)
    assert browser.opened == [deck.link for deck in public_decks()]


def test_without_a_browser_the_address_is_in_the_clipboard(desk, downloads):
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("on a real screen there is a browser to open")
    dialog = get_decks(desk)
    assert not dialog.findChild(QLabel, "getDecksTrouble").isVisible()
    click(desk, dialog, "getDecksOpen")
    assert dialog.findChild(QLabel, "getDecksTrouble").isVisible()
    assert "clipboard" in text(dialog, "getDecksTrouble")
    assert QGuiApplication.clipboard().text() == public_decks()[0].link


def test_who_is_still_in_the_browser_is_asked_on_coming_back(desk, browser, downloads, tmp_path):
    opened_a_page(desk)
    other = QWidget()
    desk.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    desk.until(other.isActiveWindow)
    shutil.copy(package(tmp_path, "Caching", 2), downloads)
    desk.until(lambda: bool(watch(desk).waiting))
    assert desk.toast == ""
    desk.window.activateWindow()
    desk.until(lambda: desk.toast.startswith("Caching.apkg is"))
    assert watch(desk).waiting == []


def test_a_download_is_offered_and_imported_only_when_asked_for(desk, browser, downloads, tmp_path):
    package(downloads, "old", 2)
    opened_a_page(desk)
    assert watch(desk).is_on
    made = package(tmp_path, "System Design", 3)
    decks = desk.window.ctx.col.deck_rows()
    shutil.copy(made, downloads / "unrelated.zip")
    shutil.copy(made, downloads / "System Design.apkg")
    desk.until(lambda: desk.toast == "System Design.apkg is in your downloads folder. Import?")
    assert desk.window.ctx.col.deck_rows() == decks
    assert desk.window.screen_name == "decks"
    desk.click("toastButton")
    desk.until(lambda: desk.window.screen_name == "import")
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    assert desk.window.ctx.col.deck_rows() == decks
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    assert "Brought in" in {row.name for row in desk.window.ctx.col.deck_rows()}


def test_a_half_written_file_is_offered_once_it_is_whole(desk, browser, downloads, tmp_path):
    opened_a_page(desk)
    octets = package(tmp_path, "Caching", 40).read_bytes()
    slow = downloads / "Caching.apkg"
    with slow.open("wb") as file:
        for part in (octets[: len(octets) // 2], octets[len(octets) // 2 :]):
            file.write(part)
            file.flush()
            if part is not octets[len(octets) // 2 :] and slow.stat().st_size < len(octets):
                desk.until(lambda: slow in watch(desk)._known)
                settled(desk)
                assert desk.toast == ""
    desk.until(lambda: desk.toast.startswith("Caching.apkg is"))


def test_a_download_that_the_browser_renames_at_its_end_is_offered_once(desk, browser, downloads, tmp_path):
    opened_a_page(desk)
    (downloads / "Caching.apkg").touch()  # the place that the browser keeps free
    shutil.copy(package(tmp_path, "Caching", 3), downloads / "Caching.apkg.part")
    desk.until(lambda: downloads / "Caching.apkg" in watch(desk)._known)
    settled(desk)
    assert desk.toast == ""
    (downloads / "Caching.apkg.part").replace(downloads / "Caching.apkg")
    desk.until(lambda: desk.toast.startswith("Caching.apkg is"))
    desk.find("toast", QWidget).hide()
    (downloads / "note.txt").touch()
    desk.until(lambda: watch(desk)._timer.isActive())
    settled(desk)
    assert desk.toast == ""


def test_what_only_calls_itself_a_deck_is_not_offered(desk, browser, downloads):
    opened_a_page(desk)
    (downloads / "page.apkg").write_text("<html>404</html>", encoding="utf-8")
    (downloads / "folder.apkg").mkdir()
    (downloads / "gone.apkg").symlink_to(downloads / "nowhere")
    desk.until(lambda: downloads / "page.apkg" in watch(desk)._known)
    settled(desk)
    assert desk.toast == ""
    assert watch(desk).waiting == []


def test_while_the_decks_are_looked_at_the_offer_stands_beside_them(desk, browser, downloads, tmp_path):
    dialog = get_decks(desk)
    click(desk, dialog, "getDecksOpen")
    for name in ("A", "B"):
        shutil.copy(package(tmp_path, name, 2), downloads)
    desk.until(lambda: text(dialog, "getDecksArrived") == "2 deck files are in your downloads folder.")
    assert desk.toast == ""
    click(desk, dialog, "getDecksImport")
    desk.until(lambda: desk.window.screen_name == "import")
    assert sorted(path.name for path in desk.window._screens["import"]._files) == ["A.apkg", "B.apkg"]
    assert desk.toast == ""


def test_it_can_be_switched_off_and_stays_off(desk, browser, downloads, tmp_path):
    col = desk.window.ctx.col
    assert col.settings()["watch_downloads"] is True
    dialog = get_decks(desk)
    click(desk, dialog, "getDecksOpen")
    assert watch(desk).is_on
    click(desk, dialog, "getDecksWatch")
    desk.until(lambda: col.settings()["watch_downloads"] is False)
    assert not watch(desk).is_on
    click(desk, dialog, "getDecksClose")
    desk.until(lambda: not dialogs(desk))
    dialog = get_decks(desk)
    assert not dialog.findChild(QCheckBox, "getDecksWatch").isChecked()
    click(desk, dialog, "getDecksOpen")
    assert len(browser.opened) == 2
    assert not watch(desk).is_on


def test_nothing_is_watched_before_a_page_was_opened_nor_after_the_window(desk, browser, downloads):
    dialog = get_decks(desk)
    assert not watch(desk).is_on
    click(desk, dialog, "getDecksOpen")
    assert watch(desk).is_on
    guard = watch(desk)
    desk.window.close()
    assert not guard.is_on


def test_without_a_downloads_folder_nothing_happens(desk, browser, downloads):
    downloads.rmdir()
    opened_a_page(desk)
    assert not watch(desk).is_on
    assert not downloads.exists()
    assert len(browser.opened) == 1


def test_names_of_files_are_shown_harmless_and_short(desk, tmp_path):
    assert arrived([tmp_path / "a\u202egkpa.apkg"]) == "a�gkpa.apkg is in your downloads folder."
    assert len(arrived([tmp_path / f"{'x' * 200}.apkg"])) < 100
    assert downloads_watch(desk.window.ctx, desk.window) is downloads_watch(desk.window.ctx, desk.window)
