"""Browse: searches as one types, shows what is found, edits in place, acts on many cards at once."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.errors import SearchError
from mlsd_cards.study import browsing
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.ask_line import AskDialog
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.browse_acts import BrowseActs
from mlsd_cards.ui.screens.browse_editor import BrowseEditor
from mlsd_cards.ui.screens.browse_model import BrowseModel
from mlsd_cards.ui.screens.browse_parts import CardTable, Chips, joined, toggled
from mlsd_cards.ui.screens.browse_sides import SideTree
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study import Found
    from mlsd_cards.study.browsing import Names

TYPING_MS = 120
CHOOSING_MS = 30
WIDE = 1400  # from this width of the window the names to search by show at first
_LONGEST_SEARCH = 20_000

Answer = tuple["Found", int, "Names | None"]


class BrowseScreen(Screen):
    """All cards, those that a search finds, and one of them in full."""

    name = "browse"
    concerns = Changed.CARD | Changed.NOTE | Changed.DECK | Changed.NOTE_TYPE

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
        self._shown_query: str | None = None  # the search whose cards are shown
        self._order = str(ctx.settings.value("browse/order", "created"))
        self._names_known = False
        self.model = BrowseModel(lambda ids: browsing.rows(ctx.col, ids), ctx.col.clock, ctx.theme, self)
        self.table = CardTable(ctx.theme, self.model)
        self.editor = BrowseEditor(ctx)
        self.sides = SideTree(ctx.theme)
        self.acts = BrowseActs(ctx, self.table, self.editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 14)
        layout.setSpacing(0)
        layout.addLayout(self._search_row())
        layout.addSpacing(8)
        layout.addLayout(self._chip_row())
        layout.addSpacing(10)
        layout.addWidget(self._split(), 1)
        self._typing = self._waiting(TYPING_MS, self._search)
        self._choosing = self._waiting(CHOOSING_MS, self._show_chosen)
        self._connect()
        self._restore()

    # -- what others ask of it -----------------------------------------------------------------------

    @property
    def query(self) -> str:
        """The search as it is written."""
        return self.search_edit.text()

    def enter(self, argument: object) -> None:
        """Search for the text `argument`; with True let a search be written, else the keyboard act on the cards."""
        if isinstance(argument, str):
            self.search_for(argument)
        if argument is True:
            self.focus_search()
        else:
            self.table.setFocus()

    def leave(self) -> None:
        """Save what was written, and remember how the screen stood."""
        self.editor.save()
        self.remember()

    def search_for(self, text: str) -> None:
        """Search for `text` at once."""
        self.search_edit.setText(text)
        self._typing.stop()
        if self.isVisible():
            self._search()
        else:
            self._stale = True

    def focus_search(self) -> None:
        """Let the search be written."""
        self.search_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_edit.selectAll()

    def refresh(self) -> None:
        """Search anew, and read the names anew."""
        self._look(names=True)

    def remember(self) -> None:
        """Remember columns, sizes and what was searched for."""
        settings = self.ctx.settings
        settings.setValue("browse/columns", json.dumps(self.table.shown_columns))
        settings.setValue("browse/order", self._order)
        settings.setValue("browse/header", self.table.horizontalHeader().saveState())
        settings.setValue("browse/splitter", self._splitter.saveState())

    # -- searching -----------------------------------------------------------------------------------

    def _search(self) -> None:
        self._look(names=not self._names_known)

    def _look(self, *, names: bool) -> None:
        col, text, order = self.ctx.col, self.query, self._order or None

        def work() -> Answer:
            found = col.search(text, order)
            total = found.count if not text.strip() else col.search("").count
            return found, total, browsing.names(col) if names else None

        self._chips.mark(text)
        self.ask(work, "Searching", lambda answer: self._show(text, *answer), self._failed)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, SearchError):
            self._say(str(error))
            self._count.setText("")
        else:
            self.ctx.messages.error(error)

    def _show(self, text: str, found: "Found", total: int, names: "Names | None") -> None:
        self._say("")
        took = f"{max(found.milliseconds, 1):,.0f} ms"
        shown = f"{found.count:,} of {total:,}" if text.strip() else counted(total, "card")
        self._count.setText(f"{shown} · {took}")
        self._count.setAccessibleName(f"{shown} found")
        if names is not None:
            self._names_known = True
            self.sides.show_names(names, self._saved())
        fresh, self._shown_query = text != self._shown_query, text
        self._put(found, fresh=fresh)
        self._empty.setText(_what_next(total))
        self._table_stack.setCurrentIndex(0 if found.count else 1)
        self._show_chosen()

    def _put(self, found: "Found", *, fresh: bool) -> None:
        """Show the found cards; the same cards stay chosen unless another search was made."""
        table, model = self.table, self.model
        chosen, current = table.chosen, table.current_card
        place, bar = table.currentIndex().row(), table.verticalScrollBar()
        scrolled = bar.value()
        selection = table.selectionModel()
        if list(found.ids) == list(model.ids):
            model.reread()
            return
        model.set_ids(found.ids)
        if fresh or current is None:
            table.setCurrentIndex(model.index(0, 0))
            table.scrollToTop()
            return
        bar.setValue(scrolled)
        number = found.ids.index(current) if current in found.ids else min(place, found.count - 1)
        flags = selection.SelectionFlag
        kept = model.rows_as_selection(chosen)
        selection.setCurrentIndex(
            model.index(number, 0), flags.NoUpdate if kept.count() else flags.ClearAndSelect | flags.Rows
        )
        if kept.count():
            selection.select(kept, flags.ClearAndSelect)

    def _say(self, sentence: str) -> None:
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))

    def _show_chosen(self) -> None:
        self._choosing.stop()
        count = self.table.chosen_count
        self.editor.show_card(self.table.chosen[0] if count == 1 else None, count)

    def _sort(self, order: str) -> None:
        self._order = order
        self._look(names=False)

    # -- saved searches ------------------------------------------------------------------------------

    def _saved(self) -> list[tuple[str, str]]:
        try:
            kept = json.loads(str(self.ctx.settings.value("browse/saved", "[]")))
            return [(str(name), str(text)) for name, text in kept]
        except (ValueError, TypeError):
            return []

    def _keep_saved(self, saved: list[tuple[str, str]]) -> None:
        self.ctx.settings.setValue("browse/saved", json.dumps(saved))
        self._look(names=True)

    def _save_search(self) -> None:
        text = self.query.strip()
        if not text:
            self.ctx.messages.say("Write a search first")
            return

        def keep(name: str) -> None:
            self._keep_saved(sorted({**dict(self._saved()), name: text}.items()))
            self.show_sides(True)

        AskDialog(
            "Save this search", f"Name for: {text}", keep, self.window(), confirm="Save", text=text
        ).open()

    # -- parts ---------------------------------------------------------------------------------------

    def _search_row(self) -> QVBoxLayout:
        self.search_edit = QLineEdit()
        self.search_edit.setObjectName("searchEdit")
        self.search_edit.setAccessibleName("Search cards")
        self.search_edit.setPlaceholderText(
            'Search: words, "a phrase", tag:serving, is:due, deck:Caching, -not'
        )
        self.search_edit.setMaxLength(_LONGEST_SEARCH)
        self._count = label("", "muted")
        self._count.setObjectName("browseCount")
        self._trouble = label("", "alert", wrap=True)
        self._trouble.setObjectName("searchTrouble")
        self._trouble.hide()
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(self.search_edit, 1)
        row.addWidget(self._count)
        both = QVBoxLayout()
        both.setSpacing(6)
        both.addLayout(row)
        both.addWidget(self._trouble)
        return both

    def _chip_row(self) -> QHBoxLayout:
        self._side_button = button(
            "Names", "chip", "browseSidesButton", self.ctx.actions["browse_sides"].toolTip()
        )
        self._side_button.setCheckable(True)
        self._side_button.setAccessibleName("Show names to search by")
        self._chips = Chips()
        self._more = button("More ▾", "chip", "browseMore", "What can be done with the chosen cards")
        self._more.clicked.connect(self._open_menu)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._side_button)
        row.addWidget(self._chips, 1)
        row.addWidget(self._more)
        return row

    def _split(self) -> QSplitter:
        frame = QFrame()
        frame.setProperty("role", "panel")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(12, 6, 12, 12)
        holder = QWidget()
        self._table_stack = QStackedLayout(holder)
        self._empty = label("", "muted", wrap=True)
        self._empty.setObjectName("browseEmpty")
        self._empty.setContentsMargins(8, 14, 8, 8)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._table_stack.addWidget(self.table)
        self._table_stack.addWidget(self._empty)
        inside.addWidget(holder)
        self._side_panel = QFrame()
        self._side_panel.setProperty("role", "panel")
        side = QVBoxLayout(self._side_panel)
        side.setContentsMargins(8, 10, 4, 10)
        side.addWidget(self.sides)
        self._splitter = splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(14)
        for part, least in ((self._side_panel, 140), (frame, 250), (self.editor, 276)):
            part.setMinimumWidth(least)
            splitter.addWidget(part)
        for number, share in enumerate((0, 3, 2)):
            splitter.setStretchFactor(number, share)
        splitter.setSizes([190, 560, 380])
        return splitter

    def _waiting(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    def _connect(self) -> None:
        actions = self.ctx.actions
        self.search_edit.textEdited.connect(lambda _text: self._typing.start())
        self.search_edit.textChanged.connect(lambda text: None if text else self._typing.start())
        self.search_edit.returnPressed.connect(self._enter_list)
        self._chips.toggled.connect(lambda found: self.search_for(toggled(self.query, found)))
        self.sides.wanted.connect(lambda found, keys: self.search_for(joined(self.query, found, keys)))
        self.sides.forgotten.connect(
            lambda name: self._keep_saved([each for each in self._saved() if each[0] != name])
        )
        self.table.chosen_changed.connect(self._choosing.start)
        self.table.sorted_by.connect(self._sort)
        self.table.columns_changed.connect(self.remember)
        self.table.menu_wanted.connect(self._popup)
        self.table.doubleClicked.connect(lambda _index: actions["browse_edit"].trigger())
        self._side_button.clicked.connect(lambda: self.show_sides(self._side_button.isChecked()))
        actions.on("browse_find", self.focus_search)
        actions.on("browse_next", lambda: self.table.step(1))
        actions.on("browse_previous", lambda: self.table.step(-1))
        actions.on("browse_preview", lambda: self.editor.show_preview(not self.editor.previews))
        actions.on("browse_sides", lambda: self.show_sides(self._side_panel.isHidden()))
        actions.on("browse_all", self.table.selectAll)
        actions.on("browse_invert", self.table.invert)

    def show_sides(self, shown: bool) -> None:
        """Show the names to search by, or hide them."""
        self._side_panel.setVisible(shown)
        self._side_button.setChecked(shown)
        self.ctx.settings.setValue("browse/sides", int(shown))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from the search back to the cards by Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.table.setFocus()
        else:
            super().keyPressEvent(event)

    def _enter_list(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._search()
        self.table.setFocus()

    def _menu(self) -> QMenu:
        menu = self.ctx.actions.menu("browse", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("browseMenu")
        menu.addSeparator()
        menu.addMenu(self.table.column_menu())
        menu.addAction("Save this search…").triggered.connect(self._save_search)
        return menu

    def _open_menu(self) -> None:
        menu = self._menu()
        corner = self._more.mapToGlobal(self._more.rect().bottomRight())
        menu.popup(corner - QPoint(menu.sizeHint().width(), -4))

    def _popup(self, at: QPoint) -> None:
        self._menu().popup(at)

    def _restore(self) -> None:
        settings = self.ctx.settings
        state = settings.value("browse/header")
        if isinstance(state, QByteArray):
            self.table.horizontalHeader().restoreState(state)
        try:
            names = json.loads(str(settings.value("browse/columns", "null")))
        except ValueError:
            names = None
        if isinstance(names, list):
            self.table.show_columns(names)
        self.table.mark_order(self._order)
        state = settings.value("browse/splitter")
        if isinstance(state, QByteArray):
            self._splitter.restoreState(state)
        wide = settings.value("browse/sides")
        self.show_sides(str(wide) != "0" if wide is not None else self.window_is_wide())

    def window_is_wide(self) -> bool:
        """Whether there is room for the names beside the cards."""
        window = self.ctx.parent()
        return isinstance(window, QWidget) and window.width() >= WIDE


def _what_next(total: int) -> str:
    if total:
        return "No card is found by this search. Take a word out of it, or choose something else in the list of names."
    return "No cards yet. Import a deck (Ctrl+Shift+I), or write a note of your own (A)."
