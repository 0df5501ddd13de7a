"""Load balancing and easy days: among the days that fuzz allows, the emptier and the wanted ones come first.

Both are off unless asked for, and both only choose within the room that fuzz leaves: an interval is never
longer or shorter than it could have been by chance.

Source: the idea is that of ankitects/anki `rslib/src/scheduler/states/load_balancer.rs`; the weights are our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mlsd_cards.domain.decks import Options

LONGEST_BALANCED = 90
"""Intervals above this many days are not balanced: what such a day will hold is not known yet."""

_CROWDING = 2.0  # how strongly a full day is avoided: twice as full is four times less likely
_HARDLY = 1e-3  # the share of a day that should have as little as can be


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLoads:
    """How full the days ahead are.

    `due` counts the reviews by days from today, `weekday` is that of today with Monday as 0, `easy_days` the
    share of a usual day that each weekday shall have, Monday first, from 0 to 1; empty: all alike.
    """

    weekday: int
    due: Mapping[int, int]
    balanced: bool = False
    easy_days: tuple[float, ...] = ()

    def choose(self, first: int, last: int, factor: float) -> int:
        """Return one of the intervals `first` to `last` (days) by `factor` in [0, 1), the same each time."""
        weights = [self._weight(interval, last) for interval in range(first, last + 1)]
        rest = factor * sum(weights)
        for interval, weight in enumerate(weights, first):
            rest -= weight
            if rest < 0:
                return interval
        return last

    def _weight(self, interval: int, last: int) -> float:
        share = self.easy_days[(self.weekday + interval) % 7] if self.easy_days else 1.0
        share = max(share, _HARDLY)
        if not self.balanced or last > LONGEST_BALANCED:
            return share
        fullness = (1 + self.due.get(interval, 0)) / share
        weight: float = fullness**-_CROWDING
        return weight


def wants_loads(options: Options) -> bool:
    """Whether the options ask for days to be weighed; without fuzz there is no room to choose in."""
    return options.fuzz and (options.load_balance or any(share < 1 for share in options.easy_days))
