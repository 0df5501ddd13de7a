"""Notes changed and added by hand. Each act is one transaction and one undo step; cards follow the fields."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Card, CardId
from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import FIELD_SEPARATOR, Note, NoteId, NoteType
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.store import cards, decks, notes
from mlsd_cards.study.desk import home_deck
from mlsd_cards.study.new_media import NewMedia, move_shown, staged
from mlsd_cards.study.opened import is_id

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened

DEFAULT_DECK = "Default"
_PLAIN_TYPES = ("basic", "mlsd-basic")


def edit_note(
    collection: "Opened",
    note_id: NoteId,
    *,
    fields: Mapping[str, str],
    tags: Sequence[str] = (),
    deck: str | None = None,
    media: Sequence[NewMedia] = (),
) -> int:
    """Change fields (HTML by name) and tags (`+x` adds, `-x` takes off) of a note, or move its cards to a deck.

    Those of the files in `media` that the note shows come into the media folder. Cards that the note now asks
    for are made, new and last; one that it no longer asks for stays with its answers. Returns 1 if anything
    changed, else 0.

    Raises:
        NotFound: there is no such note, field or deck. InputError: a text or tag cannot be used.
    """
    now_ms = collection.clock.now_ms()
    if not is_id(note_id):
        raise NotFound(f"There is no note {note_id}.")
    with staged(collection, media) as files, collection.store.transaction(Op.EDIT_NOTE) as tx:
        before = notes.note(tx.conn, note_id)
        note_type = notes.note_types(tx.conn)[before.note_type_id]
        after = replace(
            before,
            fields=_with_fields(note_type, before.fields, fields),
            tags=with_tags(before.tags, tags),
        )
        changed = after != before
        family = cards.cards_of_notes(tx.conn, [note_id]).get(note_id, [])
        if changed:
            after = replace(after, modified_ms=now_ms)
            notes.put_notes(tx, [after])
            move_shown(tx, collection.home, after.fields, files)
        if deck is not None:
            target = home_deck(decks.decks(tx.conn), deck).id
            moved = [replace(c, deck_id=target, modified_ms=now_ms) for c in family if c.deck_id != target]
            cards.put_cards(tx, moved)
            changed = changed or bool(moved)
            family = [replace(card, deck_id=target) for card in family]
        if changed and family:
            have = {card.ordinal for card in family}
            wanted = card_ordinals(note_type, after.fields, tags=after.tags)
            _add_cards(tx, after, [each for each in wanted if each not in have], family[0].deck_id, now_ms)
    return int(changed)


def add_note(
    collection: "Opened",
    fields: Mapping[str, str],
    *,
    note_type: str | None = None,
    deck: str | None = None,
    tags: Sequence[str] = (),
    media: Sequence[NewMedia] = (),
) -> NoteId:
    """Add a note of a note type (else a basic one) with its cards, new and last, to a deck (else `Default`).

    Raises:
        NotFound: there is no such note type, field or deck. InputError: a text cannot be used, or makes no card.
    """
    now_ms = collection.clock.now_ms()
    with staged(collection, media) as files, collection.store.transaction(Op.ADD_NOTE) as tx:
        kind = _find_type(tx, note_type)
        texts = _with_fields(kind, ("",) * len(kind.fields), fields)
        put_on = with_tags((), [f"+{tag}" for tag in tags])
        ordinals = card_ordinals(kind, texts, tags=put_on)
        if not ordinals:
            raise InputError(
                f"The note would make no card; the fields of “{kind.name}” are: {', '.join(kind.field_names)}."
            )
        deck_id = home_deck(decks.decks(tx.conn), deck).id if deck is not None else _default_deck(tx, now_ms)
        note = Note(
            id=NoteId(max(now_ms, notes.newest_note_id(tx.conn) + 1)),
            guid=uuid.uuid4().hex[:10],
            note_type_id=kind.id,
            fields=texts,
            tags=put_on,
            created_ms=now_ms,
            modified_ms=now_ms,
        )
        notes.put_notes(tx, [note])
        move_shown(tx, collection.home, note.fields, files)
        _add_cards(tx, note, ordinals, deck_id, now_ms)
    return note.id


def put_texts(tx: "Transaction", texts: Mapping[NoteId, Mapping[str, str]], now_ms: int) -> None:
    """Give notes other texts in fields by name, and make the cards that they then ask for, within an act.

    Raises:
        NotFound: a note type has no such field.
    """
    known, types = notes.notes_by_ids(tx.conn, texts), notes.note_types(tx.conn)
    families = cards.cards_of_notes(tx.conn, texts)
    for note_id, note in known.items():
        note_type = types[note.note_type_id]
        after = replace(note, fields=_with_fields(note_type, note.fields, texts[note_id]), modified_ms=now_ms)
        notes.put_notes(tx, [after])
        if family := families.get(note_id):
            have = {card.ordinal for card in family}
            wanted = card_ordinals(note_type, after.fields, tags=after.tags)
            _add_cards(tx, after, [each for each in wanted if each not in have], family[0].deck_id, now_ms)


def _with_fields(note_type: NoteType, texts: tuple[str, ...], new: Mapping[str, str]) -> tuple[str, ...]:
    places = {name.casefold(): place for place, name in enumerate(note_type.field_names)}
    after = list(texts)
    for name, text in new.items():
        place = places.get(name.casefold())
        if place is None:
            known = ", ".join(note_type.field_names)
            raise NotFound(f"The note type “{note_type.name}” has no field “{name}”; there are: {known}.")
        if FIELD_SEPARATOR in text or "\0" in text or not _is_unicode(text):
            raise InputError(f"The text of the field “{name}” holds a character that no text may hold.")
        after[place] = text
    return tuple(after)


def _is_unicode(text: str) -> bool:
    """Whether no half of a character stands in a text, as bytes that are not UTF-8 leave it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def with_tags(tags: tuple[str, ...], changes: Sequence[str]) -> tuple[str, ...]:
    """Return `tags` after `changes`: `+x` puts one on, `-x` takes it off; letter case does not count.

    Raises:
        InputError: a change is neither, or a tag has blanks in it.
    """
    after = list(tags)
    for change in changes:
        sign, tag = change[:1], change[1:]
        if sign not in ("+", "-") or tag.split() != [tag] or "\0" in tag or not _is_unicode(tag):
            raise InputError(f"“{change}” is not +TAG or -TAG; a tag has no blanks.")
        known = [each.casefold() for each in after]
        if sign == "-":
            after = [each for each in after if each.casefold() != tag.casefold()]
        elif tag.casefold() not in known:
            after.append(tag)
    return tuple(after)


