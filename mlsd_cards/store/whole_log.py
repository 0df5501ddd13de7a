"""The review log of a collection, handed out without being read."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from mlsd_cards.domain.exchange import ExchangeReview, StoredReviews
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.store.connection import connect_reading

_BATCH = 5000


class WholeLog(StoredReviews):
    """All entries up to the id `last` of the log in `database`, of which there are `count`."""

    kinds = tuple(kind.value for kind in ReviewKind)

    def __init__(self, database: Path, first: int, last: int, *, count: int) -> None:
        self.first = first
        self.last = last
        self._database = database
        self._count = count

    def database(self) -> Path:
        """Return the database whose table `reviews` holds the entries as they are."""
        return self._database

    def batches(self) -> Iterator[Sequence[tuple[int, ...]]]:
        """Yield some thousand entries at a time, as numbers."""
        kind = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(self.kinds))
        rows = self._rows(f"CASE kind {kind} END")
        while batch := list(islice(rows, _BATCH)):
            yield batch

    def ids(self) -> Iterator[int]:
        """Yield the ids alone."""
        return (row[0] for row in self._rows("kind"))

    def _rows(self, kind: str) -> Iterator[tuple[int, ...]]:
        columns = f"id, card_id, rating, {kind}, interval, last_interval, factor, milliseconds"
        with closing(connect_reading(self._database)) as conn:
            yield from conn.execute(f"SELECT {columns} FROM reviews WHERE id <= ? ORDER BY id", (self.last,))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ExchangeReview]:
        return map(ExchangeReview._make, self._rows("kind"))
