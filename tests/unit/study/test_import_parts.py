"""The parts of an import that can be looked at alone: names of media, ids, decks, presets, the report."""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.editions import found, note_type, package
from helpers.importing import empty_collection, rows, stored
from hypothesis import given
from hypothesis import strategies as st

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.exchange import ExchangeMedia, ExchangeNote
from mlsd_cards.formats.media_names import safe_media_name
from mlsd_cards.store import decks
from mlsd_cards.study import Collection
from mlsd_cards.study.import_known import free_ids
from mlsd_cards.study.import_media import plan_media
from mlsd_cards.study.import_notes import first_key, with_distinct_guids

NAMES = st.sampled_from(["a.png", "A.png", "é.png", "É.png", "straße.png", "STRASSE.png", f"{'n' * 116}.png"])
HASHES = st.sampled_from(["1" * 64, "2" * 64, "3" * 64])
FILES = st.dictionaries(NAMES, HASHES, max_size=5)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@given(FILES, FILES)
def test_every_media_file_is_there_in_the_end_and_none_is_replaced(
    known: dict[str, str], coming: dict[str, str]
) -> None:
    here = {folded(name): sha for name, sha in known.items()}
    known = {name: sha for name, sha in known.items() if here[folded(name)] == sha}
    known = {folded(name): (name, sha) for name, sha in known.items()}  # type: ignore[misc]
    names = {name: sha for name, sha in known.values()}
    media = {name: ExchangeMedia(name, Path(name), 1, sha) for name, sha in coming.items()}
    added, renamed = plan_media(media, names)
    after = {**names, **{item.name: item.sha256 for item in added}}
    assert len({folded(name) for name in after}) == len(names) + len(added)
    for name, sha in coming.items():
        assert after[renamed.get(name, name)] == sha
        assert safe_media_name(renamed.get(name, name))
    again, same = plan_media(media, after)
    assert (again, same) == ([], renamed)


@given(
    st.lists(st.integers(-3, 12) | st.sampled_from([2**53, 2**60]), unique=True), st.sets(st.integers(1, 12))
)
def test_ids_are_kept_where_they_are_free_and_made_where_not(wanted: list[int], taken: set[int]) -> None:
    given_ids = free_ids(wanted, taken, max([0, *taken]))
    assert list(given_ids) == wanted
    values = list(given_ids.values())
    assert len(set(values)) == len(values)
    assert not set(values) & taken
    assert all(0 < value < 2**53 for value in values)


@given(st.lists(st.sampled_from(["", "g", "g#2", "g#3", "h"]), max_size=8))
def test_guids_become_distinct_and_do_so_the_same_way_each_time(guids: list[str]) -> None:
    notes = [ExchangeNote(number, guid, 1, ("x",)) for number, guid in enumerate(guids, 1)]
    distinct = with_distinct_guids(notes)
    given_guids = [note.guid for note in distinct if note.guid]
    assert len(set(given_guids)) == len(given_guids)
    assert [not note.guid for note in distinct] == [not guid for guid in guids]
    assert {guid for guid in guids if guid} <= set(given_guids)
    assert with_distinct_guids(notes) == distinct


def test_many_notes_with_one_guid_take_no_longer_than_others() -> None:
    notes = [ExchangeNote(number, "g", 1, ("x",)) for number in range(1, 200_001)]
    assert with_distinct_guids(notes)[-1].guid == "g#200000"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<b>a</b>", "a", True),
        ("a &amp; b", "a & b", True),
        ('<img src="a.png">', '<img src="b.png">', False),
        ("[sound:a.mp3]", "[sound:b.mp3]", False),
        ("A", "a", False),
    ],
)
def test_first_fields_are_compared_by_what_is_seen_and_heard(one: str, other: str, same: bool) -> None:
    assert (first_key(one) == first_key(other)) is same


# Decks and presets


def scheduler_of(collection: Collection, deck: str) -> str:
    sql = f"SELECT p.options FROM presets p JOIN decks d ON d.preset_id = p.id WHERE d.name = '{deck}'"
    (options,) = rows(collection, sql)[0]
    return str(json.loads(options).get("scheduler", "sm2"))


