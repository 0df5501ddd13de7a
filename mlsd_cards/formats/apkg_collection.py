"""The part of a written Anki package that describes the whole: note types, decks, presets, dates.

genanki makes the tables, models and decks; what it leaves at fixed values is set in its database afterwards.
Source: genanki 0.13; ankitects/anki rslib/src/notetype/schema11.rs, decks/schema11.rs, storage/schema11.sql.
"""

import datetime
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import genanki

from mlsd_cards.domain.deck_limits import DatedLimits
from mlsd_cards.domain.decks import parent_names
from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck, ExchangePreset, WriteOptions
from mlsd_cards.domain.notes import NoteType, NoteTypeKind, Template
from mlsd_cards.formats.apkg_ids import Unique, stable_id
from mlsd_cards.formats.apkg_presets import preset_json
from mlsd_cards.rendering.template import card_ordinals

DEFAULT_DECK = 1
DEFAULT_PRESET = 1

_DEFAULT_NAME = "Default"
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_DAY_S = 86_400
_ROLLOVER_S = 4 * 3600
_TAGGED_STOCK = {5: 2, 6: 5}  # stock kind → number of fields that Anki finds by a tag, not by name
_PROTECTED_STOCK = {5: 1, 6: 4}  # … and that cannot be deleted


class Collection:
    """Ids of the package by ids of the data, and what its tables `col` says."""

    def __init__(self, data: ExchangeData, options: WriteOptions) -> None:
        self.data = data
        self.options = options
        self.now_s = options.now_ms // 1000
        self.note_types = {int(note_type.id): note_type for note_type in data.note_types}
        self.note_type_ids = _note_type_ids(data.note_types)
        self.decks = _complete(data.decks, data.note_types)
        self.deck_ids = _deck_ids(self.decks)
        self.deck_ids_by_name = {deck.name.casefold(): self.deck_ids[deck.id] for deck in self.decks}
        for deck in data.decks:  # names that differ in letter case are one deck in Anki
            self.deck_ids[deck.id] = self.deck_ids_by_name[deck.name.casefold()]
        with_presets = options.scheduling if options.presets is None else options.presets
        self.presets = _presets(data.presets) if with_presets else {}

    def deck_id(self, deck_id: int) -> int:
        """Return the package's id of a deck; that of the default deck where there is no such deck."""
        return self.deck_ids.get(deck_id, DEFAULT_DECK)

    @property
    def created_s(self) -> int:
        """The moment from whose date due days are counted: 4 o'clock on the creation date."""
        midnight = (self.options.created_date - _EPOCH) * _DAY_S
        return midnight + _ROLLOVER_S - self.options.created_offset_minutes * 60

    def write(self, cursor: sqlite3.Cursor, next_position: int) -> None:
        """Make the tables and fill `col`."""
        decks = [
            genanki.Deck(self.deck_ids[deck.id], deck.name, deck.description) for deck in self.decks
        ] or [genanki.Deck(DEFAULT_DECK, _DEFAULT_NAME)]
        for note_type in self.data.note_types:
            decks[0].add_model(self._model(note_type))
        # One deck is enough for genanki to write tables and models; it would write the rest one by one.
        genanki.Package(decks[:1]).write_to_db(cursor, self.now_s, iter(()))
        (raw_models, raw_decks, raw_config, raw_presets) = cursor.execute(
            "SELECT models, decks, conf, dconf FROM col"
        ).fetchone()
        models = json.loads(raw_models)
        for note_type in self.data.note_types:
            self._complete_model(models[str(self.note_type_ids[int(note_type.id)])], note_type)
        config = json.loads(raw_config) | self._config(next_position)
        config["curModel"] = next(iter(models), "")
        now_ms = self.options.now_ms
        cursor.execute(
            "UPDATE col SET crt = ?, mod = ?, scm = ?, conf = ?, models = ?, decks = ?, dconf = ?, tags = ?",
            (
                self.created_s,
                now_ms,
                now_ms,
                *map(
                    _dumps,
                    (
                        config,
                        models,
                        self._decks(json.loads(raw_decks), decks),
                        self._dconf(raw_presets),
                        self._tags(),
                    ),
                ),
            ),
        )

    def _tags(self) -> dict[str, int]:
        """Return the tags of all notes: whoever opens the package as a collection finds them listed."""
        return dict.fromkeys(sorted({tag for note in self.data.notes for tag in note.tags}), -1)

    def _config(self, next_position: int) -> dict[str, Any]:
        options = [preset.options for preset in self.presets.values()]
        config = {
            "schedVer": 2,
            "sched2021": True,
            "creationOffset": -self.options.created_offset_minutes,
            "nextPos": next_position,
        }
        if options:
            config["loadBalancerEnabled"] = any(each.load_balance for each in options)
            config["fsrs"] = any(each.scheduler == "fsrs" for each in options)
            config["fsrsShortTermWithStepsEnabled"] = any(each.short_term_with_steps for each in options)
        if any(each.new_ignore_review_limit for each in options):
            config["newCardsIgnoreReviewLimit"] = True
        return config

    def _dconf(self, raw: str) -> dict[str, Any]:
        entries: dict[str, Any] = json.loads(raw)
        for preset in self.presets.values():
            entries[str(preset.id)] = preset_json(preset.id, preset.name, preset.options, self.now_s)
        return entries

    def _decks(self, known: dict[str, Any], decks: Sequence[Any]) -> dict[str, Any]:
        presets = {
            self.deck_ids[deck.id]: self.presets[deck.preset_id].id
            for deck in self.decks
            if deck.preset_id in self.presets
        }
        quiet = {f"{what}Today": [0, 0] for what in ("lrn", "new", "rev", "time")}
        limits = {self.deck_ids[deck.id]: self._limits(deck.limits) for deck in self.decks} if presets else {}
        for deck in decks:
            entry = deck.to_json() | quiet | limits.get(deck.deck_id, {})
            preset = presets.get(deck.deck_id, DEFAULT_PRESET)
            known[str(deck.deck_id)] = entry | {
                "mod": self.now_s, "extendRev": 0, "conf": preset, "browserCollapsed": False
            }  # fmt: skip
        return known

    def _limits(self, own: DatedLimits) -> dict[str, Any]:
        """Return what a deck's entry says of its own limits; days are counted from the day of creation."""
        day = own.date - self.options.created_date

        def of_day(limit: int | None) -> dict[str, int] | None:
            return None if limit is None or day < 0 else {"limit": limit, "today": day}

        return {
            "newLimit": own.new_per_day,
            "reviewLimit": own.reviews_per_day,
            "newLimitToday": of_day(own.new_today),
            "reviewLimitToday": of_day(own.reviews_today),
        }

    def _model(self, note_type: NoteType) -> Any:
        model = genanki.Model(
            self.note_type_ids[int(note_type.id)],
            note_type.name,
            fields=[
                {
                    "name": field.name,
                    "rtl": field.rtl,
                    "sticky": field.sticky,
                    "font": field.font,
                    "size": field.font_size,
                    "description": field.description,
                }
                for field in note_type.fields
            ],
            templates=[self._template(template) for template in note_type.templates],
            css=note_type.css,
            model_type=genanki.Model.CLOZE
            if note_type.kind is NoteTypeKind.CLOZE
            else genanki.Model.FRONT_BACK,
            sort_field_index=note_type.sort_field,
            **_latex(note_type),
        )
        model._req = _required(note_type)  # genanki's own is slow, and fails for fronts without fields
        return model

    def _template(self, template: Template) -> dict[str, Any]:
        return {
            "name": template.name,
            "qfmt": template.front,
            "afmt": template.back,
            "bqfmt": template.browser_front,
            "bafmt": template.browser_back,
            "did": self.deck_ids_by_name.get(template.deck_name.casefold()) if template.deck_name else None,
        }

    def _complete_model(self, model: dict[str, Any], note_type: NoteType) -> None:
        model["id"] = self.note_type_ids[int(note_type.id)]
        model["mod"] = note_type.modified_ms // 1000 or self.now_s
        model["latexsvg"] = note_type.latex_svg
        model["did"] = None
        if note_type.stock_kind:
            model["originalStockKind"] = note_type.stock_kind
        if len(note_type.fields) >= _TAGGED_STOCK.get(note_type.stock_kind, 1000):
            for number, field in enumerate(model["flds"][: _TAGGED_STOCK[note_type.stock_kind]]):
                field["tag"] = number
                field["preventDeletion"] = number < _PROTECTED_STOCK[note_type.stock_kind]


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _latex(note_type: NoteType) -> dict[str, str]:
    """Return the LaTeX frame, nothing where the note type has none: genanki then writes Anki's."""
    frame = {"latex_pre": note_type.latex_pre, "latex_post": note_type.latex_post}
    return frame if any(frame.values()) else {}


