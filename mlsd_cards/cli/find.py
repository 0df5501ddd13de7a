"""`search` and `card`: finding cards and looking at them."""

from typing import Annotated, Any

import typer

from mlsd_cards.cli.app import app, context
from mlsd_cards.domain.cards import CardId
from mlsd_cards.study import CardInfo


@app.command("search")
def search(
    query: Annotated[str, typer.Argument(help="Anki's search language.")],
    order: Annotated[
        str | None,
        typer.Option(
            help="due, created, modified, interval, ease, lapses, reps, position, deck, text, stability or "
            "difficulty; with - before it, from the highest down."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="At most so many ids.")] = None,
) -> None:
    """Find cards. Words are all required; "…" is a phrase, - excludes, or, ( ), deck: tag: is: flag: note: field:text.

    Example: mlsd-cards search 'deck:"ML system design" is:due -tag:core replica'
    """
    with context().reading() as collection:
        found = collection.search(query, order=order, limit=limit)
    data = {"count": found.count, "ids": list(found.ids), "milliseconds": round(found.milliseconds, 3)}
    context().emit(data, lambda: "\n".join([f"{found.count} cards", *(str(card) for card in found.ids)]))


def _card_data(info: CardInfo) -> dict[str, Any]:
    reviews = [
        {
            "id": entry.id,
            "rating": entry.rating,
            "kind": entry.kind,
            "interval_days": entry.interval if entry.interval >= 0 else 0,
            "interval": entry.interval,
            "ease_permille": entry.factor,
            "milliseconds": entry.milliseconds,
        }
        for entry in info.reviews
    ]
    keys = (
        "card", "note", "guid", "deck", "note_type", "note_type_id", "template", "ordinal", "fields", "state", "due",
        "interval_days", "ease_permille", "stability", "difficulty", "reps", "lapses", "flag", "suspended", "buried",
        "question_html", "answer_html", "css",
    )  # fmt: skip
    return {key: getattr(info, key) for key in keys} | {"tags": list(info.tags), "reviews": reviews}


def _card_text(info: CardInfo) -> str:
    lines = [
        f"card {info.card} of note {info.note} in {info.deck}: {info.note_type}, {info.template}",
        f"{info.state}, due {info.due or 'as a new card'}, interval {info.interval_days} d, "
        f"ease {info.ease_permille / 1000:g}, {info.reps} answers, {info.lapses} lapses",
    ]
    lines += [f"{name}: {value}" for name, value in info.fields.items() if value]
    return "\n".join(lines)


@app.command("card")
def card(ids: Annotated[list[int], typer.Argument(help="Card ids.")]) -> None:
    """Show cards with their text, state and every past answer."""
    with context().reading() as collection:
        infos = [collection.card_info(CardId(card_id)) for card_id in ids]
    data = _card_data(infos[0]) if len(infos) == 1 else {"cards": [_card_data(info) for info in infos]}
    context().emit(data, lambda: "\n\n".join(_card_text(info) for info in infos))
