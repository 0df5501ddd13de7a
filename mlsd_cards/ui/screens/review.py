"""Review: one card after the other, by keyboard alone.

On a grade the next question is shown first and the answer is stored right after, in the same event. If it
cannot be stored, the card is taken back and the reason said.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mlsd_cards.domain.errors import CollectionError, MlsdError
from mlsd_cards.domain.reviews import Rating
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.screens.base import Screen
from mlsd_cards.ui.screens.review_acts import ReviewActs
from mlsd_cards.ui.screens.review_parts import BOTTOM_HEIGHT, BottomBar, FinishedPage, TopBar, study_custom
from mlsd_cards.ui.sound import SoundPlayer
from mlsd_cards.ui.widgets import ProgressLine, label

if TYPE_CHECKING:
    from mlsd_cards.study import Answered, ShownCard, StudySession
    from mlsd_cards.ui.card_view import CardView

SCROLL_PAGES = 0.4


class ReviewScreen(Screen):
    """One sitting."""

    name = "review"
    with_side_bar = False
    lift = BOTTOM_HEIGHT

    def __init__(self, ctx: AppContext) -> None:
        super().__init__(ctx)
        self._session: StudySession | None = None
        self._deck: str | None = None
        self._card: ShownCard | None = None
        self._answer_shown = False
        self._view: CardView | None = None
        self._timer = QElapsedTimer()
        self._sound = SoundPlayer(self)
        self._sound.unavailable.connect(ctx.messages.say)
        self._line = ProgressLine(ctx.theme)
        self._top = TopBar(ctx.theme)
        self._bottom = BottomBar(ctx.theme)
        self._finished = FinishedPage(ctx.theme)
        self._stack = QStackedWidget()
        self._holder = QWidget()
        self._holder_layout = QVBoxLayout(self._holder)
        self._holder_layout.setContentsMargins(0, 0, 0, 0)
        self._problem = label("", "muted", wrap=True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem.setContentsMargins(40, 40, 40, 40)
        self._problem.hide()
        self._holder_layout.addWidget(self._problem)
        self._stack.addWidget(self._holder)
        self._stack.addWidget(self._finished)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self._line, self._top):
            layout.addWidget(part)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._bottom)
        self._menu = ctx.actions.menu("review", self)
        self._connect()

    def warm(self) -> None:
        """Make the card view and its page ready, so that the first card costs no more than a frame."""
        if self._view is not None or self._problem.text():
            return
        try:
            from mlsd_cards.ui.card_view import CardView, engine_problem
        except ImportError as error:
            self._show_problem(f"Cards cannot be drawn, because a library is missing: {error}")
            return
        if problem := engine_problem():
            self._show_problem(problem)
            return
        self._view = view = CardView(self.ctx.col.media_dir, self.ctx.theme, self._holder)
        view.link_clicked.connect(self.ctx.messages.ask_link)
        view.sound_clicked.connect(lambda name: self._play([name]))
        view.broken.connect(self._show_problem)
        view.setZoomFactor(float(str(self.ctx.settings.value("zoom", 1.0))))
        self._holder_layout.addWidget(view)
        view.clear()

    def close_view(self) -> None:
        """Give the sitting and the card view up, before the window goes: what is still to be prepared is not."""
        self._forget()
        self._sound.stop()
        self._finished.stop()
        view, self._view = self._view, None
        if view is not None:
            view.shut_down()

    def enter(self, argument: object) -> None:
        """Start a sitting with the deck called `argument`, or with all decks."""
        self._deck = str(argument) if argument else None
        self._session = None
        self.warm()
        self._gather()

    def leave(self) -> None:
        """Fall silent and forget the sitting; everything answered is stored."""
        self._sound.stop()
        self._finished.stop()
        self._forget()
        if self._view is not None:
            self._view.clear()

    def _forget(self) -> None:
        self._session = self._card = None
        self.forget_questions()

    def undone(self) -> None:
        """Show the card that comes after an undo or redo."""
        self._gather()

    def _gather(self, *, keep: bool = False) -> None:
        """Have the day's list built beside the interface; until it is there no key acts on a card.

        With `keep` the card on screen stays on the side that is shown, if it still comes first.
        """
        session, deck = self._session, self._deck
        kept = (self._card, self._answer_shown) if keep else (None, False)
        self._session = self._card = None
        self._answer_shown = False

        def work() -> "StudySession":
            if session is None:
                return self.ctx.col.session(deck)
            session.refresh()
            return session

        self.ask(work, "Choosing the cards", lambda made: self._gathered(made, *kept), self._not_gathered)

    def _gathered(self, session: "StudySession", kept: "ShownCard | None", answer_shown: bool) -> None:
        self._session = session
        current = session.current
        if kept is None or current is None or current.card_id != kept.card_id:
            self._show_current()
            return
        self._card, self._answer_shown = current, answer_shown
        self._show_figures()
        if current.rendered != kept.rendered:  # its note was edited
            self._push(current, answer=answer_shown)
        if answer_shown:
            self._bottom.offer(current.labels)
            QTimer.singleShot(0, self, self._prepare)

    def _not_gathered(self, error: Exception) -> None:
        self.ctx.messages.error(error)
        self.ctx.show_screen("today")

    def zoom(self, factor: float | None) -> None:
        """Make the card's text larger by `factor`, or as designed where there is none."""
        if self._view is not None:
            wanted = 1.0 if factor is None else min(max(self._view.zoomFactor() * factor, 0.5), 3.0)
            self._view.setZoomFactor(wanted)
            self.ctx.settings.setValue("zoom", wanted)

    # -- one card ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Show the answer, then grade Good; on the last page go back."""
        if self._stack.currentWidget() is self._finished:
            self.ctx.show_screen("today")
        elif self._answer_shown:
            self.grade(Rating.GOOD)
        else:
            self.show_answer()

    def show_answer(self) -> None:
        """Show the answer of the card and offer the grades."""
        card = self._card
        if card is None or self._answer_shown or self._session is None:
            return
        self._answer_shown = True
        self._push(card, answer=True)
        self._bottom.offer(card.labels)
        self._play(card.sounds_answer)
        QTimer.singleShot(0, self, self._prepare)

    def grade(self, rating: int) -> None:
        """Store `rating` for the card whose answer is shown, and show the next; otherwise do nothing."""
        session, card = self._session, self._card
        if session is None or card is None or not self._answer_shown:
            return
        milliseconds = self._timer.elapsed()
        coming = session.peek(rating)
        if coming is not None:
            self._push(coming, answer=False)
        try:
            answered = session.answer(rating, milliseconds)
        except MlsdError as error:
            self._take_back(card, error, rating)
            return
        self._after_answer(answered, coming)

    def _after_answer(self, answered: "Answered", coming: "ShownCard | None") -> None:
        assert self._session is not None
        current = self._session.current
        pushed = coming is not None and current is not None and coming.card_id == current.card_id
        self._show_current(pushed=pushed)
        if answered.message:
            self.ctx.messages.say(answered.message, "Undo", self.ctx.actions["undo"].trigger)

    def _take_back(self, card: "ShownCard", error: MlsdError, rating: int) -> None:
        if isinstance(
            error, CollectionError
        ):  # the disk is in trouble: the card stays, the grade can be tried again
            self._push(card, answer=True)
            self.ctx.messages.error(error, retry=lambda: self.grade(rating) if self._card is card else None)
        else:
            self.ctx.messages.say(str(error))
            self.undone()

    def _show_current(self, *, pushed: bool = False) -> None:
        session = self._session
        assert session is not None
        card = self._card = session.current
        self._answer_shown = False
        self._show_figures()
        if card is None:
            self._show_finished()
            return
        self._finished.stop()
        if not pushed:
            self._push(card, answer=False)
        self._stack.setCurrentWidget(self._holder)
        self._bottom.show()
        self.ctx.messages.toast.set_lift(self.lift)
        self._bottom.ask()
        self._take_focus()
        self._timer.start()
        self._play(card.sounds_question)

    def _show_figures(self) -> None:
        session = self._session
        assert session is not None
        done, total = session.progress
        self._line.set_progress(done, total)
        self._top.show_counts(session.counts, self._card.kind if self._card else "")
        self._top.more.setVisible(self._card is not None)
        self._top.undo.setEnabled(self.ctx.col.undo_label is not None)
        if self._card is not None:
            self._top.show_card(self._card)
        else:
            self._top.place.set_whole_text((self._deck or "").replace("::", " › "))
            self._top.marks.hide()

    def _show_finished(self) -> None:
        assert self._session is not None
        self._finished.show_result(self._session.finished(), self.ctx.col.clock.now())
        self._stack.setCurrentWidget(self._finished)
        self._bottom.hide()
        self.ctx.messages.toast.set_lift(0)
        self.setFocus()

    def _push(self, card: "ShownCard", *, answer: bool) -> None:
        if self._view is not None:
            html = card.answer_page if answer else card.question_page
            self._view.show_side(html, card.css, card.card.ordinal, answer=answer)

    def _scroll(self, pages: float) -> None:
        if self._view is not None:
            self._view.scroll_pages(pages)

    def _prepare(self) -> None:
        if self._session is not None and self._answer_shown:
            self._session.prepare()

    def _take_focus(self) -> None:
        """Take the focus off buttons: a key meant for the card must never press one that was left behind."""
        (self._view or self).setFocus()

    def _play(self, names: Sequence[str]) -> None:
        self._sound.stop()
        if names and self.isVisible():
            self._sound.play(self.ctx.col.media_dir, names)

    def _show_problem(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.show()
        if self._view is not None:
            self._view.hide()

    # -- other acts on the card ----------------------------------------------------------------------

    def _connect(self) -> None:
        actions = self.ctx.actions
        self._bottom.show_answer.connect(self.show_answer)
        self._bottom.graded.connect(self.grade)
        self._finished.back.connect(lambda: self.ctx.show_screen("today"))
        self._finished.go_on.connect(self.undone)
        self._finished.custom.clicked.connect(actions["custom"].trigger)
        actions.on("custom", lambda: study_custom(self.ctx, self._deck, self))
        self._top.undo.clicked.connect(actions["undo"].trigger)
        self._top.more.clicked.connect(self.show_menu)
        actions.on("good", self.go_on)
        for name, rating in (("again", 1), ("hard", 2), ("good_key", 3), ("easy", 4)):
            actions.on(name, partial(self.grade, rating))
        actions.on("undo_key", actions["undo"].trigger)
        actions.on("replay", self._replay)
        actions.on("more", self.show_menu)
        actions.on("leave", lambda: self.ctx.show_screen("today"))
        actions.on("scroll_down", partial(self._scroll, SCROLL_PAGES))
        actions.on("scroll_up", partial(self._scroll, -SCROLL_PAGES))
        ReviewActs(
            self.ctx,
            self,
            lambda: self._card,
            moved=self.undone,
            touched=partial(self._gather, keep=True),
            waited=self._timer.restart,
        )

    def show_menu(self) -> None:
        """Open the menu of everything else that can be done with the card."""
        if self._card is not None:
            corner = self._top.more.rect().bottomRight()
            at = self._top.more.mapToGlobal(corner) - QPoint(self._menu.sizeHint().width(), -4)
            self._menu.popup(at)

    def _replay(self) -> None:
        card = self._card
        if card is None:
            return
        names = card.sounds_answer if self._answer_shown else card.sounds_question
        self._play(names or card.sounds_question)
        if not names and not card.sounds_question:
            self.ctx.messages.say("This card has no sound")
