"""Starting: what is loaded before the first paint, who may hold a profile, and what is said when it cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QWidget

from mlsd_cards.domain.errors import CollectionTooNew, DiskFull
from mlsd_cards.study import Collection, FixedClock, parse_moment
from mlsd_cards.ui import app as app_module
from mlsd_cards.ui.app import Failures, build_window, trouble_window
from mlsd_cards.ui.instance import Listener, hand_over, server_name
from mlsd_cards.ui.main_window import MainWindow

NOW = "2026-11-24T10:00:00+01:00"
ROOT = Path(__file__).resolve().parents[2]

HEAVY = ("pyqtgraph", "genanki", "latex2mathml", "markdown_it", "typer", "fsrs")

FIRST_PAINT = """
import os, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from mlsd_cards.study import FixedClock, parse_moment
from mlsd_cards.ui.app import build_window
application = QApplication([])
window = build_window(Path(sys.argv[1]), FixedClock(parse_moment(sys.argv[2])))
window.first_painted.disconnect()
def painted():
    print("\\n".join(sys.modules), flush=True)
    os._exit(0)
window.first_painted.connect(painted)
window.show()
application.exec()
"""


def environment() -> dict[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "MLSD_CARDS_NOW": NOW}


@pytest.fixture
def home(tmp_path):
    """Return a profile folder in which the built-in decks lie already."""
    folder = tmp_path / "home"
    with Collection.open(folder, FixedClock(parse_moment(NOW))):
        pass
    return folder


def open_main(qtbot, home: Path) -> MainWindow:
    window = build_window(home, FixedClock(parse_moment(NOW)))
    assert isinstance(window, MainWindow)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def texts(window: QWidget) -> str:
    return "\n".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())


def test_nothing_heavy_is_loaded_before_the_first_paint(home):
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(home), NOW],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    loaded = done.stdout.split()
    assert "PySide6.QtWidgets" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert [name for name in loaded if "WebEngine" in name or "Multimedia" in name] == []


def test_the_card_view_is_warmed_only_after_the_paint_and_only_if_something_is_due(qtbot, tmp_path, home):
    window = open_main(qtbot, home)
    assert window.findChild(QWidget, "cardView") is None
    qtbot.waitUntil(lambda: window.findChild(QWidget, "cardView") is not None, timeout=10_000)
    window.close()
    collection = Collection.open(home, FixedClock(parse_moment(NOW)))
    collection.set_setting("new_per_day", "0", "ML system design")
    collection.close()
    later = open_main(qtbot, home)
    qtbot.waitUntil(lambda: later._painted)
    qtbot.wait(50)
    assert not later.findChild(QAbstractButton, "startReviewButton").isVisible()
    assert later.findChild(QWidget, "cardView") is None
    later.close()


def test_a_profile_in_use_is_said_plainly_and_left_alone(qtbot, home):
    first = open_main(qtbot, home)
    second = build_window(home, FixedClock(parse_moment(NOW)))
    qtbot.addWidget(second)
    second.show()
    assert not isinstance(second, MainWindow)
    assert second.objectName() == "mainWindow"
    assert "in use" in texts(second)
    assert "Nothing is lost" in texts(second)
    second.findChild(QAbstractButton, "troubleClose").click()
    assert not second.isVisible()
    assert first.ctx.col.today().new > 0
    first.close()


@pytest.mark.parametrize(
    ("error", "safe"),
    [
        (CollectionTooNew("The collection was written by a newer version."), "not opened for writing"),
        (DiskFull("There is no room left on the disk."), "Nothing was written"),
    ],
)
def test_every_trouble_says_what_is_safe_and_what_to_do(qtbot, tmp_path, error, safe):
    window = trouble_window(error, tmp_path)
    qtbot.addWidget(window)
    window.show()
    assert str(error) in texts(window)
    assert safe in texts(window)
    assert "start again" in texts(window)


def test_a_second_start_raises_the_first_window_and_hands_it_its_files(qtbot, home, tmp_path):
    deck = tmp_path / "more.csv"
    deck.write_text("front,back\n")
    window = open_main(qtbot, home)
    qtbot.waitUntil(lambda: window._painted)
    app_module._listen(window)
    words = [sys.executable, "-m", "mlsd_cards", "--home", str(home), str(deck)]
    program = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        qtbot.waitUntil(lambda: window.screen_name == "import", timeout=30_000)
        qtbot.waitUntil(lambda: program.poll() is not None, timeout=30_000)
        assert program.returncode == 0, program.stderr.read().decode()
    finally:
        program.kill()
        program.communicate()
    assert "more.csv" in texts(window)
    window.close()


def test_each_profile_has_its_own_name(tmp_path):
    assert server_name(tmp_path / "a") != server_name(tmp_path / "b")


def test_nobody_answers_where_no_window_is(tmp_path):
    assert hand_over(tmp_path, []) is False


@pytest.mark.parametrize("message", [b"no json\n", b'{"a": 1}\n', b"[1, null, [2]]\n", b"x" * 200_000])
def test_a_stranger_at_the_door_does_no_harm(qtbot, tmp_path, message):
    from PySide6.QtCore import QObject

    parent = QObject()
    listener = Listener(tmp_path, parent)
    called = []
    listener.called.connect(called.append)
    socket = QLocalSocket()
    socket.connectToServer(server_name(tmp_path))
    assert socket.waitForConnected(2000)
    socket.write(message)
    ends = []
    socket.disconnected.connect(lambda: ends.append(True))
    socket.readyRead.connect(lambda: ends.append(True))
    qtbot.waitUntil(lambda: bool(ends), timeout=5000)
    assert all(files == [] for files in called)
    listener.close()


def test_a_name_that_a_killed_window_left_behind_is_taken_over(qtbot, tmp_path):
    from PySide6.QtCore import QObject

    code = (
        "import os, sys\nfrom pathlib import Path\nfrom PySide6.QtCore import QCoreApplication, QObject\n"
        "from mlsd_cards.ui.instance import Listener\napplication = QCoreApplication([])\n"
        "Listener(Path(sys.argv[1]), application)\nos._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment(), timeout=60, check=False)
    parent = QObject()
    listener = Listener(tmp_path, parent)
    ask = (
        "import sys\nfrom pathlib import Path\nfrom mlsd_cards.ui.instance import hand_over\n"
        "sys.exit(0 if hand_over(Path(sys.argv[1]), [Path(sys.argv[2])]) else 1)\n"
    )
    words = [sys.executable, "-c", ask, str(tmp_path), str(tmp_path / "a.apkg")]
    caller = subprocess.Popen(words, env=environment())
    with qtbot.waitSignal(listener.called, timeout=30_000) as caught:
        pass
    assert caught.args == [[str(tmp_path / "a.apkg")]]
    assert caller.wait(30) == 0
    listener.close()


def test_words_of_the_command_line_name_the_profile_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home, files = app_module._arguments(["--home", "p", "a.apkg", "--", "b.csv"])
    assert home == tmp_path / "p"
    assert files == [tmp_path / "a.apkg", tmp_path / "b.csv"]
    assert app_module._arguments(["--home=q"]) == (tmp_path / "q", [])


def test_a_bug_is_logged_shown_once_and_can_be_copied(qtbot, home, capsys):
    window = open_main(qtbot, home)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    failures = Failures(home)
    try:
        raise ZeroDivisionError("planted")
    except ZeroDivisionError as error:
        failures.caught(type(error), error, error.__traceback__)
        failures.caught(type(error), error, error.__traceback__)
    assert "planted" in capsys.readouterr().err
    dialogs = [d for d in window.findChildren(QWidget, "errorDialog") if d.isVisible()]
    assert len(dialogs) == 1
    shown = texts(dialogs[0])
    assert "ZeroDivisionError" in shown
    assert "is saved" in shown
    assert "Traceback" not in shown
    details = dialogs[0].findChild(QPlainTextEdit, "errorDetails")
    assert not details.isVisible()
    dialogs[0].findChild(QAbstractButton, "errorFold").click()
    assert details.isVisible()
    assert "planted" in details.toPlainText()
    dialogs[0].findChild(QAbstractButton, "errorCopy").click()
    assert "Traceback" in QGuiApplication.clipboard().text()
    assert (home / "log" / "errors.log").read_text(encoding="utf-8").count("planted") >= 2
    dialogs[0].findChild(QAbstractButton, "errorClose").click()
    assert failures._showing is False
    window.close()


def test_the_desktop_file_and_its_types_fit_each_other():
    from mlsd_cards.paths import resources_dir

    entry = (resources_dir() / "mlsd-cards.desktop").read_text(encoding="utf-8")
    types = (resources_dir() / "mlsd-cards-mime.xml").read_text(encoding="utf-8")
    named = next(line for line in entry.splitlines() if line.startswith("MimeType=")).partition("=")[2]
    for kind in filter(None, named.split(";")):
        assert f'type="{kind}"' in types
    assert "Exec=mlsd-cards %F" in entry
    assert (resources_dir() / "icons" / "mlsd-cards.svg").is_file()


def test_none_cannot_be_lost(home):
    """Under Python 3.11 a fault of the Qt bindings takes references of None away; the process must live on."""
    code = (
        "import json, sys\nimport mlsd_cards.ui\nfrom PySide6.QtCore import QObject\nthing = QObject()\n"
        "for _ in range(30_000):\n    thing.setObjectName('x')\nprint(json.dumps({'alive': True}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"alive": True}


def test_the_download_folder_is_where_files_are_looked_for_first(qtbot, home):
    window = open_main(qtbot, home)
    assert window._folder() == QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DownloadLocation
    )
    window.ctx.settings.setValue("folder", str(home))
    assert window._folder() == str(home)
    window.close()
