"""How far a job is, with a button to stop it; closes with the job."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mlsd_cards.ui.jobs import Job
from mlsd_cards.ui.widgets import button, label

_SLOW_MS = 300


def open_if_slow(job: Job, parent: QWidget) -> None:
    """Show the progress of a job over `parent` once it has taken a while; what is quick shows nothing."""
    dialog = ProgressDialog(job, parent)
    QTimer.singleShot(_SLOW_MS, dialog, dialog.open_unless_ended)


class ProgressDialog(QDialog):
    """Shows the progress of one job."""

    def __init__(self, job: Job, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("progressDialog")
        self.setWindowTitle(job.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        self._job: Job | None = job
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress")
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._status = label(job.title, "small", wrap=True)
        cancel = button("Cancel", name="progressCancelButton")
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label(job.title, "heading", wrap=True))
        layout.addWidget(self._bar)
        layout.addWidget(self._status)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        layout.addLayout(row)
        job.progressed.connect(self._show)
        job.ended.connect(self._close)

    def open_unless_ended(self) -> None:
        """Show the dialog if the job is still at work."""
        if self._job is not None:
            self.open()

    def reject(self) -> None:
        """Stop the job; the dialog closes when it has stopped."""
        if self._job is not None:
            self._status.setText("Stopping; nothing will be kept of it")
            self._job.cancel()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the job first."""
        if self._job is not None:
            self.reject()
            event.ignore()

    def _show(self, what: str, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._status.setText(f"{what} · {done:,} of {total:,}" if total else what)

    def _close(self) -> None:
        self._job = None
        if self.isVisible():
            self.accept()
        else:
            self.deleteLater()
