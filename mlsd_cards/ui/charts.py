"""Small drawn charts: the coming days, and the weeks behind. Values show on hover and by the arrow keys."""

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mlsd_cards.ui.dates import counted, short_day, week_day
from mlsd_cards.ui.theme import Theme, font


class DayChart(QWidget):
    """Base of charts with one value per day; knows the day under the mouse or chosen by arrow keys."""

    noun = "card"

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._first = date(2000, 1, 1)
        self._values: tuple[int, ...] = ()
        self._chosen = -1
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_values(self, first: date, values: Sequence[int]) -> None:
        """Show `values`, the first of which belongs to the day `first`."""
        self._first, self._values = first, tuple(values)
        self._chosen = min(self._chosen, len(self._values) - 1)
        summary = ", ".join(self.text_of(i) for i, value in enumerate(self._values) if value)
        self.setAccessibleDescription(summary or f"No {self.noun}s")
        self.update()

    def text_of(self, index: int) -> str:
        """Return what the tooltip of day `index` says."""
        return f"{week_day(self._first + timedelta(days=index))}: {counted(self._values[index], self.noun)}"

    def box(self, index: int) -> QRectF:
        """Return where day `index` is drawn."""
        raise NotImplementedError

    def index_at(self, point: QPoint) -> int:
        """Return the day at `point`, or −1."""
        for index in range(len(self._values)):
            if self.hover_box(index).contains(point):
                return index
        return -1

    def hover_box(self, index: int) -> QRectF:
        """Return the area in which the mouse asks for day `index`."""
        return self.box(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the value under the mouse."""
        self._choose(self.index_at(event.position().toPoint()), event.globalPosition().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the day under the mouse."""
        self._choose(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the chosen day."""
        self._choose(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move over the days with the arrow keys."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if not step or not self._values:
            super().keyPressEvent(event)
            return
        start = self._chosen if self._chosen >= 0 else (-1 if step > 0 else len(self._values))
        index = min(max(start + step, 0), len(self._values) - 1)
        self._choose(index, self.mapToGlobal(self.hover_box(index).center().toPoint()))

    def _choose(self, index: int, at: QPoint | None = None) -> None:
        if index != self._chosen:
            self._chosen = index
            self.update()
        if index >= 0 and at is not None:
            QToolTip.showText(at, self.text_of(index), self)
        elif index < 0:
            QToolTip.hideText()

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


class Forecast(DayChart):
    """Bars of the cards that come on each of the next days, today first."""

    CAPTION = 24

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Cards on each of the next 14 days")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the size at which the bars read well."""
        return QSize(280, 150 + self.CAPTION)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the bars can be told apart."""
        return QSize(160, 90 + self.CAPTION)

    def box(self, index: int) -> QRectF:
        """Return the bar of day `index`."""
        whole = self.hover_box(index)
        highest = max(self._values, default=0) or 1
        height = whole.height() * self._values[index] / highest
        if self._values[index]:
            height = max(height, 3.0)
        return QRectF(whole.left(), whole.bottom() - height, whole.width(), height)

    def hover_box(self, index: int) -> QRectF:
        """Return the column of day `index`."""
        gap = 6.0
        width = (self.width() - gap * (len(self._values) - 1)) / max(len(self._values), 1)
        return QRectF(index * (width + gap), 0, width, self.height() - self.CAPTION)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars and the first and last day."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        for index in range(len(self._values)):
            color = tokens.color("accent")
            color.setAlphaF(1.0 if index == self._chosen else 0.75)
            painter.fillPath(_round_top(self.box(index)), color)
        base = self.height() - self.CAPTION
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawLine(0, base, self.width(), base)
        painter.setPen(tokens.color("muted"))
        painter.setFont(font(12))
        line = QRectF(0, base + 4, self.width(), self.CAPTION - 4)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "today")
        if self._values:
            last = short_day(self._first + timedelta(days=len(self._values) - 1))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, last)
        self._paint_focus(painter)


class HeatMap(DayChart):
    """The answers of the last weeks: one column a week, the last field is today."""

    noun = "answer"
    ROWS, FIELD, GAP = 7, 14, 4

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Answers on each day of the last 12 weeks")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for seven rows."""
        return QSize(280, self.ROWS * self.FIELD + (self.ROWS - 1) * self.GAP)

    def minimumSizeHint(self) -> QSize:
        """Return room for seven rows."""
        return QSize(160, self.sizeHint().height())

    def box(self, index: int) -> QRectF:
        """Return the field of day `index`."""
        weeks = max(len(self._values) // self.ROWS, 1)
        width = (self.width() - self.GAP * (weeks - 1)) / weeks
        week, row = divmod(index, self.ROWS)
        return QRectF(week * (width + self.GAP), row * (self.FIELD + self.GAP), width, self.FIELD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the fields, the fuller the more answers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        highest = max(self._values, default=0) or 1
        for index, value in enumerate(self._values):
            color = QColor(tokens.good)
            color.setAlphaF(0.25 + 0.75 * value / highest if value else 0.1)
            shape = QPainterPath()
            shape.addRoundedRect(self.box(index), 3, 3)
            painter.fillPath(shape, color)
            if index == self._chosen:
                painter.setPen(QPen(tokens.color("ink"), 1.5))
                painter.drawPath(shape)
        self._paint_focus(painter)


def _round_top(box: QRectF) -> QPainterPath:
    """Return `box` with its two upper corners rounded."""
    radius = min(4.0, box.height(), box.width() / 2)
    path = QPainterPath()
    path.moveTo(box.bottomLeft())
    path.lineTo(box.left(), box.top() + radius)
    path.quadTo(box.topLeft(), QPointF(box.left() + radius, box.top()))
    path.lineTo(box.right() - radius, box.top())
    path.quadTo(box.topRight(), QPointF(box.right(), box.top() + radius))
    path.lineTo(box.bottomRight())
    path.closeSubpath()
    return path
