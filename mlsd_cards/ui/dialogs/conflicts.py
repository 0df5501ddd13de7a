"""Conflicts of imports: the user's text and the author's side by side, and a choice for one field or for all."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.progress import open_if_slow
from mlsd_cards.ui.dialogs.trouble import TroubleLine
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study.conflicts import Key, OpenConflict

_LINE_ENDS = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LONGEST_COMPARED = 1500  # words of a text whose differences are marked


def open_conflicts(ctx: AppContext, parent: QWidget, note_ids: Iterable[int] | None = None) -> None:
    """Read the open conflicts, of all notes or of `note_ids`, beside the interface, and show them."""
    from mlsd_cards.study import conflicts

    wanted = None if note_ids is None else list(note_ids)

    def show(found: "tuple[OpenConflict, ...]") -> None:
        if found:
            ConflictsDialog(ctx, found, parent).open()
        else:
            ctx.messages.say("No conflict is open any more")

    ctx.jobs.read_soon(
        lambda _progress: conflicts.open_conflicts(ctx.col, wanted),
        "Reading the conflicts",
        show,
        ctx.messages.error,
    )


class ConflictsDialog(QDialog):
    """One conflict after the other. Every choice is written at once and is one undo step."""

    def __init__(self, ctx: AppContext, found: "Sequence[OpenConflict]", parent: QWidget) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._open = list(found)
        self._place = 0
        self._working = False
        self.setObjectName("conflictsDialog")
        self.setWindowTitle("Conflicts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(820, parent.width() - 40), min(500, parent.height() - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 22, 24, 20)
        layout.setSpacing(10)
        self._heading = label("", "title")
        self._heading.setObjectName("conflictsHeading")
        layout.addWidget(self._heading)
        words = "You changed these texts, and so did the author of the deck. Until you choose, yours stands."
        layout.addWidget(label(words, "muted", wrap=True))
        self._title = label("", "heading", wrap=True)
        self._title.setObjectName("conflictTitle")
        layout.addSpacing(4)
        layout.addWidget(self._title)
        layout.addLayout(self._texts(), 1)
        self._trouble = TroubleLine("conflictsTrouble")
        layout.addWidget(self._trouble)
        layout.addSpacing(6)
        layout.addLayout(self._foot())
        self._show_one()
        self._keep.setFocus()

    def reject(self) -> None:
        """Close; not while something is being written."""
        if not self._working:
            super().reject()

    # -- the parts -----------------------------------------------------------------------------------

    def _texts(self) -> QHBoxLayout:
        self._mine, self._keep = _text("conflictMine", "Your text"), button("Keep mine", name="conflictKeep")
        self._theirs = _text("conflictTheirs", "The author's text")
        self._take = button("Take theirs", name="conflictTake")
        self._keep.clicked.connect(lambda: self._settle(take=False))
        self._take.clicked.connect(lambda: self._settle(take=True))
        row = QHBoxLayout()
        row.setSpacing(16)
        for heading, text, made in (
            ("Yours", self._mine, self._keep),
            ("The author's", self._theirs, self._take),
        ):
            column = QVBoxLayout()
            column.setSpacing(8)
            column.addWidget(label(heading, "muted"))
            column.addWidget(text, 1)
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
            row.addLayout(column, 1)
        return row

    def _foot(self) -> QHBoxLayout:
        self._all = QCheckBox()
        self._all.setObjectName("conflictsAll")
        self._all.toggled.connect(self._say_how_many)
        self._back = button("Back", name="conflictsBack", tip="The conflict before this one")
        self._next = button("Next", name="conflictsNext", tip="The conflict after this one")
        self._back.clicked.connect(lambda: self._step(-1))
        self._next.clicked.connect(lambda: self._step(1))
        close = button("Decide later", name="conflictsClose", tip="Your texts stand until you choose")
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._all)
        row.addStretch(1)
        for made in (self._back, self._next, close):
            row.addWidget(made)
        return row

    # -- one conflict --------------------------------------------------------------------------------

    def _show_one(self) -> None:
        shown, total = self._open[self._place], len(self._open)
        self._heading.setText(f"Conflict {self._place + 1:,} of {total:,}" if total > 1 else "1 conflict")
        self._title.setText(f"{shown.field} of “{shown.title}”")
        mine, theirs = readable(shown.mine, shown.theirs)
        self._mine.setPlainText(mine)
        self._theirs.setPlainText(theirs)
        self._mark(mine, theirs)
        self._back.setEnabled(self._place > 0)
        self._next.setEnabled(self._place + 1 < total)
        for made in (self._back, self._next, self._all):
            made.setVisible(total > 1)
        self._all.setText(f"For all {total:,} conflicts")
        self._all.setAccessibleName(self._all.text())
        self._say_how_many()

    def _say_how_many(self) -> None:
        every = " in all" if self._all.isChecked() and len(self._open) > 1 else ""
        _name(self._keep, f"Keep mine{every}")
        _name(self._take, f"Take theirs{every}")

    def _mark(self, mine: str, theirs: str) -> None:
        """Colour what differs."""
        own, new = differences(mine, theirs)
        color = self._ctx.theme.tokens.color("accent_soft")
        for text, spans in ((self._mine, own), (self._theirs, new)):
            marks = []
            for first, last in spans:
                mark = QTextEdit.ExtraSelection()
                cursor = QTextCursor(text.document())
                cursor.setPosition(first)
                cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
                look = QTextCharFormat()
                look.setBackground(color)
                mark.cursor, mark.format = cursor, look
                marks.append(mark)
            text.setExtraSelections(marks)

    def _step(self, by: int) -> None:
        self._place = min(max(self._place + by, 0), len(self._open) - 1)
        self._show_one()

    # -- choosing ------------------------------------------------------------------------------------

    def _settle(self, *, take: bool) -> None:
        from mlsd_cards.study import conflicts

        chosen = self._open if self._all.isChecked() else [self._open[self._place]]
        keys: list[Key] = [each.key for each in chosen]
        act: Callable[..., int] = conflicts.take_theirs if take else conflicts.keep_mine
        self._set_working(True)
        job = self._ctx.jobs.write(lambda _progress: act(self._ctx.col, keys), "Settling conflicts")
        open_if_slow(job, self)
        job.ended.connect(lambda: self._set_working(False))
        job.done.connect(lambda _count: self._settled(set(keys), take=take))
        job.failed.connect(self._failed)
        job.settle_soon()

    def _settled(self, keys: "set[Key]", *, take: bool) -> None:
        self._open = [each for each in self._open if each.key not in keys]
        whose = "the author's text" if take else "your text"
        self._ctx.messages.say(
            f"{counted(len(keys), 'conflict')} settled with {whose}",
            "Undo",
            self._ctx.actions["undo"].trigger,
        )
        if not self._open:
            self._working = False
            self.accept()
            return
        self._place = min(self._place, len(self._open) - 1)
        self._show_one()

    def _failed(self, error: Exception) -> None:
        self._trouble.tell(error, self._ctx.messages)

    def _set_working(self, working: bool) -> None:
        self._working = working
        for made in (self._keep, self._take, self._all):
            made.setEnabled(not working)


def readable(mine: str, theirs: str) -> tuple[str, str]:
    """Return both texts without their markup; with it where they differ in nothing else."""
    shown = _plain(mine), _plain(theirs)
    return (mine, theirs) if shown[0] == shown[1] else shown


def differences(one: str, other: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the spans of signs of each text that the other does not have; none in long texts."""
    from difflib import SequenceMatcher

    words = _WORD.findall(one), _WORD.findall(other)
    if max(map(len, words)) > _LONGEST_COMPARED:
        return [], []
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    starts = [_starts(some) for some in words]
    for kind, *places in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if kind != "equal":
            for number, (first, last) in enumerate((places[:2], places[2:])):
                if first < last:
                    spans[number].append((starts[number][first], starts[number][last]))
    return spans


def _starts(words: Sequence[str]) -> list[int]:
    """Return where each word begins, as a text document counts: signs beyond the first plane are two."""
    places = [0]
    for word in words:
        places.append(places[-1] + len(word.encode("utf-16-le", "surrogatepass")) // 2)
    return places


def _plain(html: str) -> str:
    from mlsd_cards.rendering.text import strip_html

    return "\n".join(strip_html(line) for line in _LINE_ENDS.split(html)).strip()


def _text(name: str, words: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setObjectName(name)
    made.setAccessibleName(words)
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    return made


def _name(made: QPushButton, words: str) -> None:
    made.setText(words)
    made.setAccessibleName(words)
