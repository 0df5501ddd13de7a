"""Presets as such: which there are and who uses them; chosen for a deck, copied, renamed, reset and deleted.

A deck takes the decks below it along that have the same preset, as where its options change.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlsd_cards.domain.changes import Op
from mlsd_cards.domain.decks import Deck, DeckId, Options, Preset, PresetId, is_inside
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.store import decks
from mlsd_cards.study import memories
from mlsd_cards.study.desk import find_deck

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetUse:
    """A preset by name, and the names of the decks that use it. The default one cannot be deleted."""

    id: PresetId
    name: str
    options: Options
    decks: tuple[str, ...]
    is_default: bool


def all_presets(collection: "Opened") -> tuple[PresetUse, ...]:
    """Return all presets by name, the default one first."""
    with collection.store.read() as conn:
        known, presets = decks.decks(conn), decks.presets(conn)
    default = min(presets, default=None)
    users: dict[PresetId, list[str]] = {}
    for deck in known.values():
        if not deck.filtered:
            users.setdefault(deck.preset_id, []).append(deck.name)
    found = (
        PresetUse(
            id=preset.id,
            name=preset.name,
            options=preset.options,
            decks=tuple(sorted(users.get(preset.id, ()), key=str.casefold)),
            is_default=preset.id == default,
        )
        for preset in presets.values()
    )
    return tuple(sorted(found, key=lambda each: (not each.is_default, each.name.casefold(), each.id)))


def preset_of(collection: "Opened", deck: str) -> PresetUse:
    """Return the preset that a deck uses.

    Raises:
        NotFound: there is no such deck.
    """
    with collection.store.read() as conn:
        chosen = find_deck(decks.decks(conn), deck)
    return next(each for each in all_presets(collection) if each.id == chosen.preset_id)


def use(collection: "Opened", deck: str, preset_id: PresetId, progress: Progress = no_progress) -> int:
    """Have a deck, and those below it that share its preset, use another; return how many decks changed.

    Raises:
        NotFound: there is no such deck or preset. Cancelled: by `progress`; nothing is changed.
    """
    with collection.store.transaction(Op.SETTINGS) as tx:
        known, presets = decks.decks(tx.conn), decks.presets(tx.conn)
        chosen, wanted = find_deck(known, deck), _found(presets, preset_id)
        if chosen.preset_id == preset_id:
            return 0
        before = presets[chosen.preset_id].options
        moved = [
            each
            for each in known.values()
            if each.preset_id == chosen.preset_id and is_inside(each.name, chosen.name)
        ]
        _give(collection, tx, moved, before, wanted, progress)
    return len(moved)


def duplicate(collection: "Opened", preset_id: PresetId, name: str = "") -> PresetUse:
    """Copy a preset under another name, a free one unless told; no deck uses the copy yet.

    Raises:
        NotFound: there is no such preset. InputError: the name is taken or empty.
    """
    with collection.store.transaction(Op.SETTINGS) as tx:
        presets = decks.presets(tx.conn)
        source = _found(presets, preset_id)
        made = replace(
            source,
            id=PresetId(max(presets) + 1),
            name=_checked(presets, name) if name.strip() else _free(presets, source.name),
        )
        decks.put_preset(tx, made)
    return PresetUse(id=made.id, name=made.name, options=made.options, decks=(), is_default=False)


def rename(collection: "Opened", preset_id: PresetId, name: str) -> None:
    """Give a preset another name.

    Raises:
        NotFound: there is no such preset. InputError: the name is taken, empty or too long.
    """
    with collection.store.transaction(Op.SETTINGS) as tx:
        presets = decks.presets(tx.conn)
        preset = _found(presets, preset_id)
        wanted = _checked({key: each for key, each in presets.items() if key != preset_id}, name)
        if wanted != preset.name:
            decks.put_preset(tx, replace(preset, name=wanted))


def reset(collection: "Opened", preset_id: PresetId, progress: Progress = no_progress) -> bool:
    """Give all options of a preset their defaults but the scheduler; return whether any differed.

    Raises:
        NotFound: there is no such preset. Cancelled: by `progress`; nothing is changed.
    """
    with collection.store.transaction(Op.SETTINGS) as tx:
        preset = _found(decks.presets(tx.conn), preset_id)
        after = Options(scheduler=preset.options.scheduler)
        if after == preset.options:
            return False
        decks.put_preset(tx, replace(preset, options=after))
        users = [deck.id for deck in decks.decks(tx.conn).values() if deck.preset_id == preset_id]
        memories.carry_over(collection, tx, users, preset.options, after, progress)
    return True


def delete(collection: "Opened", preset_id: PresetId) -> None:
    """Delete a preset that no deck uses.

    Raises:
        NotFound: there is no such preset. InputError: a deck uses it, or it is the default one.
    """
    with collection.store.transaction(Op.SETTINGS) as tx:
        presets = decks.presets(tx.conn)
        preset = _found(presets, preset_id)
        if preset_id == min(presets):
            raise InputError(f"“{preset.name}” is the default preset, which new decks use: it stays.")
        users = [deck.name for deck in decks.decks(tx.conn).values() if deck.preset_id == preset_id]
        if users:
            raise InputError(f"The deck “{users[0]}” uses “{preset.name}”: give it another preset first.")
        decks.delete_presets(tx, [preset_id])


def choose_by_name(collection: "Opened", deck: str, name: str, progress: Progress = no_progress) -> None:
    """Have a deck use the preset called `name`; if there is none, a copy of its present one gets that name.

    Raises:
        NotFound: there is no such deck. InputError: several presets have that name, or it is empty or too long.
    """
    with collection.store.read() as conn:
        presets = decks.presets(conn)
        chosen = find_deck(decks.decks(conn), deck)
    same = [key for key, each in presets.items() if each.name.casefold() == name.strip().casefold()]
    if len(same) > 1:
        raise InputError(f"There are {len(same)} presets called “{name.strip()}”: rename one of them first.")
    if same:
        use(collection, deck, same[0], progress)
        return
    with collection.store.transaction(Op.SETTINGS) as tx:
        made = replace(presets[chosen.preset_id], id=PresetId(max(presets) + 1), name=_checked(presets, name))
        decks.put_preset(tx, made)
        known = decks.decks(tx.conn).values()
        decks.put_deck(
            tx,
            *(
                replace(each, preset_id=made.id)
                for each in known
                if each.preset_id == chosen.preset_id and is_inside(each.name, chosen.name)
            ),
        )


def _give(
    collection: "Opened",
    tx: "Transaction",
    moved: list[Deck],
    before: Options,
    wanted: Preset,
    progress: Progress,
) -> None:
    decks.put_deck(tx, *(replace(each, preset_id=wanted.id) for each in moved))
    ids: list[DeckId] = [each.id for each in moved]
    memories.carry_over(collection, tx, ids, before, wanted.options, progress)


def _found(presets: dict[PresetId, Preset], preset_id: PresetId) -> Preset:
    if preset_id not in presets:
        raise NotFound("The preset is not there any more.")
    return presets[preset_id]


def _checked(presets: dict[PresetId, Preset], name: str) -> str:
    wanted = " ".join(name.split())
    if not wanted:
        raise InputError("A preset needs a name.")
    if len(wanted) > LONGEST_NAME:
        raise InputError(f"The name of a preset has at most {LONGEST_NAME} characters.")
    if wanted.casefold() in {each.name.casefold() for each in presets.values()}:
        raise InputError(f"There is a preset called “{wanted}” already: choose another name.")
    return wanted


def _free(presets: dict[PresetId, Preset], name: str) -> str:
    taken = {each.name.casefold() for each in presets.values()}
    base = name[: LONGEST_NAME - 12]
    copy, number = f"{base} (copy)", 1
    while copy.casefold() in taken:
        number += 1
        copy = f"{base} (copy {number})"
    return copy