def _required(note_type: NoteType) -> list[list[Any]]:
    """Return which fields each front needs, for programs that still ask: all of some, any of some, or none.

    Source: ankitects/anki rslib/src/template.rs (requirements).
    """
    if note_type.kind is NoteTypeKind.CLOZE:
        return [[0, "any", [0]]]
    count = len(note_type.fields)
    without = [
        card_ordinals(note_type, ["x"] * place + [""] + ["x"] * (count - place - 1)) for place in range(count)
    ]
    alone = [
        card_ordinals(note_type, [""] * place + ["x"] + [""] * (count - place - 1)) for place in range(count)
    ]
    full = card_ordinals(note_type, ["x"] * count)
    found: list[list[Any]] = []
    for ordinal in range(len(note_type.templates)):
        needed = [place for place in range(count) if ordinal in full and ordinal not in without[place]]
        enough = [place for place in range(count) if ordinal in alone[place]]
        kind = "all" if needed and not enough else "any" if enough else "none"
        found.append([ordinal, kind, needed if kind == "all" else enough])
    return found


def _note_type_ids(note_types: Sequence[NoteType]) -> dict[int, int]:
    """Return the package's ids of note types: those they had in a package before, else from their shape."""
    unique = Unique()
    ids: dict[int, int] = {}
    for note_type in note_types:
        shape = (note_type.name, note_type.kind.value, *note_type.field_names)
        wanted = note_type.foreign_id if note_type.foreign_id > 0 else stable_id("note type", *shape)
        ids[int(note_type.id)] = unique.take(wanted)
    return ids


