"""Archives: what is taken out of them, what is refused, and how much may come out."""

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
import zstandard
from helpers.anki_packages import zstd

from mlsd_cards.domain.errors import FileFormatError, UnsafeArchive
from mlsd_cards.formats import limits as bounds
from mlsd_cards.formats.limits import MEBIBYTE, Limits
from mlsd_cards.formats.safezip import Budget, SafeZip

MOST = 2**30


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def refused(path: Path, limits: Limits | None = None) -> FileFormatError:
    with pytest.raises(FileFormatError) as caught, SafeZip(path, limits or Limits()):
        pass
    assert str(caught.value).startswith(f"{path.name} cannot be imported: ")
    return caught.value


def content(
    path: Path, name: str, most: int = MOST, limits: Limits | None = None, *, packed: bool = False
) -> bytes:
    with SafeZip(path, limits or Limits()) as opened:
        return opened.read(name, most, Budget(), zstd=packed)


def read_refused(path: Path, name: str, most: int = MOST, *, packed: bool = False) -> str:
    with pytest.raises(FileFormatError) as caught:
        content(path, name, most, packed=packed)
    return caught.value.kind


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_out_as_they_went_in(method: int, tmp_path: Path) -> None:
    members = {"media": b"{}", "0": bytes(range(256)) * 1000, "empty": b""}
    path = archive(tmp_path / "a.apkg", members, method)
    with SafeZip(path) as opened:
        assert opened.names() == set(members)
        assert opened.has("media")
        assert not opened.has("Media")
        for name, data in members.items():
            target = tmp_path / f"out-{name}"
            unpacked = opened.unpack(name, target, MOST, Budget())
            assert target.read_bytes() == data
            assert unpacked.size == len(data)
            assert unpacked.sha256 == hashlib.sha256(data).hexdigest()
            assert unpacked.sha1 == hashlib.sha1(data).hexdigest()
            assert target.stat().st_mode & 0o777 == 0o600
        assert opened.packed_size("empty") <= 2


def test_nothing_is_overwritten_and_no_link_followed(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"new"})
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with SafeZip(path) as opened:
        for name in ("there", "link"):
            with pytest.raises(FileExistsError):
                opened.unpack("0", tmp_path / name, MOST, Budget())
    assert (tmp_path / "there").read_bytes() == b"old"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 and so on", b"x" * 70_000])
def test_other_files_are_no_packages(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.apkg"
    path.write_bytes(data)
    assert refused(path).kind == "not-a-deck"


def test_a_folder_and_an_absent_file_are_no_packages(tmp_path: Path) -> None:
    assert refused(tmp_path).kind == "not-a-deck"
    assert refused(tmp_path / "absent.apkg").kind == "not-a-deck"


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.apkg", {"0": b"data" * 100, "1": b"more"}).read_bytes()
    for length in range(4, len(whole)):
        path = tmp_path / "cut.apkg"
        path.write_bytes(whole[:length])
        assert refused(path).kind == "damaged"


def test_something_before_and_after_the_archive_does_no_harm(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"data"})
    with zipfile.ZipFile(path, "a") as made:
        made.comment = b"a comment PK of the author"
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    assert content(path, "0") == b"data"


def test_a_wrong_count_of_members_is_damage(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"data"})
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x05\x06")
    for place in (8, 10):
        struct.pack_into("<H", raw, at + place, 2)
    path.write_bytes(raw)
    assert refused(path).kind == "damaged"


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.apkg"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("0", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("0", b"two")
    assert isinstance(refused(path), UnsafeArchive)


def test_links_and_encrypted_members_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("0")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "link.apkg"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(link, b"/etc/hostname")
    assert refused(path).kind == "unsafe"
    path = archive(tmp_path / "secret.apkg", {"0": b"data"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert refused(path).kind == "unsupported"


def test_ways_of_packing_that_anki_does_not_use_are_not_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"data" * 1000}, zipfile.ZIP_LZMA)
    assert read_refused(path, "0") == "unsupported"


