"""Import: a file is read and judged whole, planned against the collection, and written as one act."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.bulk import no_search_for_cycles
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.errors import DiskFull, FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ImportReport, ReadOptions, TextOptions
from mlsd_cards.domain.progress import Progress
from mlsd_cards.store import media, notes
from mlsd_cards.study.import_apply import Applying
from mlsd_cards.study.import_cards import missing_cards
from mlsd_cards.study.import_decks import put_into
from mlsd_cards.study.import_known import known_to
from mlsd_cards.study.import_notes import make_plan, with_distinct_guids
from mlsd_cards.study.import_plan import Plan
from mlsd_cards.study.import_progress import add_newer_progress
from mlsd_cards.study.import_report import note_ids, report_of

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

BACKUP_FROM_NOTES = 100
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def inspect(
    collection: "Opened",
    path: Path,
    *,
    deck: str,
    progress: Progress,
    scheduling: bool = True,
    preview: bool = True,
) -> ImportReport:
    """Return what importing a file would do; nothing is written. `preview` also looks for scripts and samples.

    Raises:
        FileFormatError: the file is refused.
    """
    with tempfile.TemporaryDirectory(prefix="mlsd-cards-") as folder:
        data = read(collection, path, Path(folder), ImportChoices(default_deck=deck), progress)
        plan = plan_for(collection, data, scheduling=scheduling)
        return report_of(plan, path, scheduling=scheduling, preview=preview)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChoices:
    """What the user chose for a file. `default_deck` is for notes for which the file names no deck.

    `deck` takes the place of the file's decks: of the innermost one that holds all of them, with those below it.
    `text` says how a text file is read.
    """

    default_deck: str = ""
    deck: str = ""
    text: TextOptions | None = None


def import_file(
    collection: "Opened",
    path: Path,
    *,
    scheduling: bool,
    deck: str = "",
    choices: ImportChoices | None = None,
    progress: Progress,
) -> ImportReport:
    """Bring a deck file in, as one act. Without `choices` notes for which it names no deck go to `deck`.

    Raises:
        FileFormatError: the file is refused; everything is as before. Cancelled: `progress` asked to stop.
    """
    with no_search_for_cycles(), media.staging(collection.home) as folder:
        # A function of its own: its rows are gone before the search goes on, which would go through them all.
        choices = choices or ImportChoices(default_deck=deck)
        return _import(collection, path, folder, choices, scheduling=scheduling, progress=progress)


def _import(
    collection: "Opened",
    path: Path,
    folder: Path,
    choices: ImportChoices,
    *,
    scheduling: bool,
    progress: Progress,
) -> ImportReport:
    data = read(collection, path, folder, choices, progress)
    plan = plan_for(collection, data, scheduling=scheduling)
    if len(plan.new) + len(plan.changed) > BACKUP_FROM_NOTES and _holds_work(collection):
        progress("Making a backup", 0, 0)
        collection.store.backup(now_ms=collection.clock.now_ms())
    applied = apply(collection, plan, scheduling=scheduling, progress=progress)
    report = report_of(plan, path, scheduling=scheduling, preview=False)
    return replace(report, note_ids=note_ids(plan, applied.note_ids))


def _holds_work(collection: "Opened") -> bool:
    """Whether there is anything here that the built-in decks could not give back."""
    from mlsd_cards.store import reviews

    with collection.store.read() as conn:
        return bool(reviews.newest(conn))


def apply(
    collection: "Opened", plan: Plan, *, scheduling: bool, progress: Progress, op: Op = Op.IMPORT
) -> Applying:
    """Write a plan as one act, unless it changes nothing.

    Bringing the built-in decks is no act of the user's and leaves their undo steps, unless note types grow, since
    then the notes that earlier steps hold would no longer fit, or notes come, since an earlier step may name the
    rows that it takes back by their range of ids.
    """
    store = collection.store
    if op is not Op.BUILT_IN:
        begun = store.transaction(op)
    else:
        begun = store.transaction(op, undoable=False) if plan.grown or plan.new else store.maintenance()
    with begun as tx:
        applying = Applying(
            tx=tx,
            plan=plan,
            home=collection.home,
            now_ms=collection.clock.now_ms(),
            today=collection.today_number(),
            boundary=collection.boundary,
            scheduling=scheduling,
            progress=progress,
        )
        if changes_anything(collection, plan):
            applying.run()
    return applying


def changes_anything(collection: "Opened", plan: Plan) -> bool:
    """Whether a plan would write anything; importing an unchanged file again does not."""
    if plan.new or plan.changed or plan.media or plan.grown or plan.has_news or plan.newer_reviews:
        return True
    if any(choice.note_type.id not in plan.known.note_types for choice in plan.types.values()):
        return True
    with collection.store.read() as conn:
        return bool(missing_cards(conn, plan, {each.foreign.id: each.note.id for each in plan.matched}))


def plan_for(
    collection: "Opened", data: ExchangeData, *, scheduling: bool, keep_deleted: bool = False
) -> Plan:
    """Return what importing `data` would do here.

    `keep_deleted`: notes of this source that the user deleted stay deleted.
    """
    from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES

    data.notes = with_distinct_guids(data.notes)
    with collection.store.read() as conn:
        known = known_to(conn, data, keep_deleted=keep_deleted)
        plan = make_plan(data, known, STOCK_NOTE_TYPES, keep_progress=scheduling)
        if scheduling:
            add_newer_progress(conn, plan)
    return plan


def read(
    collection: "Opened", path: Path, work_dir: Path, choices: ImportChoices, progress: Progress
) -> ExchangeData:
    """Return all that a file holds, unpacked into `work_dir`.

    Raises:
        FileFormatError: the file is refused.
    """
    from mlsd_cards.formats import reader_for
    from mlsd_cards.formats.anki_decks import deck_name

    with collection.store.read() as conn:
        fields = {nt.name: nt.field_names for nt in notes.note_types(conn).values()}
    options = ReadOptions(
        work_dir=work_dir,
        now_ms=collection.clock.now_ms(),
        zone_offset_minutes=collection.clock.offset_minutes(),
        deck_name=choices.default_deck,
        free_bytes=shutil.disk_usage(work_dir).free,
        note_type_fields=fields,
        text=choices.text,
    )
    with _plain_words(path):
        data = reader_for(path).read(path, options, progress)
    if choices.deck:
        put_into(data, deck_name(choices.deck, DECK_SEPARATOR))
    if path.suffix.lower() == ".colpkg":
        data.warnings.append(
            "This is a whole collection: its notes join yours, and nothing of yours is replaced."
        )
    return data


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a file into a sentence."""
    try:
        yield
    except PermissionError:
        raise FileFormatError("not-a-deck", f"{path.name} may not be read by you.", path=path) from None
    except FileNotFoundError:
        raise FileFormatError("not-a-deck", f"{path.name} is gone, or part of it.", path=path) from None
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(
                f"There is no room on the disk to unpack {path.name}: make room and try again.", path=path
            ) from None
        message = f"{path.name} could not be read: {error.strerror or error}."
        raise FileFormatError("damaged", message, path=path) from None
