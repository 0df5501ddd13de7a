"""Answers to cards that are not on show: as if each were reviewed at this moment, due or not.

Source: ankitects/anki `rslib/src/scheduler/answering/mod.rs` (`grade_now`, facts).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.store import cards
from mlsd_cards.study.acts import found_cards
from mlsd_cards.study.answering import check_rating, write_within
from mlsd_cards.study.session import StudySession

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened


def grade_now(collection: "Opened", ids: Iterable[CardId], rating: int) -> int:
    """Answer cards now, as one act, in the order given; return how many there were.

    Suspended and buried ones come back. No time is counted for it; limits of today are used up.

    Raises:
        NotFound: there is no such card. InputError: the rating is not 1 to 4, or the clock is wrong.
    """
    check_rating(rating)
    session = StudySession(collection)
    day = collection.day()
    with collection.store.transaction(Op.GRADE_NOW) as tx:
        known = list(found_cards(tx, ids))
        for card_id in known:
            card = cards.card(tx.conn, card_id)  # an earlier answer may have put it off
            answer = session.answer_for(card, rating, 0, day)
            after = replace(answer.after, suspended=answer.outcome.suspend)
            write_within(collection, tx, answer, after, day)
    return len(known)
