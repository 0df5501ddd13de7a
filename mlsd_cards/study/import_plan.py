"""Works out what an import would do, without writing: which notes are new, changed, the same or left out.

The import screen, `inspect`, `--dry-run` and the import itself all follow this one plan.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Deck, DeckId, parent_names
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeMedia, ExchangeNote, ExchangeReview
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId, NoteTypeKind
from mlsd_cards.rendering.filters import field_is_empty
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.study.import_types import TypeChoice, TypeSeen
from mlsd_cards.study.merging import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the collection already holds, as far as an import needs it."""

    note_types: Mapping[NoteTypeId, NoteType]
    types_seen: Mapping[NoteTypeId, TypeSeen]  # as they last came from the source of the file
    decks: Mapping[DeckId, Deck]
    guids: Mapping[str, Note]  # notes that have a guid of the file
    first_fields: Mapping[tuple[NoteTypeId, str], Sequence[Note]]  # by first field, for files without guids
    note_decks: Mapping[NoteId, set[DeckId]]  # decks of the cards of all those notes
    seen: Mapping[NoteId, Seen]  # what was last seen of those notes in the source of the file
    seen_elsewhere: Mapping[NoteId, Seen]  # and of those which did not, in another source
    deleted: frozenset[str]  # guids of notes of that source which the user deleted
    edition: str  # the deck file, through all its editions, that this file is one of
    gone: Sequence[Note]  # notes of an earlier edition that are not in the file
    media: Mapping[str, str]  # name → sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """A note to add: fields and tags as they will be here."""

    foreign: ExchangeNote
    fields: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedNote:
    """A note that is here already, as it will be, and what is then to be remembered of the file's text."""

    foreign: ExchangeNote
    note: Note
    changed: bool
    seen: Seen
    conflicts: tuple[tuple[str, str], ...] = ()  # fields that both changed, by name, and the file's texts


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an import will do. `types` maps an id of the file to the note type here that stands for it."""

    data: ExchangeData
    known: Known
    types: dict[int, TypeChoice] = field(default_factory=dict)
    new: list[NewNote] = field(default_factory=list)
    matched: list[MatchedNote] = field(default_factory=list)
    skipped: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # skipped notes by the reason
    media: list[ExchangeMedia] = field(default_factory=list)  # to be added, under their final names
    renamed_media: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    newer_cards: dict[CardId, ExchangeCard] = field(
        default_factory=dict
    )  # whose progress goes on, by id here
    newer_reviews: list[ExchangeReview] = field(
        default_factory=list
    )  # which are not here, with card ids here
    _ordinals: dict[Hashable, tuple[int, ...]] = field(default_factory=dict)

    @property
    def changed(self) -> list[MatchedNote]:
        """The notes whose text or tags change."""
        return [each for each in self.matched if each.changed]

    @property
    def has_news(self) -> bool:
        """Whether the file says something else of notes here than it said last time."""
        seen = self.known.seen
        return any(each.seen != seen.get(each.note.id, each.seen) for each in self.matched)

    def ordinals(
        self, foreign: ExchangeNote, fields: tuple[str, ...], tags: tuple[str, ...]
    ) -> tuple[int, ...]:
        """Return the cards that a note of the file makes here, at least one; worked out once for all alike."""
        note_type = self.note_type(foreign)
        if note_type.kind is NoteTypeKind.CLOZE:
            key: Hashable = (foreign.id, fields)
        else:  # which cards there are depends on which fields are empty, and on nothing else
            key = (foreign.note_type_id, tuple(map(field_is_empty, fields)), bool(tags))
        made = self._ordinals.get(key)
        if made is None:
            made = tuple(card_ordinals(note_type, fields, tags=tags, at_least_one=True))
            self._ordinals[key] = made
        return made

    def new_without_cards(self) -> list[NewNote]:
        """Return the notes to add whose cards are to be made here, because the file lists none of them."""
        if self.data.makes_cards:
            return self.new
        listed = {card.note_id for card in self.data.cards}
        return [each for each in self.new if each.foreign.id not in listed]

    @property
    def grown(self) -> list[TypeChoice]:
        """The note types here that get fields, templates or a new look from the file."""
        return [each for each in self.types.values() if each.before is not None]

    def note_type(self, foreign: ExchangeNote) -> NoteType:
        """Return the note type here of a note of the file."""
        return self.types[foreign.note_type_id].note_type


def deck_names_needed(names: Iterable[str]) -> list[str]:
    """Return `names` with all decks above them, outermost first, each once."""
    needed: dict[str, None] = {}
    for name in names:
        for each in (*parent_names(name), name):
            needed.setdefault(each, None)
    return list(needed)
