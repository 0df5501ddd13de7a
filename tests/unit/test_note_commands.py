"""`edit` and `add`: what a person types becomes notes, cards and words that searching finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsd_cards.cli import main
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Options
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import Field, NoteId, NoteType, NoteTypeId, NoteTypeKind, Template
from mlsd_cards.store import cards, notes
from mlsd_cards.study import Collection
from tests.helpers.commands import NOW
from tests.helpers.study import Made, due, dump, empty_collection, fill

NOTE = NoteId(1)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """Note 1 with one of its three cards, in the first of two decks, and a cloze note type."""
    cloze = NoteType(
        id=NoteTypeId(2),
        name="Gaps",
        kind=NoteTypeKind.CLOZE,
        fields=(Field(name="Text"),),
        templates=(Template(name="Gap", front="{{cloze:Text}}", back="{{cloze:Text}}"),),
    )
    with empty_collection(tmp_path / "home") as made:
        fill(made, [Made([due()], tags=["old"])], {"Deck": Options(), "Other": Options()})
        with made.store.transaction(Op.OTHER, undoable=False) as tx:
            notes.put_note_type(tx, cloze)
        yield made


def ordinals(collection: Collection, note: NoteId) -> list[int]:
    with collection.store.read() as conn:
        return [card.ordinal for card in cards.cards_of_notes(conn, [note]).get(note, [])]


def test_an_edit_is_found_and_undone(collection: Collection) -> None:
    before = dump(collection)
    assert collection.edit_note(NOTE, fields={"one": "Zanzibär <b>x</b>"}, tags=["+new", "-OLD"]) == 1
    with collection.store.read() as conn:
        note = notes.note(conn, NOTE)
    assert note.fields == ("Zanzibär <b>x</b>", "two 1", "three 1")
    assert note.tags == ("new",)
    assert collection.search("zanzibar").count == collection.search("tag:new").count == 3
    assert collection.search("tag:old").count == 0
    assert collection.check() == []
    after = dump(collection)
    assert collection.undo() == "Edit note"
    assert dump(collection) == before
    collection.redo()
    assert dump(collection) == after


def test_cards_follow_the_fields_and_none_is_lost(collection: Collection) -> None:
    known = collection.card(CardId(10))
    collection.edit_note(NOTE, fields={"Two": ""})
    assert ordinals(collection, NOTE) == [0, 2]
    collection.edit_note(NOTE, fields={"One": "", "Two": "back"})
    assert ordinals(collection, NOTE) == [0, 1, 2]
    assert collection.card(CardId(10)) == known


def test_a_note_is_moved_with_all_its_cards(collection: Collection) -> None:
    assert collection.edit_note(NOTE, fields={}, deck="other") == 1
    assert {collection.card(CardId(card)).deck_id for card in collection.search("").ids} == {2}
    assert collection.edit_note(NOTE, fields={}, deck="Other") == 0


def test_an_edit_that_changes_nothing_says_so(collection: Collection) -> None:
    before = dump(collection)
    assert collection.edit_note(NOTE, fields={"One": "one 1"}, tags=["+old", "-none"]) == 0
    assert dump(collection) == before


def test_added_notes_make_their_cards(collection: Collection) -> None:
    before = dump(collection)
    plain = collection.add_note({"One": "Q", "three": "x"}, note_type="three-sided", deck="Other")
    gaps = collection.add_note({"Text": "{{c3::a}} {{c1::b}}"}, note_type="Gaps")
    assert (ordinals(collection, plain), ordinals(collection, gaps)) == ([0, 2], [0, 2])
    assert collection.search("deck:Other").count == collection.search("deck:Default").count == 2
    assert collection.search("is:new").count == 4
    assert collection.check() == []
    assert [collection.undo(), collection.undo()] == ["Add note"] * 2
    assert dump(collection) == before


@pytest.mark.parametrize("tag", ["new", "", "+", "+a b", "-", "+a\nb", "+\udc80"])
def test_wrong_tags_are_refused(collection: Collection, tag: str) -> None:
    before = dump(collection)
    with pytest.raises(InputError, match="tag"):
        collection.edit_note(NOTE, fields={"One": "x"}, tags=[tag])
    assert dump(collection) == before


@pytest.mark.parametrize("text", ["a\x1fb", "a\0b", "\udc80"])
def test_texts_that_would_break_a_note_are_refused(collection: Collection, text: str) -> None:
    before = dump(collection)
    with pytest.raises(InputError, match="field “One”"):
        collection.edit_note(NOTE, fields={"One": text})
    assert dump(collection) == before


def test_what_is_not_there_is_named(collection: Collection) -> None:
    before = dump(collection)
    with pytest.raises(NotFound, match="no field “Four”; there are: One, Two, Three"):
        collection.edit_note(NOTE, fields={"Four": "x"})
    with pytest.raises(NotFound, match="no deck “None”"):
        collection.edit_note(NOTE, fields={"One": "x"}, deck="None")
    for missing in (NoteId(99), NoteId(-1), NoteId(1 << 70)):
        with pytest.raises(NotFound, match=f"There is no note {missing}"):
            collection.edit_note(missing, fields={"One": "x"})
    with pytest.raises(NotFound, match="no note type “Basic”"):
        collection.add_note({"One": "x"})
    with pytest.raises(NotFound, match="no deck “None”"):
        collection.add_note({"One": "x"}, note_type="Three-sided", deck="None")
    with pytest.raises(InputError, match="no card"):
        collection.add_note({"Text": "no gap"}, note_type="Gaps")
    assert dump(collection) == before


def test_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLSD_CARDS_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("MLSD_CARDS_NOW", NOW)

    def run(*words: str) -> tuple[int, str]:
        status = main(list(words))
        return status, capsys.readouterr().out

    status, out = run("add", "--field", "Question=Why = so?", "--field", "Answer=42", "--json")
    assert status == 0
    note = out.split('"note": ')[1].rstrip("}\n")
    assert run("edit", note, "--tag", "+mine", "--tag", "-other", "--field", "Answer=-1", "--json") == (
        0,
        '{"changed": 1}\n',
    )
    assert run("search", 'tag:mine "why = so" Answer:-1')[1].startswith("1 cards")
    assert run("edit", note, "--field", "Answer")[0] == 1
    assert run("edit", note, "--deck", "nowhere", "--json")[0] == 1
    assert run("edit", note) == (0, "0 notes changed\n")
    assert run("add")[0] == 1
