"""The search language: each term with cards that match and cards that must not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.domain.cards import Buried, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.domain.errors import InputError, SearchError
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, decks, notes, reviews
from mlsd_cards.store.collection import Store
from mlsd_cards.store.search import ORDERS, SearchEnv, search
from tests.unit.store.store_making import (
    BASIC,
    CLOZE,
    NOW_MS,
    a_card,
    a_note,
    a_review,
    due,
    filled,
)

DAY = 86_400_000
TODAY = 10
NEXT_DAY = NOW_MS + 5 * 3_600_000
ENV = SearchEnv(NOW_MS, TODAY, NEXT_DAY, DeckId(3))

TEXTS = {
    1: ("dog", "an animal", ("x", "marked")),
    2: ("a dog", "cat", ("x::y",)),
    3: ("hot dog *", "über", ("xy",)),
    4: ("<b>exa</b>mple", 'q_uote "w"', ()),
    5: ("", "back-slash \\", ("Z",)),
    6: ("co:lon - minus (p) 50%", "and or", ("Ünï::x",)),
    7: ("{{c1::Paris}} and <img src='map.png'>", "5 &lt; 7", ()),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with filled(tmp_path_factory.mktemp("search"), 0) as store:
        with store.transaction(Op.OTHER) as tx:
            parameters = (*(0.5,) * 20, 0.3)
            decks.put_preset(
                tx,
                Preset(id=PresetId(2), name="Own preset", options=Options(parameters=parameters)),
                Preset(id=PresetId(3), name="Old", options=Options(parameters=(0.5,) * 19)),
            )
            names = {2: "A", 3: "A::B", 4: "A::BC", 5: "b"}
            for key, name in names.items():
                preset = PresetId({2: 2, 3: 3}.get(key, 1))
                decks.put_deck(tx, Deck(id=DeckId(key), name=name, preset_id=preset))
            notes.put_notes(
                tx,
                [
                    a_note(key, front, back, tags=tags, note_type=CLOZE if key == 7 else BASIC)
                    for key, (front, back, tags) in TEXTS.items()
                ],
            )
            cards.put_cards(tx, made_cards())
            reviews.add_rows(tx, map(reviews.review_row, made_reviews()))
        yield store


def made_cards() -> list[cards.Card]:
    learning = Schedule(state=CardState.LEARNING, due_at_ms=NOW_MS + 60_000)
    day_ms = NOW_MS - 3 * DAY
    return [
        a_card(1, deck=1, flag=1),
        a_card(
            2,
            deck=2,
            schedule=due(
                10, reps=3, lapses=2, stability=10.0, difficulty=5.0, last_answer_ms=NOW_MS - 10 * DAY
            ),
        ),
        a_card(
            3,
            deck=3,
            schedule=due(12, stability=10.0, difficulty=5.5, last_answer_ms=NOW_MS - DAY),
            created_ms=NOW_MS - 5 * DAY,
        ),
        a_card(4, deck=4, schedule=learning),
        a_card(5, deck=5, suspended=True, schedule=due(3)),
        a_card(6, deck=5, buried=Buried.SIBLING, buried_until_day=11, schedule=due(3), modified_ms=day_ms),
        a_card(
            7,
            deck=1,
            schedule=Schedule(
                state=CardState.RELEARNING, due_day=9, stability=2.0, last_answer_ms=NOW_MS - 4 * DAY
            ),
            ordinal=2,
        ),
        a_card(8, note=1, deck=1, ordinal=1, buried=Buried.BY_HAND, buried_until_day=11),
        a_card(9, note=2, deck=2, ordinal=1, buried=Buried.BY_HAND, buried_until_day=10),
    ]


def made_reviews() -> list[reviews.ReviewLogEntry]:
    midnight = NEXT_DAY - DAY
    return [
        a_review(midnight, 1, rating=1),
        a_review(midnight - 1, 2, rating=3),
        a_review(midnight - 5 * DAY, 2, rating=1),
        a_review(midnight + 5, 2, rating=2),
        a_review(midnight + 6, 3, rating=0),
    ]


def find(store: Store, text: str) -> list[int]:
    with store.read() as conn:
        count, ids = search(conn, text, ENV)
    assert count == len(ids)
    return ids


EVERY = [1, 2, 3, 4, 5, 6, 7, 8, 9]
CASES = {
    # words
    "": EVERY,
    "  ": EVERY,
    "dog": [1, 2, 3, 8, 9],
    "DOG": [1, 2, 3, 8, 9],
    "dog cat": [2, 9],
    "dog and cat": [2, 9],
    "dog\u3000cat": [2, 9],
    "cat or animal": [1, 2, 8, 9],
    "dog cat or über": [2, 3, 9],
    "dog (cat or über)": [2, 3, 9],
    "(dog)(cat)": [2, 9],
    "-dog": [4, 5, 6, 7],
    "-(dog or minus)": [4, 5, 7],
    "--dog": EVERY,
    "- minus": [6],
    '"hot dog"': [3],
    '"dog hot"': [],
    '-"hot dog"': [1, 2, 4, 5, 6, 7, 8, 9],
    'dog"cat"': [2, 9],
    '"and" or "or"': [6, 7],
    "d_g": [1, 2, 3, 8, 9],
    "an*al": [1, 8],
    "*": EVERY,
    "dog*cat": [2, 9],
    r"d\_g": [],
    r"q\_u": [4],
    r"\*": [3],
    r"\"w": [4],
    r"back\-slash": [5],
    r"slash*\\": [5],
    r"\(p\)": [6],
    r"co\:lon": [6],
    "50%": [6],
    "5%%": [],
    "example": [4],
    "über": [3],
    "uber": [3],
    "ÜBER": [3],
    "nc:uber": [3],
    "<b>": [4],
    "<b>exa": [4],
    "&lt;": [7],
    r'"5 < 7"': [7],
    "map.png": [],
    "an": [1, 7, 6, 8],
    "zz": [],
    "zzz": [],
    # whole words and expressions
    "w:dog": [1, 2, 3, 8, 9],
    "w:do": [],
    "w:do*": [1, 2, 3, 8, 9],
    "w:d_g": [1, 2, 3, 8, 9],
    "re:d.g": [1, 2, 3, 8, 9],
    r'"re:h.t\sd"': [3],
    "re:^dog": [1, 8],
    "re:DOG|PARIS": [1, 2, 3, 7, 8, 9],
    "re:animal": [1, 8],
    "re:anim?al": [1, 8],
    "re:<b>": [4],
    # fields
    "front:dog": [1, 8],
    "Front:DOG": [1, 8],
    "front:*dog": [1, 2, 8, 9],
    "front:*dog*": [1, 2, 3, 8, 9],
    "front:do": [],
    'front:"a dog"': [2, 9],
    '"front:a dog"': [2, 9],
    "front:": [5],
    "front:_*": [1, 2, 3, 4, 6, 8, 9],
    "front:*": [1, 2, 3, 4, 5, 6, 8, 9],
    "fr*:dog": [1, 8],
    "*:cat": [2, 9],
    "*:_*": EVERY,
    "b_ck:cat": [2, 9],
    "text:*paris*": [7],
    "back:cat": [2, 9],
    "front:example": [4],
    "front:<b>*": [4],
    "text:*map.png*": [],
    "text:*<img*map.png*": [7],
    "front:re:^a": [2, 9],
    "front:re:<B>": [4],
    "back:nc:uber": [3],
    # decks and presets
    "deck:A": [2, 3, 4, 9],
    "deck:a": [2, 3, 4, 9],
    "deck:a::b": [3],
    "deck:a*": [2, 3, 4, 9],
    "deck:a::_": [3],
    "deck:a::*": [3, 4],
    "deck:a -deck:a::*": [2, 9],
    'deck:"A"': [2, 3, 4, 9],
    "deck:*": EVERY,
    "deck:current": [3],
    "deck:filtered": [],
    "deck:": [],
    "did:2": [2, 9],
    "did:2,3": [2, 3, 9],
    "preset:own*": [2, 9],
    "preset:default": [1, 4, 5, 6, 7, 8],
    # tags
    "tag:x": [1, 2, 8, 9],
    "tag:X": [1, 2, 8, 9],
    "tag:x::y": [2, 9],
    "tag:x*": [1, 2, 3, 8, 9],
    "tag:x_": [3],
    "tag:*y": [2, 3, 9],
    "tag:none": [4, 7],
    "-tag:none": [1, 2, 3, 5, 6, 8, 9],
    "tag:*": EVERY,
    "tag:": [],
    'tag:"x marked"': [],
    "tag:ünï": [6],
    "tag:ÜNÏ::X": [6],
    "tag:re:^x.$": [3],
    "tag:marked": [1, 8],
    # note types, templates, numbers
    "note:basic": [1, 2, 3, 4, 5, 6, 8, 9],
    'note:"cloze type"': [7],
    "note:cl*": [7],
    "note:": [],
    "mid:2": [7],
    "card:1": [1, 2, 3, 4, 5, 6],
    "card:2": [8, 9],
    "card:3": [7],
    "card:reverse": [8, 9],
    'card:"card 1"': [1, 2, 3, 4, 5, 6],
    "card:gap": [7],
    "card:nothing": [],
    "nid:1": [1, 8],
    "nid:1,7": [1, 7, 8],
    "cid:1,7": [1, 7],
    "cid:99": [],
    "dupe:1,dog": [1, 8],
    "dupe:1,<i>DOG</i>": [1, 8],
    "dupe:2,dog": [],
    # states
    "is:new": [1, 8, 9],
    "is:learn": [4, 7],
    "is:review": [2, 3, 5, 6, 7],
    "is:due": [2, 4, 7],
    "is:suspended": [5],
    "is:buried": [6, 8],
    "is:buried-sibling": [6],
    "is:buried-manually": [8],
    "IS:NEW": [1, 8, 9],
    "-is:due is:review": [3, 5, 6],
    "-prop:s>5": [1, 4, 5, 6, 7, 8, 9],
    "flag:1": [1],
    "flag:0": [2, 3, 4, 5, 6, 7, 8, 9],
    "flag:7": [],
    # properties
    "prop:ivl=5": [2, 3, 5, 6],
    "prop:ivl!=5": [1, 4, 7, 8, 9],
    "prop:due=0": [2],
    "prop:due<=0": [2, 7],
    "prop:due>0": [3],
    "prop:due=-1": [7],
    "prop:reps>2": [2],
    "prop:lapses>=2": [2],
    "prop:ease<2.6 prop:ease>=2.5": [2, 3, 5, 6],
    "prop:pos=9": [9],
    "prop:pos>1": [8, 9],
    "prop:s>5": [2, 3],
    "prop:d>5": [3],
    "prop:r<0.9": [7],
    "prop:r<=0.9000001": [2, 7],
    "prop:r>0.9000001": [3],
    "prop:r>0": [2, 3, 7],
    "prop:r<=1": [2, 3, 7],
    "prop:r>1": [],
    "prop:r=2": [],
    "PROP:IVL=5": [2, 3, 5, 6],
    "prop:rated=0": [1, 2],
    "prop:rated=-1": [2],
    "prop:rated!=0": [2],
    "prop:rated<-1": [2],
    "prop:rated<=-1": [2],
    "prop:rated>-1": [1, 2],
    "prop:rated>=0": [1, 2],
    "prop:resched=0": [3],
    # events
    "added:1": [1, 2, 4, 5, 6, 7, 8, 9],
    "added:5": [1, 2, 4, 5, 6, 7, 8, 9],
    "added:6": EVERY,
    "added:0": [1, 2, 4, 5, 6, 7, 8, 9],
    "edited:1": EVERY,
    "rated:1": [1, 2],
    "rated:1:1": [1],
    "rated:2:3": [2],
    "rated:9:4": [],
    "introduced:1": [1],
    "introduced:6": [1, 2],
    "resched:1": [3],
}


@pytest.mark.parametrize("text", CASES)
def test_a_search_finds_exactly_what_it_should(store: Store, text: str) -> None:
    assert find(store, text) == sorted(CASES[text])


BAD = {
    "()": (0, "brackets"),
    "dog ()": (4, "brackets"),
    "(dog": (0, "never closed"),
    "dog)": (3, "closing bracket"),
    'dog "cat': (4, "quote"),
    'dog"': (3, "quote"),
    '""': (0, "quotes"),
    'deck:""': (5, "quotes"),
    "or": (0, "`or`"),
    "dog or": (4, "`or`"),
    "dog or or cat": (7, "`or`"),
    "dog AND or cat": (8, "`or`"),
    "and dog": (0, "`and`"),
    "(dog or)": (5, "`or`"),
    r"a\b": (0, r"`\b`"),
    "dog\\": (0, "backslash"),
    "is:foo": (0, "is:"),
    "dog is:": (4, "is:"),
    "flag:8": (0, "0 to 7"),
    "flag:": (0, "0 to 7"),
    "flag:-1": (0, "0 to 7"),
    "nid:x": (0, "commas"),
    "cid:1,": (0, "commas"),
    "did:²": (0, "commas"),
    "nid:1_0": (0, "commas"),
    "nid:99999999999999999999": (0, "commas"),
    "prop:foo=1": (0, "prop:"),
    "prop:ivl": (0, "prop:"),
    "prop:ivl=x": (0, "whole number"),
    "prop:ease=x": (0, "number"),
    "rated:x": (0, "days"),
    "rated:1:5": (0, "1, 2, 3 or 4"),
    "added:": (0, "days"),
    "dupe:1": (0, "dupe:"),
    "dupe:x,dog": (0, "dupe:"),
    "re:[": (0, "regular expression"),
    "tag:re:[": (0, "regular expression"),
    "front:re:[": (0, "regular expression"),
    "w:": (0, "word"),
    "foo:bar": (0, "`foo:`"),
    "dog http://x": (4, "`http:`"),
    "(" * 60 + "dog" + ")" * 60: (50, "deeper"),
    "x" * 20_001: (20_000, "longer"),
}


@pytest.mark.parametrize("text", BAD)
def test_a_faulty_search_is_refused_with_its_place_and_part(store: Store, text: str) -> None:
    position, part = BAD[text]
    with pytest.raises(SearchError) as caught:
        find(store, text)
    assert caught.value.position == position
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")


def test_values_are_bound_and_never_part_of_a_statement(store: Store) -> None:
    for text in ("'; DROP TABLE notes; --", '"x\' OR 1=1"', "deck:'*", "tag:%", 'front:"a\' b"'):
        assert find(store, text) == []
    assert find(store, "") == EVERY


def test_notes_not_indexed_yet_are_found_all_the_same(tmp_path: Path) -> None:
    with filled(tmp_path, 0) as store:
        with store.transaction(Op.IMPORT) as tx:
            notes.add_notes(tx, [a_note(key, f"word{key} example", "b") for key in range(1, 40)])
            cards.put_cards(tx, [a_card(key) for key in range(1, 40)])
        with store.transaction(Op.EDIT_NOTE) as tx:
            notes.put_notes(tx, [a_note(7, "changed example", "b")])

        def look() -> None:
            assert find(store, "example") == list(range(1, 40))
            assert find(store, "word12") == [12]
            assert find(store, "word7") == []
            assert find(store, "changed") == [7]

        look()
        stages: list[tuple[int, int]] = []
        assert store.index_texts(lambda what, done, total: stages.append((done, total)), slice_size=15) == 38
        assert stages == [(15, 38), (30, 38), (38, 38)]
        look()
        assert store.index_texts() == 0
        assert store.undo() is Op.EDIT_NOTE  # indexing is no act
        assert find(store, "word7") == [7]
        assert find(store, "changed") == []
        store.redo()
        look()


def test_a_deleted_note_is_no_longer_found_and_comes_back(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        with store.transaction(Op.DELETE_NOTES) as tx:
            notes.delete_notes(tx, [NoteId(3)])
        assert find(store, '"front 3"') == []
        store.undo()
        assert find(store, '"front 3"') == [3]


def test_an_index_that_knows_too_much_does_no_harm(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        for text in ("first words", "second words", "third words"):
            with store.transaction(Op.EDIT_NOTE) as tx:
                notes.put_notes(tx, [a_note(1, text, "b")])
        assert find(store, "first") == []
        assert find(store, "second words") == []
        assert find(store, "third") == [1]


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_sorts_both_ways(store: Store, order: str) -> None:
    with store.read() as conn:
        _, up = search(conn, "", ENV, order=order)
        _, down = search(conn, "", ENV, order=f"-{order}")
    assert sorted(up) == EVERY
    assert down == up[::-1]


def test_orders_and_limits(store: Store) -> None:
    with store.read() as conn:
        assert search(conn, "is:review", ENV, order="due") == (5, [5, 6, 7, 2, 3])
        assert search(conn, "is:review", ENV, order="-due", limit=2) == (5, [3, 2])
        assert search(conn, "dog", ENV, limit=0) == (5, [])
        assert search(conn, "nid:1,2,3", ENV, order="text") == (5, [2, 9, 1, 8, 3])
        with pytest.raises(InputError, match="nonsense"):
            search(conn, "", ENV, order="nonsense")


def test_the_current_deck_may_be_none(store: Store) -> None:
    with store.read() as conn:
        assert search(conn, "deck:current", ENV._replace(current_deck=None)) == (0, [])
        assert search(conn, "deck:current", ENV._replace(current_deck=DeckId(2)))[1] == [2, 3, 4, 9]
