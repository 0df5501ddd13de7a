"""Acts on cards and notes by id, from `edit` and `add` to `due-date` and `grade`: each one undo step."""

from collections.abc import Callable
from typing import Annotated

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.study import Collection

_Cards = Annotated[list[int], typer.Argument(metavar="CARD...", help="Card ids.")]


def _act(act: Callable[[Collection], int], what: str) -> None:
    with context().writing() as collection:
        changed = act(collection)
    things = what if changed == 1 else f"{what}s"
    context().emit({"changed": changed}, lambda: f"{changed} {things} changed")


@app.command("delete")
def delete(notes: Annotated[list[int], typer.Argument(metavar="NOTE...", help="Note ids.")]) -> None:
    """Delete notes with their cards; the answers stay in the log."""
    _act(lambda collection: collection.delete_notes(map(NoteId, notes)), "note")


@app.command("suspend")
def suspend(cards: _Cards) -> None:
    """Hide cards until they are unsuspended."""
    _act(lambda collection: collection.suspend_cards(map(CardId, cards)), "card")


@app.command("unsuspend")
def unsuspend(cards: _Cards) -> None:
    """Show suspended cards again, with the due date they had."""
    _act(lambda collection: collection.unsuspend_cards(map(CardId, cards)), "card")


@app.command("bury")
def bury(cards: _Cards) -> None:
    """Hide cards until tomorrow."""
    _act(lambda collection: collection.bury_cards(map(CardId, cards)), "card")


@app.command("flag")
def flag(
    card: Annotated[int, typer.Argument(metavar="CARD", help="Card id.")],
    number: Annotated[int, typer.Argument(metavar="N", help="1 to 7, or 0 for none.")],
) -> None:
    """Give a card a flag."""
    _act(lambda collection: collection.set_flag([CardId(card)], number), "card")


@app.command("forget")
def forget(cards: _Cards) -> None:
    """Make cards new again, behind all other new ones; their answers stay in the log."""
    _act(lambda collection: collection.forget(map(CardId, cards)), "card")


@app.command("grade")
def grade(
    cards: _Cards,
    rating: Annotated[int, typer.Argument(metavar="RATING", help="1 Again, 2 Hard, 3 Good, 4 Easy.")],
) -> None:
    """Answer cards as if reviewed at this moment, due or not. Example: mlsd-cards grade 1700000000000 3"""
    from mlsd_cards.study.grading import grade_now

    _act(lambda collection: grade_now(collection, map(CardId, cards), rating), "card")


@app.command("due-date")
def due_date(
    cards: _Cards,
    when: Annotated[
        str,
        typer.Argument(
            metavar="WHEN",
            help="Days from today: 5, or 60-90 for a day in between; ! after it sets the interval too.",
        ),
    ],
) -> None:
    """Make cards due as reviews on another day. Example: mlsd-cards due-date 1700000000000 60-90!"""
    _act(lambda collection: collection.set_due_date(map(CardId, cards), when), "card")


_Fields = Annotated[
    list[str] | None, typer.Option("--field", metavar="NAME=HTML", help="Text of a field; may be repeated.")
]


def _texts(fields: list[str] | None) -> dict[str, str]:
    texts: dict[str, str] = {}
    for word in fields or ():
        name, equals, text = word.partition("=")
        if not equals:
            raise InputError(f"“{word}” is not NAME=HTML: a field's name, an equals sign and its text.")
        texts[name] = text
    return texts


@app.command("edit")
def edit(
    note: Annotated[int, typer.Argument(metavar="NOTE", help="Note id.")],
    field: _Fields = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="+TAG|-TAG", help="Add a tag, or take it off; may be repeated."),
    ] = None,
    deck: Annotated[str | None, typer.Option(help="Move the note's cards to this deck.")] = None,
) -> None:
    """Change a note. Example: mlsd-cards edit 1700000000000 --field "Question=What is <b>recall</b>?" --tag +core"""
    texts = _texts(field)
    _act(lambda made: made.edit_note(NoteId(note), fields=texts, tags=tag or (), deck=deck), "note")


@app.command("add")
def add(
    field: _Fields = None,
    note_type: Annotated[str | None, typer.Option("--type", help="Note type; otherwise a basic one.")] = None,
    deck: Annotated[str | None, typer.Option(help="Deck of the cards; otherwise Default.")] = None,
) -> None:
    """Add a note with its cards. Example: mlsd-cards add --field "Question=p99?" --field "Answer=1 in 100 is slow" """
    texts = _texts(field)
    with context().writing() as collection:
        note = collection.add_note(texts, note_type=note_type, deck=deck)
    context().emit({"changed": 1, "note": note}, lambda: f"note {note} added")
