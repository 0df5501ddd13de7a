"""The decks of an import: those that are here already under whatever name, and those to be made, with their presets."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.deck_limits import DatedLimits, OwnLimits
from mlsd_cards.domain.decks import (
    DECK_SEPARATOR,
    Deck,
    DeckId,
    NewGather,
    Options,
    Preset,
    PresetId,
    parent_names,
)
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeDeck
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.scheduling.timing import DayBoundary
from mlsd_cards.store import cards, decks, limits
from mlsd_cards.study.import_plan import Plan, deck_names_needed
from mlsd_cards.study.import_types import free_name

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction

DEFAULT_DECK = "Default"
ANKI_PRESET = "Anki"
_FALLBACK = "anki-sm2"
_NEARLY_ALL = 0.8


class DeckPlaces:
    """Where the cards of an import go: `ids` by deck of the file (0: where nothing is said), each deck's options."""

    def __init__(
        self, tx: "Transaction", plan: Plan, *, now_ms: int, scheduling: bool, boundary: DayBoundary
    ) -> None:
        self._boundary = boundary
        self._tx = tx
        self._data = plan.data
        self._now_ms = now_ms
        self._scheduling = scheduling
        self._by_name = {deck.name.casefold(): deck for deck in decks.decks(tx.conn).values()}
        self._presets = decks.presets(tx.conn)
        self._following = max([now_ms, *(deck.id for deck in self._by_name.values()), *self._presets])
        names = self._final_names({each.foreign.id: each.note.id for each in plan.matched})
        names = {key: _beside_filtered(name, self._by_name) for key, name in names.items()}
        self._make(names)
        self.ids = {key: self._by_name[name.casefold()].id for key, name in names.items()}
        first = next(iter(names.values()), DEFAULT_DECK)
        self.ids.setdefault(0, self._by_name[(*parent_names(first), first)[0].casefold()].id)
        self.options = {deck.id: self._presets[deck.preset_id].options for deck in self._by_name.values()}

    # Names

    def _final_names(self, matched: Mapping[int, NoteId]) -> dict[int, str]:
        """Return the name that each deck of the file has here: its own, or that to which the user renamed it."""
        names = {deck.id: deck.name for deck in self._data.decks}
        if (
            not matched
            or self._data.deck_chosen
            or all(name.casefold() in self._by_name for name in names.values())
        ):
            return names
        renamed = _with_parents(self._renamed(matched), names)
        return {key: _moved(name, renamed, self._by_name) for key, name in names.items()}

    def _renamed(self, matched: Mapping[int, NoteId]) -> dict[int, str]:
        """Return where nearly all notes here lie that the file has in a deck whose name is not here."""
        absent = {deck.id for deck in self._data.decks if deck.name.casefold() not in self._by_name}
        absent -= {
            deck.id for deck in self._data.decks if deck.name == DEFAULT_DECK
        }  # everybody's, renamed by nobody
        where = cards.decks_of_notes(self._tx.conn, matched.values())
        votes: dict[int, Counter[DeckId]] = {}
        for card in self._data.cards:
            if card.deck_id in absent and card.note_id in matched:
                votes.setdefault(card.deck_id, Counter()).update(where.get(matched[card.note_id], ()))
        own = {deck.id: deck.name for deck in self._by_name.values()}
        return {
            key: own[deck]
            for key, count in votes.items()
            for deck, most in count.most_common(1)
            if most >= _NEARLY_ALL * count.total()
        }

    # Making

    def _make(self, names: Mapping[int, str]) -> None:
        filed = {names[deck.id].casefold(): deck for deck in self._data.decks}
        needed = deck_names_needed(names.values()) or [DEFAULT_DECK]
        for name in needed:
            if name.casefold() not in self._by_name:
                foreign = filed.get(name.casefold())
                deck = Deck(
                    id=DeckId(self._next_id()),
                    name=name,
                    preset_id=self._preset_of(foreign),
                    description=foreign.description if foreign else "",
                    created_ms=self._now_ms,
                )
                decks.put_deck(self._tx, deck)
                if (
                    foreign
                    and self._scheduling
                    and any(each.id == foreign.preset_id for each in self._data.presets)
                ):
                    self._put_limits(deck.id, foreign.limits)
                self._by_name[name.casefold()] = deck

    def _put_limits(self, deck_id: DeckId, own: DatedLimits) -> None:
        if own.says_nothing:
            return
        made = OwnLimits(
            deck_id=deck_id,
            new_per_day=own.new_per_day,
            reviews_per_day=own.reviews_per_day,
            day=self._boundary.day_of_ordinal(own.date) if own.date else 0,
            new_today=own.new_today,
            reviews_today=own.reviews_today,
        )
        limits.put_limits(self._tx, [made])

    def _next_id(self) -> int:
        self._following += 1
        return self._following

    def _preset_of(self, foreign: ExchangeDeck | None) -> PresetId:
        default = min(self._presets)
        if not self._scheduling:
            return default
        given = next((each for each in self._data.presets if foreign and each.id == foreign.preset_id), None)
        if given is not None:
            return self._preset(given.name, given.options)
        if any(card.state != "new" for card in self._data.cards):
            return self._preset(ANKI_PRESET, Options(scheduler=_FALLBACK, new_gather=NewGather.DECK))
        return default

    def _preset(self, name: str, options: Options) -> PresetId:
        """Return a preset of those options, made if need be."""
        if options.scheduler not in SCHEDULER_NAMES:
            options = replace(options, scheduler=_FALLBACK)
        for preset in self._presets.values():
            if preset.options == options and preset.name.rstrip("+") == name.rstrip("+"):
                return preset.id
        free = free_name(name, (preset.name for preset in self._presets.values()))
        made = Preset(id=PresetId(self._next_id()), name=free, options=options)
        decks.put_preset(self._tx, made)
        self._presets[made.id] = made
        return made.id