def _find_type(tx: "Transaction", name: str | None) -> NoteType:
    known = {each.name.casefold(): each for each in notes.note_types(tx.conn).values()}
    for wanted in _PLAIN_TYPES if name is None else (name.casefold(),):
        if wanted in known:
            return known[wanted]
    names = ", ".join(each.name for each in known.values()) or "none"
    raise NotFound(f"There is no note type “{name or 'Basic'}”; there are: {names}.")


def _default_deck(tx: "Transaction", now_ms: int) -> DeckId:
    known = decks.decks(tx.conn)
    for deck in known.values():
        if deck.name.casefold() == DEFAULT_DECK.casefold():
            return deck.id
    presets = decks.presets(tx.conn)
    made = Deck(
        id=DeckId(max([now_ms, *known, *presets]) + 1),
        name=DEFAULT_DECK,
        preset_id=min(presets),
        created_ms=now_ms,
    )
    decks.put_deck(tx, made)
    return made.id


def _add_cards(tx: "Transaction", note: Note, ordinals: Sequence[int], deck_id: DeckId, now_ms: int) -> None:
    first = max(now_ms, cards.newest_card_id(tx.conn) + 1)
    position = cards.highest_position(tx.conn) + 1
    made = [
        Card(
            id=CardId(first + place),
            note_id=note.id,
            deck_id=deck_id,
            ordinal=ordinal,
            position=position,
            created_ms=now_ms,
            modified_ms=now_ms,
        )
        for place, ordinal in enumerate(ordinals)
    ]
    cards.put_cards(tx, made)
