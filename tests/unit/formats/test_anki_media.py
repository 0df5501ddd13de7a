"""References to media inside note text, as Anki sees them."""

import re
from pathlib import Path

import pytest

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.formats import anki_media
from mlsd_cards.formats.anki_media import Media, MediaEntry
from mlsd_cards.formats.anki_place import Place

PLACE = Place(Path("deck.apkg"), "the media list")

# What Anki takes for a reference (rslib/src/text.rs), as one expression that may backtrack.
TAG = re.compile(
    r"""<\b(?:img|audio|video|object|source)\b(?:[^>]|"[^"]+?"|'[^']+?')+?\b(?:src|data)\b="""
    r"""(?:"([^"]+?)"[^>]*>|'([^']+?)'[^>]*>|([^ >]+?)(?:\x20[^>]*>|>))""",
    re.IGNORECASE | re.DOTALL,
)
SOUND = re.compile(r"\[sound:(.+?)\]", re.DOTALL)


def media(*names: str) -> Media:
    return Media(place=PLACE, entries=[MediaEntry(name=name, member=str(n)) for n, name in enumerate(names)])


def found(text: str) -> list[str]:
    tags = [text[start:end] for _s, _e, start, end in anki_media._tag_references(text)]
    return tags + [text[start:end] for _s, _e, start, end in anki_media._sound_references(text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        '<img src="a.png">',
        "<img src='a.png'>",
        "<img src=a.png>",
        "<img src=a.png >",
        '<IMG class=x SRC="a b.png" alt=y>',
        '<img\nsrc="a.png">',
        '<img data-x=1 src="a.png">',
        '<img alt="x > y" src="a.png">',
        "<img alt='x > y' src=a.png>",
        "<img alt=don't src=\"a.png\"> it's",
        '<object data="a.png"></object><source src="b.mp4">',
        '<img src="">',
        '<img src="" alt="x">',
        "<img src=>",
        '<img src="a.png"',
        '<img src="a.png',
        "<img src=a.png",
        "<imgx src=a.png>",
        "<img>src=a.png>",
        "<img srcset=a.png>",
        '<img src="a.png"><img src="b.png">',
        '<p src="a.png">',
        '<img src ="a.png">',
        '<img src= "a.png">',
        "[sound:a.mp3]",
        "[sound:a\nb.mp3]",
        "[sound:]x]",
        "[sound:",
        "[sound:a.mp3",
        "[sound:a.mp3][sound:b.mp3]",
        '<img src="[sound:a.mp3]">',
        "[sound:<img src=a.png>]",
    ],
)
def test_references_are_those_that_anki_sees(text: str) -> None:
    tags = [next(group for group in match.groups() if group is not None) for match in TAG.finditer(text)]
    assert found(text) == tags + SOUND.findall(text)


def test_references_are_renamed_with_their_entities() -> None:
    names = media("a&b?.png", "c?.mp3")
    text = '<img src="a&amp;b?.png"><img src="a&b?.png">[sound:c?.mp3]<img src="d&nbsp;e?.png" alt="d&nbsp;e?.png">'
    assert names.rewrite(text) == (
        '<img src="a&amp;b.png"><img src="a&b.png">[sound:c.mp3]<img src="d e.png" alt="d e.png">'
    )
    assert set(names.used) == {"a&b?.png", "c?.mp3"}


def test_broken_entities_are_signs() -> None:
    names = media("a&b.png", "a&nope;.png")
    assert (
        names.rewrite('<img src="a&b.png"><img src="a&nope;.png">')
        == '<img src="a&b.png"><img src="a&nope;.png">'
    )
    assert set(names.used) == {"a&b.png", "a&nope;.png"}


def test_addresses_are_left_alone() -> None:
    text = '<img src="https://example.org/a?b.png"><img src="data:image/png;base64,AA//"><img src="/a?.png">'
    names = media()
    assert names.rewrite(text) == text
    assert not names.used


@pytest.mark.parametrize(
    "text",
    [
        "<img " * 200_000 + ">",
        '<img src="' * 100_000,
        '<img src="' * 100_000 + ">",
        "<img src='\"" * 100_000 + ">",
        "<img alt=\"'" * 100_000 + ">",
        "<img src=a" * 100_000,
        "[sound:" * 100_000,
        "[sound:" * 100_000 + "]",
        "<" * 1_000_000,
        "<img src=x>" * 50_000,
        '<img alt="' + ">" * 500_000 + "<img " * 100_000,
        "<img '" + '<img "' * 100_000 + ">" * 100_000,
    ],
)
def test_hostile_text_is_scanned_in_linear_time(text: str) -> None:
    # In quadratic time each of these would take hours.
    assert len(media("x").rewrite(text)) <= len(text)


def test_very_many_references_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert anki_media.REFERENCES == 4_000_000
    monkeypatch.setattr(anki_media, "REFERENCES", 10)
    names = media("x")
    names.rewrite("<img src=x>" * 10)
    with pytest.raises(FileFormatError) as caught:
        names.rewrite("<img src=x>")
    assert caught.value.kind == "limit"


def test_lists_of_more_than_100_000_files_are_refused() -> None:
    many = "{" + ",".join(f'"{n}":"{n}.png"' for n in range(100_001)) + "}"
    with pytest.raises(FileFormatError) as caught:
        anki_media.entries_from_json(many.encode(), PLACE)
    assert caught.value.kind == "limit"
    assert (
        len(anki_media.entries_from_json(many.replace(',"100000":"100000.png"', "").encode(), PLACE))
        == 100_000
    )


def test_very_many_files_that_want_one_name_get_names_quickly() -> None:
    names = media(*[f"{'?' * n}a.png" for n in range(3000)])
    assert len(set(names.renamed().values())) == 2999
