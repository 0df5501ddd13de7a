"""`fit`: what own and imported answers teach, what is refused, and what is never applied."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.cli import main
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, PresetId
from mlsd_cards.domain.errors import Cancelled, InputError, NotFound
from mlsd_cards.scheduling.fitting import FitItem, fit
from mlsd_cards.scheduling.history import memory_of
from mlsd_cards.scheduling.memory import DEFAULT_PARAMETERS, MemoryModel
from mlsd_cards.store import decks, reviews
from mlsd_cards.study import Collection
from mlsd_cards.study.fitting import FitReport
from tests.helpers import anki_packages as packages
from tests.helpers.commands import NOW as COMMAND_NOW
from tests.helpers.study import MADE, NOW, Made, due, dump, empty_collection, fill, ms

pytest.importorskip("fsrs_rs_python")

FSRS = Options(scheduler="fsrs")
DAY_MS = 86_400_000
SHORT_MEMORY = (0.1, 0.4, 0.8, 2.0, *DEFAULT_PARAMETERS[4:])
Row = tuple[int, int, int, str, int, int, int, int]  # id, card, rating, kind, interval, last, factor, ms


def chance(*parts: int) -> float:
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def answers(card_id: int, first_ms: int, count: int = 7) -> list[Row]:
    """What a person of short memory answers when asked after 1, 2, 4… days."""
    model = MemoryModel(SHORT_MEMORY)
    rating = 1 + int(4 * chance(card_id, -1))
    memory = model.after(None, rating, 0)
    moment, gap = first_ms + card_id * 1000, 1
    rows: list[Row] = [(moment, card_id, rating, "learn", gap, 0, 2500, 4000)]
    for place in range(count - 1):
        recalled = chance(card_id, place) < model.retrievability(memory.stability, gap)
        rating = 3 if recalled else 1
        moment += gap * DAY_MS
        memory = model.after(memory, rating, gap)
        last, gap = gap, gap * 2 if recalled else 1
        rows.append((moment, card_id, rating, "review", gap, last, 2500, 4000))
    return rows


def put(collection: Collection, rows: list[Row]) -> None:
    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        reviews.add_foreign(tx, rows)


def same(one: FitReport, other: FitReport) -> bool:
    """Whether two reports agree; the package adds up its bins in no fixed order."""
    near = one.rmse_before == pytest.approx(other.rmse_before, rel=1e-4)
    near = near and one.rmse_after == pytest.approx(other.rmse_after, rel=1e-4)
    return near and replace(one, rmse_before=0, rmse_after=0) == replace(other, rmse_before=0, rmse_after=0)


def card_ids(notes: range) -> list[int]:
    return [10 * note for note in notes]


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """Two decks with a preset each; the 120 cards of the first were answered seven times each."""
    with empty_collection(tmp_path / "home") as opened:
        fill(opened, [*[Made((due(),))] * 120, *[Made((due(),), deck=2)] * 5], {"A": FSRS, "B": FSRS})
        first = ms(MADE - timedelta(days=100))
        put(opened, [row for card in card_ids(range(1, 121)) for row in answers(card, first)])
        yield opened


def test_parameters_are_found_and_nothing_is_written_unless_asked(collection: Collection) -> None:
    before = dump(collection)
    report = collection.fit("a")
    assert report.reviews >= 400
    assert report.improved
    assert not report.applied
    assert report.log_loss_after < report.log_loss_before
    assert 0 <= report.rmse_after < report.rmse_before <= 1
    assert len(report.parameters) == 21
    good = [report.parameters[2], DEFAULT_PARAMETERS[2]]
    assert abs(good[0] - SHORT_MEMORY[2]) < abs(good[1] - SHORT_MEMORY[2])  # nearer to the truth
    assert dump(collection) == before
    assert collection.undo_label is None


def test_the_same_reviews_give_the_same_parameters_whatever_their_order_of_arrival(
    collection: Collection, tmp_path: Path
) -> None:
    with empty_collection(tmp_path / "other") as other:
        fill(other, [Made((due(),))] * 120, {"A": FSRS})
        first = ms(MADE - timedelta(days=100))
        rows = [row for card in card_ids(range(1, 121)) for row in answers(card, first)]
        put(other, sorted(rows, key=lambda row: chance(row[0])))
        assert same(other.fit("A"), collection.fit("A"))


def test_applying_is_one_act_that_undo_takes_back(collection: Collection) -> None:
    before = dump(collection)
    report = collection.fit("A", apply=True)
    assert report.applied
    assert collection.settings("A")["parameters"] == list(report.parameters)
    assert collection.settings("B")["parameters"] == []
    changed = {name for name, rows in dump(collection).items() if rows != before[name]}
    assert changed == {"presets", "cards"}
    model_options = replace(FSRS, parameters=report.parameters)
    for card_id in card_ids(range(1, 126)):
        stored = collection.card(CardId(card_id)).schedule
        log = collection.card_info(CardId(card_id)).reviews
        if log:  # worked out anew from its answers
            fresh = replace(stored, stability=None, difficulty=None)
            expected = memory_of(fresh, model_options, log, collection.boundary.day_of_moment)
            assert (stored.stability, stored.difficulty) == pytest.approx(expected, rel=1e-4)
        else:  # of the other deck
            assert (stored.stability, stored.difficulty) == (None, None)
    assert collection.undo() == Op.SETTINGS
    assert dump(collection) == before
    assert collection.undo_label is None


def test_worse_parameters_are_never_applied(collection: Collection) -> None:
    taken = collection.fit("A", apply=True)
    before = dump(collection)
    again = collection.fit("A", apply=True)
    assert not again.improved
    assert not again.applied
    assert again.log_loss_after >= again.log_loss_before == taken.log_loss_after
    assert again.parameters == taken.parameters
    assert "kept" in again.message
    assert dump(collection) == before


def test_too_few_reviews_are_refused(collection: Collection) -> None:
    before = dump(collection)
    with pytest.raises(InputError, match="There are 0 reviews to learn from; a good fit needs 400"):
        collection.fit("B", apply=True)
    with pytest.raises(NotFound, match="no deck “C”"):
        collection.fit("C")
    assert dump(collection) == before


def test_reviews_too_much_alike_are_refused() -> None:
    items = [
        FitItem(place, ((3, 0), (3, 1), (3, 5))) for place in range(420)
    ]  # none ends with a second answer
    with pytest.raises(InputError, match="too much alike") as refused:
        fit(items, FSRS)
    assert str(refused.value).count(".") == 1


def test_impossible_and_future_dates_are_left_out_and_the_log_stays(collection: Collection) -> None:
    plain = collection.fit("A")
    odd = [ms(NOW) + 3 * DAY_MS, ms(NOW) + 10**9 * DAY_MS, -5, -(10**17), 10**18]
    put(collection, [(moment, 10, 3, "review", 9, 1, 2500, 1) for moment in odd])
    before = dump(collection)["reviews"]
    warned = collection.fit("A", apply=True)
    assert warned.warnings == ("Answers with an impossible or future date were left out: 5.",)
    assert same(replace(warned, warnings=(), applied=False), plain)
    assert dump(collection)["reviews"] == before


def test_only_decks_that_would_use_the_parameters_count(collection: Collection) -> None:
    with collection.store.transaction(Op.OTHER, undoable=False) as tx:
        decks.put_deck(tx, Deck(id=DeckId(2), name="B", preset_id=PresetId(1)))
    report = collection.fit()  # the default preset: both decks
    with pytest.raises(InputError, match="There are 0 reviews"):
        collection.fit("B", apply=True)
    applied = collection.fit("A", apply=True)
    assert applied.parameters == report.parameters
    assert collection.settings("B")["parameters"] == []  # A has a preset of its own now
    assert collection.settings("A")["parameters"] == list(applied.parameters)


def test_another_scheduler_is_told_of(collection: Collection) -> None:
    collection.set_setting("scheduler", "anki-sm2", "A")
    assert collection.fit("A").warnings == ()
    assert "once their scheduler is fsrs" in collection.fit("A", apply=True).warnings[0]
    assert collection.settings("A")["scheduler"] == "anki-sm2"


def test_it_tells_how_far_it_is_and_stops_when_asked(collection: Collection) -> None:
    seen: list[tuple[str, int, int]] = []
    collection.fit("A", progress=lambda *step: seen.append(step))
    assert [what for what, _, _ in seen] == ["Reading the review log", *["Fitting the parameters"] * 4]
    assert seen[-1][1:] == (3, 3)
    before = dump(collection)
    for stop in range(len(seen)):
        left = iter(range(stop))

        def cancel(what: str, done: int, total: int, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Cancelled(what)

        with pytest.raises(Cancelled):
            collection.fit("A", apply=True, progress=cancel)
    assert dump(collection) == before


# The command, with a log that came in an Anki package


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command on a profile of its own that took over a deck with its reviews."""
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLSD_CARDS_NOW", COMMAND_NOW)

    def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(words))
        return status, *capsys.readouterr()

    first = packages.CREATED_S * 1000
    kinds = {"learn": 0, "review": 1}
    log = [
        packages.review(moment, card, ease=rating, type=kinds[kind], ivl=interval, lastIvl=last)
        for card in card_ids(range(1, 121))
        for moment, card, rating, kind, interval, last, _, _ in answers(card, first)
    ]
    content = packages.collection(
        notes=[packages.note(n, (f"front {n}", "back")) for n in range(1, 121)],
        cards=[
            packages.card(10 * n, n, type=2, queue=2, due=100, ivl=9, factor=2500, reps=7)
            for n in range(1, 121)
        ],
        reviews=log,
    )
    status, _, err = command("import", str(packages.package(tmp_path / "deck.apkg", content)))
    assert (status, err) == (0, "")
    return command


