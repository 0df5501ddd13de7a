"""Ready-made ways to study beyond today's list: higher limits for today, or a filtered deck for the occasion.

Source: ankitects/anki `rslib/src/scheduler/filtered/custom_study.rs` (facts).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mlsd_cards.domain.changes import Changed, Op
from mlsd_cards.domain.decks import DeckId, is_inside
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.filtered import NO_LIMIT, Filter, FilterOrder, FilterTerm
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.study import filtered, overview
from mlsd_cards.study.desk import find_deck, look
from mlsd_cards.study.more_today import MOST, More, add_more
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

SESSION = "Custom study session"
FARTHEST_DAYS = 9999


class Cram(StrEnum):
    """Which cards of a state are studied by state or tag."""

    NEW = "new"
    DUE = "due"
    REVIEW = "review"  # all that were ever learnt, in any order
    ALL = "all"  # any, and nothing about them changes


_CRAMS = {
    Cram.NEW: ("is:new", FilterOrder.ADDED, True),
    Cram.DUE: ("is:due", FilterOrder.DUE, True),
    Cram.REVIEW: ("-is:new", FilterOrder.RANDOM, True),
    Cram.ALL: ("", FilterOrder.RANDOM, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What custom study can work with: cards that today's limits keep back, and tags of the decks."""

    deck: str | None
    hidden_new: int
    hidden_reviews: int
    tags: tuple[str, ...]


def offer(collection: "Opened", deck: str | None) -> Offer:
    """Return what custom study can work with in a deck and those below it, or in all.

    Raises:
        NotFound: there is no such deck. InputError: it is a filtered deck.
    """
    desk = look(collection)
    chosen = find_deck(desk.decks, deck) if deck is not None else None
    if chosen is not None and chosen.filtered:
        raise InputError(f"“{chosen.name}” is a filtered deck: custom study begins in an ordinary one.")
    left = overview.finished(collection, chosen, desk.queue(chosen))
    inside = {each.id for each in desk.inside(chosen)}
    with collection.store.read() as conn:
        found = cards.cards_by_ids(conn, cards.ids_in_decks(conn, inside))
        tagged = notes.notes_by_ids(conn, {card.note_id for card in found.values()}).values()
    tags = {tag.casefold(): tag for note in tagged for tag in note.tags}
    return Offer(
        deck=deck,
        hidden_new=left.hidden_new,
        hidden_reviews=left.hidden_reviews,
        tags=tuple(tags[key] for key in sorted(tags)),
    )


def more(collection: "Opened", deck: str | None, *, new: int = 0, reviews: int = 0) -> None:
    """Let a deck, those below and those above it show more cards today; all decks for None.

    Raises:
        NotFound: there is no such deck. InputError: a number is not 0 to 9,999, or both are 0.
    """
    if not (0 <= new <= MOST and 0 <= reviews <= MOST) or not new + reviews:
        raise InputError(f"Today's limits can be raised by 1 to {MOST:,} cards.")
    today = collection.today_number()
    with collection.store.transaction(Op.CUSTOM_STUDY) as tx:
        known = decks.decks(tx.conn)
        ids: list[DeckId] = list(known)
        if deck is not None:
            name = find_deck(known, deck).name
            ids = [
                key for key, each in known.items() if is_inside(each.name, name) or is_inside(name, each.name)
            ]
        add_more(tx, ids, More(new, reviews), today)
        tx.note_changed(Changed.DECK)


def forgotten(collection: "Opened", deck: str | None, days: int) -> int:
    """Look again at cards answered Again in the last `days` days, in any order; return how many.

    Nothing about them changes. All functions from here on fill the filtered deck `SESSION` as one act.

    Raises:
        NotFound: there is no such deck. InputError: there are no such cards, or the number of days is odd.
    """
    return _fill(collection, deck, f"rated:{_days(days)}:1", FilterOrder.RANDOM, reschedule=False)


def ahead(collection: "Opened", deck: str | None, days: int) -> int:
    """Review cards that are due within `days` days, the first due first; return how many.

    Raises:
        NotFound, InputError: as in `forgotten`.
    """
    days = _days(days)
    search = f"(prop:due<={days} or (is:learn -prop:due>{days}))"  # learning within a day has no due day
    return _fill(collection, deck, search, FilterOrder.DUE, reschedule=True)


def preview_new(collection: "Opened", deck: str | None, days: int) -> int:
    """Look at new cards that were added in the last `days` days; they stay new. Return how many.

    Raises:
        NotFound, InputError: as in `forgotten`.
    """
    return _fill(collection, deck, f"is:new added:{_days(days)}", FilterOrder.OLDEST_SEEN, reschedule=False)


def by_state(
    collection: "Opened",
    deck: str | None,
    which: Cram,
    limit: int = 100,
    *,
    with_tags: Sequence[str] = (),
    without_tags: Sequence[str] = (),
) -> int:
    """Study cards of a state that have any of `with_tags` and none of `without_tags`; return how many.

    Raises:
        NotFound, InputError: as in `forgotten`.
    """
    search, order, reschedule = _CRAMS[which]
    wanted = " or ".join(f"tag:{_quoted(tag)}" for tag in with_tags)
    terms = [search, f"({wanted})" if wanted else "", *(f"-tag:{_quoted(tag)}" for tag in without_tags)]
    return _fill(collection, deck, " ".join(filter(None, terms)), order, reschedule=reschedule, limit=limit)


def _fill(
    collection: "Opened",
    deck: str | None,
    search: str,
    order: FilterOrder,
    *,
    reschedule: bool,
    limit: int = NO_LIMIT,
) -> int:
    complete_memories(collection)
    with collection.store.transaction(Op.CUSTOM_STUDY) as tx:
        if deck is not None:
            name = find_deck(decks.decks(tx.conn), deck).name
            search = f"{search} deck:{_quoted(name)}".strip()
        term = FilterTerm(search=search, limit=limit, order=order)
        made = Filter(deck_id=DeckId(0), terms=(term,), reschedule=reschedule)
        return filtered.put(collection, tx, SESSION, made)


def due_in(deck: str | None) -> str:
    """Return the search for the due cards of a deck and those below it, or of all."""
    return "is:due" if deck is None else f"deck:{_quoted(deck)} is:due"


def _days(days: int) -> int:
    if not 1 <= days <= FARTHEST_DAYS:
        raise InputError(f"The number of days is 1 to {FARTHEST_DAYS:,}, not {days:,}.")
    return days


def _quoted(name: str) -> str:
    """Return a name as the search language finds it and nothing else."""
    written = name
    for sign in '\\"*_':
        written = written.replace(sign, f"\\{sign}")
    return f'"{written}"'
