"""Settings of the collection and of presets: their names, bounds and how a value is read from words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import (
    Deck,
    DeckId,
    Mix,
    NewGather,
    NewSort,
    Options,
    Preset,
    PresetId,
    ReviewOrder,
    is_inside,
)
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.store import decks, settings
from mlsd_cards.study import memories, own_limits
from mlsd_cards.study.days import DEFAULT_ROLLOVER_HOUR, ROLLOVER_HOUR
from mlsd_cards.study.desk import find_deck
from mlsd_cards.study.presets import choose_by_name

if TYPE_CHECKING:
    from mlsd_cards.study.opened import Opened


@dataclass(frozen=True, slots=True)
class _Number:
    low: float
    high: float
    whole: bool = True

    def read(self, name: str, text: str) -> int | float:
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            value = float("nan")
        if not self.low <= value <= self.high:
            kind = "a whole number" if self.whole else "a number"
            raise InputError(f"{name} is {kind} from {self.low:g} to {self.high:g}, not “{text}”.")
        return value


def _switch(name: str, text: str) -> bool:
    words = {
        "true": True,
        "on": True,
        "yes": True,
        "1": True,
        "false": False,
        "off": False,
        "no": False,
        "0": False,
    }
    if text.casefold() not in words:
        raise InputError(f"{name} is true or false, not “{text}”.")
    return words[text.casefold()]


def _choice(values: type[StrEnum] | tuple[str, ...]) -> Callable[[str, str], str]:
    known = [str(value) for value in values]

    def read(name: str, text: str) -> str:
        if text not in known:
            raise InputError(f"{name} is one of {', '.join(known)}, not “{text}”.")
        return values(text) if isinstance(values, type) else text

    return read


def _steps(name: str, text: str) -> tuple[float, ...]:
    """Read steps such as `1 10` (minutes) or `30s 10m 2h 1d`."""
    units = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0}
    steps: list[float] = []
    for word in text.replace(",", " ").split():
        number, unit = (word[:-1], word[-1]) if word[-1] in units else (word, "m")
        try:
            minutes = float(number) * units[unit]
        except ValueError:
            minutes = -1.0
        if not 0 < minutes <= 525_600:
            raise InputError(
                f"{name}: “{word}” is not a step; write minutes, or 30s, 10m, 2h, 1d, up to a year."
            )
        steps.append(minutes)
    return tuple(steps)


_DAY_SHARES = {"normal": 1.0, "reduced": 0.5, "minimum": 0.0}


def _easy_days(name: str, text: str) -> tuple[float, ...]:
    """Read `normal`, `reduced` or `minimum` for each weekday, Monday first; nothing means all normal."""
    words = text.casefold().replace(",", " ").split()
    if len(words) not in (0, 7) or any(word not in _DAY_SHARES for word in words):
        raise InputError(f"{name} are seven words, Monday first, each of {', '.join(_DAY_SHARES)}; or none.")
    shares = tuple(_DAY_SHARES[word] for word in words)
    return () if all(share == 1 for share in shares) else shares


def _parameters(name: str, text: str) -> tuple[float, ...]:
    from mlsd_cards.scheduling.memory import clipped_parameters

    try:
        values = tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise InputError(f"{name} are 17, 19 or 21 numbers, or none for the usual ones.") from None
    clipped_parameters(values)
    return values


_OPTION_READERS: dict[str, Callable[[str, str], Any]] = {
    "scheduler": _choice(SCHEDULER_NAMES),
    "new_per_day": _Number(0, 9999).read,
    "reviews_per_day": _Number(0, 9999).read,
    "new_ignore_review_limit": _switch,
    "learning_steps": _steps,
    "relearning_steps": _steps,
    "graduating_interval": _Number(1, 36500).read,
    "easy_interval": _Number(1, 36500).read,
    "starting_ease": _Number(1.31, 5, whole=False).read,
    "easy_bonus": _Number(1, 5, whole=False).read,
    "hard_multiplier": _Number(0.5, 1.3, whole=False).read,
    "interval_modifier": _Number(0.5, 2, whole=False).read,
    "lapse_multiplier": _Number(0, 1, whole=False).read,
    "minimum_lapse_interval": _Number(1, 36500).read,
    "maximum_interval": _Number(1, 36500).read,
    "leech_threshold": _Number(0, 9999).read,
    "leech_suspend": _switch,
    "fuzz": _switch,
    "load_balance": _switch,
    "easy_days": _easy_days,
    "parameters": _parameters,
    "desired_retention": _Number(0.7, 0.99, whole=False).read,
    "historical_retention": _Number(0.5, 0.99, whole=False).read,
    "short_term_with_steps": _switch,
    "bury_new": _switch,
    "bury_reviews": _switch,
    "bury_interday_learning": _switch,
    "new_mix": _choice(Mix),
    "interday_learning_mix": _choice(Mix),
    "review_order": _choice(ReviewOrder),
    "new_gather": _choice(NewGather),
    "new_sort": _choice(NewSort),
    "maximum_answer_seconds": _Number(5, 3600).read,
}

WATCH_DOWNLOADS = "watch_downloads"
"""Whether a deck file that newly lies in the downloads folder is offered for import."""
_COLLECTION_READERS: dict[str, tuple[Callable[[str, str], Any], Any]] = {
    ROLLOVER_HOUR: (_Number(0, 23).read, DEFAULT_ROLLOVER_HOUR),
    "theme": (_choice(("system", "light", "dark")), "system"),
    WATCH_DOWNLOADS: (_switch, True),
}
PRESET = "preset"
"""The name of a deck's preset, which can be chosen."""
CLOCK_IS_RIGHT = "clock_is_right"
"""Shown as a setting; setting it to true accepts a clock that is far behind the newest answer."""


