"""Settings of the collection and of presets: their names, bounds and how a value is read from words."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Mix, NewGather, NewSort, Options, Preset, PresetId, ReviewOrder
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.scheduling import SCHEDULER_NAMES
from mlsd_cards.store import decks, settings
from mlsd_cards.study.desk import find_deck

if TYPE_CHECKING:
    from mlsd_cards.study.collection import Collection


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


def _parameters(name: str, text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError:
        values = (float("nan"),)
    if len(values) not in (0, 17, 19, 21) or any(
        value != value or abs(value) == float("inf") for value in values
    ):
        raise InputError(f"{name} are 17, 19 or 21 numbers, or none for the usual ones.")
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

_COLLECTION_READERS: dict[str, tuple[Callable[[str, str], Any], Any]] = {
    "rollover_hour": (_Number(0, 23).read, 4),
    "theme": (_choice(("system", "light", "dark")), "system"),
}


def shown(collection: "Collection", deck: str | None) -> dict[str, Any]:
    """Return the settings of the collection, or with `deck` those of its preset.

    Raises:
        NotFound: there is no such deck.
    """
    with collection.store.read() as conn:
        if deck is None:
            return {
                name: settings.get(conn, name, default) for name, (_, default) in _COLLECTION_READERS.items()
            } | _plain(_default_preset(decks.presets(conn)).options)
        chosen = find_deck(decks.decks(conn), deck)
        return _plain(decks.presets(conn)[chosen.preset_id].options)


def _plain(options: Options) -> dict[str, Any]:
    values = {field.name: getattr(options, field.name) for field in fields(Options)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _default_preset(presets: dict[PresetId, Preset]) -> Preset:
    return presets[min(presets)]


def change(collection: "Collection", key: str, value: str, deck: str | None) -> None:
    """Change one setting. Without a deck, scheduling options are those of the default preset.

    Raises:
        NotFound: there is no such setting or deck. InputError: the value cannot be used.
    """
    if deck is None and key in _COLLECTION_READERS:
        read, _ = _COLLECTION_READERS[key]
        with collection.store.transaction(Op.SETTINGS) as tx:
            settings.put(tx, key, read(key, value))
        return
    if key not in _OPTION_READERS:
        known = [*_COLLECTION_READERS, *_OPTION_READERS] if deck is None else list(_OPTION_READERS)
        raise NotFound(f"There is no setting “{key}”; there are: {', '.join(known)}.")
    new = _OPTION_READERS[key](key, value)
    with collection.store.transaction(Op.SETTINGS) as tx:
        presets = decks.presets(tx.conn)
        if deck is None:
            preset = _default_preset(presets)
        else:
            preset = presets[find_deck(decks.decks(tx.conn), deck).preset_id]
        decks.put_preset(tx, replace(preset, options=replace(preset.options, **{key: new})))
