"""Real decks with progress go through this program to the real Anki and back, and nothing is lost on the way.

Every deck of the corpus that has a review log: it is imported here, some cards are answered, all of it goes to
Anki as a package and as a whole collection, cards are answered there, and it comes back.
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_export_package_oracle import KINDS, STATES, Anki, assert_note_types, queue_of

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData
from mlsd_cards.store import notes
from mlsd_cards.study import Collection, FixedClock, exporting
from tests.helpers.importing import rows
from tests.helpers.shared import SHARED

anki_collection = pytest.importorskip("anki.collection")
pytestmark = pytest.mark.oracle

CORPUS = Path(os.environ.get("MLSD_CORPUS") or SHARED / "corpus" / "decks.json")
NEW_EASE = 2500
SAMPLE = 5  # decks in the quick run, the smallest; all of them with MLSD_FULL=1
ANSWERS = 6


def decks() -> list[Any]:
    """The decks of the corpus that have a review log, the smallest first."""
    if not CORPUS.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no corpus: set MLSD_CORPUS"))]
    files = json.loads(CORPUS.read_text(encoding="utf-8"))["files"]
    found = [
        each
        for each in sorted(files, key=lambda each: each["bytes"])
        if each["kind"] in ("apkg", "colpkg") and each.get("source", {}).get("revlog")
    ]
    chosen = found if os.environ.get("MLSD_FULL") == "1" else found[:SAMPLE]
    return [pytest.param(CORPUS.parent / each["file"], id=each["id"]) for each in chosen]


def now() -> datetime.datetime:
    """Anki itself reads the real clock."""
    return datetime.datetime.now(datetime.UTC).astimezone()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "collection.anki2"
    anki_collection.Collection(str(path)).close()
    return path


@pytest.fixture(params=["anki-sm2", "fsrs"])
def collection(request: pytest.FixtureRequest, deck: Path, tmp_path: Path) -> Iterator[Collection]:
    """A collection with the deck in it, some of whose cards were answered."""
    from mlsd_cards.store.collection import Store
    from mlsd_cards.study.built_in import make_default_preset

    clock = FixedClock(now() - datetime.timedelta(minutes=10))
    store = Store.open(tmp_path / "home", now_ms=clock.now_ms(), zone_offset_minutes=clock.offset_minutes())
    with Collection(store, clock) as made:
        make_default_preset(made)
        try:
            made.import_file(deck)
        except FileFormatError as error:
            pytest.skip(f"refused: {error}")
        for row in made.deck_rows():
            made.set_setting("scheduler", request.param, row.name)
            made.set_setting("fuzz", "false", row.name)
        session = made.session()
        for number in range(ANSWERS):
            if session.current is None:
                break
            clock.set(clock.now() + datetime.timedelta(seconds=11))
            session.answer(number % 4 + 1, 3000)
        yield made


def data_of(collection: Collection) -> ExchangeData:
    """All of a collection as it goes out."""
    with collection.store.read() as conn:
        return exporting.gather(collection, conn, None, None, with_reviews=True, with_media=True)


def assert_arrived(anki: Anki, data: ExchangeData) -> None:
    """Check that Anki has the notes, decks, note types, media, schedules and answers, and finds no fault."""
    names = {int(each.id): each.name for each in data.note_types}
    found = {guid: (name.rstrip("+_"), fields, tags) for guid, (name, fields, tags) in anki.notes().items()}
    assert found == {
        note.guid: (names[note.note_type_id].rstrip("+_"), note.fields, tuple(sorted(note.tags)))
        for note in data.notes
    }
    assert_note_types(anki, data)
    assert {path.name: path.read_bytes() for path in anki.media.iterdir()} == {
        name: item.path.read_bytes() for name, item in data.media.items()
    }
    assert_schedules(anki, data)
    assert_answers(anki, data)
    assert anki.col.fix_integrity()[1]


def assert_schedules(anki: Anki, data: ExchangeData) -> None:
    guids = {note.id: note.guid for note in data.notes}
    places = {deck.id: deck.name for deck in data.decks}
    first_day, found = anki.first_day(), anki.cards()
    assert len(found) == len(data.cards)
    for ours in data.cards:
        theirs = found[guids[ours.note_id], ours.ordinal]
        ease = ours.ease_permille or (NEW_EASE if ours.state in ("review", "relearning") else 0)
        assert (theirs["type"], theirs["queue"], theirs["deck"]) == (
            STATES[ours.state],
            queue_of(ours),
            places[ours.deck_id],
        )
        assert (theirs["ivl"], theirs["factor"], theirs["reps"], theirs["lapses"], theirs["flags"]) == (
            ours.interval_days,
            ease,
            ours.reps,
            ours.lapses,
            ours.flag,
        )
        if ours.state == "new":
            assert theirs["due"] == ours.position
        elif ours.due_at_ms is not None:
            assert theirs["due"] == ours.due_at_ms // 1000
        elif ours.state == "review" or not (ours.suspended or ours.buried):
            assert theirs["due"] + first_day == ours.due_date
        assert theirs["data"].get("s", 0.0) == pytest.approx(ours.stability or 0.0, rel=1e-4, abs=1e-4)
        assert theirs["data"].get("d", 0.0) == pytest.approx(ours.difficulty or 0.0, abs=1e-3)


def assert_answers(anki: Anki, data: ExchangeData) -> None:
    guids = {note.id: note.guid for note in data.notes}
    keys = {card.id: (guids[card.note_id], card.ordinal) for card in data.cards}
    found = anki.col.db.all(
        "select r.id, n.guid, c.ord, ease, r.ivl, lastIvl, r.factor, time, r.type "
        "from revlog r join cards c on r.cid = c.id join notes n on c.nid = n.id order by r.id"
    )
    assert [tuple(row) for row in found] == [
        (
            each.id, *keys[each.card_id], each.rating, each.interval, each.last_interval,
            0 if each.kind == "drill" else each.factor, each.milliseconds, KINDS[each.kind],
        )
        for each in sorted(data.reviews)
    ]  # fmt: skip


def restored(folder: Path, empty: Path, package: Path) -> Anki:
    """Return Anki after it took a whole collection in the place of its own."""
    from anki._backend import RustBackend

    anki = Anki(folder, empty)
    anki.col.close()
    RustBackend().import_collection_package(
        col_path=str(folder / "collection.anki2"),
        backup_path=str(package),
        media_folder=str(anki.media),
        media_db=str(folder / "collection.media.db2"),
    )
    anki.col = anki_collection.Collection(str(folder / "collection.anki2"))
    return anki


LABELS = """
import json, sys
from anki.collection import Collection
col = Collection(sys.argv[1])
sql = "select c.id from cards c join notes n on c.nid = n.id where guid = ? and ord = ?"
found = []
for guid, ordinal in json.load(sys.stdin):
    states = col._backend.get_scheduling_states(col.db.scalar(sql, guid, ordinal))
    texts = col._backend.describe_next_states(states)
    found.append([text.replace("\\u2068", "").replace("\\u2069", "") for text in texts])