def shown(collection: "Opened", deck: str | None) -> dict[str, Any]:
    """Return the settings of the collection, or with `deck` those of its preset and its own daily limits.

    Raises:
        NotFound: there is no such deck.
    """
    with collection.store.read() as conn:
        presets = decks.presets(conn)
        if deck is not None:
            chosen = find_deck(decks.decks(conn), deck)
            preset = presets[chosen.preset_id]
            return _plain(preset.options) | own_limits.shown(collection, chosen) | {PRESET: preset.name}
        own = {name: settings.get(conn, name, default) for name, (_, default) in _COLLECTION_READERS.items()}
    own[CLOCK_IS_RIGHT] = not collection.clock_warning()
    return own | _plain(_default_preset(presets).options)


def _plain(options: Options) -> dict[str, Any]:
    values = {field.name: getattr(options, field.name) for field in fields(Options)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _default_preset(presets: dict[PresetId, Preset]) -> Preset:
    return presets[min(presets)] if presets else Preset(id=PresetId(1), name="Default")


def change(
    collection: "Opened", key: str, value: str, deck: str | None, progress: Progress = no_progress
) -> None:
    """Change one setting. Without a deck, scheduling options are those of the default preset.

    The daily limits that only one deck has of its own, for every day or for today, need a deck; `none` lifts one.
    So does `preset`: the deck uses the one of that name, or a copy of its own under that name if there is none.
    A deck that shares its preset with decks outside of it gets one of its own first. A new scheduler takes the
    cards over, and other FSRS parameters have what is remembered of them worked out anew; no due date and no
    interval changes.

    Raises:
        NotFound: there is no such setting or deck. InputError: the value cannot be used.
        Cancelled: by `progress`; nothing is changed.
    """
    if deck is None and key == CLOCK_IS_RIGHT:
        if not _switch(key, value):
            raise InputError(f"{key} can only be set to true: set the clock of the computer otherwise.")
        collection.accept_clock()
    elif deck is None and key in _COLLECTION_READERS:
        read, _ = _COLLECTION_READERS[key]
        with collection.store.transaction(Op.SETTINGS) as tx:
            settings.put(tx, key, read(key, value))
    elif deck is not None and key == PRESET:
        choose_by_name(collection, deck, value, progress)
    elif deck is not None and key in own_limits.KEYS:
        own_limits.change(collection, deck, {key: value})
    elif key in _OPTION_READERS:
        _change_options(collection, {key: _OPTION_READERS[key](key, value)}, deck, progress)
    else:
        own = (*_COLLECTION_READERS, CLOCK_IS_RIGHT) if deck is None else ()
        known = (*own, *_OPTION_READERS, *((*own_limits.KEYS, PRESET) if deck is not None else ()))
        raise NotFound(f"There is no setting “{key}”; there are: {', '.join(known)}.")


def read_option(key: str, text: str, title: str = "") -> Any:
    """Return the value that `text` gives an option, or a limit of one deck; a refusal calls it by its `title`.

    Raises:
        NotFound: there is no such option. InputError: the value cannot be used.
    """
    if key in own_limits.KEYS:
        return own_limits.read(key, text, title)
    if key not in _OPTION_READERS:
        raise NotFound(f"There is no setting “{key}”; there are: {', '.join(_OPTION_READERS)}.")
    return _OPTION_READERS[key](title or key, text)


def change_options(
    collection: "Opened", deck: str, texts: Mapping[str, str], progress: Progress = no_progress
) -> None:
    """Change several options of a deck's preset, and limits of the deck alone, as one act in the manner of `change`.

    Raises:
        NotFound: there is no such option or deck. InputError: a value cannot be used; nothing is changed.
        Cancelled: by `progress`; nothing is changed.
    """
    _change_options(collection, {key: read_option(key, text) for key, text in texts.items()}, deck, progress)


def _change_options(
    collection: "Opened", values: Mapping[str, Any], deck: str | None, progress: Progress
) -> None:
    own = {key: value for key, value in values.items() if key in own_limits.KEYS}
    others = {key: value for key, value in values.items() if key not in own}
    with collection.store.transaction(Op.SETTINGS) as tx:
        known, presets = decks.decks(tx.conn), decks.presets(tx.conn)
        if own and deck is not None:
            own_limits.put(collection, tx, find_deck(known, deck), own)
        preset, users = preset_and_users(known, presets, deck)
        options = replace(preset.options, **others)
        if options == preset.options:
            return
        decks.put_preset(tx, replace(preset, options=options))
        decks.put_deck(
            tx, *(replace(each, preset_id=preset.id) for each in users if each.preset_id != preset.id)
        )
        memories.carry_over(collection, tx, [each.id for each in users], preset.options, options, progress)


def preset_and_users(
    known: dict[DeckId, Deck], presets: dict[PresetId, Preset], deck: str | None
) -> tuple[Preset, list[Deck]]:
    """Return the default preset and its decks, or with `deck` that of this deck, as `own_preset` does.

    Raises:
        NotFound: there is no such deck.
    """
    if deck is not None:
        return own_preset(known, presets, deck)
    preset = _default_preset(presets)
    return preset, [each for each in known.values() if each.preset_id == preset.id]


def own_preset(
    known: dict[DeckId, Deck], presets: dict[PresetId, Preset], deck: str
) -> tuple[Preset, list[Deck]]:
    """Return the preset of a deck, a new one where it is shared with decks outside, and the decks that use it."""
    chosen = find_deck(known, deck)
    preset = presets[chosen.preset_id]
    users = [each for each in known.values() if each.preset_id == preset.id]
    own = [each for each in users if is_inside(each.name, chosen.name)]
    if len(own) == len(users):
        return preset, users
    return replace(preset, id=PresetId(max(presets) + 1), name=chosen.name), own
