"""Searches: any text is understood or refused with a place, and words mean what they say."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import SearchError
from mlsd_cards.rendering.text import search_text
from mlsd_cards.store import cards, notes
from mlsd_cards.store.collection import Store
from mlsd_cards.store.search_parser import parse
from tests.unit.store.store_making import a_card, a_note, filled
from tests.unit.store.store_searching import find, searchable

texts = st.text(st.sampled_from("abAB<>/&; üé*_:-\"'\\()5%\x00"), max_size=14)
words = st.text(st.sampled_from("abcdü"), min_size=1, max_size=5)


def refusal(text: str) -> SearchError | None:
    try:
        parse(text)
    except SearchError as error:
        return error
    return None


@settings(max_examples=100)
@given(st.text(max_size=40) | texts)
def test_any_text_is_understood_or_refused_with_a_place(text: str) -> None:
    refused = refusal(text)
    if refused:
        assert 0 <= refused.position <= len(text)
        assert str(refused).endswith(".")


@pytest.fixture(scope="module")
def varied() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, searchable(Path(folder)) as store:
        yield store


pieces = st.sampled_from(
    [
        "dog",
        "-",
        "(",
        ")",
        "or",
        "and",
        '"',
        "*",
        "deck:",
        "a",
        "tag:",
        "x",
        "is:due",
        "front:",
        "re:",
        " ",
        "\\",
    ]
)


@settings(max_examples=100)
@given(st.lists(pieces, max_size=9).map("".join))
def test_a_term_and_its_negation_share_out_all_cards(varied: Store, text: str) -> None:
    try:
        found = set(find(varied, text))
        rest = set(find(varied, f"-({text})"))
    except SearchError:
        return
    assert found | rest == set(find(varied, ""))
    assert not found & rest


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(words, words), min_size=1, max_size=8),
    st.lists(words, min_size=1, max_size=4),
    st.booleans(),
)
def test_words_are_found_wherever_they_stand(
    contents: list[tuple[str, str]], wanted: list[str], indexed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder), 0) as store:
        made = [a_note(key, f"<p>{front}</p>{front}", back) for key, (front, back) in enumerate(contents, 1)]
        with store.transaction(Op.IMPORT) as tx:
            notes.add_notes(tx, made)
            cards.put_cards(tx, [a_card(note.id) for note in made])
        if indexed:
            store.index_texts()
        visible = {note.id: search_text(note.fields) for note in made}
        folded = [search_text([word]) for word in wanted]
        assert find(store, " ".join(wanted)) == [
            key for key, text in visible.items() if all(word in text for word in folded)
        ]
        assert find(store, " or ".join(wanted)) == [
            key for key, text in visible.items() if any(word in text for word in folded)
        ]
