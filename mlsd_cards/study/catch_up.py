"""A plan that holds for some days after a break: so many reviews a day at most, the most urgent first, no new cards.

It takes the place of the daily limits of all decks and ends by itself; no card and no option is changed for it.
"""

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.decks import Options, ReviewOrder
from mlsd_cards.store import settings

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction

_KEY = "catch_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """At most `reviews_per_day` reviews a day from day number `first_day` to `last_day`, both included."""

    reviews_per_day: int
    first_day: int
    last_day: int

    def over(self, options: Options) -> Options:
        """Return options of a deck as they are while the plan holds."""
        return replace(
            options,
            new_per_day=0,
            reviews_per_day=self.reviews_per_day,
            new_ignore_review_limit=True,
            review_order=ReviewOrder.RELATIVE_OVERDUE,
        )


def plan_of(conn: sqlite3.Connection, today: int) -> CatchUp | None:
    """Return the plan that holds today, None if there is none."""
    stored = settings.get(conn, _KEY)
    if stored is None or not stored["first_day"] <= today <= stored["last_day"]:
        return None
    return CatchUp(**stored)


def put_plan(tx: "Transaction", plan: CatchUp | None) -> None:
    """Let a plan hold, or none."""
    if plan is None:
        settings.remove(tx, _KEY)
        return
    values = {
        "reviews_per_day": plan.reviews_per_day,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
    }
    settings.put(tx, _KEY, values)
