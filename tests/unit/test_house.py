"""What ruff cannot see: long files and functions, blocking dialogs, stray words, tests that assert nothing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = sorted((ROOT / "mlsd_cards").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
ASSERTING = ("raises", "warns", "fail", "waitSignal", "waitUntil", "waitExposed")
ASSERTING_PREFIXES = ("assert", "check", "expect", "verify")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def called_names(node: ast.AST) -> set[str]:
    calls = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
    return {getattr(func, "attr", getattr(func, "id", "")) for func in calls}


@pytest.mark.parametrize("path", PACKAGE + TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_function_is_longer_than_50_lines(path: Path) -> None:
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= 50
    ]
    assert long == []


@pytest.mark.parametrize(
    "path", [p for p in PACKAGE if "ui" in p.parts], ids=lambda p: str(p.relative_to(ROOT))
)
def test_dialogs_open_and_never_block(path: Path) -> None:
    blocking = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("exec", "exec_", "processEvents")
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "application")
    ]
    assert blocking == []


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_archives_are_never_unpacked_unseen_and_foreign_text_never_run(path: Path) -> None:
    names = called_names(tree_of(path))
    assert not names & {"extractall", "eval", "system", "popen"}


@pytest.mark.parametrize("path", TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_test_asserts_something(path: Path) -> None:
    idle = [
        node.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not any(isinstance(n, ast.Assert) for n in ast.walk(node))
        and not any(n in ASSERTING or n.startswith(ASSERTING_PREFIXES) for n in called_names(node))
    ]
    assert idle == []


def test_the_top_level_holds_nothing_else() -> None:
    allowed = {"pyproject.toml", "README.md", "mlsd_cards", "decks", "resources", "tests", "dist", "build"}
    found = {
        p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith(".egg-info")
    }
    assert found <= allowed


def test_no_path_of_a_machine_and_no_registry_address_is_in_the_project() -> None:
    pattern = re.compile(r"/(?:home|Users)/[a-z]+/|index-url|pypi\.org/simple")
    files = [
        *PACKAGE,
        *sorted((ROOT / "resources").rglob("*.y*ml")),
        ROOT / "README.md",
        ROOT / "pyproject.toml",
    ]
    assert [str(p) for p in files if pattern.search(p.read_text(encoding="utf-8"))] == []
