"""Packages: the real Anki takes ours in, whole, and finds nothing wrong with them."""

import datetime
import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.decks import parent_names
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, WriteOptions
from mlsd_cards.formats import apkg_writer
from mlsd_cards.rendering.text import media_names
from tests.helpers.packages import CREATED_DATE, MEDIA, OPTIONS, packages

anki_collection = pytest.importorskip("anki.collection")
pytestmark = pytest.mark.oracle

STATES = {"new": 0, "learning": 1, "review": 2, "relearning": 3}
KINDS = {"learn": 0, "review": 1, "relearn": 2, "early": 3, "drill": 3, "manual": 4, "rescheduled": 5}
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def empty_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "collection.anki2"
    anki_collection.Collection(str(path)).close()
    return path


class Anki:
    """A collection of the real Anki, and what an import into it gave."""

    def __init__(self, folder: Path, empty: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.media = folder / "collection.media"
        shutil.copyfile(empty, folder / "collection.anki2")
        self.col = anki_collection.Collection(str(folder / "collection.anki2"))

    def load(self, path: Path, *, progress: bool) -> Any:
        options = anki_collection.ImportAnkiPackageOptions(
            with_scheduling=progress, with_deck_configs=progress
        )
        request = anki_collection.ImportAnkiPackageRequest(package_path=str(path), options=options)
        return self.col.import_anki_package(request).log

    def notes(self) -> dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]:
        names = {nt["id"]: nt["name"] for nt in self.col.models.all()}
        rows = self.col.db.all("select guid, mid, flds, tags from notes")
        return {
            guid: (names[mid], tuple(f.split("\x1f")), tuple(sorted(t.split()))) for guid, mid, f, t in rows
        }

    def cards(self) -> dict[tuple[str, int], dict[str, Any]]:
        columns = ["did", "type", "queue", "due", "ivl", "factor", "reps", "lapses", "left", "flags", "data"]
        rows = self.col.db.all(
            f"select guid, ord, {', '.join('c.' + name for name in columns)} "
            "from cards c join notes n on nid = n.id where odid = 0"
        )
        found = {}
        for guid, ordinal, *values in rows:
            card = dict(zip(columns, values, strict=True))
            card["deck"] = self.col.decks.name(card.pop("did"))
            card["data"] = json.loads(card["data"])
            found[guid, ordinal] = card
        return found

    def first_day(self) -> int:
        """Return the ordinal of the date from which due days are counted."""
        created = self.col.db.scalar("select crt from col") - 60 * (
            self.col.get_config("creationOffset") or 0
        )
        return datetime.datetime.fromtimestamp(created, datetime.UTC).date().toordinal()


@pytest.fixture
def make_anki(tmp_path: Path, empty_collection: Path) -> Iterator[Any]:
    made: list[Anki] = []

    def make() -> Anki:
        if made:
            made.pop().col.close()
        made.append(Anki(tmp_path / "anki", empty_collection))
        return made[0]

    yield make
    for anki in made:
        anki.col.close()


def expected_notes(data: ExchangeData, *, progress: bool) -> dict[str, tuple]:
    names = {int(nt.id): nt.name for nt in data.note_types}
    dropped = set() if progress else {"leech", "marked"}
    return {
        note.guid: (names[note.note_type_id], note.fields, tuple(sorted(set(note.tags) - dropped)))
        for note in data.notes
    }


def assert_complete(anki: Anki, data: ExchangeData, *, progress: bool) -> None:
    """Check notes, note types, decks, media: everything but the schedules."""
    found = {  # Anki has note types of these names already: another of the same name gets a plus
        guid: (name.rstrip("+"), fields, tags) for guid, (name, fields, tags) in anki.notes().items()
    }
    assert found == expected_notes(data, progress=progress)
    decks = {deck.id: deck for deck in data.decks}
    guids = {note.id: note.guid for note in data.notes}
    cards = anki.cards()
    assert {key: card["deck"] for key, card in cards.items()} == {
        (guids[card.note_id], card.ordinal): decks[card.deck_id].name for card in data.cards
    }
    for deck_id in {card.deck_id for card in data.cards}:
        for name in (*parent_names(decks[deck_id].name), decks[deck_id].name):
            known = anki.col.decks.by_name(name)
            wanted = next((deck.description for deck in data.decks if deck.name == name), "")
            if name != "Default" or progress:
                assert known["desc"] == wanted
    assert_note_types(anki, data)
    assert_media(anki, data)


