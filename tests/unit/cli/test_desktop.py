"""The desktop entry names this very program, whatever signs its path holds, and goes without a trace."""

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mlsd_cards.study import desktop

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="desktop files are Linux's")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(home / "share"),
        "MLSD_CARDS_HOME": str(home / "profile"),
    }
    command = [sys.executable, "-m", "mlsd_cards", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def exec_words(file: Path) -> list[str]:
    """Read the Exec key as a desktop does: the value's escapes first, then quotes and percent signs."""
    entry = configparser.RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(file, encoding="utf-8")
    value = entry["Desktop Entry"]["Exec"].replace("\\\\", "\\")
    # A shell's rules but for two more signs that a backslash protects within quotes.
    return [re.sub(r"\\([$`])", r"\1", word).replace("%%", "%") for word in shlex.split(value)]


def test_install_and_remove(tmp_path: Path) -> None:
    made = run(tmp_path, "desktop", "install")
    assert made.returncode == 0, made.stderr
    files = [Path(line.removeprefix("written: ")) for line in made.stdout.splitlines()]
    assert [file.is_file() for file in files] == [True] * 3
    assert exec_words(files[0]) == [sys.executable, "-m", "mlsd_cards", "%F"]
    assert "application/x-apkg" in files[1].read_text(encoding="utf-8")
    assert not (tmp_path / "profile").exists()
    gone = run(tmp_path, "desktop", "remove")
    assert gone.returncode == 0
    assert not any(file.exists() for file in files)
    assert run(tmp_path, "desktop", "remove").stdout == "Nothing was installed.\n"


@pytest.mark.parametrize(
    "path", ["/opt/my python/bin/python", '/opt/a"b/python', "/opt/50%/$x/`y`/python", "/a\\b"]
)
def test_any_path_reaches_the_desktop_unchanged(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", path)
    entry = desktop.install()[0]
    assert exec_words(entry) == [path, "-m", "mlsd_cards", "%F"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("a file in the way", encoding="utf-8")
    refused = run(tmp_path, "desktop", "install")
    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr
    assert refused.stderr.count("\n") == 1
