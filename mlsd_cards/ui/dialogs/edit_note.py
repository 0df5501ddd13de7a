"""Writes a note, old or new, in a window of its own, with the card beside it as it will be asked."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import MlsdError, NotFound
from mlsd_cards.domain.notes import NoteId, NoteType
from mlsd_cards.study import browsing
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.dialogs.unsaved import UnsavedDialog
from mlsd_cards.ui.media_insert import MediaInsert
from mlsd_cards.ui.note_form import NoteForm
from mlsd_cards.ui.preview import CardPreview
from mlsd_cards.ui.widgets import Combo, button, label

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import Faces, NoteView

SIZE = (980, 680)
PREVIEW_MS = 150


def edit_note(
    ctx: AppContext,
    note: NoteId,
    parent: QWidget,
    *,
    card: CardId | None = None,
    saved: Callable[[], object] | None = None,
) -> "EditDialog | None":
    """Open a note over `parent`, with `card` as its preview; `saved` is called after it was changed."""
    try:
        view = browsing.note_view(ctx.col, note)
    except NotFound as error:
        ctx.messages.error(error)
        return None
    dialog = EditDialog(ctx, view, card, parent, saved)
    dialog.open()
    return dialog


def add_note(ctx: AppContext, parent: QWidget) -> "AddDialog | None":
    """Open an empty note over `parent`."""
    types = list(browsing.note_types(ctx.col).values())
    decks = browsing.names(ctx.col).homes
    if not types or not decks:
        ctx.messages.say("Import a deck first: there is no note type and no deck yet")
        return None
    dialog = AddDialog(ctx, types, decks, parent)
    dialog.open()
    return dialog


class NoteDialog(QDialog):
    """What editing and adding share: the form, the preview, a line of buttons, and the question at the end."""

    def __init__(self, ctx: AppContext, title: str, confirm: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.ctx = ctx
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = NoteForm()
        self.preview = CardPreview(ctx, "noteCardView")
        self.media = MediaInsert(ctx, self.form, self)
        self._timer = self._waiting(self._update)
        self._trouble = TroubleLine("noteTrouble")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 20, 24, 20)
        self._layout.setSpacing(12)
        self._layout.addWidget(label(title, "title"))
        self._splitter = self._split()
        self._layout.addWidget(self._splitter, 1)
        self._layout.addWidget(self._trouble)
        self._layout.addLayout(self._buttons(confirm))
        self._restore(parent)
        self.form.save_wanted.connect(self.save)
        self.form.edited.connect(self._edited)

    # -- what the two do in their own way ------------------------------------------------------------

    def save(self) -> bool:
        """Write the note; whether that worked."""
        raise NotImplementedError

    def faces(self) -> "Faces | None":
        """Return the card as it will be asked."""
        raise NotImplementedError

    def duplicates(self) -> int:
        """Return how many other notes begin the same."""
        raise NotImplementedError

    # -- closing -------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Close; ask first where something is written that is not saved."""
        if self.form.is_changed:
            UnsavedDialog(self.save_and_close, super().reject, self).open()
        else:
            super().reject()

    def save_and_close(self) -> None:
        """Write the note and close."""
        if self.save() and self.isVisible():
            self.accept()

    def done(self, result: int) -> None:
        """Remember the sizes and give the preview up."""
        self._timer.stop()
        self.ctx.settings.setValue("editor/geometry", self.saveGeometry())
        self.ctx.settings.setValue("editor/splitter", self._splitter.saveState())
        self.preview.shut_down()
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Save by Ctrl+Enter wherever the keyboard is."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save()
        elif not enter or event.modifiers():
            super().keyPressEvent(event)

    # -- parts ---------------------------------------------------------------------------------------

    def _split(self) -> QSplitter:
        inside = QWidget()
        inside.setObjectName("page")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.addWidget(self.form)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        scroll.setMinimumWidth(300)
        self._page = layout
        frame = QFrame()
        frame.setProperty("role", "inset")
        right = QVBoxLayout(frame)
        right.setContentsMargins(8, 8, 8, 8)
        self._answer = QCheckBox("Show the answer too")
        self._answer.setObjectName("previewAnswer")
        self._answer.setAccessibleName(self._answer.text())
        self._answer.setChecked(True)
        self._answer.toggled.connect(lambda _on: self._show())
        right.addWidget(self.preview, 1)
        right.addWidget(self._answer)
        frame.setMinimumWidth(240)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(14)
        for number, part in enumerate((scroll, frame)):
            splitter.addWidget(part)
            splitter.setStretchFactor(number, 1)
        splitter.setSizes([SIZE[0] // 2, SIZE[0] // 2])
        return splitter

    def _buttons(self, confirm: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self._status = label("", "small")
        self._status.setObjectName("noteStatus")
        row.addWidget(self._status, 1)
        cancel = button("Close", name="noteCancel")
        cancel.clicked.connect(self.reject)
        self._save_button = button(confirm, "primary", "noteSave", f"{confirm} (Ctrl+Enter)")
        self._save_button.clicked.connect(self._confirm)
        row.addWidget(cancel)
        row.addWidget(self._save_button)
        return row

    def _confirm(self) -> None:
        self.save()

    def _restore(self, parent: QWidget) -> None:
        most = (parent.width() - 40, parent.height() - 40)
        self.resize(min(SIZE[0], most[0]), min(SIZE[1], most[1]))
        state = self.ctx.settings.value("editor/splitter")
        if isinstance(state, QByteArray):
            self._splitter.restoreState(state)
        kept = self.ctx.settings.value("editor/geometry")
        if isinstance(kept, QByteArray) and self.restoreGeometry(kept):
            self.resize(min(self.width(), most[0]), min(self.height(), most[1]))

    def _waiting(self, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(PREVIEW_MS)
        timer.timeout.connect(act)
        return timer

    def event(self, event: QEvent) -> bool:
        """Show the card once the window stands."""
        if event.type() == QEvent.Type.Show:
            self._timer.start()
        return super().event(event)

    def _edited(self) -> None:
        self._trouble.say("")
        self._status.setText("")
        self._timer.start()

    def _update(self) -> None:
        self._show()
        try:
            same = self.duplicates()
        except MlsdError:
            return
        also = f"{counted(same, 'other note')} of this type" if same else ""
        self.form.warn(f"{also} {'begins' if same == 1 else 'begin'} with the same text." if same else "")

    def _show(self) -> None:
        try:
            faces = self.faces()
        except MlsdError:
            faces = None
        if faces is not None:
            faces = self.media.with_waiting(faces)
        self.preview.show_faces(faces, answer=self._answer.isChecked())


class EditDialog(NoteDialog):
    """Changes one note."""

    def __init__(
        self,
        ctx: AppContext,
        view: "NoteView",
        card: CardId | None,
        parent: QWidget,
        saved: Callable[[], object] | None,
    ) -> None:
        super().__init__(ctx, "Edit note", "Save", parent)
        self.setObjectName("editDialog")
        self._view, self._card, self._saved = view, card, saved
        self.form.show_note(view, browsing.names(ctx.col).homes)
        self.form.take_focus()

    def save(self) -> bool:
        """Write what was changed as one act, and close."""
        form = self.form
        if not form.is_changed:
            self.accept()
            return True
        try:
            self.ctx.col.edit_note(
                self._view.note.id,
                fields=form.changed_texts(),
                tags=form.tag_changes(),
                deck=form.new_deck(),
                media=form.media,
            )
        except MlsdError as error:
            self._trouble.say(str(error))
            return False
        form.rebase()
        self.accept()
        if self._saved is not None:
            self._saved()
        self.ctx.messages.say("Note saved", "Undo", self.ctx.actions["undo"].trigger)
        return True

    def faces(self) -> "Faces | None":
        """Return the card as it will be asked."""
        if self._card is not None:
            return browsing.card_faces(self.ctx.col, self._card, self.form.texts)
        return browsing.draft_faces(self._view.note_type, self.form.texts, self.form.tags, self.form.deck)

    def duplicates(self) -> int:
        """Return how many other notes begin the same."""
        first = self.form.texts[0] if self.form.texts else ""
        return browsing.same_first_field(self.ctx.col, self._view.note_type.id, first, but=self._view.note.id)


class AddDialog(NoteDialog):
    """Adds notes, one after the other. Note type, deck and tags stay for the next."""

    def __init__(
        self, ctx: AppContext, types: Sequence[NoteType], decks: Sequence[str], parent: QWidget
    ) -> None:
        super().__init__(ctx, "Add a note", "Add", parent)
        self.setObjectName("addDialog")
        self._types, self._decks = {each.name: each for each in types}, decks
        self._box = Combo()
        self._box.setObjectName("noteType")
        self._box.setAccessibleName("Note type")
        self._box.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.addItems(list(self._types))
        name = label("Note type", "small")
        name.setBuddy(self._box)
        self._page.insertWidget(0, name)
        self._page.insertWidget(1, self._box)
        self._page.insertSpacing(2, 8)
        settings = ctx.settings
        plain = next((each for each in self._types if each.casefold() in ("basic", "mlsd-basic")), "")
        wanted = str(settings.value("editor/type", plain))
        self._box.setCurrentText(wanted if wanted in self._types else plain or next(iter(self._types)))
        deck = str(settings.value("editor/deck", ""))
        self._fill((), (), deck if deck in decks else decks[0])
        self._box.currentTextChanged.connect(self._change_type)
        self.form.take_focus()

    @property
    def note_type(self) -> NoteType:
        """The chosen note type."""
        return self._types[self._box.currentText()]

    def save(self) -> bool:
        """Add the note as one act, and begin the next."""
        form, kind = self.form, self.note_type
        try:
            self.ctx.col.add_note(
                dict(zip(kind.field_names, form.texts, strict=True)),
                note_type=kind.name,
                deck=form.deck,
                tags=form.tags,
                media=form.media,
            )
        except MlsdError as error:
            self._trouble.say(str(error))
            return False
        self.ctx.settings.setValue("editor/type", kind.name)
        self.ctx.settings.setValue("editor/deck", form.deck)
        kept = [text if field.sticky else "" for field, text in zip(kind.fields, form.texts, strict=True)]
        self._fill(kept, form.tags, form.deck)
        self._status.setText("Added. Write the next one, or close.")
        self._timer.start()
        form.take_focus()
        return True

    def save_and_close(self) -> None:
        """Add the note and close."""
        if self.save():
            self.accept()

    def faces(self) -> "Faces | None":
        """Return the first card that the note would make; nothing before something is written."""
        if not any(self.form.texts):
            return None
        return browsing.draft_faces(self.note_type, self.form.texts, self.form.tags, self.form.deck)

    def duplicates(self) -> int:
        """Return how many notes begin the same."""
        first = self.form.texts[0] if self.form.texts else ""
        return browsing.same_first_field(self.ctx.col, self.note_type.id, first)

    def _fill(self, texts: Sequence[str], tags: Sequence[str], deck: str) -> None:
        count = len(self.note_type.fields)
        padded = [*texts, *[""] * count][:count]
        self.form.show_draft(self.note_type, padded, tags, deck, self._decks)

    def _change_type(self, _name: str) -> None:
        media = self.form.media
        self._fill(self.form.texts, self.form.tags, self.form.deck)
        self.form.keep_media(media)
        self._timer.start()
