"""Acts on the schedules of cards that ask something first, as the review and the browse screen offer them."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QWidget

from mlsd_cards.domain.cards import CardId
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.ask_line import AskDialog
from mlsd_cards.ui.theme import GRADE_NAMES

DUE_TITLE = "Set due date"
DUE_QUESTION = (
    "Days from today for {}: 0 is today, 5 in five days, 60-90 some day between; "
    "with ! after it the interval is set too."
)
GRADE_QUESTION = "Answer {} as if reviewed at this moment, due or not:"


def ask_due_date(
    ctx: AppContext, ids: Sequence[CardId], parent: QWidget, done: Callable[[str], object]
) -> QDialog:
    """Ask when cards shall come, and set it; `done` is then told in words what was done."""
    cards = counted(len(ids), "card")

    def act(text: str) -> None:
        ctx.col.set_due_date(ids, text)
        done(f"Due date of {cards} set" if len(ids) > 1 else "Due date set")

    dialog = AskDialog(DUE_TITLE, DUE_QUESTION.format(cards), act, parent, confirm="Set", text="1")
    dialog.open()
    return dialog


def ask_grade(
    ctx: AppContext, ids: Sequence[CardId], parent: QWidget, done: Callable[[str], object]
) -> QDialog:
    """Ask for a grade and answer cards with it; `done` is then told in words what was done."""

    def act(rating: int) -> None:
        graded(ctx, ids, rating)
        done(said_of_grade(len(ids), rating))

    return choose_grade(ctx, len(ids), parent, act)


def choose_grade(ctx: AppContext, count: int, parent: QWidget, act: Callable[[int], object]) -> QDialog:
    """Ask for a grade of `count` cards and call `act` with the rating."""
    from mlsd_cards.ui.dialogs.grade import GradeDialog

    dialog = GradeDialog(GRADE_QUESTION.format(counted(count, "card")), act, ctx.theme, parent)
    dialog.open()
    return dialog


def graded(ctx: AppContext, ids: Sequence[CardId], rating: int) -> int:
    """Answer cards as if reviewed now; return how many."""
    from mlsd_cards.study.grading import grade_now

    return grade_now(ctx.col, ids, rating)


def said_of_grade(count: int, rating: int) -> str:
    """Return in words that cards were graded."""
    return f"{counted(count, 'card')} graded {GRADE_NAMES[rating - 1].capitalize()}"
