"""The collection that the tests of searches look at: each note and card is there for some term."""

from pathlib import Path

from mlsd_cards.domain.cards import Buried, CardState, Schedule
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.store import cards, decks, notes, reviews
from mlsd_cards.store.collection import Store
from mlsd_cards.store.search import SearchEnv, search
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


def searchable(home: Path) -> Store:
    """A collection with seven notes and nine cards."""
    store = filled(home, 0)
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
    return store


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
