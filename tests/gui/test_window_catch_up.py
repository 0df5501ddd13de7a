"""After a month away: a plan is offered on the Today screen, started by one click, followed, ended and undone."""

import pytest
from helpers.window_desk import NOW, Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from mlsd_cards.study import Collection, FixedClock, parse_moment


@pytest.fixture
def home(tmp_path):
    """Cards that came due a month ago."""
    clock = FixedClock(parse_moment("2026-10-24T10:00:00+01:00"))
    with Collection.open(tmp_path / "home", clock) as collection:
        collection.set_due_date(collection.search("is:new", limit=150).ids, "0-9!")
    return tmp_path / "home"


@pytest.fixture
def desk(qtbot, home):
    made = Desk(qtbot, home)
    yield made
    made.window.close()


def panel(desk):
    return desk.find("catchUpPanel", QWidget)


def words(desk):
    return desk.find("catchUpHeading", QLabel).text(), desk.find("catchUpWords", QLabel).text()


def test_a_plan_is_started_by_one_click_followed_and_ended(desk):
    desk.until(lambda: panel(desk).isVisible())
    heading, offer = words(desk)
    assert heading == "150 cards waited for you"
    assert "At most 20 a day" in offer
    assert "New cards pause" in offer
    assert desk.window.today.today.new > 0
    desk.click("startPlanButton")
    desk.until(lambda: desk.window.today.today.catching_up and desk.find("endPlanButton").isVisible())
    assert (desk.window.today.today.new, desk.window.today.today.review) == (0, 20)
    assert not desk.find("startPlanButton").isVisible()
    assert words(desk)[0] == "Catching up: 150 cards still wait"
    assert desk.toast.startswith("Plan started: at most 20 reviews a day until ")
    desk.review()
    desk.until(lambda: desk.window.review._card is not None)
    desk.key(Qt.Key.Key_Space)
    desk.key("3")
    desk.until(lambda: desk.answers == 1)
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: panel(desk).isVisible() and words(desk)[0] != "Catching up: 150 cards still wait")
    assert words(desk)[0].startswith("Catching up: 14")
    desk.click("endPlanButton")
    desk.until(lambda: desk.find("startPlanButton").isVisible())
    assert desk.window.today.today.new > 0
    desk.window.undo()
    desk.until(lambda: desk.find("endPlanButton").isVisible())


def test_starting_is_undone_by_the_button_of_its_message(desk):
    desk.until(lambda: panel(desk).isVisible())
    desk.click("startPlanButton")
    desk.until(lambda: desk.find("endPlanButton").isVisible())
    desk.click("toastButton")
    desk.until(lambda: desk.find("startPlanButton").isVisible())
    assert desk.window.ctx.col.undo_label != "Start catch-up plan"


def test_not_now_is_for_a_week(desk, qtbot, home):
    desk.until(lambda: panel(desk).isVisible())
    desk.click("laterPlanButton")
    assert not panel(desk).isVisible()
    desk.window.today.refresh()
    desk.window.close()
    again = Desk(qtbot, home)
    again.until(lambda: again.window.today.today is not None)
    assert not panel(again).isVisible()
    again.clock.set(parse_moment(NOW.replace("-24T", "-30T")))
    again.window.today.refresh()
    again.until(lambda: again.window.today.today.first_history_date.endswith("-08"))
    assert not panel(again).isVisible()
    again.clock.set(parse_moment(NOW.replace("11-24T", "12-01T")))
    again.window.today.refresh()
    again.until(lambda: panel(again).isVisible())
    again.window.close()


def test_nothing_is_said_where_nothing_waits(qtbot, tmp_path):
    desk = Desk(qtbot, tmp_path / "fresh")
    desk.until(lambda: desk.window.today.today is not None)
    assert not panel(desk).isVisible()
    desk.window.close()
