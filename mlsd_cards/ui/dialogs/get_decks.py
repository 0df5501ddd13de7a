"""Get decks: public decks for this field, what each holds and how good it is; the browser opens its page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.downloads import arrived, downloads_watch
from mlsd_cards.ui.messages import open_in_browser
from mlsd_cards.ui.rows import RowTree
from mlsd_cards.ui.theme import Theme
from mlsd_cards.ui.widgets import Combo, Facts, button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study.catalogue import PublicDeck

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Deck", "Cards")
_NOWHERE = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_DETAILS = 416


class PublicDeckModel(QAbstractTableModel):
    """The decks of the chosen topic."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.decks: Sequence[PublicDeck] = ()

    def set_decks(self, decks: "Sequence[PublicDeck]") -> None:
        """Show `decks`, in that order."""
        self.beginResetModel()
        self.decks = decks
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of decks."""
        return 0 if parent.isValid() else len(self.decks)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADINGS)

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        """Whether decks stand below `parent`: only below the root."""
        return not parent.isValid() and bool(self.decks)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section else _LEFT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        deck, first = self.decks[index.row()], index.column() == 0
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return deck.name if first else f"{deck.cards:,}"
            case Qt.ItemDataRole.ToolTipRole:
                return deck.name if first else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT if first else _RIGHT
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.tokens.color("ink" if first else "muted")
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return f"{deck.holds} {deck.quality} Licence: {deck.terms}." if first else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{deck.name}, {deck.topic}" if first else counted(deck.cards, "card")
        return None


class GetDecksDialog(QDialog):
    """The catalogue of public decks. It fetches nothing: the page of a deck opens in the browser."""

    def __init__(self, ctx: AppContext, parent: QWidget) -> None:
        from mlsd_cards.study.catalogue import public_decks

        super().__init__(parent)
        self._ctx = ctx
        self._all = public_decks()
        self._watch = downloads_watch(ctx, parent)
        self.setObjectName("getDecksDialog")
        self.setWindowTitle("Get decks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(960, parent.width() - 40), min(680, parent.height() - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(self._header())
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self._list(), 1)
        body.addWidget(self._details())
        layout.addLayout(body, 1)
        layout.addWidget(self._notice())
        self._trouble = TroubleLine("getDecksTrouble")
        layout.addWidget(self._trouble)
        layout.addLayout(self._foot())
        self._watch.found.connect(self._show_waiting)
        self.finished.connect(lambda: QTimer.singleShot(0, self._watch, self._watch.offer))
        self._choose_topic()
        self._show_waiting()
        self._tree.setFocus()

    @property
    def chosen(self) -> "PublicDeck | None":
        """The deck that is looked at."""
        index = self._tree.currentIndex()
        return self.model.decks[index.row()] if index.isValid() else None

    def _header(self) -> QHBoxLayout:
        from mlsd_cards.study.catalogue import TOPICS

        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label("Get decks", "title"))
        words.addWidget(label("Public decks for this field, with a candid word on each.", "muted", wrap=True))
        self._topic = Combo()
        self._topic.setView(QListView())  # takes the style sheet, which the native list does not
        self._topic.setObjectName("getDecksTopic")
        self._topic.setAccessibleName("Topic")
        self._topic.addItem(f"All topics · {len(self._all)}", "")
        for topic in TOPICS:
            number = sum(deck.topic == topic for deck in self._all)
            self._topic.addItem(f"{topic[0].upper()}{topic[1:]} · {number}", topic)
        self._topic.currentIndexChanged.connect(self._choose_topic)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self._topic, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _list(self) -> QFrame:
        frame, inside = panel()
        inside.setContentsMargins(10, 6, 10, 10)
        self.model = PublicDeckModel(self._ctx.theme, self)
        self._tree = RowTree(
            self._ctx.theme, "getDecksList", "Public decks; Enter opens the chosen one in the browser"
        )
        self._tree.setModel(self.model)
        self._tree.setIndentation(8)  # room for the bar of the keyboard
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._tree.header()
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(1, 68)
        self._tree.activated.connect(self._open)
        self._tree.selectionModel().currentChanged.connect(lambda *_: self._show_chosen())
        inside.addWidget(self._tree, 1)
        return frame

    def _details(self) -> QFrame:
        frame, outside = panel()
        outside.setContentsMargins(10, 10, 8, 10)
        frame.setFixedWidth(_DETAILS)
        inside = QWidget()
        inside.setObjectName("formPage")
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 4, 8, 4)
        column.setSpacing(8)
        self._name = label("", "heading", wrap=True)
        self._name.setObjectName("getDecksName")
        self._facts = Facts(92)
        self._link = label("", "small", wrap=True)
        self._link.setObjectName("getDecksLink")
        self._link.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for shown in (self._name, self._link):
            shown.setContentsMargins(6, 0, 6, 0)  # in line with the names of the facts
        for part in (self._name, self._facts, self._link):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("getDecksDetails")
        scroll.setAccessibleName("About the chosen deck")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        outside.addWidget(scroll)
        return frame

    def _notice(self) -> QWidget:
        self._arrived = QWidget()
        self._said = label("", "heading", wrap=True)
        self._said.setObjectName("getDecksArrived")
        bring = button("Import", name="getDecksImport", tip="See what the file holds before it is imported")
        bring.clicked.connect(self._import)
        row = QHBoxLayout(self._arrived)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._said, 1)
        row.addWidget(bring)
        self._arrived.hide()
        return self._arrived

    def _foot(self) -> QHBoxLayout:
        from mlsd_cards.study.settings import WATCH_DOWNLOADS

        self._offer_box = QCheckBox("Offer to import what I download")
        self._offer_box.setObjectName("getDecksWatch")
        self._offer_box.setToolTip(
            "After you have opened a page here, a deck file that newly lies in your downloads folder is offered"
        )
        self._offer_box.setChecked(bool(self._ctx.col.settings()[WATCH_DOWNLOADS]))
        self._offer_box.toggled.connect(self._set_watch)
        close = button("Close", name="getDecksClose")
        close.clicked.connect(self.reject)
        go = button("Open in browser", "primary", "getDecksOpen", "Open the page of the chosen deck (Enter)")
        go.clicked.connect(self._open)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._offer_box)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(go)
        return row

    def _choose_topic(self) -> None:
        topic = self._topic.currentData()
        self.model.set_decks([deck for deck in self._all if topic in ("", deck.topic)])
        self._tree.setCurrentIndex(self.model.index(0, 0))
        self._show_chosen()

    def _show_chosen(self) -> None:
        deck = self.chosen
        if deck is None:
            return
        self._name.setText(deck.name)
        changed = f"{deck.changed.day} {deck.changed:%B %Y}"
        self._facts.set_rows(
            [
                ("Holds", deck.holds, "", ""),
                ("Cards", f"{deck.cards:,}", "", ""),
                ("Quality", deck.quality, "", ""),
                ("Licence", deck.terms, "", ""),
                ("Changed", changed, "", ""),
            ]
        )
        self._link.setText(deck.link)

    def _open(self) -> None:
        """Open the page of the chosen deck, and from now on notice a deck file in the downloads folder."""
        deck = self.chosen
        if deck is None:
            return
        if self._offer_box.isChecked():
            self._watch.start()
        opened = open_in_browser(QUrl(deck.link))
        if not opened:
            QGuiApplication.clipboard().setText(deck.link)
        self._trouble.say(
            "" if opened else "No browser could be opened; the address of the page is in the clipboard."
        )

    def _set_watch(self, wanted: bool) -> None:
        from mlsd_cards.study.settings import WATCH_DOWNLOADS

        try:
            self._ctx.col.set_setting(WATCH_DOWNLOADS, "true" if wanted else "false")
        except MlsdError as error:
            self._ctx.messages.error(error)
        if not wanted:
            self._watch.stop()
            self._show_waiting()

    def _show_waiting(self) -> None:
        files = self._watch.waiting
        self._arrived.setVisible(bool(files))
        if files:
            self._said.setText(arrived(files))

    def _import(self) -> None:
        self.accept()
        self._watch.take()


def open_get_decks(ctx: AppContext, window: QWidget) -> None:
    """Open the catalogue; a catalogue that cannot be read is told as a plain sentence."""
    try:
        dialog = GetDecksDialog(ctx, window)
    except MlsdError as error:
        ctx.messages.error(error)
    else:
        dialog.open()
