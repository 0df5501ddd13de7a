"""The tree of names beside the found cards: saved searches, states, flags, decks, tags and note types."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QApplication, QMenu, QStyle, QStyleOptionViewItem

from mlsd_cards.ui.rows import Index, RowDelegate, RowTree
from mlsd_cards.ui.screens.browse_parts import term
from mlsd_cards.ui.theme import FLAG_NAMES, Theme

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import Names

_STATES = (
    ("Due", "is:due"),
    ("New", "is:new"),
    ("Learning", "is:learn"),
    ("Review", "is:review"),
    ("Suspended", "is:suspended"),
    ("Buried", "is:buried"),
    ("In conflict", "is:conflict"),
    ("Added today", "added:1"),
    ("Answered today", "rated:1"),
    ("Again today", "rated:1:1"),
)
_SEARCH = int(Qt.ItemDataRole.UserRole)
_SAVED = _SEARCH + 1


class SideDelegate(RowDelegate):
    """Draws a name of the tree in a low row without a line."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the name."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        painter.save()
        if plain.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(plain.rect, self.theme.tokens.color("accent_soft"))
        self.paint_content(painter, plain, index)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of the name."""
        return QSize(super().sizeHint(option, index).width(), 28)


class SideTree(RowTree):
    """Names by which cards are found. A click searches; Ctrl adds, Shift offers either, Alt turns it round."""

    wanted = Signal(str, object)  # a term, and the keys that were held
    forgotten = Signal(str)  # name of a saved search

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "browseSides", "Names to search by; Enter searches, Ctrl+Enter adds")
        self.setItemDelegate(SideDelegate(theme, self, 14))
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIndentation(16)
        self.setToolTip("Click to search; with Ctrl: both, Shift: either, Alt: the opposite")
        self._names = QStandardItemModel(self)
        self.setModel(self._names)
        self.clicked.connect(self._clicked)

    def show_names(self, names: "Names", saved: Sequence[tuple[str, str]]) -> None:
        """Show the names of the collection and the saved searches; what was open stays open."""
        opened = {self._path(index) for index in self._indexes() if self.isExpanded(index)}
        first = self._names.rowCount() == 0
        self._names.clear()
        root = self._names.invisibleRootItem()
        self._section(root, "Saved searches", saved, saved=True)
        self._section(root, "State", _STATES)
        flags = [(name, f"flag:{number}") for number, name in enumerate(FLAG_NAMES) if number]
        self._section(root, "Flags", flags)
        self._tree(root, "Decks", [(name, "") for name in names.decks], "deck")
        self._tree(root, "Tags", [(name, f"  {count:,}") for name, count in names.tags], "tag")
        self._section(root, "Note types", [(name, term("note", name)) for name in names.note_types])
        for index in self._indexes():
            path = self._path(index)
            self.setExpanded(
                index, path in opened or (first and path in ("Saved searches", "State", "Decks"))
            )

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw the arrow, and the ground of the chosen name."""
        if self.selectionModel().isSelected(index):
            painter.fillRect(rect, self._theme.tokens.color("accent_soft"))
        if self.model().hasChildren(index):
            self._draw_arrow(painter, rect, opened=self.isExpanded(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Search by Enter; forget a saved search by Delete."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.data(_SEARCH):
            self.wanted.emit(index.data(_SEARCH), event.modifiers())
        elif event.key() == Qt.Key.Key_Delete and index.data(_SAVED):
            self.forgotten.emit(index.data(_SAVED))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to forget a saved search."""
        if name := self.indexAt(event.pos()).data(_SAVED):
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction("Forget this search").triggered.connect(lambda: self.forgotten.emit(name))
            menu.popup(event.globalPos())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave the choosing of several to tables: held keys say how to search."""
        index = self.indexAt(event.position().toPoint())
        super().mouseReleaseEvent(event)
        if index.isValid() and event.modifiers() and not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)

    def _clicked(self, index: QModelIndex) -> None:
        if search := index.data(_SEARCH):
            self.wanted.emit(search, QApplication.keyboardModifiers())
        else:
            self.setExpanded(index, not self.isExpanded(index))

    def _section(
        self, root: QStandardItem, title: str, rows: Sequence[tuple[str, str]], *, saved: bool = False
    ) -> None:
        if rows:
            head = _item(title)
            root.appendRow(head)
            for name, search in rows:
                head.appendRow(_item(name, search, saved=name if saved else ""))

    def _tree(self, root: QStandardItem, title: str, names: Sequence[tuple[str, str]], key: str) -> None:
        if not names:
            return
        known: dict[str, QStandardItem] = {"": _item(title)}
        root.appendRow(known[""])
        for name, remark in names:
            above = ""
            for part in name.split("::"):
                path = f"{above}::{part}" if above else part
                if path.casefold() not in known:
                    made = known[path.casefold()] = _item(part, term(key, path))
                    known[above.casefold()].appendRow(made)
                above = path
            if remark:
                known[name.casefold()].setText(f"{name.rpartition('::')[2]}{remark}")

    def _indexes(self, parent: QModelIndex | None = None) -> list[QModelIndex]:
        above = parent or QModelIndex()
        found = []
        for number in range(self._names.rowCount(above)):
            index = self._names.index(number, 0, above)
            if self._names.hasChildren(index):
                found += [index, *self._indexes(index)]
        return found

    @staticmethod
    def _path(index: QModelIndex) -> str:
        return str(index.data(_SEARCH) or index.data())


def _item(text: str, search: str = "", *, saved: str = "") -> QStandardItem:
    made = QStandardItem(text)
    made.setEditable(False)
    made.setData(search, _SEARCH)
    made.setData(saved, _SAVED)
    return made
