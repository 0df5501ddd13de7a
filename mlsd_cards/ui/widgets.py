"""Small parts that several screens use: panels, buttons with a keycap, the grade buttons, rows of facts."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.ui.theme import Theme, Tokens, font


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label of plain text in the manner of `role`: title, heading, figure, muted, small, warning."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def button(text: str, role: str = "", name: str = "", tip: str = "") -> QPushButton:
    """Return a push button; `role` is empty, primary, nav or foot, `name` the object name."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setObjectName(name)
    made.setToolTip(tip)
    made.setAccessibleName(text.replace("&", ""))
    made.setAutoDefault(False)
    return made


def panel(heading: str = "") -> tuple[QFrame, QVBoxLayout]:
    """Return a white panel with round corners, and its layout, which starts with `heading`."""
    frame = QFrame()
    frame.setProperty("role", "panel")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(20, 20, 20, 20)
    layout.setSpacing(0)
    if heading:
        layout.addWidget(label(heading, "heading"))
        layout.addSpacing(12)
    return frame, layout


def rule() -> QFrame:
    """Return a line across, one pixel high."""
    made = QFrame()
    made.setProperty("role", "rule")
    return made


def native_keys(keys: str) -> str:
    """Return the key sequence `keys` (`Ctrl+Z`) as it is written on this system's keyboards."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def keycap_width(text: str) -> float:
    """Return the width of the keycap that shows `text`."""
    return max(19.0, QFontMetricsF(font(12)).horizontalAdvance(text) + 13.0)


def paint_keycap(painter: QPainter, left: float, middle: float, text: str, ink: QColor, line: QColor) -> None:
    """Draw a small round-cornered key with `text`; `middle` is the height of its centre line."""
    box = QRectF(left + 0.5, middle - 9.0, keycap_width(text) - 1.0, 18.0)
    painter.setPen(QPen(line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(ink)
    painter.setFont(font(12))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class KeyButton(QPushButton):
    """A push button that shows its key as a keycap after its text; otherwise like every other button."""

    def __init__(
        self, text: str, key: str, theme: Theme, *, role: str = "primary", name: str = "", width: int = 0
    ) -> None:
        super().__init__(text)
        self._key, self._theme = native_keys(key), theme
        self.setProperty("role", role)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        if width:
            self.setMinimumWidth(width)

    def sizeHint(self) -> QSize:
        """Return room for the text and the keycap."""
        hint = super().sizeHint()
        hint.setWidth(hint.width() + round(keycap_width(self._key)) + 8)
        return hint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plain button, then text and keycap as one centred group."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        ink = tokens.color("on_accent" if self.property("role") == "primary" else "ink")
        if not self.isEnabled():
            ink = tokens.color("muted")
        face = font(15, 600)
        text_width = QFontMetricsF(face).horizontalAdvance(self.text())
        left = (self.width() - text_width - 8 - keycap_width(self._key)) / 2
        painter.setFont(face)
        painter.setPen(ink)
        painter.drawText(
            QRectF(left, 0, text_width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        line = QColor(ink)
        line.setAlphaF(0.7)
        paint_keycap(painter, left + text_width + 8, self.height() / 2, self._key, ink, line)


class HintButton(QAbstractButton):
    """A quiet word with a keycap, such as “Undo [Ctrl+Z]”; can be clicked and reached by Tab."""

    def __init__(self, text: str, key: str, theme: Theme, name: str = "") -> None:
        super().__init__()
        self._key, self._theme = native_keys(key), theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Return room for the word and its keycap."""
        return QSize(
            round(QFontMetricsF(font(13)).horizontalAdvance(self.text()) + keycap_width(self._key)) + 14, 26
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw word and keycap, and a ring while focused."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        ink = tokens.color("ink" if self.underMouse() and self.isEnabled() else "muted")
        if not self.isEnabled():
            painter.setOpacity(0.5)
        face = font(13)
        width = QFontMetricsF(face).horizontalAdvance(self.text())
        painter.setFont(face)
        painter.setPen(ink)
        painter.drawText(QRectF(4, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        paint_keycap(painter, 4 + width + 4, self.height() / 2, self._key, ink, tokens.color("line"))
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


class GradeButton(QAbstractButton):
    """One of the four answers: name and key above, interval below, the grade's colour along the edge."""

    WIDTH, HEIGHT = 150, 64

    def __init__(self, text: str, key: str, grade: str, theme: Theme) -> None:
        super().__init__()
        self._key, self._grade, self._theme = key, grade, theme
        self._interval = ""
        self.setText(text)
        self.setObjectName(f"grade{text}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys with the card
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_interval("")

    @property
    def interval(self) -> str:
        """What is written under the name, for instance `6 d`."""
        return self._interval

    def set_interval(self, text: str) -> None:
        """Write `text` under the name."""
        self._interval = text
        self.setAccessibleName(f"{self.text()}, {text}" if text else self.text())
        when = text if text == "today" else f"in {text}"
        self.setToolTip(f"{self.text()}: comes again {when} ({self._key})" if text else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the button."""
        return QSize(self.WIDTH, self.HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which nothing is cut off."""
        return QSize(104, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button in the colours of the scheme."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        self._paint_edge(painter, tokens)
        name, face = self.text(), font(15, 700)
        width = QFontMetricsF(face).horizontalAdvance(name)
        left = (self.width() - width - 5 - keycap_width(self._key)) / 2
        painter.setFont(face)
        painter.setPen(tokens.color(f"{self._grade}_text"))
        painter.drawText(QRectF(left, 10, width + 1, 22), Qt.AlignmentFlag.AlignVCenter, name)
        paint_keycap(painter, left + width + 5, 21, self._key, tokens.color("muted"), tokens.color("line"))
        painter.setFont(font(13))
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(0, 33, self.width(), 20), Qt.AlignmentFlag.AlignCenter, self._interval)

    def _paint_edge(self, painter: QPainter, tokens: Tokens) -> None:
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(box, 10, 10)
        painter.fillPath(
            shape, tokens.color("accent_soft" if self.isDown() or self.underMouse() else "surface")
        )
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawPath(shape)
        # The coloured edge is what lies between the shape and the same shape three pixels higher.
        raised = QPainterPath()
        raised.addRoundedRect(QRectF(self.rect()).adjusted(-1, -20, 1, -3), 10, 10)
        whole = QPainterPath()
        whole.addRoundedRect(QRectF(self.rect()), 10, 10)
        painter.fillPath(whole.subtracted(raised), tokens.color(self._grade))
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -5), 8, 8)


class ProgressLine(QWidget):
    """A thin line across the top that says how far the sitting is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._done, self._total = theme, 0, 0
        self.setFixedHeight(4)
        self.setAccessibleName("Progress of this sitting")

    def set_progress(self, done: int, total: int) -> None:
        """Show `done` of `total` cards."""
        self._done, self._total = done, total
        self.setAccessibleDescription(f"{done} of {total} cards")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the share that is done."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.tokens.color("line"))
        share = self._done / self._total if self._total else 0.0
        painter.fillRect(
            QRectF(0, 0, self.width() * min(share, 1.0), self.height()), self._theme.tokens.color("accent")
        )


class ElidedLabel(QLabel):
    """A label of one line that ends in … where there is no room, and tells the whole text as tooltip."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def whole_text(self) -> str:
        """The text before it was cut."""
        return self._whole

    def set_whole_text(self, text: str) -> None:
        """Show `text` as far as it fits."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class Facts(QWidget):
    """Rows of a name and a value with a line under each."""

    def __init__(self, name_width: int = 0, *, shares: tuple[int, int] = (0, 1)) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        for column, share in enumerate(shares):
            self._grid.setColumnStretch(column, share)
        self._wrap_names = bool(shares[0])
        self._name_width = name_width

    def set_rows(self, rows: list[tuple[str, str, str, str]]) -> None:
        """Show `rows` of name, value, quiet remark, and role of the value (empty or `warning`)."""
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for number, (name, value, remark, role) in enumerate(rows):
            self._add_row(number * 2, name, value, remark, role)

    def _add_row(self, at: int, name: str, value: str, remark: str, role: str) -> None:
        title = label(name, "fact", wrap=self._wrap_names)
        title.setContentsMargins(6, 8, 16, 8)
        title.setMinimumWidth(self._name_width)
        self._grid.addWidget(title, at, 0, Qt.AlignmentFlag.AlignTop)
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 8, 6, 8)
        row.setSpacing(8)
        shown = label(value, role or "fact", wrap=not remark)
        shown.setAccessibleName(f"{name}: {value} {remark}".strip())
        row.addWidget(shown, 0 if remark else 1, Qt.AlignmentFlag.AlignTop)
        if remark:
            row.addWidget(label(remark, "remark", wrap=True), 1, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(cell, at, 1)
        self._grid.addWidget(rule(), at + 1, 0, 1, 2)


class Combo(QComboBox):
    """A combo box in which typed letters choose an entry even where they are shortcuts elsewhere."""

    def event(self, event: QEvent) -> bool:
        """Claim plain keys before they become shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.text().isprintable()
            and event.text()
        ):
            event.accept()
            return True
        return super().event(event)


def centred(widget: QWidget) -> QHBoxLayout:
    """Return a row that keeps `widget` in its middle."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget)
    row.addStretch(1)
    return row
