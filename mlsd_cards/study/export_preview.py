"""How much an export would write, told before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.study import exporting

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

_PACKED = 0.45  # of the bytes of texts that are left when they are packed
_PER_CARD, _PER_REVIEW = 30, 25  # bytes, packed
_EMPTY = 8_000  # bytes of a package without notes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPreview:
    """What would be written; `octets` is an estimate."""

    notes: int
    cards: int
    media: int
    octets: int
    warnings: Sequence[str] = ()


def preview(
    collection: "Opened",
    *,
    deck: str | None = None,
    search: str | None = None,
    cards: Sequence[CardId] | None = None,
    scheduling: bool = True,
    media: bool = True,
    progress: Progress,
) -> ExportPreview:
    """Return how many notes, cards and media files would go out, and about how many bytes.

    Raises:
        NotFound: there is no such deck. SearchError: the search cannot be understood.
    """
    progress("Reading", 0, 0)
    ids = exporting.chosen(collection, deck, search, cards)
    with collection.store.read() as conn:
        data = exporting.gather(collection, conn, ids, deck, with_reviews=scheduling, with_media=media)
    progress("Reading", 1, 1)
    texts = sum(len(field) for note in data.notes for field in note.fields)
    packed = _EMPTY + int(texts * _PACKED) + _PER_CARD * len(data.cards) + _PER_REVIEW * len(data.reviews)
    return ExportPreview(
        notes=len(data.notes),
        cards=len(data.cards),
        media=len(data.media),
        octets=packed + sum(item.size for item in data.media.values()),
        warnings=tuple(data.warnings),
    )
