"""How soon a search has its cards, beside the plainest SQL that finds the same or scans as much."""

from collections.abc import Iterator

from mlsd_cards.store.connection import DATABASE_NAME
from tests.bench import limits
from tests.bench.bed import Bed
from tests.bench.measure import Figure, Goal, Side, timed
from tests.bench.synthetic import NONSENSE, OTHER_WORD, RARE_WORD, WORD, deck_name

REPEATS = 5
_OF_NOTES = "SELECT c.id FROM cards c JOIN notes n ON n.id = c.note_id WHERE {}"
_LIKE = _OF_NOTES.format("n.fields LIKE ?")
_SCAN, _TAGS, _INDEX = "LIKE over fields", "LIKE over tags", "one SELECT"
_DUE = "SELECT id FROM cards WHERE state = 'review' AND suspended = 0 AND due_day <= 401"
_DECK = "SELECT c.id FROM cards c JOIN decks d ON d.id = c.deck_id WHERE d.name = ?"

QUERIES: dict[str, tuple[str, str, tuple[str, ...], str, Goal]] = {
    "word": (WORD, _LIKE, (f"%{WORD}%",), _SCAN, Goal(of_anki=0.25, median_ms=50)),
    "two words": (
        f"{WORD} {OTHER_WORD}",
        f"{_LIKE} AND n.fields LIKE ?",
        (f"%{WORD}%", f"%{OTHER_WORD}%"),
        _SCAN,
        Goal(of_anki=0.25, median_ms=50),
    ),
    "rare": (RARE_WORD, _LIKE, (f"%{RARE_WORD}%",), _SCAN, Goal(of_anki=0.1, median_ms=20)),
    "nonsense": (NONSENSE, _LIKE, (f"%{NONSENSE}%",), _SCAN, Goal(of_anki=0.1, median_ms=20)),
    "tag": (
        "tag:topic-07",
        _OF_NOTES.format("n.tags LIKE ?"),
        ("% topic-07 %",),
        _TAGS,
        Goal(of_anki=0.25),
    ),
    "field": (f"front:*{WORD}*", _LIKE, (f"%{WORD}%\x1f%",), _SCAN, Goal(of_anki=0.5)),
    "mixed": (
        f'deck:"{deck_name(4)}" tag:level::1 {WORD}',
        f"{_LIKE} AND n.tags LIKE ?",
        (f"%{WORD}%", "% level::1 %"),
        _SCAN,
        Goal(of_anki=0.5),
    ),
    "due": ("is:due", _DUE, (), _INDEX, Goal(of_anki=1.0)),
    "deck": (f'deck:"{deck_name(4)}"', _DECK, (deck_name(4),), _INDEX, Goal(of_anki=1.5)),
    "prop": (
        "prop:ease<2.2",
        "SELECT id FROM cards WHERE ease_permille < 2200 AND state != 'new'",
        (),
        _INDEX,
        Goal(of_anki=1.5),
    ),
    "regex": (f"re:{WORD[:5]}.{WORD[6:]}", _LIKE, (f"%{WORD[:5]}%",), _SCAN, Goal(of_anki=1.0)),
}
"""Name: query, SQL of the limit, its values, what the limit is, goal."""


def figures(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of searching, in the open collections of both programs."""
    for name, (query, sql, values, what, goal) in QUERIES.items():
        sides = bed.sides(_ours(bed, query), _limit(bed, sql, values), _anki(bed, query))
        yield Figure(f"search {name}", sides, goal, what)


def _ours(bed: Bed, query: str) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        bed.collection.search(query)
        for _ in range(REPEATS):
            with timed(samples):
                bed.collection.search(query)
        return samples

    return side


def _limit(bed: Bed, sql: str, values: tuple[str, ...]) -> Side:
    return lambda: limits.query(bed.full_home / DATABASE_NAME, sql, values, REPEATS)


def _anki(bed: Bed, query: str) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        bed.anki.find_cards(query)
        for _ in range(REPEATS):
            with timed(samples):
                list(bed.anki.find_cards(query))
        return samples

    return side
