"""Installs a built wheel in a fresh environment, away from the checkout, and studies with it.

Run as `python wheel_check.py WHEEL`; prints one line a step and exits 1 at the first that fails.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import Any

NEEDED = (
    "mlsd_cards/_data/decks/deck.yaml",
    "mlsd_cards/_data/resources/web/",
    "mlsd_cards/_data/resources/note_types/",
)


def check_list(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [each for each in NEEDED if not any(name.startswith(each) for name in names)]
    if missing:
        raise SystemExit(f"the wheel lacks {missing}")
    if stray := [name for name in names if name.startswith("tests/")]:
        raise SystemExit(f"the wheel holds tests: {stray[:3]}")
    print(f"{wheel.name}: {len(names)} files")


def run(command: Path, home: Path, *words: str) -> Any:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [str(command), "--home", str(home), "--json", *words],
        cwd=home.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{words} failed with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def main(wheel: Path) -> None:
    check_list(wheel)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        venv.create(place / "venv", with_pip=True)
        scripts = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run(
            [str(scripts / "python"), "-m", "pip", "install", "-q", str(wheel.resolve())],
            check=True,
            cwd=place,
        )
        command, home = scripts / "mlsd-cards", place / "home"
        due = run(command, home, "due")
        print("due", due)
        if not due["new"]:
            raise SystemExit("the built-in deck is not there")
        card = run(command, home, "next")
        answered = run(command, home, "answer", str(card["card"]), "3")
        print("answered", answered)
        shown = run(command, home, "card", str(card["card"]))
        if shown["reps"] != 1 or len(shown["reviews"]) != 1:
            raise SystemExit("the answer was not kept")
        print("undone", run(command, home, "undo"))
        if run(command, home, "card", str(card["card"]))["reps"] != 0:
            raise SystemExit("undo did not take the answer back")
        exported = run(command, home, "export", str(place / "out.apkg"))
        print("exported", exported)
        again = run(command, place / "other", "import", str(place / "out.apkg"))
        print("imported", again["files"][0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
