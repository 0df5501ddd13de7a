"""The parts of the browse screen: the table of cards, the buttons of frequent terms, the words of a search."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from mlsd_cards.domain.cards import CardId
from mlsd_cards.ui.rows import BAR, PADDING, Index, RowDelegate, RowTable
from mlsd_cards.ui.screens.browse_model import COLUMNS, FIRST_COLUMNS, ROW_ROLE, BrowseModel
from mlsd_cards.ui.theme import Theme, font
from mlsd_cards.ui.widgets import button

if TYPE_CHECKING:
    from PySide6.QtCore import QItemSelectionRange

FLAG_COLORS = (
    "", "#D6453D", "#D98324", "#3A9A5B", "#3B74C8", "#C95A9B", "#2A9AA0", "#8159C4",
)  # fmt: skip
"""Colours of the flags 1 to 7, beside which their names or signs always stand."""

CHIPS = (
    ("Due", "is:due"),
    ("New", "is:new"),
    ("Learning", "is:learn"),
    ("Suspended", "is:suspended"),
    ("Flagged", "-flag:0"),
    ("Marked", "tag:marked"),
    ("Leech", "tag:leech"),
)
_PLAIN_VALUE = re.compile(r"[\w:\\*.+-]+")


def term(key: str, value: str) -> str:
    """Return the term that searches for exactly `value` by `key`: `deck:"System Design"`."""
    escaped = re.sub(r'([\\"*_])', r"\\\1", value)
    return f"{key}:{escaped}" if _PLAIN_VALUE.fullmatch(escaped) else f'{key}:"{escaped}"'


def joined(text: str, found: str, keys: Qt.KeyboardModifier) -> str:
    """Return the search for a clicked name: in place of `text`; with Ctrl both, Shift either, Alt its opposite."""
    if keys & Qt.KeyboardModifier.AltModifier:
        found = f"-{found}"
    text = text.strip()
    if not text:
        return found
    if keys & Qt.KeyboardModifier.ShiftModifier:
        return f"{text} or {found}"
    if keys & Qt.KeyboardModifier.ControlModifier:
        return f"{_grouped(text)} {found}"
    return found


def toggled(text: str, found: str) -> str:
    """Return the search `text` with the term `found` added, or taken out where it is one of its words."""
    if found in text.split():
        return re.sub(rf"(?:^|(?<=\s)){re.escape(found)}(?:\s+|$)", "", text).strip()
    return f"{_grouped(text.strip())} {found}".strip()


def _grouped(text: str) -> str:
    return f"({text})" if re.search(r"\sor\s", text, re.IGNORECASE) and not text.startswith("(") else text


class CardDelegate(RowDelegate):
    """Draws a cell of the table of cards: chosen rows always show, and the question has its signs before it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the cell."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        tokens, box = self.theme.tokens, plain.rect
        table = self.parent()
        painter.save()
        if plain.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, tokens.color("accent_soft"))
        elif isinstance(table, RowTable) and table.hovered_row == index.row():
            painter.fillRect(box, tokens.color("bg"))
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, tokens.color("line"))
        current = isinstance(table, CardTable) and table.currentIndex().row() == index.row()
        if current and box.left() <= 0 and isinstance(table, CardTable) and table.hasFocus():
            painter.fillRect(0, box.top(), BAR, box.height(), tokens.color("accent"))
        if COLUMNS[index.column()].name == "question":
            plain.rect = box.adjusted(self._paint_signs(painter, plain, index), 0, 0, 0)
        self.paint_content(painter, plain, index)
        painter.restore()

    def _paint_signs(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        row = index.data(ROW_ROLE)
        if row is None:
            return 0
        left = 0
        painter.setFont(font(14))
        for sign, color in (
            ("⚑", FLAG_COLORS[row.flag] if row.flag else ""),
            ("★", self.theme.tokens.hard_text if row.marked else ""),
            ("❚❚", self.theme.tokens.muted if row.suspended or row.buried else ""),
        ):
            if color:
                painter.setPen(color)
                box = option.rect.adjusted(PADDING + left, 0, 0, -1)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), sign)
                left += painter.fontMetrics().horizontalAdvance(sign) + 4
        return left


