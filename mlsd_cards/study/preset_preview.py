"""Options of a deck while they are being edited: who shares them, what is wrong with them, what they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.cards import Schedule
from mlsd_cards.domain.decks import Options, is_inside
from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.reviews import Rating
from mlsd_cards.scheduling import SchedulingContext, scheduler
from mlsd_cards.store import decks
from mlsd_cards.study import own_limits
from mlsd_cards.study.desk import find_deck
from mlsd_cards.study.fitting import fit_parameters
from mlsd_cards.study.settings import change_options, own_preset, read_option

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened

_HALF_A_DAY_S = 43_200

__all__ = ["DeckPreset", "change_options", "deck_preset", "fit_parameters", "preview", "problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckPreset:
    """The preset of a deck. Names are whole names, in order.

    `changed` are the other decks that a change of this deck's options reaches. `left` are decks that share the
    preset now and keep it as it is: the deck gets a preset of its own on its first change.
    """

    deck: str
    options: Options
    changed: tuple[str, ...]
    left: tuple[str, ...]
    limits: Mapping[str, int | None] = field(default_factory=dict)
    """The limits that the deck has of its own, by setting."""


def deck_preset(collection: "Opened", deck: str) -> DeckPreset:
    """Return the preset of a deck, and which other decks share it.

    Raises:
        NotFound: there is no such deck.
    """
    with collection.store.read() as conn:
        known, presets = decks.decks(conn), decks.presets(conn)
    chosen = find_deck(known, deck)
    preset, users = own_preset(known, presets, deck)
    shared = sorted(each.name for each in known.values() if each.preset_id == chosen.preset_id)
    changed = {each.name for each in users if each.id != chosen.id}
    return DeckPreset(
        deck=chosen.name,
        options=preset.options,
        changed=tuple(name for name in shared if name in changed),
        left=tuple(name for name in shared if name not in changed and not is_inside(name, chosen.name)),
        limits=own_limits.shown(collection, chosen),
    )


def problems(texts: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each text that cannot be the value of its option, by the option's name."""
    found: dict[str, str] = {}
    for key, text in texts.items():
        try:
            read_option(key, text, titles.get(key, ""))
        except InputError as error:
            found[key] = str(error)
    return found


def preview(options: Options, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the four buttons would say for a new card at noon, with `texts` in place of some options.

    Without fuzz, so that the same options always say the same.

    Raises:
        NotFound: there is no such option. InputError: a value cannot be used.
    """
    edited = replace(
        options, **{key: read_option(key, text) for key, text in texts.items() if key not in own_limits.KEYS}
    )
    context = SchedulingContext(now_ms=0, today=0, until_next_day_s=_HALF_A_DAY_S, options=edited)
    states = scheduler(edited.scheduler).next_states(Schedule(), context)
    return tuple(states[rating].label for rating in Rating)
