"""Text of decks that were drawn for white paper can be read on the program's own ground."""

import re

import pytest
from test_card_view import Shown

from mlsd_cards.ui.theme import DARK, Theme


@pytest.mark.parametrize("color", ["#000", "#0d47a1", "rgb(120, 0, 0)", "#333"])
def test_dark_text_of_a_deck_can_be_read_in_the_dark(qtbot, tmp_path, color):
    shown = Shown(qtbot, tmp_path, Theme("dark"))
    shown.view.show_side(f'<p style="color:{color}">words</p>', "", 0)
    found = shown.in_card("return getComputedStyle(body.querySelector('p')).color")
    assert contrast(found, DARK) >= 4.5


def test_a_deck_with_a_ground_of_its_own_keeps_its_colours(qtbot, tmp_path):
    shown = Shown(qtbot, tmp_path, Theme("dark"))
    shown.view.show_side('<p style="background:#fff;color:rgb(1, 2, 3)">words</p>', "", 0)
    assert shown.in_card("return getComputedStyle(body.querySelector('p')).color") == "rgb(1, 2, 3)"


def contrast(color: str, tokens) -> float:
    """Return the contrast of a CSS colour with the ground of a theme, as WCAG counts it."""
    ground = tokens.color("bg")

    def luminance(parts) -> float:
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one = luminance([int(part) / 255 for part in re.findall(r"\d+", color)[:3]])
    other = luminance([ground.redF(), ground.greenF(), ground.blueF()])
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
