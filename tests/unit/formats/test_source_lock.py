"""`ids.lock` only grows."""

from pathlib import Path

import pytest

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats.source_lint import update_lock
from mlsd_cards.formats.source_lock import read_lock
from mlsd_cards.formats.source_yaml import SourceError
from tests.helpers.sources import note, write_deck


def test_new_ids_are_appended_in_deck_order_and_old_lines_stay(tmp_path: Path) -> None:
    lock = write_deck(tmp_path, note("basic", 7), note("cloze", 2)) / "ids.lock"
    assert update_lock(tmp_path) == ["serve-007", "serve-002"]
    assert lock.read_text() == "serve-007 basic\nserve-002 cloze\n"
    assert update_lock(tmp_path) == []
    lock.write_text("# published ids\nserve-007 old-slug")
    assert update_lock(tmp_path) == ["serve-002"]
    assert lock.read_text() == "# published ids\nserve-007 old-slug\nserve-002 cloze\n"


def test_a_retired_line_says_when_and_what_replaced_it(tmp_path: Path) -> None:
    write_deck(tmp_path, note())
    retired = "serve-002 x retired: 2026-01-31\nserve-003 y retired: 2026-02-01 replaced_by: serve-001\n"
    (tmp_path / "ids.lock").write_text("serve-001 basic\n" + retired)
    assert update_lock(tmp_path) == []
    found = read_lock(tmp_path)
    assert str(found["serve-002"].retired) == "2026-01-31"
    assert (found["serve-003"].replaced_by, found["serve-003"].line) == ("serve-001", 3)


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ("serve-001 basic\nserve-009 gone\n", "serve-009 was published and is gone"),
        ("serve-001 basic retired: 2026-01-31\n", "serve-001 is retired"),
    ],
)
def test_ids_neither_vanish_nor_return(tmp_path: Path, lock: str, message: str) -> None:
    write_deck(tmp_path, note())
    (tmp_path / "ids.lock").write_text(lock)
    with pytest.raises(InputError, match=message):
        update_lock(tmp_path)
    assert (tmp_path / "ids.lock").read_text() == lock


@pytest.mark.parametrize(
    "line",
    [
        "serve-1 x",
        "serve-001",
        "serve-001 x retired: soon",
        "serve-001 x retired: 2026-02-30",
        "serve-001 x y",
    ],
)
def test_lines_of_another_form_are_refused_with_their_number(tmp_path: Path, line: str) -> None:
    (tmp_path / "ids.lock").write_text(f"serve-000 ok\n{line}\n")
    with pytest.raises(SourceError, match=r"ids\.lock, line 2: expected"):
        read_lock(tmp_path)


def test_an_id_stands_there_once(tmp_path: Path) -> None:
    (tmp_path / "ids.lock").write_text("serve-001 a\nserve-001 b\n")
    with pytest.raises(SourceError, match=r"line 2: serve-001 is listed twice"):
        read_lock(tmp_path)
