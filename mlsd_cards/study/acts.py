"""Acts on cards and notes: bury, suspend, flag, mark, delete. Each is one undo step."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Buried, Card, CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, notes
from mlsd_cards.study.opened import is_id
from mlsd_cards.study.showing import MARKED_TAG

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened


def cards_of(collection: "Opened", note_ids: Iterable[NoteId]) -> list[CardId]:
    """Return the ids of all cards of notes."""
    with collection.store.read() as conn:
        found = cards.cards_of_notes(conn, note_ids)
    return [card.id for family in found.values() for card in family]


def found_cards(tx: "Transaction", ids: Iterable[CardId]) -> dict[CardId, Card]:
    """Return cards, each once, in the order of `ids`.

    Raises:
        NotFound: one of them does not exist.
    """
    asked = list(dict.fromkeys(ids))
    found = cards.cards_by_ids(tx.conn, filter(is_id, asked))
    if missing := [card_id for card_id in asked if card_id not in found]:
        raise NotFound(f"There is no card {missing[0]}.")
    return {card_id: found[card_id] for card_id in asked}


def _change(collection: "Opened", op: Op, ids: list[CardId], change: Callable[[Card], Card]) -> int:
    now_ms = collection.clock.now_ms()
    with collection.store.transaction(op) as tx:
        found = found_cards(tx, ids)
        after = {card_id: change(card) for card_id, card in found.items()}
        changed = [replace(after[c], modified_ms=now_ms) for c, before in found.items() if after[c] != before]
        cards.put_cards(tx, changed)
    return len(changed)


def bury(collection: "Opened", ids: list[CardId]) -> int:
    """Hide cards until tomorrow; return how many changed."""
    until = collection.today_number() + 1
    return _change(
        collection, Op.BURY, ids, lambda card: replace(card, buried=Buried.BY_HAND, buried_until_day=until)
    )


def suspend(collection: "Opened", ids: list[CardId], suspended: bool) -> int:
    """Hide cards until further notice, or show them again; return how many changed."""
    op = Op.SUSPEND if suspended else Op.UNSUSPEND
    return _change(collection, op, ids, lambda card: replace(card, suspended=suspended))


def set_flag(collection: "Opened", ids: list[CardId], flag: int) -> int:
    """Give cards a flag, or 0 for none; return how many changed.

    Raises:
        InputError: the flag is not 0 to 7.
    """
    if not 0 <= flag <= 7:
        raise InputError(f"The flag {flag} is not one of 0 to 7.")
    return _change(collection, Op.FLAG, ids, lambda card: replace(card, flag=flag))


def toggle_mark(collection: "Opened", note_id: NoteId) -> bool:
    """Mark a note, or take the mark off; return whether it is marked now."""
    with collection.store.transaction(Op.MARK) as tx:
        note = notes.note(tx.conn, note_id)
        kept = tuple(tag for tag in note.tags if tag.casefold() != MARKED_TAG)
        marked = len(kept) == len(note.tags)
        tags = (*note.tags, MARKED_TAG) if marked else kept
        notes.put_notes(tx, [replace(note, tags=tags, modified_ms=collection.clock.now_ms())])
    return marked


def delete_notes(collection: "Opened", ids: list[NoteId]) -> int:
    """Delete notes with their cards; return how many notes there were.

    Raises:
        NotFound: one of them does not exist; none is deleted.
    """
    with collection.store.transaction(Op.DELETE_NOTES) as tx:
        found = notes.notes_by_ids(tx.conn, filter(is_id, ids))
        if missing := [note_id for note_id in ids if note_id not in found]:
            raise NotFound(f"There is no note {missing[0]}.")
        notes.delete_notes(tx, found)
    return len(found)
