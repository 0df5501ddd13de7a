"""The parts of the review screen around the card: the line above, the buttons below, the page at the end."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.theme import FLAG_NAMES, GRADE_NAMES, Theme
from mlsd_cards.ui.widgets import ElidedLabel, GradeButton, HintButton, KeyButton, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study import Counts, Finished, ShownCard
    from mlsd_cards.ui.context import AppContext

KINDS = ("new", "learning", "review")
BOTTOM_HEIGHT = 101
SHOW, GRADES = range(2)


class TopBar(QFrame):
    """Where the card lies, how many are left of each kind, and what else can be done."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.place = ElidedLabel("small")
        self.place.setObjectName("placeLabel")
        self.marks = label("", "small")
        self.marks.setObjectName("marksLabel")
        self.undo = HintButton("Undo", "Ctrl+Z", theme, "undoHint")
        self.more = HintButton("More", "M", theme, "moreButton")
        left = QHBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.place, 1)
        left.addWidget(self.marks)
        right = QHBoxLayout()
        right.setSpacing(4)
        right.addStretch(1)
        right.addWidget(self.undo)
        right.addWidget(self.more)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 10, 20, 10)
        grid.setHorizontalSpacing(16)
        grid.addLayout(left, 0, 0)
        grid.addLayout(self._make_counts(), 0, 1)
        grid.addLayout(right, 0, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)

    def show_card(self, card: "ShownCard") -> None:
        """Say where `card` lies and how it is marked."""
        self.place.set_whole_text(card.deck.replace("::", " › "))
        marks = []
        if card.flag:
            marks.append(f"⚑ {FLAG_NAMES[card.flag]}")
        if card.marked:
            marks.append("★ Marked")
        self.marks.setText("   ".join(marks))
        self.marks.setVisible(bool(marks))

    def show_counts(self, counts: "Counts", kind: str) -> None:
        """Show how many cards are left, and underline the `kind` of the card on screen."""
        for name, shown in self._counts.items():
            number = getattr(counts, name)
            shown.setText(str(number))
            shown.setAccessibleName(f"{number} {'to review' if name == 'review' else name}")
            face = shown.font()
            face.setUnderline(name == kind)
            shown.setFont(face)

    def _make_counts(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        self._counts: dict[str, QLabel] = {}
        for name in KINDS:
            if self._counts:
                row.addWidget(label(" · ", "small"))
            shown = self._counts[name] = label("0", "small")
            shown.setObjectName(f"count{name.capitalize()}")
            shown.setProperty("tone", name)
            shown.setToolTip({"new": "New", "learning": "Learning", "review": "To review"}[name])
            row.addWidget(shown)
        return row


class BottomBar(QFrame):
    """The button that shows the answer, and in its place the four grades. Its height never changes."""

    show_answer = Signal()
    graded = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("bottomBar")
        self.setFixedHeight(BOTTOM_HEIGHT)
        self.show_button = KeyButton("Show answer", "Space", theme, name="showAnswerButton", width=274)
        self.show_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_button.clicked.connect(self.show_answer)
        self.grades = [
            GradeButton(name.capitalize(), str(rating), name, theme)
            for rating, name in enumerate(GRADE_NAMES, 1)
        ]
        group = QButtonGroup(self)
        group.setExclusive(False)
        for rating, made in enumerate(self.grades, 1):
            group.addButton(made, rating)
        group.idClicked.connect(self.graded)
        self._stack = QStackedWidget()
        self._stack.addWidget(_row([self.show_button]))
        self._stack.addWidget(_row(self.grades))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 1, 18, 0)
        layout.addWidget(self._stack)

    def ask(self) -> None:
        """Offer to show the answer."""
        self._stack.setCurrentIndex(SHOW)

    def offer(self, labels: tuple[str, ...]) -> None:
        """Offer the four grades with the interval behind each."""
        for made, text in zip(self.grades, labels, strict=True):
            made.set_interval(_spaced(text))
        self._stack.setCurrentIndex(GRADES)


