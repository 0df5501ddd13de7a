"""The benchmarks themselves work: on a small collection they give a figure for every side. No time is judged."""

import sqlite3
import zipfile
from datetime import date

import pytest

from tests.bench.bed import Bed
from tests.bench.figures import GROUPS, chosen
from tests.bench.figures_search import QUERIES
from tests.bench.measure import ANKI, LIMIT, OURS, Figure, Goal, Result, run, table
from tests.bench.synthetic import DECKS, Synthetic, write_package

NOTES = 200
IN_PROCESS = ["grade → next question, no window", "search", "check", "backup"]
AS_PROGRAMS = ["command start", "answer durable", "import with history"]


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    with Bed(tmp_path_factory.mktemp("bench"), NOTES) as made:
        yield made


def test_the_same_seed_makes_the_same_collection(tmp_path):
    wanted = Synthetic(NOTES, date(2026, 11, 24))
    one, two = wanted.rows(), wanted.rows()
    assert one == two
    assert Synthetic(NOTES, date(2026, 11, 24), seed=8).rows() != one
    write_package(one, tmp_path / "one.apkg")
    with zipfile.ZipFile(tmp_path / "one.apkg") as packed:
        (tmp_path / "one.db").write_bytes(packed.read("collection.anki2"))
    conn = sqlite3.connect(tmp_path / "one.db")
    for name, rows in (("notes", one.notes), ("cards", one.cards), ("revlog", one.reviews)):
        assert conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == len(rows)
    conn.close()


def test_the_collection_is_of_the_kind_that_the_goals_speak_of():
    rows = Synthetic(2000, date(2026, 11, 24)).rows()
    clozes = sum("{{c1::" in note[6] for note in rows.notes)
    studied = {review[1] for review in rows.reviews}
    assert clozes == len(rows.notes) // 5
    assert len({card[2] for card in rows.cards}) == DECKS
    assert 8 <= len(rows.reviews) / len(studied) <= 12
    assert len({review[0] for review in rows.reviews}) == len(rows.reviews)


def test_what_is_imported_is_what_was_made(bed):
    with bed.collection.store.read() as conn:
        found = tuple(
            conn.execute(f"SELECT count(*) FROM {name} WHERE {of}").fetchone()[0]
            for name, of in (
                ("notes", "guid LIKE 'bench-%'"),
                ("cards", "note_id IN (SELECT id FROM notes WHERE guid LIKE 'bench-%')"),
                ("reviews", "1"),
            )
        )
    assert found == bed.counts


@pytest.mark.oracle
@pytest.mark.parametrize("name", QUERIES)
def test_both_programs_find_the_same_cards(bed, name):
    pytest.importorskip("anki")
    query = f"deck:Bench ({QUERIES[name][0]})"
    assert bed.collection.search(query).count == len(bed.anki.find_cards(query))


@pytest.mark.parametrize("names", [IN_PROCESS, AS_PROGRAMS])
def test_every_side_of_a_figure_is_measured(bed, names):
    for figure in chosen(bed, names):
        result = run(figure, 1)
        assert not result.failures
        assert set(result.samples) == set(figure.sides) >= {OURS, LIMIT}
        assert all(value > 0 for values in result.samples.values() for value in values)


def test_names_of_figures_are_unique_and_found_by_group(bed):
    names = [figure.name for figure in chosen(bed, [])]
    assert len(set(names)) == len(names) > 20
    by_group = [figure.name for group in GROUPS for figure in chosen(bed, [group])]
    assert by_group == names


def test_a_result_is_judged_by_its_goal():
    figure = Figure("thing", {}, Goal(of_anki=0.5, p99_ms=10, p99_of_limit=2))
    values = {OURS: [4.0, 5.0, 6.0], LIMIT: [1.0], ANKI: [12.0]}
    assert Result(figure, values).kept() is True
    assert Result(figure, values | {ANKI: [9.0]}).kept() is False
    assert Result(figure, values | {OURS: [4.0, 5.0, 11.0]}).kept() is False
    assert Result(figure, values | {OURS: [4.0, 5.0, 11.0], LIMIT: [6.0]}).kept() is True
    assert Result(figure).kept() is None
    assert Result(figure, values).p99() == 6.0


def test_a_side_that_fails_is_told_and_the_others_stand():
    def broken() -> list[float]:
        raise OSError("the disk is full")

    result = run(Figure("thing", {OURS: lambda: [2.0], LIMIT: broken}), 3)
    assert result.samples[OURS] == [2.0, 2.0, 2.0]
    assert result.ratio(LIMIT) is None
    assert "thing, limit: the disk is full" in table([result])
