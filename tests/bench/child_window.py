"""Windows as programs of their own, which say when something has been painted.

`child_window.py bare-window`              an empty main window; prints `painted`
`child_window.py bare-view COUNT`          a bare web view; prints `painted`, then COUNT times `next MILLISECONDS`
`child_window.py window HOME`              our window; prints `painted`
`child_window.py first HOME`               our window, review at once; prints `card` when the first card is painted
`child_window.py press HOME`               our window, review once everything is ready; prints `press MILLISECONDS`
`child_window.py grade HOME COUNT`         COUNT answers; each prints `next MILLISECONDS`, grade to next question

A card counts as painted when the second frame after its text was swapped in has begun.
"""

import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

DECK = "Bench"
LONGEST_MS = 240_000
SETTLE_MS = 1500
LOOK_MS = 60  # how long a side is looked at before the next key, at least
_FRAME_MS = 17
_MARK = (
    "requestAnimationFrame(() => requestAnimationFrame(() => {{ document.title = 'painted {number}'; }}));"
)


def say(*words: object) -> None:
    """Print a line at once."""
    print(*words, flush=True)


def look_ms(number: int) -> int:
    """Return how long the side `number` is looked at: keys fall evenly on all moments between two frames."""
    return LOOK_MS + number * 7 % _FRAME_MS


def give_up() -> None:
    """End the program: something that was waited for has not come."""
    os._exit(1)


def bare_window() -> None:
    """Show a main window with nothing in it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Window(QMainWindow):
        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, painted)

    def painted() -> None:
        say("painted")
        application.quit()

    application = QApplication(["bare"])
    window = Window()
    window.resize(1280, 820)
    window.show()
    application.exec()


def bare_view(count: int) -> None:
    """Show a web view with a page of its own, and swap its text `count` times."""
    from PySide6.QtCore import QCoreApplication, Qt, QTimer

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    application = QApplication(["bare"])
    QTimer.singleShot(LONGEST_MS, give_up)
    view = QWebEngineView()
    view.resize(1280, 820)
    view.show()
    state: dict[str, Any] = {"number": 0, "since": 0.0}

    def push() -> None:
        state["number"] += 1
        state["since"] = perf_counter()
        text = f"<div>{state['number']} {'some words of a card ' * 15}</div>"
        mark = _MARK.format(number=state["number"])
        view.page().runJavaScript(f"document.body.innerHTML = {text!r}; {mark}", 1)

    def titled(title: str) -> None:
        if not title.startswith("painted"):
            return
        if state["number"] == 1:
            say("painted")
        else:
            say("next", (perf_counter() - state["since"]) * 1000)
        if state["number"] > count:
            say("done")
            application.quit()
        else:
            QTimer.singleShot(look_ms(state["number"]), push)

    view.page().titleChanged.connect(titled)
    view.page().loadFinished.connect(lambda _: push())
    view.setHtml("<!doctype html><body></body>")
    application.exec()
    view.page().deleteLater()
    os._exit(0)


class Ours:
    """Our window, run as it always is, and told when it has painted."""

    def __init__(
        self,
        home: str,
        started: "Callable[[Ours], None]",
        painted: Callable[[], object] = lambda: None,
    ) -> None:
        from PySide6.QtCore import QTimer

        from mlsd_cards.ui import app
        from mlsd_cards.ui.main_window import MainWindow

        paint, first = MainWindow.paintEvent, [painted]

        def painting(window: Any, event: Any) -> None:
            if first:  # before the window's own turn, in which it begins to make the card view ready
                QTimer.singleShot(0, first.pop())
            paint(window, event)

        MainWindow.paintEvent = painting  # type: ignore[method-assign]

        self._after_paint: Callable[[], None] | None = None
        self._number = 0
        open_window = app.open_window

        def opened(*arguments: Any) -> Any:
            self.window = open_window(*arguments)
            self.window.first_painted.connect(lambda: started(self))
            QTimer.singleShot(LONGEST_MS, give_up)
            return self.window

        app.open_window = opened
        app.run(["--home", home])

    def watch_cards(self) -> None:
        """From now on know when each side of a card has been painted."""
        from mlsd_cards.ui.card_view import CardView

        run_code, ours = CardView._run, self

        def marked(view: Any, code: str) -> None:
            if code.startswith("mlsd.show(") and '"html": ""' not in code and view.is_ready:
                ours._number += 1
                code += ";" + _MARK.format(number=ours._number)
            run_code(view, code)

        CardView._run = marked  # type: ignore[method-assign]

    def when_painted(self, act: Callable[[], None]) -> None:
        """Call `act` once when the side shown last has been painted."""
        self._after_paint = act
        view = self.window.review._view
        assert view is not None
        view.page().titleChanged.connect(self._titled)

    def _titled(self, title: str) -> None:
        if title == f"painted {self._number}" and self._after_paint is not None:
            act, self._after_paint = self._after_paint, None
            self.window.review._view.page().titleChanged.disconnect(self._titled)
            act()

    def end(self) -> None:
        """Close the window, and the program with it."""
        say("done")
        self.window.close()


def window(home: str) -> None:
    """Start our window and say when it is painted."""

    Ours(home, Ours.end, lambda: say("painted"))


def first(home: str) -> None:
    """Start our window, go to review at once, and say when the first card is painted."""

    def started(ours: Ours) -> None:
        ours.watch_cards()
        ours.window.show_screen("review", DECK)
        ours.when_painted(lambda: painted(ours))

    def painted(ours: Ours) -> None:
        say("card")
        ours.end()

    Ours(home, started)


def press(home: str) -> None:
    """Start our window, wait until it is at rest, start the review and say how long the first card took."""
    from PySide6.QtCore import QTimer

    def started(ours: Ours) -> None:
        QTimer.singleShot(SETTLE_MS, lambda: pressed(ours))

    def pressed(ours: Ours) -> None:
        ours.watch_cards()
        since = perf_counter()
        ours.window.show_screen("review", DECK)
        ours.when_painted(lambda: painted(ours, since))

    def painted(ours: Ours, since: float) -> None:
        say("press", (perf_counter() - since) * 1000)
        ours.end()

    Ours(home, started)


def grade(home: str, count: int) -> None:
    """Answer `count` cards and say each time how long the next question took."""
    from PySide6.QtCore import QTimer

    left = count

    def started(ours: Ours) -> None:
        ours.watch_cards()
        ours.window.show_screen("review", DECK)
        ours.when_painted(lambda: QTimer.singleShot(SETTLE_MS, lambda: look(ours)))

    def look(ours: Ours) -> None:
        ours.window.review.show_answer()
        ours.when_painted(lambda: QTimer.singleShot(look_ms(left), lambda: graded(ours)))

    def graded(ours: Ours) -> None:
        since = perf_counter()
        ours.window.review.grade(3)
        ours.when_painted(lambda: painted(ours, since))

    def painted(ours: Ours, since: float) -> None:
        nonlocal left
        say("next", (perf_counter() - since) * 1000)
        left -= 1
        if left:
            QTimer.singleShot(LOOK_MS, lambda: look(ours))
        else:
            ours.end()

    Ours(home, started)


def main(what: str, *rest: str) -> None:
    """Run the program that `what` names."""
    match what:
        case "bare-window":
            bare_window()
        case "bare-view":
            bare_view(int(rest[0]))
        case "window":
            window(rest[0])
        case "first":
            first(rest[0])
        case "press":
            press(rest[0])
        case "grade":
            grade(rest[0], int(rest[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
