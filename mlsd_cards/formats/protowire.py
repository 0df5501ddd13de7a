"""Reads the wire form of protocol buffers, with every length checked against what is there.

Source: protobuf.dev/programming-guides/encoding (wire types 0 varint, 1 eight bytes, 2 length-delimited,
5 four bytes; 3 and 4 are groups, which no current program writes).
"""

import struct
from collections.abc import Iterator

from mlsd_cards.formats.anki_place import Place

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_MOST_FIELDS = 1_000_000


class Message:
    """The fields of one message: for each number the values in the order they stand in.

    Varints and fixed values are unsigned integers, length-delimited values are bytes. Getters give the last
    value, as the format asks for, or the default where a field is absent.
    """

    __slots__ = ("_fields", "_place")

    def __init__(self, data: bytes, place: Place) -> None:
        self._place = place
        self._fields: dict[int, list[tuple[int, int | bytes]]] = {}
        for number, wire_type, value in parse(data, place):
            self._fields.setdefault(number, []).append((wire_type, value))

    def has(self, number: int) -> bool:
        """Whether the field is present."""
        return number in self._fields

    def integer(self, number: int, default: int = 0) -> int:
        """Return a signed 64-bit integer, boolean or enum value."""
        value = self._last(number, VARINT)
        if not isinstance(value, int):
            return default
        return value - 2**64 if value >= 2**63 else value

    def real(self, number: int, default: float = 0.0) -> float:
        """Return a 32-bit float; it may be infinite or not a number."""
        value = self._last(number, FIXED32)
        return _float(value) if isinstance(value, int) else default

    def data(self, number: int) -> bytes:
        """Return bytes or an embedded message, empty if absent."""
        value = self._last(number, BYTES)
        return value if isinstance(value, bytes) else b""

    def text(self, number: int) -> str:
        """Return a string.

        Raises:
            FileFormatError: It is not UTF-8.
        """
        return decode(self.data(number), self._place)

    def all_data(self, number: int) -> list[bytes]:
        """Return all values of a repeated length-delimited field."""
        return [value for wire_type, value in self._fields.get(number, ()) if wire_type == BYTES]  # type: ignore[misc]

    def reals(self, number: int) -> list[float]:
        """Return all values of a repeated float, packed or not.

        Raises:
            FileFormatError: The packed block does not hold whole floats.
        """
        found: list[float] = []
        for wire_type, value in self._fields.get(number, ()):
            if wire_type == FIXED32 and isinstance(value, int):
                found.append(_float(value))
            elif wire_type == BYTES and isinstance(value, bytes):
                if len(value) % 4:
                    raise self._place.refuse("damaged", "holds a broken list of numbers")
                found.extend(struct.unpack(f"<{len(value) // 4}f", value))
        return found

    def _last(self, number: int, wire_type: int) -> int | bytes | None:
        values = self._fields.get(number)
        if not values:
            return None
        if values[-1][0] != wire_type:
            raise self._place.refuse("damaged", f"holds a value of the wrong kind (field {number})")
        return values[-1][1]


def parse(data: bytes, place: Place) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield (field number, wire type, value) of each field of a message.

    Raises:
        FileFormatError: `damaged` where a tag, number or length runs over the end, or is not allowed.
    """
    position = count = 0
    end = len(data)
    value: int | bytes
    while position < end:
        tag, position = _varint(data, position, place)
        number, wire_type = tag >> 3, tag & 7
        count += 1
        if not 0 < number < 2**29 or count > _MOST_FIELDS:
            raise place.refuse("damaged", "is not a protobuf message")
        if wire_type == VARINT:
            value, position = _varint(data, position, place)
        else:
            if wire_type == BYTES:
                size, position = _varint(data, position, place)
            elif wire_type in (FIXED32, FIXED64):
                size = 4 if wire_type == FIXED32 else 8
            else:
                raise place.refuse("damaged", "is not a protobuf message")
            if size > end - position:
                raise place.refuse("damaged", f"ends {size - (end - position)} bytes too early")
            raw = data[position : position + size]
            position += size
            value = raw if wire_type == BYTES else int.from_bytes(raw, "little")
        yield number, wire_type, value


def decode(data: bytes, place: Place) -> str:
    """Return UTF-8 bytes as text.

    Raises:
        FileFormatError: `damaged` where they are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise place.refuse("damaged", "holds text that is not UTF-8") from None


def _varint(data: bytes, position: int, place: Place) -> tuple[int, int]:
    value = shift = 0
    for byte in data[position : position + 10]:
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), position
        shift += 7
    raise place.refuse("damaged", "holds a number that does not end")


def _float(bits: int) -> float:
    return float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])
