"""Reads the media of an Anki package: the list of names, the references to them, and the files themselves.

Source: ankitects/anki rslib/src/import_export/package/media.rs, rslib/src/text.rs (what counts as a
reference), proto/anki/import_export.proto (the list of the third layout).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import Protocol

from mlsd_cards.domain.exchange import ExchangeMedia
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats.anki_names import UniqueNames
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.limits import MEDIA_MAP_BYTES, REFERENCES, ZIP_MEMBERS, Limits
from mlsd_cards.formats.media_names import (
    allowed_media_name,
    cleaned_media_name,
    safe_media_name,
    with_suffix,
)
from mlsd_cards.formats.protowire import Message, decode
from mlsd_cards.formats.safezip import Budget, Unpacked
from mlsd_cards.rendering.text import rename_media

_TAG = re.compile(r"<(?:img|audio|video|object|source)\b", re.IGNORECASE)
_SOURCE = re.compile(r"\b(?:src|data)=", re.IGNORECASE)
_VALUE = re.compile(r"""(?:"([^"]+)"[^>]*>|'([^']+)'[^>]*>|([^ >]+)(?: [^>]*>|>))""")
_END_OF_TAG = re.compile(r"""[>"']""")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ALWAYS_USED = ("_", "latex-")
_SHA1_BYTES = 20
_MOST_WARNINGS = 20
_MOST_REMEMBERED = 200_000


class MediaFiles(Protocol):
    """Where the files of a media list lie: an archive, or a folder."""

    limits: Limits

    def has(self, name: str, /) -> bool:
        """Whether there is a file of that name."""

    def unpack(self, name: str, target: Path, most: int, budget: Budget, /, *, zstd: bool) -> Unpacked:
        """Copy a file to `target`, which is new.

        Raises:
            FileFormatError: `limit`, `damaged` or `unsafe`.
        """


@dataclass(slots=True, kw_only=True)
class MediaEntry:
    """A file of the media list. `name` is its name in the list, `member` its name in the archive."""

    name: str
    member: str
    sha1: str = ""
    size: int | None = None


def entries_from_json(data: bytes, place: Place) -> list[MediaEntry]:
    """Return the files of a media list of the first two layouts: a JSON object from number to name.

    Raises:
        FileFormatError: `damaged` or `limit`.
    """
    value = js.parse_json(data, place, most=MEDIA_MAP_BYTES)
    if not isinstance(value, dict):
        raise place.refuse("damaged", "is not a JSON object")
    if len(value) > ZIP_MEMBERS:
        raise place.refuse("limit", f"names more than {ZIP_MEMBERS:,} files")
    entries = []
    for member, name in value.items():
        if not (member.isascii() and member.isdigit() and len(member) < 10 and isinstance(name, str)):
            raise place.refuse("damaged", "holds something other than numbers and names")
        entries.append(MediaEntry(name=name, member=str(int(member))))
    if len({entry.member for entry in entries}) < len(entries):
        raise place.refuse("damaged", "names one file twice")
    return entries


def entries_from_proto(data: bytes, place: Place) -> list[MediaEntry]:
    """Return the files of a media list of the third layout: a `MediaEntries` message.

    Raises:
        FileFormatError: `damaged`, or `unsafe` where a name is not in the form in which Anki writes them.
    """
    listed = Message(data, place).all_data(1)
    if len(listed) > ZIP_MEMBERS:
        raise place.refuse("limit", f"names more than {ZIP_MEMBERS:,} files")
    entries = []
    for number, raw in enumerate(listed):
        entry = Message(raw, place)
        name, sha1 = decode(entry.data(1), place), entry.data(3)
        if len(sha1) != _SHA1_BYTES:
            raise place.refuse("damaged", f"has no digest for {quoted(name)}")
        if cleaned_media_name(name) != name:
            raise place.refuse("unsafe", f"holds the name {quoted(name)}, which no media file has")
        entries.append(MediaEntry(name=name, member=str(number), sha1=sha1.hex(), size=entry.integer(2)))
    return entries


