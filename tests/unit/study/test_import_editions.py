"""A newer edition of a deck joins what the user made of the last one: no edit, tag, schedule or deck is lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.editions import CARD, delete, edit, found, note_type, package, type_of
from helpers.importing import empty_collection, rows, stored

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.study import Collection

TEXTS = {"a": ("question a", "answer a"), "b": ("question b", "answer b"), "c": ("question c", "answer c")}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with empty_collection(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def first(collection: Collection, tmp_path: Path) -> Path:
    """The first edition, imported."""
    path = package(tmp_path / "deck-1.apkg", TEXTS, tags={"a": ["old"]})
    collection.import_file(path)
    return path


def test_the_authors_change_comes_in(collection: Collection, first: Path, tmp_path: Path) -> None:
    second = package(
        tmp_path / "2.apkg", {**TEXTS, "a": ("question a", "better")}, edition=2, tags={"a": ["new"]}
    )
    report = collection.import_file(second)
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (0, 1, 2)
    assert found(collection, "a").fields == ("question a", "better")
    assert found(collection, "a").tags == ("new",)
    assert list(report.warnings) == []


def test_the_users_edit_and_tag_survive(collection: Collection, first: Path, tmp_path: Path) -> None:
    edit(collection, "a", "my question", "answer a", tags=["old", "mine"])
    second = package(
        tmp_path / "2.apkg", {**TEXTS, "a": ("question a", "better")}, edition=2, tags={"a": ["old"]}
    )
    report = collection.import_file(second)
    assert report.notes_updated == 1
    assert found(collection, "a").fields == ("my question", "better")
    assert found(collection, "a").tags == ("old", "mine")
    assert list(report.warnings) == []


def test_a_field_changed_on_both_sides_stays_mine_and_is_named(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    edit(collection, "a", "my question", "answer a")
    second = package(tmp_path / "2.apkg", {**TEXTS, "a": ("their question", "better")}, edition=2)
    report = collection.import_file(second)
    assert found(collection, "a").fields == ("my question", "better")
    assert list(report.warnings) == [
        "The field “Front” of the note “my question” was changed by you and by the author; your text stays."
    ]
    assert list(collection.import_file(second).warnings) == []  # said once: the author says nothing new


def test_what_both_changed_alike_is_no_conflict(collection: Collection, first: Path, tmp_path: Path) -> None:
    edit(collection, "a", "their question", "answer a")
    second = package(tmp_path / "2.apkg", {**TEXTS, "a": ("their question", "answer a")}, edition=2)
    assert list(collection.import_file(second).warnings) == []
    third = package(tmp_path / "3.apkg", {**TEXTS, "a": ("third question", "answer a")}, edition=3)
    assert list(collection.import_file(third).warnings) == []
    assert found(collection, "a").fields == ("third question", "answer a")


def test_an_older_edition_takes_nothing_back(collection: Collection, first: Path, tmp_path: Path) -> None:
    newer = {**TEXTS, "a": ("question a", "better"), "d": ("question d", "answer d")}
    collection.import_file(package(tmp_path / "2.apkg", newer, edition=2))
    before = stored(collection)
    report = collection.import_file(first)
    assert (report.notes_new, report.notes_updated, report.notes_unchanged) == (0, 0, 3)
    assert stored(collection) == before


def test_an_author_who_goes_back_and_forth_is_followed(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    collection.import_file(package(tmp_path / "2.apkg", {**TEXTS, "a": ("question a", "worse")}, edition=2))
    collection.import_file(package(tmp_path / "3.apkg", TEXTS, edition=3))
    assert found(collection, "a").fields == TEXTS["a"]


def test_notes_gone_from_an_edition_stay_and_each_is_named(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    second = package(tmp_path / "2.apkg", {"c": TEXTS["c"], "d": ("question d", "")}, edition=2)
    report = collection.import_file(second)
    assert list(report.warnings) == [
        "The note “question a” is gone from the file; it stays here.",
        "The note “question b” is gone from the file; it stays here.",
    ]
    assert rows(collection, "SELECT count(*) FROM notes") == [(4,)]


def test_another_deck_of_the_same_name_is_no_edition(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    other = package(tmp_path / "2.apkg", {"x": ("question x", ""), "y": ("question y", "")})
    for _ in range(2):
        assert list(collection.import_file(other).warnings) == []
    assert list(collection.import_file(first).warnings) == []


def test_schedules_flags_and_suspension_are_not_touched(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    (card,) = rows(collection, "SELECT c.id FROM cards c JOIN notes n ON n.id = c.note_id WHERE n.guid = 'a'")
    collection.set_flag([CardId(card[0])], 4)
    collection.suspend_cards([CardId(card[0])])
    before = rows(collection, "SELECT * FROM cards ORDER BY id")
    second = package(tmp_path / "2.apkg", {**TEXTS, "a": ("question a", "better")}, edition=2, review=True)
    collection.import_file(second, scheduling=True)
    assert rows(collection, "SELECT * FROM cards ORDER BY id") == before


def test_cards_stay_in_the_deck_to_which_the_user_moved_them(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    """A renamed deck also takes the edition's new notes, and no deck of the old name comes back."""
    with collection.store.transaction(Op.RENAME_DECK) as tx:
        (deck,) = [each for each in decks.decks(tx.conn).values() if each.name == "Deck"]
        decks.put_deck(tx, replace(deck, name="My own name"))
    second = {**TEXTS, "a": ("question a", "better"), "d": ("question d", "answer d")}
    collection.import_file(package(tmp_path / "2.apkg", second, edition=2))
    assert [name for (name,) in rows(collection, "SELECT name FROM decks")] == ["My own name"]
    assert rows(collection, "SELECT count(*) FROM cards") == [(4,)]