def test_the_command_learns_from_imported_reviews(run: Any) -> None:
    status, out, err = run("fit", "--deck", "Deck", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert {"parameters", "log_loss_before", "log_loss_after", "reviews"} <= set(found)
    assert found["log_loss_after"] < found["log_loss_before"]
    assert not found["applied"]

    status, out, err = run("fit", "--deck", "Deck", "--apply")
    assert (status, err) == (0, "")
    assert "fit your reviews better" in out
    assert "undo" in out
    shown = json.loads(run("settings", "parameters", "--deck", "Deck", "--json")[1])
    assert shown["settings"]["parameters"] == found["parameters"]

    status, out, _ = run("fit", "--deck", "Deck", "--apply")
    assert status == 0
    assert "are kept" in out
    assert "Stored" not in out

    assert run("undo")[0] == 0
    shown = json.loads(run("settings", "parameters", "--deck", "Deck", "--json")[1])
    assert shown["settings"]["parameters"] == []


def test_the_command_refuses_in_one_sentence(run: Any) -> None:
    status, out, err = run("fit")  # the built-in decks, never answered
    assert (status, out) == (1, "")
    assert err == "mlsd-cards: There are 0 reviews to learn from; a good fit needs 400.\n"
    assert run("fit", "--deck", "Nowhere", "--json")[0] == 1
