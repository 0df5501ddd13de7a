"""Notes of texts that people write by hand: they have no ids, so each is known by what it asks.

The identity of a note follows from the name of its file and from its question, blanks and line ends aside. So an
answer may be edited, a file may be moved to another folder, and a folder or one file of it may be imported; a
question that is edited is a new note. Of several equal questions in files of one name, each later one counts on.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeDeck, ExchangeNote, ReadOptions
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteType, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats.anki_decks import deck_name
from mlsd_cards.formats.anki_place import Place, counted
from mlsd_cards.formats.anki_stock import BASIC, stock_note_type
from mlsd_cards.formats.limits import FIELD_BYTES, NOTE_BYTES, NOTES
from mlsd_cards.rendering.template import card_ordinals

FORWARD, BOTH_WAYS, CLOZE = BASIC, "Basic (and reversed card)", "Cloze"

_GUID_DIGITS = 20
_REPORT_EVERY = 100


class TextDeck:
    """Collects the notes of such texts in `data`. `left_out` counts what is no card, by the reason."""

    def __init__(self, place: Place, options: ReadOptions, progress: Progress, *, name: str) -> None:
        self.data = ExchangeData(layout=name, source=name, makes_cards=True, file_wins=True, tags_given=False)
        self.left_out: Counter[str] = Counter()
        self._place = place
        self._options = options
        self._progress = progress
        self._decks: dict[str, int] = {}  # by folded name
        self._types: dict[str, int] = {}
        self._guids: Counter[str] = Counter()

    def deck(self, parts: Sequence[str]) -> int:
        """Return the number of the deck with these parts of a name, outermost first."""
        name = deck_name(
            DECK_SEPARATOR.join(part.replace(DECK_SEPARATOR, ":") for part in parts), DECK_SEPARATOR
        )
        number = self._decks.setdefault(name.casefold(), len(self._decks) + 1)
        if number > len(self.data.decks):
            self.data.decks.append(ExchangeDeck(id=number, name=name))
        return number

    def add(
        self, kind: str, fields: tuple[str, str], deck: int, identity: Sequence[str], *, where: str
    ) -> ExchangeNote | None:
        """Add a note of a kind (`FORWARD`, `BOTH_WAYS`, `CLOZE`); None where its first field is empty.

        `identity` tells it from all others (see above); `where` names its place in the file.

        Raises:
            FileFormatError: `limit`.
            Cancelled: By the progress.
        """
        notes = self.data.notes
        if not len(notes) % _REPORT_EVERY:
            self._progress("notes", len(notes), 0)
        if len(notes) >= NOTES:
            raise self._place.refuse("limit", f"holds more than {NOTES:,} notes")
        first, second = (field.replace(FIELD_SEPARATOR, " ").strip() for field in fields)
        sizes = [len(field.encode("utf-8", "surrogatepass")) for field in (first, second)]
        if max(sizes) > FIELD_BYTES or sum(sizes) > NOTE_BYTES:
            raise self._place.at(where).refuse("limit", "is more than fits into a note")
        if not first:
            self.left_out["there is no question"] += 1
            return None
        guid, now_ms = self._guid(kind, identity), self._options.now_ms
        notes.append(
            ExchangeNote(len(notes) + 1, guid, self._type(kind), (first, second), (), 0, now_ms, deck_id=deck)
        )
        return notes[-1]

    def new_card(self, note: ExchangeNote, ordinal: int) -> ExchangeCard:
        """Return a new card of a note for `data.cards`; of a note either all cards are listed or none."""
        number = len(self.data.cards) + 1
        return ExchangeCard(number, note.id, note.deck_id, ordinal, position=note.id)

    def finished(self) -> ExchangeData:
        """Return the data with its warnings.

        Raises:
            FileFormatError: `not-a-deck` where nothing is a card.
        """
        if not self.data.notes:
            raise self._place.refuse("not-a-deck", "holds no card")
        if self.data.cards:
            self._list_other_cards()
        self.data.notes_left_out = self.left_out.total()
        for reason, count in self.left_out.items():
            verb = "was" if count == 1 else "were"
            self.data.warnings.append(f"{counted(count, 'card')} {verb} left out: {reason}.")
        return self.data

    def _list_other_cards(self) -> None:
        """List the cards of all notes: data either lists cards or leaves it to the note types to make them."""
        listed = {card.note_id for card in self.data.cards}
        self.data.makes_cards = False
        stock = {number: stock_note_type(kind) for kind, number in self._types.items()}
        for note in self.data.notes:
            note_type = stock[note.note_type_id]
            if note.id not in listed and note_type is not None:
                for ordinal in card_ordinals(note_type, note.fields, at_least_one=True):
                    self.data.cards.append(self.new_card(note, ordinal))

    def _guid(self, kind: str, identity: Sequence[str]) -> str:
        shape = "\x1f".join((self.data.source, kind, *(" ".join(part.split()) for part in identity)))
        digest = hashlib.sha256(shape.encode("utf-8", "surrogatepass")).hexdigest()[:_GUID_DIGITS]
        self._guids[digest] += 1
        return digest if self._guids[digest] == 1 else f"{digest}#{self._guids[digest]}"

    def _type(self, kind: str) -> int:
        """Return the number of a note type; it is only named, so that the collection's own of that name serves."""
        if kind not in self._types:
            self._types[kind] = len(self._types) + 1
            note_type = NoteType(id=NoteTypeId(self._types[kind]), name=kind, fields=(), templates=())
            self.data.note_types.append(note_type)
        return self._types[kind]