def _with_parents(renamed: Mapping[int, str], names: Mapping[int, str]) -> dict[str, str]:
    """Return renamed decks, names in the file to names here, with the decks above them that were renamed with them."""
    found: dict[str, str] = {}
    for key, here in renamed.items():
        there = names[key]
        while there and here and there.casefold() not in found:
            found[there.casefold()] = here
            above, _, last = there.rpartition(DECK_SEPARATOR)
            above_here, _, last_here = here.rpartition(DECK_SEPARATOR)
            if last.casefold() != last_here.casefold():
                break
            there, here = above, above_here
    return found


def _beside_filtered(name: str, known: Mapping[str, Deck]) -> str:
    """Return the name under which cards can be kept here: a filtered deck of that name keeps none."""
    for above in (*parent_names(name), name):
        free = above
        while (deck := known.get(free.casefold())) is not None and deck.filtered:
            free += "+"
        if free != above:
            return _beside_filtered(free + name[len(above) :], known)
    return name


def _moved(name: str, renamed: Mapping[str, str], known: Iterable[str]) -> str:
    """Return the name here of a deck of the file, below the deck to which its parent was renamed."""
    if name.casefold() in known:
        return name
    for above in reversed([*parent_names(name), name]):
        if here := renamed.get(above.casefold()):
            return here + name[len(above) :]
    return name


def deck_of(card: ExchangeCard, *, scheduling: bool) -> int:
    """Return the deck of the file that a card is to go to.

    Filtered decks come as plain ones. With its progress a card goes back to the deck it was taken from, as
    new it stays with those it was put together with.
    """
    return card.deck_id if scheduling else card.filtered_deck_id or card.deck_id


def put_into(data: ExchangeData, deck: str) -> None:
    """Let `deck` take the place of a file's decks: of the innermost one that holds all their cards, with those below.

    Decks of the file that have no cards and lie elsewhere are left out.
    """
    used = {card.deck_id for card in data.cards} or {note.deck_id for note in data.notes}
    used |= {card.filtered_deck_id for card in data.cards}
    names = [each.name.split(DECK_SEPARATOR) for each in data.decks if each.id in used]
    shared: list[str] = []
    for level in zip(*names, strict=False):
        if len({part.casefold() for part in level}) > 1:
            break
        shared.append(level[0])
    top = DECK_SEPARATOR.join(shared)
    placed = []
    for each in data.decks:
        inside = not top or f"{each.name}{DECK_SEPARATOR}".casefold().startswith(
            f"{top}{DECK_SEPARATOR}".casefold()
        )
        if inside:
            below = each.name[len(top) :].removeprefix(DECK_SEPARATOR)
            placed.append(replace(each, name=f"{deck}{DECK_SEPARATOR}{below}" if below else deck))
        elif each.id in used:
            placed.append(each)
    if not data.decks and (data.notes or data.cards):
        placed.append(ExchangeDeck(id=0, name=deck))
    data.decks = placed
    data.deck_chosen = True
