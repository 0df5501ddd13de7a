"""How soon a day's list stands, memories are worked out anew, parameters fitted, and a year is foretold."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from mlsd_cards.domain.decks import Options
from mlsd_cards.scheduling.fitting import FitItem, fit_items
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS
from mlsd_cards.store import cards, decks, reviews
from mlsd_cards.store.connection import DATABASE_NAME
from mlsd_cards.study import desk, forecasting, memories
from tests.bench import limits
from tests.bench.bed import Bed
from tests.bench.measure import Figure, Goal, Side, timed
from tests.bench.synthetic import PARENT

YEAR = 365
_DUE = (
    "SELECT id, note_id, deck_id, ordinal, state, position, due_day, due_at_ms, interval_days, ease_permille, "
    "stability, difficulty, reps, drill_day, last_answer_ms FROM cards WHERE state != 'new' AND due_day <= ?"
)
_LOG = "SELECT card_id, id, rating, kind, interval, factor FROM reviews ORDER BY card_id, id"
_OTHER = tuple(round(value * 1.1, 4) for value in DEFAULT_PARAMETERS)


def figures(bed: Bed) -> Iterator[Figure]:
    """Yield the figures of scheduling."""
    today = (bed.collection.today_number(),)
    yield Figure(
        "list of the day",
        bed.sides(_ours_list(bed), _query(bed, _DUE, today), _anki_list(bed)),
        Goal(of_anki=1.0),
        "one SELECT of what is due",
        warm=True,
    )
    yield Figure(
        "memories from the whole log",
        bed.sides(_ours_memories(bed), _query(bed, _LOG, ())),
        Goal(of_limit=2.5),
        "one SELECT of the log",
    )
    yield Figure(
        "other FSRS parameters, whole act",
        bed.sides(_ours_parameters(bed), _query(bed, _LOG, ()), _anki_parameters(bed)),
        Goal(of_anki=1.0),
        "one SELECT of the log",
        rounds=5,
    )
    items = _items(bed)
    yield Figure(
        "FSRS fit",
        bed.sides(_ours_fit(bed), lambda: _bare_fit(items), _anki_fit(bed)),
        Goal(of_anki=1.1),
        "the package alone",
        rounds=5,
    )
    yield Figure(
        "a year foretold",
        bed.sides(_ours_year(bed), lambda: _bare_year(sum(bed.counts[1:2])), _anki_year(bed)),
        Goal(),
        "the package alone, its own simpler scheduler",
        rounds=2,
    )


def _query(bed: Bed, sql: str, values: tuple[object, ...]) -> Side:
    return lambda: limits.query(bed.full_home / DATABASE_NAME, sql, values, 1)


# Ours


def _ours_list(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            seen = desk.look(bed.collection)
            seen.queue(desk.find_deck(seen.decks, PARENT)).current()
        return samples

    return side


def _ours_memories(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples), bed.collection.store.read() as conn:
            ids = cards.ids_in_decks(conn, decks.decks(conn))
            told = memories.from_log(reviews.memory_rows(conn, ids), Options(), bed.collection.day())
        assert told, "the synthetic collection has reviews"
        return samples

    return side


def _ours_parameters(bed: Bed) -> Side:
    text = " ".join(map(str, _OTHER))

    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.collection.set_setting("parameters", text, PARENT)
        bed.collection.undo()
        return samples

    return side


def _ours_fit(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.collection.fit(PARENT)
        return samples

    return side


def _ours_year(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            forecasting.forecast(bed.collection, PARENT, days=YEAR, scheduler="fsrs")
        return samples

    return side


# The package alone


def _items(bed: Bed) -> list[FitItem]:
    day = bed.collection.day()
    with bed.collection.store.read() as conn:
        logs: dict[int, list[Any]] = {}
        for entry in reviews.iter_entries(conn):
            logs.setdefault(entry.card_id, []).append(entry)
    return fit_items(logs.values(), day.boundary.day_of_moment)


def _bare_fit(items: list[FitItem]) -> list[float]:
    from fsrs_rs_python import FSRS, FSRSItem, FSRSReview, TrainingConfig

    made = [FSRSItem([FSRSReview(*each) for each in item.reviews]) for item in items]
    samples: list[float] = []
    with timed(samples):
        FSRS(list(DEFAULT_PARAMETERS)).compute_parameters(
            made,
            card_ids=None,
            enable_short_term=True,
            num_relearning_steps=1,
            training_config=TrainingConfig(num_epochs=8),
        )
    return samples


def _bare_year(count: int) -> list[float]:
    from fsrs_rs_python import default_simulator_config, simulate

    config = default_simulator_config()
    config.deck_size, config.learn_span = count, YEAR
    samples: list[float] = []
    with timed(samples):
        simulate(list(DEFAULT_PARAMETERS), 0.9, config, 1)
    return samples


# Real Anki


def _anki_list(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        col = bed.anki
        col.decks.set_current(1)  # forgets the list of before
        col.decks.set_current(col.decks.id_for_name(PARENT))
        with timed(samples):
            col._backend.get_queued_cards(fetch_limit=1, intraday_learning_only=False)
        return samples

    return side


def _anki_parameters(bed: Bed) -> Side:
    choices = cycle((_OTHER, DEFAULT_PARAMETERS))

    def side() -> list[float]:
        col, samples = bed.anki, []
        deck_id = col.decks.id_for_name(PARENT)
        known = col._backend.get_deck_configs_for_update(deck_id)
        configs = [each.config for each in known.all_config]
        parameters = next(choices)
        for each in configs:
            each.config.fsrs_params_6[:] = parameters
        with timed(samples):
            col._backend.update_deck_configs(
                target_deck_id=deck_id,
                configs=configs,
                removed_config_ids=[],
                mode=0,
                card_state_customizer="",
                limits=known.current_deck.limits,
                new_cards_ignore_review_limit=False,
                fsrs=True,
                apply_all_parent_limits=False,
                fsrs_reschedule=False,
                fsrs_health_check=False,
            )
        return samples

    return side


def _anki_fit(bed: Bed) -> Side:
    def side() -> list[float]:
        samples: list[float] = []
        with timed(samples):
            bed.anki._backend.compute_fsrs_params(
                search=f'deck:"{PARENT}"',
                current_params=[],
                ignore_revlogs_before_ms=0,
                num_of_relearning_steps=1,
                health_check=False,
            )
        return samples

    return side


def _anki_year(bed: Bed) -> Side:
    def side() -> list[float]:
        from anki.scheduler_pb2 import SimulateFsrsReviewRequest

        request = SimulateFsrsReviewRequest(
            params=DEFAULT_PARAMETERS,
            desired_retention=0.9,
            days_to_simulate=YEAR,
            new_limit=500,
            review_limit=9999,
            max_interval=36_500,
            search=f'deck:"{PARENT}"',
            historical_retention=0.9,
            learning_step_count=2,
            relearning_step_count=1,
        )
        samples: list[float] = []
        with timed(samples):
            bed.anki._backend.simulate_fsrs_review(request)
        return samples

    return side
