"""Decks and presets."""

import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId
from mlsd_cards.store.schema import DeckLimitsRow, DeckRow, PresetRow
from mlsd_cards.store.transaction import Transaction

log = logging.getLogger(__name__)

_DEFAULTS = Options()


def decks(conn: sqlite3.Connection) -> dict[DeckId, Deck]:
    """Return all decks, by name."""
    rows = conn.execute(
        "SELECT id, name, preset_id, description, created_ms, id IN (SELECT id FROM filtered_decks) "
        "FROM decks ORDER BY name"
    )
    return {
        key: Deck(
            id=key,
            name=name,
            preset_id=preset_id,
            description=description,
            created_ms=created_ms,
            filtered=bool(borrows),
        )
        for key, name, preset_id, description, created_ms, borrows in rows
    }


def put_deck(tx: Transaction, *decks: Deck) -> None:
    """Write decks, new or changed. What makes one a filtered deck is written elsewhere."""
    tx.put(
        DeckRow,
        (DeckRow(deck.id, deck.name, deck.preset_id, deck.description, deck.created_ms) for deck in decks),
    )


def delete_decks(tx: Transaction, ids: Iterable[DeckId]) -> None:
    """Delete decks that hold no card any more, with the limits they have of their own."""
    gone = list(ids)
    tx.delete(DeckLimitsRow, gone)
    tx.delete(DeckRow, gone)


def presets(conn: sqlite3.Connection) -> dict[PresetId, Preset]:
    """Return all presets, by name."""
    rows = conn.execute("SELECT id, name, options FROM presets ORDER BY name, id")
    return {key: Preset(id=key, name=name, options=_options(options)) for key, name, options in rows}


def put_preset(tx: Transaction, *presets: Preset) -> None:
    """Write presets, new or changed."""
    tx.put(PresetRow, (PresetRow(each.id, each.name, _options_json(each.options)) for each in presets))


def delete_presets(tx: Transaction, ids: Iterable[PresetId]) -> None:
    """Delete presets that no deck uses any more."""
    tx.delete(PresetRow, ids)


def _options_json(options: Options) -> str:
    """Return the options that differ from their defaults."""
    values = {field.name: getattr(options, field.name) for field in fields(Options)}
    return json.dumps({name: value for name, value in values.items() if value != getattr(_DEFAULTS, name)})


def _options(text: str) -> Options:
    """Return stored options. What a newer version wrote and this one does not know is as usual."""
    known: dict[str, Any] = {}
    for name, value in json.loads(text).items():
        default = getattr(_DEFAULTS, name, None)
        if default is not None:
            try:
                known[name] = _option(default, value)
            except (ValueError, TypeError):
                log.warning("the option %s cannot be %r; the usual value stands in for it", name, value)
    return Options(**known)


def _option(default: Any, value: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(float(each) for each in value)
    return type(default)(value)
