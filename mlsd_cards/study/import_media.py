"""Which media files of an import are added, and under which names."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlsd_cards.domain.exchange import ExchangeMedia
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.rendering.text import rename_media

_HASH_SIGNS = 12


def plan_media(
    media: Mapping[str, ExchangeMedia], known: Mapping[str, str]
) -> tuple[list[ExchangeMedia], dict[str, str]]:
    """Return the media to add under their final names, and the names that notes must use instead of those given.

    `known` gives the SHA-256 of each file here. A file with the same name and contents is the same file; one
    with other contents gets part of its hash into its name, so that both decks show their own. Names that
    differ only in letter case count as the same: some disks cannot tell them apart.
    """
    from mlsd_cards.formats.media_names import with_suffix

    here = {_folded(name): (name, sha256) for name, sha256 in known.items()}
    renamed: dict[str, str] = {}
    added: list[ExchangeMedia] = []
    for name, item in media.items():
        there = here.get(_folded(name))
        if there and there[1] != item.sha256:
            wanted = with_suffix(name, item.sha256[:_HASH_SIGNS])
            there = here.get(_folded(wanted))
        else:
            wanted = name
        if there is None:
            here[_folded(wanted)] = (wanted, item.sha256)
            added.append(item if wanted == name else item._replace(name=wanted))
        final = there[0] if there else wanted
        if final != name:
            renamed[name] = final
    return added, renamed


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def with_new_names(note_type: NoteType, names: Mapping[str, str]) -> NoteType:
    """Return a note type whose templates and style sheet use the new names of media files."""
    if not names:
        return note_type
    templates = tuple(
        replace(each, front=rename_media(each.front, names), back=rename_media(each.back, names))
        for each in note_type.templates
    )
    return replace(note_type, templates=templates, css=rename_media(note_type.css, names))


def kinds_of(names: Iterable[str]) -> dict[str, int]:
    """Return how many of the files are pictures, sounds, videos, fonts or something else."""
    from mlsd_cards.formats.media_names import media_type

    words = {"image": "image", "audio": "sound", "video": "video", "font": "font"}
    kinds: dict[str, int] = {}
    for name in names:
        kind = words.get(media_type(name).partition("/")[0], "other")
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds
