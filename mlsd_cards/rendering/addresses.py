"""Which addresses in HTML and CSS may stay: the deck's own files, and pictures written out in place."""

import re
from urllib.parse import quote, unquote

_PICTURE_DATA = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp|avif|bmp|svg\+xml|x-icon)[;,]", re.IGNORECASE | re.ASCII
)
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*"<>|?\[\]^]|^[.\-]|^$')
_PLAYABLE = frozenset({"mp3", "ogg", "oga", "opus", "wav", "flac", "m4a", "mp4", "webm"})


def is_bare_name(name: str) -> bool:
    """Whether `name` can be the name of a media file: no folder, scheme, option, pattern or control sign."""
    return _UNSAFE_IN_NAME.search(name) is None


def is_playable(name: str) -> bool:
    """Whether `name` can be the name of a sound or a film that may be played."""
    return is_bare_name(name) and name.rpartition(".")[2].lower() in _PLAYABLE


def local_address(value: str) -> str | None:
    """Return `value` as the address of one of the deck's own files, or None if it is anything else.

    What follows a question mark is dropped; `#` is part of the name. Names that need no writing over stay.
    """
    value = value.strip().removeprefix("./").partition("?")[0]
    name = unquote(value) if "%" in value else value
    if not is_bare_name(name):
        return None
    if "%" not in value and "#" not in value:
        return value
    return quote(name, safe=" !$&'()+,;=@~")


def is_picture_data(value: str) -> bool:
    """Whether `value` is a picture written out as a `data:` address."""
    return _PICTURE_DATA.match(value.strip()) is not None