def test_records_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"data", "1": b"data"})
    raw = bytearray(path.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, second + 42, 0)  # the second member begins where the first does
    path.write_bytes(raw)
    assert refused(path).kind == "unsafe"
    struct.pack_into("<I", raw, second + 42, raw.index(b"PK\x01\x02") - 4)  # ... or reaches into the list
    path.write_bytes(raw)
    assert refused(path).kind == "unsafe"


def test_a_flipped_bit_anywhere_in_a_member_is_damage(tmp_path: Path) -> None:
    data = bytes(range(256)) * 2
    path = archive(tmp_path / "a.apkg", {"0": data})
    raw = path.read_bytes()
    start, end = 30 + 1, raw.index(b"PK\x01\x02")
    for place in range(start, end, 7):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x10]) + raw[place + 1 :])
        assert read_refused(path, "0") == "damaged"


def test_a_member_that_is_larger_than_announced_is_damage(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"x" * 1000})
    raw = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", raw, raw.index(signature) + place, 10)
    path.write_bytes(raw)
    assert read_refused(path, "0") == "damaged"


def test_a_member_called_otherwise_in_its_own_header_is_damage(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"data"})
    raw = path.read_bytes()
    path.write_bytes(raw[:30] + b"1" + raw[31:])
    assert read_refused(path, "0") == "damaged"


# ------------------------------------------------------------------------------------------ bounds


def test_a_member_may_be_as_large_as_its_bound_and_no_larger(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"12345"})
    assert content(path, "0", 5) == b"12345"
    assert read_refused(path, "0", 4) == "limit"


def test_members_share_one_budget(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b"12345", "1": b"12345"})
    with SafeZip(path) as opened:
        budget = Budget(Limits(package_bytes=10))
        opened.read("0", MOST, budget)
        opened.read("1", MOST, budget)
        assert budget.left == 0
        budget = Budget(Limits(package_bytes=9))
        opened.read("0", MOST, budget)
        with pytest.raises(FileFormatError, match="GiB"):
            opened.read("1", MOST, budget)


def test_the_budget_leaves_room_on_the_disk() -> None:
    reserve = bounds.FREE_RESERVE_BYTES
    assert reserve == 500 * MEBIBYTE
    assert Budget(free_bytes=reserve + 7).left == 7
    assert Budget(free_bytes=3).left < 0
    assert Budget(free_bytes=2**50).left == 8 * 2**30
    assert Budget().left == 8 * 2**30


def test_all_members_together_may_be_packed_200_times_from_256_mebibytes_on() -> None:
    assert bounds.PACKAGE_RATIO_FROM_BYTES == 256 * MEBIBYTE
    assert Budget(packed_bytes=1).left == 256 * MEBIBYTE
    assert Budget(packed_bytes=2 * MEBIBYTE).left == 400 * MEBIBYTE
    assert Budget(packed_bytes=2**40).left == 8 * 2**30


def test_many_medium_members_stop_at_the_budget(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {str(n): bytes(100_000) for n in range(50)})
    tight = Limits(package_ratio_from_bytes=1_000_000)
    with SafeZip(path, tight) as opened:
        budget = Budget(tight, packed_bytes=path.stat().st_size)
        assert 1_000_000 < budget.left < 5_000_000
        with pytest.raises(FileFormatError, match="200 times"):
            sum(len(opened.read(name, MOST, budget)) for name in opened.names())


def test_large_members_may_be_packed_200_times_and_small_ones_as_tightly_as_they_like(tmp_path: Path) -> None:
    limit = bounds.RATIO_FROM_BYTES
    assert (limit, bounds.RATIO) == (16 * MEBIBYTE, 200)
    path = archive(tmp_path / "a.apkg", {"0": bytes(limit), "1": bytes(limit + 1)})
    assert len(content(path, "0")) == limit
    assert read_refused(path, "1") == "limit"


def test_the_ratio_is_that_of_the_packed_bytes(tmp_path: Path) -> None:
    packed = 1000
    noise = hashlib.shake_256(b"noise").digest(packed)
    path = archive(tmp_path / "a.apkg", {"0": noise + bytes(200 * packed - len(noise))}, zipfile.ZIP_STORED)
    tiny = Limits(ratio_from_bytes=1)
    assert content(path, "0", limits=tiny)
    path = archive(tmp_path / "b.apkg", {"0": bytes(300_000)})
    with pytest.raises(FileFormatError, match="200 times"):
        content(path, "0", limits=tiny)


