"""Turns a card into what is shown: both sides, and the interval behind each answer."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardId
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId
from mlsd_cards.scheduling import NextStates
from mlsd_cards.store import notes

if TYPE_CHECKING:
    from mlsd_cards.rendering.template import RenderedCard
    from mlsd_cards.study.opened import Opened

NoteTypes = dict[NoteTypeId, NoteType]
_SOUND = re.compile(r"\[sound:([^\]]{1,300})\]")
MARKED_TAG = "marked"


def page_css() -> str:
    """Return the style sheet for formulas, coloured code and markers on the pages of `ShownCard`."""
    from mlsd_cards.rendering.page import css

    return css()


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    """One card as it is shown, with the outcome of every answer.

    `question_html` and `answer_html` are safe HTML; `question_page` and `answer_page` are the same with
    formulas as MathML and code in colour. Each is made when first asked for. `intervals` are days, or minus
    seconds; 0 is today's drill.
    """

    card: Card
    note: Note
    note_type_value: NoteType
    deck: str
    rendered: "RenderedCard"  # as the templates make it: never shown without being made safe
    outcomes: NextStates
    kind: str  # "new", "learning" or "review": which of the counts the card belongs to

    @property
    def card_id(self) -> CardId:
        """Id of the card."""
        return self.card.id

    @property
    def note_id(self) -> NoteId:
        """Id of its note."""
        return self.note.id

    @property
    def note_type(self) -> str:
        """Name of the note type."""
        return self.note_type_value.name

    @property
    def template(self) -> str:
        """Name of the template; of a cloze note type its only one."""
        return self.note_type_value.template_name(self.card.ordinal)

    @property
    def flag(self) -> int:
        """0 none, 1 to 7."""
        return self.card.flag

    @property
    def marked(self) -> bool:
        """Whether the note carries the tag `marked`."""
        return any(tag.casefold() == MARKED_TAG for tag in self.note.tags)

    @property
    def state(self) -> str:
        """`CardState` value."""
        return self.card.schedule.state.value

    @property
    def labels(self) -> tuple[str, str, str, str]:
        """What the four buttons say, Again first."""
        one, two, three, four = (self.outcomes[rating].label for rating in (1, 2, 3, 4))
        return one, two, three, four

    @property
    def intervals(self) -> tuple[int, int, int, int]:
        """The intervals behind the four buttons, Again first."""
        one, two, three, four = (self.outcomes[rating].interval for rating in (1, 2, 3, 4))
        return one, two, three, four

    @cached_property
    def question_html(self) -> str:
        """The question as safe HTML."""
        from mlsd_cards.rendering.page import safe_html

        return safe_html(self.rendered.question)

    @cached_property
    def answer_html(self) -> str:
        """The answer as safe HTML."""
        from mlsd_cards.rendering.page import safe_html

        return safe_html(self.rendered.answer)

    @cached_property
    def css(self) -> str:
        """The style sheet of the note type, made safe."""
        from mlsd_cards.rendering.css import sanitize_css

        return sanitize_css(self.rendered.css)

    @cached_property
    def question_page(self) -> str:
        """The question for the window."""
        from mlsd_cards.rendering.page import finish

        return finish(self.rendered.question)

    @cached_property
    def answer_page(self) -> str:
        """The answer for the window."""
        from mlsd_cards.rendering.page import finish
        from mlsd_cards.rendering.template import expected_answers

        expected = expected_answers(self.note_type_value, self.note, self.card.ordinal)
        return finish(self.rendered.answer, expected=expected)

    @property
    def question_text(self) -> str:
        """The visible text of the question."""
        from mlsd_cards.rendering.text import strip_html

        return strip_html(self.question_html)

    @property
    def answer_text(self) -> str:
        """The visible text of the answer."""
        from mlsd_cards.rendering.text import strip_html

        return strip_html(self.answer_html)

    @property
    def sounds_question(self) -> tuple[str, ...]:
        """Names of the sound files of the question, in order."""
        return tuple(_SOUND.findall(self.rendered.question))

    @property
    def sounds_answer(self) -> tuple[str, ...]:
        """Names of the sound files that only the answer has, in order."""
        asked = set(self.sounds_question)
        return tuple(name for name in _SOUND.findall(self.rendered.answer) if name not in asked)


def show(
    collection: "Opened", card: Card, deck: str, outcomes: NextStates, kind: str, note_types: NoteTypes
) -> ShownCard:
    """Return a card as it is shown.

    Raises:
        NotFound: its note is gone.
    """
    from mlsd_cards.rendering.template import render_card

    with collection.store.read() as conn:
        note = notes.note(conn, card.note_id)
    note_type = note_types[note.note_type_id]
    return ShownCard(
        card=card,
        note=note,
        note_type_value=note_type,
        deck=deck,
        rendered=render_card(note_type, note, card.ordinal, deck=deck, flag=card.flag, card_id=card.id),
        outcomes=outcomes,
        kind=kind,
    )
