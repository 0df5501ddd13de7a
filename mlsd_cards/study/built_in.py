"""Brings the built-in decks into a collection, and up to date, without touching schedules or the user's edits."""

from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards import __version__
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Preset, PresetId
from mlsd_cards.domain.progress import no_progress
from mlsd_cards.paths import decks_dir, resources_dir
from mlsd_cards.store import decks, media, settings

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

SOURCE = "built-in"
_SEEN = "built_in_decks"
DEFAULT_PRESET = PresetId(1)


def bring_up_to_date(collection: "Opened", sources: Path | None = None) -> bool:
    """Make the default preset, and import the built-in decks if they changed; return whether anything was written.

    `sources` is the folder of the deck sources, normally the program's own.

    Raises:
        FileFormatError: the deck sources of this installation are damaged.
    """
    make_default_preset(collection)
    with collection.store.read() as conn:
        seen = settings.get(conn, _SEEN, "")
    sources = sources or decks_dir()
    edition = edition_of(sources, resources_dir() / "note_types")
    if edition == seen:
        return False
    _import(collection, sources, edition)
    return True


def make_default_preset(collection: "Opened") -> None:
    """Make the preset of decks that have none of their own, unless it is there."""
    with collection.store.read() as conn:
        if DEFAULT_PRESET in decks.presets(conn):
            return
    with collection.store.maintenance() as tx:
        decks.put_preset(tx, Preset(id=DEFAULT_PRESET, name="Default"))


def edition_of(*folders: Path) -> str:
    """Return what tells one edition of the deck sources from another: version, and each file's size and time."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    marks = [f"{path.name}:{(stat := path.stat()).st_size}:{stat.st_mtime_ns}" for path in files]
    from hashlib import blake2b

    return f"{__version__} {blake2b(chr(10).join(marks).encode(), digest_size=12).hexdigest()}"


def _import(collection: "Opened", sources: Path, edition: str) -> None:
    from mlsd_cards.formats import source
    from mlsd_cards.study.importing import apply, plan_for

    with media.staging(collection.home) as folder:
        data = source.exchange(sources, collection.clock.now_ms(), folder)
        data.source = SOURCE
        plan = plan_for(collection, data, scheduling=False, keep_deleted=True)
        apply(collection, plan, scheduling=False, progress=no_progress, op=Op.BUILT_IN)
        collection.store.index_texts()  # few notes: nothing is left for a later command to write
    with collection.store.maintenance() as tx:
        settings.put(tx, _SEEN, edition)
