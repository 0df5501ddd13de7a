"""Reads the review log of an Anki collection.

Source: ankitects/anki rslib/src/revlog/mod.rs, rslib/src/storage/revlog/v2_upgrade.sql.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlsd_cards.domain.exchange import ExchangeReview
from mlsd_cards.domain.progress import Progress
from mlsd_cards.domain.reviews import ReviewKind
from mlsd_cards.formats.anki_place import counted
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
KINDS = (
    ReviewKind.LEARN,
    ReviewKind.REVIEW,
    ReviewKind.RELEARN,
    ReviewKind.EARLY,
    ReviewKind.MANUAL,
    ReviewKind.RESCHEDULED,
)
_LEARNING_TYPES = (0, 2)
_REPORT_EVERY = 50_000
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
    rows = TypedRows(db, "revlog", _COLUMNS, most=most, order="id")
    kept = _of_known_cards(rows, card_ids, progress)
    ids, replaced = usable_ids([row[0] for row in kept], min(ID, now_ms + _DAY_MS))
    kinds: list[str] = [kind.value for kind in KINDS]
    make = ExchangeReview._make
    found.reviews = [
        make((number, card_ids[cid], ease, kinds[kind], ivl, last_ivl, factor, time))
        for number, (_, cid, ease, ivl, last_ivl, factor, time, kind) in zip(ids, kept, strict=True)
    ]
    if replaced:
        found.reviews.sort()
    if three_buttons:
        _four_buttons(found.reviews)
    found.last_answer = _last_answers(found.reviews)
    found.warnings = _warnings(rows.count - len(kept), replaced, rows.replaced)
    return found


def _of_known_cards(rows: TypedRows, card_ids: Mapping[int, int], progress: Progress) -> Sequence[Row]:
    kept: list[Row] = []
    for number, row in enumerate(rows):
        if not number % _REPORT_EVERY:
            progress("reviews", number, rows.count)
        if row[1] in card_ids:
            kept.append(row)
    return kept


def _four_buttons(reviews: list[ExchangeReview]) -> None:
    learning = {KINDS[number].value for number in _LEARNING_TYPES}
    for place, review in enumerate(reviews):
        if review.rating in (2, 3) and review.kind in learning:
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


def _warnings(orphans: int, replaced: int, values: int) -> list[str]:
    found = []
    if orphans:
        found.append(f"{counted(orphans, 'review')} of cards that are not in the file left out.")
    if replaced:
        found.append(f"{counted(replaced, 'review')} with an impossible moment given a new one.")
    if values:
        found.append(f"{counted(values, 'value')} in reviews replaced because of a wrong kind or range.")
    return found
