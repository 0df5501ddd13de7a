"""L25: what stands word for word in a reference text is found, from texts and from their digests."""

from pathlib import Path

import pytest

from mlsd_cards.domain.errors import FileFormatError, NotFound
from mlsd_cards.formats.source_copied import read_references, runs, write_references
from mlsd_cards.formats.source_lint import lint
from tests.helpers.sources import note, write_deck

SENTENCE = "a cache in front of the store absorbs repeated reads before they reach the disk"


@pytest.fixture
def references(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "book.md").write_text(f"Remember: {SENTENCE.upper()}!\n", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\xff\xfe")
    return folder


def found(tmp_path: Path, references: Path, **changes: str) -> list[tuple[str, str]]:
    write_deck(tmp_path / "deck", note(**changes))
    problems = lint(tmp_path / "deck", references=references).problems
    return [(problem.rule, problem.card) for problem in problems if problem.rule == "L25"]


def test_eight_words_in_a_row_are_copied_and_seven_are_not(tmp_path: Path, references: Path) -> None:
    words = SENTENCE.split()
    assert found(tmp_path, references, why=" ".join(words[:8])) == [("L25", "serve-001-basic")]
    assert found(tmp_path, references, why=" ".join([*words[:7], "network"])) == []
    assert found(
        tmp_path, references, answer="A **cache in front** of the `store` absorbs repeated reads"
    ) == [("L25", "serve-001-basic")]


def test_digests_find_what_the_texts_find(tmp_path: Path, references: Path) -> None:
    out = tmp_path / "texts.ngrams"
    write_references(read_references(references), out)
    assert read_references(out) == read_references(references)
    assert len(read_references(out)) == len(list(runs(f"Remember {SENTENCE}")))
    assert found(tmp_path, out, why=SENTENCE) == [("L25", "serve-001-basic")]
    assert SENTENCE.encode()[:20] not in out.read_bytes()


def test_what_are_no_references_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no reference texts"):
        read_references(tmp_path / "nothing")
    wrong = tmp_path / "wrong.ngrams"
    for content in (b"", b"mlsd-ngrams 1\nabc", b"12345"):
        wrong.write_bytes(content)
        with pytest.raises(FileFormatError, match="holds no digests"):
            read_references(wrong)
