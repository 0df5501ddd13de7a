"""Renders every screen on sample data to pictures, to be looked at beside the design.

`python -m tests.helpers.screens OUTDIR` writes light and dark, 1280×820, 1024×640 and 200 %.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlsd_cards.ui.main_window import MainWindow

VARIANTS = (
    ("light", 1280, 820, "1"),
    ("dark", 1280, 820, "1"),
    ("light", 1024, 640, "1"),
    ("dark", 1024, 640, "1"),
    ("light", 1280, 820, "2"),
)
NOW = "2026-11-24T10:00:00+01:00"


def main(out: Path) -> None:
    """Render all variants, each in a process of its own: Qt reads the scale only once."""
    out.mkdir(parents=True, exist_ok=True)
    for theme, width, height, scale in VARIANTS:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            environment["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
        words = [
            sys.executable,
            "-m",
            "tests.helpers.screens",
            "--one",
            str(out),
            theme,
            str(width),
            str(height),
            scale,
        ]
        subprocess.run(words, env=environment, check=True)


def sample_package(folder: Path) -> Path:
    """Write a small Anki package of a stranger, with a script and a picture from the network."""
    import genanki

    model = genanki.Model(
        1607392319,
        "Primer",
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[
            {
                "name": "Card 1",
                "qfmt": "{{Front}}<script>alert(1)</script>",
                "afmt": "{{FrontSide}}<hr id=answer>{{Back}}",
            }
        ],
    )
    caching = genanki.Deck(2059400110, "System Design::Caching")
    queues = genanki.Deck(2059400111, "System Design::Queues")
    caching.add_note(
        genanki.Note(model, ["What does a write-through cache guarantee?", "Cache and store agree."])
    )
    caching.add_note(
        genanki.Note(model, ["What is a cache stampede?", '<img src="http://example.org/a.png">'])
    )
    queues.add_note(
        genanki.Note(model, ["What does at-least-once delivery ask of a consumer?", "Idempotence."])
    )
    path = folder / "system-design-primer.apkg"
    genanki.Package([caching, queues]).write_to_file(str(path))
    return path


def study_some(home: Path) -> None:
    """Answer some cards on days before, so that charts and counts have something to show."""
    from mlsd_cards.study import Collection, FixedClock, parse_moment

    clock = FixedClock(parse_moment("2026-09-20T09:00:00+01:00"))
    with Collection.open(home, clock) as collection:
        for number in range(62):
            from datetime import timedelta

            clock.set(parse_moment("2026-09-24T09:00:00+01:00") + timedelta(days=number))
            session = collection.session()
            for answered in range((number * 7) % 11):
                if session.current is None:
                    break
                session.answer((3, 4, 3, 2, 3, 1, 3)[(answered + number) % 7], 9000)


def show_card_info(window: "MainWindow") -> None:
    """Open the info of the card that was answered most, whose forgetting curve has most to show."""
    from mlsd_cards.domain.cards import CardId
    from mlsd_cards.ui.dialogs.card_info import CardInfoDialog

    col = window.ctx.col
    with col.store.read() as conn:
        most = conn.execute(
            "SELECT card_id FROM reviews GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        ).fetchone()
    CardInfoDialog(col.card_info(CardId(most[0])), col.clock, window.ctx.theme, window).open()


def show_presets(window: "MainWindow") -> None:
    """Open the presets from the first deck."""
    from mlsd_cards.ui.dialogs.presets import PresetsDialog

    PresetsDialog(window.ctx, window.ctx.col.deck_rows()[0].name, window).open()


def render(out: Path, theme: str, width: int, height: int, scale: str) -> None:
    """Render every screen in one look."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    from PySide6.QtWidgets import QApplication

    from mlsd_cards.study import Collection, FixedClock, parse_moment
    from mlsd_cards.ui.app import build_window

    application = QApplication.instance() or QApplication([])

    def settle(milliseconds: int = 700) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        study_some(home)
        clock = FixedClock(parse_moment(NOW))
        with Collection.open(home, clock) as collection:
            collection.set_setting("theme", theme)
        window = build_window(home, clock)
        window.resize(width, height)
        window.show()
        settle(2500)

        def shoot(name: str, prepare: Callable[[], object], wait: int = 900) -> None:
            prepare()
            settle(wait)
            window.grab().save(str(out / f"{name}-{theme}-{width}x{height}-{scale}.png"))

        shoot("today", lambda: None)
        shoot("decks", lambda: window.show_screen("decks"))
        for action in ("deck_options", "custom_study", "filtered_deck", "export", "get_decks"):
            window.ctx.actions[action].trigger()
            settle(900)
            for dialog in application.topLevelWidgets():
                if dialog is not window and dialog.isVisible():
                    name = action.replace("deck_options", "options").replace("_", "-")
                    dialog.grab().save(str(out / f"{name}-{theme}-{width}x{height}-{scale}.png"))
                    dialog.close()
        shoot("browse", lambda: window.open_in_browse("is:due"), 1200)
        shoot("browse-preview", lambda: window.ctx.actions["browse_preview"].trigger(), 2000)
        window.ctx.actions["browse_preview"].trigger()
        shoot("browse-nothing", lambda: window.open_in_browse("tag:nowhere flag:9"), 600)
        window.open_in_browse("")
        settle(600)
        for action in ("browse_edit", "add", "browse_deck"):
            window.ctx.actions[action].trigger()
            settle(1800)
            for dialog in application.topLevelWidgets():
                if dialog is not window and dialog.isVisible():
                    dialog.grab().save(str(out / f"{action}-{theme}-{width}x{height}-{scale}.png"))
                    dialog.close()
        shoot("import", lambda: window.open_files([sample_package(Path(folder))]), 2500)
        shoot("review-question", lambda: window.show_screen("review"), 2500)
        shoot("review-answer", window.review.show_answer)
        for name, show in (("info", show_card_info), ("presets", show_presets)):
            show(window)
            settle(600)
            for dialog in application.topLevelWidgets():
                if dialog is not window and dialog.isVisible():
                    dialog.grab().save(str(out / f"{name}-{theme}-{width}x{height}-{scale}.png"))
                    dialog.close()
        for action, name in (
            ("report", "report"),
            ("info", "card-info"),
            ("due", "due-date"),
            ("grade_now", "grade"),
            ("help", "keys"),
        ):
            window.ctx.actions[action].trigger()
            settle(900)
            for dialog in application.topLevelWidgets():
                if dialog is not window and dialog.isVisible():
                    dialog.grab().save(str(out / f"{name}-{theme}-{width}x{height}-{scale}.png"))
                    dialog.close()
        window.close()
        settle(200)


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        render(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main(Path(sys.argv[1]))
