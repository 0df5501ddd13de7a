"""Reads the JSON inside Anki's files within bounds, and takes typed values out of it."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from mlsd_cards.formats.anki_place import Place
from mlsd_cards.formats.limits import JSON_BYTES, JSON_NESTING

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_DIGITS = re.compile(r"-?[0-9]{1,19}")
_BRACKET = re.compile(rb"[\[\]{}]")


def parse_json(data: bytes, place: Place, *, most: int = JSON_BYTES) -> Any:
    """Return the value that UTF-8 JSON stands for.

    Raises:
        FileFormatError: `limit` (larger than `most` bytes, or nested more than 100 deep) or `damaged`.
    """
    if len(data) > most:
        raise place.refuse("limit", f"is larger than {most:,} bytes")
    if _nesting(data) > JSON_NESTING:
        raise place.refuse("limit", f"is nested more than {JSON_NESTING} deep")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # ValueError: also bad UTF-8 and numbers of thousands of digits
        raise place.refuse("damaged", "is not JSON") from None


def _nesting(data: bytes) -> int:
    """Return how deep brackets are nested, or a number not over the limit if there are too few to matter."""
    if data.count(b"[") + data.count(b"{") <= JSON_NESTING:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def as_object(value: Any, place: Place) -> dict[str, Any]:
    """Return `value` if it is an object.

    Raises:
        FileFormatError: `inconsistent` where it is not.
    """
    if not isinstance(value, dict):
        raise place.refuse("inconsistent", "is not a JSON object")
    return value


def as_objects(value: Any, place: Place) -> list[dict[str, Any]]:
    """Return `value` if it is an array of objects.

    Raises:
        FileFormatError: `inconsistent` where it is not.
    """
    if not isinstance(value, list):
        raise place.refuse("inconsistent", "is not a JSON array")
    return [as_object(item, place) for item in value]


def text(source: Mapping[str, Any], key: str, default: str = "") -> str:
    """Return a text in composed form (NFC), `default` where there is none; half surrogates are replaced."""
    value = source.get(key)
    return composed(value) if isinstance(value, str) else default


def integer(source: Mapping[str, Any], key: str, default: int = 0) -> int:
    """Return an integer; numbers written as text count, everything else gives `default`."""
    value = source.get(key)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**63) <= value < 2**63 else default
    number = real(source, key, math.nan)
    return int(number) if math.isfinite(number) else default


def real(source: Mapping[str, Any], key: str, default: float = 0.0) -> float:
    """Return a finite number as a float; everything else gives `default`."""
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    if isinstance(value, int):
        return float(value) if -(2**63) <= value < 2**63 else default
    return value if math.isfinite(value) else default


def reals(source: Mapping[str, Any], key: str) -> list[float]:
    """Return the finite numbers of an array; empty if it holds anything else."""
    value = source.get(key)
    if not isinstance(value, list):
        return []
    numbers = [real({"": item}, "", math.nan) for item in value]
    return [] if any(math.isnan(number) for number in numbers) else numbers


def flag(source: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    """Return a truth value; numbers count as true unless they are 0."""
    value = source.get(key, default)
    return bool(value) if isinstance(value, bool | int | float) else default


def composed(value: str) -> str:
    """Return text in composed form (NFC) that can be written as UTF-8."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can express
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", value)
