"""Opens a stranger's zip archive and takes single members out of it, in pieces and within a budget.

Only members that the format names are opened, each by its exact name; nothing is ever extracted under a
name of the archive's choosing.

Source: PKWARE APPNOTE 6.3.10 sections 4.3 and 4.5 (end record, zip64 end record, local header).
"""

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from mlsd_cards.formats.anki_place import Place, printable, quoted
from mlsd_cards.formats.limits import (
    DEFAULT_LIMITS,
    GIBIBYTE,
    MEBIBYTE,
    PIECE_BYTES,
    RATIO,
    ZSTD_WINDOW_BYTES,
    Limits,
)

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")

_END = b"PK\x05\x06"
_END_BYTES = 22
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_END = b"PK\x06\x06"
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 0x2041  # bits 0, 6 and 13
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# A frame of eight known bytes behind the stream: it comes out only if the stream before it was whole.
_GUARD = b"\x00the end"
_GUARD_FRAME = b"\x28\xb5\x2f\xfd\x20\x08\x41\x00\x00" + _GUARD

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Budget:
    """Bytes that may still be unpacked, shared by all members of a package.

    `packed_bytes` is the size of the package and `free_bytes` the room on the disk; None: not known.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        packed_bytes: int | None = None,
        free_bytes: int | None = None,
    ) -> None:
        bounds = [(limits.package_bytes, f"unpacks to more than {limits.package_bytes / GIBIBYTE:.3g} GiB")]
        if packed_bytes is not None:
            most = max(limits.package_ratio_from_bytes, RATIO * packed_bytes)
            bounds.append((most, f"unpacks to more than {RATIO} times its size"))
        if free_bytes is not None:
            bounds.append(
                (free_bytes - limits.free_reserve_bytes, "leaves no room on the disk when unpacked")
            )
        self.left, self._what = min(bounds)

    def spend(self, size: int, place: Place) -> None:
        """Take `size` bytes away.

        Raises:
            FileFormatError: `limit` where they are not there.
        """
        self.left -= size
        if self.left < 0:
            raise place.at("it").refuse("limit", self._what)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of a member. Digests are hexadecimal, those of nothing unless they were asked for."""

    size: int
    sha256: str
    sha1: str


