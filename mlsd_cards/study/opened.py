"""A collection in use: what every use case works on. `Collection` adds the use cases to it."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from weakref import WeakSet

from mlsd_cards.domain.cards import Card, CardId
from mlsd_cards.domain.changes import Changed
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.scheduling.timing import DayBoundary, created_date
from mlsd_cards.store.collection import Store
from mlsd_cards.study import days
from mlsd_cards.study.clock import Clock


def is_id(number: int) -> bool:
    """Whether a number may be an id at all: what the database cannot hold is none."""
    return 0 <= number < 1 << 63


class Watcher(Protocol):
    """Whoever is to be told that the collection changed."""

    def collection_changed(self) -> None:
        """Take note of a change."""


class Opened:
    """The store of a person's collection and the clock by which its days are told; a context manager."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._created_date = created_date(store.created_ms, store.created_offset_minutes)
        self._rollover_hour: int | None = None
        self._sessions: WeakSet[Watcher] = WeakSet()
        store.on_commit(self._changed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the profile."""
        self.store.close()

    @property
    def home(self) -> Path:
        """The profile folder."""
        return self.store.home

    @property
    def media_dir(self) -> Path:
        """The folder of pictures and sounds."""
        return self.store.media_dir

    def on_changed(self, callback: Callable[[Changed], None]) -> None:
        """Have `callback` called after each act, in the thread that did it, with what kinds of thing changed."""
        self.store.on_commit(callback)

    # Days

    @property
    def boundary(self) -> DayBoundary:
        """Where this collection's days begin."""
        if self._rollover_hour is None or self.store.read_only:  # another program may change it
            from mlsd_cards.store import settings

            with self.store.read() as conn:
                self._rollover_hour = int(settings.get(conn, days.ROLLOVER_HOUR, days.DEFAULT_ROLLOVER_HOUR))
        return DayBoundary(
            created_date=self._created_date, rollover_hour=self._rollover_hour, zone=self.clock.zone
        )

    def day(self) -> days.Day:
        """Return the present day, also where the clock was put back."""
        return days.present_day(self.store, self.boundary, self.clock.now_ms())

    def today_number(self) -> int:
        """Return the number of the present day."""
        return self.day().number

    def clock_warning(self) -> str:
        """Return a sentence if the clock is more than two days behind the newest answer, else nothing."""
        return self.day().warning

    def accept_clock(self) -> None:
        """Take the clock as right though answers lie in its future; from then on answers are recorded again."""
        days.accept_clock(self.store, self.boundary, self.clock.now_ms())

    def watch(self, session: "Watcher") -> None:
        """Have a sitting told of every change, for as long as it is in use."""
        self._sessions.add(session)

    def _changed(self, changed: Changed) -> None:
        if Changed.SETTING in changed:
            self._rollover_hour = None
        for session in list(self._sessions):
            session.collection_changed()

    def card(self, card_id: CardId) -> Card:
        """Return a card as it is stored.

        Raises:
            NotFound: there is no such card.
        """
        from mlsd_cards.store import cards

        if not is_id(card_id):
            raise NotFound(f"There is no card {card_id}.")
        with self.store.read() as conn:
            return cards.card(conn, card_id)
