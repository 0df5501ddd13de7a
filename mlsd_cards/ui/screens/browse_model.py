"""The list of found cards: all their numbers, and the rows of the part that is looked at, read as it scrolls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from mlsd_cards.domain.cards import CardId
from mlsd_cards.ui.dates import short_day
from mlsd_cards.ui.theme import FLAG_NAMES, Theme

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import BrowseRow
    from mlsd_cards.study.clock import Clock

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = int(Qt.ItemDataRole.UserRole)
WINDOW = 128  # rows that are read at a time
_KEPT = 24  # windows that are kept

_NOWHERE = QModelIndex()
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, heading, width in pixels, and the order of a search that sorts by it (or nothing)."""

    name: str
    heading: str
    width: int
    order: str = ""


COLUMNS = (
    Column("question", "Question", 260, "text"),
    Column("deck", "Deck", 104, "deck"),
    Column("due", "Due", 68, "due"),
    Column("interval", "Interval", 66, "interval"),
    Column("ease", "Ease", 50, "ease"),
    Column("state", "State", 92),
    Column("tags", "Tags", 120),
    Column("note_type", "Note type", 120),
    Column("template", "Card", 90),
    Column("reps", "Answers", 76, "reps"),
    Column("lapses", "Lapses", 68, "lapses"),
    Column("stability", "Stability", 78, "stability"),
    Column("difficulty", "Difficulty", 78, "difficulty"),
    Column("flag", "Flag", 84, "flag"),
    Column("created", "Added", 92, "created"),
    Column("modified", "Changed", 92, "modified"),
)
FIRST_COLUMNS = ("question", "deck", "due", "interval", "ease")

Fetch = Callable[[Sequence[CardId]], "dict[CardId, BrowseRow]"]


class BrowseModel(QAbstractTableModel):
    """Found cards in their order. Only the windows of rows that are looked at are read and kept."""

    def __init__(self, fetch: Fetch, clock: "Clock", theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch, self._clock, self._theme = fetch, clock, theme
        self.ids: Sequence[CardId] = ()
        self._windows: dict[int, dict[CardId, BrowseRow]] = {}

    def set_ids(self, ids: Sequence[CardId]) -> None:
        """Show the cards of `ids`, in that order."""
        self.beginResetModel()
        self.ids = ids
        self._windows = {}
        self.endResetModel()

    def reread(self) -> None:
        """Read the rows anew; the cards stay."""
        self._windows = {}
        if self.ids:
            last = self.index(len(self.ids) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def row(self, number: int) -> "BrowseRow | None":
        """Return the card in row `number`; nothing if it is gone."""
        if not 0 <= number < len(self.ids):
            return None
        window = number // WINDOW
        if window not in self._windows:
            while len(self._windows) >= _KEPT:
                self._windows.pop(next(iter(self._windows)))
            first = window * WINDOW
            self._windows[window] = self._fetch(self.ids[first : first + WINDOW])
        return self._windows[window].get(self.ids[number])

    def rows_as_selection(self, ids: Iterable[CardId]) -> QItemSelection:
        """Return the rows of those of `ids` that are shown, neighbours as one range."""
        wanted = set(ids)
        numbers = [number for number, card in enumerate(self.ids) if card in wanted] if wanted else []
        chosen = QItemSelection()
        start = 0
        for place, number in enumerate(numbers):
            if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
                chosen.select(self.index(numbers[start], 0), self.index(number, len(COLUMNS) - 1))
                start = place + 1
        return chosen

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of found cards."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns, shown or not."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(COLUMNS):
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].heading
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT
        if role not in _ROLES:
            return None
        row, name = self.row(index.row()), COLUMNS[index.column()].name
        if row is None:
            return "(deleted)" if role == Qt.ItemDataRole.DisplayRole and name == "question" else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(row, name)
            case Qt.ItemDataRole.ToolTipRole:
                return row.deck.replace("::", " › ") if name == "deck" else None
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.tokens.color("muted" if name != "question" or _hidden(row) else "ink")
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row, name)
        return row

    def text(self, row: "BrowseRow", name: str) -> str:
        """Return what the column called `name` says of a card."""
        plain = _PLAIN.get(name)
        if plain is not None:
            return plain(row)
        match name:
            case "due":
                return self._due(row)
            case "created":
                return self._day(row.created_ms)
        return self._day(row.modified_ms)

    def _spoken(self, row: "BrowseRow", name: str) -> str:
        if name != "question":
            return self.text(row, name)
        return ", ".join([row.question or "empty", *marks(row)])

    def _due(self, row: "BrowseRow") -> str:
        if row.state == "new":
            return f"new {row.position}"
        if "T" in row.due:
            when = datetime.fromisoformat(row.due).astimezone(self._clock.zone)
            return f"{when:%H:%M}" if when.date() == self._clock.now().date() else short_day(when.date())
        if not row.due:
            return ""
        day, today = date.fromisoformat(row.due), self._clock.now().date()
        return "today" if day == today else _dated(day, today)

    def _day(self, moment_ms: int) -> str:
        if not moment_ms:
            return ""
        try:
            day = datetime.fromtimestamp(moment_ms / 1000, self._clock.zone).date()
        except (ValueError, OverflowError, OSError):
            return ""
        return _dated(day, self._clock.now().date())


_ROLES = {
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.ForegroundRole,
    Qt.ItemDataRole.AccessibleTextRole,
    ROW_ROLE,
}
_PLAIN: "dict[str, Callable[[BrowseRow], str]]" = {
    "question": lambda row: row.question,
    "deck": lambda row: row.deck.rpartition("::")[2],
    "interval": lambda row: f"{row.interval_days} d" if row.interval_days else "",
    "ease": lambda row: f"{row.ease_permille / 1000:.2f}" if row.ease_permille else "",
    "state": lambda row: "suspended" if row.suspended else "buried" if row.buried else row.state,
    "tags": lambda row: " ".join(row.tags),
    "note_type": lambda row: row.note_type,
    "template": lambda row: row.template,
    "reps": lambda row: str(row.reps),
    "lapses": lambda row: str(row.lapses),
    "stability": lambda row: "" if row.stability is None else f"{row.stability:.1f} d",
    "difficulty": lambda row: "" if row.difficulty is None else f"{row.difficulty:.1f}",
    "flag": lambda row: FLAG_NAMES[row.flag],
}


def marks(row: "BrowseRow") -> list[str]:
    """Return in words what is special about a card: its flag, mark, and whether it is hidden."""
    pairs = (
        (f"{FLAG_NAMES[row.flag].lower()} flag", bool(row.flag)),
        ("marked", row.marked),
        ("suspended", row.suspended),
        ("buried", row.buried and not row.suspended),
    )
    return [word for word, so in pairs if so]


def _hidden(row: "BrowseRow") -> bool:
    return row.suspended or row.buried


def _dated(day: date, today: date) -> str:
    return short_day(day) if day.year == today.year else f"{short_day(day)} {day.year}"
