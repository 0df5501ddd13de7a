"""Import: says what a file holds and what is unsafe in it before anything is written; then progress, undo.

A file passes through four states: being read, ready to be imported, being imported, done. A file that cannot
be read shows why, and the next one follows.
"""

from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import Cancelled, MlsdError
from mlsd_cards.domain.exchange import ImportReport, TextOptions
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.jobs import Job
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.import_page import ImportPage
from mlsd_cards.ui.screens.import_parts import CONFLICTS, done_text, links, study_deck
from mlsd_cards.ui.screens.import_queue import READING, READY, SKIPPED, WRITING

if TYPE_CHECKING:
    from mlsd_cards.study.import_preview import ImportPreview

FILTERS = (
    "Deck files (*.apkg *.colpkg *.anki2 *.anki21 *.anki21b *.csv *.tsv *.txt *.json *.cards *.xml *.db *.mem "
    "*.yaml *.yml *.md);;All files (*)"
)


class State(Enum):
    """How far the file is."""

    READING = auto()
    READY = auto()
    WRITING = auto()
    DONE = auto()
    REFUSED = auto()


class ImportScreen(Screen):
    """Brings in one or several deck files, one after the other."""

    name = "import"

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
        self._files: list[Path] = []
        self._number = 0
        self._state = State.REFUSED
        self._job: Job | None = None
        self._preview: ImportPreview | None = None
        self._report: ImportReport | None = None
        self._page = ImportPage(self, ctx, self._read_again)
        self._page.confirm.clicked.connect(self._confirm)
        self._page.cancel.clicked.connect(self.cancel)
        self._page.undo.clicked.connect(self._undo)
        ctx.actions.on("leave_import", self.cancel)

    @property
    def state(self) -> State:
        """How far the file is."""
        return self._state

    def enter(self, argument: object) -> None:
        """Start with the files that `argument` lists; while one is being written they follow after it."""
        files = [Path(name) for name in argument] if isinstance(argument, list) else []
        if self._state is State.WRITING:
            self._files += files
            self._page.queue.set_files([path.name for path in self._files])
            return
        self._drop_job()
        self._files, self._number = files, 0
        self._page.queue.set_files([])
        self._page.queue.set_files([path.name for path in files])
        self._next_file()

    def leave(self) -> None:
        """Stop reading; what is being written goes on to its end."""
        if self._state is State.READING:
            self._drop_job()
        self._page.samples.shut_down()

    def cancel(self) -> None:
        """Stop what is going on, with nothing half done, or leave."""
        if self._state is State.WRITING:
            if self._job is not None:
                self._page.busy("Stopping; nothing will be kept of it")
                self._job.cancel()
            return
        self._drop_job()
        if self._state in (State.READY, State.READING) and self._has_more():
            self._say(SKIPPED)
            self._advance()
        else:
            self.ctx.show_screen("decks" if self._state is State.DONE else "today")

    # -- the states ----------------------------------------------------------------------------------

    def _next_file(self) -> None:
        if self._number >= len(self._files):
            self.ctx.show_screen("today")
            return
        path = self._files[self._number]
        self._state = State.READING
        self._report = None
        self._page.start(path.name, self._number + 1, len(self._files))
        self._preview = None
        self._say(READING)
        self._read(path, TextOptions())

    def _read(self, path: Path, text: TextOptions) -> None:
        from mlsd_cards.study import import_preview, importing

        choices = importing.ImportChoices(text=text)
        job = self._job = self.ctx.jobs.read(
            lambda progress: import_preview.preview(self.ctx.col, path, choices=choices, progress=progress),
            f"Reading {path.name}",
        )
        job.progressed.connect(self._page.progress)
        job.done.connect(self._inspected)
        job.failed.connect(self._refused)

    def _read_again(self, text: TextOptions) -> None:
        """Read a text file as the user now says."""
        if self._state in (State.READY, State.READING, State.REFUSED):
            self._drop_job()
            self._state = State.READING
            self._page.busy("Reading the file")
            self._read(self._files[self._number], text)

    def _inspected(self, preview: "ImportPreview") -> None:
        if self._state is not State.READING or self.sender() is not self._job:
            return
        again = self._preview is not None
        self._state, self._preview = State.READY, preview
        self._page.show_preview(preview, again=again)
        self._say(READY)
        if again:
            return
        self._page.confirm.setFocus()
        if self._number and self._page.queue.all.isChecked():
            self._write()

    def _refused(self, error: Exception) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        self._state = State.REFUSED
        more = self._has_more()
        if not isinstance(error, MlsdError | Cancelled):
            self.ctx.messages.bug(error)
            sentence = "The program failed on this file; nothing was written."
        else:
            sentence = str(error)
        self._say(sentence, trouble=True)
        self._page.refuse(sentence, more=more)
        if more and self._preview is None:
            self._advance()

    def _confirm(self) -> None:
        match self._state:
            case State.READY:
                self._write()
            case State.DONE:
                if self._has_more():
                    self._advance()
                else:
                    deck = study_deck(self._report.deck_names) if self._report else None
                    self.ctx.show_screen("review", deck)
            case State.REFUSED:
                if self._has_more():
                    self._advance()
                else:
                    self.ctx.actions["import"].trigger()
            case State.READING | State.WRITING:
                pass

    def _write(self) -> None:
        path = self._files[self._number]
        from mlsd_cards.study import importing

        scheduling = self._page.with_progress
        choices = importing.ImportChoices(deck=self._page.deck_name, text=self._page.text.options)
        self._say(WRITING)
        self._state = State.WRITING
        self._page.write()
        job = self._job = self.ctx.jobs.write(
            lambda progress: importing.import_file(
                self.ctx.col, path, scheduling=scheduling, choices=choices, progress=progress
            ),
            f"Importing {path.name}",
        )
        job.progressed.connect(self._page.progress)
        job.done.connect(self._imported)
        job.failed.connect(self._refused)
        job.cancelled.connect(self._cancelled)

    def _imported(self, report: ImportReport) -> None:
        self._job = None
        self._state = State.DONE
        self._report = report
        self._say(done_text(report))
        self._page.show_done(
            done_text(report),
            report.warnings,
            more=self._has_more(),
            links=links(report),
            follow=self._follow,
        )
        self._page.confirm.setFocus()
        self.ctx.jobs.write(
            lambda progress: self.ctx.col.finish_import(progress),
            "Preparing the search",
            holds_window=False,
        )
        if self._has_more() and self._page.queue.all.isChecked():
            self._advance()

    def _follow(self, search: str) -> None:
        """Show the cards that a line of the report tells of, or settle the conflicts."""
        if search == CONFLICTS and self._report is not None:
            from mlsd_cards.ui.dialogs.conflicts import open_conflicts

            open_conflicts(self.ctx, self.window(), self._report.note_ids.get("conflicts"))
        else:
            self.ctx.show_screen("browse", search)

    def _cancelled(self) -> None:
        self._job = None
        if self._preview is not None:
            self._state = State.READY
            self._page.queue.all.setChecked(False)
            self._page.show_preview(self._preview, again=True)
            self._say(READY)
            self.ctx.messages.say("Import cancelled; nothing was written")

    def _undo(self) -> None:
        self.ctx.actions["undo"].trigger()

    def undone(self) -> None:
        """Offer the file again after its import was taken back; what came after it may be taken back before."""
        if self._state is State.DONE and self.ctx.col.redo_label == Op.IMPORT:
            self._next_file()

    def _say(self, words: str, *, trouble: bool = False) -> None:
        self._page.queue.say(self._number, words, trouble=trouble)

    def _has_more(self) -> bool:
        return self._number + 1 < len(self._files)

    def _advance(self) -> None:
        self._number += 1
        self._next_file()

    def _drop_job(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()


def ask_for_files(parent: QWidget, folder: str) -> QFileDialog:
    """Return an open dialog that chooses deck files; connect its `filesSelected`."""
    dialog = QFileDialog(parent, "Import a deck", folder, FILTERS)
    dialog.setObjectName("importFileDialog")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.open()
    return dialog
