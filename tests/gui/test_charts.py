"""The drawn charts tell their values to the mouse, to the arrow keys and to a screen reader."""

from datetime import date

import pytest
from PySide6.QtCore import QPoint, Qt

from mlsd_cards.ui.charts import Forecast, HeatMap
from mlsd_cards.ui.theme import Theme

FIRST = date(2026, 11, 24)


@pytest.fixture(params=[Forecast, HeatMap])
def chart(request, qtbot):
    made = request.param(Theme("light"))
    qtbot.addWidget(made)
    made.resize(320, 174)
    made.set_values(FIRST, [5, 0, 1, 12, *([3] * 10)])
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_every_day_has_its_own_place_inside_the_chart(chart):
    boxes = [chart.hover_box(i) for i in range(14)]
    for i, box in enumerate(boxes):
        assert chart.rect().toRectF().contains(box)
        assert chart.index_at(box.center().toPoint()) == i
        assert not any(box.intersects(other) for other in boxes[i + 1 :])


def test_the_words_of_a_day(chart):
    noun = chart.noun
    assert chart.text_of(0) == f"Tue 24 November: 5 {noun}s"
    assert chart.text_of(2) == f"Thu 26 November: 1 {noun}"
    assert "24 November: 5" in chart.accessibleDescription()
    assert "25 November" not in chart.accessibleDescription()


def test_arrow_keys_walk_over_the_days_and_stop_at_the_ends(chart, qtbot):
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart._chosen == 2
    for _ in range(9):
        qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart._chosen == 0
    chart.clearFocus()
    assert chart._chosen == -1


def test_the_mouse_finds_nothing_between_the_days(chart):
    assert chart.index_at(QPoint(-5, -5)) == -1


def test_heights_follow_the_values(qtbot):
    bars = Forecast(Theme("light"))
    qtbot.addWidget(bars)
    bars.resize(300, 174)
    bars.set_values(FIRST, [10, 5, 0, 10_000])
    heights = [bars.box(i).height() for i in range(4)]
    assert heights[3] == 150
    assert heights[2] == 0
    assert heights[0] == heights[1] == 3  # few cards beside very many are still to be seen


def test_no_values_at_all_are_no_fault(qtbot):
    for kind in (Forecast, HeatMap):
        chart = kind(Theme("dark"))
        qtbot.addWidget(chart)
        chart.set_values(FIRST, [])
        chart.resize(100, 100)
        assert not chart.grab().isNull()
        assert chart.accessibleDescription().startswith("No ")
