"""Pictures and sounds that come in with a note which is being written."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_cards.domain.errors import InputError
from mlsd_cards.store import media

if TYPE_CHECKING:
    from mlsd_cards.store.transaction import Transaction
    from mlsd_cards.study.opened import Opened

_HASH_SIGNS = 12


@dataclass(frozen=True, slots=True)
class NewMedia:
    """A file that is to become the media file `name`."""

    name: str
    data: bytes = field(repr=False)

    @property
    def markup(self) -> str:
        """What stands in a field for it: a picture, or a sound or film to be played."""
        if self.mime_type.startswith("image/"):
            return f'<img src="{escape(self.name)}">'
        return f"[sound:{self.name}]"

    @property
    def mime_type(self) -> str:
        """Its type by the ending of its name, for instance `image/png`."""
        from mlsd_cards.formats.media_names import media_type

        return media_type(self.name)


def new_media(collection: "Opened", name: str, data: bytes, waiting: Iterable[NewMedia] = ()) -> NewMedia:
    """Return a file under the name it will have: another file of that name, here or `waiting`, changes it.

    Raises:
        InputError: cards cannot show or play such a file, it is empty, or it is too large.
    """
    from mlsd_cards.formats.limits import MEBIBYTE, MEDIA_FILE_BYTES
    from mlsd_cards.formats.media_names import allowed_media_name, media_type, with_suffix

    wanted = allowed_media_name(name)
    if wanted is None or not media_type(wanted).startswith(("image/", "audio/", "video/")):
        raise InputError(f"“{name[:100]}” is no picture, sound or film that a card can show or play.")
    if not data or len(data) > MEDIA_FILE_BYTES:
        most = MEDIA_FILE_BYTES // MEBIBYTE
        raise InputError(f"“{name[:100]}” is empty or larger than {most} MB, which a media file may not be.")
    digest = sha256(data).hexdigest()
    with collection.store.read() as conn:
        known = {row.name.casefold(): row.sha256 for row in media.media(conn).values()}
    known |= {each.name.casefold(): sha256(each.data).hexdigest() for each in waiting}
    if known.get(wanted.casefold(), digest) != digest:
        wanted = with_suffix(wanted, digest[:_HASH_SIGNS])
    return NewMedia(wanted, data)


@contextmanager
def staged(collection: "Opened", files: Sequence[NewMedia]) -> Iterator[list[media.StagedFile]]:
    """Yield files written to a private folder, from which an act takes them; the folder vanishes at the end."""
    if not files:
        yield []
        return
    with media.staging(collection.home) as folder:
        found = []
        for number, each in enumerate(files):
            path = folder / str(number)
            path.write_bytes(each.data)
            found.append(media.StagedFile(each.name, path, sha256(each.data).hexdigest(), len(each.data)))
        yield found


def move_shown(
    tx: "Transaction", home: Path, fields: Iterable[str], files: Sequence[media.StagedFile]
) -> None:
    """Take those of `files` that the texts show into the media folder with the act."""
    from mlsd_cards.rendering.text import media_names

    if files:
        shown = {name for text in fields for name in media_names(text)}
        media.move_in(tx, home, [each for each in files if each.name in shown])
