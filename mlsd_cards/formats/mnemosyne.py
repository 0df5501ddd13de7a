"""Reads Mnemosyne files: `.cards` (a zip archive), and the XML of Mnemosyne 2.x and 1.x on its own.

Notes, note types, tags and media come along; what was learnt does not. Source: mnemosyne-proj/mnemosyne
`openSM2sync/log_entry.py` (numbers of record types), `libmnemosyne/file_formats` (facts).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ReadOptions
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.limits import CARDS, NOTES, TAGS_PER_NOTE, XML_FILE_BYTES
from mlsd_cards.formats.mnemosyne_facts import NoteMaker, own_old_id
from mlsd_cards.formats.mnemosyne_media import MediaFiles
from mlsd_cards.formats.mnemosyne_old import Item, facts_of
from mlsd_cards.formats.mnemosyne_xml import Record, read_records
from mlsd_cards.formats.safezip import ZIP_SIGNATURES, Budget, SafeZip
from mlsd_cards.formats.unpacking import unpack_folder

NAME = "mnemosyne"
SUFFIXES = (".cards", ".xml")

_CARDS = "cards.xml"
_METADATA = "METADATA"
_METADATA_BYTES = 64 * 1024
_SNIFF_BYTES = 4096
_ROOT = re.compile(rb"<(?:openSM2sync|mnemosyne)[\s>]")
_NEW_ROOT, _OLD_ROOT = "openSM2sync", "mnemosyne"
_CARD, _TAG, _MEDIA, _FACT, _VIEW, _TYPE = "6", "10", "13", "16", "19", "22"


def sniff(path: Path) -> bool:
    """Whether the file is a zip archive with Mnemosyne's cards in it, or XML that begins as Mnemosyne's."""
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFF_BYTES)
        if not start.startswith(ZIP_SIGNATURES):
            return bool(_ROOT.search(start)) and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        with SafeZip(path) as archive:
            return archive.has(_CARDS)
    except (OSError, FileFormatError):
        return False


def read(path: Path, options: ReadOptions, progress: Progress = no_progress) -> ExchangeData:
    """Return the notes of a Mnemosyne file; each makes the cards that its note type asks for.

    Media are unpacked below `options.work_dir`; on any error nothing stays there.

    Raises:
        FileFormatError: The file is refused; see its `kind`.
        DiskFull: There is no room for the unpacked files.
        Cancelled: `progress` said so.
    """
    with unpack_folder(options.work_dir, prefix="mnemosyne-", what="deck") as folder:
        with path.open("rb") as file:
            zipped = file.read(len(ZIP_SIGNATURES[0])).startswith(ZIP_SIGNATURES)
        if not zipped and path.suffix.lower() != SUFFIXES[0]:
            return _Reading(Place(path), options, progress).read(path, None, folder, Budget())
        with SafeZip(path) as archive:
            if not archive.has(_CARDS):
                raise archive.place.refuse("not-a-deck", f"is a zip archive without {_CARDS}")
            budget = Budget(packed_bytes=path.stat().st_size, free_bytes=options.free_bytes)
            unpacked = folder / _CARDS
            archive.unpack(_CARDS, unpacked, XML_FILE_BYTES, budget, digests=False)
            reading = _Reading(archive.place, options, progress, _set_name(archive, budget))
            return reading.read(unpacked, archive, folder, budget)


def _set_name(archive: SafeZip, budget: Budget) -> str:
    """Return the name that the archive gives its cards, empty where it gives none."""
    if archive.has(_METADATA):
        for line in archive.read(_METADATA, _METADATA_BYTES, budget).decode("utf-8", "replace").splitlines():
            key, _colon, value = line.partition(":")
            if key.strip() == "card_set_name":
                return value.strip()
    return ""


@dataclass(slots=True)
class _Fact:
    """A fact of a file: its texts by key, and what its cards say of it."""

    texts: Mapping[str, str]
    card_type: str = ""
    tags: dict[str, None] = field(default_factory=dict)


class _Reading:
    """One Mnemosyne file being turned into notes."""

    def __init__(self, place: Place, options: ReadOptions, progress: Progress, set_name: str = "") -> None:
        self.place = place
        self.options = options
        self.progress = progress
        self.media = MediaFiles(place)
        self.old = False
        self.tags: dict[str, str] = {}
        self.facts: dict[str, _Fact] = {}
        self.items: list[Item] = []
        self.cards = 0
        self.learnt = 0
        name = deck_name(set_name or options.deck_name or place.path.stem, DECK_SEPARATOR)
        self.data = ExchangeData(layout=NAME, source=NAME, makes_cards=True)
        self.data.decks.append(ExchangeDeck(id=1, name=name))
        self.notes = NoteMaker(place, self.data, self.media.name_for, progress)

    def read(self, xml: Path, archive: SafeZip | None, folder: Path, budget: Budget) -> ExchangeData:
        read_records(xml, self.place, self._root, self._record)
        if archive is not None:
            xml.unlink()
        if self.old:
            for old in facts_of(self.items):
                self.notes.add(own_old_id(old.id), old.texts, old.card_type, old.tags)
        else:
            for number, fact in self.facts.items():
                names = [self.tags.get(tag, "") for tag in fact.tags]
                self.notes.add(number, fact.texts, fact.card_type, names)
        data = self.data
        data.media, warnings = self.media.unpack(archive, folder, budget, self.progress)
        data.unsafe_names = list(self.media.unsafe)
        self.notes.report()
        data.warnings += warnings
        if self.learnt:
            verb = "begins" if self.learnt == 1 else "begin"
            data.warnings.append(
                f"{counted(self.learnt, 'card')} that Mnemosyne had asked {verb} as new here."
            )
        return data

    # ---- records

    def _root(self, name: str, attributes: Mapping[str, str]) -> None:
        if name not in (_NEW_ROOT, _OLD_ROOT):
            raise self.place.refuse("not-a-deck", "is XML of some other kind, not a deck of Mnemosyne")
        self.old = name == _OLD_ROOT
        version = attributes.get("core_version", "")
        if self.old and version != "1":
            raise self.place.refuse("too-new", f"says that it is of Mnemosyne {quoted(version)}, not 1")

    def _record(self, record: Record) -> None:
        if self.old:
            if record.name == "item":
                self._item(record)
            return
        if record.name != "log":
            return
        kind, number, values = record.attributes.get("type"), record.attributes.get("o_id", ""), record.values
        if kind == _TAG:
            self.tags[number] = values.get("name", "")
        elif kind == _MEDIA:
            self.media.add(values.get("fname", ""))
        elif kind == _FACT:
            self._fact(number, values)
        elif kind == _VIEW:
            self.notes.views[number] = values
        elif kind == _TYPE:
            self.notes.types[number] = values
        elif kind == _CARD:
            self._card(record.attributes)

    def _item(self, record: Record) -> None:
        self._count_card()
        attributes, values = record.attributes, record.values
        if attributes.get("gr", "0") not in ("0", "1"):
            self.learnt += 1
        self.items.append(
            Item(
                id=attributes.get("id", ""),
                tag=values.get("cat", ""),
                question=values.get("Q", ""),
                answer=values.get("A", ""),
            )
        )

    def _fact(self, number: str, values: Mapping[str, str]) -> None:
        if len(self.facts) >= NOTES:
            raise self.place.refuse("limit", f"holds more than {NOTES:,} notes")
        if number in self.facts:
            self.notes.left_out["another note has the same id"] += 1
            return
        self.facts[number] = _Fact({key.removeprefix("___"): text for key, text in values.items()})

    def _card(self, attributes: Mapping[str, str]) -> None:
        self._count_card()
        if attributes.get("gr", "-1") != "-1":
            self.learnt += 1
        fact = self.facts.get(attributes.get("fact", ""))
        if fact is None:
            return
        fact.card_type = fact.card_type or attributes.get("card_t", "")
        fact.tags |= dict.fromkeys(attributes.get("tags", "").split(","))
        if len(fact.tags) > 2 * TAGS_PER_NOTE:
            raise self.place.refuse("limit", f"gives a note more than {TAGS_PER_NOTE:,} tags")

    def _count_card(self) -> None:
        self.cards += 1
        if self.cards > CARDS:
            raise self.place.refuse("limit", f"holds more than {CARDS:,} cards")
