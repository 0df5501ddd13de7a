"""Both schemes can be read: 4.5:1 for every word on every ground it stands on."""

import re

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from mlsd_cards.paths import resources_dir
from mlsd_cards.ui.theme import DARK, LIGHT, Theme, Tokens, card_variables, palette, style_sheet

WORDS = ("ink", "muted", "accent_text", "again_text", "hard_text", "good_text", "easy_text")


def luminance(color: str) -> float:
    parts = [value / 255 for value in QColor(color).getRgb()[:3]]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_word_can_be_read(tokens: Tokens):
    for word in WORDS:
        for ground in ("bg", "surface"):
            assert contrast(getattr(tokens, word), getattr(tokens, ground)) >= 4.5, (word, ground)
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.ink, tokens.accent_soft) >= 4.5
    assert contrast(tokens.bg, tokens.ink) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_filled_in_and_names_only_files_that_exist(tokens: Tokens, qtbot):
    sheet = style_sheet(tokens)
    assert "$" not in sheet.split("*/", 1)[1]
    for name in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (resources_dir() / "icons" / name.rpartition("/")[2]).is_file()
    assert palette(tokens).windowText().color() == QColor(tokens.ink)


def test_the_card_gets_the_same_colours():
    names = card_variables(DARK)
    assert names["bg"] == DARK.bg
    assert names["accent-soft"] == DARK.accent_soft
    assert "Inter" in names["font"]


def test_a_choice_overrides_the_system_and_is_told(qtbot):
    theme = Theme("light")
    assert theme.tokens is LIGHT
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.tokens is DARK
    assert QApplication.palette().window().color() == QColor(DARK.bg)
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose("dark")
    theme.choose("system")
    assert theme.tokens in (LIGHT, DARK)
