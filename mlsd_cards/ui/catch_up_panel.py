"""On the Today screen: many cards waited, a plan is offered; and while it holds, how far it has come."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import MlsdError
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted, long_day
from mlsd_cards.ui.widgets import button, label

if TYPE_CHECKING:
    from mlsd_cards.study import Today
    from mlsd_cards.study.backlog import CatchingUp, Proposal

LATER_DAYS = 7
_LATER = "catchUpLater"  # the day until which no plan is offered


class CatchUpPanel(QWidget):
    """Two lines and a button; hidden where there is nothing to say."""

    def __init__(self, ctx: AppContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._asked = 0
        self._known: tuple[object, ...] = ()
        self._proposal: Proposal | None = None
        self.setObjectName("catchUpPanel")
        frame = QFrame()
        frame.setProperty("role", "panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 20)
        outer.addWidget(frame)
        self._heading = label("", "heading")
        self._heading.setObjectName("catchUpHeading")
        self._words = label("", "muted", wrap=True)
        self._words.setObjectName("catchUpWords")
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(self._heading)
        lines.addWidget(self._words)
        self._start = button(
            "Start plan", "primary", "startPlanButton", "Let the plan hold from now on; it can be undone"
        )
        self._start.clicked.connect(self._begin)
        self._later = button("Not now", name="laterPlanButton", tip="Ask again in a week")
        self._later.clicked.connect(self._put_off)
        self._end = button(
            "End plan", name="endPlanButton", tip="Let the daily limits of your decks hold again"
        )
        self._end.clicked.connect(self._finish)
        row = QHBoxLayout(frame)
        row.setContentsMargins(20, 14, 20, 14)
        row.setSpacing(12)
        row.addLayout(lines, 1)
        for made in (self._later, self._start, self._end):
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def show_for(self, today: "Today") -> None:
        """Find out, beside the interface, what there is to say of the day."""
        from mlsd_cards.study.backlog import LEAST_LATE, catching_up

        self._asked += 1
        if not (today.catching_up or (today.late >= LEAST_LATE and not self._is_put_off())):
            self._known = ()
            self.hide()
            return
        known = (self._ctx.col.clock.now().date(), today.catching_up, today.late, today.review)
        if known == self._known:
            return
        number, self._known = self._asked, known
        self._ctx.jobs.read_soon(
            lambda _progress: catching_up(self._ctx.col),
            "Planning how to catch up",
            lambda found: self._show(found) if number == self._asked else None,
            self._ctx.messages.error,
        )

    def _show(self, found: "CatchingUp") -> None:
        offered, followed = found.proposal, found.followed
        self._proposal = offered
        if offered is not None:
            self._heading.setText(f"{counted(offered.waiting, 'card')} waited for you")
            self._words.setText(
                f"At most {offered.plan.reviews_per_day} a day, most urgent first: done by {_day(offered.date)}. "
                "New cards pause."
            )
        elif followed is not None:
            waiting = (
                f"{counted(followed.waiting, 'card')} still {'waits' if followed.waiting == 1 else 'wait'}"
            )
            self._heading.setText(f"Catching up: {waiting if followed.waiting else 'nothing waits any more'}")
            self._words.setText(
                f"At most {followed.plan.reviews_per_day} a day, no new cards until {_day(followed.date)}. "
                "It ends by itself."
            )
        self._start.setVisible(offered is not None)
        self._later.setVisible(offered is not None)
        self._end.setVisible(followed is not None)
        self.setVisible(offered is not None or followed is not None)

    def _begin(self) -> None:
        from mlsd_cards.study import backlog

        if self._proposal is not None:
            plan = self._proposal.plan
            self._do(
                lambda: backlog.start(self._ctx.col, plan),
                f"Plan started: at most {plan.reviews_per_day} reviews a day until {_day(self._proposal.date)}",
            )

    def _finish(self) -> None:
        from mlsd_cards.study import backlog

        self._do(lambda: backlog.end(self._ctx.col), "Plan ended; the daily limits of your decks hold again")

    def _do(self, act: Callable[[], object], said: str) -> None:
        try:
            act()
        except MlsdError as error:
            self._ctx.messages.error(error)
            return
        self._known = ()
        self._ctx.messages.say(said, "Undo", self._ctx.actions["undo"].trigger)

    def _put_off(self) -> None:
        until = self._ctx.col.clock.now().date() + timedelta(days=LATER_DAYS)
        self._ctx.settings.setValue(_LATER, until.isoformat())
        self._known = ()
        self.hide()
        self._ctx.messages.say("You will be asked again in a week")

    def _is_put_off(self) -> bool:
        until = str(self._ctx.settings.value(_LATER, ""))
        return self._ctx.col.clock.now().date().isoformat() < until


def _day(text: str) -> str:
    """Return for instance `9 December`."""
    day = date.fromisoformat(text)
    return f"{day.day} {long_day(day).split()[-1]}"
