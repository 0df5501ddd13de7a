"""L26: a deck with a list of words is warned about every other word."""

from pathlib import Path

from mlsd_cards import paths
from mlsd_cards.formats.source import load
from mlsd_cards.formats.source_lint import lint
from mlsd_cards.formats.source_rules import texts_of
from mlsd_cards.formats.source_words import read_words, words_of
from tests.helpers.sources import note, write_deck


def findings(folder: Path, **changes: str) -> list[str]:
    write_deck(folder, note(**changes))
    return [problem.message for problem in lint(folder).problems if problem.rule == "L26"]


def list_for(folder: Path, *more: str) -> None:
    write_deck(folder, note())
    (known,) = load(folder).notes
    words = {word.lower() for text in texts_of(known).values() for word in words_of(text)}
    (folder / "words.txt").write_text("# words\n\n" + "\n".join([*sorted(words), *more]), encoding="utf-8")


def test_a_word_that_is_not_in_the_list_is_found_once_a_text(tmp_path: Path) -> None:
    list_for(tmp_path, "store", "every", "reader", "sees")
    assert findings(tmp_path) == []
    assert findings(tmp_path, why="Every raeder sees every sotre.") == [
        "“raeder” is not in words.txt: correct it, or add it there"
    ]


def test_capitals_owners_code_and_formulas_are_no_strange_words(tmp_path: Path) -> None:
    list_for(tmp_path, "store", "every", "reader", "sees", "Kafka")
    assert findings(tmp_path, why=r"Every reader’s STORE sees Kafka's `qwertz` and \(\alpha xyzzy\).") == [
        "“and” is not in words.txt: correct it, or add it there"
    ]
    assert findings(tmp_path, why="Every reader sees kafka.") == [
        "“kafka” is not in words.txt: correct it, or add it there"
    ]


def test_a_deck_without_a_list_is_not_asked(tmp_path: Path) -> None:
    assert findings(tmp_path, why="Every raeder sees every sotre.") == []


def test_the_built_in_decks_have_a_list(tmp_path: Path) -> None:
    words = read_words(paths.decks_dir())
    assert words is not None
    assert "sharding" in words
    assert "teh" not in words
