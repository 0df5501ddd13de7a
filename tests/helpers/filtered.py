"""Filtered decks for tests: made, looked into, and studied to the end."""

from helpers.study import shown
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.filtered import FilterOrder, FilterTerm
from mlsd_cards.store import filtered as filtered_store
from mlsd_cards.study import Collection, StudySession, filtered

NAME = "Cram"
ANKI = Options(scheduler="anki-sm2", fuzz=False)


def build(col: Collection, search: str = "", order: FilterOrder = FilterOrder.ADDED, **more: object) -> int:
    """Make a filtered deck and return how many cards it borrowed."""
    reschedule = bool(more.pop("reschedule", True))
    term = FilterTerm(search=search, order=order, limit=int(str(more.pop("limit", 100))))
    return filtered.create(col, NAME, [term], reschedule=reschedule)


def lent(col: Collection) -> list[int]:
    """Return the borrowed cards in their order."""
    with col.store.read() as conn:
        return [each.card_id for each in filtered_store.borrowed(conn)]


def walk(session: StudySession, rating: int = 3) -> list[int]:
    """Answer all that comes, and return it."""
    seen = []
    while session.current is not None:
        seen.append(shown(session))
        session.answer(rating)
        assert len(seen) < 100
    return seen


def rows(col: Collection) -> dict[str, tuple[int, int, int, int]]:
    """Return the counts of each deck by name."""
    return {row.name: (row.new, row.learning, row.review, row.total) for row in col.deck_rows()}
