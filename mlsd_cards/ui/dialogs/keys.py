"""The page of all keys, drawn from the table of actions."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.ui.actions import ACTIONS, SCREEN_TITLES, ActionSpec
from mlsd_cards.ui.theme import Theme
from mlsd_cards.ui.widgets import button, keycap_width, label, native_keys, paint_keycap


class Keycaps(QWidget):
    """One or several keys as keycaps."""

    GAP = 5

    def __init__(self, keys: tuple[str, ...], theme: Theme) -> None:
        super().__init__()
        self._keys = [native_keys(key) for key in keys]
        self._theme = theme
        self.setAccessibleName(" or ".join(self._keys))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for all of them."""
        return QSize(round(sum(keycap_width(key) + self.GAP for key in self._keys)), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        left = 0.0
        for key in self._keys:
            paint_keycap(
                painter,
                left,
                QRectF(self.rect()).center().y(),
                key,
                tokens.color("ink"),
                tokens.color("line"),
            )
            left += keycap_width(key) + self.GAP


class KeysDialog(QDialog):
    """Every key of every screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("keysDialog")
        self.setWindowTitle("All keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(640, parent.width() - 40), min(640, parent.height() - 40))
        inside = QWidget()
        inside.setObjectName("page")
        grid = QGridLayout(inside)
        grid.setContentsMargins(24, 4, 24, 16)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        line = 0
        for screen, title in SCREEN_TITLES.items():
            line = self._add_group(grid, line, title, [row for row in ACTIONS if row.screen == screen], theme)
        grid.setRowStretch(line, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        close = button("Close", "primary", "keysClose")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 20)
        foot.addStretch(1)
        foot.addWidget(close)
        title_label = label("All keys", "title")
        title_label.setContentsMargins(24, 20, 24, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(title_label)
        layout.addWidget(scroll, 1)
        layout.addLayout(foot)
        close.setFocus()

    @staticmethod
    def _add_group(grid: QGridLayout, line: int, title: str, rows: list[ActionSpec], theme: Theme) -> int:
        heading = label(title, "heading")
        heading.setContentsMargins(0, 14 if line else 0, 0, 6)
        grid.addWidget(heading, line, 0, 1, 2)
        for row in rows:
            line += 1
            grid.addWidget(label(row.text.rstrip("…"), "", wrap=True), line, 0)
            grid.addWidget(Keycaps(row.keys, theme), line, 1, Qt.AlignmentFlag.AlignLeft)
        return line + 1
