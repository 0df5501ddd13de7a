"""What every screen is handed: the collection, the jobs, the actions, and the news of what changed."""

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot

from mlsd_cards.domain.changes import Changed
from mlsd_cards.ui.jobs import Jobs
from mlsd_cards.ui.theme import Theme

if TYPE_CHECKING:
    from mlsd_cards.study import Collection
    from mlsd_cards.ui.actions import Actions
    from mlsd_cards.ui.messages import Messages


class AppContext(QObject):
    """The parts that screens share. Screens know each other only through the signals here."""

    changed = Signal(object)  # Changed flags of the commits since the last one
    screen_wanted = Signal(str, object)  # name of a screen, and what it is to show
    _committed = Signal()

    def __init__(self, col: "Collection", settings: QSettings, theme: Theme) -> None:
        super().__init__()
        self.col = col
        self.settings = settings
        self.theme = theme
        self.jobs = Jobs(self)
        self.actions: Actions
        self.messages: Messages
        self._lock = threading.Lock()
        self._flags = Changed.NOTHING
        self._committed.connect(self._announce, Qt.ConnectionType.QueuedConnection)
        col.on_changed(self._note)

    def show_screen(self, name: str, argument: object = None) -> None:
        """Ask for the screen called `name`."""
        self.screen_wanted.emit(name, argument)

    def _note(self, flags: Changed) -> None:
        """Remember what a commit changed; may be called from any thread."""
        with self._lock:
            pending = self._flags is not Changed.NOTHING
            self._flags |= flags
        if not pending:
            self._committed.emit()

    @Slot()
    def _announce(self) -> None:
        with self._lock:
            flags, self._flags = self._flags, Changed.NOTHING
        if flags:
            self.changed.emit(flags)
