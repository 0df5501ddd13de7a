"""The notes of deck files in Markdown: which note types they name, their fields, tags and decks."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import ExchangeNote, ReadOptions
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteType, NoteTypeId
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import quoted, sentences
from mlsd_cards.formats.anki_stock import BASIC, stock_note_type
from mlsd_cards.formats.folder_text import FormError, Section, labels, to_html, unquote
from mlsd_cards.formats.limits import FIELD_BYTES, NOTE_BYTES, TAG_SIGNS, TAGS_PER_NOTE

_NOTE = "note"
_GUID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as its file gives it. `decks` holds the decks of cards that lie elsewhere, by ordinal."""

    id: int = 0
    guid: str
    note_type_id: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    deck_id: int
    decks: Mapping[int, int]

    def deck_of(self, ordinal: int) -> int:
        """Return the deck of a card."""
        return self.decks.get(ordinal, self.deck_id)

    def exchange(self, created_ms: int, now_ms: int) -> ExchangeNote:
        """Return the note for import."""
        return ExchangeNote(
            self.id,
            self.guid,
            self.note_type_id,
            self.fields,
            self.tags,
            created_ms,
            created_ms or now_ms,
            self.deck_id,
        )


@dataclass(slots=True)
class DeckFiles:
    """What the files of decks hold, put together. `described` are the note types of the folder by heading."""

    described: Mapping[str, NoteType]
    options: ReadOptions
    rewrite: Callable[[str], str]  # puts new names of media files into a field
    notes: list[Note] = field(default_factory=list)
    decks: dict[str, tuple[int, str]] = field(default_factory=dict)  # number and description by name
    presets: dict[str, str] = field(default_factory=dict)  # heading of the preset by deck
    used_types: dict[str, NoteType] = field(default_factory=dict)  # by heading
    _types: list[NoteType] = field(default_factory=list)  # by number
    _labels: dict[str, dict[str, int]] = field(default_factory=dict)  # of fields, by heading of the type
    _guids: set[str] = field(default_factory=set)
    _problems: Counter[str] = field(default_factory=Counter)

    def add(self, parts: Sequence[Section], default: str) -> None:
        """Take the sections of a file; `default` names its deck where no heading does.

        Raises:
            FormError: A heading, note type or field is none that can be used.
        """
        deck = ""
        for start, part in enumerate(parts):
            if part.level == 1:
                deck = self._deck(unquote(part.title) or default, to_html(part.text))
                if preset := part.items.get("preset"):
                    self.presets[deck] = preset
            elif part.level == 2:
                fields = []
                for each in parts[start + 1 :]:
                    if each.level != 3:
                        break
                    fields.append(each)
                deck = deck or self._deck(default, "")
                self._add_note(part, fields, self.decks[deck][0])
            elif start == 0 or parts[start - 1].level == 1:
                raise FormError(part.line, "has a field without a note, which begins with “## note”")

    def _deck(self, name: str, description: str) -> str:
        name = deck_name(name, DECK_SEPARATOR)
        known = next((each for each in self.decks if each.casefold() == name.casefold()), None)
        if known is None:
            self.decks[name] = (len(self.decks) + 1, description)
        elif description and not self.decks[known][1]:
            self.decks[known] = (self.decks[known][0], description)
        return known or name

    def _add_note(self, head: Section, fields: Sequence[Section], deck_id: int) -> None:
        word, _, rest = head.title.partition(" ")
        if word != _NOTE:
            raise FormError(head.line, f"has the heading {quoted(head.title)}; expected “note” and its id")
        title = head.items.get("type", BASIC)
        note_type = self._note_type(title, head.line)
        values = [""] * len(note_type.fields or self._labels[title])
        for part in fields:
            number = self._labels[title].get(part.title)
            if number is None:
                names = ", ".join(self._labels[title])
                raise FormError(
                    part.line,
                    f"has the field {quoted(part.title)}, which {title} has not; there are: {names[:200]}",
                )
            values[number] = self._field(part)
        if sum(len(value.encode()) for value in values) > NOTE_BYTES:
            raise FormError(head.line, "begins a note of more than 8 MiB")
        if not rest.strip() and not any(values):
            self._problems["empty"] += 1
            return
        self.notes.append(
            Note(
                guid=self._guid(unquote(rest.strip()), title, values, deck_id),
                note_type_id=int(note_type.id),
                fields=tuple(values),
                tags=self._tags(head),
                deck_id=deck_id,
                decks=self._card_decks(head),
            )
        )

    def _field(self, part: Section) -> str:
        text = to_html(part.text).replace("\0", "").replace(FIELD_SEPARATOR, " ")
        if len(text.encode()) > FIELD_BYTES:
            raise FormError(part.line, "begins a field of more than 4 MiB")
        return self.rewrite(text)

    def _guid(self, given: str, title: str, values: Sequence[str], deck_id: int) -> str:
        """Return the identity of a note; of a note without one it follows from its first field."""
        if not given:
            first = next(value for value in values if value)
            shape = "\x1f".join((title, first)).encode("utf-8", "surrogatepass")
            given = hashlib.sha256(shape).hexdigest()[: 2 * _GUID_BYTES]
        guid, number = given, 2
        while guid in self._guids:
            guid, number = f"{given}#{number}", number + 1
            self._problems["guid twice"] += number == 3
        self._guids.add(guid)
        return guid

    def _tags(self, head: Section) -> tuple[str, ...]:
        tags = [tag[:TAG_SIGNS] for tag in head.items.get("tags", "").split() if tag.isprintable()]
        found = {tag.casefold(): tag for tag in reversed(tags)}
        if len(found) > TAGS_PER_NOTE:
            raise FormError(head.line, f"begins a note with more than {TAGS_PER_NOTE:,} tags")
        return tuple(reversed(found.values()))

    def _card_decks(self, head: Section) -> dict[int, int]:
        found: dict[int, int] = {}
        for key, value in head.items.items():
            words = key.split(" ")
            if len(words) == 3 and words[0] == "card" and words[1].isdecimal() and words[2] == "in":
                found[int(words[1][:9]) - 1] = self.decks[self._deck(unquote(value), "")][0]
            elif key not in ("type", "tags"):
                raise FormError(head.line, f"has “{key}”; expected type, tags or card 1 in")
        return found

    def _note_type(self, title: str, line: int) -> NoteType:
        if title in self.used_types:
            return self.used_types[title]
        number, name = NoteTypeId(len(self.used_types) + 1), unquote(title)
        own = self.options.note_type_fields or {}
        if title in self.described:
            found = self.described[title]
        elif name in own:  # a note type of the collection, which the file only names
            found = NoteType(id=number, name=name, fields=(), templates=())
            self._labels[title] = {label: place for place, label in enumerate(labels(own[name]))}
        else:
            stock = stock_note_type(name)
            if stock is None:
                raise FormError(
                    line, f"names the note type {quoted(name)}, which is neither described nor known"
                )
            found = stock
        if found.fields:
            self._labels[title] = {label: place for place, label in enumerate(labels(found.field_names))}
        self.used_types[title] = replace(found, id=number)
        self._types.append(self.used_types[title])
        return self.used_types[title]

    def type_of(self, note: Note) -> NoteType:
        """Return the note type of a note."""
        return self._types[note.note_type_id - 1]

    def warnings(self) -> list[str]:
        """Return sentences about what was repaired or left out."""
        return sentences(
            (self._problems["empty"], "note", "left out: it has neither an id nor any text"),
            (
                self._problems["guid twice"],
                "note",
                "given an identity of its own: another note has the same one",
            ),
        )
