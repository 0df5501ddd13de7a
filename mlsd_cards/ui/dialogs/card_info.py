"""Card info: state, due date, interval, ease, what is remembered with its curve, and every past answer."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QHeaderView, QScrollArea, QVBoxLayout, QWidget

from mlsd_cards.domain.reviews import Rating, ReviewLogEntry
from mlsd_cards.ui.dates import counted, full_day, moment, span
from mlsd_cards.ui.forgetting_chart import ForgettingChart
from mlsd_cards.ui.rows import RowTable
from mlsd_cards.ui.theme import Theme
from mlsd_cards.ui.widgets import Facts, button, label

if TYPE_CHECKING:
    from mlsd_cards.study import CardInfo, Clock
    from mlsd_cards.study.forgetting import ForgettingCurve

Index = QModelIndex | QPersistentModelIndex
TABLE_HEIGHT = 240
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
        wide = info.curve is not None
        self.resize(min(940 if wide else 720, parent.width() - 60), min(680, parent.height() - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(label("Card info", "title"))
        layout.addWidget(self._page(info, clock), 1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = button("Close", "primary", "cardInfoClose")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        layout.addLayout(row)
        close.setFocus()

    def _page(self, info: "CardInfo", clock: "Clock") -> QScrollArea:
        """Return all that is told, which scrolls where the window is small."""
        inside = QWidget()
        inside.setObjectName("page")
        page = QVBoxLayout(inside)
        page.setContentsMargins(0, 0, 14, 0)
        page.setSpacing(12)
        names, numbers = Facts(110), Facts(110)
        names.set_rows(_names(info))
        numbers.set_rows(_numbers(info))
        page.addWidget(names)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addWidget(numbers, 4, Qt.AlignmentFlag.AlignTop)
        if info.curve is not None:
            columns.addLayout(self._curve(info.curve, clock), 5)
        page.addLayout(columns)
        answers = counted(len(info.reviews), "answer") if info.reviews else "No answers yet"
        page.addWidget(label(answers, "heading"))
        page.addWidget(self._table(info, clock), 1)
        if not info.reviews:
            page.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        return scroll

    def _curve(self, curve: "ForgettingCurve", clock: "Clock") -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(label("Forgetting curve", "heading"))
        column.addWidget(ForgettingChart(self._theme, curve, clock.zone), 1)
        words = "Dots are your answers; the dotted line is the recall that you want."
        column.addWidget(label(words, "small", wrap=True))
        return column

    def _table(self, info: "CardInfo", clock: "Clock") -> RowTable:
        table = RowTable(self._theme, "cardInfoTable", "Past answers")
        table.setModel(ReviewsModel(info, clock, self))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setMinimumHeight(min(TABLE_HEIGHT, 44 * (len(info.reviews) + 1)))
        table.setVisible(bool(info.reviews))
        return table


def _names(info: "CardInfo") -> list[tuple[str, str, str, str]]:
    rows = [
        ("Deck", info.deck.replace("::", " › "), "", ""),
        ("Note type", info.note_type, info.template, ""),
    ]
    if info.tags:
        rows.append(("Tags", " ".join(info.tags), "", ""))
    return rows


def _numbers(info: "CardInfo") -> list[tuple[str, str, str, str]]:
    state = info.state.capitalize()
    hidden = ", ".join(word for word, so in (("suspended", info.suspended), ("buried", info.buried)) if so)
    rows = [
        ("State", state, hidden, ""),
        ("Due", _due(info.due) or "as a new card", "", ""),
    ]
    if info.interval_days:
        rows.append(("Interval", counted(info.interval_days, "day"), "", ""))
    if info.ease_permille and info.scheduler != "fsrs":
        rows.append(("Ease", f"{info.ease_permille / 1000:.2f}", "", ""))
    if info.recall is not None:
        rows.append(("Recall now", f"{info.recall:.0%}", "that you know it today", ""))
    if info.stability is not None and info.difficulty is not None:
        days = f"{info.stability:,.1f} days" if info.stability < 1000 else f"{info.stability:,.0f} days"
        rows.append(("Stability", days, "until recall falls to 90%", ""))
        rows.append(("Difficulty", f"{info.difficulty:.1f}", "of 10", ""))
    rows.append(("Answers", str(info.reps), counted(info.lapses, "lapse"), ""))
    return rows


def _due(iso: str) -> str:
    if not iso:
        return ""
    return moment(datetime.fromisoformat(iso)) if "T" in iso else full_day(date.fromisoformat(iso))
