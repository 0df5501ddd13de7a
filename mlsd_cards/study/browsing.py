"""Finding cards, the rows and names a list of them shows, both sides of one, and everything about it."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardId
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId, NoteTypeKind
from mlsd_cards.store import cards, decks, notes, reviews
from mlsd_cards.study.answering import due_text
from mlsd_cards.study.forgetting import forgetting_curve
from mlsd_cards.study.opened import is_id
from mlsd_cards.study.showing import MARKED_TAG
from mlsd_cards.study.views import CardInfo, Found
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.study.days import Day
    from mlsd_cards.study.opened import Opened

_LONGEST_QUESTION = 300  # signs of a question that a list shows
_LONGEST_FIELD = 20_000  # signs of a field that are looked at for it
_LONGEST_FIRST_FIELD = 2000  # signs of a first field that are compared with others


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseRow:
    """One card in a list. `due` is ISO 8601, empty for a new card; `position` is its place among new ones."""

    card: CardId
    note: NoteId
    question: str  # visible text of the sort field, one line
    deck: str
    note_type: str
    template: str
    tags: tuple[str, ...]
    state: str
    due: str
    position: int
    interval_days: int
    ease_permille: int
    stability: float | None
    difficulty: float | None
    reps: int
    lapses: int
    flag: int
    suspended: bool
    buried: bool
    marked: bool
    created_ms: int
    modified_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by which cards can be found: decks, tags with their number of notes, note types.

    `homes` are the decks in which cards can be at home: all but the filtered ones.
    """

    decks: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    tags: tuple[tuple[str, int], ...] = ()
    note_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Both sides of a card for the window, safe to show."""

    question: str
    answer: str
    css: str
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note with its note type and the deck of its first card, ready to be edited."""

    note: Note
    note_type: NoteType
    deck: str


def rows(collection: "Opened", ids: Sequence[CardId]) -> dict[CardId, BrowseRow]:
    """Return the rows of those cards of `ids` that exist."""
    day = collection.day()
    with collection.store.read() as conn:
        found = cards.cards_by_ids(conn, ids)
        texts = notes.notes_by_ids(conn, {card.note_id for card in found.values()})
        types = notes.note_types(conn)
        names = {key: deck.name for key, deck in decks.decks(conn).items()}
    made = {}
    for card in found.values():
        note = texts[card.note_id]
        made[card.id] = _row(card, note, types[note.note_type_id], names[card.deck_id], day)
    return made


def _row(card: Card, note: Note, note_type: NoteType, deck: str, day: "Day") -> BrowseRow:
    schedule = card.schedule
    return BrowseRow(
        card=card.id,
        note=note.id,
        question=_question(note, note_type, card.ordinal),
        deck=deck,
        note_type=note_type.name,
        template=note_type.template_name(card.ordinal),
        tags=note.tags,
        state=schedule.state.value,
        due=due_text(schedule, day.boundary),
        position=card.position,
        interval_days=schedule.interval_days,
        ease_permille=schedule.ease_permille,
        stability=schedule.stability,
        difficulty=schedule.difficulty,
        reps=schedule.reps,
        lapses=schedule.lapses,
        flag=card.flag,
        suspended=card.suspended,
        buried=card.buried_until_day > day.number,
        marked=any(tag.casefold() == MARKED_TAG for tag in note.tags),
        created_ms=card.created_ms,
        modified_ms=note.modified_ms,
    )


def _question(note: Note, note_type: NoteType, ordinal: int) -> str:
    from mlsd_cards.rendering import cloze
    from mlsd_cards.rendering.text import strip_html

    place = note_type.sort_field if note_type.sort_field < len(note.fields) else 0
    text = note.fields[place][:_LONGEST_FIELD]
    if note_type.kind is NoteTypeKind.CLOZE and "{{c" in text:
        with contextlib.suppress(cloze.TooLarge):
            text = cloze.reveal(text, ordinal + 1, True, 2 * _LONGEST_FIELD) or text
    return strip_html(text)[:_LONGEST_QUESTION]


def names(collection: "Opened") -> Names:
    """Return the names of decks, tags and note types, in alphabetical order."""
    from mlsd_cards.store import filtered

    with collection.store.read() as conn:
        known, borrowing = decks.decks(conn), filtered.filters(conn)
        return Names(
            decks=tuple(deck.name for deck in known.values()),
            homes=tuple(deck.name for key, deck in known.items() if key not in borrowing),
            tags=tuple(notes.tag_counts(conn).items()),
            note_types=tuple(each.name for each in notes.note_types(conn).values()),
        )


