"""Exports from the window: the dialog, the job that writes, and what is said at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted, size
from mlsd_cards.ui.dialogs.export import PDF, PHONE, ExportDialog, Wish
from mlsd_cards.ui.dialogs.progress import ProgressDialog
from mlsd_cards.ui.jobs import Job

if TYPE_CHECKING:
    from mlsd_cards.domain.exchange import ExportReport
    from mlsd_cards.study.printing import Sheets

_SHOWN = 2  # warnings in the message at the end


class Exports:
    """Asks what to export and writes it, over the window `parent`."""

    def __init__(self, ctx: AppContext, parent: QWidget) -> None:
        self._ctx, self._parent = ctx, parent

    def ask(self, deck: str, folder: str, cards: Sequence[CardId] = ()) -> None:
        """Open the dialog; `deck` is chosen at first, or `cards` where there are some."""
        try:
            names = [row.name for row in self._ctx.col.deck_rows()]
        except MlsdError as error:
            self._ctx.messages.error(error)
            return
        if not names:
            self._ctx.messages.say("There are no cards to export yet")
            return
        dialog = ExportDialog(names, deck, folder, self._parent, cards=cards, count=self._count)
        dialog.chosen.connect(self.write)
        dialog.open()

    def _count(self, wish: Wish) -> Job:
        from mlsd_cards.study.export_preview import preview

        col = self._ctx.col
        return self._ctx.jobs.read(
            lambda progress: preview(
                col,
                deck=wish.deck or None,
                search=wish.search or None,
                cards=wish.cards,
                scheduling=wish.scheduling,
                media=wish.media,
                progress=progress,
            ),
            "Counting cards",
        )

    def write(self, wish: Wish, path: Path) -> None:
        """Write the cards to a file or folder; a file that is there stays whole until the new one is."""
        self._ctx.settings.setValue("folder", str(path.parent))
        if wish.form.suffix == PDF:
            self._print(wish, path)
            return
        col = self._ctx.col
        job = self._ctx.jobs.read(
            lambda progress: col.export(
                path,
                deck=wish.deck or None,
                search=wish.search or None,
                cards=wish.cards,
                scheduling=wish.scheduling,
                media=wish.media,
                presets=wish.presets,
                form="" if wish.form.suffix else "folder",
                progress=progress,
            ),
            f"Exporting {path.name}",
        )
        ProgressDialog(job, self._parent).open()
        job.done.connect(lambda report: self._written(wish, path, report))
        job.failed.connect(self._ctx.messages.error)
        job.cancelled.connect(lambda: self._ctx.messages.say("Export cancelled; no file was written"))

    def _print(self, wish: Wish, path: Path) -> None:
        from mlsd_cards.study.printing import sheets

        col = self._ctx.col
        job = self._ctx.jobs.read(
            lambda progress: sheets(
                col,
                deck=wish.deck or None,
                search=wish.search or None,
                cards=wish.cards,
                progress=progress,
            ),
            f"Exporting {path.name}",
        )
        ProgressDialog(job, self._parent).open()
        job.done.connect(lambda made: self._draw(made, path))
        job.failed.connect(self._ctx.messages.error)
        job.cancelled.connect(lambda: self._ctx.messages.say("Export cancelled; no file was written"))

    def _draw(self, made: "Sheets", path: Path) -> None:
        from mlsd_cards.ui.printing import PdfPrinter

        printer = PdfPrinter(made, path, self._ctx.col.media_dir, self._ctx.theme, self._parent)
        told = f"Wrote {path.name}: {counted(made.cards, 'card')}"
        printer.done.connect(lambda octets: self._ctx.messages.say(f"{told}, {size(octets)}."))
        printer.failed.connect(self._ctx.messages.error)

    def _written(self, wish: Wish, path: Path, report: "ExportReport") -> None:
        told = [f"Wrote {path.name}: {counted(report.cards, 'card')}, {size(report.bytes)}."]
        told += list(report.warnings)[:_SHOWN]
        if wish.form.said == PHONE:
            told.append(PHONE)
        self._ctx.messages.say(" ".join(told))