def test_new_notes_of_a_deck_below_a_renamed_one_follow_it(collection: Collection, tmp_path: Path) -> None:
    collection.import_file(package(tmp_path / "1.apkg", TEXTS, deck="Author::Part"))
    with collection.store.transaction(Op.RENAME_DECK) as tx:
        for deck in decks.decks(tx.conn).values():
            decks.put_deck(tx, replace(deck, name=deck.name.replace("Author", "Mine")))
    collection.import_file(
        package(tmp_path / "2.apkg", {**TEXTS, "d": ("d", "")}, edition=2, deck="Author::Part")
    )
    names = sorted(name for (name,) in rows(collection, "SELECT name FROM decks"))
    assert names == ["Mine", "Mine::Part"]


def test_a_deleted_note_comes_back_when_the_user_imports_the_file_again(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    number = delete(collection, "a")
    report = collection.import_file(first)
    assert (report.notes_new, report.notes_unchanged) == (1, 2)
    assert found(collection, "a").id == number


# Note types that grow


def test_a_field_added_by_the_author_comes_with_its_text_and_no_second_note_type(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    edit(collection, "b", "my question b", "answer b", tags=["mine"])
    wider = note_type(("Front", "Hint", "Back"), [("Card 1", "{{Front}} {{Hint}}", "{{Back}}")], edition=2)
    texts = {guid: (fields[0], f"hint {guid}", fields[1]) for guid, fields in TEXTS.items()}
    report = collection.import_file(package(tmp_path / "2.apkg", texts, edition=2, made_with=wider))
    assert (report.notes_new, report.notes_updated, report.notes_skipped) == (0, 3, 0)
    assert rows(collection, "SELECT count(*) FROM note_types") == [(1,)]
    assert type_of(collection, "a").field_names == ("Front", "Back", "Hint")
    assert type_of(collection, "a").templates[0].front == "{{Front}} {{Hint}}"
    assert found(collection, "a").fields == ("question a", "answer a", "hint a")
    assert found(collection, "b").fields == ("my question b", "answer b", "hint b")
    assert found(collection, "b").tags == ("mine",)
    assert collection.check(full=True) == []


def test_a_template_added_by_the_author_brings_its_cards(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    both = note_type(templates=[("Reverse", "{{Back}}", "{{Front}}"), CARD], edition=2)
    report = collection.import_file(package(tmp_path / "2.apkg", TEXTS, edition=2, made_with=both))
    assert report.notes_new == 0
    assert [each.name for each in type_of(collection, "a").templates] == ["Card 1", "Reverse"]
    ordinals = rows(collection, "SELECT ordinal, count(*) FROM cards GROUP BY 1 ORDER BY 1")
    assert ordinals == [(0, 3), (1, 3)]
    assert collection.check(full=True) == []
    before = stored(collection)
    collection.import_file(tmp_path / "2.apkg")
    assert stored(collection) == before


def test_notes_of_the_type_that_the_file_does_not_hold_get_the_field_too(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    wider = note_type(("Front", "Back", "Hint"), edition=2)
    collection.import_file(
        package(tmp_path / "2.apkg", {"a": ("question a", "answer a", "")}, made_with=wider)
    )
    assert found(collection, "c").fields == ("question c", "answer c", "")
    assert collection.check(full=True) == []
    assert collection.undo() == "Import"
    assert found(collection, "c").fields == ("question c", "answer c")
    assert collection.check(full=True) == []


def test_a_template_that_the_user_changed_stays(collection: Collection, first: Path, tmp_path: Path) -> None:
    mine = type_of(collection, "a")
    own = replace(mine, templates=(replace(mine.templates[0], front="<b>{{Front}}</b>"),))
    with collection.store.transaction(Op.NOTE_TYPE) as tx:
        notes.put_note_type(tx, own)
    second = note_type(
        templates=[("Card 1", "<i>{{Front}}</i>", "{{Back}}")], css=".card { color: red }", edition=2
    )
    collection.import_file(package(tmp_path / "2.apkg", TEXTS, edition=2, made_with=second))
    assert type_of(collection, "a").templates == own.templates
    assert type_of(collection, "a").css == ".card { color: red }"


def test_a_strangers_package_with_the_number_of_my_note_type_changes_nothing_of_mine(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    """Only notes that are known here as the author's vouch for a note type; its number alone does not."""
    before = type_of(collection, "a")
    for number, hostile in enumerate(
        [
            note_type(
                templates=[("Card 1", "<script>{{Front}}</script>", "")], css="* { display: none }", edition=9
            ),
            note_type(("Front", "Back", "Trap"), edition=9),
            note_type(("Other", "Names"), edition=9),
            note_type(templates=[("Elsewhere", "{{Front}}", "{{Back}}")], edition=9),
        ]
    ):
        texts = {f"x{number}": ["mischief"] * len(hostile.fields)}
        collection.import_file(package(tmp_path / "x.apkg", texts, edition=9, made_with=hostile))
    assert type_of(collection, "a") == before
    assert found(collection, "a").fields == TEXTS["a"]
    assert collection.check(full=True) == []


def test_a_note_of_another_type_with_a_guid_of_mine_is_left_out_and_named(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    other = note_type(("One", "Two"), number=1_600_000_000_999, edition=3)
    report = collection.import_file(
        package(tmp_path / "x.apkg", {"a": ("changed", "changed")}, edition=3, made_with=other)
    )
    assert (report.notes_new, report.notes_updated, report.notes_skipped) == (0, 0, 1)
    assert found(collection, "a").fields == TEXTS["a"]
    assert "question a" in report.warnings[0]


# Media and notes of one's own


def test_a_picture_whose_name_is_taken_gets_a_new_name_in_notes_and_templates(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    look = note_type(templates=[("Card 1", '<img src="a.png">{{Front}}', "")], number=1_600_000_000_777)
    texts = {"x": ('<img src="a.png">', "[sound:B.mp3]")}
    one = package(
        tmp_path / "1.apkg",
        {"p": ('<img src="a.png">', "[sound:b.mp3]")},
        media={"a.png": b"one", "b.mp3": b"same"},
    )
    two = package(tmp_path / "2.apkg", texts, made_with=look, media={"a.png": b"two", "B.mp3": b"same"})
    collection.import_file(one)
    collection.import_file(two)
    names = sorted(path.name for path in collection.media_dir.iterdir())
    assert names == [names[0], "a.png", "b.mp3"]
    assert found(collection, "x").fields == (f'<img src="{names[0]}">', "[sound:b.mp3]")
    assert names[0] in type_of(collection, "x").templates[0].front
    assert (collection.media_dir / "a.png").read_bytes() == b"one"
    assert (collection.media_dir / names[0]).read_bytes() == b"two"
    before = stored(collection)
    for path in (one, two):
        collection.import_file(path)
    assert stored(collection) == before


def test_notes_that_were_made_here_follow_the_newer_text_and_keep_their_tags(
    collection: Collection, first: Path, tmp_path: Path
) -> None:
    """Nothing was seen of the note before, so nobody knows who changed what: the newer text is taken whole."""
    with collection.store.transaction(Op.ADD_NOTE) as tx:
        mine = replace(found(collection, "a"), id=77, guid="own", tags=("mine",), modified_ms=1)
        notes.put_notes(tx, [mine])
        made = cards.cards_of_notes(tx.conn, [found(collection, "a").id])[found(collection, "a").id][0]
        cards.put_cards(tx, [replace(made, id=CardId(77), note_id=mine.id, deck_id=DeckId(made.deck_id))])
    report = collection.import_file(
        package(tmp_path / "x.apkg", {"own": ("new", "text")}, edition=2, tags={"own": ["t"]})
    )
    assert report.notes_updated == 1
    assert found(collection, "own").fields == ("new", "text")
    assert found(collection, "own").tags == ("mine", "t")
    assert collection.check(full=True) == []
