"""Every hostile file through the real command line: it ends as it must, within its bounds, and leaves nothing behind.

The files are written by a program beside the project; `MLSD_HOSTILE` points at an index of others of the same
form.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from helpers.importing import NOW, empty_collection, fingerprint, rows
from helpers.shared import ROOT, hostile_index

READ_HERE = ("apkg", "colpkg", "csv", "yaml", "crowdanki", "mnemosyne")
KINDS = {"not-a-deck", "damaged", "unsafe", "limit", "too-new", "inconsistent", "unsupported"}
OWN = "#notetype:Basic\n#deck:Mine\nmy question\tmy answer\n"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    reply: dict[str, Any]
    errors: str
    seconds: float
    mebibytes: float


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_index(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that holds a note, a picture and the built-in decks, so that an import finds nothing else to do."""
    folder = tmp_path_factory.mktemp("profile")
    home, own = folder / "home", folder / "own.txt"
    own.write_text(OWN, encoding="utf-8")
    ended = run(home, folder / "tmp", "import", str(own))
    assert (ended.status, ended.reply["files"][0]["notes_new"]) == (0, 1)
    return home


def run(home: Path, temporary: Path, *words: str, seconds: int = 60) -> Ended:
    """Run a command as a process of its own, with a folder for temporary files that nobody else uses."""
    temporary.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "TMPDIR": str(temporary),
        "MLSD_CARDS_NOW": NOW.isoformat(),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "mlsd_cards", "--home", str(home), "--json", *words]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)),
    )
    assert child.stdout
    assert child.stderr
    output, errors = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    child.stderr.close()
    reply = json.loads(output) if output.strip() else {}
    return Ended(child.returncode, reply, errors, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def cases(index: Path, *kinds: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(index.read_text(encoding="utf-8"))["cases"]
    endings = tuple(f".{kind}" for kind in kinds)
    return [case for case in found if str(case["file"]).endswith(endings) or case["kind"] in kinds]


def fits(ended: Ended, accepted: dict[str, Any]) -> bool:
    if accepted["outcome"] == "reject":
        return ended.status == 1 and ended.reply["error"]["kind"] in accepted["error"]
    # What is only to be shown safely may be imported.
    if ended.status != 0:
        return False
    return bool(
        ended.reply["files"][0]["notes_new"] == accepted.get("notes", ended.reply["files"][0]["notes_new"])
    )


def problems(case: dict[str, Any], ended: Ended, home: Path, before: dict[str, str]) -> list[str]:
    """Return what a case did wrong, whatever its outcome was."""
    found = []
    if ended.seconds > case["bounds"]["seconds"] or ended.mebibytes > case["bounds"]["rss_mib"]:
        found.append(f"out of bounds: {ended.seconds:.1f} s, {ended.mebibytes:.0f} MiB")
    if "Traceback" in ended.errors or ended.status not in (0, 1):
        found.append(f"ended with {ended.status}: {ended.errors[-300:]}")
    if ended.status == 1:
        error = ended.reply.get("error", {})
        if error.get("kind") not in KINDS or ended.errors.strip() != f"mlsd-cards: {error.get('message')}":
            found.append(f"no plain refusal: {ended.errors!r} {ended.reply}")
        if Path(case["file"]).name not in error.get("message", "") or not error.get("message", "").endswith(
            "."
        ):
            found.append(f"the file is not named: {error}")
        if fingerprint(home) != before:
            found.append("the profile changed though the file was refused")
    return found


def watched(index: Path) -> dict[str, bytes]:
    """Return the files that no deck may read or write, with their contents."""
    canary = index.parent / "canary"
    return {str(path): path.read_bytes() for path in sorted(canary.rglob("*")) if path.is_file()}


def attempt(case: dict[str, Any], index: Path, profile: Path, folder: Path) -> list[str]:
    home, temporary = folder / "home", folder / "tmp"
    shutil.copytree(profile, home)
    before, canary = fingerprint(home), watched(index)
    ended = run(
        home, temporary, "import", str(index.parent / case["file"]), seconds=int(case["bounds"]["seconds"])
    )
    found = problems(case, ended, home, before)
    if not any(fits(ended, accepted) for accepted in case["accept"]):
        found.append(f"not accepted: {ended.status} {ended.reply}")
    if watched(index) != canary:
        found.append("the canary was touched")
    if left := sorted(path.name for path in (*temporary.iterdir(), *home.glob("media.incoming-*"))):
        found.append(f"left behind: {left}")
    if ended.status == 0:
        with empty_collection(home) as collection:
            found += collection.check(full=True)
            if any(path.stat().st_mode & 0o111 for path in collection.media_dir.iterdir()):
                found.append("a media file can be run")
            if rows(collection, "SELECT count(*) FROM notes WHERE fields LIKE 'my question%'") != [(1,)]:
                found.append("the user's own note is gone")
    shutil.rmtree(home)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ_HERE)
def test_hostile_files_end_as_they_must(kind: str, index: Path, profile: Path, tmp_path: Path) -> None:
    wrong = {}
    for case in cases(index, kind):
        folder = tmp_path / case["id"]
        folder.mkdir()
        if found := attempt(case, index, profile, folder):
            wrong[case["id"]] = found
    assert wrong == {}
