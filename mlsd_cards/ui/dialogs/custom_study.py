"""Custom study: six ways to study beyond today's list, and the way to a filtered deck of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.study import custom
from mlsd_cards.study.custom import Cram, Offer
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.filtered_deck import new_filtered_deck
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import Combo, button, label

if TYPE_CHECKING:
    from mlsd_cards.study import Collection

MORE_NEW, MORE_REVIEWS, FORGOTTEN, AHEAD, PREVIEW_NEW, BY_STATE = range(6)
WAYS = (
    ("moreNew", "More new cards today", "Raises today's limit; tomorrow it is as before.", "New cards", "10"),
    ("moreReviews", "More reviews today", "Raises today's limit; tomorrow it is as before.", "Reviews", "50"),
    (
        "forgotten",
        "Cards you forgot",
        "Looks at them again; their dates stay.",
        "Answered Again in so many days",
        "1",
    ),
    ("ahead", "Review ahead", "Brings reviews forward; the answers count.", "Due within so many days", "1"),
    ("previewNew", "Preview new cards", "Looks at them; they stay new.", "Added in so many days", "7"),
    ("byState", "By state or tag", "Chosen cards of this deck, as many as you like.", "Cards at most", "100"),
)
"""Each way: its name, title, explanation, what its number counts, and the number at first."""

CRAMS = (
    (Cram.NEW, "New cards, in their order"),
    (Cram.DUE, "Due cards, the first due first"),
    (Cram.REVIEW, "All cards learnt so far; answers count"),
    (Cram.ALL, "All cards; their dates stay"),
)


def open_custom_study(ctx: AppContext, deck: str | None, parent: QWidget) -> None:
    """Open the ways of custom study for a deck, or for all, over `parent`."""

    def show(found: Offer) -> None:
        if parent.isVisible() and QApplication.activeModalWidget() is None:
            CustomStudyDialog(ctx, found, parent).open()

    ctx.jobs.read_soon(
        lambda _progress: custom.offer(ctx.col, deck), "Looking what there is", show, ctx.messages.error
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What the dialog says: the way, its number, and for cards by state which ones and with which tags."""

    way: int
    number: int
    which: Cram
    with_tags: tuple[str, ...]
    without_tags: tuple[str, ...]


