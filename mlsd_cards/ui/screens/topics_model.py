"""The table of topics on Today: one row per deck, with what is due and how much of it was ever seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from mlsd_cards.study import DeckRow

Index = QModelIndex | QPersistentModelIndex
TOPIC, CARDS, DUE, SEEN = range(4)
HEADINGS = ("Topic", "Cards", "Due", "Seen")
DECK_ROLE = int(Qt.ItemDataRole.UserRole)
SHARE_ROLE = DECK_ROLE + 1

_NOWHERE = QModelIndex()
_INDENT = "\u2003"


class TopicsModel(QAbstractTableModel):
    """Rows of decks. `DECK_ROLE` is the whole deck name, `SHARE_ROLE` the share of cards ever answered."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[DeckRow, ...] = ()
        self._names: tuple[str, ...] = ()

    def set_rows(self, rows: Sequence["DeckRow"]) -> None:
        """Show `rows`; names are shortened and indented by depth.

        The same decks keep their places, so that the table stays scrolled to where it was.
        """
        if [row.name for row in rows] == [row.name for row in self._rows]:
            self._rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, SEEN))
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self._names = short_names([row.name for row in rows])
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of decks."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a heading."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return HEADINGS[section] if 0 <= section < len(HEADINGS) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(index.row(), column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{HEADINGS[column]}: {self._text(index.row(), column)}"
            case int(value) if value == DECK_ROLE:
                return row.name
            case int(value) if value == SHARE_ROLE:
                return row.seen / row.total if row.total else 0.0
        return None

    def _text(self, number: int, column: int) -> str:
        row = self._rows[number]
        if column == TOPIC:
            return self._names[number]
        if column == SEEN:
            return f"{round(100 * row.seen / row.total) if row.total else 0} %"
        shown: int = row.total if column == CARDS else row.new + row.learning + row.review
        return str(shown)

    def _tip(self, row: "DeckRow", column: int) -> str:
        if column == TOPIC:
            return row.name.replace("::", " › ")
        if column == DUE:
            return f"{row.new} new, {row.learning} learning, {row.review} to review"
        return f"{row.seen} of {row.total} cards seen"


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the last part of each name, indented under the nearest deck above it that is also listed."""
    listed = {name.casefold() for name in names}
    shown: list[str] = []
    for name in names:
        parts = name.split("::")
        above = [i for i in range(1, len(parts)) if "::".join(parts[:i]).casefold() in listed]
        own = parts[above[-1] :] if above else parts
        shown.append(_INDENT * len(above) + " › ".join(own))
    return tuple(shown)