@dataclass(slots=True, kw_only=True)
class Media:
    """The media list of a package: which names are used, what they become, and which are left out.

    Refuses (`unsafe`) names that are paths.
    """

    place: Place
    entries: list[MediaEntry]
    _by_name: dict[str, MediaEntry] = field(default_factory=dict)
    _by_clean_name: dict[str, MediaEntry] = field(default_factory=dict)
    _final: dict[str, str] = field(default_factory=dict)  # by name in the list
    used: dict[str, MediaEntry] = field(default_factory=dict)  # by name in the list
    unsafe: list[str] = field(default_factory=list)
    _known: dict[str, str | None] = field(default_factory=dict)  # what references become
    _references: int = 0

    def __post_init__(self) -> None:
        names = UniqueNames()
        for entry in self.entries:
            if not entry.name or "/" in entry.name or entry.name in (".", ".."):
                raise self.place.refuse(
                    "unsafe", f"holds the name {quoted(entry.name)}, which is not a file name"
                )
            self._by_name.setdefault(entry.name, entry)
            self._by_clean_name.setdefault(cleaned_media_name(entry.name), entry)
        for entry in self._by_name.values():
            name = safe_media_name(entry.name) or allowed_media_name(entry.name)
            if name is not None:
                self._final[entry.name] = names.give(name, partial(with_suffix, name))

    def renamed(self) -> dict[str, str]:
        """Return the new names of those files that may not keep theirs, by their old ones."""
        return {old: new for old, new in self._final.items() if old != new}

    def with_new_names(self, note_type: NoteType) -> NoteType:
        """Return the note type with the new names of media files that could not keep theirs."""
        names = self.renamed()
        if not names:
            return note_type
        templates = tuple(
            replace(
                template, front=rename_media(template.front, names), back=rename_media(template.back, names)
            )
            for template in note_type.templates
        )
        return replace(note_type, templates=templates, css=rename_media(note_type.css, names))

    def use_all(self) -> None:
        """Take every file of the list."""
        self.used = dict(self._by_name)

    def use(self, name: str) -> bool:
        """Take the file of that name, and return whether the list has it."""
        entry = self._by_name.get(name) or self._by_clean_name.get(cleaned_media_name(name))
        if entry is not None:
            self.used[entry.name] = entry
        return entry is not None

    def use_static(self) -> None:
        """Take the files that templates may refer to: their names begin with an underscore or `latex-`."""
        for name, entry in self._by_name.items():
            if name.startswith(_ALWAYS_USED):
                self.used[name] = entry

    def rewrite(self, text: str) -> str:
        """Return note text with the final names of files, and take the files that it refers to."""
        if "<" in text:
            text = _replaced(text, _tag_references, self._name)
        if "[sound:" in text:
            text = _replaced(text, _sound_references, self._name)
        return text

    def _name(self, name: str) -> str | None:
        """Return what a reference to `name` becomes, None if it stays.

        Raises:
            FileFormatError: `limit` where the notes hold millions of references.
        """
        self._references += 1
        if self._references > REFERENCES:
            raise self.place.at("the notes").refuse(
                "limit", f"refer to media files more than {REFERENCES:,} times"
            )
        if name not in self._known:
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            self._known[name] = self._looked_up(name)
        return self._known[name]

    def _looked_up(self, name: str) -> str | None:
        if not name or "/" in name:
            return None
        clean = cleaned_media_name(name)
        entry = self._by_name.get(name) or self._by_clean_name.get(clean)
        if entry is None:
            return clean if clean != name else None
        self.used[entry.name] = entry
        final = self._final.get(entry.name, clean)
        return final if final != name else None

    def unpack(
        self, archive: MediaFiles, folder: Path, budget: Budget, progress: Progress, *, zstd: bool
    ) -> tuple[dict[str, ExchangeMedia], list[str]]:
        """Unpack the used files of allowed kinds into `folder` and return them by final name, and warnings.

        Raises:
            FileFormatError: `damaged` where a used file is not in the package or its bytes are, or `limit`.
        """
        found: dict[str, ExchangeMedia] = {}
        other_digest: list[str] = []
        for number, entry in enumerate(self.used.values()):
            progress("media", number, len(self.used))
            if not archive.has(entry.member):
                raise self.place.refuse("damaged", f"names the file {quoted(entry.name)}, which is not there")
            final = self._final.get(entry.name)
            if final is None:
                self.unsafe.append(entry.name)
                continue
            path = folder / f"media-{entry.member}"
            most = archive.limits.media_file_bytes
            unpacked = archive.unpack(entry.member, path, most, budget, zstd=zstd)
            if entry.sha1 and entry.sha1 != unpacked.sha1:
                other_digest.append(entry.name)
            found[final] = ExchangeMedia(final, path, unpacked.size, unpacked.sha256)
        return found, self._warnings(found, other_digest)

    def _warnings(self, found: Mapping[str, ExchangeMedia], other_digest: list[str]) -> list[str]:
        warnings = [
            f"The media file {quoted(name)} was left out: cards may not use files of its kind or name."
            for name in self.unsafe
        ]
        for old, new in self.renamed().items():
            if new in found and safe_media_name(old) != new:
                if safe_media_name(old) is None:
                    self.unsafe.append(old)
                warnings.append(f"The media file {quoted(old)} was renamed to {quoted(new)}.")
        warnings += [
            f"The media file {quoted(name)} is not the one that the list describes." for name in other_digest
        ]
        if len(warnings) > _MOST_WARNINGS:
            more = len(warnings) - _MOST_WARNINGS
            warnings[_MOST_WARNINGS:] = [f"{counted(more, 'more media file')} left out or renamed."]
        return warnings