def note_types(collection: "Opened") -> dict[NoteTypeId, NoteType]:
    """Return all note types, by name."""
    with collection.store.read() as conn:
        return notes.note_types(conn)


def note_ids(collection: "Opened", ids: Iterable[CardId]) -> list[NoteId]:
    """Return the notes of cards, each once, in the order of the cards."""
    asked = list(ids)
    with collection.store.read() as conn:
        found = cards.cards_by_ids(conn, asked)
    return list(dict.fromkeys(found[key].note_id for key in asked if key in found))


def note_view(collection: "Opened", note_id: NoteId) -> NoteView:
    """Return a note as the editor shows it.

    Raises:
        NotFound: there is no such note.
    """
    if not is_id(note_id):
        raise NotFound(f"There is no note {note_id}.")
    with collection.store.read() as conn:
        note = notes.note(conn, note_id)
        note_type = notes.note_types(conn)[note.note_type_id]
        family = cards.cards_of_notes(conn, [note_id]).get(note_id, [])
        deck = decks.decks(conn)[family[0].deck_id].name if family else ""
    padded = (*note.fields, *[""] * (len(note_type.fields) - len(note.fields)))
    return NoteView(note=replace(note, fields=padded), note_type=note_type, deck=deck)


def card_faces(collection: "Opened", card_id: CardId, fields: Sequence[str] | None = None) -> Faces:
    """Return both sides of a card; with `fields` as they would be with these texts.

    Raises:
        NotFound: there is no such card.
    """
    card = collection.card(card_id)
    view = note_view(collection, card.note_id)
    note = view.note if fields is None else replace(view.note, fields=tuple(fields))
    with collection.store.read() as conn:
        deck = decks.decks(conn)[card.deck_id].name
    return _faces(view.note_type, note, card.ordinal, deck, card)


def draft_faces(
    note_type: NoteType, fields: Sequence[str], tags: Sequence[str] = (), deck: str = ""
) -> Faces:
    """Return both sides of the first card that a note with these texts would make."""
    from mlsd_cards.rendering.template import card_ordinals

    note = Note(id=NoteId(0), guid="", note_type_id=note_type.id, fields=tuple(fields), tags=tuple(tags))
    ordinal = card_ordinals(note_type, note.fields, tags=note.tags, at_least_one=True)[0]
    return _faces(note_type, note, ordinal, deck, None)


def _faces(note_type: NoteType, note: Note, ordinal: int, deck: str, card: Card | None) -> Faces:
    from mlsd_cards.rendering.css import sanitize_css
    from mlsd_cards.rendering.page import finish
    from mlsd_cards.rendering.template import expected_answers, render_card

    flag, card_id = (card.flag, card.id) if card else (0, 0)
    rendered = render_card(note_type, note, ordinal, deck=deck, flag=flag, card_id=card_id)
    return Faces(
        question=finish(rendered.question),
        answer=finish(rendered.answer, expected=expected_answers(note_type, note, ordinal)),
        css=sanitize_css(rendered.css),
        ordinal=ordinal,
    )


def same_first_field(
    collection: "Opened", note_type_id: NoteTypeId, text: str, *, but: NoteId | None = None
) -> int:
    """Return how many other notes of a note type begin with the same first field, by their visible text."""
    from html import escape

    from mlsd_cards.rendering.text import strip_html

    visible = strip_html(text[:_LONGEST_FIELD])[:_LONGEST_FIRST_FIELD]
    if not visible:
        return 0
    escaped = escape(visible, quote=False).replace("\\", "").replace('"', '\\"')
    found = search(collection, f'"dupe:{note_type_id},{escaped}"', None, None)
    return len([each for each in note_ids(collection, found.ids) if each != but])


def search(collection: "Opened", query: str, order: str | None, limit: int | None) -> Found:
    """Return the cards that `query` finds, and how long it took.

    Raises:
        SearchError: the query cannot be understood.
    """
    from time import perf_counter

    from mlsd_cards.store.search import search as run
    from mlsd_cards.store.search_scope import SearchEnv

    complete_memories(collection)
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
        home = decks.decks(conn)[card.deck_id]
        options, deck = decks.presets(conn)[home.preset_id].options, home.name
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
        scheduler=options.scheduler,
        curve=forgetting_curve(card.schedule, options, entries, day),
    )
