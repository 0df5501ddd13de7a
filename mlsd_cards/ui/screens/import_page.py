"""The widgets of the import screen: what is inside, what is unsafe, a preview, options, progress, buttons."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.exchange import TextOptions
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.screens.base import page
from mlsd_cards.ui.screens.import_parts import CONFLICTS, content_rows, deck_names, safety_rows
from mlsd_cards.ui.screens.import_queue import QueuePanel
from mlsd_cards.ui.screens.import_samples import SampleCards
from mlsd_cards.ui.screens.import_text import TextPanel
from mlsd_cards.ui.widgets import Facts, button, label, panel

if TYPE_CHECKING:
    from mlsd_cards.study.import_preview import ImportPreview

_NOTHING_YET = "Nothing is written until you press Import. You can undo it afterwards."


class ImportPage:
    """Shows the state of one file; decides nothing."""

    def __init__(
        self, screen: QWidget, ctx: AppContext, choose_text: Callable[[TextOptions], object]
    ) -> None:
        self._ctx = ctx
        layout = page(screen, fitting=True)
        self._title = label("", "title", wrap=True)
        self._below = label(_NOTHING_YET, "muted", wrap=True)
        layout.addWidget(self._title)
        layout.addSpacing(4)
        layout.addWidget(self._below)
        layout.addSpacing(22)
        self.queue = QueuePanel()
        self.queue.hide()
        layout.addWidget(self.queue)
        self.text = TextPanel(choose_text)
        self.text.hide()
        layout.addWidget(self.text)
        self._columns = QWidget()
        columns = QHBoxLayout(self._columns)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(20)
        columns.addWidget(self._make_inside(), 1)
        columns.addWidget(self._make_safety(), 1)
        layout.addWidget(self._columns)
        self._refusal_panel = self._make_refusal()
        layout.addWidget(self._refusal_panel)
        layout.setContentsMargins(40, 32, 40, 0)
        foot = QVBoxLayout()
        foot.setContentsMargins(40, 22, 40, 14)
        foot.addWidget(self._make_foot())
        outer = screen.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.addLayout(foot)
        outer.addStretch(1)

    # -- what the user chose -------------------------------------------------------------------------

    @property
    def with_progress(self) -> bool:
        """Whether the learning progress that the file holds is wanted."""
        return self._has_progress and self._mine.isChecked()

    @property
    def deck_name(self) -> str:
        """The deck that takes the place of the file's decks; empty: as the file says."""
        return self._deck_edit.text().strip()

    # -- the states ----------------------------------------------------------------------------------

    def start(self, name: str, number: int, of: int) -> None:
        """Show that the file `name` is being read."""
        several = f" ({number} of {of})" if of > 1 else ""
        self._title.setText(f"Import “{name}”{several}")
        self._below.setText(_NOTHING_YET)
        self._columns.hide()
        self._refusal_panel.hide()
        self._links.hide()
        self.text.start()
        self._has_progress = False
        self._deck_edit.clear()
        self._buttons("Import", confirm=False)
        self.busy("Reading the file")

    def busy(self, text: str) -> None:
        """Show that something goes on whose end is not known."""
        self.bar.setRange(0, 0)
        self.bar.show()
        self._status.setText(text)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` units of `what` are finished."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._status.setText(f"{what} · {done:,} of {total:,}" if total else what)

    def show_preview(self, preview: "ImportPreview", *, again: bool = False) -> None:
        """Show what is in the file, ready to be imported; `again` after another choice, which keeps the others."""
        report = preview.report
        self._refusal_panel.hide()
        self._inside.set_rows(content_rows(report))
        self._safety.set_rows(safety_rows(report))
        self.samples.set_samples(preview.samples)
        self._has_progress = preview.has_progress
        self._progress.setVisible(preview.has_progress)
        if not again:
            (self._mine if preview.own else self._strangers).setChecked(True)
            self._deck_edit.setPlaceholderText(deck_names(report.deck_names) or "Default")
        if preview.table is not None:
            self.text.show_table(preview.table)
        self._show_warnings(report.warnings)
        self._columns.show()
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self._status.setText("Ready")
        self._buttons("Import", confirm=True)

    def write(self) -> None:
        """Show that the file is being imported."""
        self._buttons("Import", confirm=False)
        self._choices_enabled(False)
        self.cancel.setFocus()
        self.busy("Importing")

    def show_done(
        self,
        text: str,
        warnings: Sequence[str],
        *,
        more: bool,
        links: Sequence[tuple[str, str]] = (),
        follow: Callable[[str], object] = str,
    ) -> None:
        """Show what the import did; `links` are words and a search, which a click hands to `follow`."""
        self._show_links(links, follow)
        self._below.setText("Imported. You can undo it.")
        self.bar.setRange(0, 1)
        self.bar.setValue(1)
        self._status.setText(text)
        self._show_warnings(warnings)
        self._buttons("Next file" if more else "Study now", confirm=True, cancel="Close", undo=True)

    def refuse(self, sentence: str, *, more: bool) -> None:
        """Show why the file cannot be imported."""
        self._columns.hide()
        self.text.setEnabled(True)
        self._refusal.setText(sentence)
        self._below.setText("Nothing was written.")
        self._refusal_panel.show()
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.bar.hide()
        self._status.setText("")
        self._buttons("Next file" if more else "Choose another file…", confirm=True, cancel="Close")

    # -- making the parts ----------------------------------------------------------------------------

    def _buttons(self, text: str, *, confirm: bool, cancel: str = "Cancel", undo: bool = False) -> None:
        for made, words in ((self.confirm, text), (self.cancel, cancel)):
            made.setText(words)
            made.setAccessibleName(words)
        self.confirm.setEnabled(confirm)
        self.undo.setVisible(undo)
        self._choices_enabled(not undo)

    def _choices_enabled(self, enabled: bool) -> None:
        for part in (self._progress, self._deck_edit, self.text):
            part.setEnabled(enabled)

    def _make_inside(self) -> QFrame:
        frame, layout = panel("What is inside")
        self._inside = Facts(118)
        layout.addWidget(self._inside)
        layout.addSpacing(14)
        layout.addWidget(self._make_progress())
        self._deck_row = QWidget()
        row = QHBoxLayout(self._deck_row)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(12)
        name = label("Into deck")
        self._deck_edit = QLineEdit()
        self._deck_edit.setObjectName("importDeckEdit")
        self._deck_edit.setAccessibleName("Into deck")
        name.setBuddy(self._deck_edit)
        row.addWidget(name)
        row.addWidget(self._deck_edit, 1)
        layout.addWidget(self._deck_row)
        self._links = QWidget()
        self._link_rows = QVBoxLayout(self._links)
        self._link_rows.setContentsMargins(6, 10, 6, 0)
        self._link_rows.setSpacing(6)
        self._links.hide()
        layout.addWidget(self._links)
        layout.addStretch(1)
        return frame

    def _make_progress(self) -> QWidget:
        """Return the question whose learning progress the file holds."""
        self._has_progress = False
        self._progress = QWidget()
        column = QVBoxLayout(self._progress)
        column.setContentsMargins(6, 0, 6, 12)
        column.setSpacing(4)
        column.addWidget(label("The file holds learning progress. Whose is it?", "fact", wrap=True))
        self._mine = QRadioButton("Mine: go on where it stands")
        self._mine.setObjectName("importProgressMine")
        self._strangers = QRadioButton("Someone else's: start as new")
        self._strangers.setObjectName("importProgressNew")
        for made in (self._mine, self._strangers):
            made.setAccessibleName(made.text())
            column.addWidget(made)
        self._strangers.setChecked(True)
        return self._progress

    def _show_links(self, links: Sequence[tuple[str, str]], follow: Callable[[str], object]) -> None:
        while item := self._link_rows.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for number, (text, search) in enumerate(links):
            settles = search == CONFLICTS
            words, tip = (
                (f"Settle {text}…", "Compare your text and the author's, and choose one")
                if settles
                else (f"Show {text}", "See these cards in Browse")
            )
            made = button(words, "chip", f"importLink{number}", tip)
            made.clicked.connect(lambda _checked=False, search=search: follow(search))
            self._link_rows.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        self._links.setVisible(bool(links))

    def _make_safety(self) -> QFrame:
        frame, layout = panel("Safety")
        self._safety = Facts(100, shares=(10, 11))
        layout.addWidget(self._safety)
        layout.addSpacing(22)
        self.samples = SampleCards(self._ctx)
        layout.addWidget(self.samples)
        self._warnings_heading = label("", "heading")
        self._warnings = QPlainTextEdit()
        self._warnings.setObjectName("importWarnings")
        self._warnings.setAccessibleName("Warnings")
        self._warnings.setReadOnly(True)
        self._warnings.setFixedHeight(96)
        layout.addSpacing(16)
        layout.addWidget(self._warnings_heading)
        layout.addSpacing(8)
        layout.addWidget(self._warnings)
        layout.addStretch(1)
        return frame

    def _make_refusal(self) -> QFrame:
        frame, layout = panel("This file cannot be imported")
        self._refusal = label("", "", wrap=True)
        self._refusal.setObjectName("importRefusal")
        self._refusal.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self._refusal)
        frame.hide()
        return frame

    def _make_foot(self) -> QFrame:
        frame, layout = panel()
        self.bar = QProgressBar()
        self.bar.setObjectName("progressBar")
        self.bar.setAccessibleName("Progress")
        self.bar.setTextVisible(False)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        policy.setVerticalPolicy(QSizePolicy.Policy.Fixed)
        self.bar.setSizePolicy(policy)
        self._status = label("", "small", wrap=True)
        self._status.setObjectName("importStatus")
        self.undo = button("Undo", name="importUndoButton", tip="Take this import back")
        self.cancel = button("Cancel", name="importCancelButton")
        self.confirm = button("Import", "primary", "importConfirmButton")
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.bar)
        left.addWidget(self._status)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addLayout(left, 1)
        for made in (self.undo, self.cancel, self.confirm):
            row.addWidget(made)
        layout.addLayout(row)
        return frame

    def _show_warnings(self, warnings: Sequence[str]) -> None:
        self._warnings_heading.setText(counted(len(warnings), "warning"))
        self._warnings.setPlainText("\n".join(warnings))
        for part in (self._warnings_heading, self._warnings):
            part.setVisible(bool(warnings))
