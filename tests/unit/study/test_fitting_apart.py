"""Fitting in a process of its own gives what fitting here gives, and ends when it is stopped."""

import math

import pytest

from mlsd_cards.domain.errors import Cancelled, InputError
from mlsd_cards.domain.progress import no_progress
from mlsd_cards.scheduling.fitting import FITTING, learn
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS
from mlsd_cards.study.fitting_apart import learn_apart

pytest.importorskip("fsrs_rs_python")


def reviews(count: int) -> list[tuple[tuple[int, int], ...]]:
    """Answers after gaps that double, one in five of them failed."""
    found = []
    for card in range(count):
        pairs = [(1 + card % 4, 0)]
        for place in range(1, 6):
            pairs.append((1 if (card * 7 + place * 3) % 5 == 0 else 3, 2**place))
            found.append(tuple(pairs))
    return found


def test_another_process_learns_the_same():
    here = learn(reviews(120), DEFAULT_PARAMETERS, 1)
    seen = []
    apart = learn_apart(reviews(120), DEFAULT_PARAMETERS, 1, lambda *each: seen.append(each))
    assert apart.parameters == here.parameters
    assert apart[1:] == pytest.approx(here[1:], rel=1e-4)
    assert all(map(math.isfinite, apart.parameters))
    assert seen[-1] == (FITTING, 3, 3)


def test_what_cannot_be_learnt_from_is_refused_in_the_same_words():
    alike = [((3, 0), (3, 1), (3, 5))] * 420  # none ends with a second answer
    with pytest.raises(InputError) as here:
        learn(alike, DEFAULT_PARAMETERS, 1)
    with pytest.raises(InputError, match="too much alike") as apart:
        learn_apart(alike, DEFAULT_PARAMETERS, 1, no_progress)
    assert str(apart.value) == str(here.value)


def test_a_process_that_dies_is_told_in_a_sentence():
    with pytest.raises(InputError, match="ended without a result"):
        learn_apart([((3, "x"),)], DEFAULT_PARAMETERS, 1, no_progress)  # type: ignore[arg-type]


def test_stopping_ends_it_at_once():
    calls = []

    def progress(what: str, done: int, total: int) -> None:
        calls.append(what)
        if len(calls) == 2:
            raise Cancelled("Fitting was cancelled.")

    with pytest.raises(Cancelled):
        learn_apart(reviews(4000), DEFAULT_PARAMETERS, 1, progress)
    assert len(calls) == 2
