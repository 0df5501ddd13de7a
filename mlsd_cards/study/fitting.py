"""Fitting the FSRS parameters of a preset to the answers that were given."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.scheduling.fitting import FitItem, fit, history_items, learn
from mlsd_cards.scheduling.memory import clipped_parameters
from mlsd_cards.store import cards, decks, reviews
from mlsd_cards.study import settings
from mlsd_cards.study.fitting_apart import learn_apart

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

_CARDS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """What fitting found, and whether it was taken over.

    `parameters` are the 21 to use from now on: the present ones unless `improved`. `reviews` counts what was
    learnt from. The losses and root mean square errors (lower is better) are those of the present and of the
    new parameters on the same reviews. `message` and `warnings` are sentences for the user.
    """

    parameters: tuple[float, ...]
    log_loss_before: float
    log_loss_after: float
    rmse_before: float
    rmse_after: float
    reviews: int
    improved: bool
    applied: bool
    message: str
    warnings: tuple[str, ...]


def fit_parameters(
    collection: "Opened",
    deck: str | None = None,
    *,
    apply: bool = False,
    apart: bool = False,
    progress: Progress = no_progress,
) -> FitReport:
    """Fit parameters to the answers of the decks that would use them.

    Those are the decks of the default preset, or with `deck` this one and those inside it that share its
    preset. With `apply` parameters that fit better become those of the preset, as one act; no due date changes.
    `apart` works in another process, which leaves a window free and can be stopped at any time.

    Raises:
        NotFound: there is no such deck.
        InputError: there are too few reviews, or they are too much alike; the text says what is needed.
    """
    options, ids = _chosen(collection, deck)
    items, left_out = _items(collection, ids, progress)
    found = fit(items, options, progress=progress, learn=learn_apart if apart else learn)
    if found.loss_before is None or found.loss_after is None:
        raise InputError(found.message)
    assert found.rmse_before is not None, "errors are measured with the losses"
    assert found.rmse_after is not None, "errors are measured with the losses"
    applied = apply and found.improved
    if applied:
        settings.change(collection, "parameters", " ".join(map(repr, found.parameters)), deck, progress)
    return FitReport(
        parameters=clipped_parameters(found.parameters),
        log_loss_before=found.loss_before,
        log_loss_after=found.loss_after,
        rmse_before=found.rmse_before,
        rmse_after=found.rmse_after,
        reviews=found.items,
        improved=found.improved,
        applied=applied,
        message=found.message,
        warnings=_warnings(left_out, options, applied),
    )


def _chosen(collection: "Opened", deck: str | None) -> tuple[Options, list[CardId]]:
    """Return the present options, and the cards whose answers count."""
    with collection.store.read() as conn:
        preset, users = settings.preset_and_users(decks.decks(conn), decks.presets(conn), deck)
        return preset.options, cards.ids_in_decks(conn, [each.id for each in users])


def _items(collection: "Opened", ids: list[CardId], progress: Progress) -> tuple[list[FitItem], int]:
    """Return what can be learnt from the logs of cards, and how many answers were left out."""
    from mlsd_cards.scheduling.replay import complete_histories

    day = collection.day()
    day_of = cache(day.boundary.day_of_moment)
    items: list[FitItem] = []
    left_out = 0
    for start in range(0, len(ids), _CARDS_AT_ONCE):
        progress("Reading the review log", start, len(ids))
        with collection.store.read() as conn:
            rows = list(reviews.memory_rows(conn, ids[start : start + _CARDS_AT_ONCE]))
        histories, odd = complete_histories(rows, day_of, before_ms=day.next_day_at_ms)
        left_out += odd
        for answers in histories:
            items += history_items(*answers)
    items.sort()
    return items, left_out


def _warnings(left_out: int, options: Options, applied: bool) -> tuple[str, ...]:
    found: list[str] = []
    if left_out:
        found.append(f"Answers with an impossible or future date were left out: {left_out}.")
    if applied and options.scheduler != "fsrs":
        found.append(
            f"These decks are scheduled by {options.scheduler}; the parameters are used once their scheduler is fsrs."
        )
    return tuple(found)
