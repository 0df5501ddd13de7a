"""Where test data outside the repository lies; tests that need it skip where it is absent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def _existing(variable: str, default: Path) -> Path:
    path = Path(os.environ.get(variable) or default)
    if not path.exists():
        pytest.skip(f"no test data at {path.name}: set {variable} to use others of the same form")
    return path


def vectors_dir() -> Path:
    """Return the folder of scheduling vectors (`*.jsonl`)."""
    return _existing("MLSD_VECTORS", SHARED / "scheduling" / "vectors")


def corpus_file() -> Path:
    """Return the manifest of the deck corpus."""
    return _existing("MLSD_CORPUS", SHARED / "corpus" / "decks.json")


def make_hostile_py() -> Path:
    """Return the program that writes the hostile files."""
    return _existing("MLSD_HOSTILE_MAKER", SHARED / "safety" / "make_hostile.py")


def hostile_index(folder: Path) -> Path:
    """Return the index of the hostile files: that of `MLSD_HOSTILE`, else one made in `folder`."""
    given = os.environ.get("MLSD_HOSTILE")
    if given:
        path = Path(given)
        return path / "index.json" if path.is_dir() else path
    subprocess.run([sys.executable, str(make_hostile_py()), str(folder)], check=True, capture_output=True)
    return folder / "index.json"
