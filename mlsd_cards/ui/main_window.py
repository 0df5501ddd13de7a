"""The window: side bar, a stack of screens, and what every screen can do. It holds no logic of cards."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent, QSurface
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.actions import Actions, spec
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.messages import Messages
from mlsd_cards.ui.preview import CardPreview
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.deck_list import DecksScreen
from mlsd_cards.ui.screens.review import ReviewScreen
from mlsd_cards.ui.screens.today import TodayScreen
from mlsd_cards.ui.theme import Theme, style_sheet
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study import Collection

SETTINGS_FILE = "window.ini"
SLOW_ACTS = (Op.IMPORT, Op.SETTINGS, Op.SETTLE)
"""Acts that may change very many cards, so that taking them back must not hold up the window."""
MINIMUM_SIZE = (960, 560)
FIRST_SIZE = (1280, 820)
ZOOM_STEP = 1.1
REMEMBERED_SCREENS = ("today", "decks", "browse")


class SideBar(QFrame):
    """The names of the screens, and when something was last saved."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("sideBar")
        self.setFixedWidth(196)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 20, 12, 20)
        layout.setSpacing(4)
        title = label("ML SD Cards", "brand")
        title.setContentsMargins(12, 0, 12, 16)
        layout.addWidget(title)
        self.buttons: dict[str, QPushButton] = {}
        for name, object_name in (
            ("today", "navToday"),
            ("decks", "navDecks"),
            ("browse", "navBrowse"),
        ):
            made = button(spec(name).text, "nav", object_name, actions[name].toolTip())
            made.setCheckable(True)
            made.clicked.connect(actions[name].trigger)
            self.buttons[name] = made
            layout.addWidget(made)
        layout.addStretch(1)
        keys = button("All keys · ?", "foot", "allKeysButton", actions["help"].toolTip())
        keys.clicked.connect(actions["help"].trigger)
        layout.addWidget(keys)
        self.saved = label("", "tiny")
        self.saved.setObjectName("savedLabel")
        self.saved.setContentsMargins(12, 0, 12, 0)
        layout.addWidget(self.saved)

    def mark(self, screen: str) -> None:
        """Show which screen is in front."""
        shown = "decks" if screen == "import" else screen
        for name, made in self.buttons.items():
            made.setChecked(name == shown)


