"""Progress that was made elsewhere with cards that are here: the newer review log wins, card by card.

A stranger's answers to cards that were answered here are left alone: only a file that holds an answer given here
goes on from where this collection stood. Where none was given here, cards go on that nobody touched.
"""

import sqlite3
from collections.abc import Container, Iterable, Mapping

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.exchange import StoredReviews
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.store import cards, reviews
from mlsd_cards.study.import_plan import Plan


def add_newer_progress(conn: sqlite3.Connection, plan: Plan) -> None:
    """Put into a plan what the file knows more of cards that are here."""
    here = _cards_here(conn, plan) if plan.matched and plan.data.reviews else {}
    log = plan.data.reviews
    if not here or (isinstance(log, StoredReviews) and reviews.has_all(conn, log)):
        return
    entries = [entry for entry in plan.data.reviews if entry.card_id in here]
    known = reviews.known_ids(conn, (entry.id for entry in entries))
    if len(known) == len(entries):
        return
    newest = reviews.newest_of_cards(conn, here.values())
    last: dict[int, int] = {}
    for entry in entries:
        last[entry.card_id] = max(entry.id, last.get(entry.card_id, 0))
    newer = {
        here[card.id]: card
        for card in plan.data.cards
        if card.id in here and last.get(card.id, 0) > newest.get(here[card.id], 0)
    }
    if not reviews.any_own(conn, ids=known):
        if reviews.any_own(conn, cards=here.values()):
            return
        free = _untouched(conn, newer, newest, known, () if known else plan.known.seen)
        newer = {key: card for key, card in newer.items() if key in free}
        entries = [entry for entry in entries if here[entry.card_id] in free]
    plan.newer_cards = newer
    plan.newer_reviews = sorted(
        entry._replace(card_id=here[entry.card_id]) for entry in entries if entry.id not in known
    )
    if count := len(newer):
        told = "1 card was answered elsewhere since and goes on from there."
        many = f"{count:,} cards were answered elsewhere since and go on from there."
        plan.warnings.append(told if count == 1 else many)


def _untouched(
    conn: sqlite3.Connection,
    ids: Iterable[CardId],
    newest: Mapping[CardId, int],
    known: set[int],
    editions: Container[NoteId],
) -> set[CardId]:
    """Return those of cards never answered here whose log here is part of the file's, or who are new and bare.

    The new cards of notes of `editions`, which came from such a file before, stay new.
    """
    found = set()
    for key, card in cards.cards_by_ids(conn, ids).items():
        bare = card.schedule.state is CardState.NEW and not (card.flag or card.suspended)
        bare = bare and card.note_id not in editions
        if newest[key] in known if key in newest else bare:
            found.add(key)
    return found


def _cards_here(conn: sqlite3.Connection, plan: Plan) -> dict[int, CardId]:
    """Return the ids here of cards of the file, by their ids there."""
    notes = {each.foreign.id: each.note.id for each in plan.matched}
    types = {note.id: plan.types[note.note_type_id] for note in plan.data.notes if note.id in notes}
    have = cards.ordinals_of_notes(conn, set(notes.values()))
    found: dict[int, CardId] = {}
    for card in plan.data.cards:
        if card.note_id in notes:
            ordinal = types[card.note_id].ordinal(card.ordinal)
            mine = have.get(notes[card.note_id], {}).get(ordinal)
            if mine is not None:
                found[card.id] = mine
    return found
