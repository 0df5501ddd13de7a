"""Card info: state, due date, interval, ease, and every past answer."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from mlsd_cards.domain.reviews import Rating, ReviewLogEntry
from mlsd_cards.ui.dates import counted, full_day, moment, span
from mlsd_cards.ui.rows import RowTable
from mlsd_cards.ui.theme import Theme
from mlsd_cards.ui.widgets import Facts, button, label

if TYPE_CHECKING:
    from mlsd_cards.study import CardInfo, Clock

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Day", "Answer", "Kind", "Interval", "Ease", "Time")

_NOWHERE = QModelIndex()


class ReviewsModel(QAbstractTableModel):
    """The answers of one card, the newest first."""

    def __init__(self, info: "CardInfo", clock: "Clock", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = tuple(reversed(info.reviews))
        self._zone = clock.zone

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of answers."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(HEADINGS):
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADINGS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if index.isValid() and role == Qt.ItemDataRole.DisplayRole:
            return self._texts(self._rows[index.row()])[index.column()]
        return None

    def _texts(self, entry: ReviewLogEntry) -> tuple[str, ...]:
        when = datetime.fromtimestamp(entry.id / 1000, UTC).astimezone(self._zone)
        rated = entry.rating in tuple(Rating)
        return (
            moment(when),
            Rating(entry.rating).name.capitalize() if rated else "",
            entry.kind.value,
            span(entry.interval),
            f"{entry.factor / 1000:.2f}" if entry.factor >= 1000 else "",
            f"{entry.milliseconds / 1000:.1f} s" if entry.milliseconds else "",
        )


class CardInfoDialog(QDialog):
    """Everything about one card."""

    def __init__(self, info: "CardInfo", clock: "Clock", theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("cardInfoDialog")
        self.setWindowTitle("Card info")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(720, parent.width() - 60), min(620, parent.height() - 60))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(label("Card info", "title"))
        facts = Facts(140)
        facts.set_rows(_facts(info))
        layout.addWidget(facts)
        answers = counted(len(info.reviews), "answer") if info.reviews else "No answers yet"
        layout.addWidget(label(answers, "heading"))
        layout.addWidget(self._table(info, clock), 1)
        if not info.reviews:
            layout.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = button("Close", "primary", "cardInfoClose")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        layout.addLayout(row)
        close.setFocus()

    def _table(self, info: "CardInfo", clock: "Clock") -> RowTable:
        table = RowTable(self._theme, "cardInfoTable", "Past answers")
        table.setModel(ReviewsModel(info, clock, self))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setVisible(bool(info.reviews))
        return table


def _facts(info: "CardInfo") -> list[tuple[str, str, str, str]]:
    state = info.state.capitalize()
    hidden = ", ".join(word for word, so in (("suspended", info.suspended), ("buried", info.buried)) if so)
    rows = [
        ("Deck", info.deck.replace("::", " › "), "", ""),
        ("Note type", info.note_type, info.template, ""),
        ("State", state, hidden, ""),
        ("Due", _due(info.due) or "as a new card", "", ""),
    ]
    if info.interval_days:
        rows.append(("Interval", counted(info.interval_days, "day"), "", ""))
    if info.ease_permille:
        rows.append(("Ease", f"{info.ease_permille / 1000:.2f}", "", ""))
    if info.stability is not None and info.difficulty is not None:
        rows.append(
            ("Stability", f"{info.stability:.1f} days", f"difficulty {info.difficulty:.1f} of 10", "")
        )
    rows.append(("Answers", str(info.reps), counted(info.lapses, "lapse"), ""))
    if info.tags:
        rows.append(("Tags", " ".join(info.tags), "", ""))
    return rows


def _due(iso: str) -> str:
    if not iso:
        return ""
    return moment(datetime.fromisoformat(iso)) if "T" in iso else full_day(date.fromisoformat(iso))
