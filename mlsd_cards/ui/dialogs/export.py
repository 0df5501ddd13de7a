"""Export: which cards, in which form, with what, and into which file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.cards import CardId
from mlsd_cards.ui.dates import counted, size
from mlsd_cards.ui.jobs import Job
from mlsd_cards.ui.widgets import Combo, button, label

if TYPE_CHECKING:
    from mlsd_cards.study.export_preview import ExportPreview

_WAIT_MS = 250  # after the last key before the cards are counted
_FORBIDDEN = str.maketrans({sign: "-" for sign in '<>:"/\\|?*'})


class Form(NamedTuple):
    """A form in which cards are written. The flags say what it has room for."""

    text: str
    suffix: str  # empty: a folder
    progress: bool = False
    media: bool = False
    presets: bool = False
    whole: bool = False  # stands for the whole collection
    said: str = ""


PDF = ".pdf"
PHONE = "To a phone: send the file there and open it with AnkiDroid or AnkiMobile."
FORMS = (
    Form("Anki package (.apkg)", ".apkg", True, True, True, said=PHONE),
    Form("Text for spreadsheets (.csv)", ".csv"),
    Form(
        "Whole Anki collection (.colpkg)", ".colpkg", True, True, True, True,
        said="Anki opens it in place of the collection that it has.",
    ),
    Form("Folder of Markdown files", "", True, True, True, said="To edit in any editor and keep in git."),
    Form("Deck source (.yaml)", ".yaml", media=True),
    Form("Pages to print (.pdf)", PDF, said="Questions on the left, answers beside them."),
)  # fmt: skip


class Wish(NamedTuple):
    """What is to be written. `deck` and `search` are empty and `cards` is None where they do not choose."""

    form: Form
    deck: str = ""
    search: str = ""
    cards: Sequence[CardId] | None = None
    scheduling: bool = True
    media: bool = True
    presets: bool = True


Count = Callable[[Wish], Job]


class ExportDialog(QDialog):
    """Asks what is to be written and how, then where. `chosen` carries a `Wish` and the path.

    `cards` are those chosen on the browse screen, `count` starts a job that gives an `ExportPreview`.
    """

    chosen = Signal(object, Path)

    def __init__(
        self,
        decks: list[str],
        deck: str,
        folder: str,
        parent: QWidget,
        *,
        cards: Sequence[CardId] = (),
        count: Count | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(480)
        self._folder, self._cards, self._count = folder, cards, count
        self._job: Job | None = None
        self._deck = self._deck_list(decks, deck)
        self._search = QLineEdit()
        self._search.setObjectName("exportSearch")
        self._search.setAccessibleName("Search")
        self._search.setPlaceholderText("tag:serving is:due")
        self._form = _combo("exportFormat", "Form")
        for form in FORMS:
            self._form.addItem(form.text)
        self._progress = _box("With your learning progress", "exportProgressBox")
        self._media = _box("With pictures and sounds", "exportMediaBox")
        self._presets = _box("With the options of decks", "exportPresetsBox")
        self._estimate = label("", "small", wrap=True)
        self._estimate.setObjectName("exportEstimate")
        self._said = label("", "small", wrap=True)
        self._said.setObjectName("exportSaid")
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._look)
        self._form.currentIndexChanged.connect(self._changed)
        self._deck.currentIndexChanged.connect(self._changed)
        self._search.textChanged.connect(self._changed)
        for box in (self._progress, self._media, self._presets):
            box.toggled.connect(self._changed)
        self._changed()

    # -- parts ---------------------------------------------------------------------------------------

    def _deck_list(self, decks: list[str], deck: str) -> Combo:
        made = _combo("exportDeck", "Cards")
        if self._cards:
            made.addItem(f"The {counted(len(self._cards), 'chosen card')}", ("cards", ""))
        made.addItem("All decks", ("deck", ""))
        made.addItem("Cards that a search finds", ("search", ""))
        for name in decks:
            made.addItem(name.replace("::", " › "), ("deck", name))
        if len(self._cards) <= 1:  # one card is always chosen there
            made.setCurrentIndex(bool(self._cards) + (decks.index(deck) + 2 if deck in decks else 0))
        return made

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Export", "title"))
        for name, field in (("Cards", self._deck), ("", self._search), ("Form", self._form)):
            if name:
                caption = label(name, "small")
                caption.setBuddy(field)
                layout.addWidget(caption)
            layout.addWidget(field)
        layout.addWidget(self._said)
        layout.addSpacing(4)
        for box in (self._progress, self._media, self._presets):
            layout.addWidget(box)
        layout.addSpacing(4)
        layout.addWidget(self._estimate)
        layout.addSpacing(8)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        cancel = button("Cancel", name="exportCancel")
        cancel.clicked.connect(self.reject)
        self._save = button("Save as…", "primary", "exportSave")
        self._save.setDefault(True)
        self._save.clicked.connect(self._ask_where)
        row.addWidget(cancel)
        row.addWidget(self._save)
        return row

    @property
    def wish(self) -> Wish:
        """What is chosen now."""
        form = FORMS[self._form.currentIndex()]
        what, deck = self._deck.currentData()
        if form.whole:
            what, deck = "deck", ""
        return Wish(
            form=form,
            deck=deck,
            search=self._search.text().strip() if what == "search" else "",
            cards=self._cards if what == "cards" else None,
            scheduling=form.progress and self._progress.isChecked(),
            media=form.media and self._media.isChecked(),
            presets=form.presets and self._presets.isChecked(),
        )

    # -- changes -------------------------------------------------------------------------------------

    def _changed(self) -> None:
        form = FORMS[self._form.currentIndex()]
        what = self._deck.currentData()[0]
        self._deck.setEnabled(not form.whole)
        self._search.setVisible(what == "search" and not form.whole)
        self._progress.setEnabled(form.progress)
        self._media.setEnabled(form.media)
        self._presets.setEnabled(form.presets)
        self._said.setText(form.said)
        self._said.setVisible(bool(form.said))
        missing = what == "search" and not form.whole and not self._search.text().strip()
        self._save.setEnabled(not missing)
        self._estimate.setText("Write a search, as on the Browse screen." if missing else "Counting…")
        self._timer.stop()
        if self._count is None:
            self._estimate.setText("")
        elif not missing:
            self._timer.start()

    def _look(self) -> None:
        """Count what would be written; an answer that comes too late is not shown."""
        if self._job is not None:
            self._job.cancel()
        if self._count is not None:
            job = self._job = self._count(self.wish)
            job.done.connect(lambda found: self._show(job, found))
            job.failed.connect(lambda error: self._refused(job, error))

    def _show(self, job: Job, found: "ExportPreview") -> None:
        if job is not self._job:
            return
        parts = [counted(found.notes, "note"), counted(found.cards, "card")]
        if found.media:
            parts.append(counted(found.media, "media file"))
        told = f"{', '.join(parts)}; about {size(found.octets)}."
        self._estimate.setText(
            "\n".join([told, *found.warnings]) if found.cards else "There are no such cards."
        )
        self._save.setEnabled(bool(found.cards))

    def _refused(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._estimate.setText(str(error))
            self._save.setEnabled(False)

    def done(self, result: int) -> None:
        """Close, and stop counting."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    # -- where ---------------------------------------------------------------------------------------

    def _ask_where(self) -> None:
        wish = self.wish
        suffix = wish.form.suffix
        name = wish.deck.rpartition("::")[2].translate(_FORBIDDEN).strip(". ") or "ML SD Cards"
        kind = f"{suffix[1:]} (*{suffix})" if suffix else ""
        dialog = QFileDialog(self, "Export", str(Path(self._folder) / f"{name}{suffix}"), kind)
        dialog.setObjectName("exportFileDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if suffix:
            dialog.setDefaultSuffix(suffix[1:])
        else:
            dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # a folder is brought up to date
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.fileSelected.connect(lambda path: self._selected(wish, path))
        dialog.open()

    def _selected(self, wish: Wish, path: str) -> None:
        self.chosen.emit(wish, Path(path))
        self.accept()


def _combo(name: str, spoken: str) -> Combo:
    made = Combo()
    made.setView(QListView())  # takes the style sheet, which the native list does not
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    return made


def _box(text: str, name: str) -> QCheckBox:
    made = QCheckBox(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setChecked(True)
    return made