print(json.dumps(found))
"""


def labels_in(folder: Path, cards: list[tuple[str, int]]) -> list[list[str]]:
    """Return what stands under Anki's four buttons, in a process of its own that leaves chance out."""
    done = subprocess.run(
        [sys.executable, "-c", LABELS, str(folder / "collection.anki2")],
        input=json.dumps(cards),
        env={**os.environ, "ANKI_TEST_MODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("deck", decks())
def test_a_package_arrives_whole_and_only_once(collection: Collection, empty: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.apkg"
    collection.export(out)
    anki = Anki(tmp_path / "anki", empty)
    try:
        log = anki.load(out, progress=True)
        data = data_of(collection)
        assert len(log.new) == log.found_notes == len(data.notes)
        assert_arrived(anki, data)
        before = (anki.notes(), anki.cards())
        again = anki.load(out, progress=True)
        assert (len(again.new), len(again.updated), len(again.duplicate)) == (0, 0, len(data.notes))
        assert (anki.notes(), anki.cards()) == before
        (chosen, *_) = data.notes
        with collection.store.read() as conn:
            names = notes.note_types(conn)[notes.note(conn, chosen.id).note_type_id].field_names
        edited = {names[-1]: f"{chosen.fields[-1]} edited"}
        collection.clock.set(now() + datetime.timedelta(minutes=1))
        collection.edit_note(chosen.id, fields=edited)
        collection.export(out)
        third = anki.load(out, progress=True)
        assert (len(third.new), len(third.updated)) == (0, 1)
        assert anki.notes()[chosen.guid][1][-1].endswith("edited")
    finally:
        anki.col.close()


@pytest.mark.parametrize("deck", decks())
def test_a_whole_collection_goes_on_there_and_comes_back(
    collection: Collection, empty: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.colpkg"
    collection.export(out)
    anki = restored(tmp_path / "anki", empty, out)
    try:
        data = data_of(collection)
        assert_arrived(anki, data)
        anki.col.close()
        assert_same_labels(collection, tmp_path / "anki")
        anki.col = anki_collection.Collection(str(tmp_path / "anki" / "collection.anki2"))
        answered = answer_there(anki)
        told = anki.cards()
        back = tmp_path / "back.apkg"
        options = anki_collection.ExportAnkiPackageOptions(
            with_scheduling=True, with_deck_configs=True, with_media=True, legacy=False
        )
        anki.col.export_anki_package(out_path=str(back), options=options, limit=None)
        log = anki.col.db.scalar("select count() from revlog")
    finally:
        anki.col.close()
    collection.clock.set(now() + datetime.timedelta(minutes=2))
    before = rows(collection, "SELECT count(*) FROM notes UNION ALL SELECT count(*) FROM cards")
    report = collection.import_file(back)
    assert (report.notes_new, report.notes_updated) == (0, 0)
    assert rows(collection, "SELECT count(*) FROM notes UNION ALL SELECT count(*) FROM cards") == before
    assert rows(collection, "SELECT count(*) FROM reviews")[0][0] >= log
    guids = {note.id: note.guid for note in data.notes}
    after = {(guids[card.note_id], card.ordinal): card for card in data_of(collection).cards}
    for key in answered:
        ours, theirs = after[key], told[key]
        assert (STATES[ours.state], ours.interval_days, ours.reps, ours.lapses) == (
            theirs["type"],
            theirs["ivl"],
            theirs["reps"],
            theirs["lapses"],
        )
    assert collection.check() == []


def assert_same_labels(collection: Collection, folder: Path) -> None:
    """Check that the cards next in turn here have the same four intervals there, when neither adds chance."""
    session = collection.session()
    told: dict[tuple[str, int], list[str]] = {}
    while session.current is not None and len(told) < ANSWERS:
        card = session.current
        told[card.note.guid, card.card.ordinal] = list(card.labels)
        collection.bury_cards([card.card_id])
        session.refresh()
    there = labels_in(folder, list(told))
    for _ in told:
        collection.undo()
    assert list(told.values()) == there


def answer_there(anki: Anki) -> set[tuple[str, int]]:
    """Answer a few cards in Anki and return which."""
    answered: set[tuple[str, int]] = set()
    for deck in anki.col.decks.all_names_and_ids():
        anki.col.decks.set_current(deck.id)
        queued = anki.col.sched.get_queued_cards(fetch_limit=2).cards
        for number, each in enumerate(queued):
            card = anki.col.get_card(each.card.id)
            card.start_timer()
            states = each.states
            answer = anki.col.sched.build_answer(card=card, states=states, rating=number % 2 + 2)
            anki.col.sched.answer_card(answer)
            answered.add((anki.col.get_note(card.nid).guid, card.ord))
            break
    return answered
