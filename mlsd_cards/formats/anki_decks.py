"""Reads Anki's decks: from the JSON column `decks`, or from the table of schema 15 and later.

Source: ankitects/anki rslib/src/decks/schema11.rs and name.rs, proto/anki/decks.proto.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mlsd_cards.domain.deck_limits import DatedLimits
from mlsd_cards.domain.decks import DECK_SEPARATOR
from mlsd_cards.domain.exchange import ExchangeDeck
from mlsd_cards.formats import anki_json as js
from mlsd_cards.formats.anki_names import UniqueNames
from mlsd_cards.formats.anki_place import Place, quoted
from mlsd_cards.formats.foreign_db import ForeignDatabase
from mlsd_cards.formats.limits import DECK_DEPTH, DECK_NAME_SIGNS, DECKS
from mlsd_cards.formats.protowire import Message, decode

DEFAULT_DECK = 1
DEFAULT_PRESET = 1

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_NORMAL, _FILTERED = 1, 2
_REVIEW_LIMIT, _NEW_LIMIT, _REVIEW_TODAY, _NEW_TODAY = 6, 7, 8, 9
_MOST_A_DAY, _LAST_DAY = 9999, 10**6
_LONGEST_PART = 2 * DECK_NAME_SIGNS


@dataclass(frozen=True, slots=True)
class ForeignDeck:
    """A deck of the file, and whether its cards keep their schedule while they are in it (filtered decks)."""

    deck: ExchangeDeck
    reschedules: bool = True


def decks_from_json(data: bytes, place: Place, created_date: int) -> dict[int, ForeignDeck]:
    """Return the decks of the JSON column `decks` by their ids, names repaired and different.

    Limits for one day count days from `created_date`, an ordinal.

    Raises:
        FileFormatError: `damaged`, `inconsistent` or `limit`.
    """
    found = []
    decks = js.as_object(js.parse_json(data, place), place)
    if len(decks) > DECKS:
        raise place.refuse("limit", f"holds more than {DECKS:,} decks")
    for key, value in sorted(decks.items()):
        source = js.as_object(value, place)
        filtered = js.flag(source, "dyn")
        found.append(
            ForeignDeck(
                ExchangeDeck(
                    id=js.integer({"id": key}, "id"),
                    name=deck_name(js.text(source, "name"), DECK_SEPARATOR),
                    description=js.text(source, "desc"),
                    preset_id=DEFAULT_PRESET if filtered else js.integer(source, "conf", DEFAULT_PRESET),
                    filtered=filtered,
                    limits=DatedLimits() if filtered else _json_limits(source, created_date),
                ),
                js.flag(source, "resched", default=True),
            )
        )
    return _with_unique_names(found)


def decks_from_table(db: ForeignDatabase, created_date: int) -> dict[int, ForeignDeck]:
    """Return the decks of the table `decks` by their ids, names repaired and different.

    Limits for one day count days from `created_date`, an ordinal.

    Raises:
        FileFormatError: `damaged` or `inconsistent`.
    """
    found = []
    for number, name, kind in db.rows("SELECT id, name, kind FROM decks ORDER BY id", most=DECKS):
        place = db.place.at("a deck")
        if not (isinstance(number, int) and isinstance(name, bytes) and isinstance(kind, bytes)):
            raise place.refuse("inconsistent", "holds values of the wrong kind")
        plain_name = deck_name(js.composed(decode(name, place)), "\x1f")
        place = db.place.at(f"the deck {quoted(plain_name)}")
        found.append(_proto_deck(number, plain_name, kind, place, created_date))
    return _with_unique_names(found)


def deck_name(name: str, separator: str) -> str:
    """Return a deck's full name: no controls, no empty parts, not too deep, not too long."""
    name = _CONTROLS.sub("", name.replace(separator, DECK_SEPARATOR))
    parts = name.split(DECK_SEPARATOR, DECK_DEPTH)[:DECK_DEPTH]
    cleaned = [_trimmed(part[:_LONGEST_PART]) or "blank" for part in parts]
    name = DECK_SEPARATOR.join(cleaned)
    if len(name) > DECK_NAME_SIGNS:
        name = name[:DECK_NAME_SIGNS].rstrip(": ")
    return name


