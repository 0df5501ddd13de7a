"""Packages that the real Anki writes: what was studied there is found here, in both kinds of export."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ReadOptions
from mlsd_cards.formats import reader_for

anki_collection = pytest.importorskip("anki.collection", reason="the package anki is not installed")

pytestmark = pytest.mark.oracle

DAY = 86_400
STATES = {0: "new", 1: "learning", 2: "review", 3: "relearning"}
COLUMNS = (
    *("id", "nid", "did", "ord", "type", "queue", "due", "ivl", "factor", "reps", "lapses"),
    *("left", "odue", "odid", "flags", "data"),
)
KINDS = ("learn", "review", "relearn", "early", "manual", "rescheduled")


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Any]:
    opened = anki_collection.Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def export(col: Any, path: Path, *, legacy: bool, scheduling: bool = True) -> Path:
    options = anki_collection.ExportAnkiPackageOptions(
        with_scheduling=scheduling, with_deck_configs=scheduling, with_media=True, legacy=legacy
    )
    col.export_anki_package(out_path=str(path), options=options, limit=None)
    return path


def read(path: Path) -> ExchangeData:
    folder = path.parent / f"work-{path.stem}"
    folder.mkdir()
    offset = -time.localtime().tm_gmtoff // 60
    options = ReadOptions(work_dir=folder, now_ms=int(time.time() * 1000), zone_offset_minutes=-offset)
    return reader_for(path).read(path, options)


def add_notes(col: Any, count: int) -> None:
    basic, cloze = col.models.by_name("Basic (and reversed card)"), col.models.by_name("Cloze")
    deck = col.decks.id("Studied::Deep")
    for number in range(count):
        note = col.new_note(basic if number % 3 else cloze)
        note.fields[0] = (
            f"front {number} é <img src='pic {number % 2}.png'>" if number % 3 else "{{c1::a}} {{c4::b}}"
        )
        note.fields[1] = f"back {number}"
        note.tags = ["leech", f"t{number}"]
        col.add_note(note, deck)
    for number in range(2):
        col.media.write_data(f"pic {number}.png", b"png%d" % number)


def study(col: Any) -> None:
    """Bring cards into every state, with a log."""
    col.decks.select(col.decks.id("Studied"))
    for number in range(30):
        queued = col.sched.get_queued_cards(fetch_limit=1).cards
        if not queued:
            break
        states = queued[0].states
        card = col.get_card(queued[0].card.id)
        card.start_timer()
        rating = number % 4
        col.sched.answer_card(col.sched.build_answer(card=card, states=states, rating=rating))
    ids = list(col.find_cards("deck:Studied"))
    col.sched.set_due_date(ids[-3:], "5-9!")
    col.sched.suspend_cards(ids[-1:])
    col.sched.bury_cards(ids[-2:-1], manual=True)
    col.set_user_flag_for_cards(4, ids[:2])


def rows_of(col: Any) -> dict[int, Any]:
    rows = col.db.all(f"SELECT {', '.join(COLUMNS)} FROM cards")
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows}


def due_of(card: ExchangeCard) -> int | None:
    return card.due_date if card.due_at_ms is None else card.due_at_ms // 1000


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("fsrs", [True, False])
def test_schedules_reviews_and_options_are_those_of_anki(
    col: Any, legacy: bool, fsrs: bool, tmp_path: Path
) -> None:
    col.set_config("fsrs", fsrs)
    preset = col.decks.get_config(1)
    preset["new"] |= {"perDay": 33, "delays": [2.0, 7.0]}
    preset["rev"]["ivlFct"] = 0.9
    col.decks.update_config(preset)
    add_notes(col, 24)
    study(col)
    data = read(export(col, tmp_path / "deck.apkg", legacy=legacy))
    assert data.layout == ("anki21" if legacy else "anki21b")
    assert not data.warnings

    rows = rows_of(col)
    today = col.sched.today
    local = time.localtime()
    ordinal = (time.mktime((local.tm_year, local.tm_mon, local.tm_mday, 12, 0, 0, 0, 0, -1))) // DAY + 719_163
    if local.tm_hour < 4:
        ordinal -= 1
    assert len(data.cards) == len(rows)
    assert {card.state for card in data.cards} >= {"new", "learning", "review"}
    for card in data.cards:
        row = rows[card.id]
        assert (card.note_id, card.ordinal, card.state) == (row["nid"], row["ord"], STATES[row["type"]])
        assert (card.reps, card.lapses, card.interval_days) == (row["reps"], row["lapses"], row["ivl"])
        assert (card.ease_permille, card.flag) == (row["factor"], row["flags"] & 7)
        assert (card.suspended, card.buried == "hand") == (row["queue"] == -1, row["queue"] == -3)
        if card.state == "new":
            assert card.position == row["due"]
        elif row["due"] > 1_000_000_000:
            assert due_of(card) == row["due"]
        else:
            assert due_of(card) == ordinal + row["due"] - today
        kept = json.loads(row["data"] or "{}")
        assert (card.stability, card.difficulty) == (kept.get("s"), kept.get("d"))
        assert (card.stability is not None) == (fsrs and card.state != "new")
        if "lrt" in kept:
            assert card.last_answer_ms == kept["lrt"] * 1000

    log = col.db.all("SELECT id, cid, ease, type, ivl, lastIvl, factor, time FROM revlog ORDER BY id")
    wanted = [(number, cid, ease, KINDS[kind], *numbers) for number, cid, ease, kind, *numbers in log]
    assert list(map(tuple, data.reviews)) == wanted
    (options,) = {found.options for found in data.presets}
    assert options.scheduler == ("fsrs" if fsrs else "anki-sm2")
    assert (options.new_per_day, options.learning_steps, options.interval_modifier) == (33, (2.0, 7.0), 0.9)


def test_both_kinds_of_export_hold_the_same(col: Any, tmp_path: Path) -> None:
    add_notes(col, 9)
    study(col)
    old, new = (read(export(col, tmp_path / f"{legacy}.apkg", legacy=legacy)) for legacy in (True, False))
    assert old.notes == new.notes
    assert old.cards == new.cards
    assert old.reviews == new.reviews
    assert sorted(old.note_types, key=lambda t: t.id) == sorted(new.note_types, key=lambda t: t.id)
    assert [(d.id, d.name, d.description) for d in old.decks] == [
        (d.id, d.name, d.description) for d in new.decks
    ]
    assert [p.options for p in old.presets] == [p.options for p in new.presets]
    assert {name: item.sha256 for name, item in old.media.items()} == {
        name: item.sha256 for name, item in new.media.items()
    }
    assert set(old.media) == {"pic 0.png", "pic 1.png"}


def test_cards_in_a_filtered_deck_are_found_at_home(col: Any, tmp_path: Path) -> None:
    add_notes(col, 6)
    study(col)
    before = {card.id: card for card in read(export(col, tmp_path / "before.apkg", legacy=False)).cards}
    filtered = col.sched.get_or_create_filtered_deck(0)
    filtered.name = "Cram"
    del filtered.config.search_terms[:]
    filtered.config.search_terms.add(search="is:review -is:suspended -is:buried", limit=100, order=0)
    cram = col.sched.add_or_update_filtered_deck(filtered).id
    data = read(export(col, tmp_path / "after.apkg", legacy=False))
    moved = [card for card in data.cards if card.filtered_deck_id]
    assert moved
    assert {card.filtered_deck_id for card in moved} == {cram}
    for card in data.cards:
        same = card._replace(filtered_deck_id=0, modified_ms=0)
        assert same == before[card.id]._replace(modified_ms=0)


def test_a_whole_collection_is_read_with_all_its_media(col: Any, tmp_path: Path) -> None:
    add_notes(col, 3)
    col.media.write_data("unused.png", b"unused")
    path = tmp_path / "all.colpkg"
    col.export_collection_package(str(path), include_media=True, legacy=False)
    data = read(path)
    col.reopen()
    assert len(data.notes) == 3
    assert set(data.media) == {"pic 0.png", "pic 1.png", "unused.png"}
    assert len(data.note_types) == len(col.models.all())