class MainWindow(QMainWindow):
    """The whole window on one collection, which it closes with itself."""

    first_painted = Signal()

    def __init__(self, col: "Collection", theme: Theme, home: Path) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("ML SD Cards")
        self.setAcceptDrops(True)
        self.setMinimumSize(*MINIMUM_SIZE)
        self.home = home
        settings = QSettings(str(home / SETTINGS_FILE), QSettings.Format.IniFormat)
        self.ctx = ctx = AppContext(col, settings, theme)
        ctx.setParent(self)
        theme.setParent(self)
        ctx.actions = Actions(self)
        ctx.messages = Messages(self)
        self._side = SideBar(ctx.actions)
        self._stack = QStackedWidget()
        self.today = TodayScreen(ctx)
        self.review = ReviewScreen(ctx)
        self._screens: dict[str, Screen] = {"today": self.today, "review": self.review}
        for screen in self._screens.values():
            self._stack.addWidget(screen)
        root = QWidget()
        root.setObjectName("page")
        row = QHBoxLayout(root)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(root)
        self._painted = False
        self._closed = False
        self._due = 0
        self._wire()
        self._set_style()
        self._restore()

    @property
    def screen_name(self) -> str:
        """Name of the screen in front."""
        current = self._stack.currentWidget()
        return current.name if isinstance(current, Screen) else ""

    def open_files(self, files: Sequence[str | Path]) -> None:
        """Show what the deck `files` hold, ready to be imported."""
        if files:
            self.show_screen("import", [str(path) for path in files])

    def open_in_browse(self, search: str) -> None:
        """Show the cards that `search` finds."""
        self.show_screen("browse", search)

    def raise_up(self, files: Sequence[str] = ()) -> None:
        """Come to the front, and open the `files` that a later start was given."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        self.open_files(files)

    def show_screen(self, name: str, argument: object = None) -> None:
        """Bring the screen called `name` to the front, to show `argument`."""
        if self.ctx.jobs.busy and name != "import":
            self.ctx.messages.say("Something is still being written; wait until it is done, or cancel it")
            return
        screen = self._screen(name)
        current = self._stack.currentWidget()
        if isinstance(current, Screen) and current is not screen:
            current.leave()
        self.ctx.actions.enter(name)
        self._side.setVisible(screen.with_side_bar)
        self._side.mark(name)
        self.ctx.messages.toast.set_lift(screen.lift)
        self._stack.setCurrentWidget(screen)
        screen.enter(argument)

    def undo(self) -> None:
        """Take the last act back."""
        if self.ctx.col.undo_label in SLOW_ACTS:
            self._undo_in_background(self.ctx.col.undo, "Undone", "Redo", "redo")
        else:
            self._turn_back(self.ctx.col.undo, "Undone", "Redo", "redo")

    def redo(self) -> None:
        """Do again what was undone last."""
        if self.ctx.col.redo_label in SLOW_ACTS:
            self._undo_in_background(self.ctx.col.redo, "Done again", "Undo", "undo")
        else:
            self._turn_back(self.ctx.col.redo, "Done again", "Undo", "undo")

    # -- Qt ------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window has been painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if _dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped files."""
        if files := _dropped_files(event):
            event.acceptProposedAction()
            self.open_files(files)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, remember how the window stood, and close the collection."""
        self._closed = True
        self.ctx.jobs.close()
        self.ctx.settings.setValue("geometry", self.saveGeometry())
        if self.screen_name in REMEMBERED_SCREENS:
            self.ctx.settings.setValue("screen", self.screen_name)
        self.ctx.settings.sync()
        self.review.close_view()
        if "browse" in self._screens:
            self._screens["browse"].leave()
        for preview in self.findChildren(CardPreview):
            preview.shut_down()
        self.ctx.col.close()
        event.accept()

    # -- the parts -----------------------------------------------------------------------------------

    def _wire(self) -> None:
        ctx, actions = self.ctx, self.ctx.actions
        ctx.screen_wanted.connect(self.show_screen)
        ctx.changed.connect(self._saved)
        ctx.jobs.busy_changed.connect(self._set_busy)
        ctx.theme.changed.connect(self._set_style)
        self.today.due_known.connect(self._set_due)
        self.first_painted.connect(self._warm)
        for name in REMEMBERED_SCREENS:
            actions.on(name, partial(self.show_screen, name))
        actions.on("search", lambda: self.show_screen("browse", True))
        actions.on("add", self._add_note)
        actions.on("import", self._choose_files)
        actions.on("export", self._export)
        actions.on("undo", self.undo)
        actions.on("redo", self.redo)
        actions.on("zoom_in", lambda: self.review.zoom(ZOOM_STEP))
        actions.on("zoom_out", lambda: self.review.zoom(1 / ZOOM_STEP))
        actions.on("zoom_reset", lambda: self.review.zoom(None))
        actions.on("full_screen", self._toggle_full_screen)
        actions.on("help", self._show_keys)
        actions.on("quit", self.close)

    def _screen(self, name: str) -> Screen:
        """Return the screen called `name`, which is made when it is first wanted."""
        if name not in self._screens:
            if name == "import":
                from mlsd_cards.ui.screens.import_ import ImportScreen

                self._screens[name] = ImportScreen(self.ctx)
            elif name == "browse":
                from mlsd_cards.ui.screens.browse import BrowseScreen

                self._screens[name] = BrowseScreen(self.ctx)
            else:
                self._screens[name] = DecksScreen(self.ctx)
            self._stack.addWidget(self._screens[name])
        return self._screens[name]

    def _restore(self) -> None:
        geometry = self.ctx.settings.value("geometry")
        if not isinstance(geometry, QByteArray) or not self.restoreGeometry(geometry):
            self.resize(*FIRST_SIZE)
        name = self.ctx.settings.value("screen")
        if QGuiApplication.platformName() == "xcb":
            # The card view draws by OpenGL. Saying so before the window is shown saves it from being made
            # anew, with a flash, when the card view arrives after the first paint.
            self.winId()
            self.windowHandle().setSurfaceType(QSurface.SurfaceType.OpenGLSurface)
        self.show_screen(name if name in REMEMBERED_SCREENS else "today")

    def _set_style(self) -> None:
        self.setStyleSheet(style_sheet(self.ctx.theme.tokens))

    def _set_due(self, due: int) -> None:
        self._due = due
        if self._painted:
            self._warm()

    def _warm(self) -> None:
        if self._due and self.screen_name == "today" and not self._closed:
            self.review.warm()

    def _set_busy(self, busy: bool) -> None:
        self.ctx.actions.block(busy)
        for made in self._side.buttons.values():
            made.setEnabled(not busy)

    def _saved(self) -> None:
        self._side.saved.setText(f"Saved · {self.ctx.col.clock.now():%H:%M}")

    def _turn_back(self, act: Callable[[], str | None], said: str, other: str, other_action: str) -> None:
        try:
            what = act()
        except MlsdError as error:
            self.ctx.messages.error(error)
            return
        self._turned(what, said, other, other_action)

    def _undo_in_background(
        self, act: Callable[[], str | None], said: str, other: str, other_action: str
    ) -> None:
        job = self.ctx.jobs.write(lambda _progress: act(), said)
        job.done.connect(lambda what: self._turned(what, said, other, other_action))
        job.failed.connect(self.ctx.messages.error)
        job.settle_soon()

    def _turned(self, what: str | None, said: str, other: str, other_action: str) -> None:
        if what is None:
            self.ctx.messages.say(
                "There is nothing to undo" if said == "Undone" else "There is nothing to redo"
            )
            return
        current = self._stack.currentWidget()
        if isinstance(current, Screen):
            current.undone()
        self.ctx.messages.say(f"{said}: {what}", other, self.ctx.actions[other_action].trigger)

    def _add_note(self) -> None:
        from mlsd_cards.ui.dialogs.edit_note import add_note

        add_note(self.ctx, self)

    def _choose_files(self) -> None:
        from mlsd_cards.ui.screens.import_ import ask_for_files

        ask_for_files(self, self._folder()).filesSelected.connect(self._files_chosen)

    def _files_chosen(self, names: list[str]) -> None:
        if names:
            self.ctx.settings.setValue("folder", str(Path(names[0]).parent))
        self.open_files(names)

    def _export(self) -> None:
        from mlsd_cards.ui.exports import Exports
        from mlsd_cards.ui.screens.browse_parts import CardTable

        decks, browse = self._screens.get("decks"), self._screens.get("browse")
        deck = decks.current_deck if isinstance(decks, DecksScreen) and decks.isVisible() else ""
        table = browse.findChild(CardTable) if browse is not None and browse.isVisible() else None
        cards = table.chosen if isinstance(table, CardTable) else []
        Exports(self.ctx, self).ask(deck, self._folder(), cards)

    def _show_keys(self) -> None:
        from mlsd_cards.ui.dialogs.keys import KeysDialog

        KeysDialog(self.ctx.theme, self).open()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _folder(self) -> str:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        return str(self.ctx.settings.value("folder", documents))


def _dropped_files(event: QDropEvent) -> list[str]:
    data = event.mimeData()
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
