"""Filters where the comparison with Anki is not at hand."""

import re

import pytest

from mlsd_cards.rendering.filters import apply, decode_entities, field_is_empty, strip_tags


def filtered(names: str, text: str) -> str:
    return apply(tuple(reversed(names.split(":"))), text, "Field", str.upper, str.lower)


@pytest.mark.parametrize(
    ("names", "text", "result"),
    [
        ("text", "<b>a&amp;b</b>", "a&b"),
        (
            "furigana",
            " 漢字[かんじ]を 読[よ]む",
            "<ruby><rb>漢字</rb><rt>かんじ</rt></ruby>を<ruby><rb>読</rb><rt>よ</rt></ruby>む",
        ),
        ("kana", "あ 漢字[かんじ]&nbsp;読[よ]", "あかんじよ"),
        ("kanji", "あ 漢字[かんじ]", "あ漢字"),
        ("kana", "a[sound:x.mp3] b[c]", "a[sound:x.mp3]c"),
        ("kana", "a[b\nc] d[e]", "a[b\nc]e"),
        ("kana", "a[\nb[c]", "c"),
        ("kana", "[a] >[b]c[] d[", "[a] >[b]c[] d["),
        ("kana", "[a[b]", "b"),
        ("kana", "a[b", "a[b"),
        ("kana", "a[]", "a[]"),
        ("type", "x", "[[type:Field]]"),
        ("type:cloze", "x", "[[type:cloze:Field]]"),
        ("type:nc", "x", "[[type:nc:Field]]"),
        ("type:text", "x", "[[type:Field]]"),
        ("tts en_US voices=A", "x", "[anki:tts lang=en_US voices=A]x[/anki:tts]"),
        ("cloze", "x", "X"),
        ("cloze-only", "X", "x"),
        ("unknown", "x", "x"),
        ("", "x", "x"),
        ("hint", " \xa0", " \xa0"),
    ],
)
def test_filters(names: str, text: str, result: str) -> None:
    assert filtered(names, text) == result


def test_a_hint_has_an_id_of_its_own() -> None:
    first, again, other = (filtered("hint", text) for text in ("a", "a", "b"))
    assert first == again
    ids = [re.findall(r"hint([0-9a-f]{16})", html) for html in (first, other)]
    assert len(set(ids[0])) == 1
    assert set(ids[0]) != set(ids[1])
    assert 'class=hint style="display: none">a</div>' in first


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("", True),
        (" \n\t", True),
        ("<br><BR/></div>", True),
        ("\xa0", False),
        ("<br >x", False),
        ("<b></b>", False),
    ],
)
def test_what_counts_as_empty(text: str, empty: bool) -> None:
    assert field_is_empty(text) is empty


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("no tags > here", "no tags > here"),
        ("<", "<"),
        ("a<b>c", "ac"),
        ("<!-- a > b -->c<!-- d > e", "c e"),
        ("<style>a</style>b<style>c>d", "bc>d"),
        ("<script>a</script>b<script>c", "bc"),
        ("<style><style>a", "a"),
        ("<script><script>a", "a"),
        ("<!--><!-->a", "a"),
        ("a<b", "a<b"),
    ],
)
def test_tags_are_stripped(text: str, stripped: str) -> None:
    assert strip_tags(text) == stripped


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("a&nbsp;b", "a b"),
        ("&#65;&#x42;", "AB"),
        ("&lt;&bogus;", "&lt;&bogus;"),
        ("&lt;&", "&lt;&"),
        ("&#1114112;", "&#1114112;"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("&#xD800;", "&#xD800;"),
        ("&#000065;", "A"),
    ],
)
def test_entities_are_decoded_all_or_none(text: str, decoded: str) -> None:
    assert decode_entities(text) == decoded
