"""What the import screen shows of a file before anything is written: counts, sample cards, the question of progress."""

import base64
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlsd_cards.domain.exchange import ExchangeMedia, ExchangeNote, ImportReport, TextOptions, TextTable
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.domain.progress import Progress
from mlsd_cards.study.browsing import Faces, draft_faces
from mlsd_cards.study.import_known import PROGRESS_WANTED
from mlsd_cards.study.import_plan import Plan
from mlsd_cards.study.import_report import report_of
from mlsd_cards.study.importing import ImportChoices, plan_for, read

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

MOST_SAMPLES = 12
_FIRST_SAMPLES = 3
_LARGEST_PICTURE = 500_000  # bytes of a picture that a sample shows
_MOST_PICTURES = 3_000_000  # bytes of all of them
_LOOKED_AT = 5_000  # answers of the file by which it is told whose they are
_WHOLE_COLLECTIONS = frozenset({".colpkg", ".anki2", ".anki21", ".anki21b"})
_PICTURES = {
    "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "svg": "svg+xml",
}  # fmt: skip


class Sample(NamedTuple):
    """A card that the file would make, safe to show."""

    note_type: str
    faces: Faces


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What importing a file would do. `table` is there for text files alone.

    `has_progress`: the file holds learning progress. `own`: it is probably the user's own, because answers given
    here are in it, because it is a whole collection, or because its progress was wanted last time.
    """

    report: ImportReport
    samples: tuple[Sample, ...]
    table: TextTable | None
    has_progress: bool
    own: bool


def preview(collection: "Opened", path: Path, *, choices: ImportChoices, progress: Progress) -> ImportPreview:
    """Return what importing a file would do; nothing is written. A text file is read as `choices` say.

    Raises:
        FileFormatError: the file is refused.
    """
    choices = replace(choices, text=choices.text or TextOptions())
    with tempfile.TemporaryDirectory(prefix="mlsd-cards-") as folder:
        data = read(collection, path, Path(folder), choices, progress)
        progress("Comparing with your notes", 0, 0)
        plan = plan_for(collection, data, scheduling=True)
        has_progress = bool(data.reviews) or any(card.state != "new" for card in data.cards)
        return ImportPreview(
            report=report_of(plan, path, scheduling=True, preview=True),
            samples=tuple(samples(plan)),
            table=data.table,
            has_progress=has_progress,
            own=has_progress and _is_own(collection, plan, path),
        )


def samples(plan: Plan) -> Iterator[Sample]:
    """Yield the cards of the first notes and of the first note of each note type, at most twelve."""
    shown = 0
    met: set[int] = set()
    room = _MOST_PICTURES
    for place, note in enumerate(plan.data.notes):
        if shown == MOST_SAMPLES or (place >= _FIRST_SAMPLES and len(met) == len(plan.types)):
            return
        if place >= _FIRST_SAMPLES and note.note_type_id in met:
            continue
        met.add(note.note_type_id)
        note_type = plan.note_type(note)
        if note_type.templates:
            faces, used = _with_pictures(_faces(plan, note, note_type), plan.data.media, room)
            room -= used
            shown += 1
            yield Sample(note_type.name, faces)


def _faces(plan: Plan, note: ExchangeNote, note_type: NoteType) -> Faces:
    return draft_faces(note_type, plan.types[note.note_type_id].arranged(note.fields), note.tags)


def _with_pictures(faces: Faces, media: dict[str, ExchangeMedia], room: int) -> tuple[Faces, int]:
    """Return a card with its small pictures written out, since they are not in the media folder yet."""
    from mlsd_cards.rendering.text import media_names, rename_media

    written: dict[str, str] = {}
    used = 0
    for name in media_names(faces.question + faces.answer):
        kind = _PICTURES.get(name.rpartition(".")[2].lower())
        item = media.get(name)
        if kind and item and item.size <= min(_LARGEST_PICTURE, room - used) and name not in written:
            written[name] = f"data:image/{kind};base64,{base64.b64encode(item.path.read_bytes()).decode()}"
            used += item.size
    # An address is written into the text in two steps: as a name its signs would be escaped.
    marks = {name: f"{secrets.token_hex(16)}.png" for name in written}
    sides = [rename_media(side, marks) for side in (faces.question, faces.answer)]
    for name, address in written.items():
        sides = [side.replace(marks[name], address) for side in sides]
    return replace(faces, question=sides[0], answer=sides[1]), used


def _is_own(collection: "Opened", plan: Plan, path: Path) -> bool:
    from mlsd_cards.store import reviews, settings

    if path.suffix.lower() in _WHOLE_COLLECTIONS:
        return True
    with collection.store.read() as conn:
        wanted = settings.get(conn, PROGRESS_WANTED, {}).get(plan.known.edition)
        if wanted is not None:
            return bool(wanted)
        return reviews.any_own(conn, ids=[entry.id for entry in islice(plan.data.reviews, _LOOKED_AT)])
