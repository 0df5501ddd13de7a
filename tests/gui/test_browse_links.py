"""From the report of an import to the cards behind its lines."""

from helpers.window_desk import Desk, package
from PySide6.QtWidgets import QAbstractButton

from mlsd_cards.domain.exchange import ImportReport
from mlsd_cards.ui.screens.import_ import State
from mlsd_cards.ui.screens.import_parts import LONGEST_SEARCH, MOST_LISTED, links


def bring(desk, path) -> list[str]:
    desk.window.open_files([path])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    desk.click("importConfirmButton")
    desk.until(lambda: screen.state is State.DONE)
    return shown(desk)


def shown(desk) -> list[str]:
    screen = desk.window._screens["import"]
    found = [
        each for each in screen.findChildren(QAbstractButton) if each.objectName().startswith("importLink")
    ]
    return [each.text() for each in found if not each.isHidden()]


def follow(desk, number: int):
    desk.until(lambda: desk.find(f"importLink{number}").isVisible())
    desk.click(f"importLink{number}")
    browse = desk.window._screens["browse"]
    desk.until(lambda: browse.isVisible() and browse._shown_query == browse.query)
    return browse


def test_each_line_of_an_import_opens_exactly_its_cards(qtbot, tmp_path):
    desk = Desk(qtbot, tmp_path / "home")
    col = desk.window.ctx.col
    first = package(tmp_path, "zgamma", 3)
    assert bring(desk, first) == ["Show 3 notes added", "Show 1 deck"]
    browse = follow(desk, 0)
    assert sorted(browse.model.ids) == sorted(col.search("zgamma").ids)
    fields = {card: col.card_info(card).fields["Front"] for card in browse.model.ids}
    assert all(text.startswith("zgamma question") for text in fields.values())

    assert bring(desk, package(tmp_path, "zgamma", 5)) == [
        "Show 2 notes added",
        "Show 3 notes the same",
        "Show 1 deck",
    ]
    added = set(follow(desk, 0).model.ids)
    assert len(added) == 2
    assert not added & set(fields)
    desk.window.show_screen("today")
    assert set(col.search("zgamma").ids) == added | set(fields)
    desk.window.close()


def test_before_an_import_there_is_nothing_to_look_at(qtbot, tmp_path):
    desk = Desk(qtbot, tmp_path / "home")
    desk.window.open_files([package(tmp_path, "zdelta", 2)])
    screen = desk.window._screens["import"]
    desk.until(lambda: screen.state is State.READY)
    assert shown(desk) == []
    desk.window.close()


def test_more_notes_than_a_search_can_list_are_shown_by_their_deck():
    report = ImportReport(
        file="x", deck_names=["A B"], note_ids={"new": range(MOST_LISTED + 1), "unchanged": [7]}
    )
    assert links(report) == [("1 note the same", "nid:7"), ("1 deck", 'deck:"A B"')]
    widest = ImportReport(file="x", note_ids={"new": [2**53 - 1] * MOST_LISTED})
    assert len(links(widest)[0][1]) <= LONGEST_SEARCH
    many = ImportReport(file="x", deck_names=[f"deck {number}" for number in range(2000)])
    assert links(many) == []
