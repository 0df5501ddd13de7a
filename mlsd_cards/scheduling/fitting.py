"""Fits FSRS parameters to one's own reviews. Takes seconds to minutes: not for the thread of the window.

Source: ankitects/anki `rslib/src/scheduler/fsrs/params.rs`; the fit itself is left to `fsrs_rs_python`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.domain.reviews import ReviewLogEntry
from mlsd_cards.scheduling.history import DayOf, usable_history
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, clipped_parameters

ENOUGH_ITEMS = 400
_EPOCHS = 8
FITTING, STEPS = "Fitting the parameters", 3


class FitItem(NamedTuple):
    """One review with all before it: pairs of rating and days since the review before (0 for the first).

    `moment_ms` is that of the review itself, in UTC milliseconds.
    """

    moment_ms: int
    reviews: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a fit found.

    `parameters` are those to use from now on. The losses (lower is better) are those of the present and of
    the new parameters on the same items, None where nothing was tried. The `rmse`s are the root mean square
    errors (0 to 1, lower is better) of predicted against real recall, over bins of like reviews. `message` is a
    sentence for the user.
    """

    items: int
    parameters: tuple[float, ...]
    improved: bool
    loss_before: float | None
    loss_after: float | None
    message: str
    rmse_before: float | None = None
    rmse_after: float | None = None


def fit_items(logs: Iterable[Sequence[ReviewLogEntry]], day_of: DayOf) -> list[FitItem]:
    """Return what can be learnt from the logs of cards (each oldest first), in order of time.

    Cards whose first answer is not in their log are left out, and answers on the day of the one before are no
    items of their own.
    """
    items: list[FitItem] = []
    for log in logs:
        history = usable_history(log)
        if history is None or not history.complete:
            continue
        days = [day_of(row.id) for row in history.rows]
        deltas = [0, *(max(0, day - before) for before, day in pairwise(days))]
        items += history_items([row.id for row in history.rows], [row.rating for row in history.rows], deltas)
    items.sort()
    return items


def history_items(moments_ms: Sequence[int], ratings: Sequence[int], days: Sequence[int]) -> list[FitItem]:
    """Return the items of one card from its answers, whose `days` count from the answer before."""
    reviews = tuple(zip(ratings, days, strict=True))
    return [
        FitItem(moments_ms[place], reviews[: place + 1])
        for place in range(1, len(reviews))
        if days[place] > 0
    ]


class Learnt(NamedTuple):
    """What the package made of items: new parameters, and the errors of the present and of the new ones."""

    parameters: tuple[float, ...]
    loss_before: float
    loss_after: float
    rmse_before: float
    rmse_after: float


Reviews = tuple[tuple[int, int], ...]
Learn = Callable[[Sequence[Reviews], tuple[float, ...], int, Progress], Learnt]
"""Learns from reviews, present parameters and the number of relearning steps, as `learn` does."""


def learn(
    reviews: Sequence[Reviews],
    present: tuple[float, ...],
    relearning_steps: int,
    progress: Progress = no_progress,
) -> Learnt:
    """Return what `reviews` (of `FitItem`s, in order of time) teach. The package holds its thread until it is done.

    `progress` may stop the work between its three steps, but not within one.

    Raises:
        InputError: the reviews are too much alike to learn from, or the package is not installed.
    """
    progress(FITTING, 0, STEPS)
    try:
        from fsrs_rs_python import FSRS, FSRSItem, FSRSReview
    except ImportError:
        raise InputError("Fitting parameters needs the Python package fsrs-rs-python.") from None
    review = cache(FSRSReview)  # few pairs of rating and days are told apart
    training = [FSRSItem([review(*each) for each in one]) for one in reviews]
    progress(FITTING, 1, STEPS)
    new = _found(training, relearning_steps)
    progress(FITTING, 2, STEPS)
    before = FSRS(list(present)).evaluate(training)
    after = FSRS(list(new)).evaluate(training)
    progress(FITTING, STEPS, STEPS)
    return Learnt(
        new, *(float(x) for x in (before.log_loss, after.log_loss, before.rmse_bins, after.rmse_bins))
    )


def fit(
    items: Sequence[FitItem],
    options: Options,
    *,
    asked: bool = False,
    progress: Progress = no_progress,
    learn: Learn = learn,
) -> Fit:
    """Return the parameters that fit `items` best; the present ones unless new ones are better.

    With fewer than `ENOUGH_ITEMS` nothing is tried unless `asked`. `learn` does the work.

    Raises:
        InputError: the present parameters cannot be used, the reviews are too much alike to learn from, or the
            package that fits is not installed.
    """
    present = clipped_parameters(options.parameters)
    if not items or (len(items) < ENOUGH_ITEMS and not asked):
        return Fit(
            items=len(items),
            parameters=options.parameters,
            improved=False,
            loss_before=None,
            loss_after=None,
            message=f"There are {len(items)} reviews to learn from; a good fit needs {ENOUGH_ITEMS}.",
        )
    found = learn([item.reviews for item in items], present, len(options.relearning_steps), progress)
    improved = found.loss_after < found.loss_before
    return Fit(
        items=len(items),
        parameters=found.parameters if improved else options.parameters,
        improved=improved,
        loss_before=found.loss_before,
        loss_after=found.loss_after,
        message="The new parameters fit your reviews better."
        if improved
        else "The present parameters fit your reviews as well as any found, and are kept.",
        rmse_before=found.rmse_before,
        rmse_after=found.rmse_after,
    )


def _found(training: list[Any], relearning_steps: int) -> tuple[float, ...]:
    """Return the parameters that the package makes of its own items."""
    from fsrs_rs_python import FSRS, TrainingConfig

    try:
        found = FSRS(list(DEFAULT_PARAMETERS)).compute_parameters(
            training,
            card_ids=None,
            enable_short_term=True,
            num_relearning_steps=relearning_steps,
            training_config=TrainingConfig(num_epochs=_EPOCHS),
        )
    except ValueError:  # the package has enough items, but too few of a kind that it needs
        found = [math.nan]
    if not all(map(math.isfinite, found)):
        raise InputError(
            "Your reviews are too much alike to learn from: more cards need a first answer and, on a later day, "
            "a second one."
        )
    return clipped_parameters(tuple(found))