def assert_note_types(anki: Anki, data: ExchangeData) -> None:
    used = {note.note_type_id: note.guid for note in data.notes}
    for note_type in data.note_types:
        if int(note_type.id) not in used:
            continue
        mid = anki.col.db.scalar("select mid from notes where guid = ?", used[int(note_type.id)])
        theirs = anki.col.models.get(mid)
        assert theirs["css"] == note_type.css
        assert theirs["sortf"] == note_type.sort_field
        assert (theirs["type"] == 1) == (note_type.kind.value == "cloze")
        assert theirs.get("originalStockKind", 0) == note_type.stock_kind
        assert theirs["latexsvg"] == note_type.latex_svg
        if note_type.latex_pre:
            assert (theirs["latexPre"], theirs["latexPost"]) == (note_type.latex_pre, note_type.latex_post)
        else:
            assert "documentclass" in theirs["latexPre"]
        assert [
            (f["name"], f["rtl"], f["sticky"], f["font"], f["size"], f["description"]) for f in theirs["flds"]
        ] == [(f.name, f.rtl, f.sticky, f.font, f.font_size, f.description) for f in note_type.fields]
        assert [(t["name"], t["qfmt"], t["afmt"], t["bqfmt"], t["bafmt"]) for t in theirs["tmpls"]] == [
            (t.name, t.front, t.back, t.browser_front, t.browser_back) for t in note_type.templates
        ]


def assert_media(anki: Anki, data: ExchangeData) -> None:
    """Check that files which notes refer to, or whose names begin with `_`, are there, byte for byte."""
    wanted = {name for name in MEDIA if name.startswith("_")}
    for note in data.notes:
        for field in note.fields:
            wanted |= set(media_names(field)) & set(MEDIA)
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in anki.media.iterdir()}
    for name in wanted:
        assert found[name] == data.media[name].sha256
    assert set(found) <= set(MEDIA)


def queue_of(card: ExchangeCard) -> int:
    if card.suspended:
        return -1
    if card.buried:
        return {"hand": -3, "sibling": -2}[card.buried]
    if card.due_at_ms is not None:
        return 1
    return {"new": 0, "learning": 3, "review": 2, "relearning": 3}[card.state]


def assert_schedules(anki: Anki, data: ExchangeData) -> None:
    guids = {note.id: note.guid for note in data.notes}
    first_day = anki.first_day()
    reviewed = {review.card_id for review in data.reviews}  # their last answer is that of the log
    cards = anki.cards()
    for ours in data.cards:
        theirs = cards[guids[ours.note_id], ours.ordinal]
        assert theirs["type"] == STATES[ours.state]
        assert theirs["queue"] == queue_of(ours)
        assert (theirs["ivl"], theirs["reps"], theirs["lapses"]) == (
            ours.interval_days,
            ours.reps,
            ours.lapses,
        )
        assert theirs["factor"] == ours.ease_permille
        assert theirs["left"] % 1000 == ours.steps_left
        assert theirs["flags"] == ours.flag
        if ours.state == "new":
            assert theirs["due"] == ours.position
            continue
        assert theirs["data"].get("pos") == ours.position
        # Anki calculates memory with 32 bits and keeps 4 and 3 decimals.
        assert theirs["data"].get("s", 0.0) == pytest.approx(ours.stability or 0.0, rel=1e-6, abs=1e-4)
        assert theirs["data"].get("d", 0.0) == pytest.approx(ours.difficulty or 0.0, abs=1e-3)
        if ours.last_answer_ms is not None and ours.id not in reviewed:
            assert theirs["data"]["lrt"] * 1000 == ours.last_answer_ms
        if ours.due_at_ms is not None:
            assert theirs["due"] * 1000 == ours.due_at_ms
        elif ours.state == "review" or not (ours.suspended or ours.buried):
            assert theirs["due"] + first_day == ours.due_date
        else:  # Anki does not move the due days of learning cards that are suspended or buried
            assert ours.due_date is not None
            assert theirs["due"] == ours.due_date - CREATED_DATE


def assert_reviews(anki: Anki, data: ExchangeData) -> None:
    guids = {note.id: note.guid for note in data.notes}
    keys = {card.id: (guids[card.note_id], card.ordinal) for card in data.cards}
    rows = anki.col.db.all(
        "select r.id, n.guid, c.ord, ease, r.ivl, lastIvl, r.factor, time, r.type "
        "from revlog r join cards c on r.cid = c.id join notes n on c.nid = n.id order by r.id"
    )
    assert [tuple(row) for row in rows] == [
        (
            review.id, *keys[review.card_id], review.rating, review.interval, review.last_interval,
            0 if review.kind == "drill" else review.factor, review.milliseconds, KINDS[review.kind],
        )
        for review in sorted(data.reviews)
    ]  # fmt: skip


def assert_sound(anki: Anki) -> None:
    """Check that Anki's own check finds nothing, and that every card can be shown."""
    problems, fine = anki.col.fix_integrity()
    assert fine, problems
    for card_id in anki.col.db.list("select id from cards"):
        anki.col._backend.render_existing_card(card_id=card_id, browser=False, partial_render=False)


@SETTINGS
@given(data=st.data())
def test_with_progress(data: st.DataObject, tmp_path: Path, make_anki: Any) -> None:
    drawn = data.draw(packages(tmp_path))
    path = tmp_path / "out.apkg"
    assert apkg_writer.write(drawn, path, OPTIONS) == []
    anki = make_anki()
    log = anki.load(path, progress=True)
    assert len(log.new) == log.found_notes == len(drawn.notes)
    assert_complete(anki, drawn, progress=True)
    assert_schedules(anki, drawn)
    assert_reviews(anki, drawn)
    assert [each["name"] for each in anki.col.decks.all_config()].count("Mine") == 1
    assert_sound(anki)
    before = (anki.notes(), anki.cards(), len(anki.col.models.all()))
    again = anki.load(path, progress=True)
    assert (len(again.new), len(again.updated), len(again.duplicate)) == (0, 0, len(drawn.notes))
    assert (anki.notes(), anki.cards(), len(anki.col.models.all())) == before