def _complete(decks: Sequence[ExchangeDeck], note_types: Sequence[NoteType]) -> list[ExchangeDeck]:
    """Return the decks, with those that templates name and all decks above them; those above come first."""
    known = {deck.name.casefold(): deck for deck in reversed(decks)}  # of two that differ in case, the first
    named = [template.deck_name for note_type in note_types for template in note_type.templates]
    found: dict[str, ExchangeDeck] = {}
    for full_name in [deck.name for deck in decks] + [name for name in named if name]:
        for name in (*parent_names(full_name), full_name):
            folded = name.casefold()
            if folded not in found:  # ids below 0 belong to no deck of the data
                found[folded] = known.get(folded) or ExchangeDeck(id=-len(found) - 1, name=name)
    return list(found.values())


def _deck_ids(decks: Sequence[ExchangeDeck]) -> dict[int, int]:
    """Return the package's ids of decks, from their names: Anki knows decks by name."""
    unique = Unique([DEFAULT_DECK])
    default = _DEFAULT_NAME.casefold()
    return {
        deck.id: DEFAULT_DECK
        if deck.name.casefold() == default
        else unique.take(stable_id("deck", deck.name))
        for deck in decks
    }


def _presets(presets: Sequence[ExchangePreset]) -> dict[int, ExchangePreset]:
    """Return presets with the package's ids, from their names, by their ids in the data."""
    unique = Unique([DEFAULT_PRESET])
    default = next((each for each in presets if each.name.casefold() == _DEFAULT_NAME.casefold()), None)
    return {
        each.id: replace(
            each, id=DEFAULT_PRESET if each is default else unique.take(stable_id("preset", each.name))
        )
        for each in presets
    }
