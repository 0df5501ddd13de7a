"""Export: which notes and cards go out, as exchange data for a writer."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.bulk import no_search_for_cycles
from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.deck_limits import DatedLimits
from mlsd_cards.domain.decks import DeckId, is_inside, parent_names
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangeNote,
    ExchangePreset,
    ExchangeReview,
    ExportReport,
    StoredReviews,
    WriteOptions,
)
from mlsd_cards.domain.notes import FIELD_SEPARATOR, NoteId, NoteTypeId
from mlsd_cards.domain.progress import Progress
from mlsd_cards.rendering.text import may_name_media, media_names
from mlsd_cards.store import cards as card_store
from mlsd_cards.store import decks as deck_store
from mlsd_cards.store import filtered, limits
from mlsd_cards.store import media as media_store
from mlsd_cards.store import notes as note_store
from mlsd_cards.store import reviews as review_store
from mlsd_cards.store.whole_log import WholeLog
from mlsd_cards.study import browsing
from mlsd_cards.study.desk import find_deck

if TYPE_CHECKING:
    import sqlite3

    from mlsd_cards.study.opened import Opened


WHOLE = ".colpkg"
"""Ending of files that stand for a whole collection."""


@no_search_for_cycles()
def export(
    collection: "Opened",
    out: Path,
    *,
    deck: str | None,
    search: str | None,
    cards: Sequence[CardId] | None,
    scheduling: bool,
    media: bool,
    progress: Progress,
    presets: bool | None = None,
    form: str = "",
) -> ExportReport:
    """Write what was chosen to `out`; its ending, or `form`, chooses the format.

    Raises:
        NotFound: there is no such deck, or nothing to export. FileFormatError: no such format.
    """
    from mlsd_cards.formats import writer_for

    writer = writer_for(out, form)
    progress("Reading", 0, 0)
    ids = chosen(collection, deck, search, cards)
    whole = out.suffix.lower() == WHOLE and not form
    if whole and ids is not None:
        raise InputError(f"{out.name} takes the whole collection; for a part of it choose the ending .apkg.")
    with collection.store.read() as conn:
        data = gather(collection, conn, ids, deck, with_reviews=scheduling, with_media=media)
        if ids is None and (whole or form):
            _add_unused(collection, conn, data)
    if not data.notes:
        raise NotFound("There is nothing to export: no card was chosen.")
    options = WriteOptions(
        now_ms=_last_change(data, collection.clock.now_ms()),
        created_date=collection.boundary.created_date,
        created_offset_minutes=collection.store.created_offset_minutes,
        scheduling=scheduling,
        media=media,
        presets=presets,
    )
    warnings = writer.write(data, out, options, progress)
    return ExportReport(
        notes=len(data.notes),
        cards=len(data.cards),
        media=len(data.media),
        reviews=len(data.reviews) if scheduling else 0,
        bytes=_size(out),
        warnings=[*data.warnings, *warnings],
    )


def _last_change(data: ExchangeData, now_ms: int) -> int:
    """Return the moment of the last change of anything that goes out, so that the same always gives the same bytes."""
    log = data.reviews
    moments = [log.last] if isinstance(log, StoredReviews) else [entry.id for entry in log[-1:]]
    for some in (data.notes, data.cards):
        moments += [max(each.id, each.created_ms, each.modified_ms) for each in some]
    return max((moment for moment in moments if moment <= now_ms), default=now_ms)


def _size(path: Path) -> int:
    """Return how many bytes a file holds, or all files of a folder but the hidden ones."""
    if not path.is_dir():
        return path.stat().st_size
    files = (each for each in path.rglob("*") if not each.relative_to(path).parts[0].startswith("."))
    return sum(each.stat().st_size for each in files if each.is_file())


def chosen(
    collection: "Opened", deck: str | None, search: str | None, cards: Sequence[CardId] | None
) -> list[CardId] | None:
    """Return the ids of the cards to export, None for all.

    Raises:
        NotFound: there is no such deck. InputError: cards are named besides a deck or search.
    """
    if sum(each is not None for each in (deck, search, cards)) > 1 and cards is not None:
        raise InputError("Choose cards by deck or search, or name them, not both.")
    if cards is not None:
        return list(cards)
    found: set[CardId] | None = None
    if search is not None:
        found = set(browsing.search(collection, search, None, None).ids)
    if deck is not None:
        with collection.store.read() as conn:
            known = deck_store.decks(conn)
            top = find_deck(known, deck)
            inside = [key for key, each in known.items() if is_inside(each.name, top.name)]
            of_deck = set(card_store.ids_in_decks(conn, inside))
            for key in inside:
                of_deck.update(each.card_id for each in filtered.borrowed(conn, key))
        found = of_deck if found is None else found & of_deck
    return None if found is None else sorted(found)


def gather(
    collection: "Opened",
    conn: "sqlite3.Connection",
    ids: list[CardId] | None,
    deck: str | None,
    *,
    with_reviews: bool,
    with_media: bool,
) -> ExchangeData:
    """Return all that belongs to the cards of these ids, all cards for None, for a writer."""
    rows = card_store.plain_rows(
        conn,
        ids,
        today=collection.today_number(),
        first_date=collection.boundary.ordinal_of_day(0),
        with_memory=_fsrs_decks(conn),
    )
    found = [ExchangeCard._make(row) for row in rows]
    found.sort(key=lambda card: (card.position, card.id))
    data = ExchangeData(layout="", source="", cards=found)
    names = _add_notes(conn, data, {NoteId(card.note_id) for card in found}, every=ids is None)
    note_types = note_store.note_types(conn)
    used = dict.fromkeys(note.note_type_id for note in data.notes)
    data.note_types = [note_types[NoteTypeId(key)] for key in used]
    data.decks, data.presets = _decks(collection, conn, {DeckId(card.deck_id) for card in found}, deck)
    if with_reviews:
        data.reviews = _reviews(collection, conn, ids, {card.id for card in found})
    if with_media:
        _add_media(collection, conn, data, names)
    return data


def _add_notes(
    conn: "sqlite3.Connection", data: ExchangeData, ids: set[NoteId], *, every: bool
) -> dict[str, None]:
    """Put the notes into `data` and return the names of media files in them, in order."""
    names: dict[str, None] = {}
    for key, guid, note_type_id, created_ms, modified_ms, tags, joined in note_store.plain_rows(
        conn, None if every else ids
    ):
        if key not in ids:
            continue
        fields = tuple(joined.split(FIELD_SEPARATOR))
        if may_name_media(joined):
            names.update(dict.fromkeys(name for text in fields for name in _names_in(text)))
        note = ExchangeNote(key, guid, note_type_id, fields, tuple(tags.split()), created_ms, modified_ms)
        data.notes.append(note)
    return names


def _fsrs_decks(conn: "sqlite3.Connection") -> set[DeckId]:
    """Return the decks under FSRS: memory in a file tells other programs that its cards are scheduled by it."""
    presets = deck_store.presets(conn)
    found = deck_store.decks(conn).values()
    return {deck.id for deck in found if presets[deck.preset_id].options.scheduler == "fsrs"}


def _names_in(field: str) -> list[str]:
    return media_names(field) if "<" in field or "[sound:" in field else []


def _reviews(
    collection: "Opened", conn: "sqlite3.Connection", ids: list[CardId] | None, own: set[int]
) -> Sequence[ExchangeReview]:
    """Return the reviews of cards; where they are all that there are, they stay in the collection."""
    bounds = review_store.bounds(conn)
    if ids is None and bounds is not None and not review_store.any_of_no_card(conn):
        return WholeLog(collection.store.database, *bounds, count=review_store.count(conn))
    new = tuple.__new__  # a million times: half the time of calling the class
    return [new(ExchangeReview, row) for row in review_store.plain_rows(conn, ids) if row[1] in own]


def _decks(
    collection: "Opened", conn: "sqlite3.Connection", used: set[DeckId], chosen: str | None
) -> tuple[list[ExchangeDeck], list[ExchangePreset]]:
    """Return the decks that hold exported cards, those above them, and their presets."""
    known = deck_store.decks(conn)
    names = {known[key].name.casefold() for key in used}
    names |= {parent.casefold() for key in used for parent in parent_names(known[key].name)}
    if chosen is not None:
        names.add(chosen.casefold())
    kept = [deck for deck in known.values() if deck.name.casefold() in names and not deck.filtered]
    presets = deck_store.presets(conn)
    wanted = {deck.preset_id for deck in kept}
    own, first = limits.own_limits(conn), collection.boundary
    dated = {key: each.dated(first.ordinal_of_day(each.day)) for key, each in own.items()}
    return (
        [
            ExchangeDeck(
                id=d.id,
                name=d.name,
                description=d.description,
                preset_id=d.preset_id,
                limits=dated.get(d.id, DatedLimits()),
            )
            for d in kept
        ],
        [
            ExchangePreset(id=p.id, name=p.name, options=p.options)
            for key, p in presets.items()
            if key in wanted
        ],
    )


def _add_unused(collection: "Opened", conn: "sqlite3.Connection", data: ExchangeData) -> None:
    """Add the decks, presets and note types that no card or note uses: the file stands for the whole collection."""
    known = deck_store.decks(conn).values()
    data.decks, data.presets = _decks(
        collection, conn, {deck.id for deck in known if not deck.filtered}, None
    )
    data.note_types = list(note_store.note_types(conn).values())


def _add_media(
    collection: "Opened", conn: "sqlite3.Connection", data: ExchangeData, names: dict[str, None]
) -> None:
    """Put the media files that notes (`names`) and note types name into `data`; those missing are listed."""
    for note_type in data.note_types:
        texts = [note_type.css, *(side for each in note_type.templates for side in (each.front, each.back))]
        for text in texts:
            names.update(dict.fromkeys(media_names(text)))
    rows = media_store.media(conn)
    names.update(
        dict.fromkeys(name for name in rows if name.startswith("_"))
    )  # used by templates at run time
    missing = [name for name in names if name not in rows and not name.startswith("_")]
    for name in sorted(name for name in names if name in rows):
        path = collection.media_dir / name
        if path.is_file() and os.access(path, os.R_OK):
            data.media[name] = ExchangeMedia(name, path, rows[name].size, rows[name].sha256)
        else:
            missing.append(name)
    if missing:
        listed = ", ".join(f"“{name}”" for name in missing[:5]) + (
            f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        )
        files = "1 media file is" if len(missing) == 1 else f"{len(missing):,} media files are"
        data.warnings.append(f"Left out, since {files} missing or unreadable: {listed}.")