class SafeZip:
    """A zip archive whose directory has been checked. Use as a context manager.

    Raises:
        FileFormatError: `not-a-deck` (no zip), `damaged`, `limit`, `unsafe` (members that overlap, share a
            name or are links) or `unsupported` (encryption).
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.place = Place(path)
        self.limits = limits
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise self.place.refuse("not-a-deck", f"cannot be opened ({error.strerror})") from None
        try:
            self._zip = self._open()
            self._members = self._checked_members()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "SafeZip":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._zip.close()
        self._file.close()

    def names(self) -> frozenset[str]:
        """Return the names of all members as they stand in the directory. They may be hostile."""
        return frozenset(self._members)

    def has(self, name: str) -> bool:
        """Whether there is a member of exactly this name."""
        return name in self._members

    def packed_size(self, name: str) -> int:
        """Return how many bytes a member takes in the archive."""
        return self._members[name].compress_size

    def read(self, name: str, most: int, budget: Budget, *, zstd: bool = False) -> bytes:
        """Return a member of at most `most` bytes.

        Raises:
            FileFormatError: As `unpack`.
        """
        return b"".join(self._pieces(name, most, budget, zstd=zstd))

    def unpack(
        self, name: str, target: Path, most: int, budget: Budget, *, zstd: bool = False, digests: bool = True
    ) -> Unpacked:
        """Write a member to the new file `target` (mode 0600); return its size and, if wanted, its digests.

        Raises:
            FileFormatError: `damaged`, or `limit` where more than `most` bytes come out, the budget is spent,
                or the member is packed more tightly than an honest one.
        """
        sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        size = 0
        with os.fdopen(os.open(target, _NEW_FILE, 0o600), "wb") as out:
            for piece in self._pieces(name, most, budget, zstd=zstd):
                size += len(piece)
                if digests:
                    sha256.update(piece)
                    sha1.update(piece)
                out.write(piece)
        return Unpacked(size, sha256.hexdigest(), sha1.hexdigest())

    def _pieces(self, name: str, most: int, budget: Budget, *, zstd: bool) -> Iterator[bytes]:
        place = self.place.at(f"the member {quoted(name)}")
        info = self._members[name]
        if info.compress_type not in _METHODS:
            raise place.refuse("unsupported", "is packed in a way that Anki does not use")
        size = 0
        bound = max(RATIO * info.compress_size, self.limits.ratio_from_bytes)
        try:
            with self._zip.open(info) as member:
                for piece in _unzstd(member, place) if zstd else _plain(member):
                    size += len(piece)
                    if size > most:
                        raise place.refuse(
                            "limit", f"is larger than {most / MEBIBYTE:,.0f} MiB when unpacked"
                        )
                    if size > bound:
                        raise place.refuse("limit", f"unpacks to more than {RATIO} times its size")
                    budget.spend(len(piece), place)
                    yield piece
        except _BROKEN as error:
            raise place.refuse("damaged", f"is damaged ({_reason(error)})") from None

    def _open(self) -> zipfile.ZipFile:
        count, directory_bytes = self._end_record()
        if directory_bytes > self.limits.directory_bytes:
            raise self.place.refuse("limit", "has a list of members of more than 64 MiB")
        if count > self.limits.members:
            raise self.place.refuse("limit", f"has more than {self.limits.members:,} members")
        try:
            archive = zipfile.ZipFile(self._file)
        except _BROKEN as error:
            raise self.place.refuse("damaged", f"is a damaged zip archive ({_reason(error)})") from None
        found = len(archive.infolist())
        if found > self.limits.members:
            raise self.place.refuse("limit", f"has more than {self.limits.members:,} members")
        if found != count:
            raise self.place.refuse("damaged", f"announces {count:,} members but has {found:,}")
        return archive

    def _end_record(self) -> tuple[int, int]:
        """Return the number of members and the size of their list, as the end of the file announces them."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        starts_as_zip = self._file.read(4) in ZIP_SIGNATURES
        tail_start = max(0, size - _END_BYTES - 0xFFFF)
        self._file.seek(tail_start)
        tail = self._file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_BYTES:
            if starts_as_zip:
                raise self.place.refuse("damaged", "is a zip archive that was cut off")
            raise self.place.refuse("not-a-deck", "is not an Anki package, which is a zip archive")
        count, directory_bytes, directory_at = struct.unpack_from("<HII", tail, at + 10)
        if count != 0xFFFF and directory_bytes != 0xFFFFFFFF and directory_at != 0xFFFFFFFF:
            return count, directory_bytes
        return self._zip64_end_record(tail[max(0, at - 20) : at]) or (count, directory_bytes)

    def _zip64_end_record(self, locator: bytes) -> tuple[int, int] | None:
        if len(locator) != 20 or not locator.startswith(_ZIP64_LOCATOR):
            return None
        self._file.seek(min(struct.unpack_from("<Q", locator, 8)[0], 2**62))
        record = self._file.read(56)
        if len(record) != 56 or not record.startswith(_ZIP64_END):
            raise self.place.refuse("damaged", "is a damaged zip archive (its zip64 end record is not there)")
        count, directory_bytes = struct.unpack_from("<QQ", record, 32)
        return count, directory_bytes

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            place = self.place.at(f"the member {quoted(info.filename)}")
            if info.filename in members:
                raise place.refuse("unsafe", "is there twice")
            if info.flag_bits & _ENCRYPTED:
                raise place.refuse("unsupported", "is encrypted")
            if stat.S_ISLNK(info.external_attr >> 16):
                raise place.refuse("unsafe", "is a link to another file")
            members[info.filename] = info
        self._check_overlap(list(members.values()))
        return members

    def _check_overlap(self, members: list[zipfile.ZipInfo]) -> None:
        """Refuse records that share bytes: one packed stream under many names unpacks to any size."""
        members.sort(key=lambda info: info.header_offset)
        end = 0
        for info in members:
            if info.header_offset < end:
                raise self.place.at(f"the member {quoted(info.filename)}").refuse(
                    "unsafe", "overlaps another member of the archive"
                )
            end = info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        if end > self._zip.start_dir:
            raise self.place.refuse("unsafe", "has members that overlap their own list")


_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _plain(source: _Readable) -> Iterator[bytes]:
    while piece := source.read(PIECE_BYTES):
        yield piece


class _Guarded:
    """A source that gives the guard frame after its own end."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._rest = _GUARD_FRAME

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        if not piece:
            piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def _unzstd(source: IO[bytes], place: Place) -> Iterator[bytes]:
    """Yield what a zstd stream holds; all its frames, as Anki reads them."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    reader = decompressor.stream_reader(
        _Guarded(source),  # type: ignore[arg-type]
        read_size=PIECE_BYTES,
        read_across_frames=True,
    )
    held = b""
    try:
        while piece := reader.read(PIECE_BYTES):
            held += piece
            if len(held) > len(_GUARD):
                yield held[: -len(_GUARD)]
                held = held[-len(_GUARD) :]
    except zstandard.ZstdError as error:
        if "memory" in str(error):
            raise place.refuse("limit", "needs more than 128 MiB of memory to unpack") from None
        raise place.refuse("damaged", f"is damaged ({_reason(error)})") from None
    if held != _GUARD:
        raise place.refuse("damaged", "ends too early")


def _reason(error: BaseException) -> str:
    return printable(str(error)) or type(error).__name__
