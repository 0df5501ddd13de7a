"""Reads the notes of an Anki collection.

Control signs are dropped, text is composed (NFC), a tag takes the letter case in which it was first seen.

Source: ankitects/anki rslib/src/import_export/package/apkg/import/notes.rs, notes/mod.rs, tags/register.rs.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlsd_cards.domain.exchange import ExchangeNote
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteType
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats import limits
from mlsd_cards.formats.anki_place import Place, sentences
from mlsd_cards.formats.anki_rows import Integer, Text, TypedRows, usable_ids
from mlsd_cards.formats.foreign_db import ForeignDatabase, Row
from mlsd_cards.formats.protowire import decode

_COLUMNS = (
    Integer("id"),
    Text("guid"),
    Integer("mid"),
    Integer("mod", 0, limits.SECONDS),
    Text("tags"),
    Text("flds"),
)
_CONTROLS = bytes(number for number in (*range(0x20), 0x7F) if chr(number) not in f"\t\n{FIELD_SEPARATOR}")
_WITHOUT_CONTROLS = dict.fromkeys(_CONTROLS)
_TAG_SPACE = re.compile(r"[ \u3000]+")
_DAY_MS = 86_400_000
_SECOND_GUID = "#"


@dataclass(slots=True, kw_only=True)
class Notes:
    """The notes of a file, and what their cards need to know of them."""

    notes: list[ExchangeNote] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)  # id in the file's table → id in `notes`
    note_type_ids: dict[int, int] = field(default_factory=dict)  # id in `notes` → note type
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class NoteReader:
    """Turns rows into notes. `decks` gives the deck of a note's first card by the note's id in the file."""

    place: Place
    note_types: Mapping[int, NoteType]
    decks: Mapping[int, int]
    rewrite: Callable[[str], str]  # puts new names of media files into a field
    now_ms: int
    most: int = limits.NOTES
    problems: Counter[str] = field(default_factory=Counter)
    _tags: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    _cases: dict[str, str] = field(default_factory=dict)
    _guids: dict[str, int] = field(default_factory=dict)  # how many notes came with each

    def read(self, db: ForeignDatabase, progress: Progress) -> Notes:
        """Return all notes of the database.

        Raises:
            FileFormatError: `limit`, or `damaged` where text is not UTF-8.
        """
        rows = TypedRows(db, "notes", _COLUMNS, most=self.most)
        known = [number for number, mid in rows.collect(list, "id", "mid") if mid in self.note_types]
        self.problems["no note type"] = rows.count - len(known)
        usable, self.problems["new id"] = usable_ids(known)
        ids = iter(usable)
        done = 0

        def notes_of(batch: Sequence[Row]) -> Iterator[ExchangeNote]:
            nonlocal done
            progress("notes", done, rows.count)
            done += len(batch)
            return self._notes([row for row in batch if row[2] in self.note_types], ids)

        found = Notes(notes=rows.collect(notes_of))
        found.ids = dict(zip(reversed(known), [note.id for note in reversed(found.notes)], strict=True))
        found.note_type_ids = {note.id: note.note_type_id for note in found.notes}
        self.problems["value"] += rows.replaced
        found.warnings = self._warnings()
        return found

    def from_rows(self, rows: Sequence[Row]) -> Notes:
        """Return the notes of rows (number, guid, note type, seconds, tags, fields) that come from no database.

        Their note types are known and their guids differ; the texts are UTF-8, the fields joined as in Anki.

        Raises:
            FileFormatError: `limit`.
        """
        found = Notes(notes=list(self._notes(rows, iter(range(1, len(rows) + 1)))))
        found.warnings = self._warnings()
        return found

    def _notes(self, batch: Sequence[Row], ids: Iterator[int]) -> Iterator[ExchangeNote]:
        newest, tags_of, decks = self.now_ms + _DAY_MS, self._tags, self.decks
        for number, raw_guid, note_type_id, modified, tags, raw in batch:
            guid = decode(raw_guid, self.place)
            if guid in self._guids:
                guid = self._other_guid(guid)
            elif guid:
                self._guids[guid] = 1
            yield ExchangeNote(
                next(ids),
                guid,
                note_type_id,
                self._fields(raw, note_type_id, number),
                tags_of[tags] if tags in tags_of else self._read_tags(tags),
                number if 0 < number <= newest else 0,
                modified * 1000,
                decks.get(number, 0),
            )

    def _other_guid(self, guid: str) -> str:
        """Return an identity for the second note, the third and so on that come with the same one."""
        self.problems["guid twice"] += 1
        self._guids[guid] += 1
        other = f"{guid}{_SECOND_GUID}{self._guids[guid]}"
        if other in self._guids:
            return self._other_guid(guid)
        self._guids[other] = 1
        return other

    def _fields(self, raw: bytes, note_type_id: int, number: int) -> tuple[str, ...]:
        if len(raw) > limits.FIELD_BYTES:
            self._check_size(raw, number)
        text = decode(raw, self.place)
        if _may_refer_to_media(raw):
            text = self.rewrite(text)
        if len(raw.translate(None, _CONTROLS)) != len(raw):
            text = text.translate(_WITHOUT_CONTROLS)
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        fields = text.split(FIELD_SEPARATOR)
        wanted = len(self.note_types[note_type_id].fields)
        return tuple(fields) if len(fields) == wanted else self._fitted(fields, wanted)

    def _fitted(self, fields: list[str], wanted: int) -> tuple[str, ...]:
        """Return as many fields as wanted: missing ones are empty, surplus ones go into the last."""
        self.problems["fields"] += 1
        if len(fields) > wanted:
            return (*fields[: wanted - 1], "<br>".join(fields[wanted - 1 :]))
        return (*fields, *[""] * (wanted - len(fields)))

    def _check_size(self, raw: bytes, number: int) -> None:
        place = self.place.at(f"the note {number}")
        if len(raw) > limits.NOTE_BYTES:
            raise place.refuse("limit", "is larger than 8 MiB")
        if max(map(len, raw.split(FIELD_SEPARATOR.encode()))) > limits.FIELD_BYTES:
            raise place.refuse("limit", "has a field of more than 4 MiB")

    def _read_tags(self, raw: bytes) -> tuple[str, ...]:
        tags: dict[str, str] = {}
        for part in _TAG_SPACE.split(decode(raw, self.place)):
            if part:
                if len(part) > limits.TAG_SIGNS:
                    self.problems["value"] += 1
                tag = self._cased(_tag_name(part[: limits.TAG_SIGNS]))
                tags.setdefault(tag.casefold(), tag)
        if len(tags) > limits.TAGS_PER_NOTE:
            raise self.place.at("a note").refuse("limit", f"has more than {limits.TAGS_PER_NOTE:,} tags")
        made = tuple(tags[folded] for folded in sorted(tags))
        self._tags[raw] = made
        return made

    def _cased(self, tag: str) -> str:
        """Return the tag as it was first written, or under its parent as that was first written."""
        folded = tag.casefold()
        if folded not in self._cases:
            parts = tag.split("::")
            for depth in range(len(parts) - 1, 0, -1):
                parent = self._cases.get("::".join(parts[:depth]).casefold())
                if parent is not None:
                    tag = "::".join([parent, *parts[depth:]])
                    break
            self._cases[folded] = tag
        return self._cases[folded]

    def _warnings(self) -> list[str]:
        problems = self.problems
        return sentences(
            (problems["no note type"], "note", "left out: its note type is not in the file"),
            (problems["guid twice"], "note", "given an identity of its own: another note has the same one"),
            (problems["fields"], "note", "fitted to its note type, which has another number of fields"),
            (problems["new id"], "note", "given a new number"),
            (problems["value"], "value of notes", "replaced: not a number, or out of range"),
        )


def _may_refer_to_media(raw: bytes) -> bool:
    """Whether it is worth while to look for references: most notes have none."""
    if b"=" in raw and b"<" in raw:
        lower = raw.lower()
        if b"src=" in lower or b"data=" in lower:
            return True
    return b"[sound:" in raw


def _tag_name(tag: str) -> str:
    """Return a tag with composed, filled parts and without control signs."""
    parts = []
    for part in tag.split("::"):
        if not part.isascii():
            part = unicodedata.normalize("NFC", part)
        parts.append(re.sub(r"[\x00-\x1f\x7f\u3000]", "", part).strip() or "blank")
    return "::".join(parts)
