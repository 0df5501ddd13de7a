"""A filtered deck: which cards it borrows, in which order, and whether answers in it count."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.study import custom, filtered
from mlsd_cards.study.filtered import FilteredDeck
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import Combo, button, label

ORDERS = (
    (FilterOrder.DUE, "Due first"),
    (FilterOrder.RANDOM, "By chance"),
    (FilterOrder.OLDEST_SEEN, "Longest not seen first"),
    (FilterOrder.INTERVALS_ASCENDING, "Shortest interval first"),
    (FilterOrder.INTERVALS_DESCENDING, "Longest interval first"),
    (FilterOrder.MOST_LAPSES, "Most often forgotten first"),
    (FilterOrder.ADDED, "Oldest first"),
    (FilterOrder.ADDED_REVERSED, "Newest first"),
    (FilterOrder.RETRIEVABILITY_ASCENDING, "Least likely known first"),
    (FilterOrder.RETRIEVABILITY_DESCENDING, "Most likely known first"),
)


def new_filtered_deck(
    ctx: AppContext, deck: str | None, parent: QWidget, built: Callable[[str], object] = lambda _name: None
) -> None:
    """Open the options of a new filtered deck over `parent`, at first one for the due cards of `deck`.

    `built` is called with the name of the deck once it is there.
    """
    ctx.jobs.read_soon(
        lambda _progress: filtered.free_name(ctx.col),
        "Looking for a name",
        lambda name: _open(FilteredDeckDialog(ctx, name, None, custom.due_in(deck), parent), built),
        ctx.messages.error,
    )


def open_filtered_deck(
    ctx: AppContext, deck: str, parent: QWidget, built: Callable[[str], object] = lambda _name: None
) -> None:
    """Open the options of a filtered deck over `parent`; `built` as in `new_filtered_deck`."""
    ctx.jobs.read_soon(
        lambda _progress: filtered.filtered_deck(ctx.col, deck),
        "Reading the options",
        lambda found: _open(FilteredDeckDialog(ctx, found.name, found, "", parent), built),
        ctx.messages.error,
    )


def _open(dialog: "FilteredDeckDialog", built: Callable[[str], object]) -> None:
    parent = dialog.parentWidget()
    if parent is None or not parent.isVisible() or QApplication.activeModalWidget() is not None:
        dialog.deleteLater()
        return
    dialog.built.connect(built)
    dialog.open()


class TermRow(QWidget):
    """One search with its limit and order."""

    def __init__(self, number: int, term: FilterTerm) -> None:
        super().__init__()
        self.search, self.limit, self.order = QLineEdit(term.search), QLineEdit(str(term.limit)), Combo()
        self.order.setView(QListView())  # takes the style sheet, which the native list does not
        for value, words in ORDERS:
            self.order.addItem(words, value)
        self.order.setCurrentIndex(self.order.findData(term.order))
        self.search.setPlaceholderText("all cards")
        self.limit.setFixedWidth(96)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        below = QHBoxLayout()
        below.setSpacing(12)
        for title, field, name in (
            ("Search", self.search, "filteredSearch"),
            ("At most", self.limit, "filteredLimit"),
            ("Order", self.order, "filteredOrder"),
        ):
            field.setObjectName(f"{name}{number}")
            field.setAccessibleName(title if number == 1 else f"{title} of the second search")
            caption = label(title, "small")
            caption.setBuddy(field)
            if field is self.search:
                layout.addWidget(caption)
                layout.addWidget(field)
            else:
                below.addWidget(caption)
                below.addWidget(field, int(field is self.order))
        layout.addLayout(below)

    def term(self) -> FilterTerm | None:
        """Return what is written, None if the limit is no number."""
        text = self.limit.text().strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 5):
            return None
        return FilterTerm(
            search=self.search.text().strip(), limit=int(text), order=FilterOrder(self.order.currentData())
        )


class FilteredDeckDialog(QDialog):
    """Options of a new filtered deck, or of one that is there. `built` carries its name."""

    built = Signal(str)

    def __init__(
        self, ctx: AppContext, name: str, found: FilteredDeck | None, search: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._ctx, self._found = ctx, found
        self.setObjectName("filteredDeckDialog")
        self.setWindowTitle("Filtered deck")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        terms = found.filter.terms if found else (FilterTerm(search=search, order=FilterOrder.DUE),)
        self._name = QLineEdit(name)
        self._name.setObjectName("filteredName")
        self._name.setAccessibleName("Name")
        self._rows = [
            TermRow(1, terms[0]),
            TermRow(
                2,
                terms[1]
                if len(terms) > 1
                else FilterTerm(search="is:new", limit=20, order=FilterOrder.ADDED),
            ),
        ]
        self._second = _box("Take cards of a second search too", "filteredSecond", len(terms) > 1)
        self._counts = _box(
            "Answers count: cards get new due dates",
            "filteredCounts",
            found.filter.reschedule if found else True,
        )
        self._trouble = TroubleLine("filteredTrouble")
        self._lay_out()
        self._second.toggled.connect(self._show_second)
        self._show_second(self._second.isChecked())
        self._rows[0].search.setFocus()

    def reject(self) -> None:
        """Close without a change; not while one is being written."""
        if self._build_button.isEnabled():
            super().reject()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Filtered deck", "title"))
        about = "Borrows cards from other decks; once answered they go home."
        layout.addWidget(label(about, "muted", wrap=True))
        caption = label("Name", "small")
        caption.setBuddy(self._name)
        for part in (
            caption,
            self._name,
            self._rows[0],
            self._second,
            self._rows[1],
            self._counts,
            self._trouble,
        ):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        if self._found is not None:
            delete = button(
                "Delete deck", name="filteredDelete", tip="Send the cards home and delete the deck"
            )
            delete.clicked.connect(self._delete)
            row.addWidget(delete)
        row.addStretch(1)
        cancel = button("Cancel", name="filteredCancel")
        cancel.clicked.connect(self.reject)
        self._build_button = button("Rebuild" if self._found else "Build", "primary", "filteredBuild")
        self._build_button.setDefault(True)
        self._build_button.clicked.connect(self._build)
        row.addWidget(cancel)
        row.addWidget(self._build_button)
        return row

    def _show_second(self, on: bool) -> None:
        self._rows[1].setVisible(on)
        self.adjustSize()

    def _build(self) -> None:
        rows = self._rows if self._second.isChecked() else self._rows[:1]
        terms = [term for row in rows if (term := row.term()) is not None]
        if len(terms) < len(rows):
            self._trouble.say("The number of cards is a whole number from 1 to 99999.")
            return
        col, found = self._ctx.col, self._found
        name, counts = self._name.text().strip(), self._counts.isChecked()

        def work() -> int:
            if found is None:
                return filtered.create(col, name, terms, reschedule=counts)
            return filtered.change(col, found.name, terms, reschedule=counts, name=name)

        self._write(
            work, "Choosing the cards", lambda cards: f"{name}: {counted(cards, 'card')} borrowed", name
        )

    def _delete(self) -> None:
        col, found = self._ctx.col, self._found
        if found is not None:
            self._write(
                lambda: filtered.delete(col, found.name),
                "Deleting the deck",
                lambda cards: f"Deck deleted; {counted(cards, 'card')} went home",
                "",
            )

    def _write(self, work: Callable[[], int], title: str, said: Callable[[int], str], name: str) -> None:
        def done(cards: int) -> None:
            self.accept()
            self._ctx.messages.say(said(cards), "Undo", self._ctx.actions["undo"].trigger)
            self.built.emit(name)

        self._build_button.setEnabled(False)
        job = self._ctx.jobs.write(lambda _progress: work(), title)
        job.done.connect(done)
        job.failed.connect(self._failed)

    def _failed(self, error: Exception) -> None:
        self._build_button.setEnabled(True)
        self._trouble.tell(error, self._ctx.messages)


def _box(text: str, name: str, on: bool) -> QCheckBox:
    made = QCheckBox(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setChecked(on)
    return made
