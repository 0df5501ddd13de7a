"""The real window on a profile with the built-in decks, and hands to use it."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from mlsd_cards.study import FixedClock, parse_moment
from mlsd_cards.ui.app import build_window
from mlsd_cards.ui.main_window import MainWindow

NOW = "2026-11-24T10:00:00+01:00"
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Desk:
    """A window, its collection, and what a person does with them."""

    def __init__(self, qtbot, home: Path):
        self.qtbot = qtbot
        self.clock = FixedClock(parse_moment(NOW))
        window = build_window(home, self.clock)
        assert isinstance(window, MainWindow)
        self.window = window
        qtbot.addWidget(window)
        window.resize(1280, 820)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5000)

    def find(self, name: str, kind: type = QAbstractButton):
        found = self.window.findChild(kind, name)
        assert found is not None, name
        return found

    def key(self, key, modifier=NONE) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def until(self, true, timeout: int = 15_000) -> None:
        self.qtbot.waitUntil(true, timeout=timeout)

    def review(self) -> None:
        self.window.show_screen("review")
        self.until(lambda: self.window.review._view is not None and self.window.review._view.is_ready)

    @property
    def card(self) -> int:
        return self.window.review._card.card_id

    @property
    def toast(self) -> str:
        toast = self.find("toast", QWidget)
        return self.find("toastLabel", QLabel).text() if toast.isVisible() else ""

    @property
    def answers(self) -> int:
        return self.window.ctx.col.today().answered_today


def package(folder: Path, name: str, notes: int, deck: str = "Brought in") -> Path:
    """Write an Anki package with `notes` plain notes."""
    import genanki

    model = genanki.Model(
        1607392320,
        "Plain",
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[{"name": "Card 1", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}],
    )
    made = genanki.Deck(2059400120, deck)
    for number in range(notes):
        made.add_note(genanki.Note(model, [f"{name} question {number}", f"answer {number}"]))
    path = folder / f"{name}.apkg"
    genanki.Package(made).write_to_file(str(path))
    return path