class CustomStudyDialog(QDialog):
    """Asks for one of the six ways; study begins when it is confirmed."""

    def __init__(self, ctx: AppContext, found: Offer, parent: QWidget) -> None:
        super().__init__(parent)
        self._ctx, self._offer, self._parent = ctx, found, parent
        self._numbers = [number for *_, number in WAYS]
        self._way = -1
        self.setObjectName("customStudyDialog")
        self.setWindowTitle("Custom study")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(6)
        layout.addWidget(label("Custom study", "title"))
        place = (found.deck or "").replace("::", " › ") or "all decks"
        layout.addWidget(label(f"For {place}.", "muted", wrap=True))
        layout.addSpacing(4)
        self._group = QButtonGroup(self)
        for number, (name, title, about, *_) in enumerate(WAYS):
            layout.addLayout(self._choice(number, name, title, self._about(number, about)))
        layout.addSpacing(8)
        layout.addWidget(self._number_row())
        layout.addWidget(self._tags_row())
        self._trouble = TroubleLine("customTrouble")
        layout.addWidget(self._trouble)
        layout.addSpacing(8)
        layout.addLayout(self._buttons())
        self._group.idToggled.connect(self._chosen)
        self._group.button(MORE_NEW).setChecked(True)
        self._group.button(MORE_NEW).setFocus()

    def reject(self) -> None:
        """Close without a change; not while cards are being chosen."""
        if self._start_button.isEnabled():
            super().reject()

    def _about(self, way: int, about: str) -> str:
        hidden = {MORE_NEW: self._offer.hidden_new, MORE_REVIEWS: self._offer.hidden_reviews}.get(way)
        if hidden is None:
            return about
        return f"{counted(hidden, 'card')} {'waits' if hidden == 1 else 'wait'} behind today's limit."

    def _choice(self, number: int, name: str, title: str, about: str) -> QVBoxLayout:
        made = QRadioButton(title)
        made.setObjectName(f"custom_{name}")
        made.setAccessibleName(title)
        made.setAccessibleDescription(about)
        self._group.addButton(made, number)
        below = label(about, "small")
        below.setContentsMargins(33, 0, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(made)
        words.addWidget(below)
        return words

    def _number_row(self) -> QWidget:
        self._number = QLineEdit()
        self._number.setObjectName("customNumber")
        self._number.setFixedWidth(110)
        self._caption = label("", "")
        self._caption.setBuddy(self._number)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._caption, 1)
        row.addWidget(self._number)
        return holder

    def _tags_row(self) -> QWidget:
        self._which = Combo()
        self._which.setView(QListView())  # takes the style sheet, which the native list does not
        for value, words in CRAMS:
            self._which.addItem(words, value)
        self._tags, self._no_tags = QLineEdit(), QLineEdit()
        known = " ".join(self._offer.tags[:2])
        for field in (self._tags, self._no_tags):
            field.setPlaceholderText(f"such as {known}" if known else "no tags here")
        tags = QHBoxLayout()
        tags.setSpacing(12)
        tags.addLayout(_field("With any of these tags", self._tags, "customTags"))
        tags.addLayout(_field("Without these tags", self._no_tags, "customNoTags"))
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(_field("Which cards", self._which, "customWhich"))
        column.addLayout(tags)
        self._by_state = holder
        return holder

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        own = button("Filtered deck…", name="customFiltered", tip="Choose cards by a search of your own")
        own.clicked.connect(self._own)
        cancel = button("Cancel", name="customCancel")
        cancel.clicked.connect(self.reject)
        self._start_button = button("Study", "primary", "customStart")
        self._start_button.setDefault(True)
        self._start_button.clicked.connect(self._start)
        row.addWidget(own)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self._start_button)
        return row

    def _chosen(self, way: int, on: bool) -> None:
        if not on:
            return
        if self._way >= 0:
            self._numbers[self._way] = self._number.text()
        self._way = way
        caption = WAYS[way][3]
        self._caption.setText(caption)
        self._number.setAccessibleName(caption)
        self._number.setText(self._numbers[way])
        self._by_state.setVisible(way == BY_STATE)
        self._trouble.say("")
        self.adjustSize()

    def _own(self) -> None:
        self.reject()
        new_filtered_deck(self._ctx, self._offer.deck, self._parent)

    def _start(self) -> None:
        text = self._number.text().strip()
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= custom.FARTHEST_DAYS):
            self._trouble.say(
                f"{self._caption.text()}: a whole number from 1 to {custom.FARTHEST_DAYS}, not “{text}”."
            )
            self._number.setFocus()
            return
        wish = Wish(
            self._way,
            int(text),
            Cram(self._which.currentData()),
            tuple(self._tags.text().split()),
            tuple(self._no_tags.text().split()),
        )
        col, deck = self._ctx.col, self._offer.deck
        self._start_button.setEnabled(False)
        job = self._ctx.jobs.write(lambda _progress: _act(col, deck, wish), "Choosing the cards")
        # Screens can be changed only when the job has let go of the window, right after it is done.
        job.done.connect(lambda session: QTimer.singleShot(0, self, lambda: self._done(session)))
        job.failed.connect(self._failed)

    def _done(self, session: str | None) -> None:
        ctx = self._ctx
        self.accept()
        ctx.show_screen("review", session)
        ctx.messages.say(f"{WAYS[self._way][1]}: ready", "Undo", ctx.actions["undo"].trigger)

    def _failed(self, error: Exception) -> None:
        self._start_button.setEnabled(True)
        self._trouble.tell(error, self._ctx.messages)


def _field(title: str, field: QWidget, name: str) -> QVBoxLayout:
    field.setObjectName(name)
    field.setAccessibleName(title)
    caption = label(title, "small")
    caption.setBuddy(field)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(caption)
    column.addWidget(field)
    return column


def _act(col: "Collection", deck: str | None, wish: Wish) -> str | None:
    """Do what was wished for; return the deck to study then, None for all."""
    number = wish.number
    ways: dict[int, Callable[[], object]] = {
        MORE_NEW: lambda: custom.more(col, deck, new=number),
        MORE_REVIEWS: lambda: custom.more(col, deck, reviews=number),
        FORGOTTEN: lambda: custom.forgotten(col, deck, number),
        AHEAD: lambda: custom.ahead(col, deck, number),
        PREVIEW_NEW: lambda: custom.preview_new(col, deck, number),
        BY_STATE: lambda: custom.by_state(
            col, deck, wish.which, number, with_tags=wish.with_tags, without_tags=wish.without_tags
        ),
    }
    ways[wish.way]()
    return deck if wish.way in (MORE_NEW, MORE_REVIEWS) else custom.SESSION
