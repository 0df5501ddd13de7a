"""Three-way merge of a note, field by field: what was last seen of the author, the user's text, the author's text.

Of the text last seen only digests are kept: they say who changed a field, which is all a merge needs.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple


class Seen(NamedTuple):
    """What was last seen of a note in a source.

    `fields` are digests, in the order of the note type here. `modified_ms` is the author's time of it (0:
    unknown) and `edition` names the deck file, through all its editions, that it came in.
    """

    fields: tuple[str, ...]
    tags: tuple[str, ...]
    modified_ms: int = 0
    edition: str = ""

    def packed(self) -> tuple[str, ...]:
        """Return all but the tags as plain strings, for keeping."""
        return (*self.fields, f"{self.modified_ms} {self.edition}")

    @classmethod
    def unpacked(cls, packed: Sequence[str], tags: tuple[str, ...]) -> "Seen":
        """Return what `packed` was made from."""
        modified_ms, _, edition = packed[-1].partition(" ")
        return cls(tuple(packed[:-1]), tags, int(modified_ms), edition)


class Merged(NamedTuple):
    """The outcome of a merge. `conflicts` are the positions of fields changed on both sides."""

    fields: tuple[str, ...]
    tags: tuple[str, ...]
    conflicts: tuple[int, ...]


def digest(text: str) -> str:
    """Return 16 hexadecimal signs that stand for a field's text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def merge_fields(
    seen: Sequence[str], mine: Sequence[str], theirs: Sequence[str], *, theirs_wins: bool = False
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the merged fields and the positions where both sides changed; `seen` are digests.

    A field that only one side changed takes that side's text; where both changed it differently, mine stands
    unless `theirs_wins`.
    """
    merged: list[str] = []
    conflicts: list[int] = []
    for position, (old, own, new) in enumerate(zip(seen, mine, theirs, strict=True)):
        if own == new or digest(own) == old:
            merged.append(new)
        elif digest(new) == old:
            merged.append(own)
        else:
            merged.append(new if theirs_wins else own)
            conflicts.append(position)
    return tuple(merged), tuple(conflicts)


def merge_tags(seen: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Return my tags with the author's additions and removals since `seen`; letter case does not count."""
    before = {tag.casefold() for tag in seen}
    now = {tag.casefold() for tag in theirs}
    kept = [tag for tag in mine if not (tag.casefold() in before and tag.casefold() not in now)]
    have = {tag.casefold() for tag in kept}
    added = [tag for tag in theirs if tag.casefold() not in before and tag.casefold() not in have]
    return (*kept, *added)


def merge_note(
    seen: Seen | None,
    mine: tuple[Sequence[str], Sequence[str]],
    theirs: tuple[Sequence[str], Sequence[str]],
    *,
    theirs_is_newer: bool,
    theirs_wins: bool = False,
) -> Merged:
    """Merge a note: `mine` and `theirs` are fields and tags, both in the order of the note type here.

    Where nothing was seen, nobody knows who changed what: then the newer text wins as a whole. What is not
    newer changes nothing, and no tag of mine is lost but one that the author took back. `theirs_wins` lets
    the author's text stand where both sides changed it.
    """
    if not theirs_is_newer:
        return Merged(tuple(mine[0]), tuple(mine[1]), ())
    if seen is None or len(seen.fields) > len(mine[0]):
        return Merged(tuple(theirs[0]), merge_tags((), mine[1], theirs[1]), ())
    # Fields that the note type got since were empty when the note was last seen.
    before = (*seen.fields, *[digest("")] * (len(mine[0]) - len(seen.fields)))
    fields, conflicts = merge_fields(before, mine[0], theirs[0], theirs_wins=theirs_wins)
    return Merged(fields, merge_tags(seen.tags, mine[1], theirs[1]), conflicts)
