"""What an import left for later, completed before it is needed."""

from typing import TYPE_CHECKING

from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.store import settings

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened


def complete_memories(collection: "Opened", progress: Progress = no_progress) -> None:
    """Work out the FSRS memories that an import left for later; quick where there are none."""
    if collection.store.read_only:
        return
    with collection.store.read() as conn:
        if not settings.get(conn, settings.MEMORIES_WANTING):
            return
    from mlsd_cards.study.import_memory import complete_wanting

    complete_wanting(collection, progress)
