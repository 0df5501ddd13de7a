"""Deck sources are hostile text: what YAML may hold, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ReadOptions
from mlsd_cards.formats import source
from mlsd_cards.formats.source_yaml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_TEXT,
    MAX_VALUES,
    Items,
    SourceError,
    Table,
    Text,
    parse_yaml,
    read_yaml,
)
from tests.helpers.shared import make_hostile_py

PATH = Path("deck.yaml")


def refused(text: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        parse_yaml(text, PATH)
    return caught.value


def test_scalars_stay_text_and_know_their_line() -> None:
    tree = parse_yaml("a: yes\nb:\n  - 0x1F\n  - 2026-11-30\nc: '~'\n", PATH)
    assert tree == Table(
        1,
        {
            "a": Text("yes", 1),
            "b": Items(3, [Text("0x1F", 3), Text("2026-11-30", 4)]),
            "c": Text("~", 5, quoted=True),
        },
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: !!python/object/apply:os.system ['true']\n", 2),
        ("a: !!str x\n", 1),
        ("a: ! x\n", 1),
        ("a:\n  - &x 1\n", 2),
        ("a: &x [1]\nb: *x\n", 1),
        ("base: {k: v}\n\nb: *base\n", 3),
        ("<<: *x\n", 1),
    ],
)
def test_tags_anchors_and_aliases_are_unsafe(text: str, line: int) -> None:
    error = refused(text)
    assert (error.kind, error.line) == ("unsafe", line)
    assert f"deck.yaml, line {line}: " in str(error)


def test_aliases_that_multiply_are_refused_before_they_grow() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert refused("\n".join(lines)).kind == "unsafe"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_limited(opening: str) -> None:
    closing = {"[": "]", "{a: ": "}", "- ": ""}[opening]
    assert parse_yaml(opening * MAX_DEPTH + "x" + closing * MAX_DEPTH, PATH)
    assert refused(opening * (MAX_DEPTH + 1) + "x" + closing * (MAX_DEPTH + 1)).kind == "limit"
    assert refused(opening * 50_000).kind in ("limit", "damaged")


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "inconsistent", 3),
        ("a: 1\n---\nb: 2\n", "inconsistent", 3),
        ("? [a, b]\n: 1\n", "inconsistent", 1),
        ("a: [1\nb: 2\n", "damaged", 2),
        ("a: 'open\n", "damaged", 2),
        ("a:\tb\n\t- c\n", "damaged", 2),
        ("a: \x07\n", "damaged", 0),
        ("", "not-a-deck", 0),
        ("# only a remark\n", "not-a-deck", 0),
    ],
)
def test_faults_name_their_line(text: str, kind: str, line: int) -> None:
    error = refused(text)
    assert (error.kind, error.line) == (kind, line)


def test_files_that_are_no_text_or_too_large(tmp_path: Path) -> None:
    file = tmp_path / "deck.yaml"
    file.write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(SourceError, match="not UTF-8") as caught:
        read_yaml(file)
    assert caught.value.kind == "damaged"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(SourceError) as caught:
        read_yaml(file)
    assert caught.value.kind == "limit"
    with pytest.raises(SourceError) as caught:
        read_yaml(tmp_path / "none.yaml")
    assert caught.value.kind == "not-a-deck"


def test_texts_and_numbers_of_values_are_limited() -> None:
    assert parse_yaml(f"a: {'x' * MAX_TEXT}\n", PATH)
    assert refused(f"a: {'x' * (MAX_TEXT + 1)}\n").kind == "limit"
    assert refused("[" + "x," * MAX_VALUES + "]").kind == "limit"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "deck.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: b\n")
    assert read_yaml(file) == Table(1, {"a": Text("b", 1)})


def test_hostile_cases_are_refused(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(make_hostile_py()), str(tmp_path / "out")], check=True, capture_output=True
    )
    index = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    cases = [case for case in index["cases"] if case["kind"] == "yaml"]
    assert cases, "the index names no YAML case"
    for case in cases:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        with pytest.raises(FileFormatError) as caught:
            source.read(tmp_path / "out" / case["file"], ReadOptions(work_dir=work, now_ms=0))
        kinds = {kind for accept in case["accept"] for kind in accept.get("error", [])}
        assert caught.value.kind in kinds
        assert not list(work.iterdir())
