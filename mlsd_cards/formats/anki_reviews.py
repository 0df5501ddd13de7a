"""Reads the review log of an Anki collection.

Source: ankitects/anki rslib/src/revlog/mod.rs, rslib/src/storage/revlog/v2_upgrade.sql.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import eq

from mlsd_cards.domain.exchange import ExchangeReview, StoredReviews
from mlsd_cards.domain.progress import Progress
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.formats.anki_place import sentences
from mlsd_cards.formats.anki_rows import Integer, TypedRows, usable_ids
from mlsd_cards.formats.foreign_db import ForeignDatabase, Row
from mlsd_cards.formats.limits import ID

_COLUMNS = (
    Integer("id"),
    Integer("cid"),
    Integer("ease", 0, 4),
    Integer("ivl", -(2**31), 2**31 - 1),
    Integer("lastIvl", -(2**31), 2**31 - 1),
    Integer("factor", 0, 2**16 - 1),
    Integer("time", 0, 2**31 - 1),
    Integer("type", 0, 5),
)
_KINDS = tuple(
    kind.value
    for kind in (
        ReviewKind.LEARN,
        ReviewKind.REVIEW,
        ReviewKind.RELEARN,
        ReviewKind.EARLY,
        ReviewKind.MANUAL,
        ReviewKind.RESCHEDULED,
    )
)
_CRAMMING, _MANUAL = _KINDS.index(ReviewKind.EARLY.value), _KINDS.index(ReviewKind.MANUAL.value)
_SELECT = "SELECT id, cid, ease, type, ivl, lastIvl, factor, time FROM revlog ORDER BY rowid"
_LEARNING = (ReviewKind.LEARN.value, ReviewKind.RELEARN.value)
_KEPT = 200_000  # entries from which a log is read again rather than kept in memory
_DAY_MS = 86_400_000


class ReviewsInFile(StoredReviews):
    """A review log that is passed on as it is in the file: nothing in it needs a repair."""

    kinds = _KINDS

    def __init__(self, db: ForeignDatabase, count: int) -> None:
        self.first = int(db.value("SELECT id FROM revlog ORDER BY rowid LIMIT 1"))
        self.last = int(db.value("SELECT max(id) FROM revlog"))
        self._db = db
        self._count = count
        self._kept: list[Row] = []  # of a small log, once it was read

    def batches(self) -> Iterator[Sequence[tuple[int, ...]]]:
        """Yield some thousand reviews at a time, as numbers.

        Raises:
            FileFormatError: The file is not what it was.
        """
        if self._kept:
            yield self._kept
            return
        met: list[Row] = []
        with self._db.again() as db:
            for batch in db.batches(_SELECT):
                if self._count <= _KEPT:
                    met += batch
                yield batch
        self._kept = met

    def ids(self) -> Iterator[int]:
        """Yield the ids alone.

        Raises:
            FileFormatError: The file is not what it was.
        """
        with self._db.again() as db:
            for batch in db.batches("SELECT id FROM revlog ORDER BY rowid"):
                yield from [key for (key,) in batch]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ExchangeReview]:
        new = tuple.__new__  # a million times: half the time of calling the class
        return (
            new(ExchangeReview, (number, card, rating, _KINDS[kind], *rest))
            for number, card, rating, kind, *rest in chain.from_iterable(self.batches())
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as that of a list


@dataclass(slots=True, kw_only=True)
class Reviews:
    """The review log of a file. `last_answer` gives the moment of the newest answer by card id."""

    reviews: Sequence[ExchangeReview] = field(default_factory=list)
    last_answer: Mapping[int, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_reviews(
    db: ForeignDatabase,
    card_ids: Mapping[int, int],
    progress: Progress,
    *,
    three_buttons: bool,
    now_ms: int,
    most: int,
    all_cards: bool = False,
) -> Reviews:
    """Return the entries of the cards in `card_ids` (id in the file → new id), oldest first.

    With `three_buttons`, learning answers are those of Anki's first scheduler, which had no Hard there. An
    entry that claims to be made after tomorrow gets a number of its own after the newest honest one: it would
    otherwise count as the newest answer for years. `all_cards` says that no card of the file was left out.

    Raises:
        FileFormatError: `limit` or `damaged`.
    """
    if not db.has("revlog"):
        return Reviews()
    rows = TypedRows(db, "revlog", _COLUMNS, most=most)
    newest = min(ID, now_ms + _DAY_MS)
    if all_cards and not three_buttons and _is_fit(rows, card_ids, newest):
        progress("reviews", 0, rows.count)
        return Reviews(reviews=ReviewsInFile(db, rows.count), last_answer=_last_answers_in(db))
    return _repaired(rows, card_ids, progress, three_buttons=three_buttons, newest=newest)


def _repaired(
    rows: TypedRows, card_ids: Mapping[int, int], progress: Progress, *, three_buttons: bool, newest: int
) -> Reviews:
    """Read a log whose rows have to be looked at one by one."""
    found = Reviews()
    new = tuple.__new__  # a million times: half the time of calling the class
    done = 0

    def reviews_of(batch: Sequence[Row]) -> list[ExchangeReview]:
        nonlocal done
        progress("reviews", min(done, rows.count), rows.count)
        done += len(batch)
        return [
            new(ExchangeReview, (number, card_ids[cid], ease, _KINDS[kind], ivl, last_ivl, factor, time))
            for number, cid, ease, ivl, last_ivl, factor, time, kind in batch
            if cid in card_ids
        ]

    reviews = rows.collect(reviews_of)
    orphans = rows.count - len(reviews)
    reviews, replaced = _with_usable_ids(reviews, newest)
    if three_buttons:
        _four_buttons(reviews)
    found.reviews = reviews
    found.last_answer = _last_answers(reviews)
    found.warnings = sentences(
        (orphans, "review", "left out: the file does not have their cards"),
        (replaced, "review", "given a new moment: the file gives an impossible one"),
        (rows.replaced, "value of reviews", "replaced: not a number, or out of range"),
    )
    return found


def _is_fit(rows: TypedRows, card_ids: Mapping[int, int], newest: int) -> bool:
    """Whether the log can be passed on as it is, given that all cards of the file are known."""
    return (
        rows.count > 0
        and all(map(eq, card_ids.keys(), card_ids.values()))
        and rows.all_fit(f"id = rowid AND id BETWEEN 1 AND {newest}", "+cid IN (SELECT id FROM cards)")
    )


def _last_answers_in(db: ForeignDatabase) -> dict[int, int]:
    """Return the same as `_last_answers` of a log that needs no repair."""
    answer = f"(ease <> 0 AND (factor <> 0 OR type <> {_CRAMMING}))"
    reset = f"(ease = 0 AND type = {_MANUAL} AND factor = 0)"
    last: dict[int, int] = {}
    if not db.value(f"SELECT 1 FROM revlog WHERE {reset} LIMIT 1"):
        for batch in db.batches(f"SELECT cid, id FROM revlog WHERE {answer} ORDER BY rowid"):
            last.update(batch)
        return last
    for batch in db.batches(f"SELECT cid, id, ease FROM revlog WHERE {answer} OR {reset} ORDER BY rowid"):
        for card_id, number, rating in batch:
            if rating:
                last[card_id] = number
            else:
                last.pop(card_id, None)
    return last


def _with_usable_ids(reviews: list[ExchangeReview], newest: int) -> tuple[list[ExchangeReview], int]:
    """Give entries with impossible moments new ones; return the entries and how many those were."""
    ids, replaced = usable_ids([review.id for review in reviews], newest)
    if replaced:
        reviews = [review._replace(id=new) for review, new in zip(reviews, ids, strict=True)]
        reviews.sort()
    return reviews, replaced


def _four_buttons(reviews: list[ExchangeReview]) -> None:
    """Turn Good and Easy of learning answers that had no Hard into what they are called now."""
    for place, review in enumerate(reviews):
        if review.rating in (2, 3) and review.kind in _LEARNING:
            reviews[place] = review._replace(rating=review.rating + 1)


def _last_answers(reviews: Sequence[ExchangeReview]) -> dict[int, int]:
    last: dict[int, int] = {}
    for number, card_id, rating, kind, _, _, factor, _ in reviews:
        if rating:
            if factor or kind != "early":  # answers while cramming change no schedule
                last[card_id] = number
        elif kind == "manual" and not factor:
            last.pop(card_id, None)
    return last
