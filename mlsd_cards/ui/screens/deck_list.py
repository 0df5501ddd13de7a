"""Decks: the tree with what is new, being learnt and due; studying, importing and exporting start here."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.changes import Changed
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.rows import RowTree
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.deck_model import DECK_ROLE, HEADINGS, DeckModel
from mlsd_cards.ui.widgets import button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study import DeckRow


class DecksScreen(Screen):
    """All decks."""

    name = "decks"
    concerns = Changed.CARD | Changed.NOTE | Changed.DECK | Changed.PRESET | Changed.LOG

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
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
            "You can also drop a file anywhere on this window.",
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
        self._export = button("Export…", name="exportButton", tip=actions["export"].toolTip())
        self._export.clicked.connect(actions["export"].trigger)
        self._options = button("Options…", name="deckOptionsButton", tip=actions["deck_options"].toolTip())
        self._options.clicked.connect(actions["deck_options"].trigger)
        actions.on("deck_options", self._show_options)
        bring = button("Import a deck…", name="importDeckButton", tip=actions["import"].toolTip())
        bring.clicked.connect(actions["import"].trigger)
        self._study_button = button("Study", "primary", "studyDeckButton", "Study the chosen deck (Enter)")
        self._study_button.clicked.connect(lambda: self._study(self._tree.currentIndex()))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(words, 1)
        for made in (self._options, self._export, bring, self._study_button):
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignBottom)
        return row

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
        chosen = self.current_deck
        closed = {path for path in map(self._path, self._all()) if path and not self._is_open(path)}
        self.model.set_rows(rows)
        self._tree.expandAll()
        for path in closed:
            self._tree.setExpanded(self.model.deck_index(path), False)
        index = self.model.deck_index(chosen)
        self._tree.setCurrentIndex(index if index.isValid() else self.model.index(0, 0))
        cards = sum(row.total for row in rows if "::" not in row.name)
        self._below.setText(
            f"{counted(len(rows), 'deck')}, {counted(cards, 'card')}" if rows else "Nothing here yet"
        )
        self._stack.setCurrentIndex(0 if rows else 1)
        self._update_buttons()

    def _update_buttons(self) -> None:
        some = self.model.rowCount() > 0
        self._export.setVisible(some)
        self._options.setVisible(some)
        self._study_button.setVisible(some)

    def _study(self, index: QModelIndex) -> None:
        if deck := index.data(DECK_ROLE):
            self.ctx.show_screen("review", str(deck))

    def _show_options(self) -> None:
        if deck := self.current_deck:
            from mlsd_cards.ui.dialogs.preset import open_preset

            open_preset(self.ctx, deck, self.window(), self.refresh_if_stale)

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
