"""Makes notes of Mnemosyne's facts, whatever file they come from.

Source: mnemosyne-proj/mnemosyne `libmnemosyne/card_types` (facts).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlsd_cards.domain.exchange import ExchangeData, ExchangeNote
from mlsd_cards.domain.notes import NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.formats.anki_place import Place, counted, quoted
from mlsd_cards.formats.apkg_ids import stable_id
from mlsd_cards.formats.limits import NOTES, TAGS_PER_NOTE
from mlsd_cards.formats.mnemosyne_text import MediaName, field_text, tags_of
from mlsd_cards.formats.mnemosyne_types import CARD_TYPES, CardType, described_type

_SOURCE = "mnemosyne"
_OWN_GUID = re.compile(r"[!-~]{10,64}")  # ids of facts that no two programs give by chance
_OWN_OLD_ID = re.compile(r"[0-9a-f]{8}")
_REPORT_EVERY = 1000


class NoteMaker:
    """Adds notes and the note types that they need to `data`; `left_out` counts facts by the reason why not.

    `types` and `views` hold what the file says of card types that are not built in, by their ids.
    """

    def __init__(self, place: Place, data: ExchangeData, media_name: MediaName, progress: Progress) -> None:
        self.types: dict[str, Mapping[str, str]] = {}
        self.views: dict[str, Mapping[str, str]] = {}
        self.left_out: Counter[str] = Counter()
        self._place = place
        self._data = data
        self._media_name = media_name
        self._progress = progress
        self._numbers: dict[str, int] = {}  # of note types in the data, by card type
        self._known: dict[str, CardType | None] = {}
        self._guids: set[str] = set()

    def add(
        self, number: str, texts: Mapping[str, str], kind: str, tag_names: Iterable[str]
    ) -> ExchangeNote | None:
        """Make a note of a fact with id `number` and card type `kind`; None, and counted, where that cannot be.

        Raises:
            FileFormatError: `limit`.
            Cancelled: By the progress.
        """
        notes = self._data.notes
        if len(notes) >= NOTES:
            raise self._place.refuse("limit", f"holds more than {NOTES:,} notes")
        if not len(notes) % _REPORT_EVERY:
            self._progress("notes", len(notes), 0)
        card_type = self._type(kind)
        if card_type is None:
            what = f"the card type {quoted(kind)} is not known" if kind else "no card asks for them"
            self.left_out[what] += 1
            return None
        fields = tuple(
            field_text(
                texts.get(key, ""),
                self._media_name,
                is_html=card_type.is_html,
                blanks=key in card_type.blanks,
            )
            for key in card_type.keys
        )
        guid = _guid(number, fields)
        if not fields[0] or guid in self._guids:
            self.left_out["the first field is empty" if not fields[0] else "the file holds them already"] += 1
            return None
        self._guids.add(guid)
        tags = tags_of(tag_names)
        if len(tags) > TAGS_PER_NOTE:
            raise self._place.refuse("limit", f"gives a note more than {TAGS_PER_NOTE:,} tags")
        notes.append(ExchangeNote(len(notes) + 1, guid, self._numbers[kind], fields, tags, deck_id=1))
        return notes[-1]

    def report(self) -> None:
        """Tell in the data how many facts were left out, and why."""
        self._data.notes_left_out = self.left_out.total()
        self._data.left_out = dict(self.left_out)
        for reason, count in self.left_out.items():
            verb = "was" if count == 1 else "were"
            self._data.warnings.append(f"{counted(count, 'note')} {verb} left out: {reason}.")

    def _type(self, kind: str) -> CardType | None:
        """Return the card type of that id and number it, None where it is neither built in nor described."""
        if kind not in self._known:
            found = CARD_TYPES.get(kind.partition("::")[0])
            if found is None and kind in self.types:
                found = described_type(self.types[kind], self.views)
            self._known[kind] = found
            if found is not None:
                self._number(kind, found)
        return self._known[kind]

    def _number(self, kind: str, card_type: CardType) -> None:
        """Give a card type the number of its note type; clones of one built-in type share it."""
        for other, number in self._numbers.items():
            if self._known[other] is card_type:
                self._numbers[kind] = number
                return
        number = len(self._data.note_types) + 1
        self._numbers[kind] = number
        note_type = replace(card_type.note_type, id=NoteTypeId(number))
        if any(other.foreign_id == note_type.foreign_id for other in self._data.note_types):
            note_type = replace(note_type, foreign_id=stable_id(_SOURCE, kind))
        self._data.note_types.append(note_type)


def own_old_id(number: str) -> str:
    """Return an id of Mnemosyne 1.x, empty where it is not one that no two programs give by chance."""
    return number if _OWN_OLD_ID.match(number) else ""


def _guid(number: str, fields: tuple[str, ...]) -> str:
    """Return what tells a note from all others: Mnemosyne's id if it is of that kind, else one of the texts."""
    if _OWN_GUID.fullmatch(number):
        return number
    text = number if _OWN_OLD_ID.match(number) else "\x1f".join((number, *fields))
    return f"mnemosyne-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
