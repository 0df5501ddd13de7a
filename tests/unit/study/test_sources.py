"""Work that needs no profile: vectors, and checking and building deck sources."""

import zipfile
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import FileFormatError, InputError, MlsdError, NotFound
from mlsd_cards.study import build_source, lint_source, run_vector_file
from tests.helpers.shared import vectors_dir
from tests.helpers.sources import note, write_deck


def test_vectors_are_run(tmp_path: Path) -> None:
    report = run_vector_file(vectors_dir() / "timing.jsonl")
    assert (report.cases, len(report.failed)) == (260, 0)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[1", b"{}", b'{"kind": "x"}', b"7", b'"a"', b"null"])
def test_what_holds_no_vectors_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(text + b"\n")
    with pytest.raises(MlsdError):
        run_vector_file(path)


def test_vectors_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run_vector_file(tmp_path / "none.jsonl")
    with pytest.raises(InputError):
        run_vector_file(tmp_path)


def test_a_source_is_checked_and_built(tmp_path: Path) -> None:
    folder = write_deck(tmp_path / "deck", note("basic"), note("cloze", 2))
    assert lint_source(folder).passed
    report = build_source(folder, tmp_path / "out.apkg")
    assert (report.notes, report.cards) == (2, 2)
    assert report.bytes == (tmp_path / "out.apkg").stat().st_size
    assert zipfile.is_zipfile(tmp_path / "out.apkg")


def test_a_source_that_is_not_there_or_none(tmp_path: Path) -> None:
    for work in (
        lambda: lint_source(tmp_path / "none"),
        lambda: build_source(tmp_path / "none", tmp_path / "a.apkg"),
    ):
        with pytest.raises(NotFound, match="none"):
            work()
    folder = write_deck(tmp_path / "deck", note("basic"))
    with pytest.raises(FileFormatError, match="apkg"):
        build_source(folder, tmp_path / "out.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MlsdError):
        build_source(tmp_path / "empty", tmp_path / "out.apkg")
    assert not (tmp_path / "out.apkg").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    folder = write_deck(tmp_path / "deck", note("basic"))
    with pytest.raises(MlsdError, match="none"):
        build_source(folder, tmp_path / "none" / "out.apkg")
