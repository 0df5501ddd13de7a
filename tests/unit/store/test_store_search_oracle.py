"""The real Anki finds the same cards, and refuses the same searches."""

from pathlib import Path

import pytest

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, PresetId
from mlsd_cards.domain.errors import SearchError
from mlsd_cards.store import cards, notes
from mlsd_cards.store.decks import put_deck
from tests.unit.store.store_making import a_card, a_note, filled
from tests.unit.store.store_searching import TEXTS, find

# fmt: off
SAME_IN_ANKI = (
    "dog", "DOG", "dog cat", "dog or cat", "-dog", "-(dog or cat)", "front:dog", "front:*dog*",
    "front:*dog", "Front:DOG", "front:_*", "fr*:dog", "*:cat", "tag:x", "tag:X", "tag:x::y", "tag:none",
    "tag:x*", "tag:*", "-tag:none", "tag:*y", "tag:x_", "tag:re:x.*", "tag:y", 'tag:"x y"', "deck:A",
    "deck:a", "deck:a::b", "deck:*", "deck:A*", "deck:a*b", "deck:filtered", "deck:b*", 'deck:"A"',
    '"deck:A"', "deck:", '"hot dog"', '"dog hot"', "d_g", "d*g", r"d\_g", r"q\_u", r"\*", '"*"', '"-dog"',
    "an*al", "exa", "example", "<b>", r"co\:lon", "is:new", "flag:0", "note:basic", "note:b*", "card:1",
    "card:2", "card:card*", 'dog"cat"', "--dog", "- dog", "re:d.g", "front:re:d.g", "front:re:^dog$",
    "back\\\\", "prop:ivl=0", "*", "_", "", " ", "w:dog", "w:do", "w:d*", "(dog)(cat)", "(dog)cat",
    "dog-cat", "deck:a deck:b", "note:", "\\\"w", "deck:*b", "'dog'", "-", 'front:"a dog"', '"front:a dog"',
    "front:a dog", "rated:1", "introduced:1", "-tag:x dog", '"or"', "nc:uber", "is:suspended",
)
REFUSED_BY_BOTH = (
    "is:foo", "flag:8", "flag:", "()", "(dog", "dog)", '"dog', 'dog"', "or", "dog or", "and dog", "dog and",
    "nid:x", "cid:", "did:x", "re:(", r"a\b", "\\", "dog\\", "prop:foo=1", "dog(cat", "and",
    "dog or or cat", '""', 'deck:""', "is:", "rated:x",
)
# fmt: on


@pytest.mark.oracle
def test_anki_finds_the_same(tmp_path: Path) -> None:
    anki = pytest.importorskip("anki.collection")
    errors = pytest.importorskip("anki.errors")
    theirs = anki.Collection(str(tmp_path / "collection.anki2"))
    ours = filled(tmp_path / "ours", 0)
    decks = {1: "Default", 2: "A", 3: "A::B", 4: "A::BC", 5: "b", 6: "b"}
    keys: dict[int, int] = {}
    with ours.transaction(Op.IMPORT) as tx:
        for key, name in decks.items():
            if key not in (1, 6):
                put_deck(tx, Deck(id=DeckId(key), name=name, preset_id=PresetId(1)))
        for key, (front, back, tags) in list(TEXTS.items())[:6]:
            made = theirs.new_note(theirs.models.by_name("Basic"))
            made["Front"], made["Back"], made.tags = front or " ", back, list(tags)
            theirs.add_note(made, theirs.decks.id(decks[key]))
            keys[made.cards()[0].id] = key
            notes.put_notes(tx, [a_note(key, front or " ", back, tags=tags)])
            cards.put_cards(tx, [a_card(key, deck=min(key, 5))])
    for text in SAME_IN_ANKI:
        assert (text, find(ours, text)) == (text, sorted(keys[card] for card in theirs.find_cards(text)))
    for text in REFUSED_BY_BOTH:
        with pytest.raises(errors.SearchError):
            theirs.find_cards(text)
        with pytest.raises(SearchError):
            find(ours, text)
    ours.close()
    theirs.close()