def test_an_archive_may_have_100_000_members(tmp_path: Path) -> None:
    assert bounds.ZIP_MEMBERS == 100_000

    def many(path: Path, count: int) -> Path:
        """Write `count` empty members quickly: local headers, list, zip64 end records."""
        names = [b"%d" % number for number in range(count)]
        out = io.BytesIO()
        entries = []
        for name in names:
            numbers = (20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, out.tell())
            entries.append(b"PK\x01\x02" + struct.pack("<6H3I5H2I", *numbers) + name)
            out.write(b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name)
        start = out.tell()
        listed = b"".join(entries)
        out.write(listed)
        end = out.tell()
        out.write(b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, len(listed), start))
        out.write(b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1))
        out.write(b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, len(listed), start, 0))
        path.write_bytes(out.getvalue())
        return path

    with SafeZip(many(tmp_path / "a.apkg", 100_000)) as opened:
        assert opened.has("99999")
    assert refused(many(tmp_path / "b.apkg", 100_001)).kind == "limit"


def test_the_list_of_members_is_bounded_before_it_is_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": b""})
    size = len(path.read_bytes()) - path.read_bytes().index(b"PK\x01\x02") - 22
    with SafeZip(path, Limits(directory_bytes=size)):
        pass
    assert refused(path, Limits(directory_bytes=size - 1)).kind == "limit"


# ------------------------------------------------------------------------------------------ zstd


def test_zstd_streams_come_out_whole(tmp_path: Path) -> None:
    data = hashlib.shake_256(b"x").digest(200_000) + bytes(100_000)
    members = {
        "0": zstd(data),
        "1": zstd(b""),
        "2": zstd(data) + zstd(b"second"),
        "3": zstandard.compress(data),
    }
    path = archive(tmp_path / "a.apkg", members)
    wanted = {"0": data, "1": b"", "2": data + b"second", "3": data}
    for name, expected in wanted.items():
        assert content(path, name, packed=True) == expected


def test_every_cut_of_a_zstd_stream_is_noticed(tmp_path: Path) -> None:
    packed = zstd(hashlib.shake_256(b"x").digest(300) + bytes(3000))
    for length in range(1, len(packed)):
        path = archive(tmp_path / "a.apkg", {"0": packed[:length]})
        assert read_refused(path, "0", packed=True) == "damaged"


@pytest.mark.parametrize(
    "data", [b"SQLite format 3\0" + bytes(100), b"\x28\xb5\x2f\xfd", zstd(b"a") + b"tail"]
)
def test_what_is_no_zstd_stream_is_damage(data: bytes, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.apkg", {"0": data})
    assert read_refused(path, "0", packed=True) == "damaged"


def test_a_zstd_stream_may_need_a_window_of_128_mebibytes_and_no_more(tmp_path: Path) -> None:
    assert bounds.ZSTD_WINDOW_BYTES == 2**27

    def stream(window_log: int) -> bytes:
        # magic, no checksum and no size, window; then one raw block of one byte, the last.
        return b"\x28\xb5\x2f\xfd\x00" + bytes([(window_log - 10) << 3]) + b"\x09\x00\x00x"

    path = archive(tmp_path / "a.apkg", {"0": stream(27), "1": stream(28)})
    assert content(path, "0", packed=True) == b"x"
    assert read_refused(path, "1", packed=True) == "limit"


def test_a_zstd_bomb_stops_at_its_bound(tmp_path: Path) -> None:
    block = struct.pack("<I", (128 * 1024) << 3 | 1 << 1)[:3] + b"\0"  # 128 KiB of one byte in four
    last = struct.pack("<I", 1 << 3 | 1)[:3] + b"x"
    bomb = b"\x28\xb5\x2f\xfd\x00" + bytes([(17 - 10) << 3]) + block * 4000 + last
    path = archive(tmp_path / "a.apkg", {"0": bomb})
    assert read_refused(path, "0", packed=True) == "limit"
    assert read_refused(path, "0", 1000, packed=True) == "limit"
