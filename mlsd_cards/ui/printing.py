"""A page of cards as a PDF file, drawn by the same engine and under the same rules as the cards themselves."""

import json
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, Qt, QTemporaryDir, QTimer, Signal
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtWebEngineCore import QWebEngineScript

from mlsd_cards.domain.errors import InputError, MlsdError
from mlsd_cards.study.printing import SHEET, Sheets, put_in_place
from mlsd_cards.ui.card_view import CardView
from mlsd_cards.ui.theme import Theme

_LOOK_MS = 60
_MOST_LOOKS = 500  # half a minute
_MARGIN_MM = 14
_STATE = """(() => {
  const root = document.getElementById("card").shadowRoot;
  const images = [...root.querySelectorAll("img")];
  return JSON.stringify([root.querySelectorAll(".pair").length, images.every((image) => image.complete)]);
})()"""


class PdfPrinter(QObject):
    """Draws `sheets` and writes them to `target`; ends with `done` or `failed` and deletes itself."""

    done = Signal(int)  # bytes
    failed = Signal(object)

    def __init__(self, sheets: Sheets, target: Path, media_dir: Path, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._sheets, self._target = sheets, target
        self._folder = QTemporaryDir()
        self._looks = 0
        self._view = CardView(media_dir, theme)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._view.ready.connect(self._show)
        self._view.broken.connect(self._fail)
        if self._view.is_ready:
            self._show()

    def _show(self) -> None:
        page = self._view.page()
        page.setBackgroundColor(Qt.GlobalColor.white)
        world = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
        page.runJavaScript("document.documentElement.style.scrollbarGutter = 'auto'", world)
        self._view.show_side(self._sheets.page, SHEET, 0)
        self._timer.start()

    def _look(self) -> None:
        """Print once all cards and pictures are there."""
        self._looks += 1
        if self._looks > _MOST_LOOKS:
            self._fail("The cards could not be drawn in time: choose fewer of them.")
            return
        world = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
        self._view.page().runJavaScript(_STATE, world, self._told)

    def _told(self, state: object) -> None:
        if (
            self._timer.isActive()
            and isinstance(state, str)
            and json.loads(state) == [self._sheets.cards, True]
        ):
            self._timer.stop()
            page = self._view.page()
            page.pdfPrintingFinished.connect(self._printed)
            margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
            layout = QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                margins,
                QPageLayout.Unit.Millimeter,
            )
            page.printToPdf(self._folder.filePath("cards.pdf"), layout)

    def _printed(self, path: str, worked: bool) -> None:
        if not worked:
            self._fail("The pages could not be made.")
            return
        try:
            octets = put_in_place(Path(path), self._target)
        except MlsdError as error:
            self._end()
            self.failed.emit(error)
            return
        self._end()
        self.done.emit(octets)

    def _fail(self, sentence: str) -> None:
        self._end()
        self.failed.emit(InputError(sentence))

    def _end(self) -> None:
        self._timer.stop()
        self._view.shut_down()
        self.deleteLater()
