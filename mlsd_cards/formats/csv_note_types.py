"""The note types that a text file may name, and the words that head columns."""

from collections.abc import Mapping, Sequence

from mlsd_cards.formats.anki_stock import BASIC, stock_note_type

_HEADINGS = frozenset(  # words that head a column rather than ask anything
    {
        "front",
        "back",
        "question",
        "answer",
        "term",
        "definition",
        "word",
        "meaning",
        "translation",
        "text",
        "extra",
    }
    | {
        "hint",
        "example",
        "tags",
        "tag",
        "deck",
        "notetype",
        "guid",
        "id",
        "note",
        "notes",
        "topic",
        "category",
    }
    | {"title", "name", "description", "source", "image", "picture", "audio", "sound"}
)


class NoteTypes:
    """The note types that a file may name: the collection's, then Anki's own.

    Where the collection's are not told, every name is taken to be one of them.
    """

    def __init__(self, fields: Mapping[str, tuple[str, ...]] | None) -> None:
        self._names = tuple(fields or ())
        self._own = {name.casefold(): names for name, names in (fields or {}).items()}
        self._all_told = fields is not None

    def field_names(self, name: str) -> tuple[str, ...] | None:
        """Return the field names of a note type, None where they are not known."""
        own = self._own.get(name.casefold())
        stock = stock_note_type(name)
        return own or (stock.field_names if stock else None)

    def fields_of(self, name: str) -> tuple[str, ...]:
        """Return the field names of a note type, of the basic one where none is named."""
        return self.field_names(name or BASIC) or ()

    @property
    def names(self) -> list[str]:
        """The names that may be chosen."""
        return sorted({*self._names, BASIC}, key=str.casefold)

    def knows(self, name: str) -> bool:
        """Whether a note can be made with a note type of that name."""
        return not self._all_told or self.field_names(name) is not None


def is_heading(cells: Sequence[str], field_names: Sequence[str]) -> bool:
    """Return whether every cell that is not empty, of two or more, is a word that heads columns."""
    known = _HEADINGS | {name.casefold() for name in field_names}
    words = [cell.strip().casefold() for cell in cells if cell.strip()]
    return len(words) > 1 and all(word.replace(" ", "") in known or word in known for word in words)
