"""The form in which a note is written: a box for each field, tags, deck, and the keys of the editor.

Fields hold HTML. Enter begins a new line on the card too; what is pasted as plain text shows as it was copied.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from mlsd_cards.domain.notes import NoteType, NoteTypeKind
from mlsd_cards.ui.actions import spec
from mlsd_cards.ui.widgets import Combo, button, label

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import NoteView
    from mlsd_cards.study.new_media import NewMedia

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]+|#\d+);|\{\{c\d+::")
_CLOZE = re.compile(r"\{\{c(\d+)::")
_OPEN_PRE = re.compile(r"<(/?)pre\b", re.IGNORECASE)
_MOST_LINES = 9

Dropped = list[str] | QImage


class FieldEdit(QPlainTextEdit):
    """One field, as high as its text up to some lines."""

    brought = Signal(object)  # paths of dropped or pasted files, or a picture

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"field{name}")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._fit)
        self._fit()

    def html(self) -> str:
        """Return the text of the field."""
        return self.toPlainText()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the height to lines that break elsewhere now."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text, files and pictures."""
        return source.hasImage() or source.hasUrls() or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Hand files and pictures on; plain text keeps its looks, markup stays markup."""
        paths = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if paths:
            self.brought.emit(paths)
        elif source.hasImage() and not source.hasText():
            self.brought.emit(QImage(source.imageData()))
        else:
            self.insertPlainText(as_html(source.text()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin a new line on the card too by Enter; with Shift only here."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and not self._in_code():
            self.insertPlainText("<br>\n")
        else:
            super().keyPressEvent(event)

    def wrap(self, before: str, after: str) -> None:
        """Put `before` and `after` around what is chosen, which stays chosen."""
        cursor = self.textCursor()
        text = cursor.selectedText().replace("\u2029", "\n")
        start = cursor.selectionStart() + len(before)
        cursor.insertText(f"{before}{text}{after}")
        cursor.setPosition(start)
        cursor.setPosition(start + len(text), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _in_code(self) -> bool:
        """Whether the cursor is within `<pre>`, where lines end by themselves."""
        found = _OPEN_PRE.findall(self.toPlainText()[: self.textCursor().position()])
        return bool(found) and not found[-1]

    def _fit(self) -> None:
        lines = round(self.document().size().height())  # this kind of document counts its height in lines
        self.setFixedHeight(min(max(lines, 1), _MOST_LINES) * self.fontMetrics().lineSpacing() + 26)


class NoteForm(QWidget):
    """Fields, tags and deck of one note. It says when it is edited and when it is to be saved, and writes nothing."""

    edited = Signal()
    save_wanted = Signal()
    media_wanted = Signal()  # a file is to be chosen
    brought = Signal(object)  # paths or a picture, for the field with the keyboard

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[FieldEdit] = []
        self.media: list[NewMedia] = []
        self._type: NoteType | None = None
        self._before: tuple[tuple[str, ...], tuple[str, ...], str] = ((), (), "")
        self._filling = False
        self._last: FieldEdit | None = None
        self._acts: dict[str, Callable[[], object]] = {
            "editor_save": self.save_wanted.emit,
            "editor_bold": lambda: self._wrap("<b>", "</b>"),
            "editor_italic": lambda: self._wrap("<i>", "</i>"),
            "editor_underline": lambda: self._wrap("<u>", "</u>"),
            "editor_cloze": self.add_cloze,
            "editor_cloze_same": lambda: self.add_cloze(same=True),
            "editor_formula": lambda: self._wrap("\\(", "\\)"),
            "editor_media": self.media_wanted.emit,
        }
        self._keys = {
            QKeySequence(key).toString(): act for name, act in self._acts.items() for key in spec(name).keys
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._tools())
        layout.addSpacing(10)
        self._boxes = QVBoxLayout()
        self._boxes.setSpacing(4)
        layout.addLayout(self._boxes)
        self._warning = label("", "alert", wrap=True)
        self._warning.setObjectName("noteWarning")
        self._warning.hide()
        layout.addWidget(self._warning)
        self._add_rest(layout)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self._tool_buttons = {}
        for name, text in (
            ("editor_bold", "B"),
            ("editor_italic", "I"),
            ("editor_underline", "U"),
            ("editor_cloze", "[…]"),
            ("editor_formula", "ƒ"),
            ("editor_media", "Media…"),
        ):
            row_of = spec(name)
            made = button(text, "tool", name, f"{row_of.tip or row_of.text} ({row_of.keys[0]})")
            made.setAccessibleName(row_of.text.rstrip("…"))
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _checked=False, act=self._acts[name]: act())
            self._tool_buttons[name] = made
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _add_rest(self, layout: QVBoxLayout) -> None:
        layout.addSpacing(8)
        self._tags = QLineEdit()
        self._tags.setObjectName("noteTags")
        self._tags.setPlaceholderText("none; several with blanks between")
        self._deck = Combo()
        self._deck.setObjectName("noteDeck")
        self._deck.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._deck.setMinimumContentsLength(12)
        for text, box in (("Tags", self._tags), ("Deck", self._deck)):
            name = label(text, "small")
            name.setBuddy(box)
            box.setAccessibleName(text)
            layout.addWidget(name)
            layout.addSpacing(4)
            layout.addWidget(box)
            layout.addSpacing(8)
            box.installEventFilter(self)
        self._tags.textChanged.connect(self._edited)
        self._deck.currentTextChanged.connect(self._edited)

    # -- what is in it -------------------------------------------------------------------------------

    def show_note(self, view: "NoteView", decks: Sequence[str]) -> None:
        """Show a note to be changed."""
        self._fill(view.note_type, view.note.fields, view.note.tags, view.deck, decks)

    def show_draft(
        self, note_type: NoteType, texts: Sequence[str], tags: Sequence[str], deck: str, decks: Sequence[str]
    ) -> None:
        """Show a note that is yet to be added."""
        self._fill(note_type, texts, tags, deck, decks)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the fields, in order."""
        return tuple(field.html() for field in self.fields)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, each once."""
        return tuple({tag.casefold(): tag for tag in reversed(self._tags.text().split())}.values())[::-1]

    @property
    def deck(self) -> str:
        """Whole name of the chosen deck."""
        return self._deck.currentText()

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from what was shown first."""
        before, tags, deck = self._before
        same_tags = {tag.casefold() for tag in tags} == {tag.casefold() for tag in self.tags}
        return before != self.texts or not same_tags or deck != self.deck

    def changed_texts(self) -> dict[str, str]:
        """Return the changed fields by name."""
        if self._type is None:
            return {}
        both = zip(self._type.field_names, self._before[0], self.texts, strict=True)
        return {name: after for name, before, after in both if before != after}

    def tag_changes(self) -> list[str]:
        """Return `+x` for each tag that was put on and `-x` for each taken off."""
        before = {tag.casefold(): tag for tag in self._before[1]}
        after = {tag.casefold(): tag for tag in self.tags}
        gone = [f"-{tag}" for key, tag in before.items() if key not in after]
        return gone + [f"+{tag}" for key, tag in after.items() if key not in before]

    def new_deck(self) -> str | None:
        """Return the deck to which the cards are to go, if it was changed."""
        return self.deck if self.deck != self._before[2] else None

    def rebase(self) -> None:
        """Take what is written for what was shown first, because it is saved now."""
        self._before = (self.texts, self.tags, self.deck)
        self.media = []

    def keep_media(self, media: "list[NewMedia]") -> None:
        """Keep files that wait for the note, after the form was filled anew."""
        self.media = media

    def warn(self, sentence: str) -> None:
        """Show a remark under the fields; empty for none."""
        self._warning.setText(sentence)
        self._warning.setVisible(bool(sentence))

    def take_focus(self) -> None:
        """Give the keyboard to the first field."""
        if self.fields:
            self.fields[0].setFocus()

    def _fill(
        self,
        note_type: NoteType,
        texts: Sequence[str],
        tags: Sequence[str],
        deck: str,
        decks: Sequence[str],
    ) -> None:
        self._filling = True
        if self._type is None or self._type.field_names != note_type.field_names:
            self._make_boxes(note_type.field_names)
        self._type = note_type
        for field, text in zip(self.fields, texts, strict=True):
            field.setPlainText(text)
            field.document().setModified(False)
        self._tags.setText(" ".join(tags))
        self._deck.clear()
        self._deck.addItems(list(decks) if deck in decks or not deck else [deck, *decks])
        self._deck.setCurrentText(deck)
        is_cloze = note_type.kind is NoteTypeKind.CLOZE
        self._tool_buttons["editor_cloze"].setVisible(is_cloze)
        self.media = []
        self.warn("")
        # A text box knows one sign for the end of a line: what it holds is compared, not what was given.
        self._before = (self.texts, tuple(tags), self.deck)
        self._filling = False

    def _make_boxes(self, names: Sequence[str]) -> None:
        while item := self._boxes.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.fields, self._last = [], None
        for name in names:
            field = FieldEdit(name)
            field.textChanged.connect(self._edited)
            field.brought.connect(lambda what, field=field: self._bring(field, what))
            field.installEventFilter(self)
            title = label(name, "small")
            title.setBuddy(field)
            self._boxes.addWidget(title)
            self._boxes.addWidget(field)
            self.fields.append(field)
        for first, second in zip(self.fields, [*self.fields[1:], self._tags], strict=True):
            QWidget.setTabOrder(first, second)

    def _edited(self) -> None:
        if not self._filling:
            self.edited.emit()

    # -- writing -------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys of the editor act in every box, before boxes or screens take them."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, FieldEdit):
            self._last = watched
        if isinstance(event, QKeyEvent) and event.type() in (
            QEvent.Type.ShortcutOverride,
            QEvent.Type.KeyPress,
        ):
            act = self._keys.get(QKeySequence(event.keyCombination()).toString())
            if act is not None:
                self._last = watched if isinstance(watched, FieldEdit) else self._last
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    act()
                return True
        return False

    def _bring(self, field: FieldEdit, what: Dropped) -> None:
        self._last = field
        self.brought.emit(what)

    def insert(self, text: str) -> None:
        """Write `text` at the cursor of the field that had the keyboard last."""
        if (field := self._last or next(iter(self.fields), None)) is not None:
            field.insertPlainText(text)

    def add_cloze(self, *, same: bool = False) -> None:
        """Make what is chosen a deletion with the next number, or with the highest so far (`same`)."""
        if self._type is not None and self._type.kind is NoteTypeKind.CLOZE:
            used = [int(number) for text in self.texts for number in _CLOZE.findall(text)]
            highest = max(used, default=0)
            self._wrap(f"{{{{c{max(highest, 1) if same else highest + 1}::", "}}")

    def _wrap(self, before: str, after: str) -> None:
        if (field := self._last or next(iter(self.fields), None)) is not None:
            field.wrap(before, after)
            field.setFocus()


def as_html(text: str) -> str:
    """Return copied text for a field: as it is where it holds markup, else so that it shows as it was copied."""
    if _MARKUP.search(text):
        return text
    return escape(text.replace("\r\n", "\n"), quote=False).replace("\n", "<br>\n")


def picture_bytes(image: QImage) -> bytes:
    """Return a picture as a PNG file; empty if it cannot be written."""
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return bytes(kept.data()) if image.save(buffer, "PNG") else b""  # type: ignore[call-overload]
