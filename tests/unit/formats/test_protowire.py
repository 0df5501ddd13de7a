"""The protobuf reader: what it reads, and that it never reads past an end."""

import math
import struct
from pathlib import Path

import pytest
from helpers.anki_packages import field, varint

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.protowire import Message, decode, parse

PLACE = Place(Path("deck.apkg"), "the message")


def refused(data: bytes) -> str:
    with pytest.raises(FileFormatError) as caught:
        list(parse(data, PLACE))
    assert caught.value.kind == "damaged"
    return str(caught.value)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2**31, 2**32 - 1, 2**63 - 1, -1, -(2**63)])
def test_integers_are_signed_64_bits(number: int) -> None:
    assert Message(field(1, number), PLACE).integer(1) == number


def test_values_of_all_kinds_come_back() -> None:
    data = (
        field(1, 7)
        + field(2, 1.5)
        + field(3, "träge")
        + field(4, [0.5, -2.0])
        + varint(5 << 3 | 1)
        + bytes(8)
    )
    message = Message(data, PLACE)
    assert message.integer(1) == 7
    assert message.real(2) == 1.5
    assert message.text(3) == "träge"
    assert message.reals(4) == [0.5, -2.0]
    assert message.data(3) == "träge".encode()
    assert message.has(5)


def test_absent_fields_have_defaults() -> None:
    message = Message(b"", PLACE)
    assert (message.integer(1), message.integer(1, 9), message.real(2), message.text(3)) == (0, 9, 0.0, "")
    assert (message.data(4), message.reals(5), message.all_data(6), message.has(7)) == (b"", [], [], False)


def test_the_last_value_counts_and_repeated_ones_keep_their_order() -> None:
    message = Message(field(1, 1) + field(1, 2) + field(2, "a") + field(2, "b"), PLACE)
    assert message.integer(1) == 2
    assert message.text(2) == "b"
    assert message.all_data(2) == [b"a", b"b"]


def test_floats_that_are_not_packed_are_read_as_well() -> None:
    assert Message(field(1, 0.5) + field(1, [1.0, 2.0]) + field(1, 3.0), PLACE).reals(1) == [
        0.5,
        1.0,
        2.0,
        3.0,
    ]


def test_floats_may_be_no_numbers() -> None:
    message = Message(field(1, math.inf) + field(2, math.nan), PLACE)
    assert message.real(1) == math.inf
    assert math.isnan(message.real(2))


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",  # a tag without a value
        b"\x80",  # a number that does not end
        b"\xff" * 11,
        b"\x08" + b"\x80" * 10 + b"\x01",  # eleven bytes of one number
        b"\x0a\x05abc",  # a length beyond the end
        b"\x0a\xff\xff\xff\xff\x0f",
        b"\x0a" + varint(2**64 - 1),
        b"\x0d\x00\x00",  # four bytes of which two are there
        b"\x09\x00",
        b"\x0b",  # a group
        b"\x0c",
        b"\x0e\x00",
        b"\x00\x00",  # field number 0
        varint(2**29 << 3) + b"\x00",
    ],
)
def test_whatever_runs_over_an_end_is_damage(data: bytes) -> None:
    assert refused(data).startswith("deck.apkg cannot be imported: the message ")


def test_a_value_of_another_kind_is_damage() -> None:
    message = Message(field(1, "text") + field(2, 5) + field(3, b"12345"), PLACE)
    for read in (lambda: message.integer(1), lambda: message.real(2), lambda: message.data(2)):
        with pytest.raises(FileFormatError, match="wrong kind"):
            read()
    with pytest.raises(FileFormatError, match="list of numbers"):
        message.reals(3)


def test_text_that_is_not_utf_8_is_damage() -> None:
    with pytest.raises(FileFormatError, match="UTF-8") as caught:
        decode(b"\xff", PLACE)
    assert caught.value.kind == "damaged"
    with pytest.raises(FileFormatError, match="UTF-8"):
        Message(field(1, b"\xff"), PLACE).text(1)


def test_a_message_of_very_many_fields_is_refused() -> None:
    assert "not a protobuf message" in refused(b"\x08\x01" * 1_000_001)


def test_fixed_values_are_little_endian() -> None:
    data = varint(1 << 3 | 5) + struct.pack("<I", 258)
    assert [value for _number, _type, value in parse(data, PLACE)] == [258]
