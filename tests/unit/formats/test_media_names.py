"""Names of media files: which are allowed, and what becomes of the others."""

import unicodedata

import pytest

from mlsd_cards.formats.limits import MEDIA_NAME_BYTES
from mlsd_cards.formats.media_names import (
    MEDIA_TYPES,
    allowed_media_name,
    cleaned_media_name,
    media_type,
    safe_media_name,
    with_suffix,
)

ENDINGS = "png jpg jpeg gif webp svg avif bmp mp3 ogg oga opus wav flac m4a mp4 webm woff woff2 ttf otf css"


def test_the_allowed_kinds_are_exactly_these() -> None:
    assert set(MEDIA_TYPES) == set(ENDINGS.split())
    for ending in ENDINGS.split():
        assert safe_media_name(f"a.{ending}") == f"a.{ending}"
        assert safe_media_name(f"a.{ending.upper()}") == f"a.{ending.upper()}"


@pytest.mark.parametrize(
    "name",
    ["a.png", "_a.css", "é.png", "日本.mp3", "a b.png", "a..png", "per%20cent.png", "hash#.png", "amp&.png", "🂡.svg",
     "conference.png", "com10.png", "nulla.png", "family👨\u200d👩.png"],
)  # fmt: skip
def test_ordinary_names_stay(name: str) -> None:
    assert safe_media_name(name) == name
    assert cleaned_media_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".png", "png", "a", "a.", "a.png.", "a.png ", ".a.png", "-a.png", "..a.png"),
        *("../a.png", "/a.png", "a/b.png", "a\\b.png", "C:\\a.png", "c:a.png", "\\\\host\\a.png"),
        *("a<b.png", "a>b.png", 'a"b.png', "a|b.png", "a?b.png", "a*b.png", "a[b.png", "a]b.png", "a^b.png"),
        *("a\0.png", "a\n.png", "a\r.png", "a\x7f.png", "a\x85.png", "a\u2028.png", "a\u2029.png"),
        *("a\u202egnp.exe.png", "a\u200f.png", "a\u061c.png", "a\u2066.png", "a\ud800.png", "a\ue000.png"),
        *("a\u0378.png", "a\U000e0080.png"),  # not assigned
        *("con.png", "NUL.png", "Aux.tar.png", "com1.png", "LPT9.mp3", "com¹.png", "CONIN$.png", "nul .png"),
        *("a.exe", "a.html", "a.js", "a.desktop", "a.lnk", "a.png.sh", "a.svgz", "a.m3u", "a.pdf", "a.xml"),
    ],
)
def test_names_with_a_meaning_elsewhere_are_refused(name: str) -> None:
    assert safe_media_name(name) is None


def test_names_may_have_120_bytes_and_no_more() -> None:
    assert MEDIA_NAME_BYTES == 120
    for sign in ("a", "é", "日"):
        width = len(sign.encode())
        fits = sign * ((120 - 4) // width) + ".png"
        assert safe_media_name(fits) == fits
        longer = "x" * (120 - 4 - len(fits[:-4].encode())) + fits
        assert safe_media_name(longer) == longer
        assert safe_media_name("x" + longer) is None


def test_the_composed_form_is_what_counts() -> None:
    assert safe_media_name("e\u0301.png") == "\u00e9.png"
    decomposed = unicodedata.normalize("NFD", "é" * 58) + ".png"
    assert len(decomposed.encode()) > 120
    assert safe_media_name(decomposed) == "é" * 58 + ".png"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ('con.jpg[]><:"/?*^\\|\0\r\n', "con_.jpg"),
        ("test.", "test._"),
        ("test ", "test _"),
        ("NUL", "NUL_"),
        ("a\u00a0b.png", "a b.png"),
        ("e\u0301.png", "\u00e9.png"),
        ("..\\..\\written.png", "....written.png"),
        ("x" * 300 + ".jpg", "x" * 115 + ".jpg"),
        ("x" * 300, "x" * 118),
        ("x" * 3000 + ".png", "x" * 115 + ".png"),
        ("x" * 121 + ".verylongending", "x" * 108 + ".verylongen"),
    ],
)
def test_names_are_cleaned_as_anki_does(name: str, cleaned: str) -> None:
    assert cleaned_media_name(name) == cleaned
    assert cleaned_media_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("que?.png", "que.png"),
        ("..\\up.png", "up.png"),
        ("-o.png", "o.png"),
        ("CON.png", "CON_.png"),
        ("?.png", "_.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("a\ue000.png", "a.png"),
        ("lpt0.png", "_lpt0.png"),
        ("a.exe", None),
        ("...", None),
    ],
)
def test_the_nearest_allowed_name_is_found(name: str, allowed: str | None) -> None:
    assert allowed_media_name(name) == allowed


def test_a_suffix_goes_before_the_ending_and_never_makes_a_name_too_long() -> None:
    assert with_suffix("a.png", 2) == "a-2.png"
    long = "日" * 38 + ".png"
    found = with_suffix(long, "0123456789ab")
    assert safe_media_name(found) == found
    assert found.endswith("-0123456789ab.png")


def test_types_are_known_by_ending() -> None:
    assert media_type("a.SVG") == "image/svg+xml"
    assert media_type("png") == ""
    assert media_type(".png") == ""
    assert media_type("a.exe") == ""
