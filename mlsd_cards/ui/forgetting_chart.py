"""The drawn forgetting curve of a card. Days and answers are told on hover and by the arrow keys."""

import math
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mlsd_cards.ui.dates import full_day, short_day
from mlsd_cards.ui.theme import GRADE_NAMES, Theme, font

if TYPE_CHECKING:
    from mlsd_cards.study.forgetting import ForgettingCurve


class ForgettingChart(QWidget):
    """The forgetting curve of a card with its past answers; the arrow keys walk over them."""

    LEFT, TOP, CAPTION = 44, 10, 24
    RADIUS = 4.5

    def __init__(self, theme: Theme, curve: "ForgettingCurve", zone: tzinfo) -> None:
        super().__init__()
        self._theme, self._curve, self._zone = theme, curve, zone
        self._chosen = -1
        self._low = self._lowest()
        self.setObjectName("forgettingChart")
        self.setAccessibleName("Forgetting curve")
        self.setAccessibleDescription(self.summary())
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the size at which the curve reads well."""
        return QSize(420, 210)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the curve can be read."""
        return QSize(220, 130)

    def summary(self) -> str:
        """Return in words what the curve shows."""
        curve = self._curve
        said = f"Recall now {curve.recall(curve.now_ms):.0%}. "
        said += f"It falls to {curve.retention:.0%} on {full_day(self._day(curve.falls_to_wanted_ms()))}."
        if not curve.answers:
            return f"{said} No answers are known."
        return f"{said} Answers: {'; '.join(self.text_of(i) for i in range(len(curve.answers)))}."

    def text_of(self, index: int) -> str:
        """Return what is told of an answer: its day, the grade, and the recall just before it."""
        moment, rating = self._curve.answers[index]
        said = f"{full_day(self._day(moment))}, {GRADE_NAMES[rating - 1].capitalize()}"
        return f"{said}, recall {self._curve.recall(moment - 1):.0%}" if index else said

    def point(self, moment_ms: int, recall: float) -> QPointF:
        """Return where a moment and a recall are drawn."""
        curve, field = self._curve, self._field()
        share = (moment_ms - curve.begins_ms) / max(1, curve.ends_ms - curve.begins_ms)
        height = (1 - recall) / (1 - self._low)
        return QPointF(field.left() + share * field.width(), field.top() + height * field.height())

    def marks(self) -> list[QPointF]:
        """Return where the answers are drawn: at the recall that they met."""
        return [
            self.point(moment, self._curve.recall(moment - 1) if place else 1.0)
            for place, (moment, _) in enumerate(self._curve.answers)
        ]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the answer under the mouse, else day and recall there."""
        at = event.position()
        near = [i for i, mark in enumerate(self.marks()) if (mark - at).manhattanLength() < 3 * self.RADIUS]
        self._choose(near[-1] if near else -1)
        field, curve = self._field(), self._curve
        text = ""
        if near:
            text = self.text_of(near[-1])
        elif field.contains(at):
            share = (at.x() - field.left()) / field.width()
            moment = int(curve.begins_ms + share * (curve.ends_ms - curve.begins_ms))
            text = f"{full_day(self._day(moment))}: recall {curve.recall(moment):.0%}"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the answer under the mouse."""
        self._choose(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the chosen answer."""
        self._choose(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move over the answers with the arrow keys."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        count = len(self._curve.answers)
        if not step or not count:
            super().keyPressEvent(event)
            return
        start = self._chosen if self._chosen >= 0 else (-1 if step > 0 else count)
        self._choose(min(max(start + step, 0), count - 1))
        QToolTip.showText(
            self.mapToGlobal(self.marks()[self._chosen].toPoint()), self.text_of(self._chosen), self
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curve, whole in the past and broken in the future, with its answers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        tokens, curve = self._theme.tokens, self._curve
        pen = QPen(tokens.color("accent"), 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(self._path(curve.begins_ms, curve.now_ms))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(self._path(curve.now_ms, curve.ends_ms))
        for place, (mark, (_, rating)) in enumerate(zip(self.marks(), curve.answers, strict=True)):
            chosen = place == self._chosen
            painter.setPen(QPen(tokens.color("ink" if chosen else "surface"), 1.5))
            painter.setBrush(tokens.color(GRADE_NAMES[rating - 1]))
            radius = self.RADIUS + 2 * chosen
            painter.drawEllipse(mark, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_frame(self, painter: QPainter) -> None:
        tokens, curve, field = self._theme.tokens, self._curve, self._field()
        painter.setFont(font(12))
        for recall in sorted({1.0, curve.retention, self._low}):
            y = self.point(curve.begins_ms, recall).y()
            wanted = recall == curve.retention
            pen = QPen(tokens.color("good" if wanted else "line"), 1)
            pen.setStyle(Qt.PenStyle.DotLine if wanted else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
            painter.setPen(tokens.color("good_text" if wanted else "muted"))
            place = QRectF(0, y - 9, self.LEFT - 8, 18)
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{recall:.0%}"
            )
        now = self.point(curve.now_ms, 1.0).x()
        painter.setPen(QPen(tokens.color("muted"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(now, field.top()), QPointF(now, field.bottom()))
        painter.setPen(tokens.color("muted"))
        line = QRectF(field.left(), field.bottom() + 4, field.width(), self.CAPTION - 4)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, short_day(self._day(curve.begins_ms)))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, short_day(self._day(curve.ends_ms)))
        if field.left() + 62 < now < field.right() - 62:
            painter.drawText(QRectF(now - 40, line.top(), 80, 20), Qt.AlignmentFlag.AlignHCenter, "today")

    def _path(self, begin_ms: int, end_ms: int) -> QPainterPath:
        """Return the curve between two moments: a fall after each answer, and a step up at the next."""
        curve = self._curve
        path = QPainterPath(self.point(begin_ms, curve.recall(begin_ms)))
        steps = max(2, self.width() // 2)
        moments = {begin_ms + (end_ms - begin_ms) * step // steps for step in range(steps + 1)}
        turns = [begun for begun, _ in curve.parts if begin_ms < begun <= end_ms]
        for moment in sorted(moments | set(turns) | {begun - 1 for begun in turns}):
            path.lineTo(self.point(moment, curve.recall(moment)))
        return path

    def _field(self) -> QRectF:
        right, below = 8, self.CAPTION + 2
        return QRectF(
            self.LEFT,
            self.TOP,
            max(1, self.width() - self.LEFT - right),
            max(1, self.height() - self.TOP - below),
        )

    def _lowest(self) -> float:
        """Return the recall at the foot of the chart: a whole tenth below all that is drawn."""
        curve = self._curve
        ends = [begun - 1 for begun, _ in curve.parts[1:]]
        least = min(curve.retention, *(curve.recall(moment) for moment in (*ends, curve.ends_ms)))
        return max(0.0, math.floor(least * 10 - 0.3) / 10)

    def _day(self, moment_ms: int) -> date:
        """Return the day of a moment; what lies beyond the calendar is its end."""
        try:
            return datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(self._zone).date()
        except (OverflowError, ValueError):
            return date.max

    def _choose(self, index: int) -> None:
        if index != self._chosen:
            self._chosen = index
            self.update()
