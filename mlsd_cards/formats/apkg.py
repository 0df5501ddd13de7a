"""Reads Anki packages (.apkg, and .colpkg as a merge) in all three layouts.

Layout 1 holds `collection.anki2`, layout 2 `collection.anki21` beside a dummy `collection.anki2` that asks
for a newer program, layout 3 `collection.anki21b` and media packed with zstd and a media list in protobuf.

Source: ankitects/anki rslib/src/import_export/package/meta.rs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlsd_cards.domain.bulk import no_search_for_cycles
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions, StoredReviews
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_contents import Origin, Reading
from mlsd_cards.formats.anki_media import Media, MediaEntry, entries_from_json, entries_from_proto
from mlsd_cards.formats.anki_place import quoted
from mlsd_cards.formats.anki_schema import KNOWN_TABLES
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import DEFAULT_LIMITS, Limits
from mlsd_cards.formats.protowire import Message
from mlsd_cards.formats.safezip import ZIP_SIGNATURES, Budget, SafeZip
from mlsd_cards.formats.unpacking import unpack_folder

NAME = "anki package"
SUFFIXES = (".apkg", ".colpkg")

_LAYOUTS = {1: "collection.anki2", 2: "collection.anki21", 3: "collection.anki21b"}
_NEWEST_LAYOUT = 3
_META_BYTES = 1024


class _Package(NamedTuple):
    """A package that is being read."""

    archive: SafeZip
    layout: int
    budget: Budget
    folder: Path
    whole: bool  # a backup of a whole collection: everything in it is wanted, used or not

    @property
    def zstd(self) -> bool:
        return self.layout == _NEWEST_LAYOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """What the database of a package holds, before its media."""

    data: ExchangeData
    media: Media


def sniff(path: Path) -> bool:
    """Whether the file is a zip archive with an Anki collection in it."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in ZIP_SIGNATURES:
                return False
        with SafeZip(path) as archive:
            return any(archive.has(name) for name in _LAYOUTS.values())
    except (OSError, FileFormatError):
        return False


def read(
    path: Path,
    options: ReadOptions,
    progress: Progress = no_progress,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> ExchangeData:
    """Return all that an Anki package holds; media are unpacked below `options.work_dir`.

    Of an `.apkg` only those note types, decks and presets come along that its notes and cards use, and those
    media files that a note refers to or that begin with `_` or `latex-`; of a `.colpkg` everything does. Reviews
    that need no repair stay in the unpacked database until they are asked for. On any error nothing stays in
    `options.work_dir`.

    Raises:
        FileFormatError: The package is refused; see its `kind`.
        DiskFull: There is no room for the unpacked files.
        Cancelled: `progress` said so.
    """
    with (
        unpack_folder(options.work_dir, prefix="package-", what="package") as folder,
        SafeZip(path, limits) as archive,
        no_search_for_cycles(),
    ):
        layout = _layout(archive)
        budget = Budget(limits, packed_bytes=path.stat().st_size, free_bytes=options.free_bytes)
        package = _Package(archive, layout, budget, folder, _is_whole(path.name))
        return _read(package, options, progress)


def _read(package: _Package, options: ReadOptions, progress: Progress) -> ExchangeData:
    contents = _read_collection(package, options, progress)
    data, media = contents.data, contents.media
    if package.whole:
        media.use_all()
    else:
        media.use_static()
    data.media, warnings = media.unpack(
        package.archive, package.folder, package.budget, progress, zstd=package.zstd
    )
    data.warnings += warnings
    data.unsafe_names = list(media.unsafe)
    return data


def _is_whole(name: str) -> bool:
    """Whether a package is a backup of a whole collection; Anki, too, goes by the name."""
    name = name.lower()
    return (
        name.endswith(".colpkg")
        or name == "collection.apkg"
        or (name.startswith("backup-") and ".apkg" in name)
    )


def _layout(archive: SafeZip) -> int:
    """Return which of the three layouts the package has."""
    if archive.has("meta"):
        place = archive.place.at("the member meta")
        meta = Message(archive.read("meta", _META_BYTES, Budget()), place)
        layout = meta.integer(1)
        if layout not in _LAYOUTS:
            raise place.refuse(
                "too-new", f"says that the package was made by a newer Anki (version {layout})"
            )
        if not archive.has(_LAYOUTS[layout]):
            raise archive.place.refuse(
                "damaged", f"says that it holds {_LAYOUTS[layout]}, which is not there"
            )
        return layout
    for layout in sorted(_LAYOUTS, reverse=True):
        if archive.has(_LAYOUTS[layout]):
            return layout
    raise archive.place.refuse("not-a-deck", "is a zip archive without an Anki collection")


def _read_collection(package: _Package, options: ReadOptions, progress: Progress) -> _Contents:
    archive, name = package.archive, _LAYOUTS[package.layout]
    database = package.folder / "collection"
    progress("collection", 0, 0)
    most = archive.limits.collection_bytes
    archive.unpack(name, database, most, package.budget, zstd=package.zstd, digests=False)
    place = archive.place.at(f"the member {quoted(name)}")
    with ForeignDatabase(database, place, KNOWN_TABLES, seconds=archive.limits.sql_seconds) as db:
        media = Media(place=archive.place.at("the media list"), entries=_media_list(package))
        origin = Origin(
            place=archive.place,
            layout=name.removeprefix("collection."),
            limits=archive.limits,
            whole=package.whole,
        )
        contents = _Contents(data=Reading(origin, db, options, media, progress).data(), media=media)
    if not isinstance(contents.data.reviews, StoredReviews):
        database.unlink()
    return contents


def _media_list(package: _Package) -> list[MediaEntry]:
    archive = package.archive
    if not archive.has("media"):
        return []  # old phone programs left it out
    most = archive.limits.media_map_bytes
    raw = archive.read("media", most, package.budget, zstd=package.zstd)
    place = archive.place.at("the media list")
    return entries_from_proto(raw, place) if package.zstd else entries_from_json(raw, place)
