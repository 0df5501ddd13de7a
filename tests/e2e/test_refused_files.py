"""A refused file leaves the profile exactly as it was, byte for byte, on the command line."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "not-a-zip.apkg": b"this is no archive",
    "cut.apkg": b"PK\x03\x04" + b"\0" * 40,
    "object.yaml": b"topic: !!python/object:os.system x\n",
    "bytes.csv": b"front,back\n\xff\xfe\xfa,x\n",
    "open.csv": b'front,"back\nnever closed\n',
    "unknown.xyz": b"\x00\x01\x02",
}


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MLSD_CARDS_NOW": "2026-11-24T10:00:00+00:00"}
    command = [sys.executable, "-m", "mlsd_cards", "--home", str(home), "--json", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def fingerprint(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = tmp_path_factory.mktemp("refused") / "home"
    assert run(made, "due").returncode == 0
    return made


@pytest.mark.parametrize("name", FILES)
def test_a_refused_file_changes_nothing(home, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    before = fingerprint(home)
    done = run(home, "import", str(path))
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["kind"] in {"not-a-deck", "damaged", "unsafe", "unsupported", "inconsistent"}
    assert name in error["message"]
    assert "Traceback" not in done.stderr
    assert fingerprint(home) == before


def test_a_dry_run_changes_nothing(home, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("What is a shard?,A part of the data\n", encoding="utf-8")
    before = fingerprint(home)
    done = run(home, "import", "--dry-run", str(path))
    assert json.loads(done.stdout)["files"][0]["notes_new"] == 1
    assert fingerprint(home) == before
