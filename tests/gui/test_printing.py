"""A deck as a PDF: every card is on it, questions beside answers, with formulas and pictures."""

import re
from pathlib import Path

import pytest
from helpers.window_desk import Desk
from PySide6.QtCore import QSize
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QWidget

from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.progress import no_progress
from mlsd_cards.study import printing
from mlsd_cards.ui.dialogs.export import FORMS, PDF, Wish
from mlsd_cards.ui.exports import Exports

FORM = next(form for form in FORMS if form.suffix == PDF)


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path / "home")
    yield made
    made.window.close()


def first_cards(desk: Desk) -> list[int]:
    return list(desk.window.ctx.col.search("").ids[:7])


def test_a_page_holds_every_card_once_and_its_answer_without_the_question_again(desk):
    col, ids = desk.window.ctx.col, first_cards(desk)
    made = printing.sheets(col, cards=ids, progress=no_progress)
    assert made.cards == 7
    pairs = made.page.split('<section class="pair">')[1:]
    assert len(pairs) == 7
    assert all(len(re.findall("<hr", pair)) == 0 for pair in pairs)
    assert "<script" not in made.page
    assert "<h1>" in made.page


def test_nothing_and_too_much_are_said(desk, monkeypatch):
    col = desk.window.ctx.col
    with pytest.raises(NotFound, match="nothing to print"):
        printing.sheets(col, search="nowheresaid", progress=no_progress)
    monkeypatch.setattr(printing, "MOST_CARDS", 3)
    with pytest.raises(InputError, match="too many to print"):
        printing.sheets(col, cards=first_cards(desk), progress=no_progress)


def test_a_deck_is_printed_in_two_columns(desk, tmp_path):
    out = tmp_path / "cards.pdf"
    Exports(desk.window.ctx, desk.window).write(Wish(FORM, cards=first_cards(desk)), out)
    desk.until(lambda: desk.toast.startswith("Wrote cards.pdf: 7 cards"), 60_000)
    document = QPdfDocument()
    assert document.load(str(out)) == QPdfDocument.Error.None_
    assert document.pageCount() >= 1
    text = "".join(document.getAllText(page).text() for page in range(document.pageCount()))
    assert "Where is the data" in text
    picture = document.render(0, QSize(420, 594))
    dark = [sum(picture.pixelColor(x, y).lightness() < 128 for y in range(594)) for x in (range(30, 390))]
    assert sum(dark[:170]) > 100  # questions
    assert sum(dark[190:]) > 100  # answers
    document.close()


def test_a_place_that_cannot_be_written_is_said(desk, tmp_path):
    Exports(desk.window.ctx, desk.window).write(
        Wish(FORM, cards=first_cards(desk)), Path(tmp_path / "nowhere" / "cards.pdf")
    )
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(QWidget, "errorDialog")), 60_000)
    next(d for d in desk.window.findChildren(QWidget, "errorDialog") if d.isVisible()).close()
    assert not (tmp_path / "nowhere").exists()
