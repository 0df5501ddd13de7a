"""Deck options: the settings of a deck's preset in plain words, with what they lead to, saved as one act."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mlsd_cards.study import preset_preview
from mlsd_cards.study.preset_preview import DeckPreset
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.preset_fit import FitRow
from mlsd_cards.ui.dialogs.preset_limits import LIMIT_TITLES, LimitsRow
from mlsd_cards.ui.dialogs.preset_more import MORE_FIELDS, MORE_TITLES, EasyDaysRow
from mlsd_cards.ui.dialogs.preset_parts import FIELDS, TITLES, FieldRow, Preview
from mlsd_cards.ui.dialogs.progress import open_if_slow
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import button, label

SIZE = (700, 760)
_ALL_TITLES = TITLES | MORE_TITLES | LIMIT_TITLES


def open_preset(ctx: AppContext, deck: str, parent: QWidget, saved: Callable[[], object]) -> None:
    """Open the options of a deck over `parent`; `saved` is called after they were changed."""

    def show(preset: DeckPreset) -> None:
        if not parent.isVisible() or QApplication.activeModalWidget() is not None:
            return  # something else has come up meanwhile
        dialog = PresetDialog(ctx, preset, parent)
        dialog.saved.connect(saved)
        dialog.outdated.connect(
            lambda: QTimer.singleShot(0, parent, lambda: open_preset(ctx, deck, parent, saved))
        )
        dialog.open()

    ctx.jobs.read_soon(
        lambda _progress: preset_preview.deck_preset(ctx.col, deck),
        "Reading the options",
        show,
        ctx.messages.error,
    )


class PresetDialog(QDialog):
    """Options of one deck. Nothing is written before Save; `saved` follows when something was."""

    saved = Signal()
    outdated = Signal()  # the deck may have another preset now; the dialog has closed

    def __init__(self, ctx: AppContext, preset: DeckPreset, parent: QWidget) -> None:
        super().__init__(parent)
        self._ctx, self._preset = ctx, preset
        self._saving = False
        self._asked = 0  # grows with each question; only the answer to the newest counts
        self.setObjectName("presetDialog")
        self.setWindowTitle("Deck options")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(SIZE[0], parent.width() - 60), min(SIZE[1], parent.height() - 60))
        first_page = [FieldRow(field, preset.options) for field in FIELDS]
        self._scheduler, self._first_page = first_page[0], len(first_page)
        self.rows: list[FieldRow | EasyDaysRow] = [*first_page]
        self.rows += [FieldRow(field, preset.options) for field in MORE_FIELDS]
        self.rows.append(EasyDaysRow(preset.options))
        self._limits = LimitsRow(preset.limits)
        self._fit = FitRow(ctx, preset.deck)
        self._preview = Preview()
        self._trouble = TroubleLine("presetTrouble")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addLayout(self._header())
        reach = label(reach_of(preset), "muted", wrap=True)
        reach.setObjectName("presetReach")
        reach.setToolTip("\n".join((*preset.changed, *preset.left)[:30]))
        layout.addWidget(reach)
        layout.addWidget(self._form(), 1)
        layout.addWidget(self._preview)
        layout.addWidget(self._trouble)
        layout.addLayout(self._buttons())
        for row in self.rows:
            row.edited.connect(self._edited)
        self._limits.edited.connect(self._edited)
        self._fit.edited.connect(self._edited)
        self._fit.told.connect(lambda: self._bring_into_sight(self._fit))
        self._edited()
        self.rows[1].input.setFocus()

    def reject(self) -> None:
        """Close without a change; not while one is being written."""
        if not self._saving:
            super().reject()

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(label("Deck options", "title"))
        row.addStretch(1)
        presets = button("Presets…", name="presetsButton", tip="Share, copy, rename or reset sets of options")
        presets.clicked.connect(self._open_presets)
        row.addWidget(presets)
        return row

    def _open_presets(self) -> None:
        from mlsd_cards.ui.dialogs.presets import PresetsDialog

        if self._changes():
            self._trouble.say("Save or cancel what you changed here first.")
            return
        acts: list[bool] = []
        dialog = PresetsDialog(self._ctx, self._preset.deck, self)
        dialog.acted.connect(lambda: acts.append(True))
        dialog.finished.connect(lambda _result: self._begin_again() if acts else None)
        dialog.open()

    def _begin_again(self) -> None:
        """Close, and be opened anew on what the options are now."""
        self.accept()
        self.saved.emit()
        self.outdated.emit()

    def _form(self) -> QScrollArea:
        inside = QWidget()
        inside.setObjectName("page")
        form = QVBoxLayout(inside)
        form.setContentsMargins(0, 0, 14, 0)
        form.setSpacing(2)
        self._more = button("More settings", name="presetMore", tip="Orders, eases, spreading, easy days")
        self._more.clicked.connect(self._show_more)
        for place, row in enumerate(self.rows):
            if place == self._first_page:
                form.addSpacing(8)
                form.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
            form.addWidget(row)
            if row.field.key == "reviews_per_day":
                form.addWidget(self._limits)
            if row.field.key == "desired_retention":
                form.addWidget(self._fit)
        form.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        return self._scroll

    def _show_more(self) -> None:
        """Show the settings of the second page under those of the first, for as long as the dialog is open."""
        self._more.hide()
        self._edited()
        first = next(row for row in self.rows[self._first_page :] if not row.isHidden())
        first.input.setFocus()
        self._bring_into_sight(first)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        cancel = button("Cancel", name="presetCancel")
        cancel.clicked.connect(self.reject)
        self._save_button = button("Save", "primary", "presetSave")
        self._save_button.setDefault(True)
        self._save_button.clicked.connect(self._save)
        row.addWidget(cancel)
        row.addWidget(self._save_button)
        return row

    def _changes(self) -> dict[str, str]:
        """Return what was changed among the settings that count for the chosen scheduler."""
        rows: tuple[FieldRow | EasyDaysRow | LimitsRow | FitRow, ...] = (*self.rows, self._limits, self._fit)
        return {key: text for row in rows if not row.isHidden() for key, text in row.changes().items()}

    def _edited(self) -> None:
        """Show the settings that count, what is wrong with them, and what they lead to."""
        scheduler = self._scheduler.text
        for place, row in enumerate(self.rows):
            counts = not row.field.schedulers or scheduler in row.field.schedulers
            row.setVisible(counts and (place < self._first_page or self._more.isHidden()))
        self._fit.setVisible(scheduler == "fsrs")
        changes = self._changes()
        wrong = preset_preview.problems(changes, _ALL_TITLES)
        for row in self.rows:
            row.show_problem(wrong.get(row.field.key, ""))
        self._limits.show_problems(wrong)
        self._trouble.say("")
        self._asked += 1
        if wrong:
            self._preview.show_intervals(())
            return
        number, options = self._asked, self._preset.options
        self._ctx.jobs.read_soon(
            lambda _progress: preset_preview.preview(options, changes),
            "Working out the intervals",
            lambda found: self._preview.show_intervals(found) if number == self._asked else None,
            lambda error: self._failed(error) if number == self._asked else None,
        )

    def done(self, result: int) -> None:
        """Close; answers that are still on their way come to nothing."""
        self._asked += 1
        super().done(result)

    def _save(self) -> None:
        changes = self._changes()
        wrong = preset_preview.problems(changes, _ALL_TITLES)
        if wrong:
            faulty = next((row.input for row in self.rows if row.field.key in wrong), None)
            faulty = faulty or next(self._limits.lines[key] for key in wrong)
            faulty.setFocus()
            self._bring_into_sight(faulty)
            return
        if not changes:
            self.accept()
            return
        self._set_saving(True)
        col, deck = self._ctx.col, self._preset.deck
        job = self._ctx.jobs.write(
            lambda progress: preset_preview.change_options(col, deck, changes, progress), "Saving the options"
        )
        open_if_slow(job, self)
        job.done.connect(self._written)
        job.failed.connect(self._failed)
        job.cancelled.connect(lambda: self._set_saving(False))

    def _bring_into_sight(self, row: QWidget) -> None:
        QTimer.singleShot(0, row, lambda: self._scroll.ensureWidgetVisible(row))

    def _written(self, _result: object) -> None:
        self._set_saving(False)
        self.accept()
        self.saved.emit()
        self._ctx.messages.say("Options saved", "Undo", self._ctx.actions["undo"].trigger)

    def _failed(self, error: Exception) -> None:
        self._set_saving(False)
        self._trouble.tell(error, self._ctx.messages)

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._save_button.setEnabled(not saving)
        self._save_button.setText("Saving…" if saving else "Save")


def reach_of(preset: DeckPreset) -> str:
    """Return a sentence or two on which decks a change reaches, and which others share the options now."""
    name = preset.deck.replace("::", " › ")
    others = (
        f" and {counted(len(preset.changed), 'other deck')} with the same options" if preset.changed else ""
    )
    said = f"For {name}{others}."
    if preset.left:
        kept = "keeps" if len(preset.left) == 1 else "keep"
        said += f" {_listed(preset.left)} had them too and {kept} them as they are."
    return said


def _listed(names: tuple[str, ...]) -> str:
    """Return one or two names; of more, their number."""
    if len(names) > 2:
        return counted(len(names), "other deck")
    return " and ".join(name.replace("::", " › ") for name in names)
