"""Cards as one page to print: questions in the left column, answers in the right one."""

import html
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import Note, NoteId, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.rendering.page import finish
from mlsd_cards.rendering.template import render_card
from mlsd_cards.study import exporting

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

MOST_CARDS = 3000
_RULE = re.compile(r"<hr\b[^>]*\bid=[\"']?answer\b[^>]*>", re.IGNORECASE)

SHEET = """
.print, .print * { color: #111 !important; background: transparent !important; box-shadow: none !important; }
:host, html, body { min-height: 0 !important; padding: 0 !important; background: #fff !important; }
#qa { max-width: none !important; margin: 0 !important; }
.print { font: 10.5pt/1.4 sans-serif; text-align: left; }
.print h1 { font-size: 15pt; margin: 0 0 8pt; }
.print .pair { display: grid; grid-template-columns: 1fr 1fr; column-gap: 16pt; break-inside: avoid;
  border-top: 0.5pt solid #999; padding: 6pt 0; }
.print .pair > div { min-width: 0; overflow-wrap: anywhere; }
.print img { max-height: 9cm; }
.print .sound { display: none; }
"""


class Sheets(NamedTuple):
    """A page to print: safe HTML, and how many cards are on it."""

    page: str
    cards: int


def sheets(
    collection: "Opened",
    *,
    deck: str | None = None,
    search: str | None = None,
    cards: Sequence[CardId] | None = None,
    progress: Progress,
) -> Sheets:
    """Return the chosen cards as one page, decks by name and cards in the order in which they come when new.

    Raises:
        NotFound: there is no such deck, or no card was chosen. InputError: there are more than 3,000 cards.
    """
    ids = exporting.chosen(collection, deck, search, cards)
    with collection.store.read() as conn:
        data = exporting.gather(collection, conn, ids, deck, with_reviews=False, with_media=False)
    if not data.cards:
        raise NotFound("There is nothing to print: no card was chosen.")
    if len(data.cards) > MOST_CARDS:
        raise InputError(
            f"{len(data.cards):,} cards are too many to print: choose a deck or search with at most {MOST_CARDS:,}."
        )
    names = {each.id: each.name for each in data.decks}
    types = {int(each.id): each for each in data.note_types}
    notes = {note.id: note for note in data.notes}
    ordered = sorted(
        data.cards, key=lambda card: (names[card.deck_id], card.position, card.note_id, card.ordinal)
    )
    parts: list[str] = []
    shown = ""
    for number, card in enumerate(ordered):
        progress("Drawing cards", number, len(ordered))
        name = names[card.deck_id]
        if name != shown:
            parts.append(f"<h1>{html.escape(name.replace('::', ' › '))}</h1>")
            shown = name
        foreign = notes[card.note_id]
        note = Note(
            id=NoteId(foreign.id),
            guid=foreign.guid,
            note_type_id=NoteTypeId(foreign.note_type_id),
            fields=foreign.fields,
            tags=foreign.tags,
        )
        rendered = render_card(types[foreign.note_type_id], note, card.ordinal, deck=name)
        # Most answers repeat the question, which stands beside them here.
        answer = _RULE.split(rendered.answer, maxsplit=1)[-1]
        sides = (f"<div>{finish(side)}</div>" for side in (rendered.question, answer))
        parts.append(f'<section class="pair">{"".join(sides)}</section>')
    return Sheets(f'<div class="print">{"".join(parts)}</div>', len(ordered))


def put_in_place(made: Path, target: Path) -> int:
    """Put a file that was made elsewhere in the place of `target`, whole or not at all; return its bytes.

    Raises:
        DiskFull: There is no room for the file. InputError: The file cannot be written there.
    """
    from mlsd_cards.formats.whole_file import replacing

    with replacing(target) as folder:
        shutil.copyfile(made, folder / target.name)
    return target.stat().st_size
