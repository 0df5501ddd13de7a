"""Answers given elsewhere come back: the newer log wins card by card, and a stranger's log does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.reviews import ReviewLogEntry
from mlsd_cards.store import cards, reviews
from mlsd_cards.study import Collection
from tests.helpers.study import NEW_CARD, Made, due, dump, empty_collection, fill, wait


@pytest.fixture(params=["anki-sm2", "fsrs"])
def collection(request: pytest.FixtureRequest, tmp_path: Path) -> Collection:
    """Ten notes with one due card each, three of which were answered."""
    made = empty_collection(tmp_path / "home")
    plain = {"repetitions": 0, "last_answer_ms": 1_771_000_000_000}
    memory = plain | {"stability": 5.0, "difficulty": 5.0}
    schedule = due(**(memory if request.param == "fsrs" else plain))
    fill(
        made,
        [Made((schedule, NEW_CARD, NEW_CARD)) for _ in range(10)],
        {"Deck": Options(scheduler=request.param, fuzz=False, new_per_day=0)},
    )
    for each in range(3):
        answer(made, each % 4 + 1)
    return made


def answer(collection: Collection, rating: int, count: int = 1) -> list[int]:
    session = collection.session()
    answered = []
    for _ in range(count):
        assert session.current is not None
        answered.append(int(session.current.card_id))
        session.answer(rating, 1500)
        wait(collection, seconds=7)
    return answered


def elsewhere(collection: Collection, tmp_path: Path, suffix: str = ".apkg") -> Collection:
    """Return another collection that took everything over."""
    out = tmp_path / f"there{suffix}"
    collection.export(out, form="" if suffix else "folder")
    other = Collection.open(tmp_path / "other", collection.clock)
    other.import_file(out)
    with other.store.read() as conn:
        built_in = [int(note.id) for note in _notes(conn) if not note.guid.startswith("guid")]
    other.delete_notes(built_in)  # type: ignore[arg-type]
    return other


def _notes(conn: object) -> list:
    from mlsd_cards.store import notes

    return list(notes.iter_notes(conn))  # type: ignore[arg-type]


def logs(collection: Collection) -> dict[str, list[ReviewLogEntry]]:
    """The log of the first card of each note, by its guid."""
    found: dict[str, list[ReviewLogEntry]] = {}
    with collection.store.read() as conn:
        guids = {note.id: note.guid for note in _notes(conn)}
        for card in (each for each in cards.iter_cards(conn) if not each.ordinal):
            entries = reviews.entries_of_card(conn, card.id)
            found[guids[card.note_id]] = [_bare(entry) for entry in entries]
    return found


def _bare(entry: ReviewLogEntry) -> ReviewLogEntry:
    return replace(entry, card_id=0, installation=0)  # type: ignore[arg-type]


def schedules(collection: Collection) -> dict[str, object]:
    """The schedule of the first card of each note, due days as dates."""
    with collection.store.read() as conn:
        guids = {note.id: note.guid for note in _notes(conn)}
        return {
            guids[card.note_id]: replace(
                card.schedule,
                due_day=card.schedule.due_day and collection.boundary.ordinal_of_day(card.schedule.due_day),
            )
            for card in cards.iter_cards(conn)
            if not card.ordinal
        }


@pytest.mark.parametrize("suffix", [".apkg", ".colpkg", ""])
def test_what_was_answered_there_goes_on_here(collection: Collection, tmp_path: Path, suffix: str) -> None:
    other = elsewhere(collection, tmp_path, suffix)
    answer(other, 3, 4)
    there, mine = logs(other), logs(collection)
    changed = {guid for guid, entries in there.items() if entries != mine[guid]}
    assert changed
    back = tmp_path / f"back{suffix}"
    other.export(back, form="" if suffix else "folder")
    before = dump(collection)
    report = collection.import_file(back)
    assert (report.notes_new, report.notes_updated) == (0, 0)
    assert any("answered elsewhere since" in warning for warning in report.warnings)
    assert logs(collection) == there
    for guid in changed:
        ours, theirs = schedules(collection)[guid], schedules(other)[guid]
        for name in ("state", "due_day", "due_at_ms", "interval_days", "ease_permille", "reps", "lapses"):
            assert getattr(ours, name) == getattr(theirs, name), (guid, name)
    assert collection.check() == []
    after = dump(collection)
    again = collection.import_file(back)
    assert not any("elsewhere" in warning for warning in again.warnings)
    assert dump(collection) == after
    collection.undo()
    undone = dump(collection)
    for table in ("cards", "reviews", "daily_counts", "notes"):
        assert undone[table] == before[table]


def test_answered_in_both_places_the_newer_wins_and_no_answer_is_lost(
    collection: Collection, tmp_path: Path
) -> None:
    other = elsewhere(collection, tmp_path)
    there = answer(other, 3, 3)
    wait(collection, minutes=5)
    mine = answer(collection, 4, 2)  # later than there
    ours = schedules(collection)
    theirs = logs(other)
    other.export(tmp_path / "back.apkg")
    kept = logs(collection)
    collection.import_file(tmp_path / "back.apkg")
    joined = logs(collection)
    for guid in joined:
        expected = {entry.id: entry for entry in (*kept[guid], *theirs[guid])}
        assert joined[guid] == sorted(expected.values(), key=lambda entry: entry.id)
    assert there
    for number in mine:
        guid = f"guid{number // 10}"
        assert schedules(collection)[guid] == ours[guid]


def test_a_strangers_log_changes_nothing(collection: Collection, tmp_path: Path) -> None:
    stranger = empty_collection(tmp_path / "stranger", collection.clock)
    fill(
        stranger,
        [Made((due(), NEW_CARD, NEW_CARD)) for _ in range(10)],
        {"Deck": Options(scheduler="anki-sm2")},
    )
    wait(stranger, minutes=3)
    answer(stranger, 1, 5)
    stranger.export(tmp_path / "theirs.apkg")
    before = dump(collection)
    collection.import_file(tmp_path / "theirs.apkg")
    after = dump(collection)
    for table in ("cards", "reviews", "daily_counts"):
        assert after[table] == before[table]
    plain = collection.import_file(tmp_path / "theirs.apkg", scheduling=False)
    assert not plain.warnings
