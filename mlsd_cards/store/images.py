"""The images by which a step is taken back: what to delete and what to put, table by table.

Layout: a zlib stream of lines, each a JSON array `[table, kind, items]`. Kind `delete` lists keys (a key of
several columns is an array), `range` is `[first, last]` of integer keys or `[first, last, column]`, `put` lists
whole rows in column order. A key occurs at most once, so the lines may be replayed in any order. Streaming
keeps memory small where a step holds a million rows.
"""

import json
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

ROWS_PER_LINE = 5000
_READ_SIZE = 1 << 16


class Image(NamedTuple):
    """One line: `kind` is delete, range or put."""

    table: str
    kind: str
    items: list[Any]


class ImageWriter:
    """Collects images into one compressed blob."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(1)
        self._parts: list[bytes] = []
        self.empty = True

    def add(self, table: str, kind: str, items: list[Any]) -> None:
        """Add one line; `items` empty adds nothing."""
        if items:
            line = json.dumps((table, kind, items), ensure_ascii=False, separators=(",", ":"))
            self._parts.append(self._packer.compress(line.encode() + b"\n"))
            self.empty = False

    def finish(self) -> bytes:
        """Return the blob; nothing may be added afterwards."""
        self._parts.append(self._packer.flush())
        return b"".join(self._parts)


def read_images(blob: bytes) -> Iterator[Image]:
    """Yield the lines of a blob made by `ImageWriter`, holding one line in memory at a time."""
    unpacker = zlib.decompressobj()
    rest = b""
    for start in range(0, len(blob), _READ_SIZE):
        rest += unpacker.decompress(blob[start : start + _READ_SIZE])
        *lines, rest = rest.split(b"\n")
        for line in lines:
            yield Image(*json.loads(line))
