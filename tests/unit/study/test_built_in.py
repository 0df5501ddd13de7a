"""The built-in decks come by themselves, in their order, and a later edition touches nothing of the user's."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.editions import delete, edit, found
from helpers.importing import NOW, empty_collection, fingerprint, rows, stored
from helpers.sources import note, write_deck

from mlsd_cards.domain.cards import CardId
from mlsd_cards.formats.source_notes import guid
from mlsd_cards.paths import decks_dir
from mlsd_cards.study import Collection, FixedClock
from mlsd_cards.study.built_in import bring_up_to_date

ONE, TWO, THREE, NEW = (guid(f"serve-00{number}") for number in (1, 2, 3, 4))
RATING = 3


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        assert bring_up_to_date(opened, write_deck(tmp_path / "decks", *EDITION))
        yield opened


EDITION = [note("basic", 1), note("cloze", 2), note("basic", 3, front="Which step comes third here?")]


def later(folder: Path, *notes: dict[str, object]) -> Path:
    """Write another edition of the same deck."""
    shutil.rmtree(folder / "decks", ignore_errors=True)
    return write_deck(folder / "decks", *notes)


def cards_in_order(collection: Collection) -> list[str]:
    sql = (
        "SELECT DISTINCT n.guid, c.position FROM cards c JOIN notes n ON n.id = c.note_id ORDER BY c.position"
    )
    return [guid for guid, _ in rows(collection, sql)]


def test_new_cards_come_in_the_order_of_the_source(collection: Collection) -> None:
    assert cards_in_order(collection) == [ONE, TWO, THREE]
    assert collection.undo_label is None
    assert collection.check(full=True) == []


def test_the_same_edition_writes_nothing(collection: Collection, tmp_path: Path) -> None:
    before = stored(collection)
    assert not bring_up_to_date(collection, tmp_path / "decks")
    assert stored(collection) == before


def test_an_edition_that_says_the_same_changes_no_note(collection: Collection, tmp_path: Path) -> None:
    before = stored(collection)
    bring_up_to_date(collection, later(tmp_path, *EDITION))
    after = stored(collection)
    assert {name for name in before if before[name] != after[name]} <= {"table settings"}


def test_a_new_text_comes_in_and_schedules_stay(collection: Collection, tmp_path: Path) -> None:
    session = collection.session()
    session.answer(RATING, 1000)
    before = rows(collection, "SELECT * FROM cards ORDER BY id")
    log = rows(collection, "SELECT * FROM reviews")
    changed = note("basic", 1, front="Which release step copies traffic to a new model?")
    bring_up_to_date(collection, later(tmp_path, changed, *EDITION[1:]))
    assert "copies traffic" in found(collection, ONE).fields[0]
    assert rows(collection, "SELECT * FROM cards ORDER BY id") == before
    assert rows(collection, "SELECT * FROM reviews") == log
    assert collection.undo_label == "Answer card"  # the edition is no act of the user's
    assert collection.search("copies traffic").count == 1


def test_the_users_edit_tag_and_suspension_survive(collection: Collection, tmp_path: Path) -> None:
    mine = found(collection, ONE)
    edit(collection, ONE, "my own question", *mine.fields[1:], tags=(*mine.tags, "mine"))
    (card,) = rows(collection, f"SELECT id FROM cards WHERE note_id = {mine.id}")[0]
    collection.suspend_cards([CardId(card)])
    changed = note("basic", 1, front="Another question?", answer="Another answer.")
    bring_up_to_date(collection, later(tmp_path, changed, *EDITION[1:]))
    now = found(collection, ONE)
    assert now.fields[0] == "my own question"
    assert any("Another answer" in text for text in now.fields)
    assert "mine" in now.tags
    assert rows(collection, f"SELECT suspended FROM cards WHERE id = {card}") == [(1,)]


def test_new_notes_are_added_behind_the_others_and_in_their_order(
    collection: Collection, tmp_path: Path
) -> None:
    first, second = note("basic", 4, front="What comes fourth?"), note("basic", 5, front="What comes fifth?")
    bring_up_to_date(collection, later(tmp_path, EDITION[0], first, *EDITION[1:], second))
    assert cards_in_order(collection) == [ONE, TWO, THREE, NEW, guid("serve-005")]
    assert rows(collection, "SELECT count(*) FROM decks") == [(2,)]


def test_what_the_user_deleted_stays_deleted(collection: Collection, tmp_path: Path) -> None:
    delete(collection, TWO)
    extra = note("basic", 4, front="What comes fourth?")
    for edition in ([*EDITION, extra], [extra, *EDITION], [*EDITION, note("basic", 4, front="And now?")]):
        bring_up_to_date(collection, later(tmp_path, *edition))
        assert sorted(cards_in_order(collection)) == sorted([ONE, THREE, NEW])
    assert collection.check(full=True) == []


def test_a_note_that_left_the_source_stays(collection: Collection, tmp_path: Path) -> None:
    bring_up_to_date(collection, later(tmp_path, EDITION[0]))
    assert cards_in_order(collection) == [ONE, TWO, THREE]


def test_the_decks_of_the_program_come_with_the_first_opening_and_never_again(tmp_path: Path) -> None:
    with Collection.open(tmp_path, FixedClock(NOW)) as collection:
        assert rows(collection, "SELECT count(*) FROM notes")[0][0] > 100
        assert collection.check(full=True) == []
        assert collection.undo_label is None
    before = fingerprint(tmp_path)
    for _ in range(2):
        with Collection.open(tmp_path, FixedClock(NOW)) as collection:
            assert collection.undo_label is None
    assert fingerprint(tmp_path) == before


def test_the_deck_source_can_be_imported_by_hand_beside_its_built_in_notes(tmp_path: Path) -> None:
    with Collection.open(tmp_path / "home", FixedClock(NOW)) as collection:
        before = stored(collection)
        report = collection.import_file(decks_dir())
        assert (report.notes_new, report.notes_updated, report.notes_skipped) == (0, 0, 0)
        assert stored(collection) == before


def test_a_deck_source_imported_by_hand_knows_what_the_user_changed_of_it(
    collection: Collection, tmp_path: Path
) -> None:
    """It is another source than the program's own, yet what was seen in that one tells whose a text is."""
    mine = found(collection, ONE)
    edit(collection, ONE, "my own question", *mine.fields[1:])
    changed = note("basic", 2, front="Which step comes second?")
    report = collection.import_file(later(tmp_path, EDITION[0], changed, EDITION[2]))
    assert report.notes_new == 0
    assert found(collection, ONE).fields[0] == "my own question"
