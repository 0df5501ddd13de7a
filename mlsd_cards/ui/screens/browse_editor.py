"""The panel beside the found cards: the note's fields, edited in place, or the card as it is asked."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import MlsdError, NotFound
from mlsd_cards.study import browsing
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.media_insert import MediaInsert
from mlsd_cards.ui.note_form import NoteForm
from mlsd_cards.ui.preview import CardPreview
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import NoteView

PREVIEW_MS = 150
_NOTHING = "Choose a card to see and edit its note."


class BrowseEditor(QFrame):
    """Shows one card. What was written is saved, as one act, when another card is chosen or on Ctrl+Enter."""

    preview_shown = Signal(bool)

    def __init__(self, ctx: AppContext) -> None:
        super().__init__()
        self.ctx = ctx
        self.setObjectName("noteEditor")
        self.setProperty("role", "panel")
        self._card: CardId | None = None
        self._view: NoteView | None = None
        self.form = NoteForm()
        self.preview = CardPreview(ctx, "browseCardView")
        self._media = MediaInsert(ctx, self.form, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self._show_preview)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 20)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        self._stack = QStackedWidget()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._form_page())
        self._message = label(_NOTHING, "muted", wrap=True)
        self._message.setObjectName("browseMessage")
        self._message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._scroll = scroll
        for part in (scroll, self.preview, self._message):
            self._stack.addWidget(part)
        self._stack.setCurrentWidget(self._message)
        layout.addWidget(self._stack, 1)
        self.form.save_wanted.connect(self.save)
        self.form.edited.connect(self._edited)

    @property
    def is_changed(self) -> bool:
        """Whether something is written that is not saved."""
        return self._view is not None and self.form.is_changed

    def show_card(self, card: CardId | None, count: int) -> None:
        """Show the one chosen card, after saving what was written for the one before."""
        if self.is_changed and card == self._card:
            return
        if not self.save():
            return
        self._card = card if count == 1 else None
        view = self._read(self._card) if self._card is not None else None
        if view is None:
            self._view = None
            text = f"{counted(count, 'card')} chosen. What you do now is done to all of them."
            self._message.setText(text if count > 1 else _NOTHING)
        elif view != self._view:
            self._view = view
            self.form.show_note(view, browsing.names(self.ctx.col).homes)
        self._save.setEnabled(self.is_changed)
        self._update()

    def save(self) -> bool:
        """Save what was written as one act; whether it is safe to go on."""
        view = self._view
        if view is None or not self.form.is_changed:
            return True
        form = self.form
        try:
            self.ctx.col.edit_note(
                view.note.id,
                fields=form.changed_texts(),
                tags=form.tag_changes(),
                deck=form.new_deck(),
                media=form.media,
            )
        except NotFound as error:
            self.drop()
            self.ctx.messages.error(error)
            return True
        except MlsdError as error:
            self.ctx.messages.error(error)
            return False
        form.rebase()
        self._view = self._read(self._card) if self._card is not None else None
        self._save.setEnabled(False)
        self.ctx.messages.say("Note saved", "Undo", self.ctx.actions["undo"].trigger)
        return True

    def drop(self) -> None:
        """Forget what was written."""
        self._view = None

    def show_preview(self, shown: bool) -> None:
        """Show the card as it is asked, or its note."""
        (self._tabs[1] if shown else self._tabs[0]).setChecked(True)
        self._update()
        self.preview_shown.emit(shown)

    @property
    def previews(self) -> bool:
        """Whether the card is shown as it is asked."""
        return self._tabs[1].isChecked()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(label("Note", "heading"))
        row.addStretch(1)
        group = QButtonGroup(self)
        self._tabs = []
        for number, (text, name) in enumerate((("Edit", "browseEditTab"), ("Preview", "browsePreviewTab"))):
            made = button(text, "chip", name)
            made.setCheckable(True)
            made.setChecked(not number)
            made.clicked.connect(lambda _checked=False, shown=bool(number): self.show_preview(shown))
            group.addButton(made)
            self._tabs.append(made)
            row.addWidget(made)
        self._tabs[1].setToolTip(self.ctx.actions["browse_preview"].toolTip())
        return row

    def _form_page(self) -> QWidget:
        inside = QWidget()
        inside.setObjectName("formPage")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(8)
        layout.addWidget(self.form)
        self._save = button("Save", "primary", "browseSave", "Save the note (Ctrl+Enter)")
        self._save.clicked.connect(self.save)
        layout.addWidget(self._save, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        return inside

    def _read(self, card: CardId | None) -> "NoteView | None":
        try:
            return None if card is None else browsing.note_view(self.ctx.col, self.ctx.col.card(card).note_id)
        except NotFound:
            return None

    def _edited(self) -> None:
        self._save.setEnabled(self.is_changed)
        if self.previews:
            self._timer.start()

    def _update(self) -> None:
        shown = self._scroll if not self.previews else self.preview
        self._stack.setCurrentWidget(self._message if self._view is None else shown)
        if self.previews and self._view is not None:
            self._show_preview()

    def _show_preview(self) -> None:
        if self._card is None:
            return
        try:
            faces = browsing.card_faces(self.ctx.col, self._card, self.form.texts)
        except NotFound:
            return
        self.preview.show_faces(self._media.with_waiting(faces), answer=True)
