"""Puts the window together and runs it. This is where everything is made and handed to each other."""

import contextlib
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from mlsd_cards import __version__
from mlsd_cards.domain.errors import CollectionLocked, MlsdError
from mlsd_cards.paths import profile_dir, resources_dir
from mlsd_cards.ui.main_window import MainWindow
from mlsd_cards.ui.messages import bug_dialog, report
from mlsd_cards.ui.theme import Theme, style_sheet
from mlsd_cards.ui.widgets import button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study import Clock

log = logging.getLogger(__name__)

if QCoreApplication.instance() is None:
    # Lets the card view be loaded after the first paint. Only possible before the application object exists.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)


class TroubleWindow(QMainWindow):
    """Says why the collection cannot be opened, what is safe, and what to do."""

    def __init__(self, error: MlsdError, home: Path, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("ML SD Cards")
        self.setStyleSheet(style_sheet(theme.tokens))
        theme.setParent(self)
        safe, todo = _advice(error)
        frame, inside = panel()
        frame.setFixedWidth(640)
        inside.setContentsMargins(28, 26, 28, 24)
        inside.setSpacing(10)
        inside.addWidget(label("Your cards cannot be opened now", "title", wrap=True))
        for name, text, role in (
            ("troubleText", str(error), ""),
            ("troubleSafe", safe, ""),
            ("troubleTodo", todo, "muted"),
        ):
            shown = label(text, role, wrap=True)
            shown.setObjectName(name)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            inside.addWidget(shown)
        row = QHBoxLayout()
        row.setSpacing(10)
        folder = button("Show the folder", name="troubleFolder")
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(home))))
        close = button("Close", "primary", "troubleClose")
        close.clicked.connect(self.close)
        row.addStretch(1)
        row.addWidget(folder)
        row.addWidget(close)
        inside.addSpacing(10)
        inside.addLayout(row)
        root = QWidget()
        root.setObjectName("page")
        layout = QVBoxLayout(root)
        layout.setContentsMargins(40, 40, 40, 40)
        layout.addStretch(1)
        layout.addWidget(frame, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        self.setCentralWidget(root)
        self.setMinimumSize(720, 420)
        self.resize(800, 500)
        close.setFocus()


def build_window(home: Path, clock: "Clock | None" = None) -> QMainWindow:
    """Return the whole window on the profile folder `home`, not yet shown.

    Where the collection cannot be opened, the window says so. `clock` is the system's unless given.
    """
    try:
        return open_window(home, clock)
    except MlsdError as error:
        return trouble_window(error, home)


def open_window(home: Path, clock: "Clock | None" = None) -> MainWindow:
    """Return the whole window on the profile folder `home`, not yet shown.

    Raises:
        CollectionError: the collection cannot be opened.
    """
    from mlsd_cards.study import Collection, system_clock

    col = Collection.open(home, clock or system_clock())
    theme = Theme(str(col.settings().get("theme") or "system"))
    theme.apply()
    return MainWindow(col, theme, col.home)


def trouble_window(error: MlsdError, home: Path) -> QMainWindow:
    """Return the window that says why the collection cannot be opened."""
    theme = Theme()
    theme.apply()
    return TroubleWindow(error, home, theme)


def run(words: Sequence[str]) -> int:
    """Run the program with `words`: deck files, and perhaps `--home DIR`. Return its exit status."""
    home, files = _arguments(words)
    application = QApplication(["mlsd-cards"])
    application.setApplicationName("mlsd-cards")
    application.setApplicationDisplayName("ML SD Cards")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("mlsd-cards")
    application.setWindowIcon(QIcon(str(resources_dir() / "icons" / "mlsd-cards.svg")))
    Failures(home).install()
    window: QMainWindow
    try:
        window = main = open_window(home)
        main.first_painted.connect(lambda: _listen(main))
        main.open_files(files)
    except CollectionLocked as error:
        from mlsd_cards.ui.instance import hand_over

        if hand_over(home, files):
            return 0
        window = trouble_window(error, home)
    except MlsdError as error:
        window = trouble_window(error, home)
    window.show()
    return application.exec()


class Failures:
    """Catches what nobody caught: writes it into the log, and offers a report that can be copied."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "log"
        self._showing = False

    def install(self) -> None:
        """Take over the hooks of this process."""
        sys.excepthook = self.caught
        threading.excepthook = lambda args: self._write(args.exc_value) if args.exc_value else None

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log `error` and show it; a second one while the first is shown is only logged."""
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self._write(error)
        if self._showing or QApplication.instance() is None:
            return
        self._showing = True
        dialog = bug_dialog(error, QApplication.activeWindow())
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        self._showing = False

    def _write(self, error: BaseException) -> None:
        text = report(error)
        print(text, file=sys.stderr)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "errors.log").open("a", encoding="utf-8") as out:
                out.write(f"{text}\n")


def _listen(window: MainWindow) -> None:
    from mlsd_cards.ui.instance import Listener

    listener = Listener(window.home, window)
    listener.called.connect(window.raise_up)


def _arguments(words: Sequence[str]) -> tuple[Path, list[Path]]:
    """Return the profile folder and the files that `words` name."""
    home: Path | None = None
    files: list[Path] = []
    rest = iter(words)
    for word in rest:
        if word == "--home":
            named = next(rest, None)
            home = Path(named) if named else None
        elif word.startswith("--home="):
            home = Path(word.removeprefix("--home="))
        elif word != "--":
            files.append(Path(word).absolute())
    return profile_dir(home), files


def _advice(error: MlsdError) -> tuple[str, str]:
    """Return what is safe and what to do."""
    match error.kind:
        case "locked":
            return (
                "Nothing is lost: another window or command holds this profile.",
                "Close the other window, or wait until the command has ended; then start again.",
            )
        case "damaged":
            return (
                "Nothing was overwritten: the damaged file was set aside, and the backups are as they were.",
                "The folder holds the damaged file and the backups.",
            )
        case "too-new":
            return (
                "Nothing was changed: the file was not opened for writing.",
                "Install the newest version of this program, then start again.",
            )
        case "disk":
            return (
                "Nothing was written.",
                "Make room on the disk, or see that the folder may be read and written; then start again.",
            )
        case _:
            return "Nothing was changed.", "Correct this, then start again."