_References = Callable[[str], Iterator[tuple[int, int, int, int]]]


def _replaced(text: str, find: _References, new_name: Callable[[str], str | None]) -> str:
    """Return `text` with references renamed; in a reference every occurrence of the old name is replaced."""
    parts: list[str] = []
    position = 0
    for start, end, name_start, name_end in find(text):
        old = text[name_start:name_end]
        decoded = _decoded(old)
        new = new_name(decoded if decoded is not None else old)
        if new is not None:
            parts += (
                text[position:start],
                text[start:end].replace(old, escape(new) if decoded is not None else new),
            )
            position = end
    return "".join([*parts, text[position:]]) if parts else text


def _tag_references(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start, end, start of name, end of name) of each media tag that has a source."""
    last = text.rfind(">")
    position = 0
    while (tag := _TAG.search(text, position, last + 1)) is not None:
        end_of_tag = _end_of_tag(text, tag.end(), last)
        source = _SOURCE.search(text, tag.end() + 1, end_of_tag)
        value = _VALUE.match(text, source.end()) if source else None
        if value is None:
            position = source.end() if source else max(end_of_tag, tag.end())
            continue
        name_start, name_end = next(value.span(group) for group in (1, 2, 3) if value[group] is not None)
        yield tag.start(), value.end(), name_start, name_end
        position = value.end()


def _end_of_tag(text: str, position: int, last: int) -> int:
    """Return where the first `>` outside quotes is; a quote that is never closed is a sign like any other."""
    while (found := _END_OF_TAG.search(text, position)) is not None:
        if found[0] == ">":
            return found.start()
        closing = text.find(found[0], found.end(), last)
        position = closing + 1 if closing >= 0 else found.end()
    return last


def _sound_references(text: str) -> Iterator[tuple[int, int, int, int]]:
    position = 0
    while (start := text.find("[sound:", position)) >= 0:
        name_start = start + len("[sound:")
        name_end = text.find("]", name_start + 1)
        if name_end < 0:
            return
        yield start, name_end + 1, name_start, name_end
        position = name_end + 1


def _decoded(name: str) -> str | None:
    """Return `name` with its entities decoded, None if there are none or one is broken."""
    if "&" not in name or _ENTITY.sub("", name).count("&"):
        return None
    return unescape(name).replace("\u00a0", " ")
