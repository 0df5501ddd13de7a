"""Tables and trees as the design draws them: quiet rows with a line under each, a bar at the chosen one."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFocusEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
)

from mlsd_cards.ui.theme import Theme, font

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 37
PADDING = 6
BAR = 3


class RowDelegate(QStyledItemDelegate):
    """Draws a cell: ground, text, and the line below."""

    def __init__(self, theme: Theme, view: QAbstractItemView, pixels: int = 16) -> None:
        super().__init__(view)
        self.theme = theme
        self._view = view
        self._font = font(pixels)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the cell."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        painter.save()
        selected = bool(plain.state & QStyle.StateFlag.State_Selected)
        paint_row(painter, plain.rect, self.theme, selected=selected, view=self._view, row=index.row())
        self.paint_content(painter, plain, index)
        painter.restore()

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw what the cell says."""
        ink = index.data(Qt.ItemDataRole.ForegroundRole)
        color = ink.color() if isinstance(ink, QBrush) else ink
        painter.setPen(color if isinstance(color, QColor) else self.theme.tokens.color("ink"))
        painter.setFont(self._font)
        box = option.rect.adjusted(PADDING, 0, -PADDING, -1)
        text = painter.fontMetrics().elidedText(option.text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(option.displayAlignment), text)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of the cell."""
        return QSize(super().sizeHint(option, index).width() + 2 * PADDING, ROW_HEIGHT)


class BarDelegate(RowDelegate):
    """Draws a share from 0 to 1, taken from the role `share_role`, as a bar with its figure."""

    FIGURE = 52

    def __init__(self, theme: Theme, view: QAbstractItemView, share_role: int) -> None:
        super().__init__(theme, view)
        self._role = share_role

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw bar and figure."""
        tokens = self.theme.tokens
        box = QRectF(option.rect).adjusted(PADDING, 0, -PADDING, -1)
        bar = QRectF(box.left(), box.center().y() - 4, max(box.width() - self.FIGURE, 24), 8)
        share = min(max(float(index.data(self._role) or 0), 0.0), 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("line"))
        painter.drawRoundedRect(bar, 4, 4)
        painter.setClipRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()))
        painter.setBrush(tokens.color("accent"))
        painter.drawRoundedRect(bar, 4, 4)
        painter.setClipping(False)
        painter.setPen(tokens.color("muted"))
        painter.setFont(font(15))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, option.text)


class RowTable(QTableView):
    """A table of whole rows. The chosen row shows only while the table has the keyboard."""

    def __init__(self, theme: Theme, name: str, spoken: str) -> None:
        super().__init__()
        self.hovered_row = -1
        self.fit_columns: Callable[[int], None] | None = None  # told the width after each change of size
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setItemDelegate(RowDelegate(theme, self))
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFixedHeight(ROW_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns."""
        super().resizeEvent(event)
        if self.fit_columns is not None:
            self.fit_columns(self.viewport().width())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose a row, so that the focus can be seen. A click chooses its own: nothing may move under the mouse."""
        super().focusInEvent(event)
        by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        if not by_mouse and not self.currentIndex().isValid() and self.model() is not None:
            self.setCurrentIndex(self.model().index(0, 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the mouse."""
        self._hover(self.indexAt(event.position().toPoint()).row())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Light up no row."""
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()


class RowTree(QTreeView):
    """A tree of whole rows. The chosen row always shows, because buttons act on it."""

    def __init__(self, theme: Theme, name: str, spoken: str) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setItemDelegate(RowDelegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(24)
        self.setUniformRowHeights(True)
        self.header().setStretchLastSection(False)
        self.header().setSectionsMovable(False)
        self.header().setFixedHeight(ROW_HEIGHT)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw the ground left of the deck's name, then the arrow."""
        selected = self.selectionModel().isSelected(index)
        paint_row(painter, rect, self._theme, selected=selected, view=self, row=-1)
        if selected and self.hasFocus():
            painter.fillRect(
                QRect(rect.left(), rect.top(), BAR, rect.height()), self._theme.tokens.color("accent")
            )
        if self.model().hasChildren(index):
            self._draw_arrow(painter, rect, opened=self.isExpanded(index))

    def _draw_arrow(self, painter: QPainter, rect: QRect, *, opened: bool) -> None:
        middle = QPointF(rect.right() - self.indentation() / 2, rect.center().y())
        points = ((-4, -2), (0, 2), (4, -2)) if opened else ((-2, -4), (2, 0), (-2, 4))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.tokens.color("muted"), 1.6))
        painter.drawPolyline([middle + QPointF(x, y) for x, y in points])
        painter.restore()


def paint_row(
    painter: QPainter, box: QRect, theme: Theme, *, selected: bool, view: QAbstractItemView, row: int
) -> None:
    """Draw the ground of a cell, the line under it, and at a table's left edge the bar of the keyboard."""
    tokens = theme.tokens
    table = isinstance(view, RowTable)
    if selected and (view.hasFocus() or not table):
        painter.fillRect(box, tokens.color("accent_soft"))
    elif isinstance(view, RowTable) and row >= 0 and row == view.hovered_row:
        painter.fillRect(box, tokens.color("bg"))
    painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), tokens.color("line"))
    if table and selected and view.hasFocus() and box.left() <= 0:
        painter.fillRect(QRect(0, box.top(), BAR, box.height()), tokens.color("accent"))
