"""The one table of actions: menus, tooltips, shortcuts, the page of keys and README list come from it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from mlsd_cards.ui.theme import FLAG_NAMES

EVERYWHERE = "everywhere"
SCREEN_TITLES = {
    EVERYWHERE: "Everywhere",
    "today": "Today",
    "review": "Review",
    "decks": "Decks",
    "import": "Import",
    "browse": "Browse",
    "editor": "Editor",
}
"""Screens that have keys of their own, in the order of the page of keys."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One act: its name in the table, its words, its keys (the first is shown) and the screen where it works.

    `presses` marks keys that press the focused button where there is one. `repeats`: a held key acts again.
    `menu` puts the act into its screen's menu, by `submenu` into a part of it; `name` is a fixed object name.
    """

    id: str
    text: str
    keys: tuple[str, ...]
    screen: str = EVERYWHERE
    tip: str = ""
    menu: bool = False
    submenu: str = ""
    presses: bool = False
    repeats: bool = False
    name: str = ""


def _flags(screen: str, prefix: str = "") -> tuple[ActionSpec, ...]:
    return tuple(
        ActionSpec(
            f"{prefix}flag{number}",
            f"{color} flag",
            (f"Ctrl+{number}",),
            screen,
            f"Set the {color.lower()} flag, or take it off",
            menu=True,
            submenu="Flag",
        )
        for number, color in enumerate(FLAG_NAMES)
        if number
    )


_BROWSE = (
    ActionSpec("browse_find", "Search", ("Ctrl+F",), "browse", "Write a search"),
    ActionSpec("browse_next", "Next card", ("Ctrl+N",), "browse"),
    ActionSpec("browse_previous", "Previous card", ("Ctrl+P",), "browse"),
    ActionSpec("browse_edit", "Edit note…", ("E",), "browse", "Edit the note in a window", menu=True),
    ActionSpec("browse_preview", "Preview", ("Ctrl+Shift+P",), "browse", "See the card as it is asked"),
    ActionSpec("browse_sides", "Names to search by", ("Ctrl+Shift+R",), "browse", "Decks, tags, states"),
    ActionSpec("browse_all", "Choose all cards", ("Ctrl+Alt+A",), "browse"),
    ActionSpec("browse_invert", "Choose all others", ("Ctrl+Alt+S",), "browse"),
    ActionSpec("browse_suspend", "Suspend, or bring back", ("Ctrl+J", "@"), "browse", menu=True),
    ActionSpec(
        "browse_bury", "Bury until tomorrow, or bring back", ("Ctrl+Shift+J", "-"), "browse", menu=True
    ),
    ActionSpec("browse_mark", "Mark, or take the mark off", ("Ctrl+K", "*"), "browse", menu=True),
    *_flags("browse", "browse_"),
    ActionSpec("browse_deck", "Change deck…", ("Ctrl+D",), "browse", menu=True),
    ActionSpec("browse_add_tags", "Add tags…", ("Ctrl+Shift+A",), "browse", menu=True),
    ActionSpec("browse_remove_tags", "Remove tags…", ("Ctrl+Alt+Shift+A",), "browse", menu=True),
    ActionSpec("browse_due", "Set due date…", ("Ctrl+Shift+D",), "browse", menu=True),
    ActionSpec("browse_forget", "Forget", ("Ctrl+Alt+N",), "browse", "Make the cards new again", menu=True),
    ActionSpec(
        "browse_grade",
        "Grade now…",
        ("Ctrl+Shift+G",),
        "browse",
        "Answer the cards as if reviewed",
        menu=True,
    ),
    ActionSpec("browse_info", "Card info", ("I",), "browse", menu=True),
    ActionSpec(
        "browse_delete",
        "Delete notes",
        ("Ctrl+Del",),
        "browse",
        "Delete the notes with all their cards",
        menu=True,
    ),
)
_EDITOR = (
    ActionSpec("editor_save", "Save or add", ("Ctrl+Return", "Ctrl+Enter"), "editor"),
    ActionSpec("editor_bold", "Bold", ("Ctrl+B",), "editor"),
    ActionSpec("editor_italic", "Italic", ("Ctrl+I",), "editor"),
    ActionSpec("editor_underline", "Underlined", ("Ctrl+U",), "editor"),
    ActionSpec("editor_cloze", "Cloze deletion", ("Ctrl+Shift+C",), "editor", "Hide the chosen words"),
    ActionSpec("editor_cloze_same", "Cloze deletion of the same number", ("Ctrl+Alt+Shift+C",), "editor"),
    ActionSpec("editor_formula", "Formula", ("Ctrl+M",), "editor"),
    ActionSpec("editor_media", "Picture or sound…", ("F3",), "editor", "Insert a picture, a sound or a film"),
)

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("today", "Today", ("T", "Alt+1"), tip="What is due"),
    ActionSpec("decks", "Decks", ("D", "Alt+2"), tip="All decks"),
    ActionSpec("browse", "Browse", ("B", "Alt+3"), tip="Search, edit and sort out cards"),
    ActionSpec("search", "Search", ("/",), tip="Search all cards"),
    ActionSpec("add", "Add a note…", ("A",), tip="Write a note of your own"),
    ActionSpec(
        "import", "Import a deck…", ("Ctrl+Shift+I",), tip="See what a deck file holds, and bring it in"
    ),
    ActionSpec("export", "Export…", ("Ctrl+Shift+E",), tip="Write decks to a file that Anki opens"),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), tip="Take the last act back", name="undoAction"),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z",), tip="Do again what was undone", name="redoAction"),
    ActionSpec("zoom_in", "Larger card text", ("Ctrl++", "Ctrl+="), repeats=True),
    ActionSpec("zoom_out", "Smaller card text", ("Ctrl+-",), repeats=True),
    ActionSpec("zoom_reset", "Card text as designed", ("Ctrl+0",)),
    ActionSpec("full_screen", "Full screen", ("F11",)),
    ActionSpec("help", "All keys", ("?", "F1"), tip="Show every key"),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), tip="Close the window; every answer is already saved"),
    ActionSpec("start", "Start review", ("Space",), "today", "Study what is due", presses=True),
    ActionSpec("good", "Show the answer, then Good", ("Space", "Return", "Enter"), "review", presses=True),
    ActionSpec("again", "Again", ("1",), "review", "You did not know it"),
    ActionSpec("hard", "Hard", ("2",), "review", "You knew it with effort"),
    ActionSpec("good_key", "Good", ("3",), "review", "You knew it"),
    ActionSpec("easy", "Easy", ("4",), "review", "You knew it at once"),
    ActionSpec("undo_key", "Undo", ("U",), "review", "Take the last answer back"),
    ActionSpec("replay", "Replay sound", ("R", "F5"), "review", menu=True),
    ActionSpec("bury_card", "Bury card until tomorrow", ("-",), "review", menu=True),
    ActionSpec("bury_note", "Bury note until tomorrow", ("=",), "review", menu=True),
    ActionSpec("suspend_card", "Suspend card", ("@",), "review", menu=True),
    ActionSpec("suspend_note", "Suspend note", ("!",), "review", menu=True),
    ActionSpec(
        "mark", "Mark note", ("*",), "review", "Put the tag “marked” on the note, or take it off", menu=True
    ),
    *_flags("review"),
    ActionSpec("edit_note", "Edit note…", ("E",), "review", "Change the text of this note", menu=True),
    ActionSpec("due", "Set due date…", ("Ctrl+Shift+D",), "review", "Say when this card comes", menu=True),
    ActionSpec("forget", "Forget", ("Ctrl+Alt+N",), "review", "Make this card new again", menu=True),
    ActionSpec(
        "grade_now", "Grade now…", ("Ctrl+Shift+G",), "review", "Answer without seeing the answer", menu=True
    ),
    ActionSpec("info", "Card info", ("I",), "review", "State, due date and every past answer", menu=True),
    ActionSpec(
        "report",
        "Report or improve…",
        ("Ctrl+Alt+I",),
        "review",
        "A text about this card for the people who write the deck",
        menu=True,
    ),
    ActionSpec(
        "delete_note", "Delete note", ("Ctrl+Del",), "review", "Delete the note with its cards", menu=True
    ),
    ActionSpec(
        "options", "Deck options…", ("O",), "review", "Limits and intervals of this card's deck", menu=True
    ),
    ActionSpec("custom", "Custom study…", ("C",), "review", "Study beyond today's list", menu=True),
    ActionSpec("more", "More", ("M",), "review", "What else can be done with this card"),
    ActionSpec("scroll_down", "Scroll the card down", ("Down", "PgDown"), "review", repeats=True),
    ActionSpec("scroll_up", "Scroll the card up", ("Up", "PgUp"), "review", repeats=True),
    ActionSpec("leave", "Back to Today", ("Esc",), "review"),
    ActionSpec("deck_options", "Options…", ("O",), "decks", "Limits and intervals of the chosen deck"),
    ActionSpec("custom_study", "Custom study…", ("C",), "decks", "Study beyond today's list"),
    ActionSpec(
        "filtered_deck", "New filtered deck…", ("F",), "decks", "A deck that borrows what a search finds"
    ),
    ActionSpec("rebuild_deck", "Rebuild filtered deck", ("R",), "decks", "Let it borrow its cards anew"),
    ActionSpec("empty_deck", "Empty filtered deck", ("E",), "decks", "Send its cards home"),
    ActionSpec(
        "get_decks", "Get decks…", ("G",), "decks", "Public decks for this field, and how good they are"
    ),
    ActionSpec("leave_import", "Back", ("Esc",), "import", "Leave without importing"),
    *_BROWSE,
    *_EDITOR,
)


def spec(name: str) -> ActionSpec:
    """Return the row of the table called `name`."""
    return next(row for row in ACTIONS if row.id == name)


def clashes(rows: tuple[ActionSpec, ...] = ACTIONS) -> list[str]:
    """Return one line for each key that two acts claim on the same screen."""
    found: list[str] = []
    for screen in SCREEN_TITLES:
        owner: dict[str, str] = {}
        for row in rows:
            if row.screen not in (screen, EVERYWHERE):
                continue
            for key in row.keys:
                text = QKeySequence(key).toString()
                if text in owner:
                    found.append(f"{screen}: {key} is both “{owner[text]}” and “{row.id}”")
                owner[text] = row.id
    return found


def keys_as_markdown() -> str:
    """Return the tables of keys for the README, one for each screen; the acts of a part of a menu share a row."""
    tables: list[str] = []
    for screen, title in SCREEN_TITLES.items():
        lines = [f"| {title} | |", "| --- | --- |"]
        parts: dict[str, list[ActionSpec]] = {}
        for row in ACTIONS:
            if row.screen == screen:
                parts.setdefault(row.submenu or row.id, []).append(row)
        for name, rows in parts.items():
            keys = ", ".join(f"`{key}`" for key in rows[0].keys)
            alone = len(rows) == 1
            text = rows[0].text.rstrip("…") if alone else name
            lines.append(f"| {keys if alone else f'{keys} … `{rows[-1].keys[0]}`'} | {text} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


class Actions(QObject):
    """The actions of one window. Only those of the shown screen and of every screen listen to keys."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        self._blocked = False
        self._screen = ""
        for row in ACTIONS:
            self._actions[row.id] = self._make(row, window)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def on(self, name: str, act: Callable[[], object]) -> None:
        """Do `act` when the action called `name` is triggered."""
        row = spec(name)
        self._actions[name].triggered.connect(lambda _checked=False: self._run(row, act))

    def enter(self, screen: str) -> None:
        """Let the keys of `screen` work, and those of no other."""
        self._screen = screen
        self._update()

    def block(self, blocked: bool) -> None:
        """Stop all acts but help, full screen, cancelling and quitting while a long job writes."""
        self._blocked = blocked
        self._update()

    def menu(self, screen: str, parent: QWidget) -> QMenu:
        """Return the menu of `screen`."""
        made = QMenu(parent)
        parts: dict[str, QMenu] = {"": made}
        for row in ACTIONS:
            if row.screen == screen and row.menu:
                if row.submenu not in parts:
                    parts[row.submenu] = made.addMenu(row.submenu)
                parts[row.submenu].addAction(self._actions[row.id])
        return made

    def _make(self, row: ActionSpec, window: QWidget) -> QAction:
        action = QAction(row.text, window)
        action.setObjectName(row.name or f"action_{row.id}")
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(row.repeats)
        action.setToolTip(
            f"{row.tip or row.text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
        )
        action.setEnabled(False)
        window.addAction(action)
        return action

    def _update(self) -> None:
        for row in ACTIONS:
            here = row.screen in (self._screen, EVERYWHERE)
            free = not self._blocked or row.id in ("help", "full_screen", "quit", "leave_import")
            self._actions[row.id].setEnabled(here and free)

    def _run(self, row: ActionSpec, act: Callable[[], object]) -> None:
        focused = QApplication.focusWidget()
        if (
            row.presses
            and isinstance(focused, QAbstractButton)
            and focused.isEnabled()
            and focused.isVisible()
        ):
            focused.click()
        elif not (_types_text(focused) and any(len(key) == 1 for key in row.keys)):
            act()


def _types_text(widget: QWidget | None) -> bool:
    """Whether letters typed into `widget` are its own."""
    editor = isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit) and not widget.isReadOnly()
    return editor or isinstance(widget, QAbstractSpinBox | QComboBox)
