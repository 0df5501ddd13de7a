"""Small decks in several editions, as their author would send them out, and a user who changes what arrived."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.exchange import (
    ExchangeCard,
    ExchangeData,
    ExchangeDeck,
    ExchangeMedia,
    ExchangeNote,
    ExchangeReview,
    WriteOptions,
)
from mlsd_cards.domain.notes import Field, Note, NoteId, NoteType, NoteTypeId, Template
from mlsd_cards.formats import apkg_writer
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.store import notes
from mlsd_cards.study import Collection

FIRST_MS = 1_700_000_000_000
DAY_MS = 86_400_000
TYPE_ID = 1_600_000_000_123
CARD = ("Card 1", "{{Front}}", "{{FrontSide}}<hr id=answer>{{Back}}")

Texts = Mapping[str, Sequence[str]]
"""Fields of notes by guid."""


def note_type(
    fields: Sequence[str] = ("Front", "Back"),
    templates: Iterable[tuple[str, str, str]] = (CARD,),
    css: str = ".card { color: black }",
    number: int = TYPE_ID,
    edition: int = 1,
) -> NoteType:
    """Return a note type of the author's."""
    return NoteType(
        id=NoteTypeId(number),
        foreign_id=number,
        name="Author's",
        fields=tuple(Field(name=name) for name in fields),
        templates=tuple(Template(name=name, front=front, back=back) for name, front, back in templates),
        css=css,
        modified_ms=FIRST_MS + edition * DAY_MS,
    )


def package(
    path: Path,
    texts: Texts,
    *,
    edition: int = 1,
    tags: Mapping[str, Sequence[str]] | None = None,
    made_with: NoteType | None = None,
    deck: str = "Deck",
    media: Mapping[str, bytes] | None = None,
    review: bool = False,
) -> Path:
    """Write an edition of a deck as an Anki package. Every note counts as changed on the edition's day."""
    made_with = made_with or note_type(edition=edition)
    moment = FIRST_MS + edition * DAY_MS
    data = ExchangeData(note_types=[made_with], decks=[ExchangeDeck(id=5, name=deck)])
    for number, (guid, fields) in enumerate(texts.items(), 1):
        made, labels = FIRST_MS + number, tuple((tags or {}).get(guid, ()))
        data.notes.append(
            ExchangeNote(made, guid, int(made_with.id), tuple(fields), labels, made, moment, deck_id=5)
        )
        for ordinal in card_ordinals(made_with, fields, at_least_one=True):
            card = ExchangeCard(made + 1000 * (ordinal + 1), made, 5, ordinal, position=number)
            data.cards.append(_studied(card) if review else card)
            if review:
                entry = ExchangeReview(moment + card.id % 1000, card.id, 3, "review", 12, 5, 2300, 4000)
                data.reviews.append(entry)
    data.media = dict(_media(path.parent, media or {}))
    apkg_writer.write(data, path, WriteOptions(now_ms=moment, created_date=739_000))
    return path


def _studied(card: ExchangeCard) -> ExchangeCard:
    return card._replace(
        state="review", due_date=739_700, interval_days=12, ease_permille=2300, reps=4, lapses=1, flag=2
    )


def _media(folder: Path, contents: Mapping[str, bytes]) -> Iterable[tuple[str, ExchangeMedia]]:
    for name, content in contents.items():
        path = folder / f"of the package {name}"
        path.write_bytes(content)
        yield name, ExchangeMedia(name, path, len(content), hashlib.sha256(content).hexdigest())


def found(collection: Collection, guid: str) -> Note:
    """Return the note with a guid."""
    with collection.store.read() as conn:
        number = notes.guid_index(conn)[guid][0]
        return notes.note(conn, number)


def edit(collection: Collection, guid: str, *fields: str, tags: Sequence[str] | None = None) -> Note:
    """Let the user give a note other fields, or other tags."""
    before = found(collection, guid)
    after = replace(
        before,
        fields=fields or before.fields,
        tags=before.tags if tags is None else tuple(tags),
        modified_ms=collection.clock.now_ms(),
    )
    with collection.store.transaction(Op.EDIT_NOTE) as tx:
        notes.put_notes(tx, [after])
    return after


def type_of(collection: Collection, guid: str) -> NoteType:
    """Return the note type of the note with a guid."""
    note = found(collection, guid)
    with collection.store.read() as conn:
        return notes.note_types(conn)[note.note_type_id]


def delete(collection: Collection, guid: str) -> NoteId:
    """Let the user delete a note."""
    note = found(collection, guid)
    collection.delete_notes([note.id])
    return note.id
