"""Acts on many cards and notes at once: their deck, their tags, their marks. Each is one undo step."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Buried, CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.study.acts import found_cards
from mlsd_cards.study.desk import home_deck
from mlsd_cards.study.editing import with_tags
from mlsd_cards.study.opened import is_id
from mlsd_cards.study.showing import MARKED_TAG

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened


def change_deck(collection: "Opened", ids: Iterable[CardId], deck: str) -> int:
    """Move cards to the deck called `deck`; return how many moved.

    Raises:
        NotFound: there is no such card or deck.
    """
    now_ms = collection.clock.now_ms()
    with collection.store.transaction(Op.MOVE_CARDS) as tx:
        target = home_deck(decks.decks(tx.conn), deck).id
        known = found_cards(tx, ids)
        moved = [
            replace(card, deck_id=target, modified_ms=now_ms)
            for card in known.values()
            if card.deck_id != target
        ]
        cards.put_cards(tx, moved)
    return len(moved)


def unbury(collection: "Opened", ids: Iterable[CardId]) -> int:
    """Show buried cards again today; return how many changed.

    Raises:
        NotFound: there is no such card.
    """
    now_ms, today = collection.clock.now_ms(), collection.today_number()
    with collection.store.transaction(Op.UNBURY) as tx:
        changed = [
            replace(card, buried=Buried.NO, buried_until_day=0, modified_ms=now_ms)
            for card in found_cards(tx, ids).values()
            if card.buried_until_day > today
        ]
        cards.put_cards(tx, changed)
    return len(changed)


def change_tags(collection: "Opened", ids: Iterable[NoteId], changes: Sequence[str]) -> int:
    """Put tags on notes (`+x`) and take them off (`-x`); return how many notes changed.

    Raises:
        InputError: one of the tags cannot be used.
    """
    return _tagged(collection, Op.TAGS, ids, changes)


def set_marks(collection: "Opened", ids: Iterable[NoteId], marked: bool) -> int:
    """Mark notes, or take their marks off; return how many changed."""
    return _tagged(collection, Op.MARK, ids, [f"{'+' if marked else '-'}{MARKED_TAG}"])


def _tagged(collection: "Opened", op: Op, ids: Iterable[NoteId], changes: Sequence[str]) -> int:
    now_ms = collection.clock.now_ms()
    with collection.store.transaction(op) as tx:
        known = notes.notes_by_ids(tx.conn, filter(is_id, ids))
        changed = []
        for note in known.values():
            tags = with_tags(note.tags, changes)
            if tags != note.tags:
                changed.append(replace(note, tags=tags, modified_ms=now_ms))
        notes.put_notes(tx, changed)
    return len(changed)
