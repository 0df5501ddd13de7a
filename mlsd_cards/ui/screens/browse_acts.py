"""What can be done with the chosen cards of the browse screen. Each act is one undo step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import InputError, MlsdError, NotFound
from mlsd_cards.study import browsing, many
from mlsd_cards.ui import card_acts
from mlsd_cards.ui.context import AppContext
from mlsd_cards.ui.dates import counted
from mlsd_cards.ui.dialogs.ask_line import AskDialog
from mlsd_cards.ui.screens.browse_editor import BrowseEditor
from mlsd_cards.ui.screens.browse_parts import CardTable
from mlsd_cards.ui.theme import FLAG_NAMES

if TYPE_CHECKING:
    from mlsd_cards.study.browsing import BrowseRow

AT_ONCE = 200
"""Up to this many cards are changed at once; more are a job beside the interface."""

Work = Callable[[Sequence[CardId]], int]
Said = Callable[[int], str]


class BrowseActs(QObject):
    """Acts on the chosen cards of `table`."""

    def __init__(self, ctx: AppContext, table: CardTable, editor: BrowseEditor) -> None:
        super().__init__(table)
        self._ctx, self._table, self._editor = ctx, table, editor
        actions = ctx.actions
        for number in range(1, len(FLAG_NAMES)):
            actions.on(f"browse_flag{number}", partial(self._flag, number))
        for name, act in (
            ("browse_suspend", self._suspend),
            ("browse_bury", self._bury),
            ("browse_mark", self._mark),
            ("browse_deck", self._change_deck),
            ("browse_add_tags", partial(self._change_tags, "+")),
            ("browse_remove_tags", partial(self._change_tags, "-")),
            ("browse_due", self._set_due),
            ("browse_forget", self._forget),
            ("browse_grade", self._grade),
            ("browse_info", self._info),
            ("browse_delete", self._delete),
            ("browse_edit", self._edit),
        ):
            actions.on(name, act)

    # -- acts ----------------------------------------------------------------------------------------

    def _flag(self, number: int) -> None:
        row = self._row()
        flag = 0 if row is not None and row.flag == number else number
        said = f"{FLAG_NAMES[flag]} flag on" if flag else "No flag on"
        self._do(lambda ids: self._ctx.col.set_flag(ids, flag), lambda n: f"{said} {counted(n, 'card')}")

    def _suspend(self) -> None:
        row, col = self._row(), self._ctx.col
        if row is not None and row.suspended:
            self._do(col.unsuspend_cards, lambda n: f"{counted(n, 'card')} no longer suspended")
        else:
            self._do(col.suspend_cards, lambda n: f"{counted(n, 'card')} suspended")

    def _bury(self) -> None:
        row, col = self._row(), self._ctx.col
        if row is not None and row.buried:
            self._do(partial(many.unbury, col), lambda n: f"{counted(n, 'card')} no longer buried")
        else:
            self._do(col.bury_cards, lambda n: f"{counted(n, 'card')} buried until tomorrow")

    def _mark(self) -> None:
        row, col = self._row(), self._ctx.col
        marked = row is None or not row.marked
        said = "marked" if marked else "no longer marked"
        self._do(
            lambda ids: many.set_marks(col, browsing.note_ids(col, ids), marked),
            lambda n: f"{counted(n, 'note')} {said}",
        )

    def _forget(self) -> None:
        self._do(self._ctx.col.forget, lambda n: f"{counted(n, 'card')} made new again")

    def _delete(self) -> None:
        col = self._ctx.col
        self._editor.drop()
        self._do(
            lambda ids: col.delete_notes(browsing.note_ids(col, ids)),
            lambda n: f"{counted(n, 'note')} deleted",
        )

    def _info(self) -> None:
        card = self._table.current_card
        if card is None:
            return
        from mlsd_cards.ui.dialogs.card_info import CardInfoDialog

        try:
            info = self._ctx.col.card_info(card)
        except NotFound as error:
            self._ctx.messages.error(error)
            return
        CardInfoDialog(info, self._ctx.col.clock, self._ctx.theme, self._table.window()).open()

    def _edit(self) -> None:
        row = self._row()
        if row is not None and self._editor.save():
            from mlsd_cards.ui.dialogs.edit_note import edit_note

            edit_note(self._ctx, row.note, self._table.window(), card=row.card)

    # -- acts that ask something first ---------------------------------------------------------------

    def _change_deck(self) -> None:
        row, col = self._row(), self._ctx.col
        names = browsing.names(col).homes
        self._ask(
            "Change deck",
            "Move {} to:",
            "Move",
            lambda text, ids: many.change_deck(col, ids, text),
            lambda n, text: f"{counted(n, 'card')} moved to {text.replace('::', ' › ')}",
            choices=names,
            text=row.deck if row is not None else "",
        )

    def _change_tags(self, sign: str) -> None:
        col = self._ctx.col

        def act(text: str, ids: Sequence[CardId]) -> int:
            return many.change_tags(
                col, browsing.note_ids(col, ids), [f"{sign}{tag}" for tag in text.split()]
            )

        adds = sign == "+"
        self._ask(
            "Add tags" if adds else "Remove tags",
            "Tags for the notes of {}, with blanks between:"
            if adds
            else "Tags to take off the notes of {}, with blanks between:",
            "Add" if adds else "Remove",
            act,
            lambda n, text: f"Tags of {counted(n, 'note')} changed",
            hints=[tag for tag, _ in browsing.names(col).tags],
        )

    def _set_due(self) -> None:
        col = self._ctx.col
        self._ask(
            card_acts.DUE_TITLE,
            card_acts.DUE_QUESTION,
            "Set",
            lambda text, ids: col.set_due_date(ids, text),
            lambda n, text: f"Due date of {counted(n, 'card')} set",
            text="1",
        )

    def _grade(self) -> None:
        ids = self._ready()
        if not ids:
            return

        def chosen(rating: int) -> None:
            self._act(
                ids,
                lambda some: card_acts.graded(self._ctx, some, rating),
                lambda n: card_acts.said_of_grade(n, rating),
                raises=True,
            )

        card_acts.choose_grade(self._ctx, len(ids), self._table.window(), chosen)

    def _ask(
        self,
        title: str,
        question: str,
        confirm: str,
        act: Callable[[str, Sequence[CardId]], int],
        said: Callable[[int, str], str],
        *,
        choices: Sequence[str] = (),
        hints: Sequence[str] = (),
        text: str = "",
    ) -> None:
        ids = self._ready()
        if not ids:
            return

        def answered(answer: str) -> None:
            self._act(ids, lambda some: act(answer, some), lambda number: said(number, answer), raises=True)

        AskDialog(
            title,
            question.format(counted(len(ids), "card")),
            answered,
            self._table.window(),
            confirm=confirm,
            choices=choices,
            hints=hints,
            text=text,
        ).open()

    # -- doing ---------------------------------------------------------------------------------------

    def _row(self) -> "BrowseRow | None":
        return self._table.cards.row(self._table.currentIndex().row())

    def _ready(self) -> list[CardId]:
        """Return the chosen cards once what was written is saved; none if nothing can be done."""
        ids = self._table.chosen
        if not ids:
            self._ctx.messages.say("Choose a card first")
            return []
        return ids if self._editor.save() else []

    def _do(self, work: Work, said: Said) -> None:
        if ids := self._ready():
            self._act(ids, work, said)

    def _act(self, ids: Sequence[CardId], work: Work, said: Said, *, raises: bool = False) -> None:
        if len(ids) <= AT_ONCE:
            try:
                self._done(said, work(ids))
            except (InputError, NotFound) as error:
                if raises:
                    raise
                self._ctx.messages.error(error)
            except MlsdError as error:
                self._ctx.messages.error(error)
            return
        job = self._ctx.jobs.write(lambda _progress: work(ids), f"Changing {counted(len(ids), 'card')}")
        job.done.connect(lambda number: self._done(said, number))
        job.failed.connect(self._ctx.messages.error)

    def _done(self, said: Said, number: int) -> None:
        if number:
            self._ctx.messages.say(said(number), "Undo", self._ctx.actions["undo"].trigger)
        else:
            self._ctx.messages.say("Nothing had to be changed")
