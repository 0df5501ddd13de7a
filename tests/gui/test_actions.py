"""The table of actions: no key means two things, and everything in it is described."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QLineEdit, QMainWindow, QPushButton, QVBoxLayout, QWidget

from mlsd_cards.ui.actions import ACTIONS, SCREEN_TITLES, Actions, ActionSpec, clashes, keys_as_markdown, spec
from mlsd_cards.ui.widgets import Combo


def test_no_key_is_used_twice_on_one_screen():
    assert clashes() == []


def test_a_key_used_twice_is_noticed_on_the_screen_and_against_the_keys_of_everywhere():
    twice = (ActionSpec("a", "A", ("X",), "review"), ActionSpec("b", "B", ("Shift+Y", "x"), "review"))
    assert clashes(twice) == ["review: x is both “a” and “b”"]
    against_all = (ActionSpec("a", "A", ("Ctrl+Z",)), ActionSpec("b", "B", ("Ctrl+Z",), "today"))
    assert clashes(against_all) == ["today: Ctrl+Z is both “a” and “b”"]
    apart = (ActionSpec("a", "A", ("Esc",), "review"), ActionSpec("b", "B", ("Esc",), "import"))
    assert clashes(apart) == []


def test_every_row_has_keys_that_exist_a_known_screen_and_an_own_name():
    for row in ACTIONS:
        assert row.keys
        assert row.screen in SCREEN_TITLES
        for key in row.keys:
            assert QKeySequence(key).toString(), key
    assert len({row.id for row in ACTIONS}) == len(ACTIONS)


def test_the_keys_that_anki_users_know():
    wanted = {
        "good": {"Space", "Return", "Enter"},
        "again": {"1"},
        "hard": {"2"},
        "good_key": {"3"},
        "easy": {"4"},
        "undo": {"Ctrl+Z"},
        "undo_key": {"U"},
        "redo": {"Ctrl+Shift+Z"},
        "bury_card": {"-"},
        "bury_note": {"="},
        "suspend_card": {"@"},
        "suspend_note": {"!"},
        "mark": {"*"},
        "flag7": {"Ctrl+7"},
        "info": {"I"},
        "replay": {"R", "F5"},
        "more": {"M"},
        "leave": {"Esc"},
        "delete_note": {"Ctrl+Del"},
        "import": {"Ctrl+Shift+I"},
        "export": {"Ctrl+Shift+E"},
        "help": {"?", "F1"},
        "browse": {"B", "Alt+3"},
        "add": {"A"},
        "edit_note": {"E"},
        "browse_find": {"Ctrl+F"},
        "browse_next": {"Ctrl+N"},
        "browse_previous": {"Ctrl+P"},
        "browse_deck": {"Ctrl+D"},
        "browse_add_tags": {"Ctrl+Shift+A"},
        "browse_delete": {"Ctrl+Del"},
        "editor_cloze": {"Ctrl+Shift+C"},
    }
    assert {name: set(spec(name).keys) for name in wanted} == wanted


def test_the_readme_lists_the_keys_of_every_action():
    text = keys_as_markdown()
    for row in ACTIONS:
        if not row.submenu:
            assert f"`{row.keys[0]}`" in text
            assert row.text.rstrip("…") in text
    assert "| `Ctrl+1` … `Ctrl+7` | Flag |" in text
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"<!-- keys -->\n{text}\n<!-- end keys -->" in readme


class Harness:
    """A window with the actions, a button, a line and two boxes of choices."""

    def __init__(self, qtbot):
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.actions = Actions(self.window)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        self.button, self.line, self.plain, self.combo = (
            QPushButton("Other"),
            QLineEdit(),
            QComboBox(),
            Combo(),
        )
        for box in (self.plain, self.combo):
            box.addItems(["apple", "date", "tomato"])
        for widget in (self.button, self.line, self.plain, self.combo):
            layout.addWidget(widget)
        self.window.setCentralWidget(inside)
        self.done = []
        for name in ("today", "decks", "good", "again", "mark"):
            self.actions.on(name, lambda name=name: self.done.append(name))
        with qtbot.waitExposed(self.window):
            self.window.show()
        qtbot.waitUntil(self.window.isActiveWindow)

    def press(self, qtbot, key, widget=None):
        target = widget or self.window
        if widget:
            widget.setFocus()
        qtbot.keyClick(target, key)
        found, self.done = self.done, []
        return found


def test_keys_act_only_on_their_screen(qtbot):
    harness = Harness(qtbot)
    harness.actions.enter("review")
    assert harness.press(qtbot, Qt.Key.Key_1) == ["again"]
    assert harness.press(qtbot, Qt.Key.Key_T) == ["today"]
    harness.actions.enter("decks")
    assert harness.press(qtbot, Qt.Key.Key_1) == []
    assert harness.press(qtbot, Qt.Key.Key_T) == ["today"]


def test_letters_stay_with_the_field_that_is_typed_into(qtbot):
    harness = Harness(qtbot)
    harness.actions.enter("review")
    assert harness.press(qtbot, Qt.Key.Key_D, harness.line) == []
    assert harness.line.text() == "d"
    assert harness.press(qtbot, Qt.Key.Key_D, harness.plain) == []
    assert harness.press(qtbot, Qt.Key.Key_D, harness.combo) == []
    assert harness.combo.currentText() == "date"


def test_space_presses_the_focused_button_instead(qtbot):
    harness = Harness(qtbot)
    harness.actions.enter("review")
    harness.button.clicked.connect(lambda: harness.done.append("button"))
    assert harness.press(qtbot, Qt.Key.Key_Space, harness.button) == ["button"]
    assert harness.press(qtbot, Qt.Key.Key_Return, harness.button) == ["button"]
    harness.button.setEnabled(False)
    harness.window.setFocus()
    assert harness.press(qtbot, Qt.Key.Key_Space) == ["good"]


def test_while_a_job_writes_only_harmless_keys_work(qtbot):
    harness = Harness(qtbot)
    harness.actions.enter("review")
    harness.actions.block(True)
    assert harness.press(qtbot, Qt.Key.Key_1) == []
    assert harness.press(qtbot, Qt.Key.Key_T) == []
    assert harness.actions["help"].isEnabled()
    harness.actions.block(False)
    assert harness.press(qtbot, Qt.Key.Key_1) == ["again"]


def test_the_menu_holds_what_the_table_says(qtbot):
    harness = Harness(qtbot)
    menu = harness.actions.menu("review", harness.window)
    texts = [action.text() for action in menu.actions()]
    assert texts[:2] == ["Replay sound", "Bury card until tomorrow"]
    flags = next(action.menu() for action in menu.actions() if action.menu())
    assert len(flags.actions()) == 7
