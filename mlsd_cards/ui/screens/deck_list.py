"""Decks: the tree with what is new, being learnt and due; studying, importing and exporting start here."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.changes import Changed
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.rows import RowTree
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.deck_model import DECK_ROLE, FILTERED_ROLE, HEADINGS, DeckModel
from mlsd_cards.ui.widgets import button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study import Collection, DeckRow


class DecksScreen(Screen):
    """All decks."""

    name = "decks"
    concerns = Changed.CARD | Changed.NOTE | Changed.DECK | Changed.PRESET | Changed.LOG

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
        self._wanted = ""  # the deck to be chosen when the tree is shown next
        layout = QVBoxLayout(self)
        layout.setContentsMargins(40, 32, 40, 14)
        layout.setSpacing(0)
        layout.addLayout(self._header())
        layout.addSpacing(24)
        frame, inside = panel()
        inside.setContentsMargins(20, 12, 20, 20)
        self.model = DeckModel(ctx.theme, self)
        self._tree = self._make_tree()
        self._empty = label(
            "No decks yet. Import one to begin: Anki packages (.apkg) and CSV files work. "
            "You can also drop a file anywhere on this window. Get decks… lists public ones for this field.",
            "muted",
            wrap=True,
        )
        self._empty.setContentsMargins(6, 12, 6, 6)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._tree)
        self._stack.addWidget(self._empty)
        inside.addWidget(holder, 1)
        inside.addSpacing(14)
        inside.addLayout(self._acts())
        layout.addWidget(frame, 1)

    @property
    def current_deck(self) -> str:
        """Whole name of the chosen deck; empty where none is."""
        return str(self._tree.currentIndex().data(DECK_ROLE) or "")

    def enter(self, argument: object) -> None:
        """Let the keyboard act on the tree."""
        self._tree.setFocus()

    def refresh(self) -> None:
        """Count anew, beside the interface."""
        self.ask(self.ctx.col.deck_rows, "Counting the decks", self._show, self.ctx.messages.error)

    def _header(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(4)
        self._below = label("", "muted", wrap=True)
        words.addWidget(label("Decks", "title"))
        words.addWidget(self._below)
        actions = self.ctx.actions
        public = self._button("Get decks…", "getDecksButton", "get_decks", self._get_decks)
        self._export = button("Export…", name="exportButton", tip=actions["export"].toolTip())
        self._export.clicked.connect(actions["export"].trigger)
        bring = button("Import a deck…", name="importDeckButton", tip=actions["import"].toolTip())
        bring.clicked.connect(actions["import"].trigger)
        self._study_button = button("Study", "primary", "studyDeckButton", "Study the chosen deck (Enter)")
        self._study_button.clicked.connect(lambda: self._study(self._tree.currentIndex()))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(words, 1)
        for made in (public, self._export, bring, self._study_button):
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _acts(self) -> QHBoxLayout:
        """Return the row of what can be done with the chosen deck."""
        self._custom = self._button("Custom study…", "customStudyButton", "custom_study", self._study_custom)
        self._rebuild = self._button("Rebuild", "rebuildDeckButton", "rebuild_deck", self._rebuild_deck)
        self._empty_deck = self._button("Empty", "emptyDeckButton", "empty_deck", self._send_home)
        self._options = self._button("Options…", "deckOptionsButton", "deck_options", self._show_options)
        self._filtered = self._button(
            "New filtered deck…", "filteredDeckButton", "filtered_deck", self._new_filtered
        )
        row = QHBoxLayout()
        row.setSpacing(12)
        for made in (self._options, self._custom, self._rebuild, self._empty_deck):
            row.addWidget(made)
        row.addStretch(1)
        row.addWidget(self._filtered)
        return row

    def _button(self, text: str, name: str, action: str, act: Callable[[], object]) -> QPushButton:
        made = button(text, name=name, tip=self.ctx.actions[action].toolTip())
        made.clicked.connect(self.ctx.actions[action].trigger)
        self.ctx.actions.on(action, act)
        return made

    def _make_tree(self) -> RowTree:
        tree = RowTree(self.ctx.theme, "deckTree", "Decks; Enter studies the chosen one")
        tree.setModel(self.model)
        header = tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(HEADINGS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, 104)
        tree.activated.connect(self._study)
        tree.selectionModel().currentChanged.connect(lambda *_: self._update_buttons())
        return tree

    def _show(self, rows: "tuple[DeckRow, ...]") -> None:
        chosen, self._wanted = self._wanted or self.current_deck, ""
        closed = {path for path in map(self._path, self._all()) if path and not self._is_open(path)}
        self.model.set_rows(rows)
        self._tree.expandAll()
        for path in closed:
            self._tree.setExpanded(self.model.deck_index(path), False)
        index = self.model.deck_index(chosen)
        self._tree.setCurrentIndex(index if index.isValid() else self.model.index(0, 0))
        cards = sum(row.total for row in rows if "::" not in row.name and not row.filtered)
        self._below.setText(
            f"{counted(len(rows), 'deck')}, {counted(cards, 'card')}" if rows else "Nothing here yet"
        )
        self._stack.setCurrentIndex(0 if rows else 1)
        self._update_buttons()

    def _update_buttons(self) -> None:
        some = self.model.rowCount() > 0
        borrows = some and self._is_filtered
        self._rebuild.setVisible(borrows)
        self._empty_deck.setVisible(borrows)
        self._custom.setVisible(some and not borrows)
        self._export.setVisible(some and not borrows)
        self._options.setVisible(some)
        self._filtered.setVisible(some)
        self._study_button.setVisible(some)

    def _study(self, index: QModelIndex) -> None:
        if deck := index.data(DECK_ROLE):
            self.ctx.show_screen("review", str(deck))

    def _show_options(self) -> None:
        if (deck := self.current_deck) and self._is_filtered:
            from mlsd_cards.ui.dialogs.filtered_deck import open_filtered_deck

            open_filtered_deck(self.ctx, deck, self.window(), self._choose)
        elif deck:
            from mlsd_cards.ui.dialogs.preset import open_preset

            open_preset(self.ctx, deck, self.window(), self.refresh_if_stale)

    @property
    def _is_filtered(self) -> bool:
        return bool(self._tree.currentIndex().data(FILTERED_ROLE))

    def _study_custom(self) -> None:
        from mlsd_cards.ui.dialogs.custom_study import open_custom_study

        open_custom_study(self.ctx, self.current_deck or None, self.window())

    def _get_decks(self) -> None:
        from mlsd_cards.ui.dialogs.get_decks import open_get_decks

        open_get_decks(self.ctx, self.window())

    def _new_filtered(self) -> None:
        from mlsd_cards.ui.dialogs.filtered_deck import new_filtered_deck

        deck = None if self._is_filtered else self.current_deck or None
        new_filtered_deck(self.ctx, deck, self.window(), self._choose)

    def _choose(self, deck: str) -> None:
        """Show a deck as the chosen one once the tree knows it."""
        self._wanted = deck
        self.refresh()

    def _rebuild_deck(self) -> None:
        from mlsd_cards.study import filtered

        self._write(filtered.rebuild, "Choosing the cards", "{} borrowed")

    def _send_home(self) -> None:
        from mlsd_cards.study import filtered

        self._write(filtered.empty, "Sending the cards home", "{} went home")

    def _write(self, act: "Callable[[Collection, str], int]", title: str, said: str) -> None:
        """Do something to the chosen filtered deck beside the interface, and say to how many cards."""
        ctx, deck = self.ctx, self.current_deck
        if not deck:
            return
        job = ctx.jobs.write(lambda _progress: act(ctx.col, deck), title)
        undo = ctx.actions["undo"].trigger
        job.done.connect(lambda cards: ctx.messages.say(said.format(counted(cards, "card")), "Undo", undo))
        job.failed.connect(ctx.messages.error)

    def _all(self, parent: QModelIndex | None = None) -> list[QModelIndex]:
        above = parent or QModelIndex()
        found: list[QModelIndex] = []
        for row in range(self.model.rowCount(above)):
            index = self.model.index(row, 0, above)
            found += [index, *self._all(index)]
        return found

    def _path(self, index: QModelIndex) -> str:
        return str(index.data(DECK_ROLE)) if self.model.hasChildren(index) else ""

    def _is_open(self, path: str) -> bool:
        return self._tree.isExpanded(self.model.deck_index(path))