def needed_decks(decks: Mapping[int, ForeignDeck], used: Iterable[int]) -> list[ExchangeDeck]:
    """Return the decks with these ids and those above them, outermost first."""
    by_name = {item.deck.name.casefold(): item.deck for item in decks.values()}
    chosen: dict[int, ExchangeDeck] = {}
    for deck_id in used:
        if deck_id not in decks:
            continue
        parts = decks[deck_id].deck.name.split(DECK_SEPARATOR)
        for depth in range(1, len(parts) + 1):
            deck = by_name.get(DECK_SEPARATOR.join(parts[:depth]).casefold())
            if deck is not None:
                chosen[deck.id] = deck
    return sorted(chosen.values(), key=lambda deck: (deck.name.count(DECK_SEPARATOR), deck.name))


def _trimmed(part: str) -> str:
    first, end = 0, len(part)
    while first < end and (part[first] == ":" or part[first].isspace()):
        first += 1
    while first < end and (part[end - 1] == ":" or part[end - 1].isspace()):
        end -= 1
    return part[first:end]


def _proto_deck(number: int, name: str, kind: bytes, place: Place, created_date: int) -> ForeignDeck:
    container = Message(kind, place)
    if container.has(_FILTERED):
        filtered = Message(container.data(_FILTERED), place)
        return ForeignDeck(
            ExchangeDeck(id=number, name=name, preset_id=DEFAULT_PRESET, filtered=True),
            bool(filtered.integer(1)),
        )
    normal = Message(container.data(_NORMAL), place)
    description = js.composed(normal.text(4))
    preset_id = normal.integer(1) or DEFAULT_PRESET
    limits = _proto_limits(normal, place, created_date)
    return ForeignDeck(
        ExchangeDeck(id=number, name=name, description=description, preset_id=preset_id, limits=limits)
    )


def _json_limits(source: Mapping[str, Any], created_date: int) -> DatedLimits:
    def of_day(key: str) -> tuple[int, int] | None:
        value = source.get(key)
        return (
            (js.integer(value, "limit", -1), js.integer(value, "today")) if isinstance(value, dict) else None
        )

    return _limits(
        js.integer(source, "newLimit", -1),
        js.integer(source, "reviewLimit", -1),
        of_day("newLimitToday"),
        of_day("reviewLimitToday"),
        created_date,
    )


def _proto_limits(normal: Message, place: Place, created_date: int) -> DatedLimits:
    def of_day(field: int) -> tuple[int, int] | None:
        if not normal.has(field):
            return None
        message = Message(normal.data(field), place)
        return message.integer(1), message.integer(2)

    return _limits(
        normal.integer(_NEW_LIMIT, -1),
        normal.integer(_REVIEW_LIMIT, -1),
        of_day(_NEW_TODAY),
        of_day(_REVIEW_TODAY),
        created_date,
    )


def _limits(
    new: int,
    reviews: int,
    new_today: tuple[int, int] | None,
    reviews_today: tuple[int, int] | None,
    created_date: int,
) -> DatedLimits:
    """Return limits, below 0 for none; those of a day with its number. Of two days only the later can still hold."""
    day = max((each[1] for each in (new_today, reviews_today) if each is not None), default=0)
    if not 0 <= day <= _LAST_DAY:
        new_today = reviews_today = None

    def of_day(limit: tuple[int, int] | None) -> int | None:
        return None if limit is None or limit[1] != day else _cards(limit[0])

    return DatedLimits(
        new_per_day=_cards(new),
        reviews_per_day=_cards(reviews),
        date=created_date + day if new_today or reviews_today else 0,
        new_today=of_day(new_today),
        reviews_today=of_day(reviews_today),
    )


def _cards(number: int) -> int | None:
    return None if number < 0 else min(number, _MOST_A_DAY)


def _with_unique_names(found: Iterable[ForeignDeck]) -> dict[int, ForeignDeck]:
    decks: dict[int, ForeignDeck] = {}
    names = UniqueNames()
    for item in found:
        name = names.give(item.deck.name, partial(_numbered, item.deck.name))
        decks[item.deck.id] = ForeignDeck(replace(item.deck, name=name), item.reschedules)
    return decks


def _numbered(name: str, number: int) -> str:
    return f"{name}_" if number == 2 else f"{name}_{number}"
