"""How soon an answer is safe on disk, through the pipe and within the program."""

import json
from collections.abc import Iterator
from time import perf_counter

from tests.bench import child_anki, limits
from tests.bench.bed import ANKI_FILE, Bed
from tests.bench.measure import Figure, Goal, Side, SideFailed, timed
from tests.bench.process import child, our_command, talking
from tests.bench.synthetic import PARENT

ANSWERS = 100
_RATINGS = (3, 3, 1, 3, 2, 3, 4, 3)


def figures(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of answers."""

    def raw() -> list[float]:
        return limits.commits(bed.new_path(".db"))

    def piped(*, both: bool) -> tuple[Side, Side]:
        def ours() -> list[float]:
            command = our_command(bed.copy_of(bed.full_home), "review", "--lines", "--deck", PARENT)
            return _talk(command, bed, both=both)

        def anki() -> list[float]:
            path = bed.copy_of(bed.anki_full) / ANKI_FILE
            return _talk(child("child_anki", str(path), "lines"), bed, both=both)

        return ours, anki

    ours, anki = piped(both=False)
    yield Figure(
        "answer durable, through the pipe",
        bed.sides(ours, raw, anki),
        Goal(of_anki=1.5, of_limit=4, p99_ms=30),
        "raw durable commit",
    )
    ours, anki = piped(both=True)
    yield Figure(
        "next + answer, through the pipe", bed.sides(ours, raw, anki), Goal(of_anki=1.3), "raw durable commit"
    )
    yield Figure(
        "grade → next question, no window",
        bed.sides(lambda: _graded(bed), raw, lambda: _graded_by_anki(bed)),
        Goal(of_anki=0.9),
        "raw durable commit",
    )


def _talk(command: list[str], bed: Bed, *, both: bool) -> list[float]:
    samples: list[float] = []
    with talking(command, bed.env) as talk:
        talk.ask("next")
        for number in range(ANSWERS):
            start = perf_counter()
            shown = talk.ask("next")
            if shown == "null":
                raise SideFailed(f"no card is left after {number} answers")
            card = json.loads(shown)["card"]
            middle = perf_counter()
            talk.ask(f"answer {card} {_RATINGS[number % len(_RATINGS)]} 5000")
            samples.append((perf_counter() - (start if both else middle)) * 1000)
    return samples


def _graded(bed: Bed) -> list[float]:
    """Return the times from a grade until it is stored and the next question's HTML is at hand, as in the window."""
    samples: list[float] = []
    session = bed.collection.session(PARENT)
    for number in range(ANSWERS):
        rating = _RATINGS[number % len(_RATINGS)]
        if session.current is None:
            raise SideFailed(f"no card is left after {number} answers")
        _ = session.current.answer_page
        session.prepare()  # while the answer is looked at
        with timed(samples):
            session.peek(rating)
            session.answer(rating, 5000)
            _ = session.current.question_page if session.current else ""
    return samples


def _graded_by_anki(bed: Bed) -> list[float]:
    samples: list[float] = []
    col = bed.anki
    shown, _ = child_anki.show_next(col)
    for number in range(ANSWERS):
        with timed(samples):
            child_anki.answer(col, shown, _RATINGS[number % len(_RATINGS)])
            shown, _ = child_anki.show_next(col)
    return samples
