"""Finding cards, and everything about one."""

from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import CardId
from mlsd_cards.store import decks, notes, reviews
from mlsd_cards.study.answering import due_text
from mlsd_cards.study.views import CardInfo, Found

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened


def search(collection: "Opened", query: str, order: str | None, limit: int | None) -> Found:
    """Return the cards that `query` finds, and how long it took.

    Raises:
        SearchError: the query cannot be understood.
    """
    from time import perf_counter

    from mlsd_cards.store.search import search as run
    from mlsd_cards.store.search_scope import SearchEnv

    day = collection.day()
    env = SearchEnv(day.now_ms, day.number, day.next_day_at_ms)
    start = perf_counter()
    with collection.store.read() as conn:
        count, ids = run(conn, query, env, order=order, limit=limit)
    return Found(count=count, ids=[CardId(i) for i in ids], milliseconds=(perf_counter() - start) * 1000)


def card_info(collection: "Opened", card_id: CardId) -> CardInfo:
    """Return everything about one card.

    Raises:
        NotFound: there is no such card.
    """
    from mlsd_cards.rendering.css import sanitize_css
    from mlsd_cards.rendering.page import safe_html
    from mlsd_cards.rendering.template import render_card

    day = collection.day()
    card = collection.card(card_id)
    with collection.store.read() as conn:
        note = notes.note(conn, card.note_id)
        note_type = notes.note_types(conn)[note.note_type_id]
        deck = decks.decks(conn)[card.deck_id].name
        entries = reviews.entries_of_card(conn, card_id)
    rendered = render_card(note_type, note, card.ordinal, deck=deck, flag=card.flag, card_id=card.id)
    schedule = card.schedule
    return CardInfo(
        card=card.id,
        note=note.id,
        guid=note.guid,
        deck=deck,
        note_type=note_type.name,
        note_type_id=note_type.id,
        template=note_type.template_name(card.ordinal),
        ordinal=card.ordinal,
        fields=dict(zip(note_type.field_names, note.fields, strict=False)),
        tags=note.tags,
        state=schedule.state.value,
        due=due_text(schedule, day.boundary),
        interval_days=schedule.interval_days,
        ease_permille=schedule.ease_permille,
        stability=schedule.stability,
        difficulty=schedule.difficulty,
        reps=schedule.reps,
        lapses=schedule.lapses,
        flag=card.flag,
        suspended=card.suspended,
        buried=card.buried_until_day > day.number,
        question_html=safe_html(rendered.question),
        answer_html=safe_html(rendered.answer),
        css=sanitize_css(rendered.css),
        reviews=tuple(entries),
        added_ms=card.created_ms or note.created_ms,
    )
