"""Which names a media file may have.

One rule for every place: packages, text files, the media folder, the card view. A name is a single part,
means the same on every system, and ends as a picture, sound, film, font or style sheet does.
"""

import re
import unicodedata

from mlsd_cards.formats.limits import MEDIA_NAME_BYTES

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "css": "text/css",
}

_FORBIDDEN = frozenset('<>:"/\\|?*[]^')
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cn", "Cs", "Co", "Zl", "Zp"})
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?=\.|$)", re.IGNORECASE)
_ANKI_DEVICE = re.compile(r"^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_ !#$%&'()+,.;=@{}~\-]*")
_LONGEST = 1000  # signs of a name that are looked at
_LONGEST_ENDING = 10


def safe_media_name(name: str) -> str | None:
    """Return `name` in composed form (NFC) if a media file may have it, else None.

    Nothing is repaired here: what comes back differs from `name` in its normal form at most.
    """
    if len(name) > MEDIA_NAME_BYTES * 2:
        return None
    composed = unicodedata.normalize("NFC", name)
    if not composed or composed[0] in ".-" or composed[-1] in ". " or not _is_short(composed):
        return None
    if _DEVICE.match(composed) or not media_type(composed):
        return None
    if _PLAIN.fullmatch(composed) or not any(_is_forbidden(sign) for sign in composed):
        return composed
    return None


def media_type(name: str) -> str:
    """Return the MIME type that the ending of `name` stands for, empty if cards may not use it."""
    stem, dot, ending = name.rpartition(".")
    return MEDIA_TYPES.get(ending.lower(), "") if dot and stem else ""


def cleaned_media_name(name: str) -> str:
    """Return the name that Anki gives a file called `name`; it may still be one we do not allow.

    Signs that some system forbids are left out, device names get an underscore, long names are cut.

    Source: ankitects/anki rslib/src/media/files.rs.
    """
    if len(name) > _LONGEST:
        ending = name[name.rfind(".") :] if "." in name else ""
        name = name[:_LONGEST] + ending[: _LONGEST_ENDING + 1]
    cleaned = unicodedata.normalize("NFC", name)
    if not _PLAIN.fullmatch(cleaned):
        cleaned = "".join(sign for sign in cleaned if sign not in _FORBIDDEN and not _is_unusable(sign))
        cleaned = cleaned.replace("\u00a0", " ")
    cleaned = _ANKI_DEVICE.sub(r"\1_\2", cleaned)
    return _shortened(_ended(cleaned), MEDIA_NAME_BYTES)


def allowed_media_name(name: str) -> str | None:
    """Return the nearest name that a media file may have, None if its kind is not allowed at all."""
    cleaned = "".join(sign for sign in cleaned_media_name(name) if not _is_forbidden(sign))
    return safe_media_name(cleaned.lstrip(".- ")) or safe_media_name(f"_{cleaned}")


def with_suffix(name: str, suffix: str | int) -> str:
    """Return `name` with `-suffix` before its ending, cut so that it stays a name that is not too long."""
    stem, _dot, ending = name.rpartition(".")
    room = MEDIA_NAME_BYTES - len(f"{suffix}".encode()) - len(ending.encode()) - 2
    return f"{_cut(stem, room).rstrip()}-{suffix}.{ending}"


def _is_forbidden(sign: str) -> bool:
    if sign.isascii():
        return sign in _FORBIDDEN or not sign.isprintable()
    return sign in _BIDI or unicodedata.category(sign) in _FORBIDDEN_CATEGORIES


def _is_unusable(sign: str) -> bool:
    """Whether Anki leaves the sign out of a name for its kind: ASCII controls, and signs not assigned."""
    return ord(sign) < 0x20 or sign == "\x7f" or unicodedata.category(sign) == "Cn"


def _is_short(name: str) -> bool:
    return len(name.encode("utf-8", "surrogatepass")) <= MEDIA_NAME_BYTES


def _ended(name: str) -> str:
    return f"{name}_" if name.endswith((" ", ".")) else name


def _shortened(name: str, most: int) -> str:
    if _is_short(name):
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    ending = _cut(ending, _LONGEST_ENDING)
    stem = _cut(stem, most - len(ending.encode("utf-8", "surrogatepass")) - 2)
    return _ended(f"{stem}.{ending}" if ending else stem)


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "surrogatepass")[: max(0, most)].decode("utf-8", "ignore")
