"""The row of the deck options that fits FSRS parameters to one's own answers; Save takes them over."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import InputError
from mlsd_cards.study import preset_preview
from mlsd_cards.study.fitting import FitReport
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.preset_parts import FIELD_WIDTH
from mlsd_cards.ui.dialogs.progress import ProgressDialog
from mlsd_cards.ui.widgets import button, label

ABOUT = "From your own answers, FSRS learns how fast you forget. Nothing is taken over before you save."


class FitRow(QWidget):
    """Fits the parameters of a deck's preset. `edited` follows when it is done."""

    edited = Signal()
    told = Signal()  # what was found, or why nothing was, is shown

    def __init__(self, ctx: AppContext, deck: str) -> None:
        super().__init__()
        self._ctx, self._deck = ctx, deck
        self._found: tuple[float, ...] = ()
        self._button = button("Fit to my answers", name="presetFit")
        self._button.setFixedWidth(FIELD_WIDTH)
        self._button.setAccessibleDescription(ABOUT)
        self._button.clicked.connect(self._fit)
        self._result = label("", "small", wrap=True)
        self._result.setObjectName("presetFitResult")
        self._refused = label("", "alert", wrap=True)
        self._refused.setObjectName("presetFitRefused")
        title = label("FSRS parameters", "heading")
        title.setBuddy(self._button)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(title)
        words.addWidget(label(ABOUT, "small", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addLayout(words, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 6)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._result)
        layout.addWidget(self._refused)
        self._say("", "")

    def changes(self) -> dict[str, str]:
        """Return the parameters to take over, nothing where none were found that fit better."""
        return {"parameters": " ".join(map(repr, self._found))} if self._found else {}

    def _fit(self) -> None:
        col, deck = self._ctx.col, self._deck
        job = self._ctx.jobs.read(
            lambda progress: preset_preview.fit_parameters(col, deck, apart=True, progress=progress),
            "Fitting the parameters",
        )
        job.done.connect(self._show)
        job.failed.connect(self._show_refusal)
        self._button.setEnabled(False)
        job.ended.connect(lambda: self._button.setEnabled(True))
        ProgressDialog(job, self.window()).open()

    def _show(self, report: FitReport) -> None:
        self._found = report.parameters if report.improved else ()
        self._say(words_of(report), "")
        self.edited.emit()

    def _show_refusal(self, error: Exception) -> None:
        if isinstance(error, InputError):
            self._say("", str(error))
        else:
            self._ctx.messages.bug(error)

    def _say(self, result: str, refused: str) -> None:
        for shown, text in ((self._result, result), (self._refused, refused)):
            shown.setText(text)
            shown.setVisible(bool(text))
        self._button.setAccessibleDescription(refused or result or ABOUT)
        self.told.emit()


def words_of(report: FitReport) -> str:
    """Return what a fit found, in plain words."""
    losses = f"{report.log_loss_before:.4f} now, {report.log_loss_after:.4f} with the fitted ones"
    errors = f"{report.rmse_before:.2%} now, {report.rmse_after:.2%} with the fitted ones"
    ending = "Save takes them over; no due date changes." if report.improved else "Nothing will change."
    return "\n".join(
        (
            f"Learnt from {counted(report.reviews, 'answer')}. {report.message}",
            f"Surprise per answer (log loss): {losses}.",
            f"Error of the foretold recall (RMSE): {errors}. Lower is better.",
            ending,
            *report.warnings,
        )
    )
