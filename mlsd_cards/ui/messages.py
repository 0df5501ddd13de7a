"""The one place that talks to the user: toasts with Undo, plain errors, and reports of bugs."""

import logging
import traceback
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards import __version__
from mlsd_cards.domain.errors import Cancelled, MlsdError
from mlsd_cards.ui.widgets import button, label

log = logging.getLogger(__name__)

TOAST_MS = 8000
TOAST_MARGIN = 24
_SAFE = "Every answer you have given is saved; nothing half done was kept."

Act = Callable[[], object]


class Toast(QFrame):
    """A short message over the lower edge of the window, with at most one thing to do about it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("toast")
        self._window = window
        self._act: Act | None = None
        self._label = label(wrap=False)
        self._label.setObjectName("toastLabel")
        self._button = button("Undo", name="toastButton")
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._do)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._lift = 0
        window.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What the toast says."""
        return self._label.text()

    def show_text(self, text: str, action: str = "", act: Act | None = None) -> None:
        """Show `text`, and a button `action` that does `act`."""
        self._act = act
        self._button.setText(action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action))
        self._label.setText(text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(TOAST_MS)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def set_lift(self, pixels: int) -> None:
        """Keep `pixels` of the window's lower edge free, where buttons are."""
        self._lift = pixels
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle when the window changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        window = self._window
        widest = window.width() - 2 * TOAST_MARGIN
        self._label.setWordWrap(False)
        self.setMinimumWidth(0)
        self.setMaximumWidth(widest)
        if self.sizeHint().width() > widest:
            self._label.setWordWrap(True)
            self.setMinimumWidth(widest)
        self.adjustSize()
        left = (window.width() - self.width()) // 2
        self.move(QPoint(left, window.height() - self.height() - TOAST_MARGIN - self._lift))

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()


class ErrorDialog(QDialog):
    """Says what happened, what is safe and what to do; the details lie behind a fold and can be copied."""

    def __init__(self, happened: str, safe: str, details: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("errorDialog")
        self.setWindowTitle("ML SD Cards")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._details = QPlainTextEdit(details)
        self._details.setObjectName("errorDetails")
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details of the error")
        self._details.setMinimumHeight(220)
        self._details.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(10)
        for text, role in ((happened, "heading"), (safe, "muted")):
            if text:
                shown = label(text, role, wrap=True)
                shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                layout.addWidget(shown)
        layout.addWidget(self._details)
        layout.addSpacing(8)
        layout.addLayout(self._buttons(bool(details)))

    def _buttons(self, with_details: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        if with_details:
            self._fold = button("Show details", name="errorFold")
            self._fold.clicked.connect(self._unfold)
            copy = button("Copy report", name="errorCopy")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details.toPlainText()))
            row.addWidget(self._fold)
            row.addWidget(copy)
        row.addStretch(1)
        close = button("Close", "primary", "errorClose")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        close.setFocus()
        return row

    def _unfold(self) -> None:
        hidden = self._details.isHidden()
        self._details.setVisible(hidden)
        self._fold.setText("Hide details" if hidden else "Show details")
        self.adjustSize()


class LinkDialog(QDialog):
    """Shows the whole address of a link and opens it in the browser only if the user wants that."""

    def __init__(self, url: QUrl, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("linkDialog")
        self.setWindowTitle("Open a link?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._url = url
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(label("This card links to a page on the internet:", "heading", wrap=True))
        address = QPlainTextEdit(_whole_address(url))
        address.setObjectName("linkAddress")
        address.setAccessibleName("Address of the link")
        address.setReadOnly(True)
        address.setMaximumHeight(96)
        layout.addWidget(address)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        cancel = button("Cancel", name="linkCancel")
        cancel.clicked.connect(self.reject)
        go = button("Open in browser", "primary", "linkOpen")
        go.clicked.connect(self._open)
        row.addWidget(cancel)
        row.addWidget(go)
        layout.addLayout(row)
        cancel.setFocus()

    def _open(self) -> None:
        self.accept()
        open_in_browser(self._url)


def open_in_browser(url: QUrl) -> bool:
    """Hand a link that the user wants to follow to the system's browser; return whether it took it."""
    return QDesktopServices.openUrl(url)


class Messages(QObject):
    """Shows messages over one window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.toast = Toast(window)

    def say(self, text: str, action: str = "", act: Act | None = None) -> None:
        """Show a toast."""
        self.toast.show_text(text, action, act)

    def error(self, error: BaseException, *, retry: Act | None = None) -> None:
        """Show what went wrong: an expected error as its sentence, anything else as a bug with a report."""
        if isinstance(error, Cancelled):
            return
        if isinstance(error, MlsdError):
            if retry is not None:
                self.say(str(error), "Try again", retry)
            else:
                self._open(ErrorDialog(str(error), "", "", self._window))
        else:
            self.bug(error)

    def bug(self, error: BaseException) -> None:
        """Show that the program itself failed, with a report that can be copied."""
        self._open(bug_dialog(error, self._window))

    def ask_link(self, url: QUrl) -> None:
        """Ask whether the address of a link is to be opened."""
        self._open(LinkDialog(url, self._window))

    def _open(self, dialog: QDialog) -> None:
        dialog.open()


def bug_dialog(error: BaseException, parent: QWidget | None) -> ErrorDialog:
    """Return the dialog that reports a failure of the program."""
    happened = f"Something inside the program failed ({type(error).__name__})."
    return ErrorDialog(
        happened, f"{_SAFE} You can go on; the report helps to mend it.", report(error), parent
    )


def report(error: BaseException) -> str:
    """Return what a maintainer needs to know: versions and the traceback."""
    import platform

    from PySide6.QtCore import qVersion

    python, system = platform.python_version(), platform.platform()
    head = f"mlsd-cards {__version__}, Python {python}, Qt {qVersion()}, {system}"
    return f"{head}\n\n{''.join(traceback.format_exception(error))}"


def _whole_address(url: QUrl) -> str:
    """Return the address as it will be asked for: nothing prettified that could hide where it leads."""
    return bytes(url.toEncoded().data()).decode("ascii", "replace")
