"""Takes the records out of a stranger's XML file, in pieces, without document types, entities or depth.

Source: XML 1.0 sections 2.8 and 4 (what a document type may declare); Python's `xml.parsers.expat`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mlsd_cards.formats.anki_place import Place, printable
from mlsd_cards.formats.limits import (
    FIELD_BYTES,
    FIELDS,
    NOTE_BYTES,
    PIECE_BYTES,
    XML_DEPTH,
    XML_FILE_BYTES,
)

_RECORD_DEPTH = 2
_VALUE_DEPTH = 3


@dataclass(slots=True, kw_only=True)
class Record:
    """An element below the root: its attributes, and the texts of the elements in it by their names.

    An element that stands in it more than once counts with its first text in `values`; `listed` has all.
    """

    name: str
    attributes: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict)
    listed: list[tuple[str, str]] = field(default_factory=list)


def read_records(
    path: Path,
    place: Place,
    on_root: Callable[[str, Mapping[str, str]], None],
    on_record: Callable[[Record], None],
) -> None:
    """Call `on_root` with the name and attributes of the root element, then `on_record` for each in it.

    `place` is what refusals name; line numbers are those of `path`.

    Raises:
        FileFormatError: `unsafe` for a document type or an entity, `limit` for depth, size of texts or of the
            file, `damaged` where it is not well formed.
    """
    _Reading(place, on_root, on_record).run(path)


class _Reading:
    """One XML file being parsed."""

    def __init__(
        self,
        place: Place,
        on_root: Callable[[str, Mapping[str, str]], None],
        on_record: Callable[[Record], None],
    ) -> None:
        self._place = place
        self._on_root = on_root
        self._on_record = on_record
        self._depth = 0
        self._record = Record(name="", attributes={})
        self._texts: list[str] = []
        self._text_bytes = 0
        self._record_bytes = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.ExternalEntityRefHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def run(self, path: Path) -> None:
        size = 0
        try:
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    size += len(piece)
                    if size > XML_FILE_BYTES:
                        raise self._place.refuse("limit", f"is larger than {XML_FILE_BYTES >> 20} MiB")
                    self._parser.Parse(piece, False)
                self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise self._place.refuse("damaged", f"is not well-formed XML ({printable(str(error))})") from None

    def _at_line(self) -> Place:
        return self._place.at(f"line {self._parser.CurrentLineNumber} of the XML")

    def _doctype(self, *_declared: object) -> int:
        raise self._at_line().refuse("unsafe", "declares a document type or an entity, which no deck needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > XML_DEPTH:
            raise self._at_line().refuse("limit", f"is nested more than {XML_DEPTH} levels deep")
        if self._depth == 1:
            self._on_root(name, attributes)
        elif self._depth == _RECORD_DEPTH:
            self._record = Record(name=name, attributes=attributes)
            self._record_bytes = 0
        elif self._depth == _VALUE_DEPTH:
            if len(self._record.listed) >= FIELDS:
                raise self._at_line().refuse("limit", f"gives a record more than {FIELDS} values")
            self._texts.clear()
            self._text_bytes = 0

    def _end(self, name: str) -> None:
        if self._depth == _VALUE_DEPTH:
            text = "".join(self._texts)
            self._record.values.setdefault(name, text)
            self._record.listed.append((name, text))
        elif self._depth == _RECORD_DEPTH:
            self._on_record(self._record)
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._depth < _VALUE_DEPTH:
            return
        size = len(text.encode("utf-8", "surrogatepass"))
        self._text_bytes += size
        self._record_bytes += size
        if self._text_bytes > FIELD_BYTES or self._record_bytes > NOTE_BYTES:
            raise self._at_line().refuse(
                "limit", "has a text of more than 4 MiB, or a note of more than 8 MiB"
            )
        self._texts.append(text)
