"""Reads an Anki collection that lies on its own, as Anki keeps it (`collection.anki2`) or as a package holds it.

Its media lie beside it, in the folder `collection.media`. Source: ankitects/anki rslib/src/collection/mod.rs,
rslib/src/media/files.rs (names of the files).
"""

from pathlib import Path

from mlsd_cards.domain.bulk import no_search_for_cycles
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions, StoredReviews
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_contents import Origin, Reading
from mlsd_cards.formats.anki_media import Media
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.anki_schema import KNOWN_TABLES
from mlsd_cards.formats.crowdanki_media import MediaFolder
from mlsd_cards.formats.foreign_db import ForeignDatabase, tables_of
from mlsd_cards.formats.foreign_file import private_copy
from mlsd_cards.formats.limits import DEFAULT_LIMITS, Limits
from mlsd_cards.formats.safezip import Budget
from mlsd_cards.formats.unpacking import unpack_folder

NAME = "anki collection"
SUFFIXES = (".anki2", ".anki21", ".anki21b")

_TABLES = frozenset({"col", "notes", "cards", "revlog"})
_OLD, _PACKED = "anki2", b"\x28\xb5\x2f\xfd"


def sniff(path: Path) -> bool:
    """Whether the file is a database with the tables that every Anki collection has."""
    return path.is_file() and tables_of(path) >= _TABLES


def read(
    path: Path, options: ReadOptions, progress: Progress = no_progress, *, limits: Limits = DEFAULT_LIMITS
) -> ExchangeData:
    """Return all that a collection holds; of its media folder, what notes and templates may refer to.

    On any error nothing stays in `options.work_dir`.

    Raises:
        FileFormatError: The collection is refused; see its `kind`. `inconsistent` while Anki has it open.
        DiskFull: There is no room for the copies.
        Cancelled: `progress` said so.
    """
    place = Place(path, "the collection")
    _refuse_packed(path, place)
    with (
        unpack_folder(options.work_dir, prefix="collection-", what="collection") as folder,
        no_search_for_cycles(),
    ):
        budget = Budget(limits, free_bytes=options.free_bytes)
        progress("collection", 0, 0)
        database = private_copy(
            path, folder / "collection", place, budget, program="Anki", most=limits.collection_bytes
        )
        files = MediaFolder(path.absolute().parent / f"{path.stem}.media", place)
        media = Media(place=place.at("the media folder"), entries=files.entries)
        origin = Origin(place=place, layout=_layout(path), limits=limits, whole=True)
        with ForeignDatabase(database, place, KNOWN_TABLES, seconds=limits.sql_seconds) as db:
            data = Reading(origin, db, options, media, progress).data()
        if not isinstance(data.reviews, StoredReviews):
            database.unlink()
        media.use_static()
        data.media, warnings = media.unpack(files, folder, budget, progress, zstd=False)
        data.warnings += warnings
        data.unsafe_names = [*files.links, *media.unsafe]
        return data


def _layout(path: Path) -> str:
    """Return the layout that the ending of the name tells; one that tells none is Anki's usual."""
    ending = path.suffix.lower().removeprefix(".")
    return ending if f".{ending}" in SUFFIXES else _OLD


def _refuse_packed(path: Path, place: Place) -> None:
    with path.open("rb") as file:
        if file.read(len(_PACKED)) == _PACKED:
            raise place.refuse("unsupported", "is packed; import the package (.apkg) that it comes from")
