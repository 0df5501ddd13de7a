"""`next`, `answer`, `review --lines`, `undo`: studying without the window."""

import json
import sys
from typing import Annotated, Any

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import InputError, MlsdError, NotFound
from mlsd_cards.domain.reviews import Rating
from mlsd_cards.study import Collection, ShownCard, StudySession

DeckOption = Annotated[str | None, typer.Option(help="Only this deck and its subdecks.")]


def _card_data(card: ShownCard) -> dict[str, Any]:
    return {
        "card": card.card_id,
        "note": card.note_id,
        "deck": card.deck,
        "question_html": card.question_html,
        "answer_html": card.answer_html,
        "css": card.css,
        "intervals": dict(zip(("again", "hard", "good", "easy"), card.intervals, strict=True)),
    }


@app.command("next")
def next_card(deck: DeckOption = None) -> None:
    """Show the card that comes now, with the interval behind each answer (days, or minus seconds)."""
    with context().reading() as collection:
        card = collection.session(deck).current

    def text() -> str:
        if card is None:
            return "Nothing is due now."
        labels = ", ".join(
            f"{int(r)} {r.name.title()} {label}" for r, label in zip(Rating, card.labels, strict=True)
        )
        return f"card {card.card_id} in {card.deck}\n\n{card.question_text}\n\n{card.answer_text}\n\n{labels}"

    data = _card_data(card) if card else {"card": None}
    context().emit(data, text)


@app.command("answer")
def answer(
    card: Annotated[int, typer.Argument(help="Card id, as `next` gives it.")],
    rating: Annotated[int, typer.Argument(help="1 Again, 2 Hard, 3 Good, 4 Easy.")],
    milliseconds: Annotated[int, typer.Option(help="How long the answer took.")] = 0,
) -> None:
    """Record one answer. Example: mlsd-cards answer 1700000000001 3."""
    with context().writing() as collection:
        done = collection.session().answer_card(CardId(card), rating, milliseconds)
    data = {
        "review": done.review,
        "card": done.card,
        "due": done.due,
        "interval": done.interval,
        "ease": done.ease,
    }
    context().emit(data, lambda: f"card {done.card}: due {done.due}. {done.message}".rstrip())


@app.command("undo")
def undo() -> None:
    """Take the last act back: an answer, an import, a change of settings."""
    with context().writing() as collection:
        undone = collection.undo()
    if undone is None:
        raise NotFound("There is nothing to undo.")
    context().emit({"undone": undone}, lambda: f"Undone: {undone}")


@app.command("review")
def review(
    lines: Annotated[
        bool, typer.Option("--lines", help="Read commands line by line from standard input.")
    ] = False,
    deck: DeckOption = None,
) -> None:
    """Study through a pipe: one process, many answers.

    Each line is `next`, `answer CARD RATING [MILLISECONDS]`, `undo` or `now ISO-TIME`; each gets one reply line.
    `ack REVIEW` comes only after the answer is safe on disk.
    """
    if not lines:
        raise typer.BadParameter("review needs --lines")
    with context().writing() as collection:
        _serve(collection, deck)


def _serve(collection: Collection, deck: str | None) -> None:
    session = collection.session(deck)
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        try:
            reply = _reply(collection, session, words)
        except MlsdError as error:
            reply = f"error {error.kind} {' '.join(str(error).split())}"
        print(reply, flush=True)


def _reply(collection: Collection, session: StudySession, words: list[str]) -> str:
    match words:
        case ["next"]:
            session.move_on()
            return json.dumps(_card_data(session.current), ensure_ascii=False) if session.current else "null"
        case ["answer", card, rating, *rest] if len(rest) <= 1:
            numbers = [_number(word) for word in (card, rating, *rest)]
            done = session.answer_card(CardId(numbers[0]), numbers[1], numbers[2] if rest else 0)
            return f"ack {done.review}"
        case ["undo"]:
            if collection.undo() is None:
                raise NotFound("There is nothing to undo.")
            return "undone"
        case ["now", moment]:
            collection.move_clock(moment)
            return "ok"
        case _:
            raise InputError(
                f"“{' '.join(words)[:80]}” is not a line of review: "
                "write next, answer CARD RATING [MILLISECONDS], undo or now TIME."
            )


def _number(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise InputError(f"“{word[:80]}” is not a whole number.") from None