def test_progress_from_anki_brings_ankis_scheduler_and_new_cards_bring_none(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(package(tmp_path / "a.apkg", {"a": ("a", "")}, deck="A", review=True))
    collection.import_file(
        package(tmp_path / "b.apkg", {"b": ("b", "")}, deck="B", review=True), scheduling=False
    )
    assert (scheduler_of(collection, "A"), scheduler_of(collection, "B")) == ("anki-sm2", "sm2")
    state = "SELECT c.state, c.interval_days, c.ease_permille, c.reps, c.lapses, c.flag FROM cards c ORDER BY c.id"
    assert rows(collection, state) == [("review", 12, 2300, 4, 1, 2), ("new", 0, 0, 0, 0, 0)]
    assert rows(collection, "SELECT count(*) FROM reviews") == [(1,)]


def test_cards_that_join_a_deck_studied_by_sm2_come_as_sm2_has_them(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(package(tmp_path / "a.apkg", {"a": ("a", "")}), scheduling=False)
    collection.import_file(package(tmp_path / "b.apkg", {"b": ("b", "")}, review=True))
    assert scheduler_of(collection, "Deck") == "sm2"
    assert rows(collection, "SELECT state, interval_days, repetitions FROM cards WHERE state = 'review'") == [
        ("review", 12, 2)
    ]
    assert collection.check(full=True) == []


def test_presets_that_say_the_same_are_not_doubled(collection: Collection, tmp_path: Path) -> None:
    for deck in ("A", "B", "C"):
        path = package(tmp_path / f"{deck}.apkg", {deck: (deck, "")}, deck=deck, review=True)
        collection.import_file(path)
    assert len(rows(collection, "SELECT DISTINCT preset_id FROM decks")) == 1
    names = [name for (name,) in rows(collection, "SELECT name FROM presets")]
    assert len(set(names)) == len(names)


def test_a_preset_that_the_user_changed_is_left_alone(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(package(tmp_path / "1.apkg", {"a": ("a", "")}, review=True))
    with collection.store.transaction(Op.SETTINGS) as tx:
        (preset,) = [each for each in decks.presets(tx.conn).values() if each.options.scheduler == "anki-sm2"]
        decks.put_preset(tx, replace(preset, options=replace(preset.options, new_per_day=3)))
    before = rows(collection, "SELECT * FROM presets ORDER BY id")
    second = package(tmp_path / "2.apkg", {"a": ("a", "b"), "c": ("c", "")}, edition=2, review=True)
    collection.import_file(second)
    assert rows(collection, "SELECT * FROM presets ORDER BY id") == before


def test_siblings_share_their_place_among_new_cards(collection: Collection, tmp_path: Path) -> None:
    both = note_type(templates=[("One", "{{Front}}", ""), ("Two", "{{Back}}", "")])
    texts = {"b": ("b", "b"), "a": ("a", "a")}
    collection.import_file(package(tmp_path / "a.apkg", texts, made_with=both))
    sql = "SELECT n.guid, c.ordinal, c.position FROM cards c JOIN notes n ON n.id = c.note_id ORDER BY 3, 2"
    assert rows(collection, sql) == [("b", 0, 1), ("b", 1, 1), ("a", 0, 2), ("a", 1, 2)]


# The report


def test_looking_first_says_what_importing_then_does_and_writes_nothing(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(package(tmp_path / "1.apkg", {"a": ("a", "1"), "b": ("b", "1")}))
    script = note_type(
        templates=[("Card 1", "<script>x</script>{{Front}}", "<img src='https://x.example/y.png'>")]
    )
    second = package(
        tmp_path / "2.apkg",
        {"a": ("a", "2"), "c": ('<img src="p.png">', "1")},
        edition=2,
        made_with=replace(script, modified_ms=0),
        media={"p.png": b"p"},
        review=True,
    )
    before = stored(collection)
    looked = collection.inspect(second)
    dry = collection.import_file(second, dry_run=True)
    assert stored(collection) == before
    done = collection.import_file(second)
    counted = (
        "notes_new",
        "notes_updated",
        "notes_unchanged",
        "notes_skipped",
        "cards",
        "decks",
        "media",
        "reviews",
    )
    for report in (looked, dry):
        assert [getattr(report, key) for key in counted] == [getattr(done, key) for key in counted]
        assert report.warnings == done.warnings
    assert (done.notes_new, done.notes_updated, done.cards, done.media, done.reviews) == (1, 1, 2, 1, 2)
    assert (looked.scripts, looked.remote_references) == (1, 1)
    assert looked.sample
    assert looked.media_kinds == {"image": 1}
    assert found(collection, "a").fields == ("a", "2")


def test_without_progress_no_reviews_and_no_tags_of_progress_come(
    collection: Collection, tmp_path: Path
) -> None:
    path = package(
        tmp_path / "a.apkg", {"a": ("a", "")}, tags={"a": ["leech", "Marked", "kept"]}, review=True
    )
    report = collection.import_file(path, scheduling=False)
    assert report.reviews == 0
    assert found(collection, "a").tags == ("kept",)
    assert rows(collection, "SELECT count(*) FROM reviews UNION ALL SELECT count(*) FROM daily_counts") == [
        (0,),
        (0,),
    ]


def test_a_whole_collection_joins_what_is_here_and_the_report_says_so(
    collection: Collection, tmp_path: Path
) -> None:
    collection.import_file(package(tmp_path / "a.apkg", {"a": ("a", "1")}))
    report = collection.import_file(
        package(tmp_path / "b.apkg", {"b": ("b", "")}).rename(tmp_path / "b.colpkg")
    )
    assert "nothing of yours is replaced" in report.warnings[-1]
    assert found(collection, "a").fields == ("a", "1")
    assert report.notes_new == 1
