"""The deck tree: decks inside decks, with today's counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mlsd_cards.ui.theme import Theme

if TYPE_CHECKING:
    from mlsd_cards.study import DeckRow

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Deck", "New", "Learning", "To review", "Cards")
DECK_ROLE = int(Qt.ItemDataRole.UserRole)
FILTERED_ROLE = DECK_ROLE + 1
TONES = ("", "easy_text", "again_text", "good_text", "")

_NOWHERE = QModelIndex()


@dataclass(eq=False, slots=True)
class Node:
    """A deck in the tree. `row` is nothing for a deck that only its subdecks name."""

    name: str
    path: str
    parent: "Node | None"
    number: int = 0  # which of the model's nodes it is
    row: "DeckRow | None" = None
    children: list["Node"] = field(default_factory=list)

    @property
    def filtered(self) -> bool:
        """Whether it is a filtered deck."""
        return self.row is not None and self.row.filtered

    @property
    def title(self) -> str:
        """What the tree calls it."""
        return f"{self.name} · filtered" if self.filtered else self.name

    def place(self) -> int:
        """Return which child of its parent the deck is."""
        return self.parent.children.index(self) if self.parent else 0

    def counts(self) -> tuple[int, int, int, int]:
        """Return new, learning, review and all cards."""
        row = self.row
        return (row.new, row.learning, row.review, row.total) if row else (0, 0, 0, 0)


class DeckModel(QAbstractItemModel):
    """A tree of decks with five columns. `DECK_ROLE` is the whole name of a deck, `FILTERED_ROLE` its kind."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._root = Node("", "", None)
        self._nodes = [self._root]
        self._by_path: dict[str, Node] = {}

    def set_rows(self, rows: Sequence["DeckRow"]) -> None:
        """Show `rows`, which stand in the order of their names."""
        self.beginResetModel()
        self._root = Node("", "", None)
        self._nodes = [self._root]
        self._by_path = {"": self._root}
        for row in rows:
            self._node(row.name).row = row
        self.endResetModel()

    def deck_index(self, path: str) -> QModelIndex:
        """Return the index of the deck called `path`, or an invalid one."""
        node = self._by_path.get(path)
        return self.createIndex(node.place(), 0, node.number) if node and node.parent else QModelIndex()

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """Return the index of a child."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._at(parent).children[row].number)

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        """Return the index of the deck around."""
        above = self._at(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.place(), 0, above.number)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of subdecks."""
        return 0 if parent.column() > 0 else len(self._at(parent).children)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(HEADINGS):
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADINGS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        node, column = self._at(index), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return node.title if column == 0 else str(node.counts()[column - 1])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                return self._ink(node, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return (
                    node.title if column == 0 else f"{node.counts()[column - 1]} {HEADINGS[column].lower()}"
                )
            case Qt.ItemDataRole.ToolTipRole:
                return node.path.replace("::", " › ") if column == 0 else None
            case int(value) if value == DECK_ROLE:
                return node.path
            case int(value) if value == FILTERED_ROLE:
                return node.filtered
        return None

    def _ink(self, node: Node, column: int) -> Any:
        if column == 0:
            return self._theme.tokens.color("accent_text") if node.filtered else None
        tone = TONES[column] if node.counts()[column - 1] else ""
        return self._theme.tokens.color(tone or "muted")

    def _at(self, index: Index) -> Node:
        return self._nodes[index.internalId()] if index.isValid() else self._root

    def _node(self, path: str) -> Node:
        if path in self._by_path:
            return self._by_path[path]
        above, _, name = path.rpartition("::")
        parent = self._node(above)
        node = self._by_path[path] = Node(name, path, parent, len(self._nodes))
        self._nodes.append(node)
        parent.children.append(node)
        return node


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