def _spaced(label: str) -> str:
    """Return a short label with a thin space before its unit: `10m` gives `10 min`, `4d` gives `4 d`."""
    match = re.fullmatch(r"(<?)([\d.]+)([a-z]+)", label)
    if match is None:
        return label
    sign, number, unit = match.groups()
    return f"{sign}{number}\u202f{'min' if unit == 'm' else unit}"


class FinishedPage(QWidget):
    """What was done, when the next card comes, and what today's limits keep back."""

    back = Signal()
    go_on = Signal()  # a learning card has come due

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("finishedPage")
        frame, inside = panel()
        frame.setMaximumWidth(560)
        frame.setMinimumWidth(420)
        self.heading = label("", "title", wrap=True)
        self.heading.setObjectName("finishedHeading")
        self.lines = label("", "", wrap=True)
        self.lines.setObjectName("finishedLines")
        self.hidden = label("", "muted", wrap=True)
        self.hidden.setObjectName("finishedHidden")
        self.button = KeyButton("Back to Today", "Space", theme, name="backToTodayButton")
        self.button.clicked.connect(self.back)
        inside.setContentsMargins(28, 26, 28, 28)
        inside.setSpacing(10)
        for shown in (self.heading, self.lines, self.hidden):
            inside.addWidget(shown)
        inside.addSpacing(10)
        self.custom = KeyButton("Custom study…", "C", theme, role="", name="finishedCustomButton")
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addWidget(self.button)
        buttons.addWidget(self.custom)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(frame)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(row)
        layout.addStretch(3)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.go_on)

    def show_result(self, done: "Finished", now: datetime) -> None:
        """Show what `done` says; `now` is the moment by the collection's clock."""
        self.heading.setText("Done for now" if done.next_learning_ms else "Done for today")
        self.lines.setText("\n".join(_done_lines(done, now)))
        hidden = _hidden_lines(done)
        self.hidden.setText("\n".join(hidden))
        self.hidden.setVisible(bool(hidden))
        self.custom.setVisible(not done.filtered)
        self._timer.stop()
        if done.next_learning_ms:
            wait = max(done.next_learning_ms - round(now.timestamp() * 1000), 1000)
            self._timer.start(min(wait, 3_600_000))

    def stop(self) -> None:
        """Wait for no card any more."""
        self._timer.stop()


def study_custom(ctx: "AppContext", deck: str | None, parent: QWidget) -> None:
    """Offer the ways of custom study for the deck of a sitting, or for all."""
    from mlsd_cards.ui.dialogs.custom_study import open_custom_study

    open_custom_study(ctx, deck, parent)


def _done_lines(done: "Finished", now: datetime) -> list[str]:
    lines = []
    if done.answered:
        lines.append(
            f"You gave {counted(done.answered, 'answer')} in {counted(max(done.minutes, 1), 'minute')} today."
        )
    else:
        lines.append("No card here is due now.")
    if done.next_learning_ms:
        zone = now.tzinfo
        when = datetime.fromtimestamp(done.next_learning_ms / 1000, zone)
        minutes = max(round((when - now).total_seconds() / 60), 1)
        lines.append(f"The next learning card comes at {when:%H:%M}, in {counted(minutes, 'minute')}.")
    if done.due_tomorrow:
        lines.append(f"Tomorrow: {counted(done.due_tomorrow, 'card')}.")
    return lines


def _hidden_lines(done: "Finished") -> list[str]:
    lines = []
    if done.hidden_new or done.hidden_reviews:
        parts = []
        if done.hidden_new:
            parts.append(counted(done.hidden_new, "new card"))
        if done.hidden_reviews:
            parts.append(counted(done.hidden_reviews, "review"))
        lines.append(f"Kept back by today's limits: {' and '.join(parts)}.")
    if done.buried:
        lines.append(f"Put off until tomorrow: {counted(done.buried, 'card')}.")
    return lines


def _row(widgets: "list[KeyButton] | list[GradeButton]") -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    row.addStretch(1)
    return holder
