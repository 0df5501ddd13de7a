"""Code in colour."""

import re

import pytest

from mlsd_cards.rendering.code import MAX_CODE, css, highlight
from mlsd_cards.rendering.text import strip_html

LIGHT, DARK = "#ffffff", "#1c1f25"  # surfaces of the two themes


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("language", "source", "part"),
    [
        ("python", "def f(x):\n    return 1  # c\n", '<span class="k">def</span>'),
        ("SQL", "SELECT 1 -- c", '<span class="k">SELECT</span>'),
        ("yaml", "key: 'value'\n", '<span class="nt">key</span>'),
        ("py", "x = '<b>'", "&lt;b&gt;"),
        ("terraform", "a = 1", "1"),
    ],
)
def test_code_is_coloured_and_its_text_kept(language: str, source: str, part: str) -> None:
    made = highlight(source, language)
    assert made is not None
    assert part in made
    assert strip_html(made.replace("\n", " ")) == " ".join(source.split())


@pytest.mark.parametrize(
    ("language", "source"), [("klingon", "x"), ("", "x"), ("python", "x" * (MAX_CODE + 1))]
)
def test_what_is_not_coloured(language: str, source: str) -> None:
    assert highlight(source, language) is None


@pytest.mark.parametrize("source", ["", "\n\nx\n\n", "  x", "def (", "'", "\t", "x" * MAX_CODE])
def test_the_text_comes_back_as_it_was(source: str) -> None:
    made = highlight(source, "python")
    assert made is not None
    assert re.sub(r"<[^>]*>", "", made).replace("&lt;", "<").replace("&gt;", ">") == source


def test_colours_can_be_read_on_both_themes() -> None:
    rules = re.findall(r"^([^{]+)\{color:(#[0-9a-f]{6})", css(), re.MULTILINE)
    assert len(rules) > 10
    for selector, colour in rules:
        surface = DARK if ":is(" in selector else LIGHT
        assert contrast(colour, surface) >= 4.5, (selector, colour)
