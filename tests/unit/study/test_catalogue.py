"""The catalogue of public decks: every row can be relied on, and a damaged file is refused with its line."""

import re
from datetime import date

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.study.catalogue import NO_LICENCE, TOPICS, is_whole_package, public_decks

DECK = {
    "name": "A deck",
    "topic": "SQL",
    "holds": "Joins.",
    "cards": "12",
    "licence": "MIT",
    "changed": "2024-02-29",
    "quality": "Plain.",
    "link": "https://example.org/a",
}


def written(folder, *decks):
    path = folder / "catalogue.yaml"
    lines = ["decks:"]
    for deck in decks:
        for number, (key, value) in enumerate(deck.items()):
            lines.append(f"  {'- ' if not number else '  '}{key}: {value!r}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_catalogue_is_worth_its_place():
    decks = public_decks()
    assert 12 <= len(decks) <= 40
    assert {deck.topic for deck in decks} == set(TOPICS)
    assert [TOPICS.index(deck.topic) for deck in decks] == sorted(TOPICS.index(deck.topic) for deck in decks)
    assert any(deck.terms == NO_LICENCE for deck in decks)
    assert any(deck.licence for deck in decks)


@pytest.mark.parametrize("deck", public_decks(), ids=lambda deck: deck.name)
def test_every_row(deck):
    assert re.fullmatch(r"https://[a-z0-9.-]+/[!-~]+", deck.link)
    assert date(2010, 1, 1) < deck.changed < date(2026, 11, 25)
    assert 1 <= deck.cards < 20_000
    assert deck.terms.strip()
    assert len(deck.name) <= 60
    for sentence in (deck.holds, deck.quality):
        assert sentence.endswith(".")
        assert 30 <= len(sentence) <= 220


def test_no_deck_is_listed_twice():
    decks = public_decks()
    assert len({deck.name.casefold() for deck in decks}) == len({deck.link for deck in decks}) == len(decks)


def test_a_row_is_read_as_written(tmp_path):
    (deck,) = public_decks(written(tmp_path, DECK))
    assert (deck.name, deck.topic, deck.cards, deck.changed) == ("A deck", "SQL", 12, date(2024, 2, 29))
    assert deck.terms == "MIT"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("name", "", "needs `name`"),
        ("topic", "gardening", "must be one of machine learning"),
        ("holds", "", "needs `holds`"),
        ("cards", "0", "at least 1"),
        ("cards", "many", "whole number"),
        ("changed", "", "needs `changed`"),
        ("changed", "2023-02-29", "must be a date"),
        ("quality", "", "needs `quality`"),
        ("link", "http://example.org/a", "https address"),
        ("link", "https://", "https address"),
        ("link", "https://[", "https address"),
        ("link", "https://example.org@evil.org/", "https address"),
        ("link", "https://example.org/a b", "https address"),
        ("link", "https://exämple.org/", "https address"),
        ("link", "javascript:alert(1)", "https address"),
        ("stars", "5", "unknown key `stars`"),
    ],
)
def test_a_faulty_row_is_refused(tmp_path, key, value, said):
    with pytest.raises(FileFormatError, match=re.escape(said)):
        public_decks(written(tmp_path, DECK | {key: value}))


@pytest.mark.parametrize("change", [{"name": "a DECK", "link": "https://example.org/b"}, {"name": "Another"}])
def test_a_double_is_refused(tmp_path, change):
    with pytest.raises(FileFormatError, match="listed twice"):
        public_decks(written(tmp_path, DECK, DECK | change))


@pytest.mark.parametrize("text", ["decks: []\n", "decks:\n", "- a\n", "decks: [\n"])
def test_a_file_that_is_no_catalogue_is_refused(tmp_path, text):
    path = tmp_path / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=re.escape("catalogue.yaml")):
        public_decks(path)


def test_only_a_whole_package_counts(tmp_path):
    from helpers.window_desk import package

    made = package(tmp_path, "Caching", 3)
    assert is_whole_package(made)
    octets = made.read_bytes()
    for part in (0, 1, 100, len(octets) // 2, len(octets) - 1):
        short = tmp_path / "short.apkg"
        short.write_bytes(octets[:part])
        assert not is_whole_package(short)
    assert not is_whole_package(tmp_path / "gone.apkg")
