"""Presets: which there are and which decks share them; chosen, renamed, copied, reset and deleted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.domain.progress import Progress
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.ask_line import AskDialog
from mlsd_cards.ui.dialogs.progress import open_if_slow
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import Combo, button, label

if TYPE_CHECKING:
    from mlsd_cards.domain.decks import PresetId
    from mlsd_cards.study.presets import PresetUse

_NAMED = 3


class PresetsDialog(QDialog):
    """All presets, seen from one deck. Each act is written at once and is one undo step; `acted` follows."""

    acted = Signal()

    def __init__(self, ctx: AppContext, deck: str, parent: QWidget) -> None:
        from mlsd_cards.study import presets

        super().__init__(parent)
        self._ctx, self._deck, self._presets = ctx, deck, presets
        self._uses: tuple[PresetUse, ...] = ()
        self._working = False
        self.setObjectName("presetsDialog")
        self.setWindowTitle("Presets")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(min(560, parent.width() - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(label("Presets", "title"))
        layout.addWidget(label("A preset is a set of options that decks can share.", "muted", wrap=True))
        self._choice = Combo()
        self._choice.setView(QListView())  # takes the style sheet, which the native list does not
        self._choice.setObjectName("presetChoice")
        self._choice.setAccessibleName("Preset")
        self._choice.currentIndexChanged.connect(self._show_chosen)
        layout.addWidget(self._choice)
        self._shared = label("", "small", wrap=True)
        self._shared.setObjectName("presetShared")
        layout.addWidget(self._shared)
        layout.addLayout(self._acts())
        self._trouble = TroubleLine("presetsTrouble")
        layout.addWidget(self._trouble)
        row = QHBoxLayout()
        row.addStretch(1)
        close = button("Close", name="presetsClose")
        close.clicked.connect(self.reject)
        row.addWidget(close)
        layout.addSpacing(6)
        layout.addLayout(row)
        self._read(presets.preset_of(ctx.col, deck).id)

    def reject(self) -> None:
        """Close; not while something is being written."""
        if not self._working:
            super().reject()

    @property
    def chosen(self) -> "PresetUse":
        """The preset that is looked at."""
        return self._uses[self._choice.currentIndex()]

    def _acts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(10)
        self._use = button("Use for this deck", "primary", "presetUse")
        self._rename = button("Rename…", name="presetRename")
        self._copy = button("Duplicate", name="presetDuplicate")
        self._reset = button("Reset to defaults", name="presetReset", tip="All options but the scheduler")
        self._delete = button("Delete", name="presetDelete")
        grid.addWidget(self._use, 0, 0, 1, 2)
        places: tuple[tuple[QPushButton, Callable[[], None]], ...] = (
            (self._rename, self._ask_name),
            (self._copy, self._duplicate),
            (self._reset, self._set_back),
            (self._delete, self._remove),
        )
        for number, (made, act) in enumerate(places):
            grid.addWidget(made, 1 + number // 2, number % 2)
            made.clicked.connect(act)
        self._use.clicked.connect(self._use_it)
        return grid

    def _read(self, chosen: "PresetId | None" = None) -> None:
        """Show the presets as they are now."""
        wanted = chosen if chosen is not None else self.chosen.id
        self._uses = self._presets.all_presets(self._ctx.col)
        self._choice.blockSignals(True)
        self._choice.clear()
        for use in self._uses:
            self._choice.addItem(f"{use.name} · {counted(len(use.decks), 'deck')}" if use.decks else use.name)
        ids = [use.id for use in self._uses]
        self._choice.setCurrentIndex(ids.index(wanted) if wanted in ids else 0)
        self._choice.blockSignals(False)
        self._show_chosen()

    def _show_chosen(self) -> None:
        use = self.chosen
        self._shared.setText(shared_by(use.decks))
        self._shared.setToolTip("\n".join(use.decks[:30]))
        self._trouble.say("")
        self._enable()
        QTimer.singleShot(0, self, self.adjustSize)  # the words above may be longer than before

    def _enable(self) -> None:
        """Let the acts be chosen that can be done now."""
        use, own = self.chosen, self._presets.preset_of(self._ctx.col, self._deck)
        self._use.setText("Used by this deck" if use.id == own.id else "Use for this deck")
        for shown, can in (
            (self._choice, True),
            (self._use, use.id != own.id),
            (self._rename, True),
            (self._copy, True),
            (self._reset, True),
            (self._delete, not use.decks and not use.is_default),
        ):
            shown.setEnabled(can and not self._working)

    def _use_it(self) -> None:
        use, col, deck = self.chosen, self._ctx.col, self._deck
        self._do(lambda progress: self._presets.use(col, deck, use.id, progress), f"{use.name} is used now")

    def _ask_name(self) -> None:
        use, col = self.chosen, self._ctx.col

        def act(name: str) -> None:
            self._presets.rename(col, use.id, name)
            self._acted("Preset renamed")

        AskDialog("Rename preset", "Its new name:", act, self, confirm="Rename", text=use.name).open()

    def _duplicate(self) -> None:
        use, col = self.chosen, self._ctx.col
        try:
            copy = self._presets.duplicate(col, use.id)
        except MlsdError as error:
            self._trouble.say(str(error))
        else:
            self._acted(f"{copy.name} made", copy.id)

    def _set_back(self) -> None:
        use, col = self.chosen, self._ctx.col
        self._do(
            lambda progress: self._presets.reset(col, use.id, progress), f"{use.name} has its defaults again"
        )

    def _remove(self) -> None:
        use, col = self.chosen, self._ctx.col
        self._do(lambda _progress: self._presets.delete(col, use.id), f"{use.name} deleted")

    def _do(self, act: Callable[[Progress], object], said: str) -> None:
        """Write beside the interface: a deck of many cards may have to go on under another scheduler."""
        self._set_working(True)
        job = self._ctx.jobs.write(act, "Changing presets")
        open_if_slow(job, self)
        job.ended.connect(lambda: self._set_working(False))
        job.done.connect(
            lambda result: self._acted(said if result is not False else "All is at its defaults")
        )
        job.failed.connect(self._failed)

    def _set_working(self, working: bool) -> None:
        self._working = working
        self._enable()

    def _acted(self, said: str, chosen: "PresetId | None" = None) -> None:
        self._read(chosen)
        self.acted.emit()
        self._ctx.messages.say(said, "Undo", self._ctx.actions["undo"].trigger)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, MlsdError):
            self._read()
            self._trouble.say(str(error))
        else:
            self._ctx.messages.bug(error)


def shared_by(decks: tuple[str, ...]) -> str:
    """Return in words which decks use a preset."""
    if not decks:
        return "No deck uses it."
    names = [name.replace("::", " › ") for name in decks[:_NAMED]]
    more = len(decks) - _NAMED
    if more > 0:
        return f"Used by {', '.join(names)} and {counted(more, 'other deck')}."
    return f"Used by {' and '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)}."