@SETTINGS
@given(data=st.data())
def test_without_progress(data: st.DataObject, tmp_path: Path, make_anki: Any) -> None:
    drawn = data.draw(packages(tmp_path))
    path = tmp_path / "out.apkg"
    apkg_writer.write(
        drawn, path, WriteOptions(now_ms=OPTIONS.now_ms, created_date=CREATED_DATE, scheduling=False)
    )
    anki = make_anki()
    anki.load(path, progress=True)  # also if asked for, there is none
    assert_complete(anki, drawn, progress=False)
    cards = anki.cards()
    assert all(card["type"] == card["queue"] == card["reps"] == card["flags"] == 0 for card in cards.values())
    assert anki.col.db.scalar("select count() from revlog") == 0
    guids = {note.id: note.guid for note in drawn.notes}
    order = [guids[card.note_id] for card in sorted(drawn.cards, key=lambda card: card.position)]
    positions = {guid: place for place, guid in enumerate(dict.fromkeys(order), 1)}
    assert {key: card["due"] for key, card in cards.items()} == {key: positions[key[0]] for key in cards}
    assert_sound(anki)


def drawn_once(tmp_path: Path) -> ExchangeData:
    """Return data with every note type, made without chance."""
    from mlsd_cards.domain.exchange import ExchangeDeck, ExchangeNote
    from tests.helpers.packages import NOTE_TYPES

    data = ExchangeData(
        note_types=list(NOTE_TYPES), decks=[ExchangeDeck(id=1, name="A::B")], makes_cards=True
    )
    for number, note_type in enumerate(NOTE_TYPES, 1):
        fields = tuple(f"{{{{c1::{number}}}}} {field.name}" for field in note_type.fields)
        data.notes.append(ExchangeNote(number, f"g{number}", int(note_type.id), fields, deck_id=1))
    return data


def test_an_edited_note_updates_one_and_adds_none(tmp_path: Path, make_anki: Any) -> None:
    data = drawn_once(tmp_path)
    path = tmp_path / "out.apkg"
    apkg_writer.write(data, path, OPTIONS)
    anki = make_anki()
    first = anki.load(path, progress=False)
    assert len(first.new) == len(data.notes)
    assert_sound(anki)
    note = data.notes[3]
    data.notes[3] = note._replace(fields=("edited", *note.fields[1:]), modified_ms=OPTIONS.now_ms + 60_000)
    apkg_writer.write(data, path, OPTIONS)
    second = anki.load(path, progress=False)
    assert (len(second.new), len(second.updated), len(second.duplicate)) == (0, 1, len(data.notes) - 1)
    assert anki.notes()["g4"][1][0] == "edited"


def test_presets_arrive(tmp_path: Path, make_anki: Any) -> None:
    from mlsd_cards.domain.decks import Options
    from mlsd_cards.domain.exchange import ExchangePreset

    data = drawn_once(tmp_path)
    chosen = Options(
        new_per_day=7, reviews_per_day=77, learning_steps=(2.5, 30.0), relearning_steps=(),
        graduating_interval=3, easy_interval=9, starting_ease=2.3, easy_bonus=1.5, hard_multiplier=1.1,
        interval_modifier=0.9, lapse_multiplier=0.5, minimum_lapse_interval=2, maximum_interval=365,
        leech_threshold=5, leech_suspend=True, bury_new=False, maximum_answer_seconds=90,
        desired_retention=0.85,
    )  # fmt: skip
    data.presets = [ExchangePreset(id=5, name="Tight", options=chosen)]
    data.decks = [type(data.decks[0])(id=1, name="A::B", preset_id=5)]
    path = tmp_path / "out.apkg"
    apkg_writer.write(data, path, OPTIONS)
    anki = make_anki()
    anki.load(path, progress=True)
    config = anki.col.decks.config_dict_for_deck_id(anki.col.decks.id_for_name("A::B"))
    assert config["name"] == "Tight"
    assert (config["new"]["perDay"], config["rev"]["perDay"], config["maxTaken"]) == (7, 77, 90)
    assert config["new"]["delays"] == [2.5, 30.0]
    assert config["lapse"]["delays"] == []
    assert config["new"]["ints"][:2] == [3, 9]
    assert config["new"]["initialFactor"] == 2300
    assert (config["lapse"]["leechAction"], config["lapse"]["leechFails"]) == (0, 5)
    assert config["desiredRetention"] == pytest.approx(0.85)


def test_the_package_is_an_honest_database(tmp_path: Path) -> None:
    data = drawn_once(tmp_path)
    path = tmp_path / "out.apkg"
    apkg_writer.write(data, path, OPTIONS)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        (tmp_path / "c.db").write_bytes(archive.read("collection.anki2"))
    with sqlite3.connect(tmp_path / "c.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (len(data.notes),)
    connection.close()
