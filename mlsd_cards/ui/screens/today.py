"""Today: what is due, topic by topic, and how the days before and after look. Space starts the review."""

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.catch_up_panel import CatchUpPanel
from mlsd_cards.ui.charts import Forecast, HeatMap
from mlsd_cards.ui.conflict_panel import ConflictPanel
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted, long_day
from mlsd_cards.ui.rows import BarDelegate, RowTable
from mlsd_cards.ui.screens.base import Screen, page
from mlsd_cards.ui.screens.topics_model import CARDS, DECK_ROLE, DUE, SEEN, SHARE_ROLE, TOPIC, TopicsModel
from mlsd_cards.ui.widgets import KeyButton, button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study import Today

REFRESH_MS = 300_000  # the day may turn, and learning cards come due, while the screen stands open


class TodayScreen(Screen):
    """What is due today."""

    name = "today"
    concerns = Changed.CARD | Changed.NOTE | Changed.DECK | Changed.PRESET | Changed.LOG | Changed.SETTING
    due_known = Signal(int)  # number of cards that are due

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
        self.today: Today | None = None
        self._day = ctx.col.clock.now().date()
        layout = page(self)
        layout.addLayout(self._header())
        layout.addSpacing(24)
        self.catch_up = CatchUpPanel(ctx)
        layout.addWidget(self.catch_up)
        self.conflicts = ConflictPanel(ctx)
        layout.addWidget(self.conflicts)
        upper = QHBoxLayout()
        upper.setSpacing(20)
        upper.addWidget(self._due_panel(), 17)
        upper.addWidget(self._forecast_panel(), 10)
        layout.addLayout(upper)
        layout.addSpacing(20)
        lower = QHBoxLayout()
        lower.setSpacing(20)
        lower.addWidget(self._topics_panel(), 17)
        lower.addWidget(self._history_panel(), 10)
        layout.addLayout(lower, 1)
        self._heading.setText(long_day(self._day))
        for shown in (*self._counts, *self._dots, self._start, self._empty):
            shown.hide()  # until they are known
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        ctx.actions.on("start", self.start)

    def enter(self, argument: object) -> None:
        """Keep the figures fresh while they are seen."""
        self._timer.start()
        self.setFocus()

    def leave(self) -> None:
        """Stop refreshing."""
        self._timer.stop()

    def refresh(self) -> None:
        """Count anew, beside the interface."""
        self.ask(self.ctx.col.today, "Counting what is due", self._show, self.ctx.messages.error)

    def start(self) -> None:
        """Start the review of everything that is due; without due cards bring some in."""
        if self._start.isVisible():
            self.ctx.show_screen("review")

    def changeEvent(self, event: QEvent) -> None:
        """Count anew when the window comes to the front."""
        super().changeEvent(event)
        arrives = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible()
        if arrives and self.today is not None and self.ctx.col.clock.now().date() != self._day:
            self.refresh()

    def _accept_clock(self) -> None:
        try:
            self.ctx.col.accept_clock()
        except MlsdError as error:
            self.ctx.messages.error(error)

    def _header(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(4)
        self._heading = label("", "title")
        self._below = label("", "muted", wrap=True)
        words.addWidget(self._heading)
        words.addWidget(self._below)
        self._accept = button(
            "This clock is right",
            name="acceptClockButton",
            tip="Record answers again, from the time this clock shows",
        )
        self._accept.clicked.connect(self._accept_clock)
        self._accept.hide()
        words.addWidget(self._accept, 0, Qt.AlignmentFlag.AlignLeft)
        self._import = button("Import a deck…", name="importButton", tip=self.ctx.actions["import"].toolTip())
        self._import.clicked.connect(self.ctx.actions["import"].trigger)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addLayout(words, 1)
        row.addWidget(self._import, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _due_panel(self) -> QFrame:
        frame, layout = panel("Today")
        self._figure = label("", "figure")
        self._counts = [label("", "muted") for _ in range(4)]
        for shown, tone in zip(self._counts, ("new", "learning", "review"), strict=False):
            shown.setProperty("tone", tone)
        self._start = KeyButton("Start review", "Space", self.ctx.theme, name="startReviewButton")
        self._start.setToolTip(self.ctx.actions["start"].toolTip())
        self._start.clicked.connect(self.start)
        self._empty = label("", "muted", wrap=True)
        counts = QHBoxLayout()
        counts.setSpacing(0)
        self._dots = [label(" · ", "muted") for _ in range(3)]
        for number, shown in enumerate(self._counts):
            if number:
                counts.addWidget(self._dots[number - 1])
            counts.addWidget(shown)
        counts.addStretch(1)
        layout.addWidget(self._figure)
        layout.addSpacing(6)
        layout.addLayout(counts)
        layout.addWidget(self._empty)
        layout.addSpacing(18)
        layout.addWidget(self._start, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return frame

    def _topics_panel(self) -> QFrame:
        frame, layout = panel("Topics")
        self.topics = TopicsModel(self)
        table = RowTable(self.ctx.theme, "topicsTable", "Topics; Enter studies the chosen one")
        table.setModel(self.topics)
        table.setItemDelegateForColumn(SEEN, BarDelegate(self.ctx.theme, table, SHARE_ROLE))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(TOPIC, QHeaderView.ResizeMode.Stretch)
        for column, width in ((CARDS, 58), (DUE, 50)):
            header.resizeSection(column, width)
        table.fit_columns = lambda width: header.resizeSection(SEEN, min(max(width - 310, 110), 220))
        table.setMinimumHeight(250)
        table.activated.connect(self._study)
        table.clicked.connect(self._study)
        nothing = label(
            "No decks yet. Import one to begin: Anki packages (.apkg) and CSV files work.", "muted", wrap=True
        )
        nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        holder = QWidget()
        self._topics_stack = QStackedLayout(holder)
        self._topics_stack.addWidget(table)
        self._topics_stack.addWidget(nothing)
        layout.addWidget(holder, 1)
        return frame

    def _forecast_panel(self) -> QFrame:
        frame, layout = panel("Next 14 days")
        self.forecast = Forecast(self.ctx.theme)
        layout.addWidget(self.forecast, 1)
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return frame

    def _history_panel(self) -> QFrame:
        frame, layout = panel("Last 12 weeks")
        self.heat_map = HeatMap(self.ctx.theme)
        layout.addWidget(self.heat_map)
        layout.addStretch(1)
        return frame

    def _study(self, index: QModelIndex) -> None:
        if deck := index.data(DECK_ROLE):
            self.ctx.show_screen("review", str(deck))

    def _show(self, today: "Today") -> None:
        self.today = today
        self._day = day = self.ctx.col.clock.now().date()
        due = today.new + today.learning + today.review
        done = counted(today.answered_today, "answer") + " today" if today.answered_today else ""
        self._heading.setText(long_day(day))
        self._below.setText(today.clock_warning or done or "A few minutes a day are enough.")
        self._below.setProperty("role", "alert" if today.clock_warning else "muted")
        self._below.style().polish(self._below)
        self._accept.setVisible(bool(today.clock_warning))
        self._figure.setText(counted(due, "card") if due else _nothing_due(today))
        self._show_counts(today, due)
        self._empty.setVisible(not due)
        self._empty.setText(_what_next(today))
        self._start.setVisible(bool(due))
        self.topics.set_rows(today.topics)
        self._topics_stack.setCurrentIndex(0 if today.topics else 1)
        self.forecast.set_values(day, today.forecast)
        self.heat_map.set_values(date.fromisoformat(today.first_history_date), today.history)
        self.catch_up.show_for(today)
        self.conflicts.refresh()
        self.due_known.emit(due)

    def _show_counts(self, today: "Today", due: int) -> None:
        texts = (
            f"{today.new} new",
            f"{today.learning} learning",
            f"{today.review} to review",
            f"about {counted(max(today.minutes, 1), 'minute')}",
        )
        for shown, text in zip(self._counts, texts, strict=True):
            shown.setText(text)
        parts: list[QLabel] = [*self._counts, *self._dots]
        for part in parts:
            part.setVisible(bool(due))


def _nothing_due(today: "Today") -> str:
    return "All done" if today.answered_today else "Nothing due" if today.topics else "No cards yet"


def _what_next(today: "Today") -> str:
    if not today.topics:
        return "Import a deck to begin."
    tomorrow = today.forecast[1] if len(today.forecast) > 1 else 0
    if tomorrow:
        return f"Nothing more is due today. {counted(tomorrow, 'card')} will be due tomorrow."
    return "Nothing more is due today. Import another deck, or come back later."
