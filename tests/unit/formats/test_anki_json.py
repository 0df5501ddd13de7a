"""JSON inside packages: bounds, and values of the right type."""

from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.limits import JSON_BYTES, JSON_NESTING, MEBIBYTE, MEDIA_MAP_BYTES

PLACE = Place(Path("deck.apkg"), "the list")


def refused(data: bytes, **options: Any) -> str:
    with pytest.raises(FileFormatError) as caught:
        js.parse_json(data, PLACE, **options)
    return caught.value.kind


@pytest.mark.parametrize(("before", "after"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_json_may_be_nested_100_deep_and_no_deeper(before: bytes, after: bytes) -> None:
    assert JSON_NESTING == 100
    count = 100 // (before.count(b"[") + before.count(b"{"))
    js.parse_json(before * count + b"1" + after * count, PLACE)
    assert refused(before * count + b"[1]" + after * count) == "limit"
    assert refused(before * 100_000) == "limit"


def test_brackets_inside_strings_do_not_count() -> None:
    text = b"[" + b",".join([b'"[[[[{{{{\\"[[\\\\"'] * 200) + b"]"
    assert len(js.parse_json(text, PLACE)) == 200


def test_brackets_side_by_side_are_not_deep() -> None:
    assert len(js.parse_json(b"[" + b",".join([b"[]"] * 5000) + b"]", PLACE)) == 5000


def test_json_is_bounded_in_size() -> None:
    assert JSON_BYTES == MEDIA_MAP_BYTES == 64 * MEBIBYTE
    assert js.parse_json(b"12345", PLACE, most=5) == 12345
    assert refused(b"12345", most=4) == "limit"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"nul", b'{"a":1,}', b"\xff", b'"\xff"', b"9" * 5000, b"\x00", b"[" * 90, b'"' + b"\\" * 99],
)
def test_what_is_no_json_is_damage(data: bytes) -> None:
    assert refused(data) == "damaged"


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), ("-5", -5), (5.9, 5), (True, 0), (None, 0), ("x", 0), ("", 0), ([], 0), (2**63, 0), (1e400, 0),
     ("9" * 30, 0), (2**53 + 1, 2**53 + 1), ("²", 0), ("--1", 0), (float("nan"), 0)],
)  # fmt: skip
def test_integers(value: Any, number: int) -> None:
    assert js.integer({"k": value}, "k") == number
    assert js.integer({}, "k", 7) == 7


def test_reals_flags_and_texts() -> None:
    assert js.real({"k": 5}, "k") == 5.0
    assert js.real({"k": float("inf")}, "k", 2.0) == 2.0
    assert js.real({"k": "5"}, "k", 2.0) == 2.0
    assert js.real({"k": 10**400}, "k", 2.0) == 2.0
    assert js.reals({"k": [1, 2.5]}, "k") == [1.0, 2.5]
    assert js.reals({"k": [1, "x"]}, "k") == []
    assert js.reals({"k": 5}, "k") == []
    assert [js.flag({"k": value}, "k") for value in (True, 1, 0.0, "x", None, [1])] == [True, True, False] + [
        False
    ] * 3
    assert js.flag({}, "k", default=True)
    assert js.text({"k": "e\u0301"}, "k") == "\u00e9"
    assert js.text({"k": 5}, "k", "none") == "none"


def test_half_surrogates_become_replacement_signs() -> None:
    value = js.text({"k": "a\ud83db\ud83d\ude00"}, "k")
    assert value.encode()
    assert value == "a\ufffdb\U0001f600"


def test_shapes_are_checked() -> None:
    assert js.as_object({}, PLACE) == {}
    assert js.as_objects([{}], PLACE) == [{}]
    for call in (
        lambda: js.as_object([], PLACE),
        lambda: js.as_objects({}, PLACE),
        lambda: js.as_objects([1], PLACE),
    ):
        with pytest.raises(FileFormatError) as caught:
            call()
        assert caught.value.kind == "inconsistent"
