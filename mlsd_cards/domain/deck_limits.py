"""Daily limits that a deck has of its own, beside those of its preset."""

from dataclasses import dataclass, replace

from mlsd_cards.domain.decks import DeckId, Options


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedLimits:
    """Limits of a deck as files hold them: the day on which those for one day hold is a calendar date.

    `date` is the proleptic ordinal of that day (`date.toordinal`).
    """

    new_per_day: int | None = None
    reviews_per_day: int | None = None
    date: int = 0
    new_today: int | None = None
    reviews_today: int | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether everything is left to the preset."""
        return self == DatedLimits(date=self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimits:
    """How many new cards and reviews a day one deck shows at most; None leaves it to what comes before.

    First come the preset's limits, then `new_per_day` and `reviews_per_day` of this deck, and on the day number
    `day` only `new_today` and `reviews_today`.
    """

    deck_id: DeckId
    new_per_day: int | None = None
    reviews_per_day: int | None = None
    day: int = 0
    new_today: int | None = None
    reviews_today: int | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether everything is left to the preset."""
        return self == OwnLimits(deck_id=self.deck_id, day=self.day)

    def on(self, day: int) -> "OwnLimits":
        """Return what still holds on a day: what was meant for another day only is gone."""
        if self.day == day:
            return self
        return OwnLimits(
            deck_id=self.deck_id,
            new_per_day=self.new_per_day,
            reviews_per_day=self.reviews_per_day,
            day=day,
        )

    def over(self, options: Options, day: int) -> Options:
        """Return options of the deck's preset with the limits that hold on a day."""
        holds = self.on(day)
        new = _first(holds.new_today, holds.new_per_day, options.new_per_day)
        reviews = _first(holds.reviews_today, holds.reviews_per_day, options.reviews_per_day)
        return replace(options, new_per_day=new, reviews_per_day=reviews)

    def dated(self, date: int) -> DatedLimits:
        """Return these limits for a file; `date` is the ordinal of the day numbered `day`."""
        return DatedLimits(
            new_per_day=self.new_per_day,
            reviews_per_day=self.reviews_per_day,
            date=date,
            new_today=self.new_today,
            reviews_today=self.reviews_today,
        )


def _first(today: int | None, always: int | None, preset: int) -> int:
    if today is not None:
        return today
    return preset if always is None else always
