"""Work off the interface thread: progress, cancel, result, error.

A job's function gets a `Progress`, which raises `Cancelled` inside the worker once the user has pressed
Cancel. Jobs touch no widget; what they report arrives on the interface thread.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from mlsd_cards.domain.errors import Cancelled, MlsdError
from mlsd_cards.domain.progress import Progress

log = logging.getLogger(__name__)

Work = Callable[[Progress], Any]
Act = Callable[[Any], object]

_REPORT_EVERY_S = 0.04
_GRACE_S = 0.08


class Job(QObject):
    """One piece of work. Its signals arrive on the interface thread; exactly one of the last three fires."""

    progressed = Signal(str, int, int)
    done = Signal(object)
    failed = Signal(object)  # the exception
    cancelled = Signal()
    ended = Signal()  # after any of the three

    _reported = Signal(str, int, int)
    _finished = Signal(object, object)

    def __init__(self, work: Work, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._stop = threading.Event()
        self._last_report = 0.0
        self._outcome: tuple[object, object] | None = None
        self._over = threading.Event()
        self._settled = False
        self._reported.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._finished.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Ask the work to stop; it ends with `cancelled` at its next report of progress."""
        self._stop.set()

    def progress(self, what: str, done: int, total: int) -> None:
        """Report from the worker; at most 25 times a second reach the screen.

        Raises:
            Cancelled: the user wants to stop.
        """
        if self._stop.is_set():
            raise Cancelled(f"{self.title} was cancelled.")
        now = monotonic()
        if now - self._last_report >= _REPORT_EVERY_S or (total and done >= total):
            self._last_report = now
            self._reported.emit(what, done, total)

    def run_here(self) -> None:
        """Do the work in this thread and report how it ended."""
        result: Any = None
        error: BaseException | None = None
        try:
            if self._stop.is_set():
                raise Cancelled(f"{self.title} was cancelled.")
            result = self._work(self.progress)
        except Exception as caught:  # noqa: BLE001  (whatever it is, it is shown on the interface thread)
            error = caught
        self._outcome = result, error
        try:
            self._finished.emit(result, error)
        except RuntimeError:
            log.debug("the window closed before “%s” ended", self.title)
        finally:
            self._over.set()  # from here on this thread leaves the job alone, so that it may be deleted

    def settle_soon(self) -> None:
        """Wait a moment; if the work ends within it, its signals arrive before this returns."""
        if self._over.wait(_GRACE_S) and self._outcome is not None:
            self._settle(*self._outcome)

    @Slot(str, int, int)
    def _pass_on(self, what: str, done: int, total: int) -> None:
        if not self._stop.is_set():
            self.progressed.emit(what, done, total)

    @Slot(object, object)
    def _settle(self, result: object, error: object) -> None:
        if self._settled:
            return
        self._settled = True
        self._over.wait()
        if isinstance(error, Cancelled):
            self.cancelled.emit()
        elif error is not None:
            if not isinstance(error, MlsdError):
                log.error("“%s” failed", self.title, exc_info=error)  # type: ignore[arg-type]
            self.failed.emit(error)
        else:
            self.done.emit(result)
        self.ended.emit()


class _Runner(QRunnable):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def run(self) -> None:
        """Run the job; called by the pool."""
        self._job.run_here()


class Jobs(QObject):
    """Runs jobs: writing ones one after the other, reading ones beside them."""

    busy_changed = Signal(bool)  # whether a writing job holds the window

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = QThreadPool(self)
        self._writers = QThreadPool(self)
        self._writers.setMaxThreadCount(1)
        self._jobs: set[Job] = set()
        self._holding: set[Job] = set()

    @property
    def busy(self) -> bool:
        """Whether a writing job holds the window."""
        return bool(self._holding)

    def read(self, work: Work, title: str) -> Job:
        """Start work that only reads. Connect the job's signals before returning to the event loop."""
        return self._start(self._readers, work, title)

    def read_soon(self, work: Work, title: str, done: Act, failed: Act) -> Job:
        """Start work that only reads. What is quick is handed to `done` or `failed` before this returns."""
        job = self._start(self._readers, work, title)
        job.done.connect(done)
        job.failed.connect(failed)
        job.settle_soon()
        return job

    def write(self, work: Work, title: str, *, holds_window: bool = True) -> Job:
        """Start work that writes; unless told otherwise nothing else may change the collection meanwhile."""
        job = self._start(self._writers, work, title)
        if holds_window:
            self._holding.add(job)
            self.busy_changed.emit(True)
        return job

    def close(self, milliseconds: int = 30_000) -> bool:
        """Cancel everything and wait for it; whether all of it ended in time."""
        for job in self._jobs:
            job.cancel()
        ended = [pool.waitForDone(milliseconds) for pool in (self._readers, self._writers)]
        return all(ended)

    def _start(self, pool: QThreadPool, work: Work, title: str) -> Job:
        job = Job(work, title, self)
        self._jobs.add(job)
        job.ended.connect(self._ended)
        pool.start(_Runner(job))
        return job

    @Slot()
    def _ended(self) -> None:
        job = self.sender()
        assert isinstance(job, Job)
        self._jobs.discard(job)
        if job in self._holding:
            self._holding.discard(job)
            self.busy_changed.emit(self.busy)
        job.deleteLater()
