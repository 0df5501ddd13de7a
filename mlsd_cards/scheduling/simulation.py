"""Forecasts what reviewing under a scheduler will cost and bring: the real scheduler, and a person made of formulas.

The person forgets as FSRS says with the parameters of the preset, whichever scheduler sets the days. Chance is a
hash of seed, card and day, so the same seed gives the same forecast, and two schedulers meet the same luck.
Simplified: a card that comes again on the same day is then answered Good; siblings are not put off; the limits of
subdecks within a deck do not count on their own.

The cards of a day are answered all at once, in columns of numbers; those whose days are weighed by how full they
are, one after the other, since each answer fills a day.
"""

from collections.abc import Iterator, Sequence

from mlsd_cards.scheduling.simulation_terms import DayLimits, SimulatedCard, SimulatedDay

__all__ = ["DayLimits", "SimulatedCard", "SimulatedDay", "simulate"]


def simulate(
    cards: Sequence[SimulatedCard],
    limits: Sequence[DayLimits],
    *,
    today: int,
    now_ms: int,
    days: int,
    seed: int,
    weekday: int = 0,
) -> Iterator[SimulatedDay]:
    """Yield the coming `days` from `today` on. New cards are met in the order of `cards`.

    `seed` is a whole number of 64 bits, `weekday` that of today with Monday as 0. Stopping early leaves nothing behind.

    Raises:
        InputError: a scheduler or parameters of an option cannot be used.
    """
    from mlsd_cards.scheduling.simulation_run import Run

    run = Run(cards, limits, today=today, now_ms=now_ms, seed=seed, weekday=weekday)
    for day in range(today, today + days):
        yield run.lived(day)