class CardTable(RowTable):
    """The found cards. Several can be chosen; a click on a heading sorts, one with the right button chooses columns."""

    chosen_changed = Signal()
    sorted_by = Signal(str)  # an order of the search
    columns_changed = Signal()
    menu_wanted = Signal(object)  # a place on the screen

    def __init__(self, theme: Theme, model: BrowseModel) -> None:
        super().__init__(theme, "cardTable", "Found cards")
        self.setModel(model)
        self.cards = model
        self._order = ""
        self.setItemDelegate(CardDelegate(theme, self, 15))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_up_header()
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen_changed.emit())

    # -- columns -------------------------------------------------------------------------------------

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setMinimumSectionSize(44)
        for number, column in enumerate(COLUMNS):
            header.resizeSection(number, column.width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.sectionClicked.connect(self._sort)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.column_menu().popup(header.mapToGlobal(at)))
        header.setToolTip("Click to sort; right click to choose columns")
        self.show_columns(FIRST_COLUMNS)

    @property
    def shown_columns(self) -> list[str]:
        """Names of the shown columns."""
        return [column.name for number, column in enumerate(COLUMNS) if not self.isColumnHidden(number)]

    def show_columns(self, names: Iterable[str]) -> None:
        """Show the columns of these names, and always the first."""
        wanted = {COLUMNS[0].name, *names}
        for number, column in enumerate(COLUMNS):
            self.setColumnHidden(number, column.name not in wanted)

    def column_menu(self) -> QMenu:
        """Return the menu that chooses columns."""
        menu = QMenu("Columns", self)
        menu.setObjectName("columnMenu")
        for number, column in enumerate(COLUMNS[1:], 1):
            entry = menu.addAction(column.heading)
            entry.setCheckable(True)
            entry.setChecked(not self.isColumnHidden(number))
            entry.toggled.connect(lambda shown, at=number: self._show_column(at, shown))
        return menu

    def _show_column(self, number: int, shown: bool) -> None:
        self.setColumnHidden(number, not shown)
        self.columns_changed.emit()

    def _sort(self, section: int) -> None:
        order = COLUMNS[section].order
        if order:
            header = self.horizontalHeader()
            down = self._order == order
            self._order = f"-{order}" if down else order
            direction = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(section, direction)
            self.sorted_by.emit(self._order)

    def mark_order(self, order: str) -> None:
        """Show by which order the cards stand."""
        self._order = order
        names = [column.order for column in COLUMNS]
        plain = order.removeprefix("-")
        section = names.index(plain) if plain and plain in names else -1
        down = order.startswith("-")
        self.horizontalHeader().setSortIndicator(
            section, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        )

    # -- what is chosen ------------------------------------------------------------------------------

    @property
    def current_card(self) -> CardId | None:
        """The card with the keyboard."""
        number = self.currentIndex().row()
        return self.cards.ids[number] if 0 <= number < len(self.cards.ids) else None

    @property
    def chosen(self) -> list[CardId]:
        """The chosen cards, in their order."""
        numbers: set[int] = set()
        for part in self._parts():
            numbers.update(range(part.top(), part.bottom() + 1))
        return [self.cards.ids[number] for number in sorted(numbers)]

    @property
    def chosen_count(self) -> int:
        """How many cards are chosen, without listing them."""
        return sum(part.height() for part in self._parts())

    def _parts(self) -> "list[QItemSelectionRange]":
        return list(cast("Iterable[QItemSelectionRange]", self.selectionModel().selection()))

    def selectAll(self) -> None:
        """Choose all cards, as one range: Qt would look at every row."""
        model = self.selectionModel()
        model.select(self.cards.rows_as_selection(self.cards.ids), model.SelectionFlag.ClearAndSelect)

    def invert(self) -> None:
        """Choose the cards that are not chosen, and no others."""
        chosen = set(self.chosen)
        others = [card for card in self.cards.ids if card not in chosen]
        model = self.selectionModel()
        model.select(self.cards.rows_as_selection(others), model.SelectionFlag.ClearAndSelect)

    def step(self, by: int) -> None:
        """Go to the next card (1) or the one before (-1)."""
        number = min(max(self.currentIndex().row() + by, 0), len(self.cards.ids) - 1)
        if number >= 0:
            self.setCurrentIndex(self.cards.index(number, 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the chosen cards."""
        if self.chosen_count:
            self.menu_wanted.emit(event.globalPos())


class Chips(QWidget):
    """Buttons that put a frequent term into the search, or take it out."""

    toggled = Signal(str)  # a term

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for text, search in CHIPS:
            made = button(text, "chip", f"chip{text}", f"{search} — click to add or remove it")
            made.setCheckable(True)
            made.clicked.connect(lambda _checked=False, found=search: self.toggled.emit(found))
            self.buttons[search] = made
            row.addWidget(made)
        row.addStretch(1)

    def mark(self, text: str) -> None:
        """Show which of the terms the search `text` holds."""
        words = text.split()
        for search, made in self.buttons.items():
            made.setChecked(search in words)
