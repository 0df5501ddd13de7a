"""Notices a deck file that newly lies in the downloads folder and offers to import it; never imports by itself.

Nothing is watched before the user has opened a link of the catalogue, and nothing after the window is closed.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QEvent, QFileSystemWatcher, QObject, QStandardPaths, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted

SUFFIXES = (".apkg", ".colpkg")
SETTLE_MS = 600
"""A file that has not changed between two looks this far apart is taken to be written."""
_LONGEST_NAME = 60

Look = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


class DownloadsWatch(QObject):
    """The watch of one window over the downloads folder."""

    found = Signal()  # a whole deck file has appeared; `waiting` lists it

    def __init__(self, ctx: AppContext, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("downloadsWatch")
        self._ctx, self._window = ctx, window
        self._folder = Path()
        self._watcher = QFileSystemWatcher(self)
        self._known: dict[Path, Look] = {}  # files that were there before, or have been looked into
        self._last: dict[Path, Look] = {}  # new files as they were at the last look
        self.waiting: list[Path] = []
        self._offered: list[Path] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._look)
        self._watcher.directoryChanged.connect(self._changed)
        self._watcher.fileChanged.connect(self._changed)
        window.installEventFilter(self)

    @property
    def is_on(self) -> bool:
        """Whether the folder is being watched."""
        return bool(self._watcher.directories())

    def start(self) -> None:
        """Watch from now on; what already lies in the folder is not offered. Without a folder nothing happens."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        if self.is_on or not folder or not Path(folder).is_dir():
            return
        self._folder = Path(folder)
        self._known, self._last = self._packages(), {}
        self._watcher.addPath(folder)

    def stop(self) -> None:
        """Watch no longer, and offer nothing of what was found."""
        self._timer.stop()
        self.waiting.clear()
        if paths := self._watcher.directories() + self._watcher.files():
            self._watcher.removePaths(paths)

    def offer(self) -> None:
        """Ask about the files that wait, once, as soon as the user looks at the window and no dialog is open."""
        seen = self._window.isActiveWindow() and QApplication.activeModalWidget() is None
        if self.waiting and seen:
            text = f"{arrived(self.waiting)} Import?"
            self._offered, self.waiting = self.waiting, []
            self._ctx.messages.say(text, "Import", lambda: self._open(self._offered))

    def take(self) -> None:
        """Show the files that wait on the Import screen, where the user sees what they hold first."""
        files, self.waiting = self.waiting, []
        self._open(files)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask when the user comes back to the window; stop with it."""
        if event.type() == QEvent.Type.WindowActivate:
            QTimer.singleShot(0, self, self.offer)
        elif event.type() == QEvent.Type.Close:
            self.stop()
        return False

    def _open(self, files: list[Path]) -> None:
        if files:
            self._ctx.show_screen("import", [str(path) for path in files])

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        """Look into new files that have not changed since the last look; come back for those that have."""
        now = self._packages()
        new = {path: look for path, look in now.items() if self._known.get(path) != look}
        for path, look in new.items():
            if self._last.get(path) == look:
                self._known[path] = look
                self._check(path)
        self._known = {path: look for path, look in self._known.items() if path in now}
        self._last = {path: look for path, look in new.items() if self._known.get(path) != look}
        if self._last:
            self._timer.start()

    def _check(self, path: Path) -> None:
        from mlsd_cards.study.catalogue import is_whole_package

        job = self._ctx.jobs.read(lambda _progress: is_whole_package(path), f"Looking at {path.name}")
        job.done.connect(lambda whole: self._checked(path, bool(whole)))

    def _checked(self, path: Path, whole: bool) -> None:
        if not self.is_on:
            return
        if not whole:  # perhaps still being written, slowly
            self._watcher.addPath(str(path))
            return
        if str(path) in self._watcher.files():
            self._watcher.removePath(str(path))
        if path not in self.waiting:
            self.waiting.append(path)
        self.found.emit()
        self.offer()

    def _packages(self) -> dict[Path, Look]:
        """Return the deck files in the folder with size and time of change."""
        found: dict[Path, Look] = {}
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith("."):
                    with suppress(OSError):  # gone meanwhile, or a link to nowhere
                        state = entry.stat()
                        if stat.S_ISREG(state.st_mode):
                            found[Path(entry.path)] = (state.st_size, state.st_mtime_ns)
        return found


def arrived(files: list[Path]) -> str:
    """Return the sentence that says what lies in the downloads folder."""
    if len(files) > 1:
        return f"{counted(len(files), 'deck file')} are in your downloads folder."
    name = "".join(sign if sign.isprintable() else "�" for sign in files[0].name)
    if len(name) > _LONGEST_NAME:
        half = _LONGEST_NAME // 2
        name = f"{name[:half]}…{name[-half:]}"
    return f"{name} is in your downloads folder."


def downloads_watch(ctx: AppContext, window: QWidget) -> DownloadsWatch:
    """Return the watch of `window`, which is made when it is first wanted."""
    made = window.findChild(DownloadsWatch)
    return made if isinstance(made, DownloadsWatch) else DownloadsWatch(ctx, window)
