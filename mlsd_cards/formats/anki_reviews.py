"""Reads the review log of an Anki collection.

Source: ankitects/anki rslib/src/revlog/mod.rs, rslib/src/storage/revlog/v2_upgrade.sql.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlsd_cards.domain.exchange import ExchangeReview
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
_LEARNING = (ReviewKind.LEARN.value, ReviewKind.RELEARN.value)
_DAY_MS = 86_400_000


@dataclass(slots=True, kw_only=True)
class Reviews:
    """The review log of a file. `last_answer` gives the moment of the newest answer by card id."""

    reviews: list[ExchangeReview] = field(default_factory=list)
    last_answer: dict[int, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_reviews(
    db: ForeignDatabase,
    card_ids: Mapping[int, int],
    progress: Progress,
    *,
    three_buttons: bool,
    now_ms: int,
    most: int,
) -> Reviews:
    """Return the entries of the cards in `card_ids` (id in the file → new id), oldest first.

    With `three_buttons`, learning answers are those of Anki's first scheduler, which had no Hard there. An
    entry that claims to be made after tomorrow gets a number of its own after the newest honest one: it would
    otherwise count as the newest answer for years.

    Raises:
        FileFormatError: `limit` or `damaged`.
    """
    found = Reviews()
    if not db.has("revlog"):
        return found
    rows = TypedRows(db, "revlog", _COLUMNS, most=most)
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

    found.reviews = rows.collect(reviews_of)
    orphans = rows.count - len(found.reviews)
    replaced = _with_usable_ids(found, now_ms)
    if three_buttons:
        _four_buttons(found.reviews)
    found.last_answer = _last_answers(found.reviews)
    found.warnings = sentences(
        (orphans, "review", "left out: the file does not have their cards"),
        (replaced, "review", "given a new moment: the file gives an impossible one"),
        (rows.replaced, "value of reviews", "replaced: not a number, or out of range"),
    )
    return found


def _with_usable_ids(found: Reviews, now_ms: int) -> int:
    """Give entries with impossible moments new ones; return how many there were."""
    ids, replaced = usable_ids([review.id for review in found.reviews], min(ID, now_ms + _DAY_MS))
    if replaced:
        found.reviews = [review._replace(id=new) for review, new in zip(found.reviews, ids, strict=True)]
        found.reviews.sort()
    return replaced


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
