"""What can be done with the card on the review screen besides answering it. Each act is one undo step."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mlsd_cards.domain.errors import MlsdError, NotFound
from mlsd_cards.ui import card_acts
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.theme import FLAG_NAMES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from mlsd_cards.study import ShownCard


class ReviewActs(QObject):
    """Acts on the card that `shown` returns. `moved` shows what comes after it, `touched` the card anew.

    `waited` is called when a dialog closes: the time that it took is no time of answering.
    """

    def __init__(
        self,
        ctx: AppContext,
        screen: QWidget,
        shown: "Callable[[], ShownCard | None]",
        *,
        moved: Callable[[], object],
        touched: Callable[[], object],
        waited: Callable[[], object],
    ) -> None:
        super().__init__(screen)
        self._ctx, self._screen, self._shown = ctx, screen, shown
        self._moved, self._touched, self._waited = moved, touched, waited
        self._connect()

    def _connect(self) -> None:
        actions, col = self._ctx.actions, self._ctx.col
        for number in range(1, len(FLAG_NAMES)):
            actions.on(f"flag{number}", partial(self._flag, number))
        acts: tuple[tuple[str, Callable[[ShownCard], object], str], ...] = (
            ("bury_card", lambda card: col.bury_cards([card.card_id]), "Card buried until tomorrow"),
            ("bury_note", lambda card: col.bury_notes([card.note_id]), "Note buried until tomorrow"),
            ("suspend_card", lambda card: col.suspend_cards([card.card_id]), "Card suspended"),
            ("suspend_note", lambda card: col.suspend_notes([card.note_id]), "Note suspended"),
            ("delete_note", lambda card: col.delete_notes([card.note_id]), "Note deleted"),
            ("forget", lambda card: col.forget([card.card_id]), "Card made new again"),
        )
        for name, act, said in acts:
            actions.on(name, partial(self._put_away, act, said))
        for name, ask in (("due", card_acts.ask_due_date), ("grade_now", card_acts.ask_grade)):
            actions.on(name, partial(self._ask, ask))
        actions.on("mark", self._mark)
        actions.on("info", self._show_info)
        actions.on("report", self._report)
        actions.on("edit_note", self._edit)
        actions.on("options", self._show_options)

    def _put_away(self, act: "Callable[[ShownCard], object]", said: str) -> None:
        card = self._shown()
        if card is None:
            return
        try:
            act(card)
        except MlsdError as error:
            self._ctx.messages.error(error)
            return
        self._done(said)

    def _done(self, said: str) -> None:
        self._moved()
        self._ctx.messages.say(said, "Undo", self._ctx.actions["undo"].trigger)

    def _ask(self, ask: "Callable[..., QDialog]") -> None:
        if (card := self._shown()) is not None:
            ask(self._ctx, [card.card_id], self._screen, self._done).finished.connect(self._waited)

    def _flag(self, number: int) -> None:
        if (card := self._shown()) is not None:
            wanted = 0 if card.flag == number else number
            self._touch(lambda: self._ctx.col.set_flag([card.card_id], wanted))

    def _mark(self) -> None:
        if (card := self._shown()) is not None:
            self._touch(lambda: self._ctx.col.toggle_mark(card.note_id))

    def _touch(self, act: Callable[[], object]) -> None:
        """Do something to the card that leaves it on screen, on the side that is shown."""
        try:
            act()
        except MlsdError as error:
            self._ctx.messages.error(error)
            return
        self._touched()

    def _show_options(self) -> None:
        if (card := self._shown()) is not None:
            from mlsd_cards.ui.dialogs.preset import open_preset

            open_preset(self._ctx, card.deck, self._screen, self._touched)

    def _edit(self) -> None:
        if (card := self._shown()) is not None:
            from mlsd_cards.ui.dialogs.edit_note import edit_note

            dialog = edit_note(self._ctx, card.note_id, self._screen, card=card.card_id, saved=self._touched)
            if dialog is not None:
                dialog.finished.connect(self._waited)

    def _report(self) -> None:
        if (card := self._shown()) is not None:
            from mlsd_cards.study.feedback import feedback_text
            from mlsd_cards.ui.dialogs.report_card import ReportCardDialog

            text_of = partial(feedback_text, self._ctx.col, card.card_id)
            dialog = ReportCardDialog(text_of, self._screen)
            dialog.finished.connect(self._waited)
            dialog.open()

    def _show_info(self) -> None:
        card = self._shown()
        if card is None:
            return
        from mlsd_cards.ui.dialogs.card_info import CardInfoDialog

        try:
            info = self._ctx.col.card_info(card.card_id)
        except NotFound as error:
            self._ctx.messages.error(error)
            return
        CardInfoDialog(info, self._ctx.col.clock, self._ctx.theme, self._screen).open()
