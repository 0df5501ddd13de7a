"""A ready-to-send text about a card, for the people who write its deck."""

from typing import TYPE_CHECKING

from mlsd_cards import __version__
from mlsd_cards.domain.cards import CardId
from mlsd_cards.rendering.text import strip_html
from mlsd_cards.store import decks, notes

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

ID_FIELD, VERSION_FIELD = "Id", "Version"
"""Fields of the built-in note types that say which note this is, and which edition of it."""


def feedback_text(collection: "Opened", card_id: CardId, words: str = "") -> str:
    """Return what identifies a card for its authors, what it says, and `words` about it.

    Cards of built-in note types are named by their id and version, all others by the note's guid.

    Raises:
        NotFound: there is no such card.
    """
    card = collection.card(card_id)
    with collection.store.read() as conn:
        note = notes.note(conn, card.note_id)
        note_type = notes.note_types(conn)[note.note_type_id]
        deck = decks.decks(conn)[card.deck_id].name
    fields = dict(zip(note_type.field_names, note.fields, strict=False))
    lines = [
        f"Card: {fields.get(ID_FIELD) or note.guid} ({note_type.template_name(card.ordinal)})",
        f"Version: {fields[VERSION_FIELD]}" if fields.get(VERSION_FIELD) else "",
        f"Deck: {deck}",
        f"Program: mlsd-cards {__version__}",
    ]
    texts = [
        f"{name}: {strip_html(text)}"
        for name, text in fields.items()
        if name not in (ID_FIELD, VERSION_FIELD) and strip_html(text)
    ]
    said = words.strip() or "What is wrong, or how it could be better:"
    return "\n\n".join("\n".join(filter(None, part)) for part in (lines, texts, [said])) + "\n"
